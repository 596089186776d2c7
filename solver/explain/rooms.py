"""Rooms: what the hard load rows of a plan still admit. Tested truly, with the loads of the leads in question."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.evaluate import block_load, row_size
from solver.pairs import Bools, Floats, Ints
from solver.problem import BLOCK_CELLS, LoadRows, Problem
from solver.rules.base import TOLERANCE


@dataclass(frozen=True)
class Moves:
    """Leads that go, in thought, from one rep to another: entry k moves `lead[k]` as a part of move `move[k]`.

    All leads of one move have the same `source` and `target`, (count,), -1 for nobody; entries are sorted by move.
    """

    count: int
    move: Ints
    lead: Ints
    source: Ints
    target: Ints


@dataclass(frozen=True)
class Hits:
    """The first hard row that each move would break: its block (-1: none), group and row, the side, and by how much."""

    block: Ints
    group: Ints
    row: Ints
    upper: Bools
    excess: Floats


class Room:
    """One block of hard rows under a plan.

    `up` and `down`, (groups, rows), are what each row may still rise and fall; `rise` and `fall`, (groups, reps),
    how much load each rep may still take, or give, before the first row breaks.
    """

    def __init__(self, rows: LoadRows, load: Floats) -> None:
        self.rows, self.load = rows, load
        self.activity = rows.activity(load)
        self.spare = TOLERANCE * row_size(rows, load)
        self.up = np.maximum(rows.upper - self.activity, 0.0) + self.spare
        self.down = np.maximum(self.activity - rows.lower, 0.0) + self.spare
        if rows.weights is None:
            self.rise, self.fall = self.up, self.down
        else:
            self.rise, self.fall = self._reach(1.0), self._reach(-1.0)

    def _reach(self, sign: float) -> Floats:
        """Return the largest load each rep may take (`sign` 1) or give (-1) until a row is at its end."""
        assert self.rows.weights is not None
        step = sign * self.rows.weights
        reach = np.full((len(self.up), step.shape[1]), np.inf)
        with np.errstate(divide="ignore"):
            rising, falling = 1.0 / np.maximum(step, 0.0), 1.0 / np.maximum(-step, 0.0)
        for g, (up, down) in enumerate(zip(self.up, self.down, strict=True)):
            first = np.minimum(rising * up[:, None], falling * down[:, None])
            reach[g] = first.min(axis=0, initial=np.inf)
        return reach

    def additions(self, item: Ints, lead: Ints, blocked: Bools) -> None:
        """Mark in `blocked`, (items, reps), who cannot take all leads of an item; `item` never decreases."""
        inside = self.rows.group[lead] >= 0
        item, lead = item[inside], lead[inside]
        if len(lead) == 0:
            return
        group = self.rows.group[lead]
        amount = self.rows.values.block(lead)
        key = item * len(self.up) + group
        if (np.diff(key) <= 0).any():  # families: several leads of one item count in one row
            order = np.argsort(key, kind="stable")
            first = np.flatnonzero(np.diff(key[order], prepend=-1))
            amount = np.add.reduceat(amount[order], first, axis=0)
            item, group = item[order][first], group[order][first]
        over = amount > (self.rise if len(self.rise) == 1 else self.rise[group])
        if (amount < 0).any():
            over |= -amount > self.fall[group]
        if len(item) == len(blocked) and (item == np.arange(len(item))).all():
            blocked |= over
        elif len(np.unique(item)) == len(item):
            blocked[item] |= over
        else:
            np.logical_or.at(blocked, item, over)

    def moves(self, moves: Moves) -> tuple[Ints, Ints, Ints, Bools, Floats]:
        """Return the moves that break a row here: move, group, row, whether its upper bound, and by how much."""
        rows = self.rows
        inside = rows.group[moves.lead] >= 0
        move, lead = moves.move[inside], moves.lead[inside]
        key, place = np.unique(move * len(self.up) + rows.group[lead], return_inverse=True)
        taken = np.bincount(place, rows.values.at(lead, moves.target[move]), len(key)).astype(np.float64)
        source = moves.source[move]
        lost = np.where(source >= 0, rows.values.at(lead, np.maximum(source, 0)), 0.0)
        given = np.bincount(place, lost, len(key)).astype(np.float64)
        which, group = np.divmod(key, len(self.up))
        target, source = moves.target[which], moves.source[which]
        if rows.weights is None:
            return self._own_rows(which, group, target, source, taken, given)
        return self._weighted_rows(which, group, target, source, taken, given)

    def _own_rows(
        self, which: Ints, group: Ints, target: Ints, source: Ints, taken: Floats, given: Floats
    ) -> tuple[Ints, Ints, Ints, Bools, Floats]:
        at_source = np.maximum(source, 0)
        change = np.stack([taken, -given], axis=1)
        row = np.stack([target, at_source], axis=1)
        excess, upper = self._excess(change, group[:, None], row)
        return self._worst(which, group, excess, upper, row)

    def _weighted_rows(
        self, which: Ints, group: Ints, target: Ints, source: Ints, taken: Floats, given: Floats
    ) -> tuple[Ints, Ints, Ints, Bools, Floats]:
        assert self.rows.weights is not None
        weights = np.vstack([self.rows.weights.T, np.zeros((1, len(self.rows.weights)))])  # the last place: nobody
        count = weights.shape[1]
        parts = []
        step = max(1, BLOCK_CELLS // max(count, 1))
        for first in range(0, len(which), step):
            some = slice(first, first + step)
            change = taken[some, None] * weights[target[some]] - given[some, None] * weights[source[some]]
            row = np.broadcast_to(np.arange(count), change.shape)
            excess, upper = self._excess(change, group[some, None], row)
            parts.append(self._worst(which[some], group[some], excess, upper, row))
        if not parts:
            return self._own_rows(which, group, target, source, taken, given)
        a, b, c, d, e = (np.concatenate(column) for column in zip(*parts, strict=True))
        return a, b, c, d, e

    def _excess(self, change: Floats, group: Ints, row: Ints) -> tuple[Floats, Bools]:
        """Return by how much each row would be passed beyond its room, at least 0, and whether above."""
        over, under = change - self.up[group, row], -change - self.down[group, row]
        return np.maximum(np.maximum(over, under), 0.0), over >= under

    def _worst(
        self, which: Ints, group: Ints, excess: Floats, upper: Bools, row: Ints
    ) -> tuple[Ints, Ints, Ints, Bools, Floats]:
        worst = excess.argmax(axis=1) if excess.size else np.zeros(len(excess), dtype=np.int64)
        steps = np.arange(len(excess))
        most = excess[steps, worst]
        bad = most > 0
        which, group, row, upper = which[bad], group[bad], row[steps, worst][bad], upper[steps, worst][bad]
        return which, group, row, upper, most[bad] + self.spare[group, row]


class Rooms:
    """All hard load rows under a plan.

    Parameters
    ----------
    problem : Problem
    owner : (n,) array of int
        Rep of each lead, -1 for none.
    """

    def __init__(self, problem: Problem, owner: Ints) -> None:
        self.reps = problem.m
        self.blocks = tuple(Room(rows, block_load(rows, owner, problem.m)) for rows in problem.rows if rows.hard)

    def additions(self, item: Ints, lead: Ints) -> Bools:
        """Return which reps cannot take the leads of each unassigned item, (items, reps).

        `item` numbers the item of each lead from 0 and never decreases; every lead of an item is there.
        """
        count = int(item[-1]) + 1 if len(item) else 0
        blocked = np.zeros((count, self.reps), dtype=bool)
        for room in self.blocks:
            room.additions(item, lead, blocked)
        return blocked

    def broken_rules(self, moves: Moves) -> list[str]:
        """Return the rules of all the hard rows that some moves would break, each once, in their order."""
        return list(dict.fromkeys(room.rows.rule for room in self.blocks if len(room.moves(moves)[0])))

    def moves(self, moves: Moves) -> Hits:
        """Return the first hard row that each move would break, in the order of the rules."""
        hits = Hits(
            np.full(moves.count, -1, dtype=np.int64),
            np.zeros(moves.count, dtype=np.int64),
            np.zeros(moves.count, dtype=np.int64),
            np.zeros(moves.count, dtype=bool),
            np.zeros(moves.count),
        )
        for index, room in enumerate(self.blocks):
            which, group, row, upper, excess = room.moves(moves)
            fresh = hits.block[which] < 0
            which = which[fresh]
            hits.block[which], hits.group[which], hits.row[which] = index, group[fresh], row[fresh]
            hits.upper[which], hits.excess[which] = upper[fresh], excess[fresh]
        return hits
