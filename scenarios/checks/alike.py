"""Lint of parts beside each other: rules that say the same, or less than another; goals that tell no reps apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scenarios.checks.facts import Facts, Part
from scenarios.checks.pairs import Pairs
from scenarios.checks.selections import Bools
from scenarios.goals import Continuity, Goal, SkillFit, Travel, Urgency, Value
from scenarios.issues import Issue, warning
from scenarios.model import Scenario
from scenarios.rules import (
    Availability,
    Band,
    Capacity,
    Disruption,
    Exclusion,
    Family,
    Match,
    Minimum,
    Pin,
    Protection,
    Rule,
    ShareOf,
    Skills,
    Wall,
)

MOST = 100
"""Rules of a kind up to which each two are compared."""


@dataclass(frozen=True)
class _Meant:
    """A rule, its number from 1, and whom it speaks of: leads, (n,), and reps, (m,)."""

    part: Part[Rule]
    number: int
    leads: Bools
    reps: Bools


def rules_alike(pairs: Pairs) -> Iterator[Issue]:
    """Each rule asks for something that no other rule of its kind asks for already."""
    facts = pairs.facts
    kinds: dict[str, list[tuple[int, Part[Rule]]]] = {}
    for number, part in enumerate(facts.rules, 1):
        if part.active and facts.sound(part):
            kinds.setdefault(part.spec.kind, []).append((number, part))
    for listed in kinds.values():
        if len(listed) > 1:
            yield from _alike([_meant(facts, number, part) for number, part in listed[:MOST]])


def _meant(facts: Facts, number: int, part: Part[Rule]) -> _Meant:
    leads = np.zeros(facts.n, dtype=bool)
    leads[facts.lead_rows(part)] = True
    return _Meant(part, number, leads, facts.chosen(part.reps))


def _alike(rules: list[_Meant]) -> Iterator[Issue]:
    for at, one in enumerate(rules):
        if not (one.leads.any() and one.reps.any()):
            continue
        for place, other in enumerate(rules):
            code = None if place == at else _said_already(one, other, place < at)
            if code is not None:
                part = one.part
                yield warning(code, part.place, rule=part.label, other=other.part.label, number=other.number)
                break


def _said_already(one: _Meant, other: _Meant, before: bool) -> str | None:
    """Return the code of what another rule, which stands before or after, leaves of a rule; None if all of it."""
    hard = other.part.hard
    if not (hard or (before and not one.part.hard)) or not _implies(other, one):
        return None
    if one.part.hard != hard or not _implies(one, other):
        return "rule_implied" if hard else None
    if not before:
        return None
    return "rule_twice" if hard else "rule_charged_twice"


def _implies(strict: _Meant, loose: _Meant) -> bool:
    """Tell whether of two rules of a kind the first never holds without the second."""
    a, b = strict.part.spec, loose.part.spec
    match a, b:
        case ((Skills() | Availability() | Exclusion() | Protection() | Wall()), _):
            return _covers(strict, loose)
        case Capacity(), Capacity():
            named = not a.metrics or (bool(b.metrics) and set(b.metrics) <= set(a.metrics))
            return named and _covers(strict, loose)
        case Match(), Match():
            columns = (a.lead_column, a.rep_column) == (b.lead_column, b.rep_column)
            return columns and a.blank in (b.blank, "none") and _covers(strict, loose)
        case Pin(), Pin():
            return _within(strict.reps, loose.reps) and _within(loose.leads, strict.leads)
        case Family(), Family():
            return _within(loose.leads, strict.leads)
        case ShareOf(), ShareOf():
            return _implies_share(a, b, strict, loose)
        case Band(), Band():
            same = (a.metric, a.by, a.of) == (b.metric, b.by, b.of) and a.tolerance <= b.tolerance
            return same and _same(strict, loose)
        case Disruption(), Disruption():
            return a.metric == b.metric and a.at_most <= b.at_most and _covers(strict, loose)
        case Minimum(), Minimum():
            more = a.metric == b.metric and a.at_least >= b.at_least
            return more and _within(loose.reps, strict.reps) and _within(strict.leads, loose.leads)
    return _same(strict, loose)


def _implies_share(a: ShareOf, b: ShareOf, strict: _Meant, loose: _Meant) -> bool:
    """Tell whether a share implies another: a floor for fewer reps, a ceiling for more."""
    if (a.metric, a.of) != (b.metric, b.of) or not np.array_equal(strict.leads, loose.leads):
        return False
    floor = not b.floor or ((a.floor or 0.0) >= b.floor and _within(strict.reps, loose.reps))
    return floor and (
        b.ceiling is None or (a.ceiling is not None and a.ceiling <= b.ceiling and _within(loose.reps, strict.reps))
    )


def _covers(large: _Meant, small: _Meant) -> bool:
    """Tell whether a rule speaks of all the leads and all the reps that another speaks of."""
    return _within(small.reps, large.reps) and _within(small.leads, large.leads)


def _same(one: _Meant, other: _Meant) -> bool:
    """Tell whether two rules speak of the same leads and the same reps."""
    return np.array_equal(one.leads, other.leads) and np.array_equal(one.reps, other.reps)


def _within(small: Bools, large: Bools) -> bool:
    return not (small & ~large).any()


# -- goals ------------------------------------------------------------------------------------------------------------


def goals_alike(pairs: Pairs) -> Iterator[Issue]:
    """Some goal, or some soft rule, makes a difference between reps; the default goal need not."""
    facts = pairs.facts
    active = [part.spec for part in facts.goals if part.active]
    soft = any(part.active and not part.hard for part in facts.rules)
    if facts.m < 2 or soft or not active or facts.scenario.goals == Scenario.model_fields["goals"].default:
        return
    if all(_alike_for_all(facts, goal) for goal in active):
        yield warning("goals_alike", "/goals")


def _alike_for_all(facts: Facts, goal: Goal) -> bool:
    """Tell whether every rep surely earns the same points with each lead."""

    def same(what: str) -> bool:
        return all(getattr(rep, what) == getattr(facts.reps[0], what) for rep in facts.reps)

    match goal:
        case Value():
            return same("win_rates") and (goal.away_factor == 1 or same("region"))
        case SkillFit():
            return same("skills") or facts.leads["skills"].null_count() == facts.n
        case Continuity():
            return not (facts.owner >= 0).any()
        case Travel():
            placed = goal.measured_by is None and facts.reps[0].lat is not None  # of no place another check tells
            return placed and same("lat") and same("lon")
        case Urgency():
            return same("win_rates") or not (facts.leads["urgency"] > 0).any()
    return False  # balance and max-min are about the loads
