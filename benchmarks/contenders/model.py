"""The linear model of an instance in plain arrays, as one writes it down for a mixed-integer solver.

    maximise c v   subject to   low <= A v <= high,   0 <= v <= top

First a 0/1 variable for each pair, then how far each soft row is missed, above and below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from benchmarks.contenders.dealing import BestFit
from benchmarks.instance import Instance, Pairs
from solver.pairs import Bools, Floats, Ints


@dataclass(frozen=True)
class Linear:
    """The arrays of the model; `points` of a solution are `offset` more than `cost @ v`."""

    cost: Floats
    top: Floats
    integer: Bools
    matrix: sparse.csr_matrix
    low: Floats
    high: Floats
    offset: float


def linear(pairs: Pairs) -> Linear:
    """Write an instance down: a row per lead, and a row per rep and metric that has a bound."""
    count = len(pairs)
    columns = [sparse.csr_matrix((np.ones(count), (pairs.lead, np.arange(count))), shape=(pairs.leads, count))]
    low, high = [pairs.required.astype(np.float64)], [np.ones(pairs.leads)]
    slack_cost: list[Floats] = []
    slacks: list[tuple[int, Ints, float]] = []  # (block of rows, their numbers, sign) of each run of slack variables
    for rows in pairs.rows:
        bounded = np.flatnonzero(np.isfinite(rows.lower) | np.isfinite(rows.upper))
        load = sparse.csr_matrix((rows.amount, (pairs.rep, np.arange(count))), shape=(pairs.reps, count))[bounded]
        load.eliminate_zeros()
        columns.append(load)
        low.append(rows.lower[bounded])
        high.append(rows.upper[bounded])
        if not rows.hard:
            for sign, bound in ((-1.0, rows.upper), (1.0, rows.lower)):
                missable = np.flatnonzero(np.isfinite(bound[bounded]))
                slacks.append((len(columns) - 1, missable, sign))
                slack_cost.append(np.full(len(missable), -rows.rate))
    starts = np.cumsum([0, *(part.shape[0] for part in columns)])
    matrix = sparse.vstack(columns, format="csr")
    for block, numbers, sign in slacks:
        entries = (np.full(len(numbers), sign), (starts[block] + numbers, np.arange(len(numbers))))
        matrix = sparse.hstack([matrix, sparse.csr_matrix(entries, shape=(starts[-1], len(numbers)))], format="csr")
    extra = matrix.shape[1] - count
    return Linear(
        np.concatenate([pairs.score, *slack_cost]),
        np.concatenate([np.ones(count), np.full(extra, np.inf)]),
        np.arange(count + extra) < count,
        sparse.csr_matrix(matrix),
        np.concatenate(low),
        np.concatenate(high),
        pairs.offset,
    )


def solution(model: Linear, chosen: Bools) -> Floats:
    """Return the values of all variables for some chosen pairs: soft rows are missed by what they are missed."""
    value = np.zeros(len(model.cost))
    value[: len(chosen)] = chosen
    slack = sparse.csc_matrix(model.matrix)[:, len(chosen) :]
    rows, signs = slack.indices, slack.data  # one entry per column
    activity = (model.matrix @ value)[rows]
    missed = np.where(signs < 0, activity - model.high[rows], model.low[rows] - activity)
    value[len(chosen) :] = np.maximum(missed, 0.0)
    return value


def first_plan(instance: Instance, pairs: Pairs) -> Bools:
    """Return the pairs that greedy best-fit chooses: where a solver may start."""
    return pairs.chosen(BestFit(instance).deal())
