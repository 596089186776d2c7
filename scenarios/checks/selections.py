"""Which rows a selection takes: one pass per column, however many selections there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scenarios.cleaning import number_text
from scenarios.selection import Selection

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Cell = str | float


def word(cell: Cell) -> str:
    """Return a cell as people write it: 7 rather than 7.0."""
    return cell if isinstance(cell, str) else number_text(cell)


def words_in(cell: Cell | None) -> frozenset[str]:
    """Return the values that a cell holds, separated by `;` (or the full-width form), and the whole cell."""
    if cell is None:
        return frozenset()
    whole = word(cell)
    parts = (part.strip() for part in (whole, *whole.replace("；", ";").split(";")))
    return frozenset(part for part in parts if part)


def as_key(value: Cell, dtype: pl.DataType) -> Cell | None:
    """Return a wanted value in the type that a column is compared in; None if no cell can hold it."""
    if not dtype.is_numeric():
        return word(value)
    try:
        return float(value)
    except ValueError:
        return None


def codes(column: pl.Series, keys: Sequence[Cell]) -> Ints:
    """Return each row's index into distinct `keys`, -1 where the cell is none of them; shape (n,)."""
    if not keys:
        return np.full(len(column), -1, dtype=np.int64)
    numeric = column.dtype.is_numeric()
    cells = column.cast(pl.Float64 if numeric else pl.String, strict=False)
    known = pl.Series(keys, dtype=cells.dtype)
    return cells.replace_strict(known, list(range(len(keys))), default=-1, return_dtype=pl.Int64).to_numpy()


class RowIndex:
    """The rows of a table by the values that the given selections want.

    Selections of unknown columns take nothing.
    """

    def __init__(self, table: pl.DataFrame, selections: Iterable[Selection]) -> None:
        self.table = table
        wanted: dict[str, dict[Cell, None]] = {}
        for selection in selections:
            for column in selection.keys() & set(table.columns):
                keys = (as_key(value, table.schema[column]) for value in selection[column])
                wanted.setdefault(column, {}).update((key, None) for key in keys if key is not None)
        self._groups = {column: self._grouped(table[column], list(keys)) for column, keys in wanted.items()}

    @staticmethod
    def _grouped(column: pl.Series, keys: list[Cell]) -> dict[Cell, Ints]:
        code = codes(column, keys)
        order = np.argsort(code, kind="stable")
        ends = np.searchsorted(code[order], np.arange(len(keys) + 1))
        return {key: order[ends[k] : ends[k + 1]] for k, key in enumerate(keys)}

    def holding(self, column: str, value: Cell) -> Ints:
        """Return the rows whose cell in `column` is `value`, ascending."""
        key = as_key(value, self.table.schema[column])
        empty = np.zeros(0, dtype=np.int64)
        return empty if key is None else self._groups[column].get(key, empty)

    def rows(self, selection: Selection) -> Ints:
        """Return the rows that a selection takes, ascending."""
        if not selection.keys() <= set(self.table.columns):
            return np.zeros(0, dtype=np.int64)
        taken: Ints | None = None
        for column, values in selection.items():
            keys = dict.fromkeys(as_key(value, self.table.schema[column]) for value in values)
            parts = [self.holding(column, key) for key in keys if key is not None]  # no row is in two of them
            here = np.sort(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)
            taken = here if taken is None else np.intersect1d(taken, here, assume_unique=True)
        return np.arange(self.table.height) if taken is None else taken
