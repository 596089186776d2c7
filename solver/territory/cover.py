"""Covering the map by given territories at the least cost: all partial covers at once, a territory more each time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.limits import Watch
from solver.pairs import Bools, Floats, Ints
from solver.territory.gathering import Words, lowest, packed

CELLS = 4_000_000
"""Pairs of partial cover and territory looked at in one step."""
MOST_COVERS = 2_000_000
"""Partial covers held at the same time, at most."""


@dataclass(frozen=True)
class Covered:
    """The cheapest cover, (k,) territories by index, or None; and whether the search was complete."""

    chosen: Ints | None
    cost: float
    complete: bool


@dataclass
class _Covers:
    """Partial covers: the units in them, what they cost at the prices and without, and which territories."""

    units: Words
    net: Floats
    cost: Floats
    chosen: Ints


def cover(
    members: Bools, net: Floats, cost: Floats, k: int, limit: float, watch: Watch, marks: Bools | None = None
) -> Covered:
    """Choose k territories that have each unit in exactly one of them, at the least cost.

    Parameters
    ----------
    members : (territories, units) array of bool
    net, cost : (territories,) arrays
        Cost less what the units pay at some prices, and cost.
    limit : float
        Covers of more net cost are not looked for.
    marks : (territories, marks) array of bool, optional
        What at most one of the chosen may have.

    Notes
    -----
    The unit in the fewest territories that is still open says which come next. Of partial covers of the same units the
    cheapest stays.
    """
    counts = members.sum(axis=0)
    if not len(members) or not counts.all():
        return Covered(None, np.inf, True)
    order = np.argsort(counts, kind="stable")
    held = members[:, order]
    first = held.argmax(axis=1)
    full = packed(np.ones((1, held.shape[1]), dtype=bool))
    if marks is not None:
        held = np.concatenate([held, marks], axis=1)
        full = packed(np.arange(held.shape[1])[None] < members.shape[1])
    sets = packed(held)
    by_first = [np.flatnonzero(first == u) for u in range(members.shape[1])]
    by_first = [which[np.argsort(net[which], kind="stable")] for which in by_first]
    least = float(net.min())
    covers = _Covers(np.zeros((1, sets.shape[1]), np.uint64), np.zeros(1), np.zeros(1), np.zeros((1, 0), np.int64))
    for level in range(k):
        room = limit - (k - level - 1) * least
        grown = _grow(covers, sets, net, cost, by_first, full, room, watch)
        if grown is None:
            return Covered(None, np.inf, False)
        covers = grown
        if not len(covers.net):
            return Covered(None, np.inf, True)
    done = np.flatnonzero(((covers.units & full) == full).all(axis=1))
    if not len(done):
        return Covered(None, np.inf, True)
    best = done[covers.cost[done].argmin()]
    return Covered(covers.chosen[best], float(covers.cost[best]), True)


def _grow(
    covers: _Covers,
    sets: Words,
    net: Floats,
    cost: Floats,
    by_first: list[Ints],
    full: Words,
    room: float,
    watch: Watch,
) -> _Covers | None:
    """Add a territory to each cover, in every way; None if there are too many or the time is over."""
    free = full & ~covers.units
    alive = np.flatnonzero(free.any(axis=1))
    unit = lowest(free[alive])[0]
    parents: list[Ints] = []
    added: list[Ints] = []
    found = 0
    for u in np.unique(unit).tolist():
        mine = alive[unit == u]
        mine = mine[np.argsort(covers.net[mine], kind="stable")]
        step = max(1, CELLS // max(len(by_first[u]), 1))
        for a in range(0, len(mine), step):
            some = mine[a : a + step]
            near = by_first[u][: np.searchsorted(net[by_first[u]], room - covers.net[some[0]], side="right")]
            if not len(near):
                break
            fits = covers.net[some][:, None] + net[near] <= room
            for word in range(sets.shape[1]):
                fits &= (covers.units[some, word][:, None] & sets[near, word]) == 0
            x, y = np.nonzero(fits)
            parents.append(some[x])
            added.append(near[y])
            found += len(x)
            if found > MOST_COVERS or watch.stop():
                return None
    parent = np.concatenate(parents) if parents else np.zeros(0, dtype=np.int64)
    new = np.concatenate(added) if added else np.zeros(0, dtype=np.int64)
    units, total = covers.units[parent] | sets[new], covers.cost[parent] + cost[new]
    order = np.lexsort((total, *units.T))
    units = units[order]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (units[1:] != units[:-1]).any(axis=1)
    kept = order[fresh]
    chosen = np.concatenate([covers.chosen[parent[kept]], new[kept][:, None]], axis=1)
    return _Covers(units[fresh], covers.net[parent[kept]] + net[new[kept]], total[kept], chosen)
