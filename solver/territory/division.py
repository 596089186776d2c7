"""A division of units among seated territories that a search changes step by step, and what it is worth.

Its value is its cost, with tolls for what it takes of budgets, plus `weight` times what its bounds and budgets are
missed by, each miss in parts of a mean territory's load: an exact penalty once the weight is large enough (Bertsekas
1975).
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.sparse.csgraph import connected_components

from solver.pairs import Bools, Floats, Ints
from solver.territory.problem import CLOSE, Territories, pieces_of_units

SHORT = 64
"""Candidates of a large territory that are looked at closely as its centre."""
MARGIN = 0.05
"""Part of a mean load, at most, by which a load is near its bound."""
LARGE = 400
"""Units from which on a territory counts as large."""


class Terrain:
    """What stays the same of a task while divisions of it change: neighbours, parts of the map, scales."""

    def __init__(self, task: Territories) -> None:
        self.task = task
        self.scale = np.maximum(task.amounts.sum(axis=0) / task.k, 1e-300)
        self.owner_of = np.full(task.n, -1, dtype=np.int64)  # the candidate that stands at a unit
        if task.own is not None:
            self.owner_of[task.own] = np.arange(task.candidates)
        self.part = np.zeros(task.n, dtype=np.int64)
        if task.links is not None:
            self.part = np.asarray(connected_components(task.graph, directed=False)[1]).astype(np.int64)
        room = CLOSE * np.maximum(1.0, np.where(np.isfinite(task.lower), np.abs(task.lower), 0.0))
        self.lower = task.lower - room
        room = CLOSE * np.maximum(1.0, np.where(np.isfinite(task.upper), np.abs(task.upper), 0.0))
        self.upper = task.upper + room

    @cached_property
    def neighbours(self) -> list[list[int]]:
        """The neighbours of each unit."""
        graph = self.task.graph
        near, first = graph.indices.tolist(), graph.indptr.tolist()
        return [near[a:b] for a, b in pairwise(first)]

    @cached_property
    def parts(self) -> int:
        """Number of parts of the map."""
        return int(self.part.max(initial=0)) + 1

    def columns(self, seat: Ints) -> Floats:
        """Return the cost of every unit with the given candidates, (units, seats): infinite across parts of the map."""
        cost = self.task.cost_of(np.arange(self.task.n)[:, None], seat)
        if self.parts > 1 and self.task.own is not None:
            cost[self.part[:, None] != self.part[self.task.own[seat]]] = np.inf
        return cost

    def standing(self, units: Ints) -> Ints:
        """Return the candidates for the centre of a territory of these units."""
        if self.task.own is None:
            return np.arange(self.task.candidates)
        found = self.owner_of[units]
        return found[found >= 0]


class Division:
    """Which of `k` seated territories each unit is in.

    Parameters
    ----------
    seat : (k,) array of int
        The candidate that each territory has for its centre.
    place : (units,) array of int
        The territory of each unit, 0 to k - 1.
    """

    def __init__(self, terrain: Terrain, seat: Ints, place: Ints, weight: float) -> None:
        self.terrain, self.task = terrain, terrain.task
        self.seat, self.place, self.weight = seat.copy(), place.copy(), weight
        self.even = 0.0
        self.tolls = np.zeros(len(self.task.budgets))
        self.cost = terrain.columns(seat)
        self._count()

    def _count(self) -> None:
        task = self.task
        if task.own is not None:
            self.place[task.own[self.seat]] = np.arange(task.k)
        self.lower, self.upper = self.terrain.lower[self.seat], self.terrain.upper[self.seat]
        width = np.where(np.isfinite(self.upper - self.lower), self.upper - self.lower, np.inf)
        self.margin = np.minimum(0.25 * width, MARGIN * self.terrain.scale)
        self.size = np.bincount(self.place, minlength=task.k)
        self.loads: Floats = np.zeros((task.k, task.amounts.shape[1]))
        for m, amount in enumerate(task.amounts.T):
            self.loads[:, m] = np.bincount(self.place, amount, task.k)
        self.stay = np.full(task.n, -2, dtype=np.int64)  # -2: free to move; -1: its territory is not drawn any more
        if task.before is not None and task.budgets:
            index = np.full(task.candidates + 1, -1, dtype=np.int64)
            index[self.seat] = np.arange(task.k)
            self.stay = np.where(task.before >= 0, index[task.before], -2)
        left = (self.stay != -2) & (self.place != self.stay)
        self.moved = np.array([float(b.amount[left].sum()) for b in task.budgets])

    @property
    def centre(self) -> Ints:
        """The candidate in whose territory each unit is, (units,)."""
        return self.seat[self.place]

    @property
    def total(self) -> float:
        """The cost, without tolls."""
        return float(self.cost[np.arange(self.task.n), self.place].sum() - self.tolls @ self.moved)

    @property
    def missing(self) -> float:
        """By how much bounds and budgets are missed, in parts of a mean territory."""
        return float(self.missed(self.loads, np.arange(self.task.k)).sum()) + self.over(self.moved)

    @property
    def value(self) -> float:
        """Cost, tolls and penalties."""
        return self.total + float(self.tolls @ self.moved) + self.weight * self.missing

    @property
    def fixed(self) -> Bools:
        """Units that must stay where they are, (units,): the seats' own."""
        found = np.zeros(self.task.n, dtype=bool)
        if self.task.own is not None:
            found[self.task.own[self.seat]] = True
        return found

    def tolled(self, tolls: Floats, territories: Ints | None = None) -> Floats:
        """Return what budgets at these prices add to the cost of units in territories, (units, territories)."""
        before, seat = self.task.before, self.seat if territories is None else self.seat[territories]
        found: Floats = np.zeros((self.task.n, len(seat)) if tolls.any() else (1, 1))
        if tolls.any() and before is not None:
            amount = sum(toll * budget.amount for toll, budget in zip(tolls, self.task.budgets, strict=True))
            found += np.where(before >= 0, amount, 0.0)[:, None]
            found[before[:, None] == seat] = 0.0
        return found

    def charge(self, tolls: Floats) -> None:
        """Judge moves by what they cost, with what they take of the budgets at these prices."""
        if (tolls != self.tolls).any():
            self.cost += self.tolled(tolls) - self.tolled(self.tolls)
            self.tolls = tolls.copy()

    def missed(self, loads: Floats, territory: Ints) -> Floats:
        """Return by how much territories with these loads, (.., metrics), would miss their bounds."""
        miss = np.maximum(np.maximum(self.lower[territory] - loads, loads - self.upper[territory]), 0.0)
        found: Floats = (miss / self.terrain.scale).sum(axis=-1)
        return found

    def strain(self, loads: Floats, territory: Ints) -> Floats:
        """Return the penalty of territories with these loads, (.., metrics), as moves are judged by it.

        With `even` above 0 it rises before a bound is reached and ever faster beyond, so that what is too much for one
        territory goes from neighbour to neighbour until it finds room.
        """
        miss = self.missed(loads, territory)
        if not self.even:
            return miss
        margin = self.margin[territory]
        near = np.maximum(self.lower[territory] + margin - loads, loads - self.upper[territory] + margin)
        found: Floats = miss + self.even * ((np.maximum(near, 0.0) / self.terrain.scale) ** 2).sum(axis=-1)
        return found

    def over(self, moved: Floats) -> float:
        """Return by how much budgets are overspent, in parts of a mean territory's amount."""
        total = 0.0
        for budget, spent in zip(self.task.budgets, moved.tolist(), strict=True):
            room = CLOSE * max(1.0, budget.at_most)
            total += max(0.0, spent - budget.at_most - room) / max(float(budget.amount.sum()) / self.task.k, 1e-300)
        return total

    def gains(self, units: Ints, to: Ints) -> Floats:
        """Return how much value each move of a unit to a territory would take off; negative: add."""
        here, amount = self.place[units], self.task.amounts[units]
        cost = self.cost[units, to] - self.cost[units, here]
        now = self.strain(self.loads, np.arange(self.task.k))
        then = self.strain(self.loads[here] - amount, here) + self.strain(self.loads[to] + amount, to)
        miss = then - now[here] - now[to]
        bound = self.stay[units] != -2
        step = (to != self.stay[units]).astype(np.int64) - (here != self.stay[units])
        for budget, spent in zip(self.task.budgets, self.moved.tolist(), strict=True):
            after = spent + np.where(bound, budget.amount[units] * step, 0.0) - budget.at_most
            scale = max(float(budget.amount.sum()) / self.task.k, 1e-300)
            miss += (np.maximum(after, 0.0) - max(spent - budget.at_most, 0.0)) / scale
        gain: Floats = -(cost + self.weight * miss)
        return np.where(np.isfinite(gain), gain, -np.inf)

    def gain_of(self, units: Ints, to: int) -> float:
        """Return how much value moving units of one territory together would take off."""
        here = int(self.place[units[0]])
        amount = self.task.amounts[units].sum(axis=0)
        both = np.array([here, to])
        loads = self.loads[both] + np.array([[-1.0], [1.0]]) * amount
        miss = float((self.strain(loads, both) - self.strain(self.loads[both], both)).sum())
        counts = units[self.stay[units] != -2]
        step = (to != self.stay[counts]).astype(np.int64) - (here != self.stay[counts])
        change = np.array([float((b.amount[counts] * step).sum()) for b in self.task.budgets])
        miss += self.over(self.moved + change) - self.over(self.moved)
        gain = float((self.cost[units, here] - self.cost[units, to]).sum()) - self.weight * miss
        return gain if np.isfinite(gain) else -np.inf

    def move(self, unit: int, to: int) -> None:
        """Move one unit."""
        here = int(self.place[unit])
        amount = self.task.amounts[unit]
        self.loads[here] -= amount
        self.loads[to] += amount
        self.size[here] -= 1
        self.size[to] += 1
        if self.stay[unit] != -2:
            step = int(to != self.stay[unit]) - int(here != self.stay[unit])
            self.moved += [step * float(b.amount[unit]) for b in self.task.budgets]
        self.place[unit] = to

    def assign(self, place: Ints) -> None:
        """Move any number of units."""
        self.place = place.copy()
        self._count()

    def steps(self, per_unit: int = 6) -> tuple[Ints, Ints]:
        """Return the moves worth a look: units with the territories of neighbours; without links, with near ones."""
        task = self.task
        if task.links is None:
            near = nearest(self.cost, per_unit)
            units = np.repeat(np.arange(task.n), near.shape[1])
            to = near.ravel()
            keep = to != self.place[units]
        else:
            a, b = task.links.T
            units, to = np.concatenate([a, b]), np.concatenate([self.place[b], self.place[a]])
            key = np.unique((units * task.k + to)[to != self.place[units]])
            units, to = np.divmod(key, task.k)
            keep = np.ones(len(units), dtype=bool)
        keep &= ~self.fixed[units] & (self.size[self.place[units]] > 1)
        return units[keep], to[keep]

    def touching(self) -> Ints:
        """Return the pairs of territories that border on each other, (pairs, 2); without links: that share units."""
        task = self.task
        if task.links is not None:
            a, b = self.place[task.links.T]
        else:
            near = nearest(self.cost, 2)
            a, b = self.place, np.where(near[:, 0] == self.place, near[:, -1], near[:, 0])
        low, high = np.minimum(a, b), np.maximum(a, b)
        key = np.unique((low * task.k + high)[low != high])
        return np.stack(np.divmod(key, task.k), axis=1)

    def scattered(self) -> Ints:
        """Return the units that are cut off from the main piece of their territory: the centre's, or the largest."""
        if self.task.links is None:
            return np.zeros(0, dtype=np.int64)
        piece = pieces_of_units(self.task, self.place)
        if self.task.own is not None:
            main = piece[self.task.own[self.seat]]
        else:
            count = np.bincount(piece)
            territory = np.zeros(len(count), dtype=np.int64)
            territory[piece] = self.place
            order = np.lexsort((np.arange(len(count)), count))
            main = np.full(self.task.k, -1, dtype=np.int64)
            main[territory[order]] = order
        return np.flatnonzero(piece != main[self.place])

    def reseat(self, territories: Ints, seats: Ints) -> None:
        """Give territories other seats, which have to be among their own units."""
        self.seat[territories] = seats
        self.cost[:, territories] = self.terrain.columns(seats) + self.tolled(self.tolls, territories)
        self._count()

    def recentre(self, territories: Ints | None = None) -> bool:
        """Move each centre, or those of some territories, to the best candidate there; tell whether any moved."""
        task = self.task
        if task.k == task.candidates:
            return False
        moved, seats = [], []
        used = np.zeros(task.candidates, dtype=bool)
        used[self.seat] = True
        order = np.argsort(self.place, kind="stable")
        ends = np.cumsum(self.size)
        kept = np.bincount(self.stay[self.stay == self.place], minlength=task.k) if task.budgets else None
        for t in range(task.k) if territories is None else territories.tolist():
            if kept is not None and kept[t]:
                continue  # a new centre would count as a change for all who are there today
            best = self._best_seat(t, order[ends[t] - self.size[t] : ends[t]], used)
            if best != self.seat[t]:
                used[self.seat[t]], used[best] = False, True
                moved.append(t)
                seats.append(best)
        if moved:
            self.reseat(np.array(moved), np.array(seats))
        return bool(moved)

    def _best_seat(self, t: int, units: Ints, used: Bools) -> int:
        here = int(self.seat[t])
        found = self.terrain.standing(units)
        found = found[~used[found] | (found == here)]
        load, terrain = self.loads[t], self.terrain
        miss = np.maximum(np.maximum(terrain.lower[found] - load, load - terrain.upper[found]), 0.0) / terrain.scale
        found = found[miss.sum(axis=1) <= miss.sum(axis=1)[found == here][0]]
        if len(found) > SHORT and len(units) > LARGE:
            some = units[:: len(units) // SHORT]
            rough = self.task.cost_of(some[:, None], found).sum(axis=0)
            found = np.union1d(found[np.argsort(rough, kind="stable")[:SHORT]], [here])
        cost = self.task.cost_of(units[:, None], found).sum(axis=0)
        best = int(found[cost.argmin()])
        return best if cost.min() < cost[found == here][0] - 1e-9 * abs(cost.min()) else here


def nearest(cost: Floats, count: int) -> Ints:
    """Return the cheapest columns of each row, (rows, count), cheapest first."""
    count = min(count, cost.shape[1])
    some = np.argpartition(cost, count - 1, axis=1)[:, :count] if count < cost.shape[1] else None
    if some is None:
        return np.argsort(cost, axis=1, kind="stable")
    order = np.argsort(np.take_along_axis(cost, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)
