"""Prices of units and of bounds, and what they prove: the Lagrangian bound of the Hess model.

    minimise    sum of cost[i, j] x[i, j]
    subject to  sum over j of x[i, j] = 1                                       price of unit i
                lower[j] y[j] <= sum over i of amount[i] x[i, j] <= upper[j] y[j]  price of the load of j, per metric
                x[i, j] <= y[j];  sum of y = k

(Hess et al. 1965). At given prices each candidate's best territory is what weighs less than nothing there, and the k
best of them, with what the units pay, are less than any plan costs. The prices of loads are the best for those of
units, one candidate and one metric at a time: a continuous knapsack. A pair with which the bound passes the cost of a
plan is in no better one (Validi, Buchanan & Lykhovyd 2022).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.limits import Watch
from solver.methods.backend import run
from solver.pairs import Bools, Floats, Ints
from solver.territory.hess import hess_model
from solver.territory.problem import Territories

MOST_PAIRS = 30_000
"""Pairs up to which the prices come from the linear relaxation; beyond, from subgradient steps."""
STEPS, PATIENCE, SHRINK = 300, 12, 0.6
EACH_CANDIDATE = 6e-5
"""Work of pricing one load of one candidate."""
PASSES = 2
"""Rounds over the metrics when loads are priced."""


@dataclass(frozen=True)
class Prices:
    """Prices, and what they prove.

    Parameters
    ----------
    unit : (units,) array
        What a unit pays for being in a territory.
    load : (candidates, metrics) array
        What a candidate earns by one more of a metric: above 0 where the lower bound binds, below 0 where the upper.
    value : (candidates,) array
        No territory with the candidate costs less than this and what its units pay; infinite: there is none.
    bound : float
        No plan costs less; infinite: there is none.
    """

    unit: Floats
    load: Floats
    value: Floats
    bound: float

    def weights(self, task: Territories, allowed: Bools) -> Floats:
        """Return the cost of each pair less all prices, (units, candidates); infinite where it is not allowed."""
        net = np.where(allowed, task.matrix, np.inf) - self.unit[:, None]
        found: Floats = net - task.amounts @ self.load.T
        return found


def priced(task: Territories, allowed: Bools, unit: Floats, start: Floats | None = None) -> Prices:
    """Price the loads for given prices of units, and work out the bound.

    Parameters
    ----------
    allowed : (units, candidates) array of bool
        In whose territory each unit may be.
    start : (candidates, metrics) array, optional
        Prices of loads to begin with.
    """
    load = np.zeros((task.candidates, task.amounts.shape[1])) if start is None else start.copy()
    value = np.full(task.candidates, np.inf)
    net = task.matrix - unit[:, None]
    for j in range(task.candidates):
        units = np.flatnonzero(allowed[:, j])
        if len(units) and (task.own is None or allowed[task.own[j], j]):
            value[j] = _best_territory(task, j, units, net[units, j], load)
    best = np.sort(value)[: task.k]
    bound = float(unit.sum() + best.sum()) if len(best) == task.k else np.inf
    return Prices(unit, load, value, bound)


def _best_territory(task: Territories, j: int, units: Ints, net: Floats, load: Floats) -> float:
    """Set the prices of a candidate's loads, and return the value of its best territory at them."""
    amounts, lower, upper = task.amounts[units], task.lower[j], task.upper[j]
    own = np.zeros(len(units), dtype=bool)
    if task.own is not None:
        own = units == task.own[j]
    metrics = amounts.shape[1]
    for _ in range(1 if metrics == 1 else PASSES):
        for m in range(metrics):
            others = load[j].copy()
            others[m] = 0.0
            price = _load_price(net - amounts @ others, amounts[:, m], own, float(lower[m]), float(upper[m]))
            if price is None:
                return np.inf
            load[j, m] = price
    weight = net - amounts @ load[j]
    with np.errstate(invalid="ignore"):
        paid = np.where(load[j] > 0, load[j] * lower, np.where(load[j] < 0, load[j] * upper, 0.0)).sum()
    return float(weight[own].sum() + np.minimum(weight[~own], 0.0).sum() + paid)


def _load_price(weight: Floats, amount: Floats, own: Bools, lower: float, upper: float) -> float | None:
    """Return the best price of one load: where a continuous knapsack, filled by weight per amount, meets its bound.

    None: no choice of the units meets the bounds.
    """
    free = ~own & (amount > 0)
    fixed = float(amount[own].sum())
    ratio, size = weight[free] / amount[free], amount[free]
    if fixed > upper * (1 + 1e-9) or fixed + float(size.sum()) < lower * (1 - 1e-9):
        return None
    total = fixed + float(size[ratio < 0].sum())
    if not len(size) or lower <= total <= upper:
        return 0.0
    order = np.argsort(ratio, kind="stable")
    bound = upper if total > upper else lower
    at = int(np.searchsorted(fixed + np.cumsum(size[order]), bound * (1 - 1e-12)))
    return float(ratio[order[min(at, len(order) - 1)]])


def relaxed(task: Territories, allowed: Bools, watch: Watch, best: float = np.inf, work: float = np.inf) -> Prices:
    """Return good prices: of the linear relaxation, or, for many pairs, by steps along subgradients.

    Parameters
    ----------
    best : float
        The cost of a plan, if one is known.
    work : float
        What the steps may take.
    """
    if int(allowed.sum()) <= MOST_PAIRS:
        model = hess_model(task, allowed)
        answer = run(model.linear, "GLOP", max(watch.left(), 0.01))
        if answer.status == "infeasible":
            return Prices(np.zeros(task.n), np.zeros(task.lower.shape), np.full(task.candidates, np.inf), np.inf)
        if answer.status == "optimal":
            return priced(task, allowed, -answer.duals[: task.n])
    each = EACH_CANDIDATE * task.candidates * max(task.amounts.shape[1], 1) ** 2
    return _climb(task, allowed, watch, best, int(min(STEPS, work / each)))


def _climb(task: Territories, allowed: Bools, watch: Watch, best: float, steps: int = STEPS) -> Prices:
    """Raise the bound by steps along subgradients (Held & Karp 1971; Polyak 1969).

    A unit that is in too few of the territories chosen is asked to pay more, in too many less.
    """
    cost = np.where(allowed, task.matrix, np.inf)
    near = np.sort(cost, axis=1)[:, : max(2, task.candidates // max(2 * task.k, 1))]
    unit = np.where(np.isfinite(near), near, 0.0).max(axis=1) / 2
    top, step, waited = priced(task, allowed, unit), 1.0, 0
    found, direction = top, np.zeros(task.n)
    for _ in range(steps):
        if watch.stop() or not np.isfinite(found.bound):
            break
        weight = found.weights(task, allowed)
        chosen = np.argsort(found.value, kind="stable")[: task.k]
        held = weight[:, chosen] < 0
        if task.own is not None:
            held[task.own[chosen], np.arange(len(chosen))] = True
        short = 1.0 - held.sum(axis=1)
        direction = 0.7 * short + 0.3 * direction
        square = float(direction @ direction)
        if not short.any() or step < 1e-4:
            break
        target = best if np.isfinite(best) else top.bound + 0.05 * max(abs(top.bound), 1.0)
        away = max(target - found.bound, 1e-3 * max(abs(target), 1.0))
        found = priced(task, allowed, found.unit + step * away / max(square, 1e-12) * direction, found.load)
        if found.bound > top.bound:
            top, waited = found, 0
        else:
            waited += 1
            if waited >= PATIENCE:
                found, step, waited, direction = top, step * SHRINK, 0, np.zeros(task.n)
    return top


def penalties(task: Territories, allowed: Bools, prices: Prices, least: Floats | None = None) -> Floats:
    """Return what no plan with a pair costs less than, (units, candidates); infinite where it is not allowed.

    Parameters
    ----------
    least : (candidates,) array, optional
        What no territory of a candidate costs less than, net, where more is known than from the prices of loads.
    """
    if not np.isfinite(prices.bound):
        return np.full(allowed.shape, np.inf)
    weight = prices.weights(task, allowed)
    if task.own is not None:
        weight[task.own, np.arange(task.candidates)] = np.minimum(weight[task.own, np.arange(task.candidates)], 0.0)
    least = prices.value if least is None else least
    ordered = np.sort(least)
    others = float(ordered[: task.k].sum()) - np.minimum(least, ordered[task.k - 1])
    found: Floats = prices.unit.sum() + others + np.maximum(prices.value + np.maximum(weight, 0.0), least)
    return found


def bound(task: Territories, watch: Watch, best: float = np.inf, work: float = np.inf) -> tuple[float, Prices]:
    """Return what no plan costs less than, contiguous or not, and the prices that prove it.

    Parameters
    ----------
    best : float
        The cost of a plan, if one is known: steps are measured by it.
    work : float
        What the steps may take.

    Notes
    -----
    For up to a million pairs of units and candidates; budgets are left aside, which keeps the bound valid.
    """
    prices = relaxed(task, np.isfinite(task.matrix), watch, best, work)
    return prices.bound, prices
