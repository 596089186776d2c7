"""Plans as files. No cell in them is a formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import polars as pl

from api.errors import Problem
from scenarios.formats.workbook import MAX_ROWS, tables_bytes
from scenarios.writing import table_as_bytes

ExportFormat = Literal["csv", "xlsx", "parquet"]

FORMATS: dict[ExportFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
"""Content type of each format."""


def export(tables: Mapping[str, pl.DataFrame], form: ExportFormat) -> bytes:
    """Return a plan's assignments, in a workbook its loads too, as a file.

    Raises
    ------
    Problem
        ``export_too_large``, if a sheet cannot hold so many rows.
    """
    if form != "xlsx":
        return table_as_bytes(tables["assignments"], form)
    if max(table.height for table in tables.values()) > MAX_ROWS:
        raise Problem("export_too_large", limit=MAX_ROWS)
    return tables_bytes(tables)
