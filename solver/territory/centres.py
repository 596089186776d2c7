"""Moving centres: units assigned to seats by prices, seats moved to the middle of what they got, and again.

With prices of the loads, every unit goes to the seat where its cost and what its amounts cost are least: a power
diagram where costs are squared distances (Aurenhammer 1987; Cohen-Addad, Klein & Young 2018). Between assignments each
seat moves to the best candidate of its territory (Maranzana 1964).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from solver.pairs import Bools, Floats, Ints
from solver.territory.division import Division, nearest

NEAR, PAIRS = 8, 50_000
"""Seats that a unit is priced with, the cheapest at each temperature: at least so many, and more up to so many pairs.

With too few there may be no way for loads to spread, and prices would grow for ever.
"""
HEATS = (1.0, 0.3, 0.1, 0.03, 0.01)
"""Temperatures of the smoothed dual, in parts of the spread of a unit's own costs."""
ROUGHLY = (0.1,)
"""Those while centres still move."""
EVENING = 5
"""Rounds in which units go to the nearest seat and the seats to their middle, before loads are priced."""
DENSE = 1_000
"""Prices up to which a Newton step is worked out by a full matrix."""
FAINT = 1e-7
"""Shares up to which are left out of the curvature."""
CROWDED = 10
"""One in so many entries, at least, is not 0 where a matrix is multiplied as a full one."""
STEPS = 12
"""Newton steps at each temperature."""
DEAREST = 30.0
"""Most that a unit's amounts may cost, in spreads of its own costs, on average."""


@dataclass(frozen=True)
class Balance:
    """Prices of the loads of territories, (k, metrics), and of budgets, (budgets,); and where units go, (units,)."""

    prices: Floats
    tolls: Floats
    place: Ints
    bound: float


def balance(division: Division, known: Balance | None = None, heats: tuple[float, ...] | None = None) -> Balance:
    """Price the loads of a division's seats and its budgets, and send every unit where it is cheapest of all seats.

    The smoothed dual is climbed by Newton steps. What is left over after rounding is for others to mend. The bound is
    what no division with these seats can cost less than, connected or not.

    Parameters
    ----------
    known : Balance, optional
        Of about the same seats: its prices are those to begin with.
    heats : tuple of float, optional
        Temperatures, hottest first.
    """
    task, (k, metrics) = division.task, division.lower.shape
    rows = k * metrics
    budgets = len(task.budgets)
    lower = np.concatenate([division.lower.ravel(), np.full(budgets, -np.inf)])
    upper = np.concatenate([division.upper.ravel(), [budget.at_most for budget in task.budgets]])
    bounded: Bools = np.isfinite(lower) | np.isfinite(upper)
    prices = np.zeros(len(lower))
    if known is not None:
        prices = np.where(bounded, np.concatenate([known.prices.ravel(), known.tolls]), 0.0)
    cost = division.cost - division.tolled(division.tolls)
    if bounded.any() and k > 1:
        for heat in heats or (HEATS if known is None else HEATS[2:]):
            prices = _Dual(division, cost, (lower, upper), prices).climb(prices, heat)
    load, toll = prices[:rows].reshape(k, metrics), prices[rows:]
    cost += division.tolled(toll)  # infinite where a unit must not be
    cost += task.amounts @ load.T
    place = cost.argmin(axis=1)
    limit = np.where(prices > 0, upper, np.where(prices < 0, lower, 0.0))
    bound = float(cost[np.arange(task.n), place].sum()) - float((prices * np.where(prices == 0, 0.0, limit)).sum())
    if task.own is not None:
        place[task.own[division.seat]] = np.arange(k)
    return Balance(load, toll, place, bound)


class _Dual:
    """The smoothed dual of the loads and budgets, over the seats near each unit.

    A row is a load of a territory, or a budget: each near seat of a unit adds its part to some of them.
    """

    def __init__(self, division: Division, cost: Floats, bounds: tuple[Floats, Floats], prices: Floats) -> None:
        task, seats = division.task, division.seat
        k, metrics = division.lower.shape
        self.lower, self.upper = bounds
        net = task.amounts @ prices[: k * metrics].reshape(k, metrics).T
        net += cost
        self.seat = nearest(net, max(NEAR, PAIRS // max(task.n, 1)))
        stays = division.stay >= 0
        if stays.any():  # where a unit is today is among what it is priced with
            here = stays & ~(self.seat == division.stay[:, None]).any(axis=1)
            self.seat[here, -1] = division.stay[here]
        near = np.take_along_axis(cost, self.seat, axis=1)
        if task.own is not None:  # a seat's own unit stays
            own = task.own[seats]
            near[own] = np.where(self.seat[own] == np.arange(k)[:, None], near[own], np.inf)
        self.cost = np.where(np.isfinite(near).any(axis=1, keepdims=True), near, 0.0)
        first = self.cost[:, :NEAR]
        finite: Bools = np.isfinite(first)
        spread = np.where(finite, first - self.cost.min(axis=1)[:, None], 0.0).sum(axis=1)
        spread /= np.maximum(finite.sum(axis=1) - 1, 1)
        self.spread = np.maximum(spread, 0.05 * max(float(spread.mean()), 1e-12))
        self.part = self._parts(division)
        self.kind = np.concatenate([np.tile(np.arange(metrics), k), metrics + np.arange(len(task.budgets))])
        # where no prices balance the loads they would grow for ever
        mean = np.concatenate([np.tile(task.amounts.mean(axis=0), k), [b.amount.mean() for b in task.budgets]])
        self.dearest = DEAREST * float(self.spread.mean()) / np.maximum(mean, 1e-300)

    def _parts(self, division: Division) -> sparse.csr_matrix:
        """Return what each near seat of each unit adds to each row, (units x near, rows)."""
        task, (k, metrics) = division.task, division.lower.shape
        slots = np.arange(self.seat.size).reshape(self.seat.shape)
        row, column, data = [], [], []
        for m, amount in enumerate(task.amounts.T):
            row.append(slots)
            column.append(self.seat * metrics + m)
            data.append(np.broadcast_to(amount[:, None], slots.shape))
        for b, budget in enumerate(task.budgets):
            moves = (division.stay != -2)[:, None] & (self.seat != division.stay[:, None])
            row.append(slots)
            column.append(np.full(slots.shape, k * metrics + b))
            data.append(budget.amount[:, None] * moves)
        flat = [np.concatenate([a.ravel() for a in part]) for part in (data, row, column)]
        found = sparse.csr_matrix((flat[0], (flat[1], flat[2])), shape=(slots.size, len(self.lower)))
        found.eliminate_zeros()
        return found

    def climb(self, prices: Floats, heat: float) -> Floats:
        """Return prices at which the loads, smoothed at a temperature, are within their bounds, nearly."""
        value, share = self.at(prices, heat)
        caution = 0.02
        for _ in range(STEPS):
            slope, free = self.slope(prices, share)
            if not free.any():
                break
            bend = self.bend(share, heat)
            if not bend.diagonal()[free].any():
                break  # every unit is sure of its seat: there is nothing that a small step would change
            trial = self.stepped(prices, slope, free, bend, caution)
            after, then = self.at(trial, heat)
            if after <= value:
                caution *= 8
                continue
            gained = after - value
            prices, value, share, caution = trial, after, then, max(caution / 2, 1e-3)
            if gained <= 1e-5 * abs(value):
                break
        return prices

    def stepped(self, prices: Floats, slope: Floats, free: Bools, bend: sparse.csr_matrix, caution: float) -> Floats:
        """Return prices one Newton step on, the shorter the greater the caution (Levenberg 1944), within range."""
        step = np.zeros(prices.size)
        where = np.flatnonzero(free)
        inner = bend[where][:, where]
        own, kind = inner.diagonal(), self.kind[where]
        mean = np.bincount(kind, own) / np.maximum(np.bincount(kind), 1)
        inner = inner + sparse.diags(caution * (own + mean[kind]) + 1e-300)
        if len(where) <= DENSE:
            step[where] = np.linalg.solve(inner.toarray(), slope[where])
        else:
            step[where] = spsolve(sparse.csc_matrix(inner), slope[where])
        trial = prices + step
        trial = np.where(trial * prices < 0, 0.0, trial)
        trial = np.where(np.isfinite(np.where(trial > 0, self.upper, self.lower)), trial, 0.0)
        return np.clip(trial, -self.dearest, self.dearest)

    def at(self, prices: Floats, heat: float) -> tuple[float, Floats]:
        """Return the value of the smoothed dual, and each unit's shares of its near seats, (units, near)."""
        net = self.cost + (self.part @ prices).reshape(self.cost.shape)
        best = net.min(axis=1)
        temperature = heat * self.spread
        weight = np.exp(-(net - best[:, None]) / temperature[:, None])
        total = weight.sum(axis=1)
        charge = np.where(prices > 0, prices * _finite(self.upper), prices * _finite(self.lower)).sum()
        return float((best - temperature * np.log(total)).sum() - charge), weight / total[:, None]

    def slope(self, prices: Floats, share: Floats) -> tuple[Floats, Bools]:
        """Return what each price would gain, (rows,), and which of them are to move."""
        loads = self.part.T @ share.ravel()
        above, below = loads - self.upper, loads - self.lower
        slope = np.where(prices > 0, above, np.where(prices < 0, below, np.where(above > 0, above, below)))
        free = (prices != 0) | (above > 0) | (below < 0)
        return np.where(free, slope, 0.0), free

    def bend(self, share: Floats, heat: float) -> sparse.csr_matrix:
        """Return the curvature of the smoothed dual, (rows, rows), without its sign: covariances of what units add."""
        n, near = share.shape
        live = np.flatnonzero(share > FAINT)
        unit, part, colder = live // near, self.part[live], 1.0 / (heat * self.spread)
        weighed = sparse.diags(share.ravel()[live]) @ part
        mean = sparse.csr_matrix((np.ones(len(live)), (unit, np.arange(len(live)))), shape=(n, len(live))) @ weighed
        whole = part.T @ (sparse.diags(colder[unit]) @ weighed)
        if mean.nnz * CROWDED > mean.shape[0] * mean.shape[1]:
            full = mean.toarray()
            return sparse.csr_matrix(whole - full.T @ (colder[:, None] * full))
        return sparse.csr_matrix(whole - mean.T @ (sparse.diags(colder) @ mean))


def _finite(bound: Floats) -> Floats:
    return np.where(np.isfinite(bound), bound, 0.0)


def settled(division: Division, rounds: int) -> Balance:
    """Price, assign and recentre in turn until the seats stay, or so many rounds; the division is changed.

    Where seats may move they first spread without prices, so that what one has too much of is not too far away.
    """
    if division.task.k < division.task.candidates:
        for _ in range(EVENING):
            division.assign(division.cost.argmin(axis=1))
            if not division.recentre():
                break
    found = balance(division)
    for turn in range(rounds):
        division.assign(found.place)
        if not division.recentre():
            break
        found = balance(division, found, ROUGHLY if turn + 1 < rounds else None)
    division.assign(found.place)
    return found
