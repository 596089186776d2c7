"""What moving an item, or swapping two, would gain: all of it at once, as matrices that are kept up to date.

A plan is a place per item: a rep, or `reps` for nobody. Hard rows cost points as soft ones do, at rates that whoever
searches sets. Rows that belong to one rep change the gains at two places per step, and only those are computed anew;
rows that weigh many reps are priced as a whole at each step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solver.dual import net_scores
from solver.evaluate import ROOM
from solver.pairs import Bools, Floats, Ints
from solver.problem import LoadRows, Problem

Step = tuple[int, int]
"""An item and the place that it goes to."""


@dataclass
class RowGains:
    """One block of rows over items: what each item adds at each place, (items, places), and the activities."""

    hard: bool
    amount: Floats
    group: Ints
    activity: Floats
    lower: Floats
    upper: Floats
    rate: Floats
    weights: Floats | None
    worst: Floats | None = None

    def penalty(self, activity: Floats, lower: Floats, upper: Floats, rate: Floats) -> Floats:
        """Return the points that each row loses on its own."""
        return rate * np.maximum(np.maximum(activity - upper, lower - activity), 0.0)

    def weighed(self, activity: Floats) -> Floats:
        """Return the points that rows which weigh many reps lose together, over the last axis."""
        lost = self.penalty(activity, self.lower[0], self.upper[0], self.rate[0])
        together: Floats = lost.sum(axis=-1) if self.worst is None else (lost / self.worst).max(axis=-1)
        return together

    def lost(self) -> float:
        """Return the points lost at the present activities."""
        if self.weights is not None:
            return float(self.weighed(self.activity[0]))
        return float(self.penalty(self.activity, self.lower, self.upper, self.rate).sum())

    def held(self) -> Bools:
        """Tell which rows hold, within half of the room that floating point gets."""
        miss = np.maximum(self.activity - self.upper, self.lower - self.activity)
        bounds = [np.where(np.isfinite(b), np.abs(b), 0.0) for b in (self.lower, self.upper)]
        fits: Bools = miss <= 0.5 * ROOM * np.maximum(np.maximum(*bounds), 1.0)
        return fits

    def added(self, places: Ints) -> Floats:
        """Return what each item adds to the penalty by coming to each of some places, (items, places)."""
        now = self.activity[:, places]
        low, high, rate = self.lower[:, places], self.upper[:, places], self.rate[:, places]
        lost = self.penalty(now, low, high, rate)
        if len(now) == 1:
            return self.penalty(now + self.amount[:, places], low, high, rate) - lost
        g = self.group
        added: Floats = self.penalty(now[g] + self.amount[:, places], low[g], high[g], rate[g]) - lost[g]
        return added

    def exchanged(self, items: Ints, place: Ints) -> tuple[Floats, Floats]:
        """Return what some items add to the penalty at their places by leaving, alone and for each other item.

        Returns
        -------
        (k,) array, (k, items) array
        """
        here, g = place[items], self.group[items]
        now, low, high, rate = (x[g, here] for x in (self.activity, self.lower, self.upper, self.rate))
        lost = self.penalty(now, low, high, rate)
        without = now - self.amount[items, here]
        left = self.penalty(without, low, high, rate) - lost
        coming = self.amount.T[here]
        both = self.penalty(without[:, None] + coming, low[:, None], high[:, None], rate[:, None]) - lost[:, None]
        if len(self.activity) > 1:  # an item that counts in another group of the place touches a row of its own
            other = self.group[None, :]
            low, high, now, rate = (x[other, here[:, None]] for x in (self.lower, self.upper, self.activity, self.rate))
            apart = left[:, None] + self.penalty(now + coming, low, high, rate) - self.penalty(now, low, high, rate)
            both = np.where(g[:, None] == other, both, apart)
        return left, both

    def weighed_moves(self, place: Ints) -> Floats:
        """Return what moving each item to each place adds to the penalty of weighing rows, (items, places)."""
        assert self.weights is not None
        at = self.weights.T
        leaving = self.amount[np.arange(len(place)), place, None] * at[place]
        change = self.amount[:, :, None] * at[None] - leaving[:, None]
        return self.weighed(self.activity[0] + change) - self.lost()

    def weighed_swaps(self, place: Ints) -> Floats:
        """Return what swapping each two items adds to the penalty of weighing rows, (items, items)."""
        assert self.weights is not None
        at = self.weights.T[place]
        gain = self.amount[:, place][:, :, None] * at[None, :, :]
        own = gain[np.arange(len(place)), np.arange(len(place))]
        change = gain + gain.transpose(1, 0, 2) - own[:, None] - own[None, :]
        return self.weighed(self.activity[0] + change) - self.lost()

    def move(self, item: int, before: int, after: int) -> None:
        """Move one item."""
        if self.weights is not None:
            self.activity[0] += self.amount[item, after] * self.weights[:, after]
            self.activity[0] -= self.amount[item, before] * self.weights[:, before]
            return
        self.activity[self.group[item], before] -= self.amount[item, before]
        self.activity[self.group[item], after] += self.amount[item, after]


class Gains:
    """The gains of all moves and swaps at a plan.

    Parameters
    ----------
    problem : Problem
        Without spreads; items of one lead each where a block has several groups.
    rates : sequence of float
        Points per unit of violation for each block of rows that is hard; the others have their own.
    """

    def __init__(self, problem: Problem, rates: Sequence[float]) -> None:
        everyone, items = slice(0, problem.n), slice(0, problem.n_items)
        net = problem.gather(net_scores(problem, everyone, [np.zeros((1, 1)) for _ in problem.rows]), items, everyone)
        self.problem = problem
        self.score = np.hstack([net, np.where(problem.required_items, -np.inf, 0.0)[:, None]])
        self.rows = [_row_gains(problem, b, rate) for b, rate in zip(problem.rows, rates, strict=True)]
        self.weighing = [r for r in self.rows if r.weights is not None]
        self._own = [r for r in self.rows if r.weights is None]
        count, places = self.score.shape
        self._everyone = np.arange(count)
        self.place = np.zeros(count, dtype=np.int64)
        self._come = np.zeros((count, places))
        self._leave = np.zeros(count)
        self._cross = np.zeros((count, count))

    def restart(self, place: Ints) -> None:
        """Go to a plan, or compute all gains anew after a change of rates."""
        self.place = place.copy()
        places = self.score.shape[1]
        for rows, block in zip(self.rows, self.problem.rows, strict=True):
            load = np.zeros((block.base.shape[0], places))
            np.add.at(load, (rows.group, place), rows.amount[self._everyone, place])
            rows.activity = load if rows.weights is None else block.base + load @ rows.weights.T
        self._price_places(np.arange(places))
        self._price_items(self._everyone)

    def value(self) -> float:
        """Return the points of the plan over leaving everybody unassigned, penalties included."""
        return float(self.score[self._everyone, self.place].sum()) - sum(r.lost() for r in self.rows)

    def moves(self) -> Floats:
        """Return the gain of moving each item to each place, (items, places); -inf where it is or may not be."""
        gain = self._come + self._leave[:, None]
        for rows in self.weighing:
            gain -= rows.weighed_moves(self.place)
        gain[self._everyone, self.place] = -np.inf
        return gain

    def swaps(self) -> Floats:
        """Return the gain of swapping each two items, (items, items); -inf where they share a place or may not."""
        gain = self._cross + self._cross.T
        for rows in self.weighing:
            gain -= rows.weighed_swaps(self.place)
        return gain

    def take(self, steps: Sequence[Step]) -> None:
        """Move some items, one after the other."""
        touched: Bools = np.zeros(self.score.shape[1], dtype=bool)
        for item, to in steps:
            before = int(self.place[item])
            for rows in self.rows:
                rows.move(item, before, to)
            self.place[item] = to
            touched[[before, to]] = True
        self._price_places(np.flatnonzero(touched))
        self._price_items(np.flatnonzero(touched[self.place]))

    def _price_places(self, places: Ints) -> None:
        come = self.score[:, places]
        for rows in self._own:
            come -= rows.added(places)
        self._come[:, places] = come

    def _price_items(self, items: Ints) -> None:
        here = self.place[items]
        leave = -self.score[items, here]
        cross = self.score.T[here] + leave[:, None]
        for rows in self._own:
            alone, crossed = rows.exchanged(items, self.place)
            leave -= alone
            cross -= crossed
        cross[here[:, None] == self.place[None, :]] = -np.inf
        self._leave[items], self._cross[items] = leave, cross


def _row_gains(problem: Problem, block: LoadRows, rate: float) -> RowGains:
    """Return a block over items, with a place for nobody, where nothing counts."""
    everyone, items = slice(0, problem.n), slice(0, problem.n_items)
    groups = block.base.shape[0]
    counts = (block.group >= 0)[:, None]
    amount = np.where(counts, np.broadcast_to(block.values.block(everyone), (problem.n, problem.m)), 0.0)
    amount = np.hstack([problem.gather(amount, items, everyone), np.zeros((problem.n_items, 1))])
    group = np.maximum(block.group[problem.starts], 0) if groups > 1 else np.zeros(len(amount), dtype=np.int64)
    rate = rate if block.hard else block.rate
    if block.weights is not None:
        weights = np.hstack([block.weights, np.zeros((block.weights.shape[0], 1))])
        base, rates = block.base.copy(), np.full(block.base.shape, rate)
        return RowGains(block.hard, amount, group, base, block.lower, block.upper, rates, weights, block.worst)
    nobody = np.full((groups, 1), np.inf)
    lower, upper = np.hstack([block.lower - block.base, -nobody]), np.hstack([block.upper - block.base, nobody])
    return RowGains(block.hard, amount, group, np.zeros(lower.shape), lower, upper, np.full(lower.shape, rate), None)
