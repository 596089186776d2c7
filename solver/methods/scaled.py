"""A linear model in integers, for CP-SAT: everything is scaled here, and only here.

Exactly where the numbers are decimals, otherwise so finely that the error is far below the tolerance; what the
objective loses by it is told, to be added to the bound.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import numpy as np
from ortools.sat.python import cp_model

from solver.linear import LinearModel
from solver.pairs import Bools, Floats, Ints

HAIR = 1e-9
"""Part of a bound by which it is opened: a thousandth of what the judge allows."""
_LARGEST_SUM = 2.0**57
"""Sums in CP-SAT stay this far below 2^63."""
_LOAD_STEPS = 2.0**33
"""Steps in the range of a load: fine enough for the tolerance, and leaves its weights the rest of the digits."""
_VIOLATION_STEPS = 2.0**50
"""Steps in the range of a violation, which has no weights but 1: as many as fit, since each step costs points."""
_LARGEST_DENOMINATOR = 10**6


class Scaled:
    """A linear model in integers.

    Each constraint is multiplied by a factor of its own that makes its coefficients and bounds whole; a continuous
    variable counts in steps of 1 / `step`. `slack` is what rounding can hide in the objective, in points.
    """

    def __init__(self, model: LinearModel) -> None:
        self.model = cp_model.CpModel()
        self._constant = model.constant
        self._step, blur = _steps(model)
        loose = np.where(model.integer, 0.0, 1.0)  # room for the rounding of what a load or a violation adds up
        floors = np.floor(model.floor * self._step * (1 + 1e-9 * loose)) - loose * (model.floor < 0)
        tops = np.ceil(model.top * self._step * (1 + 1e-9 * loose)) + loose
        self.variables = [
            self.model.new_int_var(low, high, "")
            for low, high in zip(floors.astype(np.int64).tolist(), tops.astype(np.int64).tolist(), strict=True)
        ]
        reach = np.maximum(np.abs(floors), np.abs(tops))
        self._add_constraints(model, reach)
        cost = model.cost / self._step
        used = np.flatnonzero(cost)
        self._factor, _ = _factor(cost[used], _LARGEST_SUM / max(1.0, float((np.abs(cost) * reach).sum())))
        whole = np.rint(cost * self._factor)
        error = np.abs(whole / self._factor - cost)
        pairs = len(model.pairs)
        per_item = np.maximum.reduceat(error[:pairs], _starts(model.pairs.item)) if pairs else np.zeros(1)
        self.slack = float(per_item.sum() + (error * reach + np.abs(model.cost) * blur)[pairs:].sum())
        total = cp_model.LinearExpr.weighted_sum(
            [self.variables[k] for k in used.tolist()], whole[used].astype(np.int64).tolist()
        )
        self.model.maximize(total)

    def points(self, scaled: float) -> float:
        """Return a value of the integer objective in points."""
        return scaled / self._factor + self._constant

    def hint(self, taken: Bools) -> None:
        """Suggest which pairs to take."""
        for variable, value in zip(self.variables, taken.tolist(), strict=False):
            self.model.add_hint(variable, value)

    def _add_constraints(self, model: LinearModel, reach: Floats) -> None:
        matrix = model.matrix
        for row in range(matrix.shape[0]):
            part = slice(matrix.indptr[row], matrix.indptr[row + 1])
            columns = matrix.indices[part]
            data = matrix.data[part] / self._step[columns]
            low, high = model.low[row], model.high[row]
            variables = [self.variables[k] for k in columns.tolist()]
            if len(columns) and np.all(data == 1.0) and high == 1.0 and low in (0.0, 1.0) and reach[columns].max() <= 1:
                (self.model.add_exactly_one if low else self.model.add_at_most_one)(variables)
                continue
            bounds = np.array([b for b in (low, high) if np.isfinite(b)])
            size = float((np.abs(data) * reach[columns]).sum() + np.abs(bounds).sum())
            factor, exact = _factor(np.concatenate([data, bounds]), _LARGEST_SUM / max(size, 1.0))
            if low == high and not exact:  # a load is defined to the nearest step, or it could never be equal
                factor = float(self._step[columns].max())
            whole = np.rint(data * factor)
            # What the rounding of coefficients can hide: without this room a plan exactly on a bound would be cut off.
            # Rows that define a load or a violation need none: what they hide is in `slack`.
            defines = low == high or bool(model.cost[columns[~model.integer[columns]]].any())
            hidden = float((np.abs(whole - data * factor) * reach[columns]).sum())
            room = 0.0 if defines else hidden + 1e-13 * size * factor
            total = cp_model.LinearExpr.weighted_sum(variables, whole.astype(np.int64).tolist())
            if not len(columns):
                if low > 0 or high < 0:
                    self.model.add_bool_or([])  # an empty row that cannot hold
                continue
            least, most = low * factor, high * factor
            self.model.add_linear_constraint(
                total,
                _bound(least - max(room, HAIR * abs(least))),
                _bound(most + max(room, HAIR * abs(most)), up=True),
            )


def _bound(value: float, *, up: bool = False) -> int:
    """Return a scaled lower (or upper) bound as an integer."""
    if not np.isfinite(value):
        return 2**62 if up else -(2**62)
    return int(np.floor(value)) if up else int(np.ceil(value))


def _factor(numbers: Floats, most: float) -> tuple[float, bool]:
    """Return a factor, at most `most`, that makes all numbers whole, and True; or else one that nearly does."""
    common = 1
    for number in np.unique(np.abs(numbers)).tolist():
        if number == int(number):
            continue
        fraction = Fraction(number).limit_denominator(_LARGEST_DENOMINATOR)
        common = lcm(common, fraction.denominator)
        if common > most or abs(float(fraction) - number) > 1e-13 * number:
            return float(2.0 ** np.floor(np.log2(most))), False
    return float(common), True


def _steps(model: LinearModel) -> tuple[Floats, Floats]:
    """Return how many steps make one unit of each variable, and by how much rounding to them can blur it.

    A load is measured in the steps of the constraint that defines it, its first: exactly, where all that it adds up is
    whole in some step, and otherwise in steps that are small beside its range. A violation always is in such steps.
    """
    step, blur = np.ones(len(model.cost)), np.zeros(len(model.cost))
    reach = np.maximum(np.abs(model.floor), np.abs(model.top))
    points = float((np.abs(model.cost) * reach).sum())
    columns = model.matrix.tocsc()
    for column in np.flatnonzero(~model.integer).tolist():
        rows = columns.indices[columns.indptr[column] : columns.indptr[column + 1]].tolist()
        if not rows:
            continue
        is_load = model.low[rows[0]] == model.high[rows[0]]
        numbers, size, inherited, roundings = [], max(reach[column], 2.0**-20), 0.0, 1.0
        for row in rows[:1] if is_load else rows:
            part = slice(model.matrix.indptr[row], model.matrix.indptr[row + 1])
            mine = model.matrix.indices[part] == column
            others, data = model.matrix.indices[part][~mine], model.matrix.data[part][~mine]
            own = float(np.abs(model.matrix.data[part][mine][0]))
            bounds = np.array([b for b in (model.low[row], model.high[row]) if np.isfinite(b)])
            numbers.append(np.concatenate([data / step[others], bounds]) / own)
            size = max(size, float((np.abs(data) * reach[others]).sum() + np.abs(bounds).sum()) / own)
            inherited = max(inherited, float((np.abs(data) * blur[others]).sum()) / own)
            roundings = len(others) / 2 if is_load else 1.0  # each pair in a load is rounded; a violation is, once
        most = (_LOAD_STEPS if is_load else _VIOLATION_STEPS) / size
        if model.cost[column] and points > 0:  # a step has to cost something in the integers of the objective
            most = min(most, float(np.abs(model.cost[column])) * _LARGEST_SUM / points / 2**10)
            step[column], exact = 2.0 ** np.floor(np.log2(most)), False  # so that its cost per step keeps its digits
        else:
            step[column], exact = _factor(np.concatenate(numbers), most)
        blur[column] = inherited + (0.0 if exact else roundings / step[column])
    return step, blur


def _starts(item: Ints) -> Ints:
    return np.flatnonzero(np.diff(item, prepend=-1))
