"""Tables as CSV: comma, semicolon or tab; any encoding that `decode` knows; written as plain UTF-8."""

from __future__ import annotations

import csv
import io

import numpy as np
import polars as pl

from scenarios.cleaning import is_printable
from scenarios.faults import LISTED_PER_CODE
from scenarios.formats.decoding import decode
from scenarios.formats.guard import guard_frame, unguard, unguard_frame
from scenarios.formats.limits import ReadLimits
from scenarios.formats.tables import HEADER_WITHIN, Table, TableName, find_header, names_id, table_of
from scenarios.issues import Issue, Where, error

BLOCK = 1 << 23
"""Bytes that are counted at once."""

_QUOTE, _LINE = 0x22, 0x0A


def read_csv(data: bytes, name: TableName, file: str, limits: ReadLimits) -> tuple[Table | None, list[Issue]]:
    """Read one table; None when the file as a whole cannot be read.

    A well-formed file is read by polars, at some ten million cells per second; one that may have faults is read row
    by row, so that each fault has its row.
    """
    decoded = decode(data, file, f"/{name}")
    issues = list(decoded.issues)
    if decoded.data is None:
        return None, issues
    text = decoded.data.replace(b"\r\n", b"\n")
    frame, header = _well_formed(text, name, limits), 1
    if frame is None:
        frame, header, more = _row_by_row(text.decode(), name, file, limits)
        issues += more
    if frame is None:
        return None, issues
    headers = [unguard(cell.strip()) if cell else None for cell in frame.row(0)]
    table, more = table_of(name, file, headers, unguard_frame(frame.slice(1)), limits, header=header, untyped=True)
    return table, issues + more


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """Return a table as CSV: UTF-8, commas, numbers in full, no text that a spreadsheet takes for a formula."""
    return guard_frame(frame).write_csv().encode()


def separator_of(line: str) -> str:
    """Return the separator that a line uses outside quotes: comma, semicolon or tab."""
    return max(",;\t", key="".join(line.split('"')[::2]).count)


def _well_formed(data: bytes, name: TableName, limits: ReadLimits) -> pl.DataFrame | None:
    """Read a well-formed file as texts, the header as the first row; None if it is not clearly well-formed."""
    first = data[: data.find(b"\n") + 1 or len(data)].decode().rstrip("\n")
    if b"\r" in data or first.count('"') % 2 or not is_printable(first.replace("\t", "")):
        return None
    separator = separator_of(first)
    header = first.replace('"', "").split(separator)
    if len(header) > limits.columns or not names_id(header, name):
        return None
    if (rows := _count_rows(data, ord(separator), len(header))) is None:
        return None
    try:
        frame = pl.read_csv(data, has_header=False, infer_schema=False, separator=separator)
    except pl.exceptions.PolarsError:
        return None
    return frame if frame.shape == (rows, len(header)) else None


def _count_rows(data: bytes, separator: int, width: int) -> int | None:
    """Count the records; None if one that is not blank has another number of cells than `width`.

    Polars takes a row that was cut short for one with empty cells, so the cells are counted here.
    """
    rows = cells_before = length_before = inside = 0
    if not data.endswith(b"\n"):
        data += b"\n"
    for start in range(0, len(data), BLOCK):
        block = np.frombuffer(data, dtype=np.uint8, count=min(BLOCK, len(data) - start), offset=start)
        ends, cells, quotes = block == _LINE, block == separator, block == _QUOTE
        if inside or quotes.any():
            within = (np.cumsum(quotes, dtype=np.int32) + inside) & 1
            inside = int(within[-1])
            ends &= within == 0
            cells &= within == 0
        end_at = np.flatnonzero(ends)
        cells_to = np.searchsorted(np.flatnonzero(cells), end_at) + cells_before
        counts = np.diff(cells_to, prepend=0)
        lengths = np.diff(end_at + length_before, prepend=-1) - 1
        if not np.all((counts == width - 1) | (lengths == 0)):
            return None
        rows += len(end_at)
        cells_before += int(np.count_nonzero(cells)) - (int(cells_to[-1]) if len(end_at) else 0)
        length_before = len(block) - int(end_at[-1]) - 1 if len(end_at) else length_before + len(block)
    return None if inside else rows


def _row_by_row(
    text: str, name: TableName, file: str, limits: ReadLimits
) -> tuple[pl.DataFrame | None, int, list[Issue]]:
    """Read a file that may have faults: the table with its header as the first row, and the header's row in the file.

    Rows that are too short are filled up, rows that are too long are cut, and both are reported.
    """
    issues: list[Issue] = []
    lines = io.StringIO(text, newline="")
    skipped = 0
    if text[:4].lower() == "sep=":  # Excel's own hint
        separator, skipped = lines.readline()[4:5].strip("\n") or ",", 1
    else:
        separator = max(
            map(separator_of, head := text.split("\n", HEADER_WITHIN)[:HEADER_WITHIN]),
            key="".join(head).count,
        )
    records: list[list[str]] = []
    try:
        for record in csv.reader(lines, delimiter=separator, strict=True):
            records.append(record)
            if len(records) > limits.rows(name) + HEADER_WITHIN + 1:
                break
    except csv.Error:
        row = len(records) + skipped + 1
        issues.append(error("broken_quotes", f"/{name}", Where(file, row), file=file))
    at = find_header(records, name)
    if at is None:
        return None, 1, issues or [error("empty_file", f"/{name}", Where(file), file=file)]
    top, width = at + skipped + 1, len(_cut(records[at]))
    if width > limits.columns:
        return (
            None,
            top,
            [error("too_many_columns", f"/{name}", Where(file, top), table=name, limit=limits.columns)],
        )
    body, ragged, index = [_cut(records[at])], [], 0
    for row, record in enumerate(records[at + 1 :], top + 1):
        cells = _cut(record) if len(record) > width else record
        if any(cells):
            if len(cells) != width:
                place = f"/{name}/{index}"
                ragged.append(error("ragged_row", place, Where(file, row), cells=len(cells), headers=width))
            index += 1
        body.append(cells if len(cells) == width else (cells + [""] * (width - len(cells)))[:width])
    issues += ragged[:LISTED_PER_CODE]
    if len(ragged) > LISTED_PER_CODE:
        issues.append(error("more_like_this", f"/{name}", count=len(ragged) - LISTED_PER_CODE, of="ragged_row"))
    columns = zip(*body, strict=True)
    return pl.DataFrame({str(i): column for i, column in enumerate(columns)}, strict=False), top, issues


def _cut(record: list[str]) -> list[str]:
    """Take the empty cells off the end of a row."""
    end = len(record)
    while end and not record[end - 1].strip():
        end -= 1
    return record[:end]
