"""Knapsacks of all reps at once, by dynamic programming over whole loads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.pairs import Bools, Floats, Ints
from solver.problem import Problem

DECIMALS = 3
"""Decimal places of loads that are looked at."""
TOLERANCE = 1e-6
"""A capacity may be passed by this part, at least as much as the judge allows: no plan is cut off."""
MOST_ROOM = 100_000
"""Units of a capacity at most; with them the tolerance is far below a unit."""


@dataclass(frozen=True)
class Capacities:
    """Whole loads, (reps, items), how many of their units each rep has room for, (reps,), and the points of each pair.

    `score` is what a pair gains over leaving the item alone, -inf where it is not eligible.
    """

    score: Floats
    weight: Ints
    room: Ints

    def part(self, reps: Ints, items: Ints) -> Capacities:
        """Return what concerns some reps and some items only."""
        some = np.ix_(reps, items)
        return Capacities(self.score[some], self.weight[some], self.room[reps])


def capacities(problem: Problem, most: int) -> Capacities | None:
    """Return a problem whose rows are one hard capacity per rep as whole knapsacks; None: it is something else.

    Parameters
    ----------
    most : int
        Items x reps x units of the largest capacity, at most.
    """
    if problem.spreads or len(problem.rows) != 1 or not problem.n * problem.m or problem.n * problem.m > most:
        return None
    block = problem.rows[0]
    one_each = block.hard and block.weights is None and block.base.shape == (1, problem.m)
    if not one_each or (block.lower > block.base).any() or not np.isfinite(block.upper).all():
        return None
    leads = slice(0, problem.n)
    amount = np.broadcast_to(block.values.block(leads), (problem.n, problem.m)) * (block.group >= 0)[:, None]
    amount = np.add.reduceat(amount, problem.starts, axis=0)
    if (amount < 0).any():
        return None
    for factor in 10.0 ** np.arange(DECIMALS + 1):
        whole = np.rint(amount * factor)
        if (np.abs(whole - amount * factor) <= 1e-9 * np.maximum(whole, 1.0)).all():
            break
    else:
        return None
    size = TOLERANCE * np.maximum(np.abs(block.upper[0]), 1.0)
    room = (block.upper[0] - block.base[0] + size) * factor
    unit = float(np.gcd.reduce(whole.astype(np.int64), axis=None)) if whole.max() < 2**53 else 1.0
    room = np.floor(room / max(unit, 1.0))
    if (room < 0).any() or room.max() > MOST_ROOM or amount.size * (room.max() + 1) > most:
        return None
    eligible = np.logical_and.reduceat(problem.eligible(leads), problem.starts, axis=0)
    score = np.where(eligible, np.add.reduceat(problem.scores(leads), problem.starts, axis=0), -np.inf)
    weight = np.minimum(whole / max(unit, 1.0), MOST_ROOM + 1.0).astype(np.int64)
    return Capacities(score.T.copy(), weight.T.copy(), room.astype(np.int64))


def best_patterns(profit: Floats, weight: Ints, room: Ints) -> tuple[Bools, Floats]:
    """Return the items that are worth most together and fit, for each rep, and what they are worth.

    Parameters
    ----------
    profit, weight : (reps, items) arrays
        Points, -inf for items that are not to be taken, and whole loads of at least 0.
    room : (reps,) array of int
        What the items of a pattern may weigh together, at least 0.

    Returns
    -------
    (reps, items) array of bool, (reps,) array
    """
    reps, items = profit.shape
    taken = np.zeros((reps, items), dtype=bool)
    if not reps:
        return taken, np.zeros(0)
    everyone = np.arange(reps)
    good = (profit > 0) & (weight <= room[:, None])
    count = int(good.sum(axis=1).max(initial=0))
    order = np.argsort(~good, axis=1, kind="stable")[:, :count]  # the good items of each rep come first
    kept = np.take_along_axis(good, order, axis=1)
    gain = np.where(kept, np.take_along_axis(profit, order, axis=1), -np.inf)
    load = np.where(kept, np.take_along_axis(weight, order, axis=1), 0)
    pad, most = int(load.max(initial=0)), int(room.max())
    table = np.full((reps, pad + most + 1), -np.inf)  # below no room there is nothing to be had
    best = table[:, pad:]
    best[:] = 0.0
    places = (everyone * table.shape[1] + pad)[:, None] + np.arange(most + 1)
    chosen = np.zeros((count, reps, most + 1), dtype=bool)
    place, with_it = np.empty_like(places), np.empty(best.shape)
    for k in range(count):
        np.subtract(places, load[:, k, None], out=place)
        np.take(table.ravel(), place, out=with_it, mode="clip")
        with_it += gain[:, k, None]
        np.greater(with_it, best, out=chosen[k])
        np.maximum(with_it, best, out=best)
    left = room.copy()
    for k in range(count - 1, -1, -1):
        now = chosen[k, everyone, left]
        taken[everyone[now], order[now, k]] = True
        left -= np.where(now, load[:, k], 0)
    return taken, best[everyone, room]
