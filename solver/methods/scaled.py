"""A linear model in integers, for CP-SAT: everything is scaled here, and only here.

Exactly where the numbers are decimals, otherwise so finely that the error is far below the tolerance; what the
objective loses by it is told, to be added to the bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model
from scipy import sparse
from scipy.sparse import csgraph

from solver.linear import LinearModel
from solver.pairs import Bools, Floats, Ints

HAIR = 1e-9
"""Part of a bound by which it is opened: a thousandth of what the judge allows."""
_NOISE = 1e-13
"""Part of a row's size that floating point may have lost before its numbers come here."""
_NEARLY = 1e-6
"""A number of steps this close to a whole one is meant to be whole."""
_LARGEST_SUM = 2.0**59
"""Sums in CP-SAT stay this far below 2^63."""
_LOAD_STEPS = 2.0**33
"""Steps in the range of a load: fine enough for the tolerance, and leaves its weights the rest of the digits."""
_FEW_STEPS = 2.0**20
"""Steps in the range of a violation that may be those of its constraints, whatever one of them costs."""
_LARGEST_DENOMINATOR = 10**6
_HIDDEN = 2.0**-30
"""What rounding may hide, as a part of a bound or of what all leads can gain, if the digits suffice."""


class Scaled:
    """A linear model in integers.

    Each constraint is multiplied by a factor of its own that makes its coefficients and bounds whole, and each
    continuous variable counts in steps. `slack` is what rounding can hide in the objective, in points.
    """

    def __init__(self, model: LinearModel) -> None:
        self.model = cp_model.CpModel()
        self._constant = model.constant
        parts = _Parts.of(model)
        steps = _steps(model, parts)
        self._factor = steps.objective
        matrix = model.matrix
        scale = np.repeat(steps.row, np.diff(matrix.indptr)) / steps.column[matrix.indices]
        whole = _like(matrix, np.rint(matrix.data * scale))
        off = _like(matrix, np.abs(whole.data / scale - matrix.data))
        cost = np.rint(model.cost * self._factor / steps.column)
        low, high = _bounds(model, parts, steps, _hidden(model, parts, off))
        error = np.abs(cost * steps.column / self._factor - model.cost)
        self.slack = _slack(model, parts, error, off, (low / steps.row, high / steps.row))
        floors, tops = _domains(model, parts, whole, low, high)
        self.variables = [
            self.model.new_int_var(least, most, "")
            for least, most in zip(floors.astype(np.int64).tolist(), tops.astype(np.int64).tolist(), strict=True)
        ]
        self._add_constraints(whole, low, high, tops)
        used = np.flatnonzero(cost)
        self.model.maximize(self._sum(used, cost[used]))

    def points(self, scaled: float) -> float:
        """Return a value of the integer objective in points."""
        return scaled / self._factor + self._constant

    def hint(self, taken: Bools) -> None:
        """Suggest which pairs to take."""
        for variable, value in zip(self.variables, taken.tolist(), strict=False):
            self.model.add_hint(variable, value)

    def _add_constraints(self, whole: sparse.csr_matrix, low: Floats, high: Floats, tops: Floats) -> None:
        for row in range(whole.shape[0]):
            part = slice(whole.indptr[row], whole.indptr[row + 1])
            columns, data = whole.indices[part], whole.data[part]
            if not len(columns):
                if low[row] > 0 or high[row] < 0:
                    self.model.add_bool_or([])  # an empty row that cannot hold
            elif np.all(data == 1.0) and high[row] == 1.0 and low[row] in (0.0, 1.0) and tops[columns].max() <= 1:
                variables = [self.variables[k] for k in columns.tolist()]
                (self.model.add_exactly_one if low[row] else self.model.add_at_most_one)(variables)
            else:
                least = int(low[row]) if np.isfinite(low[row]) else -(2**62)
                most = int(high[row]) if np.isfinite(high[row]) else 2**62
                self.model.add_linear_constraint(self._sum(columns, data), least, most)

    def _sum(self, columns: NDArray[np.integer], data: Floats) -> cp_model.LinearExprT:
        variables = [self.variables[k] for k in columns.tolist()]
        return cp_model.LinearExpr.weighted_sum(variables, data.astype(np.int64).tolist())


@dataclass(frozen=True)
class _Parts:
    """The continuous variables of a model and their constraints, in which their own coefficients are 1 or -1.

    Parameters
    ----------
    loads, definitions : (loads,) arrays of int
        The variables that are equal to a load, and the constraints that say so.
    together : tuple of arrays of int
        Which of the loads constraints weigh with each other.
    violations : array of int
        The variables that say by how much soft constraints are missed.
    own : (rows,) array of int
        The load that a constraint defines, or the violation that it allows; -1 for a constraint that must hold.
    size : (rows,) array
        The largest that a constraint's sum and bounds can be together, its own variable left out.
    """

    loads: Ints
    definitions: Ints
    together: tuple[Ints, ...]
    violations: Ints
    own: Ints
    size: Floats

    @classmethod
    def of(cls, model: LinearModel) -> _Parts:
        matrix, columns = model.matrix, model.matrix.tocsc()
        free = np.flatnonzero(~model.integer & (np.diff(columns.indptr) > 0))
        first = columns.indices[columns.indptr[free]]  # a load is defined before it is used
        is_load = (model.cost[free] == 0) & (model.low[first] == model.high[first])
        own = np.full(matrix.shape[0], -1)
        missed = columns[:, free[~is_load]].tocoo()
        own[missed.row] = free[~is_load][missed.col]
        own[first[is_load]] = free[is_load]
        reach = _reach(model)
        size = abs(matrix) @ reach - np.append(reach, 0.0)[own]  # -1: no variable of its own
        for bound in (model.low, model.high):
            size += np.where(np.isfinite(bound), np.abs(bound), 0.0)
        weighed = abs(columns[:, free[is_load]])
        _, group = csgraph.connected_components(weighed.T @ weighed, directed=False)
        together = tuple(np.flatnonzero(group == g) for g in np.unique(group))
        return cls(free[is_load], first[is_load], together, free[~is_load], own, np.maximum(size, 2.0**-20))


@dataclass(frozen=True)
class _Steps:
    """How many integers make one unit: of each variable, (columns,), each constraint, (rows,), and of a point."""

    column: Floats
    row: Floats
    objective: float


def _steps(model: LinearModel, parts: _Parts) -> _Steps:
    """Choose the steps.

    A load is counted exactly, where all that it adds up is whole in some step, and otherwise in steps that are small
    beside its range. Loads that are weighed with each other share their step: then their weights are small integers
    that keep their sum, without which CP-SAT tightens the bounds of loads by a hair at a time, without end.
    A violation is counted exactly where few steps will do. Otherwise a step of it is what costs 1 in the integers of
    the objective: then its cost is not rounded, and what its constraints round away is next to nothing.
    """
    column, row = np.ones(len(model.cost)), np.ones(len(model.low))
    for together in parts.together:
        rows = parts.definitions[together].tolist()
        numbers = np.concatenate([_coefficients(model, parts, column, k) for k in rows])
        column[parts.loads[together]] = _factor(numbers, _LOAD_STEPS / float(parts.size[rows].max()))
    reach, item = _reach(model), model.pairs.item
    used = abs(model.matrix.sign()) @ (column * reach) - np.append(reach, 0.0)[parts.own]
    spent = np.abs(model.cost) * reach
    largest, roundings = max(1.0, float(spent.sum())), float(item.max(initial=0) + 1)
    fine = np.zeros(len(model.cost), dtype=bool)
    for violation in parts.violations.tolist():
        rows = np.flatnonzero(parts.own == violation).tolist()
        size = float(parts.size[rows].max())
        bounds = np.concatenate([model.low[rows], model.high[rows]])
        numbers = np.concatenate([bounds[np.isfinite(bounds)], *(_coefficients(model, parts, column, k) for k in rows)])
        exact = _common(numbers, _FEW_STEPS / size)
        fine[violation] = exact is None
        if exact is None:
            largest = max(largest, float(np.abs(model.cost[violation])) * size)
            roundings += float(used[rows].max())
        else:
            column[violation] = exact
            roundings += exact * reach[violation]
    gains = np.maximum(model.cost[: len(item)], 0.0)  # a pair that only costs is not taken, whatever it costs
    worth = max(1.0, float(_sum_of_largest(gains, np.zeros_like(item), item, 1)[0]))
    objective = _factor((model.cost / column)[~fine], _LARGEST_SUM / largest, roundings / worth / _HIDDEN)
    if fine.any():
        objective = _finer(objective, _LARGEST_SUM / largest, roundings / worth / _HIDDEN)
        column[fine] = np.maximum(np.abs(model.cost[fine]) * objective, 1e-200)  # a violation may cost nothing
    row[parts.own >= 0] = column[parts.own[parts.own >= 0]]
    for k in np.flatnonzero(parts.own < 0).tolist():
        bound = max([1.0, *(abs(b) for b in (model.low[k], model.high[k]) if np.isfinite(b))])
        numbers, most = _coefficients(model, parts, column, k), _LARGEST_SUM / max(parts.size[k], 1.0)
        step = float(column[model.matrix.indices[model.matrix.indptr[k] : model.matrix.indptr[k + 1]]].max(initial=1.0))
        row[k] = step * _factor(step * numbers, most / step, used[k] / bound / _HIDDEN / step)
    return _Steps(column, row, objective)


def _coefficients(model: LinearModel, parts: _Parts, steps: Floats, row: int) -> Floats:
    """Return the coefficients of a constraint per step of the variables, its own left out."""
    part = slice(model.matrix.indptr[row], model.matrix.indptr[row + 1])
    columns, data = model.matrix.indices[part], model.matrix.data[part]
    others = columns != parts.own[row]
    found: Floats = data[others] / steps[columns[others]]
    return found


def _factor(numbers: Floats, most: float, enough: float = np.inf) -> float:
    """Return a factor, at most `most`, that makes all numbers whole, or else a fine one: `enough` will do."""
    common = _common(numbers, most)
    return _finer(1.0, most, enough) if common is None else common


def _finer(factor: float, most: float, enough: float) -> float:
    """Return a factor times a power of 2, as fine as is enough: fewer digits are quicker in CP-SAT, many times so."""
    finest: float = factor * 2.0 ** np.floor(np.log2(min(max(factor, enough), most) / factor))
    return finest


def _common(numbers: Floats, most: float) -> float | None:
    """Return the smallest factor that makes all numbers whole; None if it is above `most`, or they are no decimals."""
    common = 1
    for number in np.unique(np.abs(numbers)).tolist():
        if number == int(number):
            continue
        fraction = Fraction(number).limit_denominator(_LARGEST_DENOMINATOR)
        common = lcm(common, fraction.denominator)
        if common > most or abs(float(fraction) - number) > 1e-13 * number:
            return None
    return float(common)


def _hidden(model: LinearModel, parts: _Parts, off: sparse.csr_matrix) -> Floats:
    """Return by how much each constraint's sum can be off in any plan, (rows,), from each coefficient's error.

    A plan has one pair of an item at most: of each item the worst counts.
    """
    pairs, entries = len(model.pairs), off[:, : len(model.pairs)].tocoo()
    hidden = _sum_of_largest(entries.data, entries.row, model.pairs.item[entries.col], len(model.low))
    blur = np.zeros(len(model.cost))
    blur[parts.loads] = hidden[parts.definitions]
    found: Floats = hidden + off[:, pairs:] @ _reach(model)[pairs:] + abs(model.matrix) @ blur
    return found


def _slack(
    model: LinearModel, parts: _Parts, error: Floats, off: sparse.csr_matrix, bounds: tuple[Floats, Floats]
) -> float:
    """Return by how many points the integer objective can be too low for a plan.

    It follows from the error of each cost and of each coefficient, and from the bounds of the constraints as rounded.
    What a pair may lose in all violations, directly and through loads, is added to the error of its own cost. Of the
    constraints that share a violation the worst counts, and of the pairs of an item.
    """
    pairs, rows = len(model.pairs), np.flatnonzero(np.isin(parts.own, parts.violations))
    rate, reach, missed = np.abs(model.cost), _reach(model), parts.own[rows]

    def in_violations(matrix: sparse.csr_matrix) -> Floats:
        entries = matrix[rows].tocoo()
        mine = missed[entries.row]
        return _sum_of_largest(entries.data * rate[mine], entries.col, mine, len(model.cost))

    lost, weight = error + in_violations(off), in_violations(abs(model.matrix))
    through = lost[parts.loads] @ abs(model.matrix)[parts.definitions] + weight[parts.loads] @ off[parts.definitions]
    lost[parts.loads] = 0.0
    total = _sum_of_largest((lost + through)[:pairs], np.zeros_like(model.pairs.item), model.pairs.item, 1)[0]
    tighter = np.zeros(len(model.cost))
    for bound, rounded, sign in ((model.low, bounds[0], 1.0), (model.high, bounds[1], -1.0)):
        finite = np.isfinite(bound[rows])
        np.maximum.at(tighter, missed[finite], sign * (rounded[rows[finite]] - bound[rows[finite]]))
    # CP-SAT tells its bound as a floating-point number: that rounds, too.
    return float(total + (lost * reach)[pairs:].sum() + rate @ tighter + 2.0**-52 * (rate @ reach))


def _sum_of_largest(value: Floats, place: NDArray[np.integer], group: Ints, places: int) -> Floats:
    """Return the sum, at each place, of the largest value of each group there, (places,)."""
    key = place.astype(np.int64) * (group.max(initial=0) + 1) + group
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    largest = np.maximum.reduceat(value[order], starts) if len(starts) else np.zeros(0)
    return np.bincount(place[order][starts], weights=largest, minlength=places).astype(np.float64)


def _reach(model: LinearModel) -> Floats:
    """Return the largest absolute value of each variable."""
    return np.maximum(np.abs(model.floor), np.abs(model.top))


def _bounds(model: LinearModel, parts: _Parts, steps: _Steps, hidden: Floats) -> tuple[Floats, Floats]:
    """Return the bounds of the constraints in integers: nothing that holds in the model is cut off.

    A constraint that must hold has room for what its rounding hides: without it, a plan exactly on a bound would be
    lost. A violation is rounded down; what its constraint hides is in `slack`.
    """

    def room(bound: Floats) -> Floats:
        return np.maximum(hidden + _NOISE * parts.size, HAIR * np.where(np.isfinite(bound), np.abs(bound), 0.0))

    must = parts.own < 0
    least, most = (model.low - room(model.low)) * steps.row, (model.high + room(model.high)) * steps.row
    low = np.where(must, np.ceil(least), np.floor(model.low * steps.row + _NEARLY))
    high = np.where(must, np.floor(most), np.ceil(model.high * steps.row - _NEARLY))
    low[parts.definitions], high[parts.definitions] = 0.0, 0.0
    return low, high


def _domains(
    model: LinearModel, parts: _Parts, whole: sparse.csr_matrix, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Return the smallest and largest integer of each variable: as far as its constraints can drive it."""
    floors = np.where(model.integer, np.ceil(model.floor), 0.0)
    tops = np.where(model.integer, np.floor(model.top), 0.0)
    more, less = whole.maximum(0), whole.minimum(0)
    floors[parts.loads] = (more @ floors + less @ tops)[parts.definitions]
    tops[parts.loads] = (more @ tops + less @ floors)[parts.definitions]
    rows = np.flatnonzero(np.isin(parts.own, parts.violations))
    over, under = (more @ tops + less @ floors) - high, low - (more @ floors + less @ tops)
    np.maximum.at(tops, parts.own[rows], np.maximum(over, under)[rows])
    tops[parts.violations] = np.ceil(tops[parts.violations] * (1 + 2.0**-50))
    return floors, tops


def _like(matrix: sparse.csr_matrix, data: Floats) -> sparse.csr_matrix:
    return sparse.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)
