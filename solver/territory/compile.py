"""Compile: a scenario becomes territories to be drawn, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeGuard

import numpy as np

from scenarios.goals import Goal, MaxMin
from scenarios.model import Scenario
from scenarios.rules import Band, Disruption, Pin
from solver.compile import Compiled, compile_scenario, names_of
from solver.explain.words import EVERY_LEAD
from solver.facts import Facts
from solver.fairness import groups_of
from solver.pairs import EARTH_RADIUS_KM, Bools, Floats, Ints, Kilometres, PerLead
from solver.problem import LoadRows, Problem
from solver.rules import RULE_MATHS
from solver.territory.problem import Budget, Distances, Drawn, Territories
from solver.territory.worst_off import WorstOff, worst_off_of

Place = tuple[float, float]
MOST_CELLS = 25_000_000
"""Units times places for seats of which a table is made."""


def placed(scenario: Scenario, places: Mapping[str, Place]) -> Scenario:
    """Return the allocation that a plan of territories is: reps at their centres, and nobody left without an owner.

    Parameters
    ----------
    places : mapping
        Latitude and longitude by rep id, for the reps whose centres were found.
    """
    reps = tuple(
        rep.model_copy(update={"lat": places[rep.id][0], "lon": places[rep.id][1]}) if rep.id in places else rep
        for rep in scenario.reps
    )
    return scenario.model_copy(update={"reps": reps, "rules": (*scenario.rules, Pin(name=EVERY_LEAD))})


def of_territories(scenario: Scenario) -> bool:
    """Tell whether a scenario is the allocation that some plan of territories is."""
    return any(rule.kind == "pin" and rule.name == EVERY_LEAD for rule in scenario.rules)


@dataclass(frozen=True)
class Ground:
    """What territories are drawn on: units are the items of the compiled problem, candidates its reps.

    Parameters
    ----------
    compiled : Compiled
        The scenario with the rule that every lead has an owner.
    base : (units, reps) array
        What a unit costs with a rep but for travel; infinite where a hard rule forbids it.
    amounts : (units, metrics) array
    metrics : tuple of str
        What each of them is called.
    lower, upper : (reps, metrics) arrays
        Bounds of each rep's load that comes by the units.
    budgets : tuple of Budget
    links : (links, 2) array of int, optional
        Neighbouring units, where territories are to be in one piece.
    before : (units,) array of int
        The rep who has each unit today, -1 for none.
    strict : bool
        Whether budgets count more than leaves its owner where a family of several owners goes to one of the others:
        plans keep the scenario's budgets, and proofs are not about these.
    worst_off : WorstOff, optional
        The goal about the worst-off rep, which is no part of what is drawn at once.
    """

    compiled: Compiled
    base: Floats
    amounts: Floats
    metrics: tuple[str, ...]
    lower: Floats
    upper: Floats
    budgets: tuple[Budget, ...]
    links: Ints | None
    before: Ints
    strict: bool = False
    worst_off: WorstOff | None = None

    @property
    def problem(self) -> Problem:
        """The allocation problem."""
        return self.compiled.problem

    @property
    def facts(self) -> Facts:
        """The scenario as arrays, in the problem's order."""
        return self.compiled.facts

    @property
    def m(self) -> int:
        """Number of reps."""
        return self.problem.m

    @cached_property
    def ways(self) -> tuple[Kilometres, ...]:
        """The goals of travel, as points of pairs."""
        return tuple(term.values for term in self.problem.terms if isinstance(term.values, Kilometres))

    @cached_property
    def homes(self) -> Floats:
        """Places of the reps as unit vectors, (reps, 3); zero where a place is to be found."""
        return self.ways[0].reps if self.ways else np.zeros((self.m, 3))

    @cached_property
    def seats(self) -> Bools:
        """Reps whose place is to be found, (reps,): those without one, where a goal speaks of travel."""
        return np.asarray(~self.homes.any(axis=1) if self.ways else np.zeros(self.m), dtype=bool)

    @cached_property
    def spots(self) -> Floats:
        """Places of the units as unit vectors, (units, 3): of their first leads."""
        return self.facts.places[self.problem.starts]

    @cached_property
    def alike(self) -> bool:
        """Whether no rule or goal tells the reps apart, and all their places are to be found."""
        same = (self.base == self.base[:, :1]) | np.isnan(self.base)
        bounds = (self.lower == self.lower[:1]).all() and (self.upper == self.upper[:1]).all()
        return bool(self.seats.all() and same.all() and bounds and not self.budgets)

    def travel(self, places: Floats, units: Ints | None = None) -> Floats:
        """Return what units, all by default, cost in travel to each of some places, (units, places)."""
        if units is not None:
            leads, which = self.problem.leads_of(units)
            some = np.zeros((len(units), len(places)))
            for way in self.ways:
                np.add.at(some, which, -replace(way.take(leads), reps=places).block(slice(None)))
            return some
        total = np.zeros((self.problem.n_items, len(places)))
        problem = replace(self.problem, m=max(len(places), 1))
        for items, block in problem.item_blocks():
            for way in self.ways:
                total[items] -= problem.gather(replace(way, reps=places).block(block), items, block)
        return total

    def task(self, places: Floats) -> Territories:
        """Return the territories of all reps at these places, (reps, 3)."""
        return Territories(
            self.base + self.travel(places),
            self.amounts,
            self.lower,
            self.upper,
            self.m,
            links=self.links,
            before=self.before,
            budgets=self.budgets,
        )

    @cached_property
    def candidates(self) -> Ints:
        """The units where a seat may be: those with a place, or if these are too many for a table, some of them."""
        units = np.flatnonzero(self.spots.any(axis=1))
        most = max(MOST_CELLS // max(len(self.spots), 1), 4 * self.m)
        if len(units) <= most or self._straight:
            return units
        return units[np.linspace(0, len(units) - 1, most).astype(np.int64)]  # their order is random

    @cached_property
    def _straight(self) -> bool:
        """Whether travel to any place is all that a unit costs, and a chord tells it: one goal, no families."""
        return len(self.ways) == 1 and self.problem.n_items == self.problem.n and not self.base.any()

    def seat_task(self) -> Territories:
        """Return the territories of as many like reps as there are, each at one of the candidates.

        Where a table of all distances would be too large, they are those of the chords through the globe: a little
        shorter than the ways over it, so that bounds hold.
        """
        units = self.candidates
        shape = (len(units), self.amounts.shape[1])
        if self._straight and len(units) * self.problem.n_items > MOST_CELLS:
            (way,) = self.ways
            weights = np.ones(len(way.leads)) if way.weights is None else way.weights
            weight = -way.factor * EARTH_RADIUS_KM**way.power * weights
            cost: Floats | Distances = Distances(self.spots, self.spots[units], weight, float(way.power))
        else:
            cost = self.base[:, :1] + self.travel(self.spots[units])
        return Territories(
            cost,
            self.amounts,
            np.broadcast_to(self.lower[:1], shape).copy(),
            np.broadcast_to(self.upper[:1], shape).copy(),
            self.m,
            links=self.links,
            own=units,
        )

    def owner(self, of_units: Ints) -> Ints:
        """Return the rep of each lead in the scenario's order from the rep of each unit."""
        return self.compiled.owner_in_scenario(of_units[self.problem.item])

    def with_floors(self, floors: Floats) -> Ground:
        """Return the ground with floors, (reps,), under the loads that the goal about the worst-off rep is about."""
        assert self.worst_off is not None
        amount = self.worst_off.amount
        for k in np.flatnonzero((self.amounts == amount[:, None]).all(axis=0))[:1]:
            lower = self.lower.copy()
            lower[:, k] = np.maximum(lower[:, k], floors)
            return replace(self, lower=lower)
        return replace(
            self,
            amounts=np.column_stack([self.amounts, amount]),
            metrics=(*self.metrics, self.worst_off.metric),
            lower=np.column_stack([self.lower, floors]),
            upper=np.column_stack([self.upper, np.full(self.m, np.inf)]),
        )

    def points(self, cost: float) -> float:
        """Return the points of a plan, or the bound of all plans, of this cost."""
        return self.problem.constant - cost

    def proved(self, drawn: Drawn) -> Drawn:
        """Return what was drawn with no more proof than holds for the scenario's own budgets."""
        if not self.strict:
            return drawn
        status = "no_plan_found" if drawn.centre is None else "feasible"
        stopped = "work" if drawn.stopped_by in ("proof", "gap") else drawn.stopped_by
        reason = None if drawn.status == "infeasible" else drawn.reason
        return replace(drawn, status=status, bound=-np.inf, stopped_by=stopped, reason=reason)


def ground_of(scenario: Scenario, seed: int = 0) -> Ground:
    """Compile a scenario whose rules and goals can all be drawn by (`solver.territory.refusals`)."""
    compiled = compile_scenario(placed(scenario, {}), seed)
    problem, facts = compiled.problem, compiled.facts
    columns = _columns(compiled)
    hard = [rule for rule in scenario.rules if isinstance(rule, Disruption) and rule.rate is None]
    before = _before(problem, facts, hard)
    budgets = tuple(_budget(problem, facts, rule, before) for rule in hard)
    return Ground(
        compiled,
        _base(problem),
        np.stack([c.amount for c in columns], axis=1) if columns else np.zeros((problem.n_items, 0)),
        tuple(c.metric for c in columns),
        np.stack([c.lower for c in columns], axis=1) if columns else np.zeros((problem.m, 0)),
        np.stack([c.upper for c in columns], axis=1) if columns else np.zeros((problem.m, 0)),
        budgets,
        _links(problem, facts) if any(r.kind == "contiguity" and r.rate is None for r in scenario.rules) else None,
        before,
        strict=any(budget.at_most < rule.at_most for budget, rule in zip(budgets, hard, strict=True)),
        worst_off=next((worst_off_of(g, facts, problem.starts) for g in scenario.goals if _is_max_min(g)), None),
    )


def _is_max_min(goal: Goal) -> TypeGuard[MaxMin]:
    return isinstance(goal, MaxMin) and goal.weight > 0


def _base(problem: Problem) -> Floats:
    """Return what each unit costs with each rep but for travel; infinite where a hard rule forbids it."""
    base = np.zeros((problem.n_items, problem.m))
    for items, leads in problem.item_blocks():
        for term in problem.terms:
            if not isinstance(term.values, Kilometres):
                base[items] -= problem.gather(term.values.block(leads) + np.zeros((1, problem.m)), items, leads)
        barred = problem.gather((~problem.eligible(leads)).astype(np.float64), items, leads)
        base[items][barred > 0] = np.inf
    return base


@dataclass
class _Column:
    """One metric of the units, (units,), with the bounds of each rep's load of it, (reps,)."""

    metric: str
    amount: Floats
    lower: Floats
    upper: Floats


def _columns(compiled: Compiled) -> list[_Column]:
    """Return the metrics that hard rules bound, each once."""
    problem, facts = compiled.problem, compiled.facts
    found: dict[bytes, _Column] = {}

    def add(metric: str, per_lead: Floats, lower: Floats, upper: Floats) -> None:
        amount = np.add.reduceat(per_lead, problem.starts) if problem.n else per_lead
        free = np.full(facts.m, np.inf)
        column = found.setdefault(amount.tobytes(), _Column(metric, amount, -free, free))
        column.lower, column.upper = np.maximum(column.lower, lower), np.minimum(column.upper, upper)

    rules = facts.scenario.rules
    for rule, name in zip(rules, names_of(rules), strict=True):
        if rule.rate is not None:
            continue
        if isinstance(rule, Band) and rule.of == "assigned":
            add(rule.metric, *_band(rule, facts))
        elif rule.kind in ("capacity", "minimum", "band", "wall"):
            for rows in RULE_MATHS[rule.kind].parts(rule, name, facts).rows:
                for group in range(len(rows.base)):
                    add(rows.metric, *_bounds(rows, group))
    return list(found.values())


def _bounds(rows: LoadRows, group: int) -> tuple[Floats, Floats, Floats]:
    """Return what each lead adds to one group of rows, one a rep, and the bounds of what may come."""
    assert isinstance(rows.values, PerLead) and rows.weights is None
    amount = np.where(rows.group == group, rows.values.amount, 0.0)
    return amount, rows.lower[group] - rows.base[group], rows.upper[group] - rows.base[group]


def _band(rule: Band, facts: Facts) -> tuple[Floats, Floats, Floats]:
    """Return a band among all reps: as every lead is assigned, the total that it is about is known."""
    leads = facts.select_leads(rule.leads)
    carried = facts.carried(rule.metric)
    (group,) = groups_of(facts, None, rule.reps)
    total = facts.lead_total(rule.metric, leads) + carried[group.reps].sum()
    target = np.zeros(facts.m)
    target[group.reps] = group.entitlement * total
    everyone = np.arange(facts.n)
    amount = np.where(leads, facts.metric(rule.metric).at(everyone, np.zeros_like(everyone)), 0.0)
    return amount, (1 - rule.tolerance) * target - carried, (1 + rule.tolerance) * target - carried


def _budget(problem: Problem, facts: Facts, rule: Disruption, before: Ints) -> Budget:
    """Return a disruption budget; leads that nobody meant owns today do not count.

    Of a family of several owners, what others than `before` have counts as moved whoever gets it: never too little.
    """
    amount = _owned(facts, rule)
    kept = np.where(facts.owner == before[problem.item], amount, 0.0)
    spent = float((amount - kept).sum())
    return Budget(np.add.reduceat(kept, problem.starts), rule.at_most - spent)


def _owned(facts: Facts, rule: Disruption) -> Floats:
    """Return what a budget counts of each lead if it changes owner, (leads,)."""
    chosen = np.append(facts.select_reps(rule.reps), False)
    owned = facts.select_leads(rule.leads) & chosen[facts.owner]
    everyone = np.arange(facts.n)
    return np.where(owned, facts.metric(rule.metric).at(everyone, np.maximum(facts.owner, 0)), 0.0)


def _before(problem: Problem, facts: Facts, budgets: Sequence[Disruption]) -> Ints:
    """Return the rep who has each unit today, -1 for none.

    Of a family it is the one who has most of it: of what the first budget counts, or else of its leads.
    """
    if not facts.n:
        return facts.owner
    before = facts.owner[problem.starts]
    mixed = np.unique(problem.item[facts.owner != before[problem.item]])
    if len(mixed):
        amount = _owned(facts, budgets[0]) if budgets else np.ones(facts.n)
        leads, which = problem.leads_of(mixed)
        owned = facts.owner[leads] >= 0
        pair, which_pair = np.unique(which[owned] * facts.m + facts.owner[leads][owned], return_inverse=True)
        held = np.bincount(which_pair, amount[leads][owned])
        order = np.lexsort((-held, pair // facts.m))
        first = order[np.unique(pair[order] // facts.m, return_index=True)[1]]
        before[mixed] = pair[first] % facts.m
    return before


def _links(problem: Problem, facts: Facts) -> Ints:
    """Return the neighbouring units, each pair once."""
    pairs = np.sort(problem.item[facts.links], axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
