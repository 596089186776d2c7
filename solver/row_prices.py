"""Prices by the names of their rows, as a plan carries them, and as arrays by block, group and row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solver.pairs import Floats
from solver.problem import LoadRows, Problem
from solver.result import RowPrice


def prices_to_list(problem: Problem, prices: Sequence[Floats]) -> tuple[RowPrice, ...]:
    """Return the prices that are not 0, with the names of their rows, in an order of their own."""
    listed = []
    for block, price in zip(problem.rows, prices, strict=True):
        for group, row in np.argwhere(price != 0):
            listed.append(_row_name(block, int(group), int(row), float(price[group, row])))
    return tuple(sorted(listed, key=lambda r: (r.rule, r.metric, r.group, r.row)))


def prices_to_arrays(problem: Problem, listed: Sequence[RowPrice]) -> list[Floats]:
    """Return prices by block and row from their names; rows without a price are free."""
    wanted = {(r.rule, r.metric, r.group, r.row): r.price for r in listed}
    by_rule = {(r.rule, r.metric) for r in listed}
    arrays = []
    for block in problem.rows:
        price = np.zeros(block.base.shape)
        if (block.rule, block.metric) in by_rule:
            for g, group in enumerate(block.group_labels):
                for k, row in enumerate(block.labels):
                    price[g, k] = wanted.get((block.rule, block.metric, group, row), 0.0)
        arrays.append(price)
    return arrays


def _row_name(block: LoadRows, group: int, row: int, price: float) -> RowPrice:
    return RowPrice(block.rule, block.metric, block.group_labels[group], block.labels[row], price)
