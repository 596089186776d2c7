"""Values of lead x rep pairs, held without holding the pairs.

Leads with the same attributes share a row of a small table, so that a million leads times a thousand reps is
a vector and a matrix, not a billion numbers. Every kind answers the same two questions: a block of leads
against all reps, and a list of pairs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Rows = slice | Ints

EARTH_RADIUS_KM = 6371.0088
"""Mean Earth radius of the IUGG, in kilometres."""


class PairValues(Protocol):
    """A number for every lead x rep pair."""

    def block(self, leads: Rows) -> Floats:
        """Return the values of the given leads, (leads, reps); may be a broadcast view of (leads, 1)."""
        ...

    def at(self, leads: Ints, reps: Ints) -> Floats:
        """Return the values of the given pairs, (k,)."""
        ...

    def take(self, leads: Ints) -> PairValues:
        """Return the values of some leads only, renumbered from 0."""
        ...

    def size(self) -> float:
        """Return at least the sum over the leads of each one's largest absolute value: what rounding is relative to."""
        ...


@dataclass(frozen=True)
class PerLead:
    """The same amount whichever rep takes the lead: a count, hours, value."""

    amount: Floats

    def block(self, leads: Rows) -> Floats:
        """Return a column, (leads, 1)."""
        return self.amount[leads, None]

    def at(self, leads: Ints, reps: Ints) -> Floats:
        """Return the amounts of the leads."""
        return self.amount[leads]

    def take(self, leads: Ints) -> PerLead:
        """Return the amounts of some leads only."""
        return PerLead(self.amount[leads])

    def size(self) -> float:
        """Return the sum of the leads' largest absolute values, or more."""
        return float(np.abs(self.amount).sum())


@dataclass(frozen=True)
class Tabled:
    """`scale[i] * table[code[i], j]`: a lead's own amount times what its kind of lead is worth to the rep."""

    scale: Floats
    code: Ints
    table: Floats

    def block(self, leads: Rows) -> Floats:
        """Return the products, (leads, reps)."""
        values: Floats = self.table[self.code[leads]]
        values *= self.scale[leads, None]
        return values

    def at(self, leads: Ints, reps: Ints) -> Floats:
        """Return the products of the pairs."""
        return self.scale[leads] * self.table[self.code[leads], reps]

    def take(self, leads: Ints) -> Tabled:
        """Return the products of some leads only."""
        return Tabled(self.scale[leads], self.code[leads], self.table)

    def size(self) -> float:
        """Return the sum of the leads' largest absolute values, or more."""
        largest = np.abs(self.table).max(axis=1, initial=0.0)
        return float((np.abs(self.scale) * largest[self.code]).sum())


@dataclass(frozen=True)
class AtOwner:
    """An amount where the rep is the lead's owner of today (`owner[i]`, -1 for nobody), else 0."""

    amount: Floats
    owner: Ints
    reps: int

    def block(self, leads: Rows) -> Floats:
        """Return the amounts at the owners, (leads, reps)."""
        owner, amount = self.owner[leads], self.amount[leads]
        values = np.zeros((len(owner), self.reps))
        rows = np.flatnonzero(owner >= 0)
        values[rows, owner[rows]] = amount[rows]
        return values

    def at(self, leads: Ints, reps: Ints) -> Floats:
        """Return the amounts of the pairs that are ownerships."""
        return np.where(self.owner[leads] == reps, self.amount[leads], 0.0)

    def take(self, leads: Ints) -> AtOwner:
        """Return the amounts of some leads only."""
        return AtOwner(self.amount[leads], self.owner[leads], self.reps)

    def size(self) -> float:
        """Return the sum of the leads' largest absolute values, or more."""
        return float(np.abs(self.amount).sum())


@dataclass(frozen=True)
class Kilometres:
    """Great-circle distance, or its square, times a factor; 0 for a lead or rep without a place.

    Places are unit vectors (`unit_vectors`), zero vectors where unknown. The chord c of two unit vectors spans the
    angle 2 asin(c / 2), which stays exact for near places where the arc cosine of the dot product does not.

    Parameters
    ----------
    leads, reps : (n, 3), (m, 3) arrays
    factor : float
        Times the weight of the lead, if there are `weights`, (n,).
    power : int
        1 or 2: of the kilometres.
    """

    leads: Floats
    reps: Floats
    factor: float
    weights: Floats | None = None
    power: int = 1

    def block(self, leads: Rows) -> Floats:
        """Return the weighted distances, (leads, reps)."""
        here = self.leads[leads]
        square = np.zeros((len(here), len(self.reps)))
        for axis in range(3):  # by differences: exact for near places, where a dot product would cancel
            square += (here[:, axis, None] - self.reps[None, :, axis]) ** 2
        known = np.logical_and.outer(np.any(here != 0, axis=1), np.any(self.reps != 0, axis=1))
        points = np.where(known, self._points(square), 0.0)
        return points if self.weights is None else points * self.weights[leads, None]

    def at(self, leads: Ints, reps: Ints) -> Floats:
        """Return the weighted distances of the pairs."""
        a, b = self.leads[leads], self.reps[reps]
        square = ((a - b) ** 2).sum(axis=1)
        points = np.where(a.any(axis=1) & b.any(axis=1), self._points(square), 0.0)
        return points if self.weights is None else points * self.weights[leads]

    def _points(self, square: Floats) -> Floats:
        """Return the points of squared chords."""
        arc = 2.0 * np.arcsin(np.minimum(np.sqrt(square) / 2.0, 1.0))
        points: Floats = self.factor * (EARTH_RADIUS_KM * arc) ** self.power
        return points

    def take(self, leads: Ints) -> Kilometres:
        """Return the weighted distances of some leads only."""
        return replace(self, leads=self.leads[leads], weights=None if self.weights is None else self.weights[leads])

    def size(self) -> float:
        """Return the sum of the leads' largest absolute values, or more."""
        weight = len(self.leads) if self.weights is None else float(np.abs(self.weights).sum())
        return float(abs(self.factor) * (np.pi * EARTH_RADIUS_KM) ** self.power * weight)


@dataclass(frozen=True)
class Measured:
    """A given number for each pair times a factor of the lead; a pair that is not given counts as `missing`.

    Parameters
    ----------
    key : (k,) array of int
        ``lead * reps + rep`` of the pairs that are given, increasing.
    amount : (k,) array
        Their numbers.
    missing : float
        No smaller than any of them, so that a pair nobody knows is never the better one.
    factor : (leads,) array
    reps : int
    """

    key: Ints
    amount: Floats
    missing: float
    factor: Floats
    reps: int

    @property
    def full(self) -> bool:
        """Whether every pair is given."""
        return len(self.key) == len(self.factor) * self.reps

    def block(self, leads: Rows) -> Floats:
        """Return the products, (leads, reps)."""
        factor = self.factor[leads]
        if self.full:
            table: Floats = self.amount.reshape(len(self.factor), self.reps)[leads]
            return table * factor[:, None]
        amounts = np.full((len(factor), self.reps), self.missing)
        place, key = self._rows(np.arange(len(self.factor))[leads])
        amounts.reshape(-1)[key] = self.amount[place]
        amounts *= factor[:, None]
        return amounts

    def at(self, leads: Ints, reps: Ints) -> Floats:
        """Return the products of the pairs."""
        return self.amounts(leads, reps) * self.factor[leads]

    def amounts(self, leads: Ints, reps: Ints, missing: float | None = None) -> Floats:
        """Return the numbers of the pairs as they are given, (k,), or else `missing`."""
        wanted = leads * self.reps + reps
        if self.full:
            known: Floats = self.amount[wanted]
            return known
        other = self.missing if missing is None else missing
        if not len(self.key):
            return np.full(len(wanted), other)
        place = np.minimum(np.searchsorted(self.key, wanted), len(self.key) - 1)
        return np.where(self.key[place] == wanted, self.amount[place], other)

    def take(self, leads: Ints) -> Measured:
        """Return the products of some leads only."""
        place, key = self._rows(leads)
        return replace(self, key=key, amount=self.amount[place], factor=self.factor[leads])

    def size(self) -> float:
        """Return the sum of the leads' largest absolute values, or more."""
        return float(abs(self.missing) * np.abs(self.factor).sum())

    def _rows(self, leads: Ints) -> tuple[Ints, Ints]:
        """Return where the pairs of some leads are, (k,), and their keys with these leads numbered from 0."""
        first = np.searchsorted(self.key, leads * self.reps)
        count = np.searchsorted(self.key, (leads + 1) * self.reps) - first
        row = np.repeat(np.arange(len(leads)), count)
        place = np.arange(len(row)) + np.repeat(first - (np.cumsum(count) - count), count)
        return place, self.key[place] + (row - leads[row]) * self.reps


@dataclass(frozen=True)
class Total:
    """The sum of several values, for the leads in a mask; 0 for the others."""

    parts: tuple[PairValues, ...]
    mask: Bools

    def block(self, leads: Rows) -> Floats:
        """Return the sums, (leads, reps)."""
        inside: Bools = self.mask[leads]
        total = np.zeros((len(inside), 1))
        for part in self.parts:
            total = total + part.block(leads)
        return np.where(inside[:, None], total, 0.0)

    def at(self, leads: Ints, reps: Ints) -> Floats:
        """Return the sums of the pairs."""
        total = np.zeros(len(leads))
        for part in self.parts:
            total = total + part.at(leads, reps)
        return np.where(self.mask[leads], total, 0.0)

    def take(self, leads: Ints) -> Total:
        """Return the sums of some leads only."""
        return Total(tuple(part.take(leads) for part in self.parts), self.mask[leads])

    def size(self) -> float:
        """Return the sum of the leads' largest absolute values, or more."""
        return sum(part.size() for part in self.parts)


def unit_vectors(lat: Floats, lon: Floats) -> Floats:
    """Return places on the unit sphere, (k, 3), from degrees; NaN gives the zero vector."""
    phi, lam = np.radians(lat), np.radians(lon)
    vectors = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)
    known: Floats = np.nan_to_num(vectors, nan=0.0)
    return known
