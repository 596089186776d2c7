"""Patterns of knapsacks: bounds and plans where every rep has a capacity that each item counts against.

With a price on every item instead of one on every capacity, each rep by itself takes the best set of items that fits,
its pattern: a knapsack. The bound of such prices,

    L(v) = sum_i v_i + sum_j max { sum_i (s_ij - v_i) x_i : the items x fit into rep j },

is at least as near as that of the linear relaxation, and at the best prices it is that of column generation over the
patterns (Savelsbergh 1997). A deflected subgradient finds such prices without a linear programme (Camerini, Fratta &
Maffioli 1975). Plans come from diving: the reps whose pattern agrees most with the average of the latest ones take it
for good, the prices of what is left are mended, and a mixed-integer model decides the last few reps (Sadykov et al.
2019). Then it is some reps of the best plan who dive anew, again and again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from solver.evaluate import evaluate
from solver.knapsack import Capacities, best_patterns, capacities
from solver.limits import StoppedBy, Watch, gap_between
from solver.linear import LinearModel
from solver.methods.backend import branch
from solver.pairs import Bools, Floats, Ints
from solver.problem import Problem
from solver.repair import restrict
from solver.result import OPTIMAL_GAP

MOST_NUMBERS = 20_000_000
"""Items x reps x capacity: all knapsacks then take some 60 ms."""
DIVING = 1e-6
"""Seconds, or units of work, for each of these numbers that a dive is worth beginning with."""
FIRST_STEPS, STEPS = 60, 20
"""Steps of the prices at first, and after some reps have got their patterns."""
HOPE, LEAST_HOPE = 2e-4, 2e-5
"""How far below the best bound the next one is thought to be, in parts of all prices: at most, and at least."""
LENGTH, SHORTER, PATIENT = 0.7, 0.7, 8
"""Length of a step towards that, and the factor by which it shrinks after so many steps that brought nothing."""
DEFLECTED, REMEMBERED = 0.7, 0.85
"""Parts of the last direction, and of the average pattern, that are kept at each step."""
LATEST = 10
"""So many of the latest patterns of each rep can become final."""
BLUR = 0.15
"""Part by which the order of the reps is blurred, so that dives differ."""
FEWEST = 8
"""With fewer reps there is too little to dive for before the mixed-integer model has them all."""
LAST, AT_ONCE = 4, 4
"""Reps that are left to the mixed-integer model, and the most who get their patterns between two mendings."""
FIRST_NODES, NODES, SECONDS, PART = 500, 100, 15.0, 0.1
"""Nodes of that model for the first plan and later, a limit by work, so that runs repeat; and its most seconds, and
most part of the time that is left."""
FIRST_DIVES = 3
"""Dives that may fail before there is any plan."""
MOST_REPS = 15
"""Most reps who dive anew."""
FAILURES = 24
"""So many dives in a row without a gain end the search."""


@dataclass(frozen=True)
class Settled:
    """What steps of the item prices came to.

    Parameters
    ----------
    bound : float
        The least L(v) found, in points over leaving every item alone.
    price : (items,) array
        The prices of this bound.
    average : (reps, items) array
        Which part of the time each rep took each item, late steps counting most.
    latest : (steps, reps, items) array of bool
        The patterns of the latest steps.
    """

    bound: float
    price: Floats
    average: Floats
    latest: Bools


def settle(
    task: Capacities,
    required: Bools,
    price: Floats,
    steps: int,
    watch: Watch,
    average: Floats | None = None,
    least: float = -np.inf,
) -> Settled:
    """Improve item prices by steps against the subgradient of L(v).

    Parameters
    ----------
    required : (items,) array of bool
        Items that must get an owner; the prices of others are at least 0.
    price, average
        Where to begin.
    least : float
        A bound below this is good enough.
    """
    best, kept = np.inf, price
    latest: list[Bools] = []
    direction: Floats | None = None
    length, since = LENGTH, 0
    for _ in range(steps):
        pattern, worth = best_patterns(task.score - price, task.weight, task.room)
        value = float(price.sum() + worth.sum())
        average = pattern.astype(np.float64) if average is None else REMEMBERED * average + (1 - REMEMBERED) * pattern
        latest = [*latest[1 - LATEST :], pattern]
        since += 1
        if value < best:
            best, kept, since = value, price, 0
        elif since >= PATIENT:
            length, since, price = SHORTER * length, 0, kept
        slope = 1.0 - pattern.sum(axis=0)
        slope[~required & (price <= 0) & (slope > 0)] = 0.0
        if best < least or not slope.any() or watch.stop():
            break
        direction = slope if direction is None else DEFLECTED * direction + (1 - DEFLECTED) * slope
        size = float(np.abs(price).sum())
        hope = float(np.clip(best - least, LEAST_HOPE * size, HOPE * size))
        price = price - length * (value - best + hope) / max(float(direction @ direction), 1e-9) * direction
        price = np.where(required, price, np.maximum(price, 0.0))
    assert average is not None
    return Settled(best, kept, average, np.array(latest))


class Patterns:
    """A bound by item prices, and plans by diving.

    Parameters
    ----------
    task : Capacities
        The problem as knapsacks.
    model : LinearModel
        The problem as a linear model of all eligible pairs.
    price : (items,) array
        Prices of the items to begin with.
    """

    def __init__(self, problem: Problem, task: Capacities, model: LinearModel, price: Floats, watch: Watch) -> None:
        self.problem, self.task, self.model = problem, task, model
        self.rng = np.random.Generator(np.random.PCG64(watch.limits.seed))
        price = np.where(problem.required_items, price, np.maximum(price, 0.0))
        settled = settle(task, problem.required_items, price, FIRST_STEPS, watch)
        self.price = settled.price
        self.bound = problem.offset() + settled.bound + _rounding(problem, task, settled.price)
        scores = np.append(task.score[np.isfinite(task.score)], problem.offset())
        self.whole = bool((scores == np.rint(scores)).all())
        self.owner: Ints | None = None
        self.objective = -np.inf
        watch.tell("patterns", None, self.bound)

    @classmethod
    def of(cls, problem: Problem, model: LinearModel, price: Floats, watch: Watch) -> Patterns | None:
        """Return the patterns of a problem; None: it is no knapsacks, has few reps, or is too large for the limits."""
        room = min(watch.left(), np.inf if watch.limits.work is None else watch.limits.work) / DIVING
        task = capacities(problem, int(min(MOST_NUMBERS, room))) if problem.m >= FEWEST else None
        return None if task is None else cls(problem, task, model, price, watch)

    def first(self, watch: Watch) -> Ints | None:
        """Return a plan, (n,), by a dive of all reps; None where none is found."""
        nobody = np.full(self.problem.n_items, -1, dtype=np.int64)
        for _ in range(FIRST_DIVES):
            dive = Dive(self, np.arange(self.problem.m), nobody, -np.inf, FIRST_NODES, watch, self._seed())
            place = dive.run()
            if place is not None:
                self._consider(place[self.problem.item])
            watch.tell("patterns", None if self.owner is None else self.objective, self.bound)
            if self.owner is not None or watch.stop():
                break
        return self.owner

    def improve(self, start: Ints, watch: Watch, bound: float) -> StoppedBy:
        """Improve a feasible plan by dives of some reps; return why it ended.

        `owner`, (n,), and `objective` are the best plan and its points afterwards.
        """
        self._consider(start)
        failures, work, most = 0, 0.0, watch.limits.work
        with ThreadPoolExecutor(watch.limits.workers) as threads:
            while True:
                if gap_between(self.objective, bound) <= watch.limits.gap:
                    return "gap"
                if (reason := watch.stop()) is not None:
                    return reason
                if failures >= FAILURES or (most is not None and work >= most):
                    return "work"
                dives = self._some(watch)
                places = list(threads.map(Dive.run, dives))
                before, work = self.objective, work + 1.0
                for dive, place in zip(dives, places, strict=True):
                    if place is not None:
                        self._take(dive, place)
                failures = 0 if self.objective > before else failures + len(dives)
                watch.tell("patterns", self.objective, bound)

    def _seed(self) -> int:
        return int(self.rng.integers(2**31))

    def _some(self, watch: Watch) -> list[Dive]:
        """Return dives of reps drawn at random, one for each worker."""
        assert self.owner is not None
        place = self.owner[self.problem.starts]
        step = max(0.5 * OPTIMAL_GAP, 0.5 * watch.limits.gap) * max(1.0, abs(self.objective))
        least = float(np.floor(self.objective + step) + 1.0 if self.whole else self.objective + step)
        dives = []
        for _ in range(watch.limits.workers):
            size = min(self.problem.m, int(self.rng.integers(LAST, MOST_REPS + 1)))
            reps = np.sort(self.rng.permutation(self.problem.m)[:size])
            free = np.where(np.isin(place, reps), -1, place)
            dives.append(Dive(self, reps, free, least, NODES, watch, self._seed()))
        return dives

    def _take(self, dive: Dive, place: Ints) -> None:
        """Change the plan where a dive was free to; another that was just taken may stand in the way."""
        assert self.owner is not None
        mine = dive.place < 0
        merged = np.where(mine, place, self.owner[self.problem.starts])
        self._consider(merged[self.problem.item])

    def _consider(self, owner: Ints) -> None:
        """Keep a plan if it is the best."""
        value = evaluate(self.problem, owner)
        if value.feasible and value.objective > self.objective:
            self.owner, self.objective = owner, value.objective


@dataclass(frozen=True)
class Dive:
    """Some reps get new patterns, one after the other.

    Parameters
    ----------
    reps : (k,) array of int
        The reps, whose items are free.
    place : (items,) array of int
        -1 for the free items, among them all without an owner; where the others are and stay.
    least : float
        Points that a plan must have.
    """

    patterns: Patterns
    reps: Ints
    place: Ints
    least: float
    nodes: int
    watch: Watch
    seed: int

    def run(self) -> Ints | None:
        """Return the place of each item, -1 for nobody; None where the bound of the dive falls below what is asked."""
        known, rng = self.patterns, np.random.Generator(np.random.PCG64(self.seed))
        reps, place = self.reps, self.place.copy()
        items = np.flatnonzero(place < 0)
        price, average = known.price[items], None
        while True:
            task = known.task.part(reps, items)
            required = known.problem.required_items[items]
            base = self._points(place)
            settled = settle(task, required, price, STEPS, self.watch, average, self.least - base)
            if base + settled.bound < self.least or self.watch.stop():
                return None
            if len(reps) <= LAST:
                return self._last(reps, items, place)
            done, used = self._final(settled, len(reps), rng)
            for rep in done:
                place[items[used == rep]] = reps[rep]
            stay, open_items = np.setdiff1d(np.arange(len(reps)), done), used < 0
            reps, items = reps[stay], items[open_items]
            price, average = settled.price[open_items], settled.average[np.ix_(stay, open_items)]

    def _points(self, place: Ints) -> float:
        """Return the points of the items that have a place."""
        placed = np.flatnonzero(place >= 0)
        return self.patterns.problem.offset() + float(self.patterns.task.score[place[placed], placed].sum())

    @staticmethod
    def _final(settled: Settled, reps: int, rng: np.random.Generator) -> tuple[list[int], Ints]:
        """Return the reps whose patterns become final, and of whose pattern each item is, -1 for none."""
        latest = settled.latest
        away = np.abs(latest - settled.average).sum(axis=2) / np.maximum(latest.sum(axis=2), 1)
        away = away * (1.0 + BLUR * rng.random(reps))
        want = max(1, min(AT_ONCE, (reps - LAST) // 6 + 1))
        used = np.full(latest.shape[2], -1, dtype=np.int64)
        done: list[int] = []
        for step, rep in zip(*np.unravel_index(np.argsort(away, axis=None, kind="stable"), away.shape), strict=True):
            pattern = latest[step, rep]
            if rep in done or (used[pattern] >= 0).any():
                continue
            used[pattern] = rep
            done.append(int(rep))
            if len(done) == want:
                break
        return done, used

    def _last(self, reps: Ints, items: Ints, place: Ints) -> Ints | None:
        """Decide what is left by branch and bound."""
        known, pairs = self.patterns, self.patterns.model.pairs
        is_open = np.zeros(known.problem.n_items, dtype=bool)
        is_open[items] = True
        free = is_open[pairs.item] & np.isin(pairs.rep, reps)
        fixed = pairs.rep == place[pairs.item]
        model, _ = restrict(known.model, free, fixed)
        seconds = min(SECONDS, max(PART * self.watch.left(), 0.1))
        answer = branch(model, seconds, nodes=self.nodes, least=self.least)
        if answer.status not in ("optimal", "feasible"):
            return None
        chosen = answer.values[: len(model.pairs)] > 0.5
        place = place.copy()
        place[model.pairs.item[chosen]] = model.pairs.rep[chosen]
        return place


def _rounding(problem: Problem, task: Capacities, price: Floats) -> float:
    """Return an upper bound of the floating-point error of L(v), in points (Higham 2002, section 4.2)."""
    profit = task.score - price
    size = abs(problem.offset()) + float(np.abs(price).sum() + np.maximum(profit, 0.0).sum())
    size += float(np.abs(task.score[np.isfinite(task.score)]).sum())
    return float(np.finfo(np.float64).eps * (problem.n + len(price) + 8) * size)
