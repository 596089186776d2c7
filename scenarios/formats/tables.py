"""Tables as they were read: cells under the headers as written, with the row a person sees each of them in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel

from scenarios.cells import Cells
from scenarios.faults import Faults
from scenarios.formats.limits import ReadLimits
from scenarios.headers import column_name
from scenarios.issues import Issue, Where, error
from scenarios.model import Lead, Link, Rep, TravelRow

TableName = Literal["leads", "reps", "links", "travel"]
TABLES: dict[TableName, type[BaseModel]] = {"leads": Lead, "reps": Rep}
"""The tables that a scenario has to have."""
ROW_MODELS: dict[TableName, type[BaseModel]] = {**TABLES, "links": Link, "travel": TravelRow}
"""All tables, with those that may be missing."""

HEADER_WITHIN = 20
"""The header is sought in so many rows; titles may stand above it."""


@dataclass(frozen=True)
class Table:
    """One table of a source.

    Parameters
    ----------
    file : str
        File or sheet, as a person knows it.
    columns : dict of str to cells
        The cells by header as written, all of one length.
    rows : int array, optional
        For each index the row in the file, from 1; None where the source has no rows (JSON).
    header : int
        Row of the header in the file.
    untyped : bool
        Whether all cells are texts, whatever they mean (CSV).
    """

    file: str
    columns: dict[str, Cells]
    rows: NDArray[np.int64] | None = None
    header: int = 1
    untyped: bool = False


@dataclass
class Draft:
    """What a file says, before anybody asks what it means.

    Parameters
    ----------
    head : dict
        Settings, rules and goals, JSON-ready, with ``lead_columns`` and ``rep_columns``.
    tables : dict
        The tables that are there.
    issues : list of Issue
        Faults of the files themselves.
    places : dict
        By pointer, such as ``/rules/3`` or ``/currency``: where it stands, when the head is a table, too.
    head_file : str, optional
        The file that holds the head, when there are several.
    """

    head: dict[str, Any] = field(default_factory=dict)
    tables: dict[TableName, Table] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    places: dict[str, Where] = field(default_factory=dict)
    head_file: str | None = None


def find_header(rows: Sequence[Sequence[str | None]], table: TableName) -> int | None:
    """Return the index of the header among the first rows: the one that names ids, or else the first not blank."""
    first = None
    for index, row in enumerate(rows[:HEADER_WITHIN]):
        if names_id(row, table):
            return index
        if first is None and any(cell and cell.strip() for cell in row):
            first = index
    return first


def names_id(row: Sequence[str | None], table: TableName) -> bool:
    """Tell whether one of the cells is the header of the ids; of links and travel, of the first of two."""
    wanted = {"links": "a", "travel": "lead"}.get(table, "id")
    return any(cell and column_name(cell, ROW_MODELS[table]) == wanted for cell in row)


def table_of(
    name: TableName,
    file: str,
    headers: Sequence[str | None],
    frame: pl.DataFrame,
    limits: ReadLimits,
    *,
    header: int,
    untyped: bool = False,
) -> tuple[Table | None, list[Issue]]:
    """Make a table of the rows below a header; blank rows and blank columns fall away.

    Parameters
    ----------
    headers : sequence of str or None
        One per column of `frame`.
    header : int
        Row of the header in the file, from 1; the first row of `frame` is the next one.
    """
    issues: list[Issue] = []
    if frame.height > limits.rows(name):
        return None, [error("too_many_rows", f"/{name}", Where(file), table=name, limit=limits.rows(name))]
    if frame.width > limits.columns:
        return None, [error("too_many_columns", f"/{name}", Where(file, header), table=name, limit=limits.columns)]
    frame.columns = [str(i) for i in range(frame.width)]
    frame = frame.with_columns(pl.col(pl.String).replace("", None))
    filled = ~frame.select(pl.all_horizontal(pl.all().is_null()).alias("blank")).to_series()
    rows = np.arange(header + 1, header + 1 + frame.height, dtype=np.int64)
    if not filled.all():
        frame, rows = frame.filter(filled), rows[filled.to_numpy()]
    columns: dict[str, Cells] = {}
    for header_cell, series in zip(headers, frame.get_columns(), strict=True):
        text = (header_cell or "").strip()
        if not text:
            if series.null_count() < len(series):
                issues.append(error("unnamed_column", f"/{name}", Where(file, header)))
        elif text in columns:
            issues.append(error("duplicate_column", f"/{name}", Where(file, header, text), column=text))
        else:
            columns[text] = series
    return Table(file, columns, rows, header, untyped), issues


def trim(table: Table, name: TableName, limits: ReadLimits) -> tuple[Table, list[Issue]]:
    """Empty the texts that are too long to work on, before anything copies them."""
    faults = Faults(name, [])
    columns: dict[str, Cells] = {}
    for header, cells in table.columns.items():
        columns[header] = cells
        if not isinstance(cells, pl.Series) or cells.dtype != pl.String:
            continue
        long = (cells.str.len_bytes() > limits.cell_bytes).fill_null(False)
        if long.any():
            column = column_name(header, ROW_MODELS[name])
            faults.add("too_long", long.arg_true().to_list(), column, lambda _: {"limit": limits.cell_bytes})
            columns[header] = cells.set(long, None)
    return replace(table, columns=columns), faults.issues


def missing_table(name: TableName, file: str) -> Issue:
    """Return the issue of a source without one of the tables."""
    return error("missing_table", f"/{name}", Where(file), table=name)
