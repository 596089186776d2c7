"""Checks of amounts: what there is to share out against capacities, minima, shares and bands.

An error here is proved: no plan at all, or only an empty one, can hold the rule. What is only likely is a
warning.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scenarios.checks.facts import EXPECTED_VALUE, Facts, Floats, clearly_above, figure, listed
from scenarios.checks.pairs import Pairs
from scenarios.checks.selections import Bools, Ints
from scenarios.issues import Issue, error, warning
from scenarios.rules import Band, Capacity, Minimum, Pin, Protection, ShareOf


def scarce_capacity(pairs: Pairs) -> Iterator[Issue]:
    """What all reps together can take is enough for all the leads; otherwise some stay unassigned."""
    facts = pairs.facts
    seen: set[str] = set()
    for part in facts.of_kind(Capacity):
        if not facts.chosen(part.reps).all():
            continue  # the others have no limit
        rows = facts.lead_rows(part)
        for key in _common_keys(facts, part.spec):
            capacity = np.array([rep.capacity[key] for rep in facts.reps])
            room = float(np.maximum(capacity - facts.carried(key), 0.0).sum())
            demand = float(facts.amounts(key)[rows].sum())
            if key not in seen and clearly_above(demand, room):
                seen.add(key)
                yield warning("demand_exceeds_capacity", "/reps", metric=key, demand=figure(demand), room=figure(room))


def _common_keys(facts: Facts, rule: Capacity) -> list[str]:
    """Return the capacities that the rule means and every rep has; none that depends on who takes a lead."""
    common = set(facts.reps[0].capacity).intersection(*(rep.capacity for rep in facts.reps))
    return sorted(
        key
        for key in common
        if (not rule.metrics or key in rule.metrics)
        and facts.metric_known(facts.split_key(key)[0])
        and facts.split_key(key)[0] != EXPECTED_VALUE
    )


def forced_over_capacity(pairs: Pairs) -> Iterator[Issue]:
    """The leads that hard pins and protections force on a rep fit into their hard capacity."""
    facts = pairs.facts
    forced = _forced_owner(facts)
    rows = np.flatnonzero(forced >= 0)
    for key in dict.fromkeys(key for rep in facts.reps for key in rep.capacity):
        metric, _ = facts.split_key(key)
        if not facts.metric_known(metric) or metric == EXPECTED_VALUE:
            continue
        load = np.bincount(forced[rows], weights=facts.amounts(key)[rows], minlength=facts.m)
        carried, limit = facts.carried(key), facts.hard_capacity(key)
        for j in np.flatnonzero(load > 0):
            if clearly_above(load[j] + carried[j], limit[j]):
                yield error(
                    "forced_over_capacity",
                    f"/reps/{j}/capacity",
                    rep=facts.reps[j].id,
                    metric=key,
                    forced=figure(load[j]),
                    carried=figure(carried[j]),
                    capacity=figure(limit[j]),
                )


def _forced_owner(facts: Facts) -> Ints:
    """Return the one rep that each lead must go to, (n,); -1 where there is a choice."""
    forced = np.full(facts.n, -1, dtype=np.int64)
    for protection in facts.hard(Protection):
        rows = facts.protected_rows(protection)
        forced[rows] = facts.owner[rows]
    for pin in facts.hard(Pin):
        reps = np.flatnonzero(facts.chosen(pin.reps))
        if len(reps) == 1:
            forced[facts.lead_rows(pin)] = reps[0]
    return forced


def unreachable_minima(pairs: Pairs) -> Iterator[Issue]:
    """The leads suffice for the minima of all reps, and each rep may take enough for their own."""
    facts = pairs.facts
    for part in facts.hard(Minimum):
        metric, chosen, rows = part.spec.metric, facts.chosen(part.reps), facts.lead_rows(part)
        needed = np.where(chosen, np.maximum(part.spec.at_least - facts.carried(metric), 0.0), 0.0)
        within = _within_reach(pairs, metric, rows)
        short = [j for j in np.flatnonzero(chosen) if clearly_above(needed[j], within[j])]
        short_of = [([facts.reps[j].id], needed[j], within[j]) for j in short]
        total = float(facts.amounts(metric)[rows].sum())
        if not short and clearly_above(needed.sum(), total):
            short_of.append((facts.rep_ids(chosen), needed.sum(), total))
        for reps, amount, reach in short_of:
            yield error(
                "minimum_unreachable",
                f"{part.place}/at_least",
                rule=part.label,
                metric=metric,
                reps=listed(reps),
                needed=figure(amount),
                reach=figure(reach),
            )


def _within_reach(pairs: Pairs, metric: str, rows: Ints) -> Floats:
    """Return the most of a metric that each rep can get from some leads, (m,): by rules and capacity."""
    facts = pairs.facts
    room = np.maximum(facts.hard_capacity(metric) - facts.carried(metric), 0.0)
    return np.minimum(pairs.within_reach(metric, rows), room)


def unreachable_bands(pairs: Pairs) -> Iterator[Issue]:
    """Each rep may take enough to reach the lower end of a hard band over the total of the leads.

    A band over what is assigned can always be met by assigning less, so nothing is provable there.
    """
    facts = pairs.facts
    for part in facts.hard(Band):
        metric, chosen, rows = part.spec.metric, facts.chosen(part.reps), facts.lead_rows(part)
        weights = np.where(chosen, facts.weights, 0.0)
        if part.spec.of != "leads" or metric == EXPECTED_VALUE or weights.sum() <= 0:
            continue
        carried = facts.carried(metric)
        total = float(facts.amounts(metric)[rows].sum() + carried[chosen].sum())
        needed = (1 - part.spec.tolerance) * weights / weights.sum() * total - carried
        within = _within_reach(pairs, metric, rows)
        for j in np.flatnonzero(chosen):
            if clearly_above(needed[j], within[j]):
                yield error(
                    "band_unreachable",
                    f"{part.place}/tolerance",
                    rule=part.label,
                    metric=metric,
                    rep=facts.reps[j].id,
                    needed=figure(needed[j]),
                    reach=figure(within[j]),
                )


def unreachable_shares(pairs: Pairs) -> Iterator[Issue]:
    """The chosen reps may take enough for the floor of their hard share of all the leads."""
    facts = pairs.facts
    for part in facts.hard(ShareOf):
        rule, chosen, rows = part.spec, facts.chosen(part.reps), facts.lead_rows(part)
        if not rule.floor or rule.of != "leads" or rule.metric == EXPECTED_VALUE:
            continue
        amounts = facts.amounts(rule.metric)
        reachable = float((amounts * pairs.possible.takers(chosen))[rows].sum())
        reachable = min(reachable, float(_within_reach(pairs, rule.metric, rows)[chosen].sum()))
        needed = rule.floor * float(amounts[rows].sum())
        if clearly_above(needed, reachable):
            yield error(
                "share_unreachable",
                f"{part.place}/floor",
                rule=part.label,
                metric=rule.metric,
                reps=listed(facts.rep_ids(chosen)),
                needed=figure(needed),
                reach=figure(reachable),
            )


def floors_above_whole(pairs: Pairs) -> Iterator[Issue]:
    """The floors of shares without a rep in common add up to the whole at most."""
    facts = pairs.facts
    alike: dict[str, list[tuple[float, str, str, Bools]]] = {}
    for part in facts.hard(ShareOf):
        if part.spec.floor:
            key = f"{part.spec.metric} {part.spec.of} {sorted(part.leads.items())}"
            alike.setdefault(key, []).append((part.spec.floor, part.place, part.label, facts.chosen(part.reps)))
    for shares in alike.values():
        taken = np.zeros(facts.m, dtype=bool)
        total, rules, last = 0.0, list[str](), ""
        for floor, place, label, chosen in sorted(shares, key=lambda share: -share[0]):
            if not (chosen & taken).any():
                taken |= chosen
                total, rules, last = total + floor, [*rules, label], place
        if clearly_above(total, 1.0):
            yield error("floors_above_whole", f"{last}/floor", rules=listed(rules), total=figure(100 * total))
