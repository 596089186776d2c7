"""Profiles: leads that agree in everything but their own amounts, so that one small matrix scores them all.

A lead's net score at given prices is a sum of amounts of its own (value, hours, one) times rows of small tables. Leads
that use the same rows share a *profile*, and the net scores of a profile are one matrix product,

    net[i, j] = sum_k scale[i, k] direction[k, j]        over the reps j who are eligible for the profile,

plus what today's owner adds. That is several times faster than scoring lead by lead, and holds no pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from solver.pairs import AtOwner, Floats, Ints, Kilometres, Measured, PairValues, PerLead, Tabled, Total

if TYPE_CHECKING:
    from solver.problem import Problem

LEAST_CELLS = 4_000
"""A profile with fewer leads x reps is not worth a matrix of its own."""
CELLS = 131_072
"""Pairs looked at in one go: a megabyte, which a core keeps near."""


Piece = tuple[int, int, int]
"""A profile, and the first and the end of a run of its leads."""


@dataclass(frozen=True)
class _Part:
    """`scale[i, k] table[code[i], j]`, which counts as score, or (less its price) as load of a block of rows."""

    k: int
    code: Ints | None
    table: Floats
    block: int | None


class Profiles:
    """The single leads of a problem in profiles that are large enough, and the `rest` of its items."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._scales: list[Floats] = []
        self._parts: list[_Part] = []
        self._owned: list[tuple[AtOwner, int | None]] = []
        supported = problem.m > 0 and problem.n > 0 and self._read()
        first, count = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        if supported:
            code = self._codes()
            size = np.bincount(code)
            fits = (size * problem.m >= LEAST_CELLS)[code] & self._single
            leads = np.flatnonzero(fits)
            leads = leads[np.argsort(code[leads], kind="stable")]
            first = np.flatnonzero(np.diff(code[leads], prepend=-1))
            count = np.diff(np.append(first, len(leads)))
        else:
            leads = np.zeros(0, dtype=np.int64)
        self.leads = leads
        self._first, self._count = first, count
        inside = np.zeros(problem.n_items, dtype=bool)
        inside[problem.item[leads]] = True
        self.rest = np.flatnonzero(~inside)
        self._scale = np.stack([s[leads] for s in self._scales], axis=1) if self._scales else np.zeros((len(leads), 0))
        owner = self._owned[0][0].owner[leads] if self._owned else np.full(len(leads), -1, dtype=np.int64)
        self._owner = owner

    @cached_property
    def _single(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Leads that are an item alone, (n,)."""
        size = np.bincount(self._problem.item, minlength=self._problem.n_items)
        single: np.ndarray[tuple[int], np.dtype[np.bool_]] = (size == 1)[self._problem.item]
        return single

    def _read(self) -> bool:
        """Take the terms and rows apart; False where one of them has a number of its own for every pair."""
        problem = self._problem
        if problem.unassigned.any():
            self._add(PerLead(-problem.unassigned), None)
        values: list[tuple[PairValues, int | None]] = [(term.values, None) for term in problem.terms]
        values += [(block.values, index) for index, block in enumerate(problem.rows)]
        return all(self._add(part, block) for whole, block in values for part in _flat(whole))

    def _add(self, part: PairValues, block: int | None) -> bool:
        if isinstance(part, PerLead):
            self._parts.append(_Part(self._scale_of(part.amount), None, np.ones((1, self._problem.m)), block))
        elif isinstance(part, Tabled):
            self._parts.append(_Part(self._scale_of(part.scale), part.code, part.table, block))
        elif isinstance(part, AtOwner):
            if self._owned and not np.array_equal(self._owned[0][0].owner, part.owner):
                return False
            self._owned.append((part, block))
        else:
            return False
        return True

    def _scale_of(self, amount: Floats) -> int:
        """Return the place of a vector of amounts among the scales; equal ones share it."""
        for k, known in enumerate(self._scales):
            if known is amount or np.array_equal(known, amount):
                return k
        self._scales.append(amount)
        return len(self._scales) - 1

    def _codes(self) -> Ints:
        """Return the profile of each lead, (n,)."""
        problem = self._problem
        columns = [part.code for part in self._parts if part.code is not None]
        columns += [removal.code for removal in problem.removals]
        columns += [block.group + 1 for block in problem.rows if not (block.group == 0).all()]
        profile = np.zeros(problem.n, dtype=np.int64)
        known: list[Ints] = []
        for column in columns:
            if any(column is other or np.array_equal(column, other) for other in known):
                continue
            known.append(column)
            key = profile * (int(column.max()) + 1) + column
            profile = np.unique(key, return_inverse=True)[1]
        return profile

    def pieces(self) -> list[Piece]:
        """Return (profile, first, end) of runs of `leads`, each of about `CELLS` pairs."""
        step = max(1, CELLS // max(self._problem.m, 1))
        return [
            (profile, a, min(a + step, first + count))
            for profile, (first, count) in enumerate(zip(self._first.tolist(), self._count.tolist(), strict=True))
            for a in range(first, first + count, step)
        ]

    def net(
        self, pieces: Sequence[Piece], cost: Sequence[Floats], bonus: Floats | None
    ) -> Iterator[tuple[Ints, Ints, Floats]]:
        """Yield (items, eligible reps, net scores of each with each) for some pieces.

        Parameters
        ----------
        cost : sequence of (groups, reps) arrays
            What a unit of load costs each rep, per block of rows.
        bonus : (leads,) array, optional
            What `bonus` returned for the same costs.
        """
        place = np.full(self._problem.m + 1, -1, dtype=np.int64)
        before = -1
        for profile, a, b in pieces:
            if profile != before:
                reps = self._eligible(profile)
                directions = self._directions(profile, cost)[:, reps]
                place[:] = -1
                place[reps] = np.arange(len(reps))
                before = profile
            net = self._scale[a:b] @ directions
            if bonus is not None:
                column = place[self._owner[a:b]]
                row = np.flatnonzero(column >= 0)
                net[row, column[row]] += bonus[a:b][row]
            yield self._problem.item[self.leads[a:b]], reps, net

    def _eligible(self, profile: int) -> Ints:
        lead = self.leads[self._first[profile]]
        removed = np.zeros(self._problem.m, dtype=bool)
        for removal in self._problem.removals:
            removed |= removal.table[removal.code[lead]]
        return np.flatnonzero(~removed)

    def _directions(self, profile: int, cost: Sequence[Floats]) -> Floats:
        """Return what one unit of each scale is worth with each rep, (scales, reps)."""
        lead = self.leads[self._first[profile]]
        directions = np.zeros((len(self._scales), self._problem.m))
        for part in self._parts:
            row = part.table[0 if part.code is None else part.code[lead]]
            if part.block is None:
                directions[part.k] += row
            elif (group := self._problem.rows[part.block].group[lead]) >= 0:
                directions[part.k] -= row * cost[part.block][group]
        return directions

    def bonus(self, cost: Sequence[Floats]) -> Floats | None:
        """Return what each of the `leads` adds at its owner of today; None where nothing does."""
        if not self._owned:
            return None
        bonus = np.zeros(len(self.leads))
        for part, block in self._owned:
            amount = part.amount[self.leads]
            if block is not None:
                group = self._problem.rows[block].group[self.leads]
                amount = np.where(group >= 0, -amount * cost[block][group, self._owner], 0.0)
            bonus += amount
        return bonus


def _flat(values: PairValues) -> list[PairValues]:
    """Return values whose sum is the given one, none of them a total."""
    if not isinstance(values, Total):
        return [values]
    return [_masked(part, values.mask.astype(np.float64)) for whole in values.parts for part in _flat(whole)]


def _masked(values: PairValues, mask: Floats) -> PairValues:
    """Return simple values for the leads in a mask, 0 for the others."""
    if isinstance(values, PerLead):
        return PerLead(values.amount * mask)
    if isinstance(values, Tabled):
        return Tabled(values.scale * mask, values.code, values.table)
    if isinstance(values, AtOwner):
        return AtOwner(values.amount * mask, values.owner, values.reps)
    if isinstance(values, Kilometres):
        return replace(values, leads=values.leads * mask[:, None])
    if isinstance(values, Measured):
        return replace(values, factor=values.factor * mask)
    raise TypeError(f"there is no mask for {type(values).__name__}")
