"""Settings, rules and goals as rows of a workbook's sheets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from scenarios.cells import clean_cells
from scenarios.cleaning import number_text
from scenarios.columns import Column
from scenarios.faults import Faults
from scenarios.formats.document import COLUMN_TYPES, PartName
from scenarios.formats.grammar import read_column, read_object, read_selection, read_text, read_words
from scenarios.formats.manual import field_names, fields
from scenarios.formats.tables import HEADER_WITHIN, TABLES, Draft
from scenarios.headers import fold
from scenarios.issues import Issue, Where, error, pointer
from scenarios.model import Lead, Rep

CONTINUED = "..."
"""In the first column: the row goes on with the texts of the row above, which were too long for one cell."""

SETTING_HEADERS = ("setting", "设置")
"""What may head the first column of the settings."""

COLUMNS: dict[str, type[BaseModel]] = {
    "lead_column": Lead,
    "metric": Lead,
    "weighted_by": Lead,
    "win_rate_by": Lead,
    "rep_column": Rep,
    "by": Rep,
}
"""The fields that name a column of the leads or of the reps."""

Row = Sequence[Any]


def read_settings(draft: Draft, rows: Sequence[Row], sheet: str) -> None:
    """Read the settings: in each row its name, then its value."""
    names = field_names("settings")
    texts: dict[str, str] = {}
    last = ""
    for number, row in enumerate(rows, 1):
        word, cell = str(row[0] or "").strip(), row[1] if len(row) > 1 else None
        if word == CONTINUED and last in texts:
            texts[last] += str(cell or "")
            continue
        if not word or fold(word) in SETTING_HEADERS:
            continue
        last = names.get(fold(word), word)
        where = Where(sheet, number)
        draft.places.setdefault(pointer(last), where)
        if cell is None:
            continue
        if last in texts:
            draft.issues.append(error("duplicate_key", pointer(last), where, key=word))
        texts[last] = str(cell)
    draft.head.update({key: _setting(key, text) for key, text in texts.items()})


def _setting(key: str, text: str) -> Any:
    """Return the value of a setting; what it cannot be stays text, and is reported as such later."""
    if key in COLUMN_TYPES:
        return read_object(text)
    if key in ("period_start", "period_end"):
        date = clean_cells([text], Column(key, "date"), Faults("", []))[0]
        return text if date is None else date.isoformat()
    return read_column(text, COLUMNS[key]) if key in COLUMNS else read_text(text)


def find_kinds(draft: Draft, rows: Sequence[Row], part: PartName, sheet: str) -> int | None:
    """Return the index of the header of a sheet of rules or goals; None, and an issue, without one."""
    names = field_names(part)
    for index, row in enumerate(rows[:HEADER_WITHIN]):
        if any(cell and names.get(fold(cell)) == "kind" for cell in row):
            return index
    if any(cell for row in rows for cell in row):
        draft.issues.append(error("missing_value", pointer(part), Where(sheet), column="kind"))
    return None


def read_parts(draft: Draft, part: PartName, sheet: str, top: int, header: Row, body: Sequence[Row]) -> None:
    """Read the rules or the goals, one a row; `top` is the header's row."""
    names = field_names(part)
    written: dict[str, str] = {}
    columns: list[str | None] = []
    for cell in header:
        text = (cell or "").strip()
        column = names.get(fold(text), text)
        if column in written:
            draft.issues.append(error("duplicate_column", pointer(part), Where(sheet, top, text), column=text))
        columns.append(column if column and column not in written else None)
        written.setdefault(column, text)
    entries: list[tuple[int, dict[str, Any]]] = []
    for number, row in enumerate(body, top + 1):
        cells = {c: cell for c, cell in zip(columns, row, strict=False) if c and cell is not None and cell != ""}
        if cells.get("kind") == CONTINUED and entries:
            above = entries[-1][1]
            above.update({c: f"{above.get(c, '')}{cell}" for c, cell in cells.items() if c != "kind"})
        elif cells:
            entries.append((number, cells))
    numeric = {field.name for field in fields(part, "en") if field.numeric}
    draft.head[part] = []
    for index, (number, cells) in enumerate(entries):
        draft.places[pointer(part, index)] = Where(sheet, number)
        values: dict[str, Any] = {}
        for column, cell in cells.items():
            place, where = pointer(part, index, column), Where(sheet, number, written[column])
            draft.places[place] = where
            values[column], issues = (cell, []) if column in numeric else _value(column, cell, place, where)
            draft.issues += issues
        draft.head[part].append(values)


def _value(column: str, cell: Any, place: str, where: Where) -> tuple[Any, list[Issue]]:
    """Return the value of a cell; what it cannot be stays text, and is reported."""
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    text = number_text(cell) if is_number else str(cell)
    try:
        match column:
            case "kind":
                return fold(text), []
            case "leads" | "reps":
                return read_selection(text, TABLES[column]), []
            case "metrics":
                return read_words(text), []
            case _ if column in COLUMNS:
                return read_column(text, COLUMNS[column]), []
            case _:
                return read_text(text), []
    except ValueError:
        return text, [error("not_a_selection", place, where, column=column, value=text[:200])]
