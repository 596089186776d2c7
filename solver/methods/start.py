"""Warm starts: a plan that was made for the same leads and reps, perhaps under other rules, as a place to begin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.dual import best_two
from solver.evaluate import evaluate
from solver.pairs import Floats, Ints
from solver.problem import Problem


@dataclass(frozen=True)
class Start:
    """Where a method may begin.

    Parameters
    ----------
    owner : (n,) array of int
        Rep of each lead, -1 for none. Every pair is eligible; load rows may be missed.
    feasible : bool
        Whether none is.
    prices : tuple of arrays, optional
        Prices of the load rows, (groups, rows) per block, that ought to be nearly right.
    """

    owner: Ints
    feasible: bool
    prices: tuple[Floats, ...] | None = None

    @property
    def plan(self) -> Ints | None:
        """The owners, where they are a plan."""
        return self.owner if self.feasible else None


def start_from(problem: Problem, owner: Ints, prices: tuple[Floats, ...] | None = None) -> Start:
    """Make a start of any owners: a lead whose rep may not take it goes to its best rep at the prices, or to nobody."""
    place = owner[problem.starts]
    whole = place[problem.item]
    leads = np.flatnonzero(whole >= 0)
    barred = np.zeros(problem.n, dtype=bool)
    for removal in problem.removals:
        barred[leads] |= removal.table[removal.code[leads], whole[leads]]
    place = np.where(np.logical_or.reduceat(barred, problem.starts), -1, place) if problem.n else place
    lost = np.flatnonzero((place < 0) & ((owner[problem.starts] >= 0) | problem.required_items))
    if len(lost):
        part = problem.part(lost)
        valid = prices or tuple(np.zeros(block.base.shape) for block in problem.rows)
        best = best_two(part, tuple(b.clip(p) for b, p in zip(problem.rows, valid, strict=True)))
        place[lost] = np.where(part.required_items | (best.net > 0), best.rep, -1)
    mended = place[problem.item]
    return Start(mended, evaluate(problem, mended).feasible, prices)
