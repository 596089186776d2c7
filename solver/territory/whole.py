"""Whole territories: every territory that a better plan can have is gathered, and the map is covered by them.

Column generation (Mehrotra, Johnson & Nemhauser 1998) with prices held near the best ones (du Merle et al. 1999;
Wentges 1997) gives prices of units and a bound. All territories whose net cost stays within half a window above it are
gathered (Baldacci, Christofides & Mingozzi 2008): only one territory of a plan can cost more, and it is what the others
leave over (cover.py). A plan within the window is the best one; without one the window grows. Strong where territories
have few units or bands are tight; where too many territories come, it says what it proved and stops.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from solver.limits import Watch
from solver.linear import LinearModel, PairList
from solver.methods.backend import run
from solver.pairs import Bools, Floats, Ints
from solver.territory.cover import Columns, Worth, cover
from solver.territory.gathering import Gathered, Priced, gather, parts_fit, widest
from solver.territory.holding import Holding
from solver.territory.lagrangian import Prices, priced
from solver.territory.problem import Territories

STEPS, STALLED = 80, 12
"""Steps towards good prices, at most, and how many in a row may bring nothing while territories are too many."""
MOST_COLUMNS, COLUMNS_EACH, TRIES = 3000, 10, 3
"""Territories of one candidate looked at and kept in a step; how often fewer are asked for when they are too many."""
PRICING_STATES = 200_000
"""Rows spent on the territories of one candidate in a step."""
WINDOW_STATES, FEW_STATES = 150_000_000, 20_000_000
"""Rows spent on windows in all; and where the prices already found too many territories."""
SMOOTH = 0.6
"""How much of the best prices so far is kept in the next, while that brings new territories."""
CLOSE_ENOUGH, SURE = 1e-4, 1e-6
"""Part by which the bound may stay behind what prices can prove; units missed or covered twice that count as none."""
NARROW, WIDER, CAREFUL, EASY = 0.0025, 2.0, 1.4, 300_000
"""The first window, as a part of the bound; how much wider the next, and once that takes more than so many rows."""
NEARLY = 1.5
"""So many times a window reach for the cost of a plan at once."""
HAIR = 1e-9
"""What floating point may get wrong in sums of costs, as a part of them."""


@dataclass(frozen=True)
class Sharp:
    """Prices for whole territories, and what no territory of a candidate costs less than at them, (candidates,)."""

    prices: Prices
    least: Floats


@dataclass(frozen=True)
class Whole:
    """What came of it: the plan if one was found, the bound, whether it is all proved, and the prices."""

    centre: Ints | None
    bound: float
    proved: bool
    sharp: Sharp


def whole(task: Territories, held: Holding, start: Prices, watch: Watch, best: float) -> Whole:
    """Look for the best plan territory by territory.

    Parameters
    ----------
    held : Holding
    start : Prices
        Prices to begin with.
    best : float
        The cost of a plan, if one is known; only better ones are looked for.
    """
    finder = _Finder(task, held, watch)
    sharp = finder.climb(start)
    return Whole(*finder.widen(sharp.prices, sharp.least, best), sharp)


class _Finder:
    def __init__(self, task: Territories, held: Holding, watch: Watch) -> None:
        self.task, self.held, self.watch = task, held, watch
        self.allowed = held.allowed
        self.lower, self.upper = widest(task)
        total = task.amounts.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            fewest = np.where(self.upper > 0, total / self.upper, 0.0).max(initial=0.0)
            most = np.where(self.lower > 0, total / self.lower, np.inf).min(initial=np.inf)
        self.crowded = False
        """Whether there were too many territories to find the best prices."""
        self.implied = fewest > task.k - 1 + 1e-6 and most < task.k + 1 - 1e-6
        """Whether the bounds alone say that there are k territories: then they need no price for it."""
        nothing = np.zeros(0)
        self.known = Columns(np.zeros((0, task.n), dtype=bool), np.zeros(0, dtype=np.int64), nothing)

    def climb(self, start: Prices) -> Sharp:
        """Find good prices; return them, and no more than the net cost of each candidate's best territory at them."""
        task, watch = self.task, self.watch
        start = self._level(start)
        top, least = start, start.value
        now, limits = start, np.full(task.candidates, np.sort(start.value)[task.k - 1] + 0.002 * abs(start.bound))
        room = 0.1 * float(np.abs(start.unit).mean())
        stalled, blend = 0, 0.0
        for _ in range(STEPS):
            if watch.stop() or not np.isfinite(now.bound):
                break
            found, complete, new = self._price(now, limits)
            value = float(now.unit.sum() + np.sort(found)[: task.k].sum())
            stalled = 0 if complete or value > top.bound else stalled + 1
            if value > top.bound:
                top, least = Prices(now.unit, now.load, now.value, value), found
            watch.tell("territories", None, top.bound)
            settled = not new and blend == 0.0  # the prices of the mix itself bring nothing new
            unit, limits, objective, slack = self._master(top.unit, room)
            sure = slack < SURE
            if stalled >= STALLED:
                self.crowded = True
                break
            if sure and (settled or objective - top.bound <= CLOSE_ENOUGH * abs(objective)):
                break
            if settled:
                room *= 2
            blend = SMOOTH if new else 0.0
            now = priced(task, self.allowed, blend * top.unit + (1.0 - blend) * unit, now.load)
        return Sharp(top, least)

    def _level(self, start: Prices) -> Prices:
        """Let the units pay all, by their amounts: territories then cost nothing net, and need no price."""
        task = self.task
        if not self.implied or not np.isfinite(start.bound):
            return start
        best = np.sort(start.value)[: task.k].sum()
        metric = int(np.argmin(self.upper / np.maximum(self.lower, 1e-300)))
        amount = task.amounts[:, metric]
        return priced(task, self.allowed, start.unit + best * amount / amount.sum(), start.load)

    def _price(self, prices: Prices, limits: Floats) -> tuple[Floats, bool, int]:
        """Gather territories of little net cost; return what each candidate's cost at least, if all, how many new."""
        before = len(self.known.cost)
        found = prices.value.copy()
        complete = True
        for j in np.flatnonzero(prices.value <= limits).tolist():
            limit = float(limits[j])
            for _ in range(TRIES):
                got = self._gather(prices, j, limit, PRICING_STATES, MOST_COLUMNS)
                some = np.argsort(got.value, kind="stable")[:COLUMNS_EACH]
                self._keep(got.members[some], j)
                if got.complete:
                    found[j] = min(limit, float(got.value.min(initial=np.inf)))
                    break
                complete = False  # too many: at least the cheapest are looked for
                limit = float(prices.value[j]) + 0.5 * (limit - float(prices.value[j]))
        return found, complete, len(self.known.cost) - before

    def _keep(self, members: Bools, j: int) -> None:
        if len(members):
            cost = members.astype(np.float64) @ np.where(self.allowed[:, j], self.task.matrix[:, j], 0.0)
            self.known = _merged(self.known, members, np.full(len(members), j), cost)

    def _gather(self, prices: Prices, j: int, limit: float, states: int, most: int | None) -> Gathered:
        """Return the territories of a candidate of at most so much net cost."""
        task = self.task
        allowed = self.allowed[:, j]
        net = np.where(allowed, task.matrix[:, j], 0.0) - prices.unit
        weight = net - task.amounts @ prices.load[j]
        sized = Priced(net, weight, float(prices.value[j]), limit)
        bounds = task.lower[j], task.upper[j]
        roots = np.flatnonzero(allowed).tolist() if task.own is None else [int(task.own[j])]
        members, values, used, complete = [np.zeros((0, task.n), dtype=bool)], [np.zeros(0)], 0, True
        left = allowed.copy()
        for root in roots:
            if task.own is None:  # the sets with this root are those without the roots before it
                gone = allowed & ~left
                base = float(prices.value[j] + np.maximum(-weight[gone], 0.0).sum() + max(weight[root], 0.0))
                sized = Priced(net, weight, base, limit)
            got = gather(
                self.held.ground,
                root,
                left,
                *bounds,
                self.watch,
                priced=sized,
                most_states=states - used,
                most_sets=most,
            )
            used += got.states
            complete &= got.complete
            fits = parts_fit(self.held.ground.near, got.members, task.amounts, task.k - 1, self.lower, self.upper)
            members.append(got.members[fits])
            values.append(got.value[fits])
            left[root] = False
            if not complete:
                break
        return Gathered(np.concatenate(members), np.concatenate(values), used, complete)

    def _master(self, centre: Floats, room: float) -> tuple[Floats, Floats, float, float]:
        """Return prices from the best mix of known territories, each candidate's limit, the cost, and what is amiss.

        Units may be missed, or covered twice, for a little more than their best prices so far.
        """
        task, known = self.task, self.known
        n, count = task.n, len(known.cost)
        rows = [sparse.csr_matrix(known.members.T.astype(np.float64))]
        low, high = [np.ones(n)], [np.ones(n)]
        if not self.implied:
            rows.append(sparse.csr_matrix(np.ones((1, count))))
            low.append(np.array([float(task.k)]))
            high.append(np.array([float(task.k)]))
        if task.own is None:
            entries = (np.ones(count), (known.candidate, np.arange(count)))
            rows.append(sparse.csr_matrix(entries, shape=(task.candidates, count)))
            low.append(np.full(task.candidates, -np.inf))
            high.append(np.ones(task.candidates))
        body = sparse.vstack(rows)
        extra = 0 if self.implied else 1
        swing = sparse.vstack([sparse.eye(n), sparse.csr_matrix((body.shape[0] - n, n))])
        rest = sparse.csr_matrix(
            (np.ones(extra), (np.full(extra, n), np.zeros(extra, dtype=int))), shape=(body.shape[0], 1)
        )
        matrix = sparse.csr_matrix(sparse.hstack([body, swing, -swing, rest]))
        cost = np.concatenate([known.cost, centre + room, room - centre, [float(np.abs(centre).sum()) + 1.0]])
        nothing = np.zeros(0, dtype=np.int64)
        model = LinearModel(
            PairList(nothing, nothing, np.zeros(0)),
            -cost,
            np.zeros(len(cost)),
            np.concatenate([np.ones(count), np.full(len(cost) - count, np.inf)]),
            np.zeros(len(cost), dtype=bool),
            matrix,
            np.concatenate(low),
            np.concatenate(high),
            0.0,
        )
        answer = run(model, "GLOP", np.inf)
        if answer.status != "optimal":
            return centre, np.full(task.candidates, -np.inf), np.inf, np.inf
        duals = -answer.duals
        limits = np.full(task.candidates, 0.0 if self.implied else float(duals[n]))
        if task.own is None:
            limits = limits + duals[-task.candidates :]
        return duals[:n], limits, -answer.objective, float(answer.values[count:].sum())

    def widen(self, prices: Prices, least: Floats, best: float) -> tuple[Ints | None, float, bool]:
        """Gather territories within a window above the bound, cover the map, and widen it until that is done."""
        task, centre = self.task, None
        faster = WIDER
        worth = Worth(prices.unit, prices.weights(task, self.allowed), prices.value, least)
        bound, width, spent, before = prices.bound, NARROW * max(abs(prices.bound), 1e-9), 0, 0
        most, given = FEW_STATES if self.crowded else WINDOW_STATES, best
        while np.isfinite(bound):
            limit = best if best <= prices.bound + NEARLY * width else prices.bound + width
            hair = HAIR * max(1.0, abs(limit), float(np.abs(prices.unit).sum()))
            found = self._window(prices, least, limit + hair, most - spent)
            if found is None:
                return centre, bound, False
            columns, states, everything = found
            spent += states
            done = cover(task, self.held.ground, self.allowed, columns, worth, limit + hair, self.watch)
            if not done.complete:
                return centre, bound, False
            if done.centre is not None and done.cost <= best:
                centre, best = done.centre, done.cost
                if best <= limit + hair:
                    return centre, min(best, limit), True
            bound = np.inf if everything else limit
            self.watch.tell("territories", None if centre is None else best, min(bound, best))
            if bound >= best:
                return centre, best, True
            # Twice as wide takes many times as long, once that is what takes the time.
            ratio = states / max(before, 1)
            # As many times more as at the last step: so many rows would reach the plan that was given.
            if self.crowded and before > 0 and states > EASY and np.isfinite(given):
                steps = np.log((given - prices.bound) / width) / np.log(faster)
                if states * ratio**steps > most - spent:
                    return centre, bound, False
            before = states
            faster = WIDER if states < EASY or ratio < 4 else CAREFUL
            width = np.inf if width > 4 * abs(prices.bound) + 1.0 else width * faster
        return None, np.inf, True

    def _window(self, prices: Prices, least: Floats, limit: float, states: int) -> tuple[Columns, int, bool] | None:
        """Return all but the dearest territory of all plans within a limit, and whether these are all there are.

        A territory that is not the dearest leaves as much again to the dearest.
        """
        task = self.task
        ordered = np.sort(least)
        chosen = float(ordered[: task.k].sum())
        room = limit - float(prices.unit.sum())
        half = 0.5 * (room - float(ordered[: max(task.k - 2, 0)].sum()))
        used, everything = 0, np.isinf(limit)
        gathered = []
        for j in np.flatnonzero(np.isfinite(least)).tolist():
            others = chosen - min(float(least[j]), float(ordered[task.k - 1]))
            mine = min(room - others, half)
            if task.k == 1 or prices.value[j] > mine:
                continue
            got = self._gather(prices, j, mine, states - used, None)
            if not got.complete:
                return None
            used += got.states
            cost = got.members.astype(np.float64) @ np.where(self.allowed[:, j], task.matrix[:, j], 0.0)
            gathered.append((got.members, np.full(len(cost), j), cost))
        if not gathered:
            empty = Columns(np.zeros((0, task.n), dtype=bool), np.zeros(0, dtype=np.int64), np.zeros(0))
            return empty, used, everything
        columns = Columns(*(np.concatenate(part) for part in zip(*gathered, strict=True)))
        return (_cheapest(columns) if task.own is not None else columns), used, everything


def _merged(known: Columns, members: Bools, candidate: Ints, cost: Floats) -> Columns:
    """Return territories with others, without doubles; of the same units and candidate one is enough."""
    members = np.concatenate([known.members, members])
    candidate = np.concatenate([known.candidate, candidate])
    cost = np.concatenate([known.cost, cost])
    key = np.concatenate([np.packbits(members, axis=1), candidate.astype(">u4")[:, None].view(np.uint8)], axis=1)
    fresh = np.sort(np.unique(key, axis=0, return_index=True)[1])
    return Columns(members[fresh], candidate[fresh], cost[fresh])


def _cheapest(columns: Columns) -> Columns:
    """Keep, of territories with the same units, the cheapest: each has its centre in it, so no other can want it."""
    order = np.argsort(columns.cost, kind="stable")
    fresh = order[np.unique(np.packbits(columns.members[order], axis=1), axis=0, return_index=True)[1]]
    return Columns(columns.members[fresh], columns.candidate[fresh], columns.cost[fresh])
