"""Covering the map by given territories and one that they leave over, at the least cost.

Of two territories of a plan at most one costs more than half of what both may cost. So the territories up to half a
window are enough for all plans within the window, and of these there are far fewer: k - 1 of them are chosen, all
partial choices at once and one more each time, and what they leave over is the last one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from solver.limits import Watch
from solver.pairs import Bools, Floats, Ints
from solver.territory.gathering import Ground, Words, packed, parts_fit, roomy, short, unpacked, widest
from solver.territory.problem import Territories

CELLS = 4_000_000
"""Pairs of a partial choice and a territory looked at in one step."""
BLOCK = 20_000
"""Partial choices looked at together."""
MOST_COVERS, MOST_LOOKED = 2_000_000, 4_000_000_000
"""Partial choices held at the same time, and pairs looked at in all, at most."""
NEVER = 1e300
"""A price that nothing pays."""


@dataclass
class Columns:
    """Territories: members, (territories, units), candidate and cost."""

    members: Bools
    candidate: Ints
    cost: Floats


@dataclass(frozen=True)
class Worth:
    """What is known of the territory left over, from prices.

    Parameters
    ----------
    unit : (units,) array
        What each unit pays.
    weight : (units, candidates) array
        Cost less prices; infinite where a pair is ruled out.
    value : (candidates,) array
        What no territory of a candidate costs less than, net; a unit in it that weighs more than 0, or one not in it
        that weighs less, adds its weight.
    least : (candidates,) array
        The same, where more is known of all territories together.
    """

    unit: Floats
    weight: Floats
    value: Floats
    least: Floats


@dataclass(frozen=True)
class Covered:
    """The cheapest plan found, (units,) of candidates, or None; its cost; and whether the search was complete."""

    centre: Ints | None
    cost: float
    complete: bool


@dataclass
class _Covers:
    """Partial choices: units in them (and candidates used), units left over for good, net cost, cost, territories."""

    units: Words
    rest: Words
    load: Floats
    net: Floats
    cost: Floats
    chosen: Ints

    def __len__(self) -> int:
        return len(self.net)

    def take(self, which: Ints | Bools | slice) -> _Covers:
        return _Covers(
            self.units[which],
            self.rest[which],
            self.load[which],
            self.net[which],
            self.cost[which],
            self.chosen[which],
        )


def _joined(parts: list[_Covers]) -> _Covers:
    names = ("units", "rest", "load", "net", "cost", "chosen")
    return _Covers(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def cover(
    task: Territories, ground: Ground, allowed: Bools, columns: Columns, worth: Worth, limit: float, watch: Watch
) -> Covered:
    """Choose k - 1 territories without a unit in common that leave one more over, at the least cost in all.

    Parameters
    ----------
    ground : Ground
        Which units are neighbours, and which may share a territory.
    allowed : (units, candidates) array of bool
    columns : Columns
    worth : Worth
    limit : float
        Every plan is found that costs at most so much, and of which the given territories are all but one; dearer
        ones may come too.
    """
    return _Cover(task, ground, allowed, columns, worth, limit, watch).run()


class _Cover:
    def __init__(
        self,
        task: Territories,
        ground: Ground,
        allowed: Bools,
        columns: Columns,
        worth: Worth,
        limit: float,
        watch: Watch,
    ) -> None:
        self.task, self.ground, self.allowed, self.columns, self.watch = task, ground, allowed, columns, watch
        self.n = task.n
        # Units of few territories come first: the lowest open bit is the next to be decided on.
        self.order = np.argsort(columns.members.sum(axis=0), kind="stable")
        self.back = np.argsort(self.order)
        self.net = columns.cost - columns.members @ worth.unit
        held = columns.members[:, self.order]
        first = held.argmax(axis=1) if len(held) else np.zeros(0, dtype=np.int64)
        by_net = np.argsort(self.net, kind="stable")
        self.by_first = [by_net[first[by_net] == u] for u in range(self.n)]
        self.full = packed(np.ones((1, self.n), dtype=bool))
        if task.own is None:  # each candidate once
            held = np.concatenate([held, columns.candidate[:, None] == np.arange(task.candidates)], axis=1)
            self.full = packed(np.arange(held.shape[1])[None] < self.n)
        self.sets = packed(held)
        self.apart = packed(~ground.together[np.ix_(self.order, self.order)])
        self.amounts = task.amounts[self.order]
        self.lower, self.upper = widest(task)
        self.room = limit - float(worth.unit.sum())
        self.least = float(self.net.min(initial=np.inf))
        self.worth = worth
        ruled_out = ~np.isfinite(worth.weight)
        self.pulled = np.where(ruled_out, 0.0, np.maximum(-worth.weight, 0.0))
        self.pushed = np.where(ruled_out, NEVER, np.maximum(worth.weight, 0.0))
        if task.own is not None:  # with a candidate's own unit it is all there from the start, without it not at all
            self.pulled[task.own, np.arange(task.candidates)] = NEVER
            self.pushed[task.own, np.arange(task.candidates)] = 0.0
        self.pulled, self.pushed = self.pulled[self.order], self.pushed[self.order]
        self.looked = 0

    def run(self) -> Covered:
        """Choose territory by territory."""
        words = self.sets.shape[1]
        covers = _Covers(
            np.zeros((1, words), np.uint64),
            np.zeros((1, self.apart.shape[1]), np.uint64),
            np.zeros((1, self.task.amounts.shape[1])),
            np.zeros(1),
            np.zeros(1),
            np.zeros((1, 0), np.int64),
        )
        for level in range(self.task.k - 1):
            grown = self._grow(covers, self.task.k - 2 - level)
            if grown is None:
                return Covered(None, np.inf, False)
            covers = grown
            if not len(covers):
                return Covered(None, np.inf, True)
        return self._last(covers)

    def _grow(self, covers: _Covers, more: int) -> _Covers | None:
        """Add a territory to each choice in every way; None if there are too many, or the time is over.

        Of the units still open the first is in the next territory, or left over for good.
        """
        found: list[_Covers] = []
        count, waiting, pending = 0, covers, 0
        most_left = roomy(self.upper)
        for u in range(self.n):
            bit = np.uint64(1) << np.uint64(u % 64)
            word = u // 64
            seen = self._seen(waiting)
            here = ((seen[:, word] & bit) == 0).nonzero()[0]
            if not len(here):
                continue
            mine = waiting.take(here[np.argsort(waiting.net[here], kind="stable")])
            for child in self._children(mine, u, more):
                if child is None or self.watch.stop():
                    return None
                count += len(child)
                pending += len(child)
                if count > MOST_COVERS:
                    return None
                found.append(child)
            if pending > MOST_COVERS // 4:
                found, pending = [self._fresh(_joined(found))], 0
                count = len(found[0])
            # left over: what has no room for it is done with
            load = mine.load + self.amounts[u]
            clash = (mine.rest & self.apart[u]).any(axis=1)
            good = (load <= most_left).all(axis=1) & ~clash
            mine.rest[:, word] |= bit
            mine.load = load
            mine = mine.take(good)
            mine = mine.take(self._affordable(mine, more + 1))
            others = np.ones(len(waiting), dtype=bool)
            others[here] = False
            waiting = _joined([waiting.take(others), mine])
            if not len(waiting):
                break
        return self._fresh(_joined(found)) if found else covers.take(slice(0, 0))

    def _seen(self, covers: _Covers) -> Words:
        """Return the units decided on, as bits, without the marks of candidates."""
        return (covers.units & self.full)[:, : self.apart.shape[1]] | covers.rest

    def _children(self, mine: _Covers, u: int, more: int) -> Iterator[_Covers | None]:
        near_all = self.by_first[u]
        room = self.room - (more * self.least if more else 0.0)
        step = max(1, CELLS // max(len(near_all), 1))
        for a in range(0, len(mine), step):
            some = mine.take(slice(a, a + step))
            last = room - some.net[0] - float(self.worth.least.min())
            near = near_all[: np.searchsorted(self.net[near_all], last, side="right")]
            if not len(near):
                return
            self.looked += len(some) * len(near)
            if self.looked > MOST_LOOKED:
                yield None
                return
            fits = some.net[:, None] + self.net[near] <= last + some.net[0]
            for word in range(self.sets.shape[1]):
                fits &= (some.units[:, word][:, None] & self.sets[near, word]) == 0
            x, y = np.nonzero(fits)
            for b in range(0, len(x), BLOCK):
                parent, new = some.take(x[b : b + BLOCK]), near[y[b : b + BLOCK]]
                child = _Covers(
                    parent.units | self.sets[new],
                    parent.rest,
                    parent.load,
                    parent.net + self.net[new],
                    parent.cost + self.columns.cost[new],
                    np.concatenate([parent.chosen, new[:, None]], axis=1),
                )
                child = child.take(self._affordable(child, more))
                inside = unpacked(child.units, self.n)[:, self.back]
                if self.task.links is not None:
                    yield child.take(
                        parts_fit(self.ground.near, inside, self.task.amounts, more + 1, self.lower, self.upper)
                    )
                else:
                    yield child

    def _affordable(self, covers: _Covers, more: int) -> Bools:
        """Tell which choices may come to a plan within the limit, with so many territories more and one left over."""
        good = np.zeros(len(covers), dtype=bool)
        room = self.room - (more * self.least if more else 0.0)
        for a in range(0, len(covers), BLOCK):
            some = covers.take(slice(a, a + BLOCK))
            inside, rest = unpacked(some.units, self.n), unpacked(some.rest, self.n)
            last = self.worth.value + inside.astype(np.float64) @ self.pulled + rest.astype(np.float64) @ self.pushed
            good[a : a + BLOCK] = some.net + np.maximum(last, self.worth.least).min(axis=1) <= room
        return good

    def _fresh(self, covers: _Covers) -> _Covers:
        """Keep the cheapest of choices with the same units in them, and the same left over for good."""
        order = np.lexsort((covers.cost, *covers.units.T, *covers.rest.T))
        units, rest = covers.units[order], covers.rest[order]
        fresh = np.ones(len(order), dtype=bool)
        fresh[1:] = (units[1:] != units[:-1]).any(axis=1) | (rest[1:] != rest[:-1]).any(axis=1)
        return covers.take(order[fresh])

    def _last(self, covers: _Covers) -> Covered:
        """Add the territory that is left over, and return the cheapest plan."""
        best, plan = np.inf, None
        for a in range(0, len(covers), BLOCK):
            if self.watch.stop():
                return Covered(None, np.inf, False)
            some = covers.take(slice(a, a + BLOCK))
            rest = ~unpacked(some.units, self.n)[:, self.back]
            found, centre = self._cheapest(rest, self.columns.candidate[some.chosen])
            total = some.cost + found
            at = int(total.argmin())
            if total[at] < best:
                best = float(total[at])
                plan = np.full(self.n, centre[at])
                for territory in some.chosen[at].tolist():
                    plan[self.columns.members[territory]] = self.columns.candidate[territory]
        return Covered(plan, best, True)

    def _cheapest(self, rest: Bools, used: Ints) -> tuple[Floats, Ints]:
        """Return the cost and the candidate of each territory left over; infinite where it cannot be one."""
        task = self.task
        cost, centre = np.full(len(rest), np.inf), np.zeros(len(rest), dtype=np.int64)
        which = np.flatnonzero(rest.any(axis=1))
        if task.links is not None and len(which):  # in one piece: one territory, and no more
            fits = parts_fit(self.ground.near, ~rest[which], np.ones((task.n, 1)), 1, np.zeros(1), np.full(1, np.inf))
            which = which[fits]
        if not len(which):
            return cost, centre
        sets = rest[which].astype(np.float64)
        total = sets @ np.where(self.allowed, task.matrix, 0.0)
        total[sets @ ~self.allowed > 0] = np.inf
        loads = sets @ task.amounts
        for metric in range(task.amounts.shape[1]):
            load = loads[:, metric][:, None]
            total[(load > roomy(task.upper[:, metric])) | (load < short(task.lower[:, metric]))] = np.inf
        if task.own is not None:
            total[~rest[which][:, task.own]] = np.inf
        for column in used[which].T:
            total[np.arange(len(which)), column] = np.inf
        centre[which] = total.argmin(axis=1)
        cost[which] = total.min(axis=1)
        return cost, centre
