"""A bound for centres that may be anywhere, at any size: prices of units, and the best territory around each candidate.

    no plan costs less than   sum of price[i] + the k least of value[j]
    value[j] = sum over i of min(0, cost[i, j] - price[i] - rate[j] size[i]) + what the load's bounds pay at that rate

(The Lagrangian of the capacitated p-median problem, Mulvey & Beck 1984; the load here is the sum of all metrics, each
in parts of its mean.) Prices and rates may be anything. A unit looks at its cheapest candidates only: as long as it
pays no more than the next one costs, all others are too dear to matter, and nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from solver.limits import Watch
from solver.pairs import Bools, Floats, Ints
from solver.territory.problem import Distances, Territories

MOST_PAIRS = 12_000_000
"""Pairs of units and candidates that are looked at."""
AREAS = 6
"""Territories, as many units as one has on average, among whose candidates a unit looks."""
BLOCK = 4_000_000
"""Costs that are worked out at once."""
STEPS, PATIENCE, SHRINK, SMALLEST = 400, 10, 0.6, 1e-3
"""Steps at most; steps without a gain before they get shorter; by how much; and when that ends."""
MOMENTUM = 0.7
"""Part of the direction before in each direction (Camerini, Fratta & Maffioli 1975)."""
EAGER = 0.7
"""Part of the way to its bound that a load's rate goes at a step."""
WARMING = 12
"""Steps of the rates alone, to begin with."""
EACH_PAIR = 5e-8
"""Work of a pair at a step."""


@dataclass
class _Pairs:
    """Units around candidates: by candidate, in order; and what a unit may pay at most."""

    unit: Ints
    candidate: Ints
    cost: Floats
    most: Floats
    pruned: bool


def medians_bound(task: Territories, watch: Watch, seats: Ints, best: float, work: float = np.inf) -> float:
    """Return what no plan costs less than, whether in one piece each or not.

    Parameters
    ----------
    seats : array of int
        Centres of a plan, or of something near: where prices begin.
    best : float
        What a plan costs.
    work : float
        Units of work that may be spent.
    """
    pairs = _pairs(task)
    size, low, high = _sizes(task)
    if pairs.pruned:  # a load that is paid for could make a candidate that was left out worth its cost
        low = np.full_like(low, -np.inf)
    price = np.minimum(_second(task, seats), pairs.most)
    pace = np.maximum(price, 1e-3 * max(float(price.mean()), 1e-12))
    rate = np.zeros(task.candidates)
    top, top_price, top_rate = -np.inf, price, rate
    direction, step, waited = np.zeros(task.n), 1.0, 0
    steps = int(min(STEPS, 1 + work / (EACH_PAIR * max(len(pairs.unit), 1))))
    for turn in range(WARMING):  # rates first: prices would only run away from loads that are too large
        value, mean, load, _ = _valued(pairs, task.candidates, size, low, high, price, rate)
        rate = _rated(rate, mean * EAGER / (1 + 0.2 * turn), load, low, high)
    for _ in range(steps):
        value, mean, load, inside = _valued(pairs, task.candidates, size, low, high, price, rate)
        chosen = np.argpartition(value, task.k - 1)[: task.k]
        bound = float(price.sum() + value[chosen].sum())
        if bound > top + 1e-5 * abs(top):
            waited = 0
        else:
            waited += 1
        if bound > top:
            top, top_price, top_rate = bound, price, rate
            watch.tell("bound", None, top)
        if watch.stop() or step < SMALLEST or top >= best:
            break
        if waited >= PATIENCE:
            price, rate, step, waited = top_price, top_rate, step * SHRINK, 0
            direction = np.zeros(task.n)
            continue
        drawn = np.zeros(task.candidates, dtype=bool)
        drawn[chosen] = True
        short = 1.0 - np.bincount(pairs.unit[inside & drawn[pairs.candidate]], minlength=task.n)
        direction = (1 - MOMENTUM) * short + MOMENTUM * direction
        square = float((pace * direction * direction).sum())
        if square <= 0:
            break
        target = best if np.isfinite(best) else top + 0.05 * abs(top)
        length = step * max(target - bound, 1e-4 * abs(target)) / square
        price = np.minimum(price + length * pace * direction, pairs.most)
        rate = _rated(rate, mean * EAGER * step, load, low, high)
    return top


def _valued(
    pairs: _Pairs, count: int, size: Floats, low: Floats, high: Floats, price: Floats, rate: Floats
) -> tuple[Floats, Floats, Floats, Bools]:
    """Return each candidate's value, the mean net cost of its load, the load, and which pairs its territory has."""
    net: Floats = pairs.cost - price[pairs.unit]
    weight: Floats = size[pairs.unit]
    net -= rate[pairs.candidate] * weight
    inside: Bools = net < 0
    kept, at = np.flatnonzero(inside), pairs.candidate[inside]
    value: Floats = np.bincount(at, net[kept], count).astype(np.float64)
    load: Floats = np.bincount(at, weight[kept], count).astype(np.float64)
    with np.errstate(invalid="ignore"):
        paid: Floats = np.where(rate > 0, rate * low, np.where(rate < 0, rate * high, 0.0))
    return value + paid, -value / np.maximum(load, 1e-9), load, inside


def _rated(rate: Floats, pace: Floats, load: Floats, low: Floats, high: Floats) -> Floats:
    """Return rates nearer to where each load meets its bounds: below 0 where it is too much, above where too little."""
    wanted = np.clip(load, low, high)
    wanted = np.where(rate > 0, low, np.where(rate < 0, high, wanted))
    step = pace * np.clip((wanted - load) / np.maximum(load, 1e-9), -1.0, 1.0)
    found = rate + np.where(load > 0, step, 0.0)
    found = np.where(found * rate < 0, 0.0, found)
    return np.where(np.isfinite(np.where(found > 0, low, high)), found, 0.0)


def _sizes(task: Territories) -> tuple[Floats, Floats, Floats]:
    """Return each unit's size, in parts of a mean territory, and the bounds of each candidate's load of that."""
    scale = np.maximum(task.amounts.sum(axis=0) / task.k, 1e-300)
    bounded = np.isfinite(task.upper).all(axis=0)
    bounded = bounded if bounded.any() else np.isfinite(task.lower).all(axis=0)
    if not bounded.any():
        none = np.full(task.candidates, np.inf)
        return np.ones(task.n), -none, none
    size = (task.amounts / scale)[:, bounded].sum(axis=1)
    low, high = ((b / scale)[:, bounded].sum(axis=1) for b in (task.lower, task.upper))
    return size, low - 1e-6, high + 1e-6


def _second(task: Territories, seats: Ints) -> Floats:
    """Return what each unit costs with the second cheapest of some seats, (units,)."""
    found = np.empty(task.n)
    step = max(1, BLOCK // max(len(seats), 1))
    for a in range(0, task.n, step):
        cost = task.cost_of(np.arange(a, min(a + step, task.n))[:, None], seats)
        second = np.partition(cost, min(1, len(seats) - 1), axis=1)[:, min(1, len(seats) - 1)]
        least = cost.min(axis=1)
        found[a : a + step] = np.where(np.isfinite(second), second, np.where(np.isfinite(least), 2 * least, 0.0))
    return found


def _pairs(task: Territories) -> _Pairs:
    """Return each unit with its cheapest candidates."""
    count = int(min(max(AREAS * task.candidates // task.k, 2), MOST_PAIRS // task.n, task.candidates))
    if isinstance(task.cost, Distances):
        index = np.asarray(cKDTree(task.cost.candidates).query(task.cost.units, min(count + 1, task.candidates))[1])
        index = index.reshape(task.n, -1)
        cost = task.cost_of(np.arange(task.n)[:, None], index)
        most = np.full(task.n, np.inf)
        if count < task.candidates:  # in whosever territory the unit may be
            square = ((task.cost.units - task.cost.candidates[index[:, -1]]) ** 2).sum(axis=1)
            most = task.cost.weight * square ** (task.cost.power / 2)
        cost, index = cost[:, :count], index[:, :count]
    else:
        index = np.empty((task.n, count), dtype=np.int64)
        cost, most = np.empty((task.n, count)), np.full(task.n, np.inf)
        step = max(1, BLOCK // task.candidates)
        for a in range(0, task.n, step):
            rows = task.cost[a : a + step]
            if count < task.candidates:
                order = np.argpartition(rows, count, axis=1)
                index[a : a + step] = order[:, :count]
                most[a : a + step] = np.take_along_axis(rows, order[:, count : count + 1], axis=1)[:, 0]
            else:
                index[a : a + step] = np.arange(count)
            cost[a : a + step] = np.take_along_axis(rows, index[a : a + step], axis=1)
    unit, candidate, flat = np.repeat(np.arange(task.n), count), index.ravel(), cost.ravel()
    good = np.isfinite(flat)
    unit, candidate, flat = unit[good], candidate[good], flat[good]
    most = np.where(np.isfinite(most), most, np.abs(flat).max(initial=1.0) * 2)
    order = np.argsort(candidate, kind="stable")
    return _Pairs(
        unit[order].astype(np.int32), candidate[order].astype(np.int32), flat[order], most, count < task.candidates
    )
