"""The mathematical problem: who may take what, at which score, under which load rows. Arrays only.

    maximise    sum s_ij x_ij  -  penalties of soft rows
    subject to  each lead at most one rep (exactly one where required), families together
                lower <= base + weighted loads <= upper        for every load row

It can be compiled from a scenario or made from arrays of one's own (`Problem.from_arrays`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from solver.pairs import Bools, Floats, Ints, PairValues, PerLead, Rows, Tabled
from solver.profiles import Profiles

BLOCK_CELLS = 4_000_000
"""Pairs looked at in one go: 32 MB of scores."""


@dataclass(frozen=True)
class Term:
    """A named part of the score, in points."""

    name: str
    values: PairValues


@dataclass(frozen=True)
class Removal:
    """Pairs that a hard rule removes: `table[code[i], j]` is True where rep j may not take lead i."""

    rule: str
    code: Ints
    table: Bools


@dataclass(frozen=True)
class LoadRows:
    """A block of load rows that share a metric: one row per lead group and weighting of the reps.

        load[g, j] = sum of values over the leads of group g that rep j takes
        activity   = base[g, k] + sum_j weights[k, j] load[g, j]      must lie in [lower[g, k], upper[g, k]]

    Parameters
    ----------
    rule : str
        Name of the rule or goal the rows come from.
    metric : str
        What is added up.
    values : PairValues
        What each pair adds.
    group : (n,) array of int
        Group of each lead; -1: the lead does not count.
    base, lower, upper : (groups, rows) arrays
        Load from before, and bounds; infinite where there is none.
    rate : float
        Points per unit of violation; infinite: the rows are hard.
    weights : (rows, reps) array, optional
        How the reps' loads enter each row; None: one row per rep, which is that rep's load.
    worst : (rows,) array, optional
        Set: only the worst violation counts, in multiples of these scales, instead of their sum (for max-min).
    labels : tuple
        A word per row, for people; the rep ids when `weights` is None.
    group_labels : tuple
        A word per group.
    """

    rule: str
    metric: str
    values: PairValues
    group: Ints
    base: Floats
    lower: Floats
    upper: Floats
    rate: float = np.inf
    weights: Floats | None = None
    worst: Floats | None = None
    labels: tuple[str, ...] = ()
    group_labels: tuple[str, ...] = ("",)

    @property
    def hard(self) -> bool:
        """Whether the rows must hold."""
        return bool(np.isinf(self.rate))

    def activity(self, load: Floats) -> Floats:
        """Return the activity of each row, (groups, rows), from the loads, (groups, reps)."""
        return self.base + (load if self.weights is None else load @ self.weights.T)

    def excess(self, load: Floats) -> Floats:
        """Return by how much each row is missed, (groups, rows), at least 0."""
        activity = self.activity(load)
        return np.maximum(np.maximum(activity - self.upper, self.lower - activity), 0.0)

    def penalty(self, load: Floats) -> float:
        """Return the points lost to violations of soft rows; 0 for hard rows."""
        if self.hard:
            return 0.0
        excess = self.excess(load)
        if self.worst is None:
            return float(self.rate * excess.sum())
        return float(self.rate * (excess / self.worst).max(axis=1, initial=0.0).sum())

    def to_reps(self, prices: Floats) -> Floats:
        """Return what one unit of load costs each rep, (groups, reps), from the rows' prices, (groups, rows)."""
        return prices if self.weights is None else prices @ self.weights

    def clip(self, prices: Floats) -> Floats:
        """Return the nearest prices that are valid: finite bounds, and the ceiling of soft rows."""
        prices = np.where(np.isfinite(self.upper), prices, np.minimum(prices, 0.0))
        prices = np.where(np.isfinite(self.lower), prices, np.maximum(prices, 0.0))
        if self.hard:
            return prices
        if self.worst is None:
            ceiled: Floats = np.clip(prices, -self.rate, self.rate)
            return ceiled
        spent = (np.abs(prices) * self.worst).sum(axis=1, keepdims=True)
        part: Floats = np.minimum(1.0, self.rate / np.maximum(spent, 1e-300))
        return prices * part

    def charge(self, prices: Floats) -> float:
        """Return the constant part of the dual: what the bounds themselves cost at these prices."""
        upper = np.where(prices > 0, self.upper - self.base, 0.0)
        lower = np.where(prices < 0, self.lower - self.base, 0.0)
        return float((np.maximum(prices, 0) * upper + np.minimum(prices, 0) * lower).sum())


@dataclass(frozen=True)
class Spread:
    """A soft wish that the leads of a group share one owner: `rate` points per further owner.

    `group[i]` is -1 for leads that belong to no group. "Unassigned" counts as an owner.
    """

    rule: str
    group: Ints
    rate: float

    def further_owners(self, owner: Ints) -> int:
        """Return the number of owners beyond the first, over all groups, for an owner per lead."""
        inside = self.group >= 0
        if not inside.any():
            return 0
        pairs = np.unique(np.stack([self.group[inside], owner[inside]]), axis=1)
        return int(pairs.shape[1] - len(np.unique(pairs[0])))


@dataclass(frozen=True)
class Problem:
    """A priced assignment problem. Leads are sorted by item: `item` never decreases.

    Parameters
    ----------
    n, m : int
        Leads and reps.
    terms : tuple of Term
        The score of a pair is their sum.
    removals : tuple of Removal
        A pair that any of them removes is not eligible.
    rows : tuple of LoadRows
    spreads : tuple of Spread
    item : (n,) array of int
        Leads with the same item go to the same rep, or stay unassigned together.
    required : (n,) array of bool
        Leads that must get an owner.
    unassigned : (n,) array
        Points when the lead stays without an owner (0 or less).
    tier : (n,) array of int
        Priority class; 1 comes first. Served lexicographically.
    constant : float
        Points that every plan gets.
    settled : (n,) array of bool, optional
        Leads of earlier tiers, whose points a row keeps.
    """

    n: int
    m: int
    terms: tuple[Term, ...]
    removals: tuple[Removal, ...] = ()
    rows: tuple[LoadRows, ...] = ()
    spreads: tuple[Spread, ...] = ()
    item: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    required: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    unassigned: Floats = field(default_factory=lambda: np.zeros(0))
    tier: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    constant: float = 0.0
    settled: Bools | None = None

    @classmethod
    def from_arrays(
        cls,
        score: ArrayLike,
        *,
        eligible: ArrayLike | None = None,
        rows: tuple[LoadRows, ...] = (),
        required: bool | ArrayLike = False,
    ) -> Problem:
        """Make a problem from arrays of one's own.

        Parameters
        ----------
        score : (leads, reps) array
            Points of each pair; the sum over the chosen pairs is maximised.
        eligible : (leads, reps) array of bool, optional
            Which pairs are allowed; all by default.
        rows : tuple of LoadRows, optional
            Made with `load_rows`.
        required : bool or (leads,) array of bool
            Whether leads must get an owner.

        Raises
        ------
        ValueError
            If shapes disagree or a score is not finite.
        """
        points = np.ascontiguousarray(score, dtype=np.float64)
        if points.ndim != 2:
            raise ValueError(f"score must have the shape (leads, reps), not {points.shape}")
        if not np.isfinite(points).all():
            raise ValueError("every score must be finite; say what is not allowed with `eligible`")
        n, m = points.shape
        everyone = np.arange(n)
        removals: tuple[Removal, ...] = ()
        if eligible is not None:
            allowed = np.asarray(eligible, dtype=bool)
            if allowed.shape != (n, m):
                raise ValueError(f"eligible must have the shape of score, {(n, m)}, not {allowed.shape}")
            removals = (Removal("eligible", everyone, ~allowed),)
        for block in rows:
            if len(block.group) != n:
                raise ValueError(f"the rows {block.rule!r} are for {len(block.group)} leads, not {n}")
        return cls(
            n,
            m,
            (Term("score", Tabled(np.ones(n), everyone, points)),),
            removals,
            rows,
            item=everyone,
            required=np.broadcast_to(np.asarray(required, dtype=bool), (n,)),
            unassigned=np.zeros(n),
            tier=np.ones(n, dtype=np.int64),
        )

    @cached_property
    def starts(self) -> Ints:
        """First lead of each item."""
        return np.flatnonzero(np.diff(self.item, prepend=-1))

    @property
    def n_items(self) -> int:
        """Number of items: leads, with families merged."""
        return len(self.starts)

    @cached_property
    def required_items(self) -> Bools:
        """Items that must get an owner, (items,)."""
        return np.logical_or.reduceat(self.required, self.starts) if self.n else np.zeros(0, dtype=bool)

    @cached_property
    def profiles(self) -> Profiles:
        """The leads grouped by what they have in common."""
        return Profiles(self)

    @cached_property
    def odd(self) -> Problem:
        """The problem of the items that are in no profile."""
        everything = len(self.profiles.rest) == self.n_items
        return self if everything else self.part(self.profiles.rest)

    def item_blocks(self, cells: int = BLOCK_CELLS) -> list[tuple[slice, slice]]:
        """Return (items, leads) slices that cover all, each of about so many pairs."""
        step = max(1, cells // max(self.m, 1))
        ends = np.append(self.starts[1:], self.n)
        blocks, first = [], 0
        while first < self.n_items:
            last = int(np.searchsorted(ends, self.starts[first] + step, side="right"))
            last = min(max(last, first + 1), self.n_items)
            blocks.append((slice(first, last), slice(int(self.starts[first]), int(ends[last - 1]))))
            first = last
        return blocks

    def gather(self, values: Floats, items: slice, leads: slice) -> Floats:
        """Add up a block of leads, (leads, reps), to their items, (items, reps)."""
        if items.stop - items.start == leads.stop - leads.start:
            return values
        return np.add.reduceat(values, self.starts[items] - leads.start, axis=0)

    def eligible(self, leads: Rows) -> Bools:
        """Return which reps may take each of the given leads, (leads, reps)."""
        count = len(np.arange(self.n)[leads]) if isinstance(leads, slice) else len(leads)
        allowed = np.ones((count, self.m), dtype=bool)
        for removal in self.removals:
            allowed &= ~removal.table[removal.code[leads]]
        return allowed

    def scores(self, leads: Rows) -> Floats:
        """Return what each pair of the given leads gains over leaving the lead unassigned, (leads, reps).

        Eligibility is not looked at.
        """
        count = len(self.unassigned[leads])
        total = np.zeros((count, self.m))
        for term in self.terms:
            total += term.values.block(leads)
        return total - self.unassigned[leads, None]

    def leads_of(self, items: Ints) -> tuple[Ints, Ints]:
        """Return the leads of some items in turn, and for each of them the position of its item in the list."""
        ends = np.append(self.starts[1:], self.n)
        size = (ends - self.starts)[items]
        which = np.repeat(np.arange(len(items)), size)
        within = np.arange(len(which)) - np.repeat(np.cumsum(size) - size, size)
        return self.starts[items][which] + within, which

    def part(self, items: Ints) -> Problem:
        """Return the problem of some items only (in increasing order), with all the bounds as they are."""
        leads, which = self.leads_of(items)
        return replace(
            self,
            n=len(leads),
            terms=tuple(Term(t.name, t.values.take(leads)) for t in self.terms),
            removals=tuple(Removal(r.rule, r.code[leads], r.table) for r in self.removals),
            rows=tuple(replace(b, values=b.values.take(leads), group=b.group[leads]) for b in self.rows),
            spreads=tuple(Spread(s.rule, s.group[leads], s.rate) for s in self.spreads),
            item=which,
            required=self.required[leads],
            unassigned=self.unassigned[leads],
            tier=self.tier[leads],
            settled=None if self.settled is None else self.settled[leads],
        )

    def offset(self) -> float:
        """Points of the plan that assigns nothing, before penalties."""
        return self.constant + float(self.unassigned.sum())


def load_rows(
    load: ArrayLike,
    *,
    upper: ArrayLike = np.inf,
    lower: ArrayLike = -np.inf,
    base: ArrayLike = 0.0,
    rate: float = np.inf,
    metric: str = "load",
) -> LoadRows:
    """Make one load row per rep from per-pair loads: for `Problem.from_arrays`.

    Parameters
    ----------
    load : (leads, reps) array
        What each pair adds to its rep's load.
    upper, lower, base : (reps,) arrays or numbers
        Bounds, and what each rep carries already.
    rate : float
        Points per unit of violation; infinite (the default) for rows that must hold.
    metric : str
        A word for what is added up.

    Examples
    --------
    The generalised assignment problem: `load_rows(weights, upper=capacities)`.
    """
    values = np.ascontiguousarray(load, dtype=np.float64)
    if values.ndim != 2 or not np.isfinite(values).all():
        raise ValueError("load must be a finite array of the shape (leads, reps)")
    n, m = values.shape

    def row(bound: ArrayLike) -> Floats:
        return np.broadcast_to(np.asarray(bound, dtype=np.float64), (m,)).reshape(1, m).copy()

    same = bool(m) and bool((values == values[:, :1]).all())
    return LoadRows(
        metric,
        metric,
        PerLead(values[:, 0].copy()) if same else Tabled(np.ones(n), np.arange(n), values),
        np.zeros(n, dtype=np.int64),
        row(base),
        row(lower),
        row(upper),
        rate,
        labels=tuple(str(j) for j in range(m)),
    )
