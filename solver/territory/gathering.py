"""Gathering: every set of units in one piece that a territory could be, found by including and excluding neighbours.

A set grows from its root. One unit at its edge is taken in or left out for good, which gives each set exactly once;
many sets grow side by side as rows of arrays, units being bits. With prices a set is dropped as soon as what it has
taken in and left out costs more than a limit (a Lagrangian bound of the set, kept up to date by one addition).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.limits import Watch
from solver.pairs import Bools, Floats, Ints
from solver.territory.problem import CLOSE, Territories

Words = NDArray[np.uint64]
ROWS = 20_000
"""Sets that grow at the same time, per word of 64 units."""
BLOCK = 8_000
"""Sets whose rest is looked at together."""
CHECKED = 50
"""Steps between two looks at the clock."""


@dataclass(frozen=True)
class Ground:
    """Where territories are gathered.

    Parameters
    ----------
    near : (units, units) array of bool
        Neighbours; without contiguity, all.
    together : (units, units) array of bool
        Which units may share a territory.
    amounts : (units, metrics) array
    """

    near: Bools
    together: Bools
    amounts: Floats

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.amounts)


@dataclass(frozen=True)
class Priced:
    """What units cost in the sets of one root: all that the limit is about.

    Parameters
    ----------
    net : (units,) array
        What a unit adds to the value of its set.
    weight : (units,) array
        The same less what its amounts are worth: taking in a unit that weighs more than 0, or leaving out one that
        weighs less, takes the set so far from `base`.
    base : float
        A lower bound of the value of every set.
    limit : float
        Sets of more value are not looked for.
    """

    net: Floats
    weight: Floats
    base: float
    limit: float


@dataclass(frozen=True)
class Gathered:
    """Sets of units, (sets, units) of bool, what they add up to, the rows worked on, and whether these are all."""

    members: Bools
    value: Floats
    states: int
    complete: bool


@dataclass
class _Rows:
    """Growing sets: members, neighbours of these, units left out, amounts, bound and value."""

    inside: Words
    edge: Words
    out: Words
    load: Floats
    bound: Floats
    value: Floats

    def __len__(self) -> int:
        return len(self.bound)

    def take(self, which: Ints) -> _Rows:
        return _Rows(
            self.inside.take(which, axis=0),
            self.edge.take(which, axis=0),
            self.out.take(which, axis=0),
            self.load.take(which, axis=0),
            self.bound.take(which),
            self.value.take(which),
        )

    def parted(self, at: int) -> tuple[_Rows, _Rows]:
        """Return the first rows, so many, and the rest."""
        first, rest = slice(0, at), slice(at, None)
        one, other = (
            _Rows(self.inside[s], self.edge[s], self.out[s], self.load[s], self.bound[s], self.value[s])
            for s in (first, rest)
        )
        return one, other

    def joined(self, other: _Rows) -> _Rows:
        return _Rows(
            np.concatenate([self.inside, other.inside]),
            np.concatenate([self.edge, other.edge]),
            np.concatenate([self.out, other.out]),
            np.concatenate([self.load, other.load]),
            np.concatenate([self.bound, other.bound]),
            np.concatenate([self.value, other.value]),
        )


@dataclass(frozen=True)
class _Table:
    """Which units are too large for what is left of something: sizes, falling, and the units so far, as bits."""

    size: Floats
    units: Words
    left: Callable[[_Rows], Floats]

    @classmethod
    def of(cls, size: Floats, single: Words, left: Callable[[_Rows], Floats]) -> _Table:
        order = np.argsort(-size, kind="stable")
        units = np.bitwise_or.accumulate(np.concatenate([np.zeros_like(single[:1]), single[order]]), axis=0)
        return cls(-size[order], units, left)

    def rule_out(self, rows: _Rows) -> None:
        """Leave out all units that do not fit, without a step for each."""
        rows.out |= self.units[np.searchsorted(self.size, -self.left(rows))]


def _room(high: float, metric: int) -> Callable[[_Rows], Floats]:
    return lambda rows: high - rows.load[:, metric]


def packed(members: Bools) -> Words:
    """Return sets as bits, (sets, words)."""
    count, n = members.shape
    wide = np.zeros((count, 64 * ((n + 63) // 64)), dtype=np.uint8)
    wide[:, :n] = members
    return np.packbits(wide, axis=1, bitorder="little").view(np.uint64)


def unpacked(sets: Words, n: int) -> Bools:
    """Return bits as sets, (sets, units)."""
    if not len(sets):
        return np.zeros((0, n), dtype=bool)
    octets = np.ascontiguousarray(sets).view(np.uint8)
    return np.unpackbits(octets, axis=1, count=n, bitorder="little").astype(bool)


def lowest(sets: Words) -> tuple[Ints, Ints, Words]:
    """Return the lowest bit of sets that are not empty: its number, its word, and the bit alone."""
    word = (sets != 0).argmax(axis=1)
    chosen = sets[np.arange(len(sets)), word]
    bit = chosen & (~chosen + np.uint64(1))
    return np.frexp(bit.astype(np.float64))[1].astype(np.int64) - 1 + 64 * word, word, bit


def gather(
    ground: Ground,
    root: int,
    allowed: Bools,
    lower: Floats,
    upper: Floats,
    watch: Watch,
    *,
    priced: Priced | None = None,
    most_states: int,
    most_sets: int | None = None,
) -> Gathered:
    """Return the sets in one piece that hold a root and whose amounts keep to bounds.

    Parameters
    ----------
    allowed : (units,) array of bool
        The units that may be in them.
    lower, upper : (metrics,) arrays
    priced : Priced, optional
        Return only sets within its limit.
    most_states, most_sets : int
        Give up after so many rows, or sets.
    """
    n = ground.n
    nothing = np.zeros(n)
    priced = Priced(nothing, nothing, 0.0, 1.0) if priced is None else priced
    # The units that decide most come first: the lowest bit at the edge is the next to be decided on.
    key = -np.abs(priced.weight)
    key[root] = -np.inf
    order = np.argsort(key, kind="stable")
    place = np.argsort(order)
    near = packed(ground.near[np.ix_(order, order)])
    apart = packed(~ground.together[np.ix_(order, order)])
    single = packed(np.eye(n, dtype=bool))
    amounts, net = ground.amounts[order], priced.net[order]
    loss, gain = np.maximum(priced.weight[order], 0.0), np.maximum(-priced.weight[order], 0.0)
    loss[0] = gain[0] = 0.0
    high, low = roomy(upper), short(lower)
    first = _Rows(
        single[:1].copy(),
        near[:1].copy(),
        packed(~allowed[order][None]) | apart[:1],
        amounts[:1].copy(),
        np.array([priced.base]),
        net[:1].copy(),
    )
    tables = [_Table.of(loss, single, lambda rows: priced.limit - rows.bound)] if loss.any() else []
    tables += [_Table.of(amounts[:, m], single, _room(high[m], m)) for m in np.flatnonzero(np.isfinite(high)).tolist()]
    if not allowed[root] or (first.load > high).any() or priced.base > priced.limit:
        return Gathered(np.zeros((0, n), dtype=bool), np.zeros(0), 0, True)
    found: list[Words] = []
    values: list[Floats] = []

    def note(rows: _Rows) -> int:
        good = (rows.load >= low).all(axis=1) & (rows.value <= priced.limit)
        if good.any():
            found.append(rows.inside[good])
            values.append(rows.value[good])
        return int(good.sum())

    sets, states, step, complete = note(first), 0, 0, True
    most = max(ROWS // single.shape[1], 100)
    stack = [first]
    while stack:
        rows = _next(stack, most)
        for table in tables:
            table.rule_out(rows)
        free = rows.edge & ~(rows.inside | rows.out)
        alive = np.flatnonzero(free.any(axis=1))
        if len(alive) < len(rows):
            rows, free = rows.take(alive), free.take(alive, axis=0)
        states += len(rows)
        step += 1
        if (
            states > most_states
            or (most_sets is not None and sets > most_sets)
            or (not step % CHECKED and watch.stop())
        ):
            complete = False
            break
        if not len(rows):
            continue
        unit, word, bit = lowest(free)
        left, kept = rows.bound + gain[unit], rows.bound + loss[unit]
        load = rows.load + amounts[unit]
        stays = np.flatnonzero(left <= priced.limit)
        without = rows.take(stays)
        without.out[np.arange(len(without)), word[stays]] |= bit[stays]
        without.bound = left[stays]
        stack.append(without)
        grows = np.flatnonzero((load <= high).all(axis=1) & (kept <= priced.limit))
        added = unit[grows]
        more = rows.take(grows)
        more.inside[np.arange(len(more)), word[grows]] |= bit[grows]
        more.edge |= near[added]
        more.out |= apart[added]
        more.load, more.bound, more.value = load[grows], kept[grows], more.value + net[added]
        sets += note(more)
        stack.append(more)
    members = unpacked(np.concatenate(found), n) if found else np.zeros((0, n), dtype=bool)
    return Gathered(members[:, place], np.concatenate(values) if values else np.zeros(0), states, complete)


def _next(stack: list[_Rows], most: int) -> _Rows:
    """Take rows off the stack, the newest first, about as many as go well together."""
    rows = stack.pop()
    while stack and len(rows) + len(stack[-1]) <= most:
        rows = rows.joined(stack.pop())
    if len(rows) > most:
        first, rows = rows.parted(len(rows) - most)
        stack.append(first)
    return rows


def parts_fit(near: Bools, members: Bools, amounts: Floats, k: int, lower: Floats, upper: Floats) -> Bools:
    """Tell of each set whether what it leaves over could be divided into k territories, as far as totals say.

    Parameters
    ----------
    members : (sets, units) array of bool
    lower, upper : (metrics,) arrays
        The widest bounds of a territory.
    """
    good = np.ones(len(members), dtype=bool)
    around = packed(near)
    for a in range(0, len(members), BLOCK):
        good[a : a + BLOCK] = _parts_fit(around, members[a : a + BLOCK], amounts, k, lower, upper)
    return good


def _parts_fit(near: Words, members: Bools, amounts: Floats, k: int, lower: Floats, upper: Floats) -> Bools:
    n = members.shape[1]
    good = np.ones(len(members), dtype=bool)
    fewest, most = np.zeros(len(members)), np.zeros(len(members))
    rest = packed(~members)
    which = np.flatnonzero(rest.any(axis=1))
    while len(which):
        open_units = np.ascontiguousarray(rest[which].T)
        _, word, bit = lowest(rest[which])
        part = np.zeros_like(open_units)
        part[word, np.arange(len(which))] = bit
        _flood(near, part, open_units)
        least, greatest = territories_in(unpacked(part.T, n) @ amounts, lower, upper, k)
        fewest[which] += least
        most[which] += greatest
        good[which[least > greatest]] = False
        rest[which] &= ~part.T
        which = which[good[which] & rest[which].any(axis=1)]
    return good & (fewest <= k) & (most >= k)


def _flood(near: Words, part: Words, open_units: Words) -> None:
    """Grow parts, (words, parts), in place by all that is open and reached: unit by unit, to and fro."""
    n, words = near.shape
    units = list(range(n))
    bits = [np.uint64(u % 64) for u in units]
    beside = [[w for w in range(words) if near[u, w]] for u in units]
    one, zero = np.uint64(1), np.uint64(0)
    while True:
        before = part.copy()
        for u in units:
            here = zero - ((part[u // 64] >> bits[u]) & one)
            for w in beside[u]:
                part[w] |= here & near[u, w] & open_units[w]
        if (part == before).all():
            return
        units.reverse()


def territories_in(total: Floats, lower: Floats, upper: Floats, k: int) -> tuple[Floats, Floats]:
    """Return the fewest and the most territories that parts of the map could be; their totals are (parts, metrics)."""
    room = 10 * CLOSE * np.maximum(1.0, np.abs(total))
    with np.errstate(divide="ignore", invalid="ignore"):
        fewest = np.where(total <= room, 0.0, np.where(upper > 0, (total - room) / upper, np.inf))
        most = np.where(lower > 0, (total + room) / lower, np.inf)
    least = np.ceil(fewest).max(axis=1, initial=1.0)
    return least, np.floor(most).min(axis=1, initial=float(k))


def ground_of(task: Territories) -> Ground:
    """Return where a task's territories are gathered, before anything is known of them."""
    near = np.ones((task.n, task.n), dtype=bool) if task.links is None else task.graph.toarray() > 0
    np.fill_diagonal(near, False)
    return Ground(near, np.ones((task.n, task.n), dtype=bool), task.amounts)


def widest(task: Territories, usable: Sequence[int] | Ints | slice = slice(None)) -> tuple[Floats, Floats]:
    """Return the lowest lower and the highest upper bound of the candidates, (metrics,) each."""
    return task.lower[usable].min(axis=0), task.upper[usable].max(axis=0)


def roomy(upper: Floats) -> Floats:
    """Return upper bounds with room for what floating point may have got wrong."""
    return upper + CLOSE * np.maximum(1.0, np.where(np.isfinite(upper), np.abs(upper), 0.0))


def short(lower: Floats) -> Floats:
    """Return lower bounds less what floating point may have got wrong."""
    return lower - CLOSE * np.maximum(1.0, np.where(np.isfinite(lower), np.abs(lower), 0.0))
