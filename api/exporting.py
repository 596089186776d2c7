"""Plans as files. No cell in them is a formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import polars as pl

from api.errors import Problem
from scenarios.formats.workbook import MAX_ROWS, tables_bytes
from scenarios.writing import table_as_bytes

TableForm = Literal["csv", "xlsx", "parquet"]
MapForm = Literal["geojson", "html", "svg", "png"]
ExportFormat = Literal["csv", "xlsx", "parquet", "geojson", "html", "svg", "png"]
ExportPart = Literal["assignments", "changes"]

FORMATS: dict[ExportFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
    "html": "text/html; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
}
"""Content type of each format."""
MAPS: dict[ExportFormat, str] = {
    "geojson": "territories.geojson",
    "html": "map.{locale}.html",
    "svg": "map.svg",
    "png": "map.png",
}
"""What is kept of a plan of territories, by the format that it is."""


def export(tables: Mapping[str, pl.DataFrame], form: TableForm) -> bytes:
    """Return the first of some tables, in a workbook all of them, as a file.

    Raises
    ------
    Problem
        ``export_too_large``, if a sheet cannot hold so many rows.
    """
    if form != "xlsx":
        return table_as_bytes(next(iter(tables.values())), form)
    if max(table.height for table in tables.values()) > MAX_ROWS:
        raise Problem("export_too_large", limit=MAX_ROWS)
    return tables_bytes(tables)
