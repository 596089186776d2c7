"""The worst-off rep: territories by a goal `max_min`, as a search over what the worst-off has at least.

A plan earns weight x t for the smallest load / target t of all reps, at most 1, beside what else it earns. To ask for
t >= f is to ask for floors f x target under the loads, and territories with floors are what all methods draw (the
epsilon constraint of Haimes, Lasdon & Wismer 1971). With floors at f no plan costs less than some bound B(f), so that
every plan with t in [f, g] misses at least weight x (1 - g) and costs at least B(f): parts of [0, 1] are drawn again,
the one with the lowest of these bounds first, until none is below the best plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from scenarios.goals import MaxMin
from solver.facts import Facts
from solver.fairness import fixed_targets
from solver.limits import Progress, Watch
from solver.pairs import Floats, Ints
from solver.result import OPTIMAL_GAP
from solver.territory.problem import Drawn

DRAWINGS = 24
"""Drawings at most."""
FIRST, EACH = 0.25, 0.2
"""Part of the time for the drawing without floors, and of what is then left for each of the others."""
NARROW = 0.02
"""Parts of [0, 1] narrower than this are drawn from their lower end, not from the middle."""
STEP = 1e-4
"""How much more the worst-off is to have in the next drawing, where amounts are no whole numbers."""
ROUNDING = 1e-6


@dataclass(frozen=True)
class Drawing:
    """Territories by rep: the rep of each unit, each rep's place and the unit where it was found, -1 for a home."""

    drawn: Drawn
    places: Floats
    at: Ints


@dataclass(frozen=True)
class WorstOff:
    """What a goal `max_min` is about.

    Parameters
    ----------
    metric : str
        What the loads are of.
    weight : float
        Points for the smallest load / target of all that have one, at most 1.
    amount : (units,) array
        What each unit adds to a load.
    carried, target : (reps,) arrays
        The load that comes with the rep, and the fair share of all; 0: the rep does not count.
    """

    metric: str
    weight: float
    amount: Floats
    carried: Floats
    target: Floats

    def ratio(self, of_units: Ints) -> float:
        """Return load / target of the worst-off rep, at most 1, from the rep of each unit."""
        load = self.carried + np.bincount(of_units, self.amount, len(self.target))
        counted = self.target > 0
        return float(np.minimum(load[counted] / self.target[counted], 1.0).min(initial=1.0))

    def floors(self, ratio: float) -> Floats:
        """Return what has to come to each rep for the worst-off to have this ratio, (reps,)."""
        floor = ratio * self.target - self.carried
        if self.whole:
            floor = np.ceil(floor - ROUNDING)
        return np.where((self.target > 0) & (floor > 0), floor, -inf)

    @property
    def whole(self) -> bool:
        """Whether loads change by whole numbers only."""
        return bool((self.amount == np.rint(self.amount)).all())

    def above(self, ratio: float) -> float:
        """Return the next ratio to look for; where loads are whole no plan has one between this one and that."""
        if not self.whole:
            return ratio + STEP
        counted = self.target > 0
        need = ratio * self.target[counted] - self.carried[counted]
        return float(((np.floor(need + ROUNDING) + 1 + self.carried[counted]) / self.target[counted]).min(initial=inf))


def worst_off_of(goal: MaxMin, facts: Facts, starts: Ints) -> WorstOff:
    """Return what a goal about one group of reps asks for; `starts` are the first leads of the units."""
    leads = facts.select_leads(goal.leads)
    everyone = np.arange(facts.n)
    amount = np.where(leads, facts.metric(goal.metric).at(everyone, np.zeros_like(everyone)), 0.0)
    reps, fair = fixed_targets(facts, goal.metric, leads, goal.reps)
    target = np.zeros(facts.m)
    target[reps] = np.maximum(fair, 0.0)
    return WorstOff(goal.metric, goal.weight, np.add.reduceat(amount, starts), facts.carried(goal.metric), target)


@dataclass(frozen=True)
class _Part:
    """Ratios from `low` to `high`: what plans with at least the lower one cost at least, and whether there is one."""

    low: float
    high: float
    least: float
    known: bool

    def bound(self, weight: float) -> float:
        """Return what a plan with such a ratio costs at least, what the worst-off is short of included."""
        return self.least + weight * (1.0 - self.high)


def raised(
    goal: WorstOff,
    draw: Callable[[Floats, Watch, Ints | None], Drawing],
    watch: Watch,
    start: Ints | None,
    points: Callable[[float], float],
) -> Drawing:
    """Return the territories found that cost least, what the worst-off is short of included, with the bound of all.

    Parameters
    ----------
    draw : callable
        Draws with floors under what comes to the reps, infinite for none, within a watch and from a start. Its cost
        and bound leave the goal out.
    points : callable
        Turns costs into points, for those who listen.
    """
    search = _Search(goal, draw, watch, points)
    first = search.drawn(0.0, FIRST, start)
    if first.drawn.centre is None:
        return first
    search.split(_Part(0.0, 1.0, first.drawn.bound, True), 0.0, first)
    for _ in range(DRAWINGS):
        part = search.next()
        if part is None or watch.stop():
            break
        floor = goal.above(part.low)
        if part.high - part.low > NARROW:
            floor = max(floor, (part.low + part.high) / 2)
        search.split(part, floor, search.drawn(floor, EACH, start) if floor <= part.high else None)
    return search.result()


class _Search:
    """The parts of [0, 1] that are left, and the best territories so far, at their cost with the goal."""

    def __init__(
        self,
        goal: WorstOff,
        draw: Callable[[Floats, Watch, Ints | None], Drawing],
        watch: Watch,
        points: Callable[[float], float],
    ) -> None:
        self.goal, self.draw, self.watch, self.points = goal, draw, watch, points
        self.parts: list[_Part] = []
        self.best: Drawing | None = None

    def drawn(self, ratio: float, share: float, start: Ints | None) -> Drawing:
        """Draw with floors in a part of the time, from the best so far or from a start, and keep what is better."""
        work = None if self.watch.limits.work is None else share * self.watch.limits.work
        part = self.watch.part(share, work)
        part.listen = None if self.watch.listen is None else self._tell
        begin = start if self.best is None else self.best.drawn.centre
        found = self.draw(self.goal.floors(ratio), part, begin)
        if found.drawn.centre is not None:
            cost = found.drawn.cost + self.goal.weight * (1.0 - self.goal.ratio(found.drawn.centre))
            if self.best is None or cost < self.best.drawn.cost:
                self.best = replace(found, drawn=replace(found.drawn, cost=cost))
        return found

    def split(self, part: _Part, floor: float, found: Drawing | None) -> None:
        """Put what a drawing with a floor tells in the place of a part; None: no ratio of the part is that high."""
        self.parts = [one for one in self.parts if one is not part]
        if floor > self.goal.above(part.low) or not self.goal.whole:
            narrower = floor > self.goal.above(part.low)
            self.parts.append(_Part(part.low, min(floor, part.high), part.least, part.known and narrower))
        if found is None or found.drawn.status == "infeasible":
            return
        least = max(part.least, found.drawn.bound)
        if found.drawn.centre is None:
            self.parts.append(_Part(floor, part.high, least, False))
            return
        ratio = min(max(self.goal.ratio(found.drawn.centre), floor), part.high)
        self.parts.append(_Part(floor, ratio, least, False))
        if ratio < part.high:
            self.parts.append(_Part(ratio, part.high, least, True))

    def next(self) -> _Part | None:
        """Return the part to be drawn: of those that a better plan may be in, the one with the lowest bound."""
        assert self.best is not None
        cost = self.best.drawn.cost
        room = max(self.watch.limits.gap, OPTIMAL_GAP) * max(1.0, abs(cost))
        left = [part for part in self.parts if part.known and part.bound(self.goal.weight) < cost - room]
        return min(left, key=lambda part: part.bound(self.goal.weight), default=None)

    def bound(self) -> float:
        """Return what no territories cost less than, with the goal."""
        assert self.best is not None
        return min([self.best.drawn.cost, *(part.bound(self.goal.weight) for part in self.parts)])

    def result(self) -> Drawing:
        """Return the best territories, and what is proved of them."""
        assert self.best is not None
        drawn = replace(self.best.drawn, bound=self.bound())
        stopped = self.watch.stop()
        if stopped is None:
            stopped = "proof" if drawn.gap <= OPTIMAL_GAP else "gap" if drawn.gap <= self.watch.limits.gap else "work"
        status = "optimal" if drawn.gap <= OPTIMAL_GAP else "feasible"
        return replace(self.best, drawn=replace(drawn, status=status, stopped_by=stopped))

    def _tell(self, moment: Progress) -> None:
        """Pass on what is done, with what is known of the whole."""
        assert self.watch.listen is not None
        known = self.best is not None
        bound = self.bound() if known else -inf
        self.watch.listen(
            Progress(
                moment.seconds,
                moment.phase,
                self.points(self.best.drawn.cost) if self.best is not None else None,
                self.points(bound) if np.isfinite(bound) else None,
            )
        )
