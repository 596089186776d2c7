"""Workbooks (.xlsx) out: every text a text, every number exact, and nothing that Excel would compute."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
import xlsxwriter

MAX_ROWS = 1_048_575
"""Rows of a sheet below its header."""
MAX_TEXT = 32_767
"""Characters of a cell."""

_FIRST_DATE = dt.date(1900, 3, 1)
"""Excel counts a day that never was before this one; earlier dates are written as texts."""


class _Exact(float):
    """A float that formats itself in full: xlsxwriter writes 16 digits, and 17 may be needed."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


class Book:
    """A workbook under construction; sheet by sheet, and in each row by row, so that little stays in memory."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(self._buffer, options)
        self.head = self._book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "valign": "top"})
        self.wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd"})

    def sheet(self, name: str, widths: Sequence[int] = ()) -> Any:
        """Add a sheet; `widths` are in characters."""
        sheet = self._book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return sheet

    def row(self, sheet: Any, row: int, cells: Iterable[Any], style: Any = None) -> None:
        """Write one row, counted from 0; rows must come in order."""
        for column, cell in enumerate(cells):
            self._cell(sheet, row, column, cell, style)

    def table(self, name: str, frame: pl.DataFrame) -> Any:
        """Add a sheet with a table and return it.

        Raises
        ------
        ValueError
            If a sheet cannot hold it.
        """
        if frame.height > MAX_ROWS:
            raise ValueError(f"a sheet holds {MAX_ROWS} rows, not {frame.height}; CSV and Parquet hold any number")
        sheet = self.sheet(name, [max(10, min(30, len(header) + 4)) for header in frame.columns])
        self.row(sheet, 0, frame.columns, self.head)
        sheet.freeze_panes(1, 1)
        for number, row in enumerate(frame.iter_rows(), 1):
            self.row(sheet, number, row)
        return sheet

    def _cell(self, sheet: Any, row: int, column: int, cell: Any, style: Any) -> None:
        if cell is None:
            return
        if isinstance(cell, bool):
            sheet.write_boolean(row, column, cell, style)
        elif isinstance(cell, int | float) and math.isfinite(cell) and (isinstance(cell, float) or abs(cell) < 2**53):
            sheet.write_number(row, column, _Exact(cell), style)
        elif type(cell) is dt.date and cell >= _FIRST_DATE:
            sheet.write_datetime(row, column, dt.datetime(cell.year, cell.month, cell.day), style or self._date)
        else:
            text = str(cell)
            if len(text) > MAX_TEXT:
                raise ValueError(f"a cell of a workbook holds {MAX_TEXT} characters, not {len(text)}")
            sheet.write_string(row, column, text, style)

    def close(self) -> bytes:
        """Finish the workbook and return it."""
        self._book.close()
        return self._buffer.getvalue()


def tables_bytes(tables: Mapping[str, pl.DataFrame]) -> bytes:
    """Return a workbook with one table per sheet."""
    book = Book()
    for name, frame in tables.items():
        book.table(name, frame)
    return book.close()
