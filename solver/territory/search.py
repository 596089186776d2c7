"""The search for territories at any size: many cheap starts, the most promising mended and improved by re-division."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np

from solver.limits import StoppedBy, Watch
from solver.pairs import Floats, Ints
from solver.territory.centres import balance, settled
from solver.territory.division import Division, Terrain
from solver.territory.improve import mend
from solver.territory.problem import Territories
from solver.territory.redivide import Redivided, Region
from solver.territory.seeds import interchanged, seeds

QUICK = 24
"""Cheap starts, at most, from which the best are chosen."""
KEPT = 3
"""Of them so many are improved."""
PATIENCE = 12
"""Restarts in a row that bring nothing before the search is given up."""
PROMISING = 1.02
"""A restart is improved when it promises to cost less than so many times the best."""
MOST_PAIRS = 8_000
"""Pairs of units and seats in a model of re-division."""
MOST_FREE = 2_000
"""Pairs up to which the seats are chosen anew in it."""
SEATS = 6
"""Candidates for each of them."""
MOST_CELLS = 4_000_000
"""Costs that are looked at all at once."""
NODES = 100
"""Nodes of branch and bound for a model."""
SECONDS = 8.0
"""Most seconds for a re-division."""
MOST_TOGETHER = 5
"""Territories, at most, that are re-divided at once to keep bounds."""
SPARE = 3
"""Re-divisions of three or more territories that are tried, for each territory, when those of two bring nothing."""


@dataclass
class Effort:
    """What may still be spent: the clock, or work in units of about a second."""

    watch: Watch
    spent: float = 0.0

    def spend(self, work: float) -> None:
        """Count some work."""
        self.spent += work

    def stop(self) -> StoppedBy | None:
        """Return why to stop, if at all."""
        work = self.watch.limits.work
        return self.watch.stop() or ("work" if work is not None and self.spent >= work else None)

    def part(self, share: float) -> Effort:
        """Return an effort that ends after a part of what is left."""
        work = self.watch.limits.work
        left = None if work is None else self.spent + max(work - self.spent, 0.0) * share
        return Effort(self.watch.part(share, left), self.spent)


@dataclass(frozen=True)
class Kept:
    """A division to come back to: its seats, the territory of each unit, what it costs and misses."""

    seat: Ints
    place: Ints
    total: float
    missing: float

    @property
    def centre(self) -> Ints:
        """The candidate in whose territory each unit is, (units,)."""
        return self.seat[self.place]


@dataclass
class Search:
    """The best division found, and how to find better ones."""

    task: Territories
    effort: Effort
    terrain: Terrain = field(init=False)
    best: Kept | None = None
    nearest: Kept | None = None
    bound: float = -np.inf

    def __post_init__(self) -> None:
        self.terrain = Terrain(self.task)
        self.rng = np.random.Generator(np.random.PCG64(self.effort.watch.limits.seed))

    @property
    def cost(self) -> float:
        """Cost of the best division; infinite without one."""
        return np.inf if self.best is None else self.best.total

    def run(self, start: Ints | None) -> None:
        """Search until the effort is spent, or nothing seems left to gain."""
        task = self.task
        for division in self.firsts(start):
            self.improve(division)
            if self.effort.stop():
                return
        idle = 0
        while idle < PATIENCE and task.k < task.candidates and not self.effort.stop():
            before = self.cost
            division, promise = self.priced(self.shaken())
            if promise < PROMISING * self.cost:
                self.improve(division)
            idle = 0 if self.cost < before else idle + 1

    def firsts(self, start: Ints | None) -> Iterator[Division]:
        """Return the divisions to begin with: the given one, today's, and the most promising of the cheap ones."""
        task = self.task
        for known in (start, task.before if task.budgets else None):
            if known is not None:
                yield self.from_centres(known)
        cells = task.n * task.k
        count = 1 if task.k == task.candidates else int(np.clip(QUICK * 2e4 / cells, 1, QUICK))
        tried: list[tuple[float, int, Division]] = []
        part = self.effort.part(0.2)
        while len(tried) < count and not (tried and part.stop()):
            division, promise = self.priced(self.spread(interchange=len(tried) % 2 == 1))
            tried.append((promise, len(tried), division))
            part.spent = self.effort.spent
        for _, _, division in sorted(tried, key=lambda one: one[:2])[:KEPT]:
            yield division

    def spread(self, *, interchange: bool) -> Ints:
        """Return seats drawn at random; where the problem is not too large, with exchanges until none gains."""
        task = self.task
        seat = seeds(self.terrain, self.rng)
        if not interchange or self.terrain.parts > 1 or task.n * task.candidates > MOST_CELLS:
            return seat
        self.effort.spend(3e-8 * task.k * task.n * task.candidates)
        return interchanged(task.matrix, seat)

    def from_centres(self, centre: Ints) -> Division:
        """Return the division nearest to a given one: units without a seat, or where they must not be, go by price."""
        task = self.task
        used, count = np.unique(centre[centre >= 0], return_counts=True)
        used = used[np.argsort(-count, kind="stable")][: task.k]
        seat = seeds(self.terrain, self.rng, used)
        index = np.full(task.candidates + 1, -1, dtype=np.int64)
        index[seat] = np.arange(task.k)
        place = index[centre]
        division = Division(self.terrain, seat, np.maximum(place, 0), 1.0)
        found = balance(division)
        self.effort.spend(5e-6 * task.n * task.k)
        kept = (place >= 0) & np.isfinite(division.cost[np.arange(task.n), np.maximum(place, 0)])
        division.assign(np.where(kept, place, found.place))
        division.weight = self.weight(division, found.prices)
        return division

    def priced(self, seat: Ints) -> tuple[Division, float]:
        """Return the division that prices make of some seats, moved to the middle; and what it may cost once mended."""
        task = self.task
        division = Division(self.terrain, seat, np.zeros(task.n, dtype=np.int64), 1.0)
        rounds = 30 if task.n * task.k < 1_000_000 else 5
        found = settled(division, rounds)
        self.effort.spend(1e-5 * task.n * task.k)
        division.weight = self.weight(division, found.prices)
        if task.k == task.candidates:
            self.bound = max(self.bound, found.bound)
        return division, division.total + division.missing * abs(division.total) / task.k

    def weight(self, division: Division, prices: Floats) -> float:
        """Return the penalty to begin with: twice the dearest price."""
        dearest = float(np.abs(prices * self.terrain.scale).max(initial=0.0))
        return 2.0 * max(dearest, 0.1 * abs(division.total) / self.task.k, 1e-9)

    def shaken(self) -> Ints:
        """Return seats with some neighbouring ones drawn anew."""
        if self.best is None or self.rng.random() < 0.3:
            return seeds(self.terrain, self.rng)
        k = self.task.k
        division = Division(self.terrain, self.best.seat, self.best.place, 1.0)
        gone = self.around(division, int(self.rng.integers(k)), int(self.rng.integers(1, 4)))
        kept = np.delete(self.best.seat, gone) if len(gone) < k else self.best.seat[:1]
        return seeds(self.terrain, self.rng, kept)

    def improve(self, division: Division) -> None:
        """Mend a division, and re-divide neighbouring territories until that brings nothing any more."""
        weight = division.weight
        while True:
            mend(division, lambda: self.effort.stop() is not None)
            self.effort.spend(2e-5 * self.task.n)
            self.keep(division)
            if not division.recentre() or self.effort.stop():
                break
        division.weight = max(weight, min(division.weight, 4 * abs(division.total)))
        self.redivide(division)

    def keep(self, division: Division) -> None:
        """Remember a division if it is the best, or, while there is none, the nearest to one."""
        total, missing = division.total, division.missing
        found = Kept(division.seat.copy(), division.place.copy(), total, missing)
        if missing <= 0 and np.isfinite(total) and total < self.cost and not len(division.scattered()):
            self.best = found
            self.effort.watch.tell("territories", total, self.bound if np.isfinite(self.bound) else None)
        elif self.nearest is None or missing < self.nearest.missing:
            self.nearest = found

    # -- re-division -------------------------------------------------------------------------------------------------

    def redivide(self, division: Division) -> None:
        """Re-divide neighbouring territories exactly, pairs first, then more at a time."""
        task = self.task
        if task.k < 2:
            return
        together = 1 if task.budgets else max(1, self.effort.watch.limits.workers)
        done: set[tuple[int, ...]] = set()
        spare = SPARE * task.k
        with ThreadPoolExecutor(together) as threads:
            while not self.effort.stop():
                hoods = self.hoods(division, done, together)
                if not hoods:
                    if spare <= 0:
                        return
                    hoods = self.larger(division, done, together)
                    spare -= max(len(hoods), 1)
                    if not hoods:
                        continue
                regions = [self.region(division, hood) for hood in hoods]
                left = self.effort.watch.left()
                seconds = min(SECONDS, max(0.2, 0.5 * left)) if np.isfinite(left) else np.inf
                answers = threads.map(Region.solve, regions, repeat(seconds), repeat(NODES))
                for hood, region, answer in zip(hoods, regions, answers, strict=True):
                    done.add(hood)
                    self.effort.spend(0.1 + 5e-4 * region.allowed.size)
                    if self.take(division, region, answer):
                        changed = set(hood)
                        done = {h for h in done if not changed & set(h)}
                        spare = SPARE * task.k
                        self.keep(division)

    def hoods(self, division: Division, done: set[tuple[int, ...]], count: int) -> list[tuple[int, ...]]:
        """Return disjoint pairs of territories, not done yet, those first whose units would rather be in the other."""
        task = self.task
        missed = division.missed(division.loads, np.arange(task.k))
        if missed.any():
            short = (self.balanced(division, int(t), done) for t in np.argsort(-missed, kind="stable") if missed[t] > 0)
            if found := _disjoint([hood for hood in short if hood], count):
                return found
        pairs = [p for p in map(tuple, division.touching().tolist()) if p not in done and self.fits(division, p)]
        if not pairs:
            return []
        units, to = division.steps()
        better = np.maximum(division.cost[units, division.place[units]] - division.cost[units, to], 0.0)
        here = division.place[units]
        key = np.minimum(here, to) * task.k + np.maximum(here, to)
        hope: dict[int, float] = {}
        for k, gain in zip(key.tolist(), np.where(np.isfinite(better), better, 0.0).tolist(), strict=True):
            hope[k] = hope.get(k, 0.0) + gain

        def rank(pair: tuple[int, ...]) -> tuple[float, float, tuple[int, ...]]:
            a, b = pair
            return -float(missed[a] + missed[b]), -hope.get(a * task.k + b, 0.0), pair

        return _disjoint(sorted(pairs, key=rank), count)

    def balanced(self, division: Division, t: int, done: set[tuple[int, ...]]) -> tuple[int, ...]:
        """Return the smallest group around a territory, not done yet, that could keep its bounds; or nothing."""
        group = self.around(division, t, MOST_TOGETHER)
        for size in range(2, len(group) + 1):
            part = group[:size]
            loads, low, high = (a[part].sum(axis=0) for a in (division.loads, division.lower, division.upper))
            hood = tuple(sorted(part.tolist()))
            if ((loads >= low) & (loads <= high)).all() and hood not in done and self.fits(division, hood):
                return hood
        return ()

    def larger(self, division: Division, done: set[tuple[int, ...]], count: int) -> list[tuple[int, ...]]:
        """Return disjoint groups of three or more neighbouring territories, around those with missed bounds first."""
        missed = division.missed(division.loads, np.arange(self.task.k))
        first = np.flatnonzero(missed > 0)
        found = []
        for _ in range(4 * count):
            t = int(self.rng.choice(first)) if len(first) else int(self.rng.integers(self.task.k))
            size = int(self.rng.integers(3, 7))
            hood = tuple(sorted(self.around(division, t, size).tolist()))
            while len(hood) > 2 and not self.fits(division, hood):
                size -= 1
                hood = tuple(sorted(self.around(division, t, size).tolist()))
            if len(hood) > 2 and hood not in done:
                found.append(hood)
        return _disjoint(found, count)

    def around(self, division: Division, t: int, size: int) -> Ints:
        """Return a territory with neighbours that together could best keep their bounds, (at most size,)."""
        pairs = division.touching()
        inside = [t]
        while len(inside) < min(size, self.task.k):
            near = np.unique(pairs[np.isin(pairs, inside).any(axis=1)])
            near = np.setdiff1d(near, inside)
            if not len(near):
                break
            loads = division.loads[inside].sum(axis=0) + division.loads[near]
            low = division.lower[inside].sum(axis=0) + division.lower[near]
            high = division.upper[inside].sum(axis=0) + division.upper[near]
            off = (np.maximum(np.maximum(low - loads, loads - high), 0.0) / self.terrain.scale).sum(axis=1)
            inside.append(int(near[np.lexsort((self.rng.random(len(near)), off))[0]]))
        return np.array(inside, dtype=np.int64)

    def fits(self, division: Division, hood: tuple[int, ...]) -> bool:
        """Tell whether a re-division is small enough."""
        return int(division.size[list(hood)].sum()) * len(hood) <= MOST_PAIRS

    def region(self, division: Division, hood: tuple[int, ...]) -> Region:
        """Return a model of some territories: with new seats where it stays small and no bound is missed."""
        task, territories = self.task, np.array(hood)
        count = int(division.size[territories].sum())
        if task.k == task.candidates or task.budgets or division.missing > 0 or count * len(hood) * 3 > MOST_FREE:
            return Region(division, territories)
        each = int(min(SEATS, MOST_FREE // (count * len(hood))))
        used = np.delete(division.seat, territories)
        seats = []
        for t in hood:
            units = np.flatnonzero(division.place == t)
            choice = np.setdiff1d(self.terrain.standing(units), np.append(used, division.seat[t]))
            cost = task.cost_of(units[:, None], choice).sum(axis=0)
            seats.append(np.append(choice[np.argsort(cost, kind="stable")[: each - 1]], division.seat[t]))
        return Region(division, territories, np.unique(np.concatenate(seats)))

    def take(self, division: Division, region: Region, answer: Redivided) -> bool:
        """Put a re-division into effect if that gains value."""
        if answer.place is None:
            return False
        units, territories = region.units, region.territories
        seat, place, cost = division.seat[territories], division.place.copy(), division.cost[:, territories]
        value = division.value
        then = division.place.copy()
        if region.free:
            chosen = np.unique(answer.place)
            if len(chosen) != len(territories):
                return False
            then[units] = territories[np.searchsorted(chosen, answer.place)]
            division.assign(then)
            division.reseat(territories, answer.seats[chosen])
        else:
            then[units] = territories[answer.place]
            division.assign(then)
        division.recentre(territories)
        if division.value < value - 1e-9 * max(1.0, abs(value)):
            return True
        division.seat[territories], division.cost[:, territories] = seat, cost
        division.assign(place)
        return False


def _disjoint(hoods: list[tuple[int, ...]], count: int) -> list[tuple[int, ...]]:
    """Return the first of some groups of territories that share none."""
    taken: set[int] = set()
    found: list[tuple[int, ...]] = []
    for hood in hoods:
        if len(found) < count and not taken & set(hood):
            found.append(hood)
            taken |= set(hood)
    return found
