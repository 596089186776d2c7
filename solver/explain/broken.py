"""What a plan breaks, turned into the relaxations that would allow it: one function a kind of rule."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from scenarios.mappings import parse_mapping
from scenarios.model import Scenario
from scenarios.rules import Band, Disruption, Minimum, Rule, ShareOf
from solver.explain.relaxation import Code, Relaxation
from solver.facts import Facts
from solver.fairness import fixed_targets, groups_of
from solver.pairs import Floats, Ints
from solver.rules import Breach

DIGITS = 6
"""Amounts are rounded to so many digits, to the looser side, so that people can type them in."""
DROPPED = 10.0
"""What it costs to drop a rule that no change of its numbers can satisfy: as much as ten exceptions."""
WIDEST = 10.0
"""The largest tolerance that a band can have."""

Places = list[Breach]


def relaxations_of(
    scenario: Scenario, owner: Ints, broken: list[tuple[int, Breach]], facts: Facts | None = None
) -> list[Relaxation]:
    """Return the relaxations that allow what a plan breaks, each with its cost.

    Parameters
    ----------
    owner : (n,) array of int
        The plan, in the order of the facts.
    broken : list of (int, Breach)
        The hard rules, by position, and the places where the judge found them broken.
    facts : Facts, optional
        The scenario as arrays, where they are at hand; else in its own order.
    """
    facts = Facts(scenario) if facts is None else facts
    found: list[Relaxation] = []
    for index in dict.fromkeys(index for index, _ in broken):
        rule = scenario.rules[index]
        places = [breach for i, breach in broken if i == index]
        found += _BY_KIND.get(rule.kind, _exceptions)(rule, index, facts, owner, places)
    return list({relaxation.place: relaxation for relaxation in found}.values())


def _capacity(rule: Rule, index: int, facts: Facts, owner: Ints, places: Places) -> Iterator[Relaxation]:
    for breach in places:
        yield _amount("raise_capacity", rule, index, facts, breach, up(breach.load))


def _minimum(rule: Rule, index: int, facts: Facts, owner: Ints, places: Places) -> Iterator[Relaxation]:
    assert isinstance(rule, Minimum)
    for breach in places:
        yield _amount("lower_minimum", rule, index, facts, breach, down(breach.load))


def _disruption(rule: Rule, index: int, facts: Facts, owner: Ints, places: Places) -> Iterator[Relaxation]:
    assert isinstance(rule, Disruption)
    for breach in places:
        yield _amount("raise_budget", rule, index, facts, breach, up(breach.load))


def _share(rule: Rule, index: int, facts: Facts, owner: Ints, places: Places) -> Iterator[Relaxation]:
    assert isinstance(rule, ShareOf)
    leads = facts.select_leads(rule.leads)
    fixed = facts.lead_total(rule.metric, leads)
    total = fixed if rule.of == "leads" else float(facts.loads(rule.metric, owner, leads).sum())
    for breach in places:
        share = breach.load / total if total > 0 else math.inf
        low = breach.load < breach.limit
        before = rule.floor if low else rule.ceiling
        after = down(share) if low else up(share)
        if before is None or not 0 <= after <= 1:
            yield _drop(rule, index)
            continue
        # in the units of the metric, as for the other amounts
        cost = abs(after - before) * fixed / max(before * fixed, 1.0)
        code: Code = "lower_floor" if low else "raise_ceiling"
        yield Relaxation(code, rule.name, index, rule.kind, cost, metric=rule.metric, before=before, after=after)


def _band(rule: Rule, index: int, facts: Facts, owner: Ints, places: Places) -> Iterator[Relaxation]:
    assert isinstance(rule, Band)
    load, target = _fair(rule, facts, owner)
    wrong = np.array([breach.rep for breach in places])
    if (target[wrong] <= 0).any():
        yield _drop(rule, index)
        return
    compared = target > 0  # more reps may be outside than the judge lists
    after = up(float(np.abs(load[compared] / target[compared] - 1.0).max()))
    if after > WIDEST:
        yield _drop(rule, index)
        return
    cost = after - rule.tolerance
    yield Relaxation(
        "widen_band", rule.name, index, rule.kind, cost, metric=rule.metric, before=rule.tolerance, after=after
    )


def _fair(rule: Band, facts: Facts, owner: Ints) -> tuple[Floats, Floats]:
    """Return each rep's load and fair target; 0 for reps who are not compared."""
    leads = facts.select_leads(rule.leads)
    load = facts.loads(rule.metric, owner, leads) + facts.carried(rule.metric)
    target = np.zeros(facts.m)
    if rule.of == "leads":
        reps, fair = fixed_targets(facts, rule.metric, leads, rule.reps)
        target[reps] = fair
    else:
        for group in groups_of(facts, rule.by, rule.reps):
            target[group.reps] = group.entitlement * load[group.reps].sum()
    return load, target


def _skills(rule: Rule, index: int, facts: Facts, owner: Ints, places: Places) -> Iterator[Relaxation]:
    for breach in places:
        required = parse_mapping(facts.leads["skills"][breach.lead] or "") or {}
        held = facts.reps[breach.rep].skills
        for skill, level in required.items():
            if held.get(skill, -1.0) < level:
                lead = (str(facts.leads["id"][breach.lead]),)
                yield Relaxation("drop_skill", rule.name, index, rule.kind, 1.0, leads=lead, skill=skill)


def _exceptions(rule: Rule, index: int, facts: Facts, owner: Ints, places: Places) -> Iterator[Relaxation]:
    for breach in places:
        yield _except(rule, index, facts, np.array([breach.lead]))


def _family(rule: Rule, index: int, facts: Facts, owner: Ints, places: Places) -> Iterator[Relaxation]:
    """All leads of a family that are not with the owner of the most of them leave it, owner by owner."""
    codes, _ = facts.codes("family")
    chosen = facts.select_leads(rule.leads)
    for breach in places:
        members = np.flatnonzero(chosen & (codes == codes[breach.lead]))
        owners, counts = np.unique(owner[members], return_counts=True)
        for other in np.delete(owners, np.argmax(counts)):
            yield _except(rule, index, facts, members[owner[members] == other])


def _wall(rule: Rule, index: int, facts: Facts, owner: Ints, places: Places) -> Iterator[Relaxation]:
    """All customers of a competitor group beyond those that one rep may hold are excepted."""
    groups = facts.leads["competitor_group"].to_numpy()
    chosen = facts.select_leads(rule.leads)
    for breach in places:
        mine = np.flatnonzero(chosen & (groups == breach.metric) & (owner == breach.rep))
        for customer in np.unique(facts.item[mine])[-round(breach.amount) :]:
            yield _except(rule, index, facts, mine[facts.item[mine] == customer])


_BY_KIND: dict[str, Callable[[Rule, int, Facts, Ints, Places], Iterator[Relaxation]]] = {
    "capacity": _capacity,
    "minimum": _minimum,
    "disruption": _disruption,
    "share": _share,
    "band": _band,
    "skills": _skills,
    "family": _family,
    "wall": _wall,
}


def _except(rule: Rule, index: int, facts: Facts, leads: Ints) -> Relaxation:
    ids = tuple(facts.leads["id"].gather(leads).to_list())
    return Relaxation("except_leads", rule.name, index, rule.kind, float(len(ids)), leads=ids)


def _amount(code: Code, rule: Rule, index: int, facts: Facts, breach: Breach, after: float) -> Relaxation:
    rep = facts.reps[breach.rep].id if breach.rep >= 0 else ""
    cost = abs(after - breach.limit) / max(breach.limit, 1.0)
    return Relaxation(
        code, rule.name, index, rule.kind, cost, rep=rep, metric=breach.metric, before=breach.limit, after=after
    )


def _drop(rule: Rule, index: int) -> Relaxation:
    return Relaxation("drop_rule", rule.name, index, rule.kind, DROPPED)


def up(amount: float) -> float:
    """Return an amount rounded up to `DIGITS` digits."""
    return -down(-amount)


def down(amount: float) -> float:
    """Return an amount rounded down to `DIGITS` digits, once the noise of floating point is gone."""
    clean = float(f"{amount:.12g}")
    if clean == 0.0 or not math.isfinite(clean):
        return clean
    step = 10.0 ** (math.floor(math.log10(abs(clean))) + 1 - DIGITS)
    near = float(f"{clean:.{DIGITS}g}")
    return near if near <= clean else float(f"{near - step:.{DIGITS}g}")
