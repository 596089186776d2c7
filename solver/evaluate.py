"""The value of a plan on a problem: for methods, which see no scenario. The judge does not use this."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.pairs import Floats, Ints
from solver.problem import LoadRows, Problem

ROOM = 5e-7
"""A load may pass a bound by this part of the row's size. Half of what the judge allows: rounding must not decide."""


@dataclass(frozen=True)
class Value:
    """What a plan is worth on a problem, in points, and by how much it breaks hard rows, relative to their size."""

    objective: float
    broken: float

    @property
    def feasible(self) -> bool:
        """Whether every hard row holds within the room of floating point."""
        return self.broken <= ROOM


def block_load(block: LoadRows, owner: Ints, reps: int) -> Floats:
    """Return the load of each lead group and rep, (groups, reps), under a plan."""
    groups = block.base.shape[0]
    leads = np.flatnonzero((owner >= 0) & (block.group >= 0))
    amount = block.values.at(leads, owner[leads])
    place = block.group[leads] * reps + owner[leads]
    load: Floats = np.bincount(place, weights=amount, minlength=groups * reps).astype(np.float64)
    return load.reshape(groups, reps)


def evaluate(problem: Problem, owner: Ints) -> Value:
    """Return the objective of a plan, and how far it is from feasible.

    Parameters
    ----------
    owner : (n,) array of int
        Rep of each lead, -1 for none.
    """
    leads = np.flatnonzero(owner >= 0)
    reps = owner[leads]
    score = sum(float(term.values.at(leads, reps).sum()) for term in problem.terms)
    score += problem.constant + float(problem.unassigned[owner < 0].sum())
    broken = float((problem.required & (owner < 0)).any())
    for removal in problem.removals:
        broken = max(broken, float(removal.table[removal.code[leads], reps].any()))
    if problem.n and (owner != owner[problem.starts][problem.item]).any():
        broken = 1.0
    for block in problem.rows:
        load = block_load(block, owner, problem.m)
        if block.hard:
            broken = max(broken, float((block.excess(load) / row_size(block, load)).max(initial=0.0)))
        score -= block.penalty(load)
    for spread in problem.spreads:
        score -= spread.rate * spread.further_owners(owner)
    return Value(score, broken)


def better_of(problem: Problem, old: Ints | None, new: Ints | None) -> Ints | None:
    """Return the better of two plans, the old one in a tie; one that is missing or breaks a hard rule is none."""
    if new is None:
        return old
    value = evaluate(problem, new)
    if not value.feasible:
        return old
    return new if old is None or value.objective > evaluate(problem, old).objective else old


def row_size(block: LoadRows, load: Floats) -> Floats:
    """Return how large the numbers of each row are, (groups, rows), at least 1: what tolerances are relative to."""
    bounds = [np.where(np.isfinite(b), np.abs(b), 0.0) for b in (block.lower, block.upper)]
    size = np.maximum(*bounds)
    if block.weights is not None:
        size = np.maximum(size, np.abs(load) @ np.abs(block.weights).T / 2.0)
    return np.maximum(size, 1.0)
