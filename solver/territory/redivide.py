"""Re-division of a few neighbouring territories by a mixed-integer model.

    minimise    sum of cost[i, t] x[i, t] + penalty x what bounds are missed by
    subject to  each unit in one territory, the loads within their bounds, the budgets kept
                x[a, t] + x[b, t] <= 1 + sum over s in S of x[s, t]     where S separates a from b

The separators are added until all is connected (Oehrlein & Haunert 2017). With the seats as they are, territories are
kept in one piece at once instead: each unit has a neighbour in its territory that is nearer to the centre on ways
through it (Zoltners & Sinha 1983), which leaves out some divisions but never today's.

The seats stay, or are chosen anew among candidates (Stefanello, de Araujo & Mueller 2015 re-divide so).
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from solver.linear import LinearModel, PairList
from solver.methods.backend import branch
from solver.pairs import Bools, Floats, Ints
from solver.territory.division import Division

DETOUR = 1_000
"""Steps that one outside a territory of today counts as, where the ways from its centre are measured."""
FAR = 10**12
NOTHING = np.zeros(0, dtype=np.int64)
ROUNDS = 12
"""Most times that a model is solved again because a territory was in pieces."""
GAP = 1e-5
"""Relative distance from the bound at which a model counts as solved."""
NEAREST = 12
"""Of seats to choose from, a unit may go to so many, the cheapest, and to its own of today."""
WHOLE = 1e6
"""Amounts that are not whole numbers become whole ones of so much in all."""
NONE = PairList(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))


@dataclass(frozen=True)
class Redivided:
    """Where units go, (units,), as positions of the seats, None if nothing was found; and the seats, as candidates."""

    place: Ints | None
    seats: Ints
    bound: float = -np.inf
    proved: bool = False


class Region:
    """The units of some territories, and a model of their division.

    Parameters
    ----------
    territories : (count,) array of int
    seats : (seats,) array of int, optional
        Candidates to choose `count` new seats from; without, the seats stay.
    zone : (units,) array of bool, optional
        Units that may change territory; without it, all may.
    whole : bool
        Whether nothing is left out that could be part of the best division: for bounds.
    """

    def __init__(
        self,
        division: Division,
        territories: Ints,
        seats: Ints | None = None,
        *,
        zone: Bools | None = None,
        whole: bool = False,
    ) -> None:
        self.division, self.territories = division, territories
        self.free, self.whole = seats is not None, whole
        self.seats = division.seat[territories] if seats is None else seats
        task, terrain = division.task, division.terrain
        self.units = np.flatnonzero(np.isin(division.place, territories))
        self.local = np.full(task.n, -1, dtype=np.int64)
        self.local[self.units] = np.arange(len(self.units))
        self.cost = (
            division.cost[np.ix_(self.units, territories)] if seats is None else terrain.columns(seats)[self.units]
        )
        self.allowed = np.isfinite(self.cost)
        if self.free and not whole and len(self.seats) > NEAREST:
            limit = np.partition(self.cost, NEAREST - 1, axis=1)[:, NEAREST - 1 : NEAREST]
            today = self.seats == division.centre[self.units][:, None]
            self.allowed &= (self.cost <= limit) | today
        if zone is not None:
            today = territories == division.place[self.units][:, None]
            self.allowed &= zone[self.units][:, None] | today
        if task.own is not None:
            self.root = self.local[task.own[self.seats]]
            if not self.free:  # the unit at a seat is in its territory
                self.allowed[self.root] = np.arange(len(self.seats)) == np.arange(len(self.seats))[:, None]
        self.rooted = task.links is not None and task.own is not None and not self.free and not whole
        self.nearer = [self._nearer(t) for t in range(len(self.seats))] if self.rooted else []
        self.lower, self.upper = terrain.lower[self.seats], terrain.upper[self.seats]
        self.sense = -1.0 if whole else 1.0
        self.missing = float(division.missed(division.loads[territories], territories).sum()) + division.over(
            division.moved
        )

    def _nearer(self, t: int) -> dict[int, list[int]]:
        """Return, for each unit that a territory can reach, the neighbours on ways from its centre: it needs one.

        Ways through what t is today come first, so that today's territory is never ruled out.
        """
        near = self.division.terrain.neighbours
        today = self.division.place[self.units] == self.territories[t]
        root = int(self.root[t])
        way, queue = {root: 0}, [(0, root)]
        while queue:
            far, u = heapq.heappop(queue)
            if far > way[u]:
                continue
            for neighbour in near[self.units[u]]:
                v = int(self.local[neighbour])
                if v < 0 or not self.allowed[v, t]:
                    continue
                step = far + (1 if today[u] and today[v] else DETOUR)
                if step < way.get(v, FAR):
                    way[v] = step
                    heapq.heappush(queue, (step, v))
        lost = [u for u in np.flatnonzero(self.allowed[:, t]).tolist() if u not in way]
        self.allowed[lost, t] = False
        found = {}
        for u, far in way.items():
            if u != root:
                inside = (int(self.local[v]) for v in near[self.units[u]])
                found[u] = [v for v in inside if v in way and way[v] < far]
        return found

    def solve(self, seconds: float, nodes: int | None, gap: float = GAP, rounds: int = ROUNDS) -> Redivided:
        """Return the best connected division found in some seconds, with so many nodes each time a model is solved."""
        end = time.monotonic() + seconds
        self._build()
        cuts: list[tuple[Ints, Floats, float]] = []
        bound = -np.inf
        for _ in range(rounds):
            left = end - time.monotonic()
            if left <= 0:
                break
            answer = branch(self._model(cuts), left, nodes=nodes, gap=gap)
            if answer.status == "infeasible":
                return Redivided(None, self.seats, np.inf, True)
            if np.isfinite(answer.bound):
                bound = max(bound, -answer.bound * self.unit_cost)
            if not len(answer.values):
                break
            x = np.zeros(self.allowed.shape, dtype=bool)
            x[self.unit, self.to] = answer.values[: len(self.unit)] > 0.5
            place = x.argmax(axis=1)
            new = self._separators(place)
            if not new:
                return Redivided(place, self.seats, bound, answer.status == "optimal")
            cuts += new
        return Redivided(None, self.seats, bound)

    def _build(self) -> None:
        """Number the variables: pairs of units and seats, then open seats, then misses."""
        task = self.division.task
        self.unit, self.to = np.nonzero(self.allowed)
        self.index = np.full(self.allowed.shape, -1, dtype=np.int64)
        self.index[self.unit, self.to] = np.arange(len(self.unit))
        amounts = task.amounts[self.units]
        self.unit_cost = max(float(np.abs(self.cost[self.allowed]).mean()), 1e-12)
        self.amount, self.low, self.high, self.unit_of = _whole(amounts, self.lower, self.upper, self.sense)
        self.opened = len(self.unit) + np.arange(len(self.seats) if self.free else 0)

    def _model(self, cuts: list[tuple[Ints, Floats, float]]) -> LinearModel:
        division, task = self.division, self.division.task
        pairs, n, k = len(self.unit), len(self.units), len(self.seats)
        metrics = self.amount.shape[1]
        slack = self.missing > 0 and not self.whole
        misses = 2 * k * metrics if slack else 0
        variables = pairs + len(self.opened) + misses
        unit = self.unit_cost
        cost = np.zeros(variables)
        cost[:pairs] = self.cost[self.unit, self.to] / unit
        top = np.ones(variables)
        rows: list[sparse.csr_matrix] = []
        low: list[Floats] = []
        high: list[Floats] = []

        def add(row: Ints, column: Ints, data: Floats, least: Floats, most: Floats) -> None:
            rows.append(sparse.csr_matrix((data, (row, column)), shape=(len(least), variables)))
            low.append(least)
            high.append(most)

        everyone = np.arange(pairs)
        add(self.unit, everyone, np.ones(pairs), np.ones(n), np.ones(n))
        for m in range(metrics):
            bounded = np.isfinite(self.low[:, m]) | np.isfinite(self.high[:, m])
            if not bounded.any():
                continue
            row, column, data = self.to, everyone, self.amount[self.unit, m]
            below, above = self.low[:, m], self.high[:, m]
            if slack:
                first = pairs + len(self.opened) + 2 * k * m
                row = np.concatenate([row, np.arange(k), np.arange(k)])
                column = np.concatenate([column, first + np.arange(2 * k)])
                data = np.concatenate([data, np.ones(k), -np.ones(k)])
                miss = slice(first, first + 2 * k)
                cost[miss] = division.weight / (division.terrain.scale[m] * self.unit_of[m]) / unit
                top[miss] = np.rint(float(self.amount[:, m].sum()))
            if not self.free:
                add(row, column, data, below, above)
                continue
            for bound, infinite in ((above, np.inf), (below, -np.inf)):
                limit = np.where(np.isfinite(bound), bound, 0.0 if infinite < 0 else float(self.amount[:, m].sum()))
                both = (np.concatenate([row, np.arange(k)]), np.concatenate([column, self.opened]))
                least = np.full(k, -np.inf) if infinite > 0 else np.zeros(k)
                most = np.zeros(k) if infinite > 0 else np.full(k, np.inf)
                add(*both, np.concatenate([data, -limit]), least, most)
        if self.free:
            count = np.array([float(len(self.territories))])
            add(np.zeros(k, dtype=np.int64), self.opened, np.ones(k), count, count)
            both = np.concatenate([everyone, everyone]), np.concatenate([everyone, self.opened[self.to]])
            add(*both, np.concatenate([np.ones(pairs), -np.ones(pairs)]), np.full(pairs, -np.inf), np.zeros(pairs))
            if task.own is not None:
                mine = self.index[self.root, np.arange(k)]
                both = np.tile(np.arange(k), 2), np.concatenate([mine, self.opened])
                add(*both, np.concatenate([np.ones(k), -np.ones(k)]), np.zeros(k), np.full(k, np.inf))
        for b, budget in enumerate(task.budgets):
            changed = self._changes()
            spent = budget.amount[self.units[self.unit]] * changed
            outside = float(division.moved[b]) - self._spent_here(budget.amount)
            room = (budget.at_most if self.whole else max(budget.at_most, float(division.moved[b]))) - outside
            scaled, _, most, _ = _whole(spent[:, None], np.full((1, 1), -np.inf), np.full((1, 1), room), self.sense)
            add(np.zeros(pairs, dtype=np.int64), everyone, scaled[:, 0], np.array([-np.inf]), most[:, 0])
        for t, nearer in enumerate(self.nearer):
            row = np.concatenate([np.full(1 + len(v), r) for r, v in enumerate(nearer.values())] or [NOTHING])
            column = self.index[np.array([u for key, v in nearer.items() for u in (key, *v)], dtype=np.int64), t]
            data = np.array([s for v in nearer.values() for s in (1.0, *([-1.0] * len(v)))])
            add(row, column, data, np.full(len(nearer), -np.inf), np.zeros(len(nearer)))
        for row_of, data_of, limit_of in cuts:
            add(np.zeros(len(row_of), dtype=np.int64), row_of, data_of, np.array([-np.inf]), np.array([limit_of]))
        matrix = sparse.csr_matrix(sparse.vstack(rows))
        matrix.eliminate_zeros()
        zero, whole = np.zeros(variables), np.ones(variables, dtype=bool)
        return LinearModel(NONE, -cost, zero, top, whole, matrix, np.concatenate(low), np.concatenate(high), 0.0)

    def _changes(self) -> Bools:
        """Tell of each pair whether it counts as a change."""
        before = self.division.task.before
        assert before is not None
        today = before[self.units[self.unit]]
        found: Bools = (today >= 0) & (today != self.seats[self.to])
        return found

    def _spent_here(self, amount: Floats) -> float:
        left = (self.division.stay != -2) & (self.division.place != self.division.stay)
        return float(amount[self.units][left[self.units]].sum())

    def _separators(self, place: Ints) -> list[tuple[Ints, Floats, float]]:
        """Return an inequality, as (variables, coefficients, limit), for each unit of each piece that is cut off."""
        task = self.division.task
        if task.links is None:
            return []
        near = self.division.terrain.neighbours
        local = self.local
        found = []
        for t in np.unique(place).tolist():
            mine = np.flatnonzero(place == t).tolist()
            inside = set(mine)
            pieces = []
            while inside:
                piece = _reached(near, local, self.units, inside.pop(), inside)
                pieces.append(piece)
            if len(pieces) == 1:
                continue
            root = int(self.root[t]) if task.own is not None else max(pieces, key=len)[0]
            for piece in pieces:
                if root in piece:
                    continue
                cut = set(piece)
                border = {int(local[v]) for u in piece for v in near[self.units[u]]} - cut - {-1}
                border = {u for u in border if self.allowed[u, t]}
                rest = set(np.flatnonzero(self.allowed[:, t]).tolist()) - cut - border - {root}
                side = set(_reached(near, local, self.units, root, rest))
                separator = [u for u in border if any(int(local[v]) in side for v in near[self.units[u]])]
                others = self.index[sorted(separator), t]
                rooted = task.own is not None and not self.free
                for u in sorted(piece)[:20]:
                    columns = [self.index[u, t]] if rooted else [self.index[u, t], self.index[root, t]]
                    if task.own is not None and self.free:
                        columns = [self.index[u, t]]
                    data = np.concatenate([np.ones(len(columns)), -np.ones(len(others))])
                    found.append((np.concatenate([columns, others]), data, float(len(columns) - 1)))
        return found


def _reached(near: list[list[int]], local: Ints, units: Ints, start: int, inside: set[int]) -> list[int]:
    """Return what is reached from a unit within a set, and take it out of the set."""
    queue = [start]
    for u in queue:
        for v in near[units[u]]:
            other = int(local[v])
            if other in inside:
                inside.discard(other)
                queue.append(other)
    return queue


def _whole(amounts: Floats, lower: Floats, upper: Floats, sense: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Return amounts and bounds in whole numbers, and the scales used.

    They allow nothing which the true ones forbid; with `sense` -1, they forbid nothing which the true ones allow.
    """
    scale = np.ones(amounts.shape[1])
    room = np.zeros(amounts.shape[1])
    for m, column in enumerate(amounts.T):
        if (column != np.rint(column)).any():
            scale[m] = WHOLE / max(float(column.sum()), 1e-300)
            room[m] = sense * (0.5 * len(column) + 1)
    low = np.where(np.isfinite(lower), np.ceil(lower * scale + room), -np.inf)
    high = np.where(np.isfinite(upper), np.floor(upper * scale - room), np.inf)
    return np.rint(amounts * scale), low, high, scale
