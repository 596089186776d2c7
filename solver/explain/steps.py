"""The way from one scenario to another in steps, for leads that changed owner: what each step did to the two pairs.

A lead that went from its old rep to its new one has two pairs. In the base the old one was chosen, in the other
scenario the new one, and between the two the *advantage* of the new pair over the old one, net of what their loads
cost, changed. The steps put in, one after the other, the other scenario's leads, reps, settings, rules and goals, all
at the prices of the base, and at last its prices. Each step's change of the advantage is what it did, and together they
are all of it; and after each step it is seen which of the pairs hard rules allow. What a step does can depend on those
before it: the order is a choice, and always the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from scenarios.differences import SETTINGS, Differences, PartChange
from scenarios.goals import Goal
from scenarios.model import Scenario
from scenarios.rules import Rule
from solver.compile import names_of
from solver.explain.explainer import Explainer
from solver.explain.priced import Charge
from solver.facts import Facts
from solver.goals import GOAL_MATHS
from solver.pairs import Bools, Floats, Ints
from solver.problem import LoadRows, Problem
from solver.result import RowPrice
from solver.row_prices import prices_to_arrays
from solver.rules import RULE_MATHS
from solver.rules.base import Parts

ABSENT = -2
"""In place of a rep's index: the scenario does not have the rep. -1 is nobody."""
OLD, NEW = 0, 1

Listed = Mapping[int, Sequence[RowPrice]]
"""The prices of each tier that are not 0."""


@dataclass(frozen=True)
class Moved:
    """Leads that changed owner, in the order of the base.

    `place` is the position of each in `LeadChanges.base`, `rows` its row in the base and in the other scenario, (2, n);
    `owner` the old and the new rep, (2, n), as indices of the base's and of the other's reps, -1 for nobody.
    """

    place: Ints
    rows: Ints
    owner: Ints

    def __len__(self) -> int:
        return len(self.place)


@dataclass
class Effect:
    """What a change did: points that it gave to the new pair over the old, and whether it closed one or opened one."""

    points: Floats
    closed: Bools
    opened: Bools


@dataclass(frozen=True)
class _Said:
    """What is said of both pairs, (2, n): points, what their loads cost, and how many rules forbid them."""

    points: Floats
    cost: Floats
    against: Ints

    @classmethod
    def nothing(cls, n: int) -> _Said:
        return cls(np.zeros((2, n)), np.zeros((2, n)), np.zeros((2, n), dtype=np.int64))

    def __add__(self, more: _Said) -> _Said:
        return _Said(self.points + more.points, self.cost + more.cost, self.against + more.against)

    def __sub__(self, less: _Said) -> _Said:
        return _Said(self.points - less.points, self.cost - less.cost, self.against - less.against)

    @property
    def worth(self) -> Floats:
        return self.points - self.cost

    @property
    def allowed(self) -> Bools:
        allowed: Bools = self.against == 0
        return allowed


@dataclass(frozen=True)
class Steps:
    """The effect of each step; see the module.

    Parameters
    ----------
    before, after : (n,) arrays
        The advantage of the new pair over the old one, in the base and in the other scenario; only where `comparable`.
    comparable : (n,) array of bool
        Whether both scenarios have both reps.
    allowed : (2, n) array of bool
        Whether the new pair was allowed in the base, and whether the old one still is.
    size : (n,) array
        How large the nets are, at least 1: what tolerances are relative to.
    leads, old, new, settings : Effect
        Of the leads' data, of the data of the old rep and of the new one (and of others, as far as they matter), and of
        settings.
    parts : mapping
        Of each changed rule and goal, by ("rules" or "goals", its place in `Differences`).
    prices : (2, n) array
        Points by which rows of unchanged rules and goals became dearer at the old rep, and cheaper at the new one.
    """

    before: Floats
    after: Floats
    comparable: Bools
    allowed: Bools
    size: Floats
    leads: Effect
    old: Effect
    new: Effect
    settings: Effect
    parts: Mapping[tuple[str, int], Effect]
    prices: Floats = field(repr=False)


def steps_between(base: Explainer, other: Explainer, differences: Differences, moved: Moved) -> Steps:
    """Return what each step from the base to the other scenario did to the pairs of the leads that moved."""
    return _Walk(base, other, differences, moved).steps()


class _Walk:
    def __init__(self, base: Explainer, other: Explainer, differences: Differences, moved: Moved) -> None:
        self.ends, self.differences, self.moved = (base, other), differences, moved
        self.n = len(moved)
        names = [[rep.id for rep in end.scenario.reps] for end in self.ends]
        self.reps = tuple(self._indices(names, side) for side in (0, 1))  # of both pairs, in each scenario
        self.tiers = tuple(self._tiers(end, rows) for end, rows in zip(self.ends, moved.rows, strict=True))
        self.listed: tuple[Listed, Listed] = (_listed(base), _listed(other))
        self.names = tuple(
            {"rules": names_of(end.scenario.rules), "goals": names_of(end.scenario.goals)} for end in self.ends
        )

    def _indices(self, names: list[list[str]], side: int) -> Ints:
        """Return the indices of the old and new reps, (2, n), in the scenario of one side."""
        index = {name: j for j, name in enumerate(names[side])}
        found = []
        for pair in (OLD, NEW):
            place = np.array([*(index.get(name, ABSENT) for name in names[pair]), -1], dtype=np.int64)
            found.append(place[self.moved.owner[pair]])
        return np.array(found, dtype=np.int64).reshape(2, self.n)

    def _tiers(self, end: Explainer, rows: Ints) -> Ints:
        priced = end.priced
        return priced.item_tier[priced.problem.item[priced.place[rows]]]

    @cached_property
    def tables(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The leads that moved as each scenario has them, with every column that either speaks of."""
        frames = [end.scenario.leads[rows] for end, rows in zip(self.ends, self.moved.rows, strict=True)]
        spoken_of = [dict.fromkeys(_columns(end.scenario), pl.String()) for end in self.ends]
        schema = {**spoken_of[0], **spoken_of[1], **frames[1].schema, **frames[0].schema}
        base, other = (
            frame.with_columns(pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in frame)
            for frame in frames
        )
        return base, other

    def scenario(self, step: int) -> Scenario:
        """Return the scenario of the leads that moved after so many of the five first steps."""
        base, other = (end.scenario for end in self.ends)
        update: dict[str, object] = {"leads": self.tables[step > 0]}
        if step == 1:  # with reps of the base, whom the other scenario may not have any more
            stay = pl.Series([rep.id for rep in other.reps], dtype=pl.String).implode()
            gone = base.travel.filter(~pl.col("rep").is_in(stay))
            update["travel"] = pl.concat([other.travel, gone], how="diagonal")
        elif step > 1:
            update["travel"] = other.travel
        for k, names in enumerate((("reps",), SETTINGS, ("rules",), ("goals",)), start=2):
            if step >= k:
                update |= {name: getattr(other, name) for name in names}
        return base.model_copy(update=update)

    def steps(self) -> Steps:
        found = self.differences
        start = self._all(0)
        with_leads = self._all(1) if found.leads.columns else start
        with_reps = self._all(2) if found.reps else with_leads
        with_settings = self._all(3) if found.settings else with_reps
        rules, with_rules = self._parts("rules", 4, with_settings)
        goals, last = self._parts("goals", 5, with_rules)
        parts = {**rules, **goals}
        prices, end = self._prices(last, parts)
        leads, reps, settings = (
            _effect(before, after, start, last)
            for before, after in ((start, with_leads), (with_leads, with_reps), (with_reps, with_settings))
        )
        change = with_reps.worth - with_leads.worth
        old = Effect(-change[OLD], reps.closed, np.zeros(self.n, dtype=bool))
        new = Effect(change[NEW], np.zeros(self.n, dtype=bool), reps.opened)
        comparable = (self.reps[0] != ABSENT).all(axis=0) & (self.reps[1] != ABSENT).all(axis=0)
        for effect in (leads, old, new, settings, *parts.values()):
            effect.points = np.where(comparable, effect.points, 0.0)
        return Steps(
            np.where(comparable, start.worth[NEW] - start.worth[OLD], 0.0),
            np.where(comparable, end[NEW] - end[OLD], 0.0),
            comparable,
            np.array([start.allowed[NEW], last.allowed[OLD]]),
            np.maximum(1.0, np.abs([*start.worth, *end]).max(axis=0)),
            leads,
            old,
            new,
            settings,
            parts,
            np.where(comparable, prices, 0.0),
        )

    # -- what a scenario says -----------------------------------------------------------------------------------------

    def _all(self, step: int) -> _Said:
        """Return what the base's rules and goals say after up to three steps, at its prices."""
        scenario, reps = self.scenario(step), self.reps[step >= 2]
        facts = Facts(scenario)
        total = _Said(np.zeros((2, self.n)), np.zeros((2, self.n)), (reps == ABSENT).astype(np.int64))
        for what in ("rules", "goals"):
            for part, name in zip(getattr(scenario, what), self.names[0][what], strict=True):
                total += self._said(part, name, facts, reps, 0)
        return total

    def _said(self, part: Rule | Goal, name: str, facts: Facts, reps: Ints, side: int) -> _Said:
        """Return what one rule or goal says, at the prices of one side, in which it has this name."""
        made = _made(part, name, facts)
        points, against = np.zeros((2, self.n)), np.zeros((2, self.n), dtype=bool)
        for pair in (OLD, NEW):
            some = np.flatnonzero(reps[pair] >= 0)
            who, nobody = reps[pair][some], reps[pair] == -1
            for term in made.terms:
                points[pair][some] += term.values.at(some, who)
            for removal in made.removals:
                against[pair][some] |= removal.table[removal.code[some], who]
            if made.unassigned is not None:
                points[pair][nobody] += made.unassigned[nobody]
            if made.required is not None:
                against[pair][nobody] |= made.required[nobody]
        return _Said(points, self._cost(made.rows, name, facts, reps, side), against.astype(np.int64))

    def _cost(self, rows: tuple[LoadRows, ...], name: str, facts: Facts, reps: Ints, side: int) -> Floats:
        cost = np.zeros((2, self.n))
        last = max(self.listed[side], default=0)
        for tier, listed in self.listed[side].items():
            mine = [price for price in listed if price.rule == name]
            blocks = tuple(block for block in rows if block.hard or tier == last)
            if not mine or not blocks:
                continue
            prices = prices_to_arrays(Problem(facts.n, facts.m, (), rows=blocks), mine)
            for charge in (Charge.of(b, p) for b, p in zip(blocks, prices, strict=True) if p.any()):
                for pair in (OLD, NEW):
                    some = np.flatnonzero((reps[pair] >= 0) & (self.tiers[side] == tier))
                    amount, price = charge.amounts(some, reps[pair][some])
                    cost[pair][some] += amount * price
        return cost

    # -- rules, goals and prices --------------------------------------------------------------------------------------

    def _parts(self, what: str, step: int, before: _Said) -> tuple[dict[tuple[str, int], Effect], _Said]:
        """Return the effect of each changed rule or goal, and what all say once the step is done."""
        changes = [(k, c) for k, c in enumerate(getattr(self.differences, what)) if c.what != "same"]
        if not changes:
            return {}, before
        facts = [Facts(self.scenario(step - 1)), Facts(self.scenario(step))]
        said = {k: [self._either(what, change, side, facts[side]) for side in (0, 1)] for k, change in changes}
        after = before
        for first, second in said.values():
            after = after - first + second
        effects = {}
        for k, (first, second) in said.items():
            change = second.worth - first.worth
            closed = before.allowed[OLD] & (second.against > first.against)[OLD]
            opened = after.allowed[NEW] & (second.against < first.against)[NEW]
            effects[(what, k)] = Effect(change[NEW] - change[OLD], closed, opened)
        return effects, after

    def _either(self, what: str, change: PartChange, side: int, facts: Facts) -> _Said:
        """Return what a rule or goal says as one of the scenarios has it, at the base's prices."""
        index = (change.base, change.other)[side]
        if index < 0:
            return _Said.nothing(self.n)
        part = getattr(self.ends[side].scenario, what)[index]
        return self._said(part, self._base_name(what, change), facts, self.reps[1], 0)

    def _base_name(self, what: str, change: PartChange) -> str:
        """Return the name that prices of the base go by; it has none for a part that it does not have."""
        return self.names[0][what][change.base] if change.base >= 0 else ""

    def _prices(self, said: _Said, parts: Mapping[tuple[str, int], Effect]) -> tuple[Floats, Floats]:
        """Put in the prices of the other plan; return what unchanged rows did, and what the pairs are worth then.

        What the rows of a changed rule or goal did is added to its effect.
        """
        scenario = self.scenario(5)
        facts, reps = Facts(scenario), self.reps[1]
        total, dearer = np.zeros((2, self.n)), -said.cost
        for what in ("rules", "goals"):
            for k, change in enumerate(getattr(self.differences, what)):
                if change.other < 0:
                    continue
                part = getattr(scenario, what)[change.other]
                cost = self._said(part, self.names[1][what][change.other], facts, reps, 1).cost
                total += cost
                dearer += cost
                if change.what != "same":
                    own = cost - self._said(part, self._base_name(what, change), facts, reps, 0).cost
                    parts[(what, k)].points += own[OLD] - own[NEW]
                    dearer -= own
        return dearer * np.array([[1.0], [-1.0]]), said.points - total


def _made(part: Rule | Goal, name: str, facts: Facts) -> Parts:
    """Return what a rule or a goal adds to the problem."""
    if part.kind in RULE_MATHS:
        return RULE_MATHS[part.kind].parts(part, name, facts)
    return GOAL_MATHS[part.kind].parts(part, name, facts) if getattr(part, "weight", 0.0) > 0 else Parts()


def _columns(scenario: Scenario) -> Iterator[str]:
    """Yield the columns of leads that rules, goals, capacities and settings of a scenario speak of."""
    yield scenario.win_rate_by
    for part in (*scenario.rules, *scenario.goals):
        yield from getattr(part, "leads", {})
        yield from (getattr(part, name) for name in ("metric", "lead_column") if hasattr(part, name))
    yield from (key.partition("@")[0] for rep in scenario.reps for key in rep.capacity)


def _effect(before: _Said, after: _Said, start: _Said, end: _Said) -> Effect:
    """Return what a step did: the old pair is closed for good, or the new one opened that was not open in the base."""
    change = after.worth - before.worth
    closed = before.allowed[OLD] & ~after.allowed[OLD] & ~end.allowed[OLD]
    opened = ~before.allowed[NEW] & after.allowed[NEW] & ~start.allowed[NEW]
    return Effect(change[NEW] - change[OLD], closed, opened)


def _listed(end: Explainer) -> Listed:
    return {tier.tier: tier.prices for tier in end.plan.tiers}
