"""Workbooks (.xlsx) in: sheets for the two tables, the settings, the rules and the goals."""

from __future__ import annotations

import logging
from typing import Any

import fastexcel
import polars as pl

from scenarios.formats.archive import open_archive
from scenarios.formats.foreign import DamagedError, damage_from_others
from scenarios.formats.limits import ReadLimits
from scenarios.formats.manual import SHEET_NAMES, SheetName
from scenarios.formats.sheet_parts import find_kinds, read_parts, read_settings
from scenarios.formats.sheet_xml import SheetFacts, scan
from scenarios.formats.tables import (
    HEADER_WITHIN,
    TABLES,
    Draft,
    TableName,
    find_header,
    missing_table,
    table_of,
)
from scenarios.headers import fold
from scenarios.issues import Where, error, pointer

logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it warns of every column that is empty


def read_excel(data: bytes, file: str, limits: ReadLimits) -> Draft:
    """Read a whole scenario."""
    archive, issues = open_archive(data, file, ".xlsx", limits)
    if archive is None:
        return Draft(issues=issues)
    facts, issues = scan(archive, limits)
    if issues:
        return Draft(issues=issues)
    draft = Draft()
    try:
        with damage_from_others():
            book = fastexcel.read_excel(data)
            sheets = list(book.sheet_names)
    except DamagedError:
        return Draft(issues=[error("damaged_file", "", Where(file), file=file, format=".xlsx")])
    found: dict[SheetName | None, list[str]] = {}
    for sheet in sheets:
        found.setdefault(SHEET_NAMES.get(fold(sheet)), []).append(sheet)
    for purpose, names in found.items():
        if purpose is None or purpose == "guide":
            continue
        if len(names) > 1:
            where = Where(names[1])
            draft.issues.append(error("two_tables", pointer(purpose), where, table=purpose, files=", ".join(names)))
        try:
            with damage_from_others():
                _read_sheet(draft, book, purpose, names[0], facts.get(names[0], SheetFacts()), limits)
        except DamagedError:
            where = Where(names[0])
            draft.issues.append(error("damaged_file", pointer(purpose), where, file=names[0], format=".xlsx"))
    draft.issues += [missing_table(name, file) for name in TABLES if name not in found]
    return draft


def _read_sheet(draft: Draft, book: Any, purpose: SheetName, sheet: str, facts: SheetFacts, limits: ReadLimits) -> None:
    match purpose:
        case "leads" | "reps" | "links" | "travel":
            return _read_table(draft, book, purpose, sheet, facts, limits)
        case "settings":
            read_settings(draft, _frame(book, sheet, 0, dtypes="string").rows(), sheet)
        case "rules" | "goals":
            texts = _frame(book, sheet, 0, dtypes="string").rows()
            if (at := find_kinds(draft, texts, purpose, sheet)) is not None:
                read_parts(draft, purpose, sheet, at + 1, texts[at], _frame(book, sheet, at + 1).rows())
    for row, _, letters in facts.errors:
        draft.issues.append(error("error_cell", pointer(purpose), Where(sheet, row, letters), column=letters))
    return None


def _frame(book: Any, sheet: str, skip: int, **options: Any) -> pl.DataFrame:
    """Load the rows of a sheet below the first `skip`; `options` as `load_sheet` takes them."""
    frame: pl.DataFrame = book.load_sheet(sheet, header_row=None, skip_rows=skip, **options).to_polars()
    return frame


def _read_table(draft: Draft, book: Any, name: TableName, sheet: str, facts: SheetFacts, limits: ReadLimits) -> None:
    """Read one table: once as texts for the header, once with the types of the cells below it."""
    top = _frame(book, sheet, 0, n_rows=HEADER_WITHIN, dtypes="string").rows()
    at = find_header(top, name)
    if at is None:
        draft.issues.append(error("empty_file", pointer(name), Where(sheet), file=sheet))
        return
    header = list(top[at])
    frame = _frame(book, sheet, at + 1)
    table, issues = table_of(name, sheet, header, frame, limits, header=at + 1)
    draft.issues += issues
    if table is None or table.rows is None:
        return
    draft.tables[name] = table
    index = {row: i for i, row in enumerate(table.rows.tolist())} if facts.errors else {}
    for row, column, letters in facts.errors:
        cell = header[column - facts.first_column] if column - facts.first_column < len(header) else None
        place = pointer(name, index[row], cell) if row in index and cell else pointer(name)
        draft.issues.append(error("error_cell", place, Where(sheet, row, cell or letters), column=cell or letters))
