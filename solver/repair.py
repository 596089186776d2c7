"""From prices and a fractional plan to a whole one, by small mixed-integer models.

First the leads that the relaxation already decides are fixed and the few others are decided together. Then
neighbourhoods of a few reps are decided anew, again and again, never for the worse. A plan falls behind the bound by
what its leads lose against their best reps, and by room that is paid for and stays empty: neighbourhoods are drawn
where that is much, and they grow while the engine decides them easily. Several are decided at the same time, each in a
thread of its own. The sub-models have a linear relaxation underneath, which tight loads need: HiGHS solves them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from solver.evaluate import evaluate
from solver.limits import StoppedBy, Watch, gap_between
from solver.linear import LinearModel, PairList, owner_of
from solver.methods.backend import Answer, branch
from solver.pairs import Bools, Floats, Ints
from solver.problem import Problem

NEAR = 6
"""Reps per lead that a sub-model may choose from: the best at the current prices."""
FIRST_NODES = 300
"""Branch-and-bound nodes of a sub-model that looks for the first plan: a limit by work, so that runs repeat."""
NODES, MORE, MOST_NODES = 30, 1.3, 2_000
"""The same for a neighbourhood, the factor by which it grows while nothing is gained, and its end."""
SECONDS = 15.0
"""No sub-model takes longer, whatever its nodes."""
LEAST_FREE, FREE_PAIRS, MOST_FREE = 100, 250, 6_000
"""Pairs of a neighbourhood at least, at first, and at most."""
PER_ITEM = 3
"""Pairs per item in a neighbourhood, about."""
EASY, HARD = 1.15, 0.9
"""Factors by which neighbourhoods grow when they are decided, and shrink when the limit ends them without a gain."""
NOISE = 0.3
"""Part of the typical loss by which the order of pairs is blurred, so that neighbourhoods differ."""
PATIENCE = 40
"""So many neighbourhoods in a row without a gain end the search."""


@dataclass
class Repair:
    """A whole plan under way.

    Parameters
    ----------
    net : (pairs,) array
        Score of each pair less what its loads cost.
    bound : float
        What no plan can beat, in points.
    patience : int
        So many neighbourhoods in a row without a gain end the search.
    """

    problem: Problem
    model: LinearModel
    net: Floats
    watch: Watch
    bound: float
    rng: np.random.Generator
    patience: int = PATIENCE
    duals: Floats | None = None
    owner: Ints | None = None
    objective: float = -np.inf
    work: float = 0.0
    size: float = FREE_PAIRS
    nodes: float = NODES
    _loss: Floats = field(init=False)
    _idle: Floats = field(init=False)
    _of_rep: sparse.csr_matrix | None = field(init=False)

    def __post_init__(self) -> None:
        best = np.full(self.problem.n_items, -np.inf)
        np.maximum.at(best, self.model.pairs.item, self.net)
        best = np.where(self.problem.required_items, best, np.maximum(best, 0.0))
        self._loss = best[self.model.pairs.item] - self.net
        self._of_rep = _of_rep(self.model, self.problem) if self.duals is not None else None
        self._idle = np.where(np.isfinite(best), best, 0.0)  # what an item loses without an owner

    def run(self, relaxed: Floats, start: Ints | None = None) -> StoppedBy:
        """Find a plan, or begin with a feasible one, and improve it; return why it ended."""
        if start is not None:
            self.owner, self.objective = start, evaluate(self.problem, start).objective
        if not self._first_plan(relaxed) and self.owner is None:
            return self.watch.stop() or "work"
        failures = 0
        with ThreadPoolExecutor(self.watch.limits.workers) as threads:
            while True:
                if gap_between(self.objective, self.bound) <= self.watch.limits.gap:
                    return "gap"
                if (reason := self.watch.stop()) is not None:
                    return reason
                limit = self.watch.limits.work
                if failures >= self.patience or (limit is not None and self.work >= limit):
                    return "work"
                failures = 0 if self._improve(threads) else failures + self.watch.limits.workers

    def _first_plan(self, relaxed: Floats) -> bool:
        """Decide the leads that the relaxation leaves open; where that fails, open those with the least margin."""
        pairs = self.model.pairs
        whole = relaxed > 1 - 1e-6
        decided = np.zeros(self.problem.n_items, dtype=bool)
        decided[pairs.item[whole]] = True
        taken = np.zeros(self.problem.n_items)
        np.add.at(taken, pairs.item, relaxed)
        decided |= taken < 1e-6  # the relaxation leaves these unassigned
        ranks = _ranks(pairs, self.net)
        margin = _margins(pairs, self.net, self.problem.n_items)
        order = np.argsort(np.where(decided, margin, -np.inf), kind="stable")
        opened = max(int((~decided).sum()), 1)
        near = NEAR
        while True:
            open_items = np.zeros(self.problem.n_items, dtype=bool)
            open_items[order[:opened]] = True
            free = open_items[pairs.item] & ((ranks < near) | (relaxed > 1e-6))
            fixed = np.where(open_items[pairs.item], False, whole)
            self.work += 1.0
            if self._keep(self._plan(free, fixed, self._solve(free, fixed, FIRST_NODES))):
                return True
            everything = opened >= self.problem.n_items and near >= self.problem.m
            if self.owner is not None or self.watch.stop() or everything:
                return False
            near = self.problem.m if opened >= self.problem.n_items else near * 2
            opened = min(max(2 * opened, 50), self.problem.n_items)

    def _improve(self, threads: ThreadPoolExecutor) -> bool:
        """Decide some neighbourhoods at the same time; keep what is better, of all together or of the best one."""
        assert self.owner is not None
        current = self.model.pairs.rep == self.owner[self.problem.starts][self.model.pairs.item]
        chosen = [(free, current & ~free) for free in self._neighbourhoods(current)]
        answers = list(threads.map(lambda pair: self._solve(pair[0], pair[1], int(self.nodes)), chosen))
        self.work += 1.0
        plans = [self._plan(*pair, answer) for pair, answer in zip(chosen, answers, strict=True)]
        before, found = self.owner, [plan for plan in plans if plan is not None]
        if len(found) > 1:
            together = before.copy()
            for plan in found:
                together = np.where(plan != before, plan, together)
            found.append(together)
        gained = sum(self._keep(plan) for plan in found) > 0  # each is tried
        self.nodes = NODES if gained else min(self.nodes * MORE, MOST_NODES)
        for answer in answers:
            if answer.status in ("optimal", "infeasible"):
                self.size = min(self.size * EASY, MOST_FREE)
            elif not gained:
                self.size = max(self.size * HARD, LEAST_FREE)
        return gained

    def _neighbourhoods(self, current: Bools) -> list[Bools]:
        """Return the free pairs of one neighbourhood per worker, of different reps as far as there are enough."""
        assert self.owner is not None
        pairs, problem = self.model.pairs, self.problem
        place = self.owner[problem.starts]
        behind = self._behind(place, current)
        workers = self.watch.limits.workers
        turn = self.rng.integers(workers, size=problem.n_items)
        taken, found = np.zeros(problem.m, dtype=bool), []
        for worker in range(workers):
            if (~taken).sum() < 2:
                taken[:] = False
            reps = self._some_reps(place, current, np.where(taken, 0.0, behind))
            taken[reps] = True
            inside = np.zeros(problem.m + 1, dtype=bool)
            inside[reps] = True
            mine = np.where(place >= 0, inside[place], turn == worker)  # unassigned leads may come in
            near = np.flatnonzero(inside[pairs.rep] & mine[pairs.item])
            loss = np.where(current[near], -np.inf, self._loss[near])
            blur = float(np.median(self._loss[near])) if len(near) else 0.0
            order = np.argsort(loss + NOISE * blur * self.rng.random(len(near)), kind="stable")
            chosen = near[order[: max(int(self.size), int(current[near].sum()) + 1)]]
            free = np.zeros(len(pairs), dtype=bool)
            free[chosen] = True
            found.append(free)
        return found

    def _behind(self, place: Ints, current: Bools) -> Floats:
        """Return by how much each rep's part of the plan falls behind the bound, (reps,), above 0."""
        lost = self._idle.copy()
        lost[self.model.pairs.item[current]] = self._loss[current]
        owned = place >= 0
        behind: Floats = np.bincount(place[owned], weights=lost[owned], minlength=self.problem.m).astype(np.float64)
        rest = max(self.bound - self.objective - float(lost.sum()), 0.0)
        if self.duals is not None and self._of_rep is not None:
            load = self.model.matrix[:, : len(current)] @ current.astype(np.float64)
            bound = np.where(self.duals > 0, self.model.high, self.model.low)
            empty = np.abs(self.duals * np.where(np.isfinite(bound), bound - load, 0.0))
            empty[: self.problem.n_items] = 0.0
            behind += empty @ self._of_rep
        else:
            behind += rest / self.problem.m
        return behind + 0.01 * max(float(behind.mean()), 1e-9)

    def _some_reps(self, place: Ints, current: Bools, behind: Floats) -> Ints:
        """Choose reps to trade with each other: one that is far behind, and others that it would trade leads with."""
        pairs, problem = self.model.pairs, self.problem
        first = int(self.rng.choice(problem.m, p=behind / behind.sum()))
        scale = max(float(self._loss[~current].mean()) if len(pairs) > int(current.sum()) else 0.0, 1e-12)
        liking = np.exp(-self._loss / (0.5 * scale))
        from_first = np.bincount(pairs.rep, weights=liking * (place[pairs.item] == first), minlength=problem.m)
        here = (pairs.rep == first) & (place[pairs.item] >= 0)
        to_first = np.bincount(place[pairs.item[here]], weights=liking[here], minlength=problem.m)
        weight = from_first / max(from_first.sum(), 1e-12) + to_first / max(to_first.sum(), 1e-12)
        weight = (weight + 1e-6) * behind
        weight[first] = 0.0
        possible = int((weight > 0).sum())
        if possible == 0:
            return np.array([first])
        order = self.rng.choice(problem.m, size=possible, replace=False, p=weight / weight.sum())
        held = np.bincount(place[place >= 0], minlength=problem.m)
        enough = held[first] + np.cumsum(held[order]) >= self.size / PER_ITEM
        count = int(np.argmax(enough)) + 1 if enough.any() else possible
        return np.append(order[: min(max(count, 2), possible)], first)

    def _solve(self, free: Bools, fixed: Bools, nodes: int) -> Answer:
        """Solve the sub-model in which only the free pairs are open."""
        sub, _ = restrict(self.model, free, fixed)
        return branch(sub, min(self.watch.left(), SECONDS), nodes=nodes)

    def _plan(self, free: Bools, fixed: Bools, answer: Answer) -> Ints | None:
        """Return the plan that an answer to a sub-model makes."""
        if answer.status not in ("optimal", "feasible"):
            return None
        chosen = fixed.copy()
        chosen[free] = answer.values[: int(free.sum())] > 0.5
        return owner_of(self.problem, self.model.pairs, chosen)

    def _keep(self, owner: Ints | None) -> bool:
        """Keep a plan if it is better."""
        if owner is None:
            return False
        value = evaluate(self.problem, owner)
        if not value.feasible or value.objective <= self.objective + 1e-9 * max(1.0, abs(value.objective)):
            return False
        self.owner, self.objective = owner, value.objective
        self.watch.tell("repair", self.objective, self.bound)
        return True


def _of_rep(model: LinearModel, problem: Problem) -> sparse.csr_matrix:
    """Return the part that each rep has in each constraint, (constraints, reps)."""
    pairs = model.pairs
    count = len(pairs)
    rep_of = sparse.csr_matrix((np.ones(count), (np.arange(count), pairs.rep)), shape=(count, problem.m))
    parts = sparse.csr_matrix(abs(model.matrix[:, :count]) @ rep_of)
    whole = np.asarray(parts.sum(axis=1)).ravel()
    return sparse.csr_matrix(sparse.diags(1.0 / np.where(whole > 0, whole, 1.0)) @ parts)


def restrict(model: LinearModel, free: Bools, fixed: Bools) -> tuple[LinearModel, Ints]:
    """Return the model in which only the free pairs are open, and the columns that it keeps.

    Pairs in `fixed` are taken, all other pairs are not; variables that are no pairs stay open. Constraints without an
    open variable are left out: they cannot be changed, and the plan is evaluated afterwards anyway.
    """
    count = len(model.pairs)
    columns = np.concatenate([np.flatnonzero(free), np.arange(count, len(model.cost))])
    load = model.matrix[:, :count] @ fixed.astype(np.float64)
    part = model.matrix[:, columns]
    rows = np.flatnonzero(np.diff(part.indptr))
    sub = LinearModel(
        model.pairs.keep(free),
        model.cost[columns],
        model.floor[columns],
        model.top[columns],
        model.integer[columns],
        sparse.csr_matrix(part[rows]),
        (model.low - load)[rows],
        (model.high - load)[rows],
        model.constant + float(model.cost[:count][fixed].sum()),
    )
    return sub, columns


def _ranks(pairs: PairList, net: Floats) -> Ints:
    """Return the rank of each pair among those of its item, best net first, from 0."""
    order = np.lexsort((-net, pairs.item))
    starts = np.flatnonzero(np.diff(pairs.item[order], prepend=-1))
    size = np.diff(np.append(starts, len(order)))
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order)) - np.repeat(starts, size)
    return ranks


def _margins(pairs: PairList, net: Floats, items: int) -> Floats:
    """Return, for each item, how far its second choice (or staying unassigned) is behind the best."""
    best, second = np.zeros(items), np.full(items, -np.inf)
    ranks = _ranks(pairs, net)
    best[pairs.item[ranks == 0]] = net[ranks == 0]
    second[pairs.item[ranks == 1]] = net[ranks == 1]
    margin: Floats = np.abs(best - np.maximum(second, 0.0))
    return margin
