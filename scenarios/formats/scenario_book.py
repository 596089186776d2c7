"""A scenario as a workbook, and the empty template that people fill in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

import polars as pl

from scenarios.formats.document import KINDS, PartName
from scenarios.formats.grammar import column_cell, json_cell, selection_cell, text_cell, words_cell
from scenarios.formats.json import head_of
from scenarios.formats.manual import SHEETS, Field, fields, kinds
from scenarios.formats.rows import lead_table, rep_table
from scenarios.formats.sheet_parts import COLUMNS, CONTINUED
from scenarios.formats.tables import ROW_MODELS, TABLES
from scenarios.formats.workbook import MAX_ROWS, Book
from scenarios.model import Scenario
from scenarios.texts import Locale, Text

PIECE = 15_000
"""Characters of one piece of a text that is too long for a cell."""

_DEFAULTS = Scenario().document()
_SETTING = (Text("setting", "设置"), Text("value", "值"), Text("meaning", "含义"))
_GUIDE = (Text("sheet", "工作表"), Text("field", "字段"), Text("meaning", "含义"), Text("may be", "可选值"))
_HOW = (
    Text(
        "Fill in leads and reps, one a row; only ids are needed. Leave out columns, or add your own.",
        "在“线索”和“销售”中每行填写一个；只有编号必填。可以删去不用的列，也可以添加自己的列。",
    ),
    Text(
        "Rules and goals hold what applies unless you change it. A selection reads region=East|North;tier=1.",
        "“规则”和“目标”中是默认内容，可自行修改。筛选条件写作 region=East|North;tier=1。",
    ),
)


def scenario_bytes(scenario: Scenario) -> bytes:
    """Return a whole scenario as a workbook.

    Raises
    ------
    ValueError
        If it has more rows than a sheet holds.
    """
    book = Book()
    book.table("leads", lead_table(scenario))
    book.table("reps", rep_table(scenario))
    if scenario.links.height:
        book.table("links", scenario.links)
    if scenario.travel.height:
        book.table("travel", scenario.travel)
    _settings(book, head_of(scenario), "en")
    _parts(book, "rules", scenario.rules, "en")
    _parts(book, "goals", scenario.goals, "en")
    return book.close()


def template_bytes(locale: Locale) -> bytes:
    """Return an empty workbook: every column with its meaning and choices, and the default rules and goals."""
    book, scenario = Book(), Scenario()
    _guide(book, locale)
    for table in ROW_MODELS:
        columns = fields(table, locale)
        frame = pl.DataFrame(schema={column.header: pl.String for column in columns})
        _explain(book.table(SHEETS[table].format(locale), frame), columns)
    _settings(book, {}, locale)
    for part in KINDS:
        _explain(_parts(book, part, getattr(scenario, part), locale), fields(part, locale))
    return book.close()


def _settings(book: Book, head: Mapping[str, Any], locale: Locale) -> None:
    sheet = book.sheet(SHEETS["settings"].format(locale), (20, 40, 80))
    book.row(sheet, 0, [text.format(locale) for text in _SETTING], book.head)
    row = 1
    for setting in fields("settings", locale):
        value = head.get(setting.name)
        cell = None if value == _DEFAULTS.get(setting.name, {}) else _cell(setting, value)
        for cells in _pieces([setting.header, cell]):
            book.row(sheet, row, (*cells, setting.about if cells[0] != CONTINUED else None))
            row += 1


def _parts(book: Book, part: PartName, entries: Any, locale: Locale) -> Any:
    columns = fields(part, locale)
    sheet = book.sheet(SHEETS[part].format(locale), [14 if c.numeric else 20 for c in columns])
    book.row(sheet, 0, [column.header for column in columns], book.head)
    sheet.freeze_panes(1, 1)
    row = 1
    for entry in entries:
        values = {"kind": entry.kind, **entry.model_dump(exclude_defaults=True)}
        for cells in _pieces([_cell(column, values.get(column.name)) for column in columns]):
            book.row(sheet, row, cells)
            row += 1
    return sheet


def _cell(field: Field, value: Any) -> Any:
    """Return a setting, or a field of a rule or goal, as a cell."""
    if value is None or field.numeric or field.name == "kind":
        return value
    if field.name in TABLES:
        return selection_cell(value, TABLES[field.name])
    if field.name in COLUMNS:
        return column_cell(value, COLUMNS[field.name])
    if isinstance(value, tuple):
        return words_cell(value)
    return text_cell(value) if isinstance(value, str) else json_cell(value)


def _pieces(cells: list[Any]) -> Iterator[list[Any]]:
    """Yield a row, and further rows with the rest of texts that are too long for a cell."""
    pieces = [
        [cell[i : i + PIECE] for i in range(0, len(cell), PIECE)] if isinstance(cell, str) else [cell] for cell in cells
    ]
    for number, row in enumerate(zip_longest(*pieces)):
        yield [CONTINUED, *row[1:]] if number else list(row)


def _explain(sheet: Any, columns: list[Field]) -> None:
    """Add to each header its meaning, and to the cells below the list of what may stand there."""
    for index, column in enumerate(columns):
        sheet.write_comment(0, index, column.about, {"x_scale": 2})
        if column.choices:
            sheet.data_validation(1, index, MAX_ROWS, index, {"validate": "list", "source": list(column.choices)})


def _guide(book: Book, locale: Locale) -> None:
    sheet = book.sheet(SHEETS["guide"].format(locale), (12, 22, 100, 30))
    row = 0
    for text in _HOW:
        book.row(sheet, row, [None, None, text.format(locale)], book.wrapped)
        row += 1
    book.row(sheet, row, [text.format(locale) for text in _GUIDE], book.head)
    for name, title in SHEETS.items():
        for field in fields(name, locale):
            row += 1
            cells = [title.format(locale), field.header, field.about, ", ".join(field.choices) or None]
            book.row(sheet, row, cells, book.wrapped)
        for kind, about in kinds(name, locale) if name == "rules" or name == "goals" else ():
            row += 1
            book.row(sheet, row, [title.format(locale), kind, about], book.wrapped)
