"""The linear model of a problem small enough to hold every eligible pair.

    maximise c v   subject to   low <= A v <= high,   floor <= v <= top

The first variables are the pairs; then come loads (for rows that weigh many reps), violations of soft rows,
and the owners of soft families. The same model serves the linear relaxation, the mixed-integer solvers and CP-SAT.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse

from solver.pairs import Bools, Floats, Ints
from solver.problem import LoadRows, Problem

MOST_WEIGHED = 200_000
"""Rows that weigh many reps are written out over the pairs up to so many entries; beyond, through loads."""


@dataclass(frozen=True)
class PairList:
    """The eligible pairs of items and reps, sorted by item."""

    item: Ints
    rep: Ints
    score: Floats

    def __len__(self) -> int:
        return len(self.item)

    def keep(self, mask: Bools) -> PairList:
        """Return only some of the pairs."""
        return PairList(self.item[mask], self.rep[mask], self.score[mask])


def count_pairs(problem: Problem) -> int:
    """Return the number of eligible pairs, without holding them."""
    return sum(int(_item_eligible(problem, items, leads).sum()) for items, leads in problem.item_blocks())


def pair_list(problem: Problem) -> PairList:
    """Return every eligible pair with its score over leaving the item unassigned."""
    parts = []
    for items, leads in problem.item_blocks():
        allowed = _item_eligible(problem, items, leads)
        score = problem.gather(problem.scores(leads), items, leads)
        row, rep = np.nonzero(allowed)
        parts.append((row + items.start, rep, score[row, rep]))
    if not parts:
        nothing = np.zeros(0, dtype=np.int64)
        return PairList(nothing, nothing, np.zeros(0))
    item, rep, score = (np.concatenate(column) for column in zip(*parts, strict=True))
    return PairList(item, rep, score)


def _item_eligible(problem: Problem, items: slice, leads: slice) -> Bools:
    """Return which reps may take every lead of each item, (items, reps)."""
    allowed = problem.eligible(leads)
    if items.stop - items.start == leads.stop - leads.start:
        return allowed
    return np.logical_and.reduceat(allowed, problem.starts[items] - leads.start, axis=0)


def pair_loads(problem: Problem, block: LoadRows, pairs: PairList) -> sparse.csr_matrix:
    """Return what each pair adds to each load of a block, (groups x reps, pairs)."""
    lead, pair = problem.leads_of(pairs.item)
    rep = pairs.rep[pair]
    counts = block.group[lead] >= 0
    pair, lead, rep = pair[counts], lead[counts], rep[counts]
    amount = block.values.at(lead, rep)
    shape = (block.base.shape[0] * problem.m, len(pairs))
    matrix = sparse.csr_matrix((amount, (block.group[lead] * problem.m + rep, pair)), shape=shape)
    matrix.eliminate_zeros()
    return matrix


@dataclass
class LinearModel:
    """The arrays of the model, and where the prices of the load rows are found among its constraints."""

    pairs: PairList
    cost: Floats
    floor: Floats
    top: Floats
    integer: Bools
    matrix: sparse.csr_matrix
    low: Floats
    high: Floats
    constant: float
    price_places: list[tuple[int, Ints, Ints]] = field(default_factory=list)
    """(block, flat row of the block, constraint) of every constraint that is a load row."""

    def prices(self, problem: Problem, duals: Floats) -> tuple[Floats, ...]:
        """Return the price of every load row, (groups, rows) per block, from the duals of the constraints."""
        prices = [np.zeros(block.base.size) for block in problem.rows]
        for block, rows, constraints in self.price_places:
            worst = problem.rows[block].worst
            scale = 1.0 if worst is None else np.tile(worst, len(prices[block]) // len(worst))[rows]
            np.add.at(prices[block], rows, duals[constraints] / scale)
        return tuple(b.clip(p.reshape(b.base.shape)) for b, p in zip(problem.rows, prices, strict=True))


class _Builder:
    """Collects variables and constraints block by block."""

    def __init__(self, pairs: PairList) -> None:
        self.cost = [pairs.score]
        self.floor = [np.zeros(len(pairs))]
        self.top = [np.ones(len(pairs))]
        self.integer = [np.ones(len(pairs), dtype=bool)]
        self.variables = len(pairs)
        self.rows: list[Ints] = []
        self.columns: list[Ints] = []
        self.data: list[Floats] = []
        self.low: list[Floats] = []
        self.high: list[Floats] = []
        self.constraints = 0

    def add_variables(self, cost: float, floor: Floats, top: Floats, *, integer: bool = False) -> Ints:
        """Add variables and return their indices."""
        count = len(top)
        self.cost.append(np.full(count, cost))
        self.floor.append(floor)
        self.top.append(top)
        self.integer.append(np.full(count, integer))
        first = self.variables
        self.variables += count
        return np.arange(first, first + count)

    def add_constraints(self, low: Floats, high: Floats, *parts: tuple[Any, Any, Floats]) -> Ints:
        """Add constraints, each part as (constraint from 0, variable, coefficient), and return their indices."""
        first = self.constraints
        for row, column, data in parts:
            self.rows.append(np.asarray(row, dtype=np.int64) + first)
            self.columns.append(np.asarray(column, dtype=np.int64))
            self.data.append(data)
        self.low.append(low)
        self.high.append(high)
        self.constraints += len(low)
        return np.arange(first, self.constraints)

    def range_of(self, activity: sparse.csr_matrix) -> tuple[Floats, Floats]:
        """Return the smallest and the largest value that each row of sums over variables can take."""
        width = activity.shape[1]
        floor, top = np.concatenate(self.floor)[:width], np.concatenate(self.top)[:width]
        gain, loss = activity.maximum(0), activity.minimum(0)
        return gain @ floor + loss @ top, gain @ top + loss @ floor

    def build(self, pairs: PairList, constant: float) -> LinearModel:
        """Put the arrays together."""

        def joined(parts: list[Floats]) -> Floats:
            return np.concatenate(parts) if parts else np.zeros(0)

        def indices(parts: list[Ints]) -> Ints:
            return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, dtype=np.int64)

        entries = (joined(self.data), (indices(self.rows), indices(self.columns)))
        matrix = sparse.csr_matrix(entries, shape=(self.constraints, self.variables))
        return LinearModel(
            pairs,
            joined(self.cost),
            joined(self.floor),
            joined(self.top),
            np.concatenate(self.integer),
            matrix,
            joined(self.low),
            joined(self.high),
            constant,
        )


def linear_model(problem: Problem, pairs: PairList) -> LinearModel:
    """Write a problem over the given pairs as a linear model."""
    builder = _Builder(pairs)
    everyone = np.arange(len(pairs))
    required = np.where(problem.required_items, 1.0, 0.0)
    builder.add_constraints(required, np.ones(problem.n_items), (pairs.item, everyone, np.ones(len(pairs))))
    places: list[tuple[int, Ints, Ints]] = []
    for index, block in enumerate(problem.rows):
        places += [(index, rows, constraints) for rows, constraints in _load_rows(builder, problem, block, pairs)]
    for spread in problem.spreads:
        _spread(builder, problem, spread.group, spread.rate, pairs)
    model = builder.build(pairs, problem.offset())
    model.price_places = places
    return model


def _load_rows(builder: _Builder, problem: Problem, block: LoadRows, pairs: PairList) -> list[tuple[Ints, Ints]]:
    """Add the constraints of a block; return (flat row, constraint) pairs for the prices."""
    groups, rows = block.base.shape
    activity = pair_loads(problem, block, pairs)
    if block.weights is not None and groups * rows * len(pairs) <= MOST_WEIGHED:
        activity = sparse.csr_matrix(sparse.kron(sparse.identity(groups), sparse.csr_matrix(block.weights)) @ activity)
    elif block.weights is not None:
        activity = _load_variables(builder, problem, block, activity)
    lower, upper = (block.lower - block.base).ravel(), (block.upper - block.base).ravel()
    if block.hard:
        both = np.flatnonzero(np.isfinite(lower) | np.isfinite(upper))
        part = activity[both].tocoo()
        added = builder.add_constraints(lower[both], upper[both], (part.row, part.col, part.data))
        return [(both, added)]
    smallest, largest = builder.range_of(activity)
    excess = np.maximum(np.maximum(largest - upper, lower - smallest), 0.0)
    if block.worst is None:
        wanted = np.flatnonzero(np.isfinite(lower) | np.isfinite(upper))
        slack = np.zeros(groups * rows, dtype=np.int64)
        slack[wanted] = builder.add_variables(-block.rate, np.zeros(len(wanted)), excess[wanted])
    else:  # each row in multiples of its own scale, so that all can share one violation
        part_of = 1.0 / np.tile(block.worst, groups)
        activity = sparse.csr_matrix(sparse.diags(part_of) @ activity)
        lower, upper = lower * part_of, upper * part_of
        most = (excess * part_of).reshape(groups, rows).max(axis=1)
        slack = np.repeat(builder.add_variables(-block.rate, np.zeros(groups), most), rows)
    found = []
    for bound, sign in ((upper, -1.0), (lower, 1.0)):
        side = np.flatnonzero(np.isfinite(bound))
        part = activity[side].tocoo()
        give = (np.arange(len(side)), slack[side], np.full(len(side), sign))
        low = bound[side] if sign > 0 else np.full(len(side), -np.inf)
        high = bound[side] if sign < 0 else np.full(len(side), np.inf)
        found.append((side, builder.add_constraints(low, high, (part.row, part.col, part.data), give)))
    return found


def _load_variables(
    builder: _Builder, problem: Problem, block: LoadRows, loads: sparse.csr_matrix
) -> sparse.csr_matrix:
    """Add one variable per group and rep that a row weighs, equal to its load; return the rows over all variables.

    Rows such as fair bands weigh every rep of a group: through these variables they stay sparse.
    """
    assert block.weights is not None
    groups, m = block.base.shape[0], problem.m
    used = np.flatnonzero(np.abs(block.weights).max(axis=0, initial=0.0) > 0)
    places = (np.arange(groups)[:, None] * m + used).ravel()
    load = builder.add_variables(0.0, *builder.range_of(loads[places]))
    part = loads[places].tocoo()
    own = (np.arange(len(places)), load, np.full(len(places), -1.0))
    zero = np.zeros(len(places))
    builder.add_constraints(zero, zero, (part.row, part.col, part.data), own)
    weights = sparse.kron(sparse.identity(groups), sparse.csr_matrix(block.weights[:, used])).tocoo()
    shape = (groups * block.weights.shape[0], builder.variables)
    return sparse.csr_matrix((weights.data, (weights.row, load[weights.col])), shape=shape)


def _spread(builder: _Builder, problem: Problem, group: Ints, rate: float, pairs: PairList) -> None:
    """Add, for each soft family, who owns a part of it, and the number of further owners.

    held[f, j] >= x[i, j] and held[f, nobody] >= 1 - sum_j x[i, j] for every lead i of family f;
    further[f] >= sum_j held[f, j] - 1.
    """
    for family in np.unique(group[group >= 0]):
        items = np.unique(problem.item[group == family])
        if len(items) < 2:
            continue
        mine = np.flatnonzero(np.isin(pairs.item, items))
        reps = np.unique(pairs.rep[mine])
        held = builder.add_variables(0.0, np.zeros(len(reps)), np.ones(len(reps)), integer=True)
        nobody = builder.add_variables(0.0, np.zeros(1), np.ones(1), integer=True)
        further = builder.add_variables(-rate, np.zeros(1), np.array([float(len(items))]))
        count = len(mine)
        steps = np.arange(count)
        owns = held[np.searchsorted(reps, pairs.rep[mine])]
        builder.add_constraints(
            np.zeros(count),
            np.full(count, np.inf),
            (steps, owns, np.ones(count)),
            (steps, mine, -np.ones(count)),
        )
        rows = np.searchsorted(items, pairs.item[mine])
        at_items = np.arange(len(items))
        builder.add_constraints(
            np.ones(len(items)),
            np.full(len(items), np.inf),
            (at_items, np.repeat(nobody, len(items)), np.ones(len(items))),
            (rows, mine, np.ones(count)),
        )
        everyone = np.concatenate([held, nobody])
        zeros = np.zeros(len(everyone), dtype=np.int64)
        builder.add_constraints(
            np.array([-1.0]),
            np.array([np.inf]),
            (np.zeros(1, dtype=np.int64), further, np.ones(1)),
            (zeros, everyone, -np.ones(len(everyone))),
        )


def owner_of(problem: Problem, pairs: PairList, chosen: Bools) -> Ints:
    """Return the rep of each lead, (n,), -1 for none, from the chosen pairs."""
    rep = np.full(problem.n_items, -1, dtype=np.int64)
    rep[pairs.item[chosen]] = pairs.rep[chosen]
    return rep[problem.item]
