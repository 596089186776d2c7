"""From prices and a fractional plan to a whole one, by small mixed-integer models.

First the leads that the relaxation already decides are fixed and the few others are decided together. Then
neighbourhoods of a few reps are decided anew, again and again, never for the worse. The sub-models have a linear
relaxation underneath, which tight loads need: SCIP solves them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from solver.evaluate import evaluate
from solver.limits import StoppedBy, Watch, gap_between
from solver.linear import LinearModel, PairList, owner_of
from solver.methods.backend import run
from solver.pairs import Bools, Floats, Ints
from solver.problem import Problem

NEAR = 6
"""Reps per lead that a sub-model may choose from: the best at the current prices."""
NODES = 300
"""Branch-and-bound nodes of one sub-model: a limit by work, so that runs repeat."""
SECONDS = 15.0
"""No sub-model takes longer, whatever its nodes."""
FREE_PAIRS = 1_200
"""Size of a neighbourhood."""
PATIENCE = 40
"""So many neighbourhoods in a row without a gain end the search."""


@dataclass
class Repair:
    """A whole plan under way."""

    problem: Problem
    model: LinearModel
    net: Floats
    watch: Watch
    bound: float
    rng: np.random.Generator
    patience: int = PATIENCE
    owner: Ints | None = None
    objective: float = -np.inf
    work: float = 0.0

    def run(self, relaxed: Floats, start: Ints | None = None) -> StoppedBy:
        """Find a plan, or begin with a feasible one, and improve it; return why it ended."""
        if start is not None:
            self.owner, self.objective = start, evaluate(self.problem, start).objective
        if not self._first_plan(relaxed) and self.owner is None:
            return self.watch.stop() or "work"
        failures = 0
        while True:
            if gap_between(self.objective, self.bound) <= self.watch.limits.gap:
                return "gap"
            if (reason := self.watch.stop()) is not None:
                return reason
            limit = self.watch.limits.work
            if failures >= self.patience or (limit is not None and self.work >= limit):
                return "work"
            failures = 0 if self._improve() else failures + 1

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
            if self._decide(free, np.where(open_items[pairs.item], False, whole)):
                return True
            everything = opened >= self.problem.n_items and near >= self.problem.m
            if self.owner is not None or self.watch.stop() or everything:
                return False
            near = self.problem.m if opened >= self.problem.n_items else near * 2
            opened = min(max(2 * opened, 50), self.problem.n_items)

    def _improve(self) -> bool:
        """Decide a neighbourhood anew: the leads of a few reps, and unassigned ones, that are nearly tied."""
        assert self.owner is not None
        pairs, problem = self.model.pairs, self.problem
        place = self.owner[problem.starts]
        reps = self._some_reps(place)
        inside = np.zeros(problem.m + 1, dtype=bool)
        inside[reps] = True
        inside[-1] = True  # unassigned leads may come in
        near = inside[pairs.rep] & inside[place[pairs.item]]
        best = np.full(problem.n_items, -np.inf)
        np.maximum.at(best, pairs.item, self.net)
        loss = best[pairs.item] - self.net
        loss[place[pairs.item] == pairs.rep] = -1.0
        candidates = np.flatnonzero(near & np.isfinite(loss))
        noise = self.rng.random(len(candidates)) * np.median(np.abs(loss[candidates])) if len(candidates) else 0.0
        chosen = candidates[np.argsort(loss[candidates] + noise, kind="stable")[:FREE_PAIRS]]
        opened = np.zeros(problem.n_items, dtype=bool)
        opened[pairs.item[chosen]] = True
        current = pairs.rep == place[pairs.item]
        free = np.zeros(len(pairs), dtype=bool)
        free[chosen] = True
        free |= current & opened[pairs.item]
        return self._decide(free, current & ~free)

    def _some_reps(self, place: Ints) -> Ints:
        """Choose reps to trade with each other: one at random, and others who are near-best for its leads."""
        pairs, problem = self.model.pairs, self.problem
        first = int(self.rng.integers(problem.m))
        mine = place[pairs.item] == first
        if not mine.any():
            return np.unique(self.rng.integers(problem.m, size=4))
        scale = max(float(np.std(self.net)), 1e-12)
        liking = np.exp(-_loss(pairs, self.net)[mine] / scale)
        weight = np.bincount(pairs.rep[mine], weights=liking, minlength=problem.m)
        weight[first] = 0.0
        count = min(int(self.rng.integers(2, 6)), int((weight > 0).sum()))
        if count == 0:
            return np.array([first])
        others = self.rng.choice(problem.m, size=count, replace=False, p=weight / weight.sum())
        return np.append(others, first)

    def _decide(self, free: Bools, fixed: Bools) -> bool:
        """Solve the sub-model in which only the free pairs are open; keep its plan if it is better."""
        pairs = self.model.pairs
        sub, columns = restrict(self.model, free, fixed)
        parameters = f"limits/nodes = {NODES}\nrandomization/randomseedshift = {self.watch.limits.seed}"
        answer = run(sub, "SCIP", min(self.watch.left(), SECONDS), integer=True, parameters=parameters)
        self.work += 1.0
        if answer.status not in ("optimal", "feasible"):
            return False
        chosen = fixed.copy()
        chosen[columns[columns < len(pairs)]] = answer.values[: int(free.sum())] > 0.5
        owner = owner_of(self.problem, pairs, chosen)
        value = evaluate(self.problem, owner)
        if not value.feasible or value.objective <= self.objective + 1e-9 * max(1.0, abs(self.objective)):
            return False
        self.owner, self.objective = owner, value.objective
        self.watch.tell("repair", self.objective, self.bound)
        return True


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


def _loss(pairs: PairList, net: Floats) -> Floats:
    """Return how far each pair is behind the best of its item."""
    starts = np.flatnonzero(np.diff(pairs.item, prepend=-1))
    best = np.maximum.reduceat(net, starts) if len(starts) else np.zeros(0)
    return np.repeat(best, np.diff(np.append(starts, len(net)))) - net


def _margins(pairs: PairList, net: Floats, items: int) -> Floats:
    """Return, for each item, how far its second choice (or staying unassigned) is behind the best."""
    best, second = np.zeros(items), np.full(items, -np.inf)
    ranks = _ranks(pairs, net)
    best[pairs.item[ranks == 0]] = net[ranks == 0]
    second[pairs.item[ranks == 1]] = net[ranks == 1]
    margin: Floats = np.abs(best - np.maximum(second, 0.0))
    return margin
