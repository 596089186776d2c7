"""Plans as files. No cell in them is a formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import polars as pl
from starlette.responses import StreamingResponse

from api.errors import Problem
from api.runs.packing import table_of
from scenarios.formats.guard import guard_frame
from scenarios.formats.workbook import MAX_ROWS, tables_bytes

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


_ROWS = 20_000
"""Rows of a CSV file that are written at once."""
_PIECE = 1 << 18
"""Bytes of any other file that are sent at once."""


class File(StreamingResponse):
    """A file as an answer, sent piece by piece, so that one who reads slowly fills nobody's memory."""

    def __init__(self, content: Iterable[bytes], form: ExportFormat, headers: Mapping[str, str]) -> None:
        super().__init__(content, headers=headers, media_type=FORMATS[form])


def whole_file(data: bytes, form: ExportFormat, headers: Mapping[str, str]) -> File:
    """Return a file that is there already."""
    pieces = (data[start : start + _PIECE] for start in range(0, len(data), _PIECE))
    return File(pieces, form, {**headers, "Content-Length": str(len(data))})


def table_file(kept: Mapping[str, bytes], form: TableForm, headers: Mapping[str, str]) -> File:
    """Return the first of some tables, in a workbook all of them, as a file.

    Parameters
    ----------
    kept : mapping of str to bytes
        The tables by name, as Parquet.

    Raises
    ------
    Problem
        ``export_too_large``, if a sheet cannot hold so many rows.
    """
    first = next(iter(kept.values()))
    if form == "parquet":
        return whole_file(first, form, headers)
    if form == "csv":
        return File(csv_pieces(table_of(first)), form, headers)
    tables = {name: table_of(data) for name, data in kept.items()}
    if max(table.height for table in tables.values()) > MAX_ROWS:
        raise Problem("export_too_large", limit=MAX_ROWS)
    return whole_file(tables_bytes(tables), form, headers)


def csv_pieces(table: pl.DataFrame) -> Iterator[bytes]:
    """Yield a table as CSV, so many rows at once; together the pieces are what `csv_bytes` returns."""
    for start in range(0, max(table.height, 1), _ROWS):
        yield guard_frame(table.slice(start, _ROWS)).write_csv(include_header=start == 0).encode()
