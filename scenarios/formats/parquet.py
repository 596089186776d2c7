"""Tables as Parquet: types come with the file and are honoured."""

from __future__ import annotations

import io

import polars as pl

from scenarios.formats.foreign import DamagedError, damage_from_others
from scenarios.formats.limits import ReadLimits
from scenarios.formats.tables import Table, TableName, table_of
from scenarios.issues import Issue, Where, error


def read_parquet(data: bytes, name: TableName, file: str, limits: ReadLimits) -> tuple[Table | None, list[Issue]]:
    """Read one table; None when the file as a whole cannot be read."""
    place, where = f"/{name}", Where(file)
    if not data:
        return None, [error("empty_file", place, where, file=file)]
    try:
        with damage_from_others():
            names = list(pl.read_parquet_schema(io.BytesIO(data)))
            height = pl.scan_parquet(io.BytesIO(data)).select(pl.len()).collect().item()
            if height > limits.rows(name):
                return None, [error("too_many_rows", place, where, table=name, limit=limits.rows(name))]
            if len(names) > limits.columns:
                return None, [error("too_many_columns", place, where, table=name, limit=limits.columns)]
            columns, size = [], 0
            for index in range(len(names)):  # one at a time, so that a small file cannot fill the memory
                series = pl.read_parquet(io.BytesIO(data), columns=[index]).to_series()
                size += int(series.estimated_size())
                if size > limits.unpacked_bytes:
                    return None, [error("archive_too_large", place, where, file=file, limit=limits.unpacked_bytes)]
                columns.append(series)
            frame = pl.DataFrame(columns)
    except DamagedError:
        return None, [error("damaged_file", place, where, file=file, format=".parquet")]
    return table_of(name, file, names, frame, limits, header=1)


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """Return a table as Parquet, packed with zstd."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
