"""Compile: a scenario becomes a problem, and ids become indices, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import polars as pl

from scenarios.model import Scenario
from solver.facts import Facts
from solver.goals import GOAL_MATHS
from solver.pairs import Ints
from solver.problem import Problem
from solver.rules import RULE_MATHS, Parts

T = TypeVar("T")


@dataclass(frozen=True)
class Compiled:
    """A problem, and the way back to the scenario.

    `lead_order[i]` and `rep_order[j]` are the scenario positions of lead i and rep j of the problem.
    """

    problem: Problem
    facts: Facts
    lead_order: Ints
    rep_order: Ints

    def owner_in_scenario(self, owner: Ints) -> Ints:
        """Translate the rep of each lead, (n,), -1 for none, to the scenario's order of leads and reps."""
        reps = np.append(self.rep_order, -1)
        result = np.full(len(owner), -1, dtype=np.int64)
        result[self.lead_order] = reps[owner]
        return result

    def owner_in_problem(self, owner: Ints) -> Ints:
        """Translate the rep of each lead, (n,), -1 for none, from the scenario's order to that of the problem."""
        place = np.full(len(self.rep_order) + 1, -1, dtype=np.int64)
        place[self.rep_order] = np.arange(len(self.rep_order))
        found: Ints = place[owner[self.lead_order]]
        return found


def compile_scenario(scenario: Scenario, seed: int = 0) -> Compiled:
    """Compile a scenario, with leads and reps in an order that favours no name.

    The order comes from the ids and the seed alone, so that the order of the rows in a file changes nothing.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    lead_order = _shuffled(scenario.leads["id"], rng)
    rep_order = _shuffled(pl.Series([rep.id for rep in scenario.reps], dtype=pl.String), rng)
    facts = Facts(scenario, lead_order, rep_order)
    if (np.diff(facts.item) < 0).any():  # families stand together
        lead_order = lead_order[np.argsort(facts.item, kind="stable")]
        facts = Facts(scenario, lead_order, rep_order)
    return Compiled(problem_of(facts, parts_of(facts)), facts, lead_order, rep_order)


def _shuffled(ids: pl.Series, rng: np.random.Generator) -> Ints:
    order = ids.arg_sort().to_numpy().astype(np.int64)
    return order[rng.permutation(len(order))]


def parts_of(facts: Facts) -> list[Parts]:
    """Return what every rule adds to the problem, in their order, and then every goal that has a weight."""
    scenario = facts.scenario
    return [
        RULE_MATHS[rule.kind].parts(rule, name, facts)
        for rule, name in zip(scenario.rules, names_of(scenario.rules), strict=True)
    ] + [
        GOAL_MATHS[goal.kind].parts(goal, name, facts)
        for goal, name in zip(scenario.goals, names_of(scenario.goals), strict=True)
        if goal.weight > 0
    ]


def problem_of(facts: Facts, parts: Sequence[Parts]) -> Problem:
    """Put together what rules and goals add."""
    required, unassigned = np.zeros(facts.n, dtype=bool), np.zeros(facts.n)
    for part in parts:
        required = required if part.required is None else required | part.required
        unassigned = unassigned if part.unassigned is None else unassigned + part.unassigned
    return Problem(
        facts.n,
        facts.m,
        terms=_joined(part.terms for part in parts),
        removals=_joined(part.removals for part in parts),
        rows=_joined(part.rows for part in parts),
        spreads=_joined(part.spreads for part in parts),
        item=facts.item,
        required=required,
        unassigned=unassigned,
        tier=facts.lead_numbers("tier").astype(np.int64),
        constant=sum(part.constant for part in parts),
    )


def _joined(groups: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(x for group in groups for x in group)


def names_of(parts: Iterable[object]) -> list[str]:
    """Return the name of each rule or goal: the planner's, or the kind, numbered where it is not the only one."""
    wishes = [getattr(p, "name", "") or str(p.kind) for p in parts]  # type: ignore[attr-defined]
    count = Counter(wishes)
    seen: Counter[str] = Counter()
    names = []
    for wish in wishes:
        seen[wish] += 1
        names.append(wish if count[wish] == 1 else f"{wish} {seen[wish]}")
    return names
