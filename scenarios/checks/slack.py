"""Lint of amounts: capacities, minima, shares, bands and budgets that can never bind, and shares that leave nothing.

Each of these is proved: loads are never negative, and no rep can hold more than the leads that hard rules about pairs
leave to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from scenarios.checks.facts import EXPECTED_VALUE, Facts, Floats, Part, figure
from scenarios.checks.idle import written
from scenarios.checks.pairs import Pairs
from scenarios.goals import Balance, MaxMin
from scenarios.issues import Issue, warning
from scenarios.rules import Band, Capacity, Disruption, Minimum, ShareOf

NOISE = 1e-9
"""Amounts are the same when they differ by no more than this part: what sums of floating-point numbers lose."""


def loose_capacities(pairs: Pairs) -> Iterator[Issue]:
    """A capacity is given, and is below what there is to take."""
    facts = pairs.facts
    for part in written(facts, Capacity):
        chosen, rows, metrics = facts.chosen(part.reps), facts.lead_rows(part), part.spec.metrics
        given = dict.fromkeys(key for j in np.flatnonzero(chosen) for key in facts.reps[j].capacity)
        keys = [key for key in given if not metrics or key in metrics]
        if not keys:
            if not metrics:  # of those that are named another check tells
                yield warning("capacity_not_given", part.place, rule=part.label)
        elif all(facts.metric_known(facts.split_key(key)[0]) for key in keys):
            limits = {key: np.array([rep.capacity.get(key, np.inf) for rep in facts.reps])[chosen] for key in keys}
            most = {key: (facts.carried(key) + pairs.within_reach(key, rows))[chosen] for key in keys}
            if all(_at_most(most[key], limits[key]) for key in keys):
                yield warning("capacity_never_binds", part.place, rule=part.label)


def loose_minima(pairs: Pairs) -> Iterator[Issue]:
    """A minimum asks for more than its reps carry already."""
    for part in written(pairs.facts, Minimum):
        metric, at_least = part.spec.metric, part.spec.at_least
        least = float(pairs.facts.carried(metric)[pairs.facts.chosen(part.reps)].min())
        if at_least <= least:
            place = f"{part.place}/at_least"
            yield warning(
                "minimum_never_binds", place, rule=part.label, metric=metric, least=figure(least), at_least=at_least
            )


def loose_budgets(pairs: Pairs) -> Iterator[Issue]:
    """A disruption budget is below what has an owner."""
    facts = pairs.facts
    for part in written(facts, Disruption):
        metric, at_most, rows = part.spec.metric, part.spec.at_most, facts.lead_rows(part)
        rows = rows[facts.owner[rows] >= 0]
        rows = rows[facts.chosen(part.reps)[facts.owner[rows]]]
        owned = float(facts.amounts(metric)[rows].sum())
        if _at_most(owned, at_most):
            place = f"{part.place}/at_most"
            yield warning(
                "disruption_never_binds", place, rule=part.label, metric=metric, owned=figure(owned), at_most=at_most
            )


def loose_bands(pairs: Pairs) -> Iterator[Issue]:
    """A tolerance is narrow enough for somebody to leave the band."""
    facts = pairs.facts
    parts: list[Part[Any]] = [*written(facts, Band), *written(facts, Balance)]
    for part in parts:
        if not _of_nothing(facts, part) and all(_always_fair(part, each) for each in _entitlements(facts, part)):
            place = f"{part.place}/tolerance"
            yield warning("band_never_binds", place, rule=part.label, percent=figure(100 * part.spec.tolerance))


def _always_fair(part: Part[Band | Balance], entitlements: Floats) -> bool:
    """Tell whether no load of a group can be outside: from 0, or below, to all of it, or above."""
    rule = part.spec
    if isinstance(rule, Band) and rule.of == "leads":
        if rule.metric == EXPECTED_VALUE:
            return False  # a rep can hold more of it than the total, which is at the reps' mean
    elif len(entitlements) == 1:
        return True  # alone, one always has all of it
    return rule.tolerance >= 1.0 and _at_most(1.0, (1.0 + rule.tolerance) * float(entitlements.min()))


def _entitlements(facts: Facts, part: Part[Band | Balance]) -> list[Floats]:
    """Return each fairness group's parts of its total, one for each of its reps."""
    groups: dict[str, list[float]] = {}
    for j in np.flatnonzero(facts.chosen(part.reps)):
        cell = "" if part.spec.by is None else str(facts.rep_cell(facts.reps[j], part.spec.by) or "")
        groups.setdefault(cell, []).append(float(facts.weights[j]))
    return [np.array(weights) / sum(weights) for weights in groups.values() if sum(weights) > 0]


def loose_shares(pairs: Pairs) -> Iterator[Issue]:
    """A share can be missed; and it can be met without leaving everything unassigned."""
    facts = pairs.facts
    for part in written(facts, ShareOf):
        rule, everybody = part.spec, bool(facts.chosen(part.reps).all())
        if _of_nothing(facts, part):
            continue
        whole = rule.of == "assigned"
        floor_idle = not rule.floor or (whole and everybody)
        ceiling_idle = rule.ceiling is None or (rule.ceiling >= 1 and (whole or rule.metric != EXPECTED_VALUE))
        if floor_idle and ceiling_idle:
            yield warning("share_never_binds", part.place, rule=part.label)
        elif whole and everybody and part.hard and not ceiling_idle:
            yield warning("share_leaves_nothing", f"{part.place}/ceiling", rule=part.label, metric=rule.metric)


def amounts_of_nothing(pairs: Pairs) -> Iterator[Issue]:
    """There is something of the metric that is to be shared out."""
    facts = pairs.facts
    parts: list[Part[Any]] = [part for kind in (Band, ShareOf, Balance, MaxMin) for part in written(facts, kind)]
    for part in parts:
        if _of_nothing(facts, part):
            yield warning("nothing_of_metric", part.place, rule=part.label, metric=part.spec.metric)


def _of_nothing(facts: Facts, part: Part[Any]) -> bool:
    """Tell whether neither the leads nor the reps of a rule or goal have anything of its metric."""
    carried = 0.0 if isinstance(part.spec, ShareOf) else facts.carried(part.spec.metric)[facts.chosen(part.reps)].sum()
    return float(facts.amounts(part.spec.metric)[facts.lead_rows(part)].sum() + carried) == 0.0


def _at_most(one: float | Floats, other: float | Floats) -> bool:
    """Tell whether amounts are nowhere above others, but for noise."""
    return bool(np.all(one <= other + NOISE * np.maximum(1.0, np.abs(one))))
