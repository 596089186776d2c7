"""Trades: a few reps at a time decide anew who of them has which of their nearly tied leads.

A plan is behind the bound of its prices by parts that can be told rep by rep: what each lead loses against its best
rep, room that has a price and stays empty, and what a missed hard row is made to cost. Neighbourhoods are drawn where
that is much: a rep who is far behind, and those with whom it would trade at the smallest loss. Each is a small
mixed-integer programme that holds the plan as it is, so that a plan only gets better; several are solved at once, each
in a thread of its own, and they grow while the engine decides them easily. What one costs does not depend on the size
of the problem. (Large neighbourhood search: Shaw 1998.)
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from solver.limits import StoppedBy, Watch, gap_between
from solver.linear import LinearModel, PairList
from solver.methods.backend import Answer, branch
from solver.pairs import Floats, Ints
from solver.prices import Held, Priced, Sides
from solver.problem import Problem

NODES = 30
"""Branch-and-bound nodes of a neighbourhood: a limit by work, so that runs repeat."""
SECONDS = 15.0
"""No neighbourhood takes longer, whatever its nodes."""
PAIRS, MOST_PAIRS = 250, 800
"""Pairs of a neighbourhood at first, and at most."""
EASY, HARD = 1.2, 0.85
"""Factors by which neighbourhoods grow when they are decided, and shrink when the limit ends them without a gain."""
PER_ITEM = 3
"""Pairs per item in a neighbourhood, about."""
NOISE = 0.3
"""Part of the typical loss by which the order of pairs is blurred, so that neighbourhoods differ."""
ROOM = 4e-7
"""A side may be passed by this part of its bound: less than what the judge allows, and more than engines can tell."""
DEAR = 20.0
"""A unit beyond a hard bound costs so much more than it is worth."""
PATIENCE = 60
"""So many neighbourhoods in a row without a gain end the search."""


@dataclass(frozen=True)
class Neighbourhood:
    """Pairs that are free to change, and the reps whose leads they are."""

    pairs: Ints
    reps: Ints


class Trades:
    """A whole plan that gets better.

    Parameters
    ----------
    held : Held
        The pairs that may be chosen; those of the plan are among them.
    place : (items,) array of int
        The plan to begin with, -1 for none. It may miss hard rows.
    """

    def __init__(self, problem: Problem, sides: Sides, held: Held, priced: Priced, place: Ints, watch: Watch) -> None:
        self.problem, self.sides, self.held, self.watch, self.bound = problem, sides, held, watch, priced.bound
        self.rng = np.random.Generator(np.random.PCG64(watch.limits.seed))
        self.place = place.copy()
        self.current = np.zeros(len(held.item), dtype=bool)
        self.current[held.rep == place[held.item]] = True
        prices = sides.of(priced.prices)
        net = held.score - held.amounts @ sides.costs(prices)
        top = np.where(problem.required_items, -np.inf, 0.0)
        np.maximum.at(top, held.item, net)
        self.loss = top[held.item] - net
        self.side_price = prices
        self.hard = np.isinf(sides.tops)
        worth = float(np.abs(held.score).mean()) if len(held.score) else 1.0
        self.rate = np.where(self.hard, DEAR * (worth / sides.amount + prices), sides.tops)
        self.least = sides.amount  # a hard row that is missed by next to nothing costs as much as by a whole lead
        self.room = ROOM * np.maximum(np.abs(sides.bounds), 1.0)
        loads = np.asarray(held.amounts[np.flatnonzero(self.current)].sum(axis=0)).ravel()
        self.activity = np.asarray(sides.matrix @ loads)
        self.points = problem.offset() + float(held.score[self.current].sum())
        self.by_rep = np.argsort(held.rep, kind="stable")
        self.of_rep = np.searchsorted(held.rep[self.by_rep], np.arange(problem.m + 1))
        self.of_item = np.searchsorted(held.item, np.arange(problem.n_items + 1))
        self.part_of = _parts_of_reps(sides, problem)
        self.size = float(PAIRS)
        self.work = 0.0

    @property
    def objective(self) -> float:
        """Points of the plan, less what it misses, hard rows at their dear rate."""
        return self.points - self._penalty(self.activity)

    @property
    def broken(self) -> bool:
        """Whether a hard row is missed."""
        return bool((self._missed(self.activity)[self.hard] > 0).any())

    @property
    def missed_part(self) -> float:
        """The largest part of its bound by which a hard row is missed."""
        missed = self._missed(self.activity)[self.hard] / np.maximum(np.abs(self.sides.bounds[self.hard]), 1.0)
        return float(missed.max(initial=0.0))

    def _penalty(self, activity: Floats) -> float:
        """Return what the missed rows cost, in points."""
        missed = self._missed(activity)
        return float(self.rate @ missed + (self.rate * self.least)[self.hard & (missed > 0)].sum())

    def _missed(self, activity: Floats) -> Floats:
        missed = activity - self.sides.bounds
        return np.where(missed > self.room, missed, 0.0)

    def run(self) -> StoppedBy:
        """Trade until the gap asked for is reached, or there is nothing more to gain; return why it ended."""
        workers, failures = self.watch.limits.workers, 0
        with ThreadPoolExecutor(workers) as threads:
            while True:
                if gap_between(self.objective, self.bound) <= self.watch.limits.gap and not self.broken:
                    return "gap"
                if (reason := self.watch.stop()) is not None:
                    return reason
                limit = self.watch.limits.work
                if failures >= PATIENCE or self.problem.m == 0 or (limit is not None and self.work >= limit):
                    return "work"
                chosen = self._neighbourhoods(workers)
                answers = list(threads.map(self._solve, chosen))
                self.work += 1.0
                gained = [self._take(hood, answer) for hood, answer in zip(chosen, answers, strict=True)]
                failures = 0 if any(gained) else failures + workers
                for answer, good in zip(answers, gained, strict=True):
                    if answer.status in ("optimal", "infeasible") or (self.broken and not good):
                        self.size = min(self.size * EASY, MOST_PAIRS)
                    elif not good:
                        self.size = max(self.size * HARD, PAIRS)
                self.watch.tell("trades", None if self.broken else self.objective, self.bound)

    # -- where to look -------------------------------------------------------------------------------------------

    def _neighbourhoods(self, count: int) -> list[Neighbourhood]:
        """Return neighbourhoods of different reps, as far as there are enough."""
        behind = self._behind()
        found = []
        for turn in range(count):
            reps = self._some_reps(behind)
            behind[reps] = 0.0
            hood = self._around(reps, turn, count)
            if len(hood.pairs):
                found.append(hood)
            if (behind > 0).sum() < 2:
                break
        return found

    def _behind(self) -> Floats:
        """Return by how much each rep's part of the plan is behind the bound, (reps,), above 0."""
        missed = self._missed(self.activity)
        missed = np.where(self.hard & (missed > 0), self.rate * (missed + self.least), 0.0)
        if missed.any():  # first of all a plan that breaks nothing
            behind: Floats = missed @ self.part_of
            return behind + 1e-6 * float(behind.max())
        lost = np.bincount(self.held.rep[self.current], weights=self.loss[self.current], minlength=self.problem.m)
        slack = self.sides.bounds - self.activity
        cost = np.where(slack > 0, self.side_price * slack, self.rate * self._missed(self.activity))
        behind = lost + cost @ self.part_of
        return behind + 0.01 * max(float(behind.mean()), 1e-9)

    def _some_reps(self, behind: Floats) -> Ints:
        """Return a rep that is far behind, and others that it would trade leads with."""
        m, held = self.problem.m, self.held
        first = int(self.rng.choice(m, p=behind / behind.sum()))
        mine = self.by_rep[self.of_rep[first] : self.of_rep[first + 1]]
        items = held.item[mine]
        here = items[self.current[mine]]
        outward = _ranges(self.of_item[here], self.of_item[here + 1])
        scale = max(float(np.median(self.loss[outward])) if len(outward) else 0.0, 1e-12)
        weight = np.bincount(held.rep[outward], weights=np.exp(-self.loss[outward] / scale), minlength=m)
        owner = self.place[items]
        inward = np.flatnonzero((owner >= 0) & (owner != first))
        back = np.bincount(owner[inward], weights=np.exp(-self.loss[mine[inward]] / scale), minlength=m)
        weight = weight / max(weight.sum(), 1e-12) + back / max(back.sum(), 1e-12)
        weight = (weight + 1e-6) * behind
        weight[first] = 0.0
        possible = int((weight > 0).sum())
        if possible == 0:
            return np.array([first])
        size = min(possible, 60)
        order = self.rng.choice(m, size=size, replace=False, p=weight / weight.sum())
        pairs = np.diff(self.of_rep)
        enough = pairs[first] + np.cumsum(pairs[order]) >= self.size * PER_ITEM
        count = int(np.argmax(enough)) + 1 if enough.any() else size
        return np.append(order[: min(max(count, 2), size)], first)

    def _around(self, reps: Ints, turn: int, count: int) -> Neighbourhood:
        """Return the pairs of some reps that lose least, with those of the plan for the same items."""
        inside = np.zeros(self.problem.m + 1, dtype=bool)
        inside[reps] = True
        near = self.by_rep[_ranges(self.of_rep[reps], self.of_rep[reps + 1])]
        item = self.held.item[near]
        owner = self.place[item]
        mine = inside[owner] | ((owner < 0) & (item % count == turn))  # an unassigned lead is in one of them only
        near = near[mine]
        loss = np.where(self.current[near], np.inf, self.loss[near])
        typical = loss[np.isfinite(loss)]
        blur = NOISE * float(np.median(typical)) if len(typical) else 0.0
        order = np.argsort(loss + blur * self.rng.random(len(near)), kind="stable")
        best = near[order[: int(self.size)]]
        best = best[~self.current[best]]
        items = np.unique(self.held.item[best])
        own = near[self.current[near] & np.isin(self.held.item[near], items)]
        return Neighbourhood(np.sort(np.concatenate([best, own])), reps)

    # -- what to do there ----------------------------------------------------------------------------------------

    def _solve(self, hood: Neighbourhood) -> Answer:
        """Decide the free pairs anew, with all else as it is."""
        held, sides, pairs = self.held, self.sides, hood.pairs
        items, which = np.unique(held.item[pairs], return_inverse=True)
        columns = np.arange(len(pairs))
        ones = sparse.csr_matrix((np.ones(len(pairs)), (which, columns)), shape=(len(items), len(pairs)))
        added = sparse.csr_matrix(sides.matrix @ held.amounts[pairs].T)
        now = self.current[pairs]
        rest = self.activity - added @ now.astype(np.float64)
        touched = np.flatnonzero(np.diff(added.indptr))
        missed = self._missed(self.activity)[touched]
        kept = np.where(missed > 0, -np.inf, self.activity[touched])  # a plan within the room stays possible
        high = np.maximum(sides.bounds[touched] + 0.5 * self.room[touched], kept) - rest[touched]
        # Soft rows may be missed by any amount, hard ones by no more than they are now.
        may = np.flatnonzero(~self.hard[touched] | (missed > 0))
        hard = self.hard[touched[may]]
        most = np.where(hard, missed[may], np.inf)
        rate = self.rate[touched[may]]
        rate[hard] *= 1.0 + self.least[touched[may]][hard] / missed[may][hard]
        give = sparse.csr_matrix((-np.ones(len(may)), (may, np.arange(len(may)))), shape=(len(touched), len(may)))
        none = sparse.csr_matrix((len(items), len(may)))
        matrix = sparse.csr_matrix(sparse.vstack([sparse.hstack([ones, none]), sparse.hstack([added[touched], give])]))
        required = np.where(self.problem.required_items[items], 1.0, 0.0)
        model = LinearModel(
            PairList(which, held.rep[pairs], held.score[pairs]),
            np.concatenate([held.score[pairs], -rate]),
            np.zeros(len(pairs) + len(may)),
            np.concatenate([np.ones(len(pairs)), most]),
            np.concatenate([np.ones(len(pairs), dtype=bool), np.zeros(len(may), dtype=bool)]),
            matrix,
            np.concatenate([required, np.full(len(touched), -np.inf)]),
            np.concatenate([np.ones(len(items)), high]),
            0.0,
        )
        return branch(model, min(self.watch.left(), SECONDS), nodes=NODES)

    def _take(self, hood: Neighbourhood, answer: Answer) -> bool:
        """Take what an answer chose, if the plan is better for it."""
        if answer.status not in ("optimal", "feasible"):
            return False
        pairs = hood.pairs
        chosen = answer.values[: len(pairs)] > 0.5
        change = chosen.astype(np.float64) - self.current[pairs]
        moved = np.flatnonzero(change)
        if not len(moved):
            return False
        turn = np.asarray(self.held.amounts[pairs[moved]].T @ change[moved])
        activity = self.activity + np.asarray(self.sides.matrix @ turn)
        points = self.points + float(self.held.score[pairs[moved]] @ change[moved])
        value = points - self._penalty(activity)
        if value <= self.objective + 1e-9 * max(1.0, abs(value)):
            return False
        self.place[self.held.item[pairs]] = -1
        self.place[self.held.item[pairs[chosen]]] = self.held.rep[pairs[chosen]]
        self.current[pairs] = chosen
        self.points, self.activity = points, activity
        return True


def _parts_of_reps(sides: Sides, problem: Problem) -> sparse.csr_matrix:
    """Return the part that each rep has in each side, (sides, reps)."""
    width = sides.matrix.shape[1]
    loads = np.arange(width)
    rep = sparse.csr_matrix((np.ones(width), (loads, loads % max(problem.m, 1))), shape=(width, problem.m))
    parts = sparse.csr_matrix(abs(sides.matrix) @ rep)
    whole = np.asarray(parts.sum(axis=1)).ravel()
    return sparse.csr_matrix(sparse.diags(1.0 / np.where(whole > 0, whole, 1.0)) @ parts)


def _ranges(first: Ints, end: Ints) -> Ints:
    """Return the numbers of several ranges, one after the other."""
    size = end - first
    return np.repeat(first - np.append(0, np.cumsum(size)[:-1]), size) + np.arange(int(size.sum()))
