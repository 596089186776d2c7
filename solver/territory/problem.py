"""Territories as arrays: units to be drawn together around centres, balanced, near, and in one piece each."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from solver.pairs import Bools, Floats, Ints

CLOSE = 1e-9
"""A bound may be passed by this part of it, or of 1: floating point."""


@dataclass(frozen=True)
class Distances:
    """Costs by straight distance, worked out where they are asked for: a table of them all would not fit.

    Parameters
    ----------
    units, candidates : (units, axes), (candidates, axes) arrays
        Where they are.
    weight : (units,) array
        What a unit costs at a distance of 1.
    power : float
        The cost is weight x distance ** power.
    only : (units,) array of int, optional
        The one candidate in whose territory a unit may be, -1 for any.
    """

    units: Floats
    candidates: Floats
    weight: Floats
    power: float = 1.0
    only: Ints | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(units, candidates)."""
        return len(self.units), len(self.candidates)

    def of(self, units: Ints, candidates: Ints) -> Floats:
        """Return the costs of pairs; the two arrays are broadcast."""
        square: Floats = np.zeros(np.broadcast_shapes(units.shape, candidates.shape))
        for a, b in zip(
            self.units.T, self.candidates.T, strict=True
        ):  # one axis at a time: of two there may be no room
            square += (a[units] - b[candidates]) ** 2
        found: Floats = self.weight[units] * square ** (self.power / 2)
        if self.only is None:
            return found
        only = self.only[units]
        return np.where((only < 0) | (only == candidates), found, np.inf)


@dataclass(frozen=True)
class Territories:
    """Units, candidates for centres, and what a territory has to be.

    Parameters
    ----------
    cost : (units, candidates) array, or Distances
        What a unit costs in the territory of a centre; infinite where it must not be there. The sum is minimised.
    amounts : (units, metrics) array
        What a unit adds to each metric of its territory, at least 0.
    lower, upper : (candidates, metrics) arrays
        Bounds of each metric of the territory with that centre, where it is drawn; infinite for none.
    k : int
        How many territories are drawn. With as many candidates, all are: their centres are given.
    links : (links, 2) array of int, optional
        Neighbouring units. Set: each territory is in one piece.
    own : (candidates,) array of int, optional
        The unit at which each candidate stands: it belongs to the candidate's territory, if that is drawn. Without it
        a centre is a place outside.
    before : (units,) array of int, optional
        The candidate whose territory each unit is in today, -1 for none.
    budgets : tuple of Budget
        How much may change territory; they need `before`.
    """

    cost: Floats | Distances
    amounts: Floats
    lower: Floats
    upper: Floats
    k: int
    links: Ints | None = None
    own: Ints | None = None
    before: Ints | None = None
    budgets: tuple[Budget, ...] = ()

    @property
    def n(self) -> int:
        """Number of units."""
        return int(self.cost.shape[0])

    @property
    def candidates(self) -> int:
        """Number of candidates for centres."""
        return int(self.cost.shape[1])

    @property
    def placed(self) -> bool:
        """Whether the centres are given."""
        return self.k == self.candidates

    @cached_property
    def matrix(self) -> Floats:
        """The cost of every unit with every candidate, (units, candidates): only for problems of moderate size."""
        return self.cost_of(np.arange(self.n)[:, None], np.arange(self.candidates))

    def cost_of(self, units: Ints, candidates: Ints) -> Floats:
        """Return the costs of pairs; the two arrays are broadcast."""
        if isinstance(self.cost, Distances):
            return self.cost.of(units, candidates)
        found: Floats = self.cost[units, candidates]
        return found

    @cached_property
    def graph(self) -> sparse.csr_matrix:
        """The neighbours of each unit, (units, units), of ones."""
        assert self.links is not None
        a, b = self.links.T
        ones = np.ones(2 * len(a))
        found = sparse.csr_matrix((ones, (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(self.n, self.n))
        found.data[:] = 1.0
        return found


@dataclass(frozen=True)
class Budget:
    """At most so much of a metric, (units,), leaves the territory it is in today."""

    amount: Floats
    at_most: float


@dataclass(frozen=True)
class Verdict:
    """What is true of drawn territories.

    Parameters
    ----------
    cost : float
    faults : tuple of str
        What is wrong, in English; empty: nothing.
    """

    cost: float
    faults: tuple[str, ...] = field(default=())

    @property
    def feasible(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def judge(task: Territories, centre: Ints) -> Verdict:
    """Recompute all that is asked of territories.

    Parameters
    ----------
    centre : (units,) array of int
        The candidate in whose territory each unit is.
    """
    faults = []
    cost = float(task.cost_of(np.arange(task.n), centre).sum())
    if not np.isfinite(cost):
        faults.append("a unit is where it must not be")
    used = np.unique(centre)
    if len(used) != task.k:
        faults.append(f"{len(used)} territories are drawn instead of {task.k}")
    loads = loads_of(task, centre)
    low, high = missed(task, loads)
    for j in used.tolist():
        faults += [
            f"territory {j} has {loads[j, metric]:g} of metric {metric}, outside its bounds"
            for metric in np.flatnonzero(high[j] + low[j] > 0).tolist()
        ]
        if task.own is not None and centre[task.own[j]] != j:
            faults.append(f"territory {j} does not have its own centre")
    if task.links is not None:
        for j, count in enumerate(pieces(task, centre)):
            if count > 1:
                faults.append(f"territory {j} is in {count} pieces")
    faults += [
        f"{left:g} change territory, more than {budget.at_most:g}"
        for budget in task.budgets
        if (left := moved(task, budget, centre)) > budget.at_most + CLOSE * max(1.0, budget.at_most)
    ]
    return Verdict(cost, tuple(faults))


def loads_of(task: Territories, centre: Ints) -> Floats:
    """Return what each candidate's territory holds of each metric, (candidates, metrics)."""
    loads = np.zeros((task.candidates, task.amounts.shape[1]))
    np.add.at(loads, centre, task.amounts)
    return loads


def missed(task: Territories, loads: Floats) -> tuple[Floats, Floats]:
    """Return by how much loads are below and above their bounds, (candidates, metrics) each; 0 within `CLOSE`."""
    below, above = task.lower - loads, loads - task.upper
    room = [CLOSE * np.maximum(1.0, np.where(np.isfinite(b), np.abs(b), 0.0)) for b in (task.lower, task.upper)]
    return np.where(below > room[0], below, 0.0), np.where(above > room[1], above, 0.0)


def moved(task: Territories, budget: Budget, centre: Ints) -> float:
    """Return how much of a budget's metric leaves the territory it is in today."""
    assert task.before is not None
    return float(budget.amount[(task.before >= 0) & (centre != task.before)].sum())


def pieces(task: Territories, centre: Ints) -> Ints:
    """Return the number of pieces of each candidate's territory, (candidates,)."""
    assert task.links is not None
    label = pieces_of_units(task, centre)
    first = np.unique(label, return_index=True)[1]
    return np.bincount(centre[first], minlength=task.candidates)


def pieces_of_units(task: Territories, centre: Ints) -> Ints:
    """Return the number of the piece that each unit is in, (units,): connected units of one territory share it."""
    assert task.links is not None
    a, b = task.links.T
    same: Bools = centre[a] == centre[b]
    a, b = a[same], b[same]
    inside = sparse.csr_matrix((np.ones(len(a)), (a, b)), shape=(task.n, task.n))
    return np.asarray(connected_components(inside, directed=False)[1])


@dataclass(frozen=True)
class Drawn:
    """Territories, and what is proved about them.

    Parameters
    ----------
    status : str
        "optimal", "feasible", "infeasible" (proved), or "no_plan_found".
    centre : (units,) array of int, optional
        The candidate in whose territory each unit is; None without a plan.
    cost : float
        Of the plan; infinite without one.
    bound : float
        What no plan can cost less than; infinite: there is no plan.
    stopped_by : str
        "proof", "gap", "time", "work" or "cancel".
    method : str
    reason : dict, optional
        Why there is no plan: a code and its figures.
    """

    status: str
    centre: Ints | None
    cost: float
    bound: float
    stopped_by: str
    method: str
    reason: dict[str, object] | None = None

    @property
    def gap(self) -> float:
        """(cost - bound) / max(|cost|, 1), at least 0; infinite without a plan."""
        if self.centre is None:
            return float("inf")
        return max(0.0, (self.cost - self.bound) / max(abs(self.cost), 1.0))
