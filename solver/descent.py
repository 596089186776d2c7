"""A good plan in a blink, for small problems: moves and swaps, taken while they help, and small shakes in between.

Iterated local search (Lourenço, Martin & Stützle 2003). Every move of one item and every swap of two is priced at once,
as matrices; what a move does to the rows is computed from the loads it touches. Hard rows cost so much that a plan
breaks one only where it must; the caller evaluates the plan anyway.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.dual import net_scores
from solver.limits import Watch
from solver.pairs import Floats, Ints
from solver.problem import LoadRows, Problem

MOST_NUMBERS = 2_000_000
"""Largest matrix of moves or swaps that is priced at once."""
SHAKES, NUMBERS = 400, 2e7
"""Most shakes, and most numbers in their matrices by one step each: a limit by work, so that runs repeat."""


@dataclass
class _Rows:
    """One block of rows over items: what each item adds at each rep (the last place is nobody), and the activities."""

    amount: Floats
    group: Ints
    activity: Floats
    lower: Floats
    upper: Floats
    rate: float
    weights: Floats | None
    worst: Floats | None = None

    def penalty(self, activity: Floats, lower: Floats, upper: Floats) -> Floats:
        """Return the points that each row loses on its own."""
        return self.rate * np.maximum(np.maximum(activity - upper, lower - activity), 0.0)

    def weighed(self, activity: Floats) -> Floats:
        """Return the points that rows which weigh many reps lose together, over the last axis."""
        lost = self.penalty(activity, self.lower[0], self.upper[0])
        together: Floats = lost.sum(axis=-1) if self.worst is None else (lost / self.worst).max(axis=-1)
        return together

    def lost(self) -> float:
        """Return the points lost at the present activities."""
        if self.weights is not None:
            return float(self.weighed(self.activity[0]))
        return float(self.penalty(self.activity, self.lower, self.upper).sum())

    def moves(self, place: Ints) -> Floats:
        """Return what moving each item to each place adds to the penalty, (items, places)."""
        items = np.arange(len(place))
        leaving = self.amount[items, place]
        if self.weights is not None:
            change = (
                self.amount[:, :, None] * self.weights.T[None] - (leaving[:, None] * self.weights.T[place])[:, None]
            )
            added: Floats = self.weighed(self.activity[0] + change) - self.lost()
            return added
        now = self.penalty(self.activity, self.lower, self.upper)
        g = self.group
        low, high = self.lower[g, place], self.upper[g, place]
        out = self.penalty(self.activity[g, place] - leaving, low, high) - now[g, place]
        into = self.penalty(self.activity[g] + self.amount, self.lower[g], self.upper[g]) - now[g]
        return out[:, None] + into

    def swaps(self, place: Ints) -> Floats:
        """Return what swapping each two items adds to the penalty, (items, items)."""
        there = self.amount[:, place]  # what item i adds at the place of item k
        own = there.diagonal()
        if self.weights is not None:
            at = self.weights.T[place]
            gain = there[:, :, None] * at[None, :, :]
            change = gain + gain.transpose(1, 0, 2) - (own[:, None] * at)[:, None] - (own[:, None] * at)[None, :]
            added: Floats = self.weighed(self.activity[0] + change) - self.lost()
            return added
        g = self.group
        here = self.activity[g, place]
        low, high = self.lower[g, place], self.upper[g, place]
        now = self.penalty(here, low, high)
        # At the place of i: i leaves and k comes, where both count in one group; else each touches a row of its own.
        side = self.penalty(here[:, None] - own[:, None] + there.T, low[:, None], high[:, None]) - now[:, None]
        same = g[:, None] == g[None, :]
        apart = self.moves(place)[:, place]
        return np.where(same, side + side.T, apart + apart.T)

    def move(self, item: int, before: int, after: int) -> None:
        """Move one item."""
        if self.weights is not None:
            self.activity[0] += self.amount[item, after] * self.weights[:, after]
            self.activity[0] -= self.amount[item, before] * self.weights[:, before]
            return
        self.activity[self.group[item], before] -= self.amount[item, before]
        self.activity[self.group[item], after] += self.amount[item, after]


class Descent:
    """A plan over items that gets better; place `m` is nobody."""

    def __init__(self, problem: Problem) -> None:
        everyone = slice(0, problem.n)
        items = slice(0, problem.n_items)
        net = problem.gather(net_scores(problem, everyone, [np.zeros((1, 1)) for _ in problem.rows]), items, everyone)
        self.problem = problem
        self.score = np.hstack([net, np.where(problem.required_items, -np.inf, 0.0)[:, None]])
        finite = np.abs(net[np.isfinite(net)])
        dear = 1e3 * float(finite.max(initial=1.0))
        self.rows = [_rows(problem, block, dear) for block in problem.rows]

    @staticmethod
    def supports(problem: Problem) -> bool:
        """Tell whether the matrices are small, and all rows are of the kinds that moves are priced for."""
        if problem.spreads or problem.n == 0 or problem.m == 0:
            return False
        size = problem.n_items * max(problem.n_items, problem.m + 1)
        for block in problem.rows:
            groups, rows = block.base.shape
            if groups > 1 and (block.weights is not None or problem.n != problem.n_items):
                return False
            if block.worst is not None and block.weights is None:
                return False
            if size * (rows if block.weights is not None else 1) > MOST_NUMBERS:
                return False
        return True

    def run(self, watch: Watch, start: Ints | None = None) -> Ints:
        """Return the best plan found, the rep of each lead, -1 for none, beginning with a plan or with nobody."""
        rng = np.random.Generator(np.random.PCG64(watch.limits.seed))
        items, places = self.score.shape
        if not np.isfinite(self.score).any(axis=1).all():  # an item that must be assigned and cannot be
            return np.full(self.problem.n, -1, dtype=np.int64)
        place = np.where(np.isfinite(self.score[:, -1]), places - 1, self.score.argmax(axis=1))
        if start is not None:
            place = np.where(start < 0, places - 1, start)[self.problem.starts]
        value = self._restart(place) + self._descend(place, watch)
        best, best_value = place.copy(), value
        numbers = items * max(items, places) * sum(1 if r.weights is None else len(r.weights) for r in self.rows)
        for _ in range(int(np.clip(NUMBERS / max(numbers, 1), 20, SHAKES))):
            if watch.stop():
                break
            trial = (best if rng.random() < 0.3 else place).copy()
            some = rng.choice(items, size=min(int(rng.integers(3, 8)), items), replace=False)
            wish = rng.integers(0, places, size=len(some))
            allowed = np.isfinite(self.score[some, wish])
            trial[some[allowed]] = wish[allowed]
            trial_value = self._restart(trial) + self._descend(trial, watch)
            if trial_value > value - rng.exponential(0.002 * max(abs(best_value), 1e-9)):
                place, value = trial, trial_value
            if trial_value > best_value + 1e-9 * max(1.0, abs(best_value)):
                best, best_value = trial.copy(), trial_value
        return np.where(best == places - 1, -1, best)[self.problem.item]

    def _restart(self, place: Ints) -> float:
        """Set the activities to those of a plan; return its value, penalties included."""
        items = np.arange(len(place))
        for rows, block in zip(self.rows, self.problem.rows, strict=True):
            load = np.zeros((block.base.shape[0], self.score.shape[1]))
            np.add.at(load, (rows.group, place), rows.amount[items, place])
            base = np.zeros(load.shape) if rows.weights is None else block.base.copy()
            rows.activity = base + load if rows.weights is None else base + load @ rows.weights.T
        return float(self.score[items, place].sum()) - sum(rows.lost() for rows in self.rows)

    def _descend(self, place: Ints, watch: Watch) -> float:
        """Take the best move or swap while one helps, in place; return what was gained."""
        items = np.arange(len(place))
        gained = 0.0
        while not watch.stop():
            now = self.score[items, place]
            move = self.score - now[:, None] - sum((r.moves(place) for r in self.rows), np.zeros(1))
            move[items, place] = -np.inf
            crossed = self.score[:, place] - now[:, None]
            swap = crossed + crossed.T - sum((r.swaps(place) for r in self.rows), np.zeros(1))
            swap[place[:, None] == place[None, :]] = -np.inf
            best_move, best_swap = int(move.argmax()), int(swap.argmax())
            gain = max(float(move.flat[best_move]), float(swap.flat[best_swap]))
            if not gain > 1e-9 * max(1.0, abs(gained)):
                return gained
            gained += gain
            if move.flat[best_move] >= swap.flat[best_swap]:
                item, to = divmod(best_move, self.score.shape[1])
                steps = [(item, to)]
            else:
                one, other = divmod(best_swap, len(place))
                steps = [(one, int(place[other])), (other, int(place[one]))]
            for item, to in steps:
                for rows in self.rows:
                    rows.move(item, int(place[item]), to)
                place[item] = to
        return gained


def _rows(problem: Problem, block: LoadRows, dear: float) -> _Rows:
    """Return a block over items, with a place for nobody, where nothing counts."""
    everyone = slice(0, problem.n)
    items = slice(0, problem.n_items)
    counts = (block.group >= 0)[:, None]
    amount = np.where(counts, np.broadcast_to(block.values.block(everyone), (problem.n, problem.m)), 0.0)
    amount = np.hstack([problem.gather(amount, items, everyone), np.zeros((problem.n_items, 1))])
    group = (
        np.maximum(block.group[problem.starts], 0) if block.base.shape[0] > 1 else np.zeros(len(amount), dtype=np.int64)
    )
    typical = float(np.median(amount[amount > 0])) if (amount > 0).any() else 1.0
    rate = dear / typical if block.hard else block.rate
    if block.weights is not None:
        weights = np.hstack([block.weights, np.zeros((block.weights.shape[0], 1))])
        return _Rows(amount, group, block.base.copy(), block.lower, block.upper, rate, weights, block.worst)
    nobody = np.full((block.base.shape[0], 1), np.inf)
    lower, upper = np.hstack([block.lower - block.base, -nobody]), np.hstack([block.upper - block.base, nobody])
    return _Rows(amount, group, np.zeros(lower.shape), lower, upper, rate, None)
