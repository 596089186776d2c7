"""The search for territories at any size: many cheap starts, the most promising mended and improved by re-division."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, repeat

import numpy as np

from solver.limits import StoppedBy, Watch
from solver.pairs import Floats, Ints
from solver.territory.anneal import HOT, anneal
from solver.territory.centres import balance, settled
from solver.territory.contiguity import attach
from solver.territory.division import Division, Terrain
from solver.territory.hoods import MOST_PAIRS, Hoods
from solver.territory.improve import mend
from solver.territory.problem import Territories
from solver.territory.redivide import Redivided, Region
from solver.territory.seeds import interchanged, seeds

QUICK = 24
"""Cheap starts, at most, from which the best are chosen."""
KEPT = 3
"""Of them so many are improved, and of all that were, so many re-divided."""
SHAPING, SHAPED = 0.5, 12
"""Part of the time, at most, and number of divisions that are annealed and mended before the best are re-divided."""
PATIENCE = 12
"""Restarts in a row that bring nothing before the search is given up."""
PROMISING = 1.02
"""A restart is improved when it promises to cost less than so many times the best."""
ANNEALING, SWEEPS = 0.4, 400.0
"""Part of what may still be spent that annealing takes at most, and moves that it draws for each border."""
WARM = 0.15
"""First temperature of annealing what has been annealed before."""
WIDEST = 6
"""Links, at most, away from a territory that misses a bound where units are looked at for its relief."""
EACH_MOVE = 4e-7
"""Work of drawing a move."""
HEAVIEST = 16.0
"""Most that the penalty grows by in annealing."""
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
    weight: float

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
        self.hoods = Hoods(self.task, self.rng)
        self.tolls = np.zeros(len(self.task.budgets))

    @property
    def cost(self) -> float:
        """Cost of the best division; infinite without one."""
        return np.inf if self.best is None else self.best.total

    def run(self, start: Ints | None) -> None:
        """Search until the effort is spent, or nothing seems left to gain."""
        shaping = self.effort.part(SHAPING)
        shaped: list[tuple[float, int, Division]] = []
        for division in chain(self.firsts(start), self.others()):
            enough = len(shaped) >= (1 if self.task.placed or self.task.n * self.task.k > MOST_CELLS else SHAPED)
            if shaped and (enough or shaping.stop()):
                break
            division = self.shape(division)
            shaping.spent = self.effort.spent
            shaped.append((division.value if division.missing <= 0 else np.inf, len(shaped), division))
            if self.effort.stop():
                return
        for _, _, division in sorted(shaped, key=lambda one: one[:2])[:KEPT]:
            self.redivide(division)
        del shaped
        idle = 0
        while idle < PATIENCE and not self.effort.stop():
            before = self.cost
            division = self.shape(next(self.others()), WARM if self.task.placed else HOT)
            if division.value < PROMISING * self.cost:
                self.redivide(division)
            idle = 0 if self.cost < before else idle + 1

    def others(self) -> Iterator[Division]:
        """Return divisions to go on with: around other seats, or the best so far where the seats are given."""
        while True:
            division = self.again() if self.task.placed else self.priced(self.shaken())[0]
            if division is None:
                return
            yield division

    def again(self) -> Division | None:
        """Return the best division, or the nearest to one."""
        kept = self.best or self.nearest
        if kept is None:
            return None
        division = Division(self.terrain, kept.seat, kept.place, kept.weight)
        division.charge(self.tolls)
        return division

    def firsts(self, start: Ints | None) -> Iterator[Division]:
        """Return the divisions to begin with: the given one, today's, and the most promising of the cheap ones."""
        task = self.task
        for known in (start, task.before if task.budgets and not task.placed else None):
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
        if task.placed:
            self.bound = max(self.bound, found.bound)
        self.effort.spend(5e-6 * task.n * task.k)
        kept = (place >= 0) & np.isfinite(division.cost[np.arange(task.n), np.maximum(place, 0)])
        division.assign(np.where(kept, place, found.place))
        division.weight = self.weight(division, found.prices)
        self.tolls = found.tolls
        division.charge(self.tolls)
        return division

    def priced(self, seat: Ints) -> tuple[Division, float]:
        """Return the division that prices make of some seats, moved to the middle; and what it may cost once mended."""
        task = self.task
        division = Division(self.terrain, seat, np.zeros(task.n, dtype=np.int64), 1.0)
        rounds = 30 if task.n * task.k < 1_000_000 else 5
        found = settled(division, rounds)
        self.effort.spend(1e-5 * task.n * task.k)
        division.weight = self.weight(division, found.prices)
        self.tolls = found.tolls
        division.charge(self.tolls)
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
        gone = self.hoods.around(division, int(self.rng.integers(k)), int(self.rng.integers(1, 4)))
        kept = np.delete(self.best.seat, gone) if len(gone) < k else self.best.seat[:1]
        return seeds(self.terrain, self.rng, kept)

    def shape(self, division: Division, hot: float = HOT) -> Division:
        """Return a division annealed and mended, without bounds that are missed if that can be had."""
        weight, tolls, best = division.weight, division.tolls, self.best
        attach(division)
        self.anneal(division, hot)
        if self.best is not None and self.best is not best and division.missing > 0:
            division = self.again() or division  # the last moves broke what had been whole
        before = np.inf
        while True:
            division.weight = min(division.weight, HEAVIEST * weight)
            mend(division, lambda: self.effort.stop() is not None)
            self.effort.spend(2e-5 * self.task.n)
            self.keep(division)
            if self.task.links is not None and division.missing > 0:
                division.weight = max(weight, 4 * abs(division.total))
                self.relieve(division)
            missing = division.missing
            if (missing > 0 and missing >= before) or not division.recentre() or self.effort.stop():
                break
            before = missing
        division.weight = max(weight, min(division.weight, 4 * abs(division.total)))
        division.charge(tolls)  # annealing raised them while it had to
        return division

    def anneal(self, division: Division, hot: float) -> None:
        """Anneal a division for a part of what may still be spent."""
        borders = self.task.n if self.task.links is None else 2 * len(self.task.links)
        if self.task.k < 2 or not borders:
            return
        self.keep(division)
        part = self.effort.part(ANNEALING)
        began, end, work = part.watch.seconds(), part.watch.limits.time, part.watch.limits.work
        room = np.inf if work is None else max(work - self.effort.spent, 0.0)

        def gone() -> float:
            if part.watch.stop():
                return 1.0
            return 0.0 if end is None else (part.watch.seconds() - began) / max(end - began, 1e-3)

        sweeps = min(SWEEPS, room / (EACH_MOVE * borders))
        anneal(division, self.rng, gone, keep=self.keep, hot=hot, sweeps=sweeps)
        self.effort.spend(EACH_MOVE * borders * sweeps)

    def keep(self, division: Division) -> None:
        """Remember a division if it is the best, or, while there is none, the nearest to one."""
        total, missing = division.total, division.missing
        found = Kept(division.seat.copy(), division.place.copy(), total, missing, division.weight)
        if missing <= 0 and np.isfinite(total) and total < self.cost and not len(division.scattered()):
            self.best = found
            self.effort.watch.tell("territories", total, self.bound if np.isfinite(self.bound) else None)
        elif self.nearest is None or missing < self.nearest.missing:
            self.nearest = found

    # -- re-division -------------------------------------------------------------------------------------------------

    def relieve(self, division: Division) -> None:
        """Re-divide what is around each territory that misses a bound, a little wider each time, until none does."""
        task = self.task
        wide = 1
        while division.missing > 0 and wide <= WIDEST and not self.effort.stop():
            missed = division.missed(division.loads, np.arange(task.k))
            gained = False
            for t in np.argsort(-missed, kind="stable")[: int((missed > 0).sum())].tolist():
                zone = division.place == t
                for _ in range(wide):
                    zone = zone | (task.graph @ zone > 0)
                territories = np.unique(division.place[zone])
                if len(territories) < 2 or int(zone.sum()) * len(territories) > MOST_PAIRS or self.effort.stop():
                    continue
                region = Region(division, territories, zone=zone)
                answer = region.solve(self.seconds(), NODES)
                self.effort.spend(0.1 + 5e-4 * int(region.allowed.sum()))
                gained |= self.take(division, region, answer)
            self.keep(division)
            wide = 1 if gained else wide + 1

    def seconds(self) -> float:
        """Return the most seconds for a model."""
        left = self.effort.watch.left()
        return min(SECONDS, max(0.2, 0.5 * left)) if np.isfinite(left) else np.inf

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
                hoods = self.hoods.pairs(division, done, together)
                if not hoods:
                    if spare <= 0:
                        return
                    hoods = self.hoods.larger(division, done, together)
                    spare -= max(len(hoods), 1)
                    if not hoods:
                        continue
                regions = [self.region(division, hood) for hood in hoods]
                answers = threads.map(Region.solve, regions, repeat(self.seconds()), repeat(NODES))
                for hood, region, answer in zip(hoods, regions, answers, strict=True):
                    done.add(hood)
                    self.effort.spend(0.1 + 5e-4 * region.allowed.size)
                    if self.take(division, region, answer):
                        changed = set(hood)
                        done = {h for h in done if not changed & set(h)}
                        spare = SPARE * task.k
                        self.keep(division)

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
