"""The Hess model of territories as a linear model: which unit is in whose territory, which candidates draw one.

    x[i, j] = 1: unit i is in the territory of candidate j;  y[j] = 1: that is drawn

With links a unit needs the units that every way from the centre to it passes: x[i, j] <= x[d, j] for the last of them,
in place of x[i, j] <= y[j]; what else contiguity needs is added as separators (solver/territory/separators.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from solver.linear import LinearModel, PairList
from solver.pairs import Bools, Floats, Ints
from solver.territory.problem import Territories


@dataclass(frozen=True)
class Separator:
    """Units without all of which the given ones are not in one territory of a candidate.

    Parameters
    ----------
    candidate : int
    apart : tuple of int
        One unit that is cut off from the candidate's own, or two that are from each other.
    through : tuple of int
    """

    candidate: int
    apart: tuple[int, ...]
    through: tuple[int, ...]


@dataclass(frozen=True)
class HessModel:
    """The linear model, and the pair that each of its first variables stands for."""

    linear: LinearModel
    unit: Ints
    candidate: Ints

    def centre(self, values: Floats, n: int) -> Ints:
        """Return the candidate in whose territory each unit is, (units,)."""
        chosen = np.flatnonzero(values[: len(self.unit)] > 0.5)
        found = np.full(n, -1)
        found[self.unit[chosen]] = self.candidate[chosen]
        return found

    @property
    def drawn(self) -> Ints:
        """The variables that say which candidates draw a territory."""
        return np.arange(len(self.unit), len(self.linear.cost))

    def values(self, centre: Ints) -> Floats:
        """Return the values of all variables where each unit is in a candidate's territory, (units,)."""
        found = np.zeros(len(self.linear.cost))
        found[: len(self.unit)] = centre[self.unit] == self.candidate
        found[len(self.unit) + np.unique(centre)] = 1.0
        return found


class _Rows:
    """Collects rows of a sparse matrix."""

    def __init__(self) -> None:
        self.entries: list[tuple[Ints, Ints, Floats]] = []
        self.low: list[Floats] = []
        self.high: list[Floats] = []
        self.count = 0

    def add(self, low: Floats, high: Floats, *parts: tuple[Ints, Ints, Floats]) -> None:
        """Add rows, each part as (row from 0, variable, coefficient)."""
        self.entries += [(row + self.count, column, value) for row, column, value in parts]
        self.low.append(low)
        self.high.append(high)
        self.count += len(low)


def hess_model(
    task: Territories,
    allowed: Bools,
    needs: dict[tuple[int, int], int] | None = None,
    separators: Sequence[Separator] = (),
) -> HessModel:
    """Write a task down over the allowed pairs.

    Parameters
    ----------
    allowed : (units, candidates) array of bool
    needs : dict, optional
        Of a pair, the unit that it needs with it, if that is not the candidate's own.
    """
    unit, candidate = np.nonzero(allowed)
    pairs = len(unit)
    index = np.full(allowed.shape, -1)
    index[unit, candidate] = np.arange(pairs)
    m = task.candidates
    drawn = pairs + np.arange(m)
    ones, everyone = np.ones(pairs), np.arange(pairs)
    top = np.ones(pairs + m)
    if task.own is not None:
        top[drawn] = allowed[task.own, np.arange(m)]
    rows = _Rows()
    rows.add(np.ones(task.n), np.ones(task.n), (unit, everyone, ones))
    rows.add(np.array([float(task.k)]), np.array([float(task.k)]), (np.zeros(m, dtype=int), drawn, np.ones(m)))
    for metric, amount in enumerate(task.amounts.T):
        for bounds, upper in ((task.lower[:, metric], False), (task.upper[:, metric], True)):
            asked = np.flatnonzero(np.isfinite(bounds) if upper else bounds > 0)
            row = np.full(m, -1)
            row[asked] = np.arange(len(asked))
            mine = row[candidate] >= 0
            low, high = np.zeros(len(asked)), np.full(len(asked), np.inf)
            low, high = (-high, low) if upper else (low, high)
            rows.add(
                low,
                high,
                (row[candidate[mine]], everyone[mine], amount[unit[mine]]),
                (np.arange(len(asked)), drawn[asked], -bounds[asked]),
            )
    first = drawn[candidate]
    if needs:
        first = np.array(
            [
                index[needs[i, j], j] if (i, j) in needs else pairs + j
                for i, j in zip(unit.tolist(), candidate.tolist(), strict=True)
            ]
        )
    equal = np.zeros(pairs, dtype=bool) if task.own is None else unit == task.own[candidate]
    rows.add(np.where(equal, 0.0, -np.inf), np.zeros(pairs), (everyone, everyone, ones), (everyone, first, -ones))
    if task.own is None:
        rows.add(np.zeros(m), np.full(m, np.inf), (candidate, everyone, ones), (np.arange(m), drawn, -np.ones(m)))
    for budget in task.budgets:
        assert task.before is not None
        moves = (task.before[unit] >= 0) & (task.before[unit] != candidate)
        rows.add(
            np.array([-np.inf]),
            np.array([budget.at_most]),
            (np.zeros(int(moves.sum()), dtype=int), everyone[moves], budget.amount[unit[moves]]),
        )
    _add_separators(rows, index, separators)
    row, column, value = (np.concatenate(part) for part in zip(*rows.entries, strict=True))
    matrix = sparse.csr_matrix((value, (row, column)), shape=(rows.count, pairs + m))
    cost = task.matrix[unit, candidate]
    linear = LinearModel(
        PairList(unit, candidate, -cost),
        np.concatenate([-cost, np.zeros(m)]),
        np.zeros(pairs + m),
        top,
        np.ones(pairs + m, dtype=bool),
        matrix,
        np.concatenate(rows.low),
        np.concatenate(rows.high),
        0.0,
    )
    return HessModel(linear, unit, candidate)


def _add_separators(rows: _Rows, index: Ints, separators: Sequence[Separator]) -> None:
    for cut in separators:
        apart = [index[i, cut.candidate] for i in cut.apart]
        if min(apart) < 0:
            continue
        through = [v for i in cut.through if (v := index[i, cut.candidate]) >= 0]
        column = np.array(apart + through, dtype=np.int64)
        value = np.concatenate([np.ones(len(apart)), -np.ones(len(through))])
        most = float(len(apart) - 1)
        rows.add(np.array([-np.inf]), np.array([most]), (np.zeros(len(column), dtype=np.int64), column, value))
