"""First seats: spread over the map at random, each part of it with its number, and exchanged while that gains.

Seats are drawn in proportion to what their units cost so far, the best of a few draws each time (k-means++, Arthur &
Vassilvitskii 2007), or in proportion to the amounts there.
"""

from __future__ import annotations

import numpy as np

from solver.pairs import Bools, Floats, Ints
from solver.territory.division import Terrain, nearest

MOST_EXCHANGES = 200
"""Exchanges of one seat for another, at most."""
TRIES = 3
"""Candidates that are drawn for each new seat; the one that takes off most becomes it."""


def territories_of_parts(terrain: Terrain) -> Ints:
    """Return how many territories each part of the map gets, (parts,): in proportion, and as its amounts allow."""
    task = terrain.task
    if terrain.parts == 1 or task.own is None:
        return np.array([task.k], dtype=np.int64)
    amounts = np.zeros((terrain.parts, task.amounts.shape[1]))
    np.add.at(amounts, terrain.part, task.amounts)
    share = np.bincount(terrain.part, _sizes(terrain), terrain.parts)
    largest, smallest = terrain.upper.max(axis=0), np.maximum(terrain.lower.min(axis=0), 1e-300)
    fewest = np.ceil(amounts / np.where(largest > 0, largest, np.inf)).max(axis=1, initial=1.0)
    most = np.minimum(np.floor(amounts / smallest).min(axis=1, initial=np.inf), np.bincount(terrain.part[task.own]))
    count: Ints = fewest.astype(np.int64)
    while count.sum() < task.k:
        room = np.where(count < most, 1e6, 0.0)  # more than fits is the last resort
        count[(share - count + room).argmax()] += 1
    while count.sum() > task.k and (count > 1).any():
        count[np.where(count > 1, share - count, np.inf).argmin()] -= 1
    return count


def _sizes(terrain: Terrain) -> Floats:
    """Return the part of a mean territory that each unit is, (units,): without metrics all are alike."""
    task = terrain.task
    if not task.amounts.shape[1]:
        return np.full(task.n, task.k / task.n)
    sizes: Floats = (task.amounts / terrain.scale).mean(axis=1)
    return sizes


def seeds(terrain: Terrain, rng: np.random.Generator, known: Ints | None = None) -> Ints:
    """Return seats spread over the map, (k,); known ones are kept."""
    task = terrain.task
    if task.k == task.candidates:
        return np.arange(task.k)
    wanted = territories_of_parts(terrain)
    split = len(wanted) > 1 and task.own is not None
    part: Ints = terrain.part[task.own] if split else np.zeros(task.candidates, dtype=np.int64)
    seats = [] if known is None else known[: task.k].tolist()
    left = wanted - np.bincount(part[seats], minlength=len(wanted)) if seats else wanted.copy()
    by_cost = bool(rng.random() < 0.5)
    cost = terrain.columns(np.array(seats)).min(axis=1) if seats else np.full(task.n, np.inf)
    unused = np.ones(task.candidates, dtype=bool)
    unused[seats] = False
    while len(seats) < task.k:
        open_parts = left > 0 if (left > 0).any() else np.ones(len(left), dtype=bool)
        choice = np.flatnonzero(unused & open_parts[part])
        seat, cost = _drawn(terrain, rng, choice if len(choice) else np.flatnonzero(unused), cost, by_cost=by_cost)
        left[part[seat]] -= 1
        unused[seat] = False
        seats.append(seat)
    return np.array(seats, dtype=np.int64)


def _drawn(
    terrain: Terrain, rng: np.random.Generator, choice: Ints, cost: Floats, *, by_cost: bool
) -> tuple[int, Floats]:
    """Draw one more seat; return it, and what each unit costs at the cheapest of all seats, (units,)."""
    task = terrain.task
    chance: Floats | None = None
    count = min(TRIES if by_cost else 1, len(choice))
    if task.own is not None:
        known: Bools = np.isfinite(cost) & by_cost
        worth = np.where(known, cost, _sizes(terrain))[task.own[choice]]
        if int((worth > 0).sum()) >= count:
            chance = worth / worth.sum()
    tries = rng.choice(choice, size=count, replace=False, p=chance)
    after = np.minimum(terrain.columns(tries), cost[:, None])
    reached = np.isfinite(after)
    order = np.lexsort((np.where(reached, after, 0.0).sum(axis=0), -reached.sum(axis=0)))
    best = int(order[0])
    return int(tries[best]), after[:, best]


def interchanged(cost: Floats, seat: Ints) -> Ints:
    """Return seats from which no exchange of one for another takes anything off the cost, loads not looked at.

    The fast interchange of Whitaker (1983) for the p-median problem, all exchanges in a pass (Resende & Werneck 2007).
    """
    seat = seat.copy()
    if len(seat) < 2:
        return seat
    largest = float(cost[np.isfinite(cost)].max(initial=1.0))
    cost = np.where(np.isfinite(cost), cost, 10 * largest)
    for _ in range(MOST_EXCHANGES):
        two = nearest(cost[:, seat], 2)
        least, second = (cost[np.arange(len(cost)), seat[column]] for column in two.T)
        order = np.argsort(two[:, 0], kind="stable")
        first = np.unique(two[order, 0], return_index=True)
        new = np.maximum(cost, least[:, None])
        kept = np.zeros((len(seat), cost.shape[1]))
        kept[first[0]] = np.add.reduceat(np.maximum(second[:, None] - new, 0.0)[order], first[1], axis=0)
        loss = np.bincount(two[:, 0], second - least, len(seat))
        profit = (least[:, None] - np.minimum(cost, least[:, None])).sum(axis=0) + kept - loss[:, None]
        profit[:, seat] = -np.inf
        r, j = np.unravel_index(profit.argmax(), profit.shape)
        if profit[r, j] <= 1e-9 * max(float(least.sum()), 1e-12):
            break
        seat[r] = j
    return seat
