"""Which neighbouring territories are re-divided together: pairs first, then more, those that miss bounds before all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.pairs import Ints
from solver.territory.division import Division
from solver.territory.problem import Territories

MOST_PAIRS = 8_000
"""Pairs of units and seats in a model of re-division."""
MOST_TOGETHER = 5
"""Territories, at most, that are re-divided at once to keep bounds."""


@dataclass(frozen=True)
class Hoods:
    """Groups of neighbouring territories to re-divide; which have been, is for the caller to remember."""

    task: Territories
    rng: np.random.Generator

    def pairs(self, division: Division, done: set[tuple[int, ...]], count: int) -> list[tuple[int, ...]]:
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
            off = (np.maximum(np.maximum(low - loads, loads - high), 0.0) / division.terrain.scale).sum(axis=1)
            inside.append(int(near[np.lexsort((self.rng.random(len(near)), off))[0]]))
        return np.array(inside, dtype=np.int64)

    def fits(self, division: Division, hood: tuple[int, ...]) -> bool:
        """Tell whether a re-division is small enough."""
        return int(division.size[list(hood)].sum()) * len(hood) <= MOST_PAIRS


def _disjoint(hoods: list[tuple[int, ...]], count: int) -> list[tuple[int, ...]]:
    """Return the first of some groups of territories that share none."""
    taken: set[int] = set()
    found: list[tuple[int, ...]] = []
    for hood in hoods:
        if len(found) < count and not taken & set(hood):
            found.append(hood)
            taken |= set(hood)
    return found
