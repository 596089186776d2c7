"""Ways out: the cheapest sets of relaxations under which a scenario has a plan."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import Any

import numpy as np

from scenarios.model import Scenario
from scenarios.texts import Locale
from solver.compile import names_of
from solver.explain.broken import relaxations_of
from solver.explain.conflict_texts import MORE_STEPS, WAY_OUT, joined
from solver.explain.elastic import AXIS, Held, solve_elastic
from solver.explain.relaxation import Relaxation, apply, merged
from solver.explain.trial import Trials, bare, breaches
from solver.facts import Facts
from solver.pairs import Ints

ROUNDS = 200
"""Rounds of judging in which all that a plan breaks must be found: a rule lists a hundred places at a time."""
TRIES = 40
"""Elastic models that the search for alternatives may solve."""
MOST_PLACES = 8
"""A way out with more places is not made simpler: that would take too many solves."""
STEPS = 8
"""A sentence names this many changes; the record names all."""
CLOSE = 1.0001
"""Costs are equal up to this factor: amounts are rounded."""


@dataclass(frozen=True)
class WayOut:
    """Relaxations under which there is a plan: the judge has passed one.

    Parameters
    ----------
    relaxations : tuple of Relaxation
    cost : float
        The sum of their costs.
    proved : bool
        Whether it is proved that no part of them is enough.
    """

    relaxations: tuple[Relaxation, ...]
    cost: float
    proved: bool

    def record(self) -> dict[str, Any]:
        """Return the way out as a JSON-ready record."""
        return {
            "cost": self.cost,
            "proved": self.proved,
            "relaxations": [relaxation.record() for relaxation in self.relaxations],
        }

    def sentence(self, locale: Locale = "en", number: int = 1) -> str:
        """Return what to do, in one sentence."""
        parts = [relaxation.sentence(locale) for relaxation in self.relaxations[:STEPS]]
        if len(self.relaxations) > STEPS:
            parts.append(MORE_STEPS.format(locale, count=len(self.relaxations) - STEPS))
        steps = joined(parts, locale)
        return WAY_OUT.format(locale, number=number, steps=steps)


@dataclass(frozen=True)
class _Found:
    """A way out, place by place, and what had to stay hard when it was found."""

    atoms: tuple[Relaxation, ...]
    held: Held
    bound: float
    proved: bool

    @property
    def cost(self) -> float:
        return sum(atom.cost for atom in self.atoms)

    @property
    def places(self) -> frozenset[object]:
        return frozenset(atom.place for atom in self.atoms)


Branch = Callable[[_Found, Facts], Iterator[Held]]


def find_ways_out(
    scenario: Scenario, factors: Mapping[int, float], most: int, trials: Trials
) -> tuple[tuple[WayOut, ...], bool]:
    """Return up to `most` ways out, the cheapest first, and whether nothing is cheaper than that one.

    Alternatives come from keeping hard, in turn, each rule that a way out relaxes (Lawler 1972); when that gives too
    few, from keeping hard each single place. So no way out contains another.
    """
    start = _solve(scenario, factors, {}, trials)
    if start is None or most < 1:
        return (), False
    found = [_simpler(scenario, factors, start, trials)]
    for branch in (_by_rule, _by_place):
        _search(scenario, factors, branch, found, most, trials)
    ways = [WayOut(merged(f.atoms), f.cost, f.proved) for f in sorted(found, key=lambda f: f.cost)]
    return tuple(ways), ways[0].cost <= start.bound * CLOSE + 1e-9


def _search(
    scenario: Scenario,
    factors: Mapping[int, float],
    branch: Branch,
    found: list[_Found],
    most: int,
    trials: Trials,
) -> None:
    """Add alternatives to what was found, always the cheapest that is known."""
    heap: list[tuple[float, int, _Found]] = []
    fresh, tries = list(found), 0
    while len(found) < most:
        for way in fresh:
            for held in branch(way, Facts(scenario)):
                tries += 1
                spent = trials.over or tries > TRIES
                other = None if spent else _solve(scenario, factors, held, trials)
                if other is not None:
                    heapq.heappush(heap, (other.cost, tries, other))
        if not heap:
            return
        way = _simpler(scenario, factors, heapq.heappop(heap)[2], trials)
        fresh = [way]
        if not any(way.places >= known.places for known in found):
            found.append(way)


def _simpler(scenario: Scenario, factors: Mapping[int, float], way: _Found, trials: Trials) -> _Found:
    """Return a way out that costs the same and changes fewer places, if there is one.

    Two reps with the same hours may share an extra hour in many ways that cost the same; people prefer one change.
    """
    while 1 < len(way.atoms) <= MOST_PLACES and not trials.over:
        for held in _by_place(way, Facts(scenario)):
            other = _solve(scenario, factors, held, trials)
            if other is not None and len(other.atoms) < len(way.atoms) and other.cost <= way.cost * CLOSE:
                way = replace(way, atoms=other.atoms, proved=other.proved)
                break
        else:
            return way
    return way


def _by_rule(way: _Found, facts: Facts) -> Iterator[Held]:
    """Yield what to keep hard: what already is, and one more rule each time."""
    for index in dict.fromkeys(atom.index for atom in way.atoms):
        yield {**way.held, index: None}


def _by_place(way: _Found, facts: Facts) -> Iterator[Held]:
    """Yield what to keep hard: what already is, and one more place of a rule each time."""
    for atom in way.atoms:
        before = way.held.get(atom.index, frozenset())
        if before is not None and atom.kind in AXIS:
            yield {**way.held, atom.index: before | _place(atom, facts)}
        elif before is not None:
            yield {**way.held, atom.index: None}


def _place(atom: Relaxation, facts: Facts) -> frozenset[int]:
    """Return the reps or leads of a place; a family or competitor group is one place."""
    if atom.rep:
        return frozenset({facts.rep_index[atom.rep]})
    mask = facts.select_leads({"id": atom.leads})
    column = {"family": "family", "wall": "competitor_group"}.get(atom.kind)
    if column:
        codes, _ = facts.codes(column)
        mask = np.isin(codes, codes[mask])
    return frozenset(np.flatnonzero(mask).tolist())


def _solve(scenario: Scenario, factors: Mapping[int, float], held: Held, trials: Trials) -> _Found | None:
    """Return the cheapest way out that keeps some rules hard; None if there is none or the limits ran out."""
    elastic = solve_elastic(scenario, factors, held, trials)
    atoms = None if elastic is None else changes_for(scenario, elastic.owner, factors)
    if elastic is None or atoms is None:
        return None
    bound = elastic.bound if elastic.exact and all(atom.code != "drop_rule" for atom in atoms) else 0.0
    atoms, proved = _smallest(scenario, atoms, bound, trials)
    return _Found(atoms, held, bound, proved)


def changes_for(scenario: Scenario, owner: Ints, factors: Mapping[int, float]) -> tuple[Relaxation, ...] | None:
    """Return the relaxations under which the judge passes a plan; None if that cannot be had."""
    names = names_of(scenario.rules)
    atoms: dict[object, Relaxation] = {}
    relaxed = bare(scenario, scenario.rules)
    for _ in range(ROUNDS):
        broken = breaches(relaxed, owner)
        if not broken:
            return tuple(atoms.values())
        found = relaxations_of(relaxed, owner, broken)
        if any(atom.index >= len(names) for atom in found):
            return None
        relaxed = apply(relaxed, *merged(found))
        for atom in found:
            factor = factors.get(atom.index, 1.0)
            before = atoms.get(atom.place)
            atom = replace(atom, rule=names[atom.index], cost=atom.cost * factor)
            if before is not None:
                atom = replace(atom, before=before.before, cost=before.cost + atom.cost)
            atoms[atom.place] = atom
    return None


def _smallest(
    scenario: Scenario, atoms: tuple[Relaxation, ...], bound: float, trials: Trials
) -> tuple[tuple[Relaxation, ...], bool]:
    """Leave out relaxations that are not needed; tell whether it is proved that none of the rest can be left out.

    What costs less than `bound` is no way out: that needs no solve.
    """
    while True:
        proved = True
        for some in _parts(atoms):
            rest = tuple(atom for atom in atoms if atom not in some)
            if sum(atom.cost for atom in rest) * CLOSE < bound:
                continue
            answer = None if trials.over else trials.has_plan(apply(scenario, *merged(rest)))
            if answer:
                atoms = rest
                break
            proved &= answer is False
        else:
            return atoms, proved


def _parts(atoms: tuple[Relaxation, ...]) -> Iterator[tuple[Relaxation, ...]]:
    """Yield what to leave out in turn: each relaxation, and each set of families that are taken apart.

    Leaving out more never helps, with one exception: leads that leave their family count one by one for a wall.
    """
    split = [atom for atom in atoms if atom.kind == "family"]
    yield from ((atom,) for atom in atoms)
    yield from chain.from_iterable(combinations(split, size) for size in range(2, min(len(split), 6) + 1))
