"""Pairs that no plan can have, because with them a hard row cannot hold whatever all other leads do.

A county with more people than a district may have, a deal worth more than any rep's fair band: shared between reps, as
the relaxation sees them, they fit; whole, they do not. (Bounds on the activity of a row: Savelsbergh 1994.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from solver.evaluate import ROOM
from solver.pairs import Bools, Floats, Ints, PerLead, Rows, Tabled
from solver.problem import BLOCK_CELLS, LoadRows, Problem, Removal

MOST_NUMBERS = 20_000_000
"""Pairs times rows up to which all of a block is looked at; beyond, only leads too large for a rep's own row are."""


def tighten(problem: Problem) -> Problem:
    """Return the problem without pairs that alone break a hard row, if a lead that needs an owner then has nobody.

    Otherwise the problem itself: prices of the rows prove more while the pairs are there. Every plan that breaks
    nothing stays possible, so that what is proved of the one is true of the other.
    """
    found: dict[int, Bools] = {}
    for block in problem.rows:
        if not block.hard or not problem.n:
            continue
        for leads, least, most in _looks(problem, block):
            broken = _broken(problem, block, leads, least, most)
            for k in np.flatnonzero(broken.any(axis=1)).tolist():
                lead = int(leads[k])
                found[lead] = found[lead] | broken[k] if lead in found else broken[k]
    if not found:
        return problem
    table, code = np.unique(np.array(list(found.values())), axis=0, return_inverse=True)
    codes = np.zeros(problem.n, dtype=np.int64)
    codes[list(found)] = code.ravel() + 1
    nothing = np.zeros((1, problem.m), dtype=bool)
    tight = replace(problem, removals=(*problem.removals, Removal("too much", codes, np.vstack([nothing, table]))))
    pressed = np.flatnonzero((codes > 0) & problem.required)
    return problem if tight.eligible(pressed).any(axis=1).all() else tight


@dataclass(frozen=True)
class TooMuch:
    """A lead that alone is more than a load may be, with whoever may take it.

    Parameters
    ----------
    rule, metric : str
        Of the rows that it breaks.
    lead : int
    amount, most : float
        What it adds at least, and the most that any of these reps has room for.
    """

    rule: str
    metric: str
    lead: int
    amount: float
    most: float


def too_much(problem: Problem) -> list[TooMuch]:
    """Return the leads that alone are too much for every rep's row of a hard rule, by rule."""
    found = []
    for block in problem.rows:
        if not block.hard or block.weights is not None or not problem.n:
            continue
        for leads, least, _ in _looks(problem, block):
            eligible, added, group = problem.eligible(leads), _added(problem, block, leads), block.group[leads]
            room = block.upper[group] - least[group] + np.minimum(added, 0.0)
            over = eligible & (added > room + 10 * ROOM * np.maximum(np.abs(room), 1.0)) & (group >= 0)[:, None]
            for k in np.flatnonzero((over == eligible).all(axis=1) & eligible.any(axis=1)).tolist():
                amount, most = added[k][eligible[k]].min(), room[k][eligible[k]].max()
                found.append(TooMuch(block.rule, block.metric, int(leads[k]), float(amount), float(most)))
    return found


def _looks(problem: Problem, block: LoadRows) -> Iterator[tuple[Ints, Floats, Floats]]:
    """Yield leads that may be too much, with the least and the most that the block's rows can come to."""
    rows = 1 if block.weights is None else block.base.shape[1]
    if problem.n * problem.m * rows <= MOST_NUMBERS:
        extremes = _extremes(problem, block)
        for _, leads in problem.item_blocks(max(BLOCK_CELLS // rows, problem.m)):
            yield np.arange(leads.start, leads.stop), *extremes
        return
    peak = _peaks(block)
    if block.weights is not None or peak is None:
        return
    room = (block.upper - block.base).min(axis=1)
    large = np.flatnonzero((block.group >= 0) & (peak > room[block.group]))
    if len(large) * problem.m <= MOST_NUMBERS:
        yield large, block.base, np.full(block.base.shape, np.inf)


def _peaks(block: LoadRows) -> Floats | None:
    """Return the most that each lead adds, where that is easily told and nothing is below 0."""
    if isinstance(block.values, PerLead) and (block.values.amount >= 0).all():
        return block.values.amount
    if isinstance(block.values, Tabled) and (block.values.scale >= 0).all() and (block.values.table >= 0).all():
        peak: Floats = block.values.scale * block.values.table.max(axis=1)[block.values.code]
        return peak
    return None


def _added(problem: Problem, block: LoadRows, leads: Rows) -> Floats:
    """Return what each lead adds to each row with each rep, (leads, rows, reps); (leads, reps) where rows are reps'."""
    values = block.values.block(leads)
    values = np.broadcast_to(values, (len(values), problem.m))
    return values if block.weights is None else values[:, None, :] * block.weights[None]


def _extremes(problem: Problem, block: LoadRows) -> tuple[Floats, Floats]:
    """Return the least and the most that each row can come to, (groups, rows)."""
    least, most = block.base.astype(np.float64).copy(), block.base.astype(np.float64).copy()
    for _, leads in problem.item_blocks(max(BLOCK_CELLS // max(block.base.shape[1], 1), problem.m)):
        added = _added(problem, block, leads)
        group = block.group[leads]
        inside = group >= 0
        low = np.minimum(added, 0.0) if block.weights is None else np.minimum(added.min(axis=2), 0.0)
        high = np.maximum(added, 0.0) if block.weights is None else np.maximum(added.max(axis=2), 0.0)
        np.add.at(least, group[inside], low[inside])
        np.add.at(most, group[inside], high[inside])
    return least, most


def _broken(problem: Problem, block: LoadRows, leads: Ints, least: Floats, most: Floats) -> Bools:
    """Return the pairs of some leads with which a row cannot hold, (leads, reps)."""
    added, group = _added(problem, block, leads), block.group[leads]
    size = np.maximum(*(np.where(np.isfinite(b), np.abs(b), 0.0) for b in (block.lower, block.upper)))
    room = 10 * ROOM * np.maximum(size, 1.0)
    own = block.weights is None
    low = np.minimum(added, 0.0) if own else np.minimum(added.min(axis=2), 0.0)[:, :, None]
    high = np.maximum(added, 0.0) if own else np.maximum(added.max(axis=2), 0.0)[:, :, None]

    def over(bound: Floats, rest: Floats, sign: float, mine: Floats) -> Bools:
        """Tell which pairs break one side: what the row comes to at least, with this lead's part exchanged."""
        limit, known, slack = (x[group] if own else x[group][:, :, None] for x in (bound, rest, room))
        worst = known - mine + added
        return np.asarray(sign * (worst - limit) > slack + 1e-9 * np.abs(known))

    broken = over(block.upper, least, 1.0, low) | over(block.lower, most, -1.0, high)
    broken &= (group >= 0)[:, None] if own else (group >= 0)[:, None, None]
    return broken if own else np.asarray(broken.any(axis=1))
