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

NEAR, POOL = 8, 24
"""Seats that a unit is priced with, at each temperature the cheapest of those near it."""
HEATS = (1.0, 0.3, 0.1, 0.03, 0.01)
"""Temperatures of the smoothed dual, in parts of the spread of a unit's own costs."""
ROUGHLY = (0.1,)
"""Those while centres still move."""
EVENING = 5
"""Rounds in which units go to the nearest seat and the seats to their middle, before loads are priced."""
DENSE = 600
"""Prices up to which a Newton step is worked out by a full matrix."""
STEPS = 12
"""Newton steps at each temperature."""
DEAREST = 30.0
"""Most that a unit's amounts may cost, in spreads of its own costs, on average."""


@dataclass(frozen=True)
class Balance:
    """Prices of the loads of territories, (k, metrics), and where units go at them, (units,)."""

    prices: Floats
    place: Ints
    bound: float


def balance(division: Division, prices: Floats | None = None, heats: tuple[float, ...] | None = None) -> Balance:
    """Price the loads of a division's seats, and send every unit where it is cheapest, all seats looked at.

    The smoothed dual is climbed by Newton steps. What is left over after rounding is for others to mend. The bound is
    what no division with these seats can cost less than, connected or not.

    Parameters
    ----------
    prices : (k, metrics) array, optional
        To begin with.
    heats : tuple of float, optional
        Temperatures, hottest first.
    """
    task, lower, upper = division.task, division.lower, division.upper
    if heats is None:
        heats = HEATS if prices is None else HEATS[2:]
    bounded: Bools = np.isfinite(lower) | np.isfinite(upper)
    prices = np.zeros(lower.shape) if prices is None else np.where(bounded, prices, 0.0)
    if bounded.any() and task.k > 1:
        pool = nearest(division.cost + task.amounts @ prices.T, POOL)
        for heat in heats:
            prices = _Dual(division, prices, pool).climb(prices, heat)
    net = task.amounts @ prices.T
    net += division.cost  # infinite where a unit must not be
    place = net.argmin(axis=1)
    limit = np.where(prices > 0, upper, np.where(prices < 0, lower, 0.0))
    bound = float(net[np.arange(task.n), place].sum()) - float((prices * np.where(prices == 0, 0.0, limit)).sum())
    if task.own is not None:
        place[task.own[division.seat]] = np.arange(task.k)
    return Balance(prices, place, bound)


class _Dual:
    """The smoothed dual of the loads, over the seats near each unit."""

    def __init__(self, division: Division, prices: Floats, pool: Ints) -> None:
        task = division.task
        self.k, self.metrics = division.lower.shape
        net = np.take_along_axis(division.cost, pool, axis=1)
        net += np.einsum("im,inm->in", task.amounts, prices[pool])
        self.seat = np.take_along_axis(pool, nearest(net, NEAR), axis=1)
        cost = np.take_along_axis(division.cost, self.seat, axis=1)
        if task.own is not None:  # a seat's own unit stays
            own = task.own[division.seat]
            cost[own] = np.where(self.seat[own] == np.arange(self.k)[:, None], cost[own], np.inf)
        self.cost = np.where(np.isfinite(cost).any(axis=1, keepdims=True), cost, 0.0)
        self.amounts, self.lower, self.upper = task.amounts, division.lower, division.upper
        finite: Bools = np.isfinite(self.cost)
        spread = np.where(finite, self.cost - self.cost.min(axis=1)[:, None], 0.0).sum(axis=1)
        spread /= np.maximum(finite.sum(axis=1) - 1, 1)
        self.spread = np.maximum(spread, 0.05 * max(float(spread.mean()), 1e-12))
        # where no prices balance the loads they would grow for ever
        self.dearest = DEAREST * float(self.spread.mean()) / np.maximum(task.amounts.mean(axis=0), 1e-300)

    def climb(self, prices: Floats, heat: float) -> Floats:
        """Return prices at which the loads, smoothed at a temperature, are within their bounds, nearly."""
        value, share = self.at(prices, heat)
        caution = 0.02
        for _ in range(STEPS):
            slope, free = self.slope(prices, share)
            if not free.any():
                break
            bend = self.bend(share, heat)
            if not bend.diagonal()[free.ravel()].any():
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
        own = inner.diagonal()
        inner = inner + sparse.diags(caution * (own + own.mean()))
        known = slope.ravel()[where]
        if len(where) <= DENSE:
            step[where] = np.linalg.solve(inner.toarray(), known)
        else:
            step[where] = spsolve(sparse.csc_matrix(inner), known)
        trial = prices + step.reshape(prices.shape)
        trial = np.where(trial * prices < 0, 0.0, trial)
        trial = np.where(np.isfinite(np.where(trial > 0, self.upper, self.lower)), trial, 0.0)
        return np.clip(trial, -self.dearest, self.dearest)

    def at(self, prices: Floats, heat: float) -> tuple[float, Floats]:
        """Return the value of the smoothed dual, and each unit's shares of its near seats, (units, near)."""
        net = self.cost + np.einsum("im,inm->in", self.amounts, prices[self.seat])
        best = net.min(axis=1)
        temperature = heat * self.spread
        weight = np.exp(-(net - best[:, None]) / temperature[:, None])
        total = weight.sum(axis=1)
        charge = np.where(prices > 0, prices * _finite(self.upper), prices * _finite(self.lower)).sum()
        return float((best - temperature * np.log(total)).sum() - charge), weight / total[:, None]

    def slope(self, prices: Floats, share: Floats) -> tuple[Floats, Bools]:
        """Return what each price would gain, (k, metrics), and which of them are to move."""
        loads = np.stack(
            [np.bincount(self.seat.ravel(), (share * a[:, None]).ravel(), self.k) for a in self.amounts.T],
            axis=1,
        )
        above, below = loads - self.upper, loads - self.lower
        slope = np.where(prices > 0, above, np.where(prices < 0, below, np.where(above > 0, above, below)))
        free = (prices != 0) | (above > 0) | (below < 0)
        return np.where(free, slope, 0.0), free

    def bend(self, share: Floats, heat: float) -> sparse.csr_matrix:
        """Return the curvature of the smoothed dual, (k x metrics) squared, without its sign."""
        units = np.repeat(np.arange(len(share)), share.shape[1])
        shares = sparse.csr_matrix((share.ravel(), (units, self.seat.ravel())), shape=(len(share), self.k))
        blocks = []
        for a in self.amounts.T:
            row = []
            for b in self.amounts.T:
                scale = a * b / (heat * self.spread)
                own = np.bincount(self.seat.ravel(), (share * scale[:, None]).ravel(), self.k)
                row.append(sparse.diags(own) - shares.T @ (sparse.diags(scale) @ shares))
            blocks.append(row)
        whole = sparse.csr_matrix(sparse.bmat(blocks))
        order = np.arange(self.k * self.metrics).reshape(self.metrics, self.k).T.ravel()
        return whole[order][:, order]


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
        found = balance(division, found.prices, ROUGHLY if turn + 1 < rounds else None)
    division.assign(found.place)
    return found
