"""Tables of rows: cells of any origin become typed columns, and every cell that cannot is an issue.

The row models (`Lead`, `Rep`) are the only source of column names, types and limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
from pydantic import BaseModel

from scenarios.cells import DTYPES, Cells, clean_cells, holds_number, looks_numeric
from scenarios.columns import NAME_LIMIT, Column, columns_of
from scenarios.faults import LISTED_PER_CODE, Faults
from scenarios.headers import column_name, is_usable
from scenarios.issues import Issue, ScenarioError, errors_of, pointer
from scenarios.mappings import format_mapping, parse_mapping

__all__ = [
    "LISTED_PER_CODE",
    "Faults",
    "clean_table",
    "columnar",
    "columns_of",
    "format_mapping",
    "lead_frame",
    "lead_records",
    "link_frame",
    "link_records_of",
    "parse_mapping",
    "travel_frame",
]

Raw = Mapping[str, Cells]


def clean_table(
    raw: Raw,
    model: type[BaseModel],
    table: str,
    declared: Mapping[str, str] | None = None,
    *,
    untyped: bool = False,
    measures: bool = False,
) -> tuple[pl.DataFrame, list[Issue]]:
    """Turn raw cells into the typed columns of a row model, extras last.

    Parameters
    ----------
    raw : mapping of str to polars Series or sequence
        The cells as they came, column by column, all of the same length: text, numbers, dates, lists or objects.
        The names are matched as `column_name` says; `skills.german` is one entry of the column `skills`.
    model : type
        `Lead` or `Rep`.
    table : str
        The first word of the JSON pointers, ``leads`` or ``reps``.
    declared : mapping of str to {"text", "number"}, optional
        Types of extra columns; one that is not declared is a number if all of its cells are.
    untyped : bool
        Whether the source knows texts only (CSV), so that a text may stand for a number in an extra column.
    measures : bool
        Whether extra columns are amounts, 0 or more; one without any number is left out.

    Returns
    -------
    DataFrame, list of Issue
        A cell with a fault is empty (or at its default), so that later checks can still run. All columns of the
        model are there; mapping columns hold canonical text (`format_mapping`).
    """
    faults = Faults(table, [])
    height = len(next(iter(raw.values()))) if raw else 0
    known = columns_of(model)
    cells = _by_name(raw, model, faults)
    found = set(cells)
    kinds = {column_name(name, model): kind for name, kind in (declared or {}).items()}
    out: list[pl.Series] = []
    for name, column in known.items():
        series = clean_cells(cells.pop(name), column, faults) if name in cells else _blank(column, height)
        if column.kind == "mapping":
            parts = [part for part in cells if part.startswith(name + ".")]
            series = _merged(series, column, {part: cells.pop(part) for part in parts}, faults)
        if column.required and height and name not in found:
            faults.of_table("missing_value", column=name)
        out.append(_complete(series, column, faults, report=name in found))
    for name in sorted({*cells, *(kinds.keys() - known.keys())}):
        if name not in cells:
            out.append(_blank(Column(name, "number" if kinds[name] == "number" else "text"), height))
            continue
        if measures:
            if holds_number(cells[name]):
                out.append(clean_cells(cells[name], Column(name, "number", minimum=0.0, maximum=1e15), faults))
            continue
        numeric = kinds[name] == "number" if name in kinds else looks_numeric(cells[name], untyped=untyped)
        out.append(clean_cells(cells[name], Column(name, "number" if numeric else "text"), faults))
    return pl.DataFrame(out), faults.issues


def _by_name(raw: Raw, model: type[BaseModel], faults: Faults) -> dict[str, Cells]:
    """Name the columns; two of one name, a blank one and one that is too long are faults."""
    cells: dict[str, Cells] = {}
    for header, column in raw.items():
        name = column_name(header, model)
        if not name:
            faults.of_table("unnamed_column")
        elif len(name) > NAME_LIMIT:
            faults.of_table("too_long", column=name[:40], limit=NAME_LIMIT)
        elif not is_usable(name):
            faults.of_table("unusable_name", column=name)
        elif name in cells:
            faults.of_table("duplicate_column", column=header)
        else:
            cells[name] = column
    return cells


def _blank(column: Column, height: int) -> pl.Series:
    return pl.Series(column.name, [None], dtype=DTYPES[column.kind]).new_from_index(0, height)


def _merged(series: pl.Series, column: Column, parts: Mapping[str, Cells], faults: Faults) -> pl.Series:
    """Merge `capacity.hours` and its like into the mapping column they belong to."""
    if not parts:
        return series
    texts = [series]
    for name, cells in parts.items():
        part = Column(name, "number", minimum=column.minimum, maximum=column.maximum)
        numbers = clean_cells(cells, part, faults)
        texts.append(name.partition(".")[2] + ":" + numbers.cast(pl.String))
    joined = pl.select(pl.concat_str(texts, separator=";", ignore_nulls=True).alias(column.name)).to_series()
    return clean_cells(joined, column, faults)


def _complete(series: pl.Series, column: Column, faults: Faults, *, report: bool) -> pl.Series:
    """Fill empty cells with the default; a required cell that is empty is a fault, to report if not done yet."""
    if column.required:
        if not report:
            return series
        reported = faults.rows.get(column.name, set())
        rows = [row for row in series.is_null().arg_true().to_list() if row not in reported]
        faults.add("missing_value", rows, column.name, lambda _: {})
        return series
    if column.default is None or column.kind == "mapping":
        return series
    return series.fill_null(column.default)


def records_of(value: Any, table: str) -> tuple[list[Mapping[str, Any]], list[Issue]]:
    """Return the rows of a list of objects; a row that is no object is an issue, and an empty row."""
    if not isinstance(value, list | tuple):
        return [], [Issue("not_a_list", "error", pointer(table), {"key": table})]
    faults = Faults(table, [])
    wrong = [row for row, record in enumerate(value) if not isinstance(record, Mapping)]
    for row in wrong[:LISTED_PER_CODE]:
        faults.issues.append(Issue("not_an_object", "error", pointer(table, row), {"key": table}))
    if len(wrong) > LISTED_PER_CODE:
        faults.of_table("more_like_this", count=len(wrong) - LISTED_PER_CODE, of="not_an_object")
    return [record if isinstance(record, Mapping) else {} for record in value], faults.issues


def columnar(records: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Turn records with any keys into columns of equal length; a key that a record lacks is None there."""
    rows = list(records)
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def lead_frame(value: Any, model: type[BaseModel]) -> pl.DataFrame:
    """Return the canonical table of leads from a table, `Lead` objects or dictionaries.

    Raises
    ------
    ScenarioError
        With every issue, if a cell cannot be read.
    """
    issues: list[Issue] = []
    if isinstance(value, pl.DataFrame):
        raw: Raw = {name: value[name] for name in value.columns}
    else:
        rows = [r.model_dump() if isinstance(r, BaseModel) else r for r in value] if _is_rows(value) else value
        records, issues = records_of(rows, "leads")
        raw = columnar(records)
    frame, more = clean_table(raw, model, "leads")
    if errors_of(issues + more):
        raise ScenarioError(issues + more)
    return frame


def link_frame(value: Any, model: type[BaseModel]) -> pl.DataFrame:
    """Return the canonical table of links from a table, pairs of ids, `Link` objects or dictionaries.

    Raises
    ------
    ScenarioError
        With every issue, if a cell cannot be read.
    """
    if isinstance(value, pl.DataFrame):
        raw: Raw = {name: value[name] for name in value.columns}
        issues: list[Issue] = []
    else:
        rows = [r.model_dump() if isinstance(r, BaseModel) else r for r in value] if _is_rows(value) else value
        records, issues = link_records_of(rows, model)
        raw = {name: [None] * len(records) for name in model.model_fields} | columnar(records)
    frame, more = clean_table(raw, model, "links")
    if errors_of(issues + more):
        raise ScenarioError(issues + more)
    return frame.select(*model.model_fields)


def link_records_of(value: Any, model: type[BaseModel]) -> tuple[list[Mapping[str, Any]], list[Issue]]:
    """Return the rows of a list of links, each a pair of ids or an object; see `records_of`."""
    if not isinstance(value, list | tuple):
        return [], [Issue("not_a_list", "error", pointer("links"), {"key": "links"})]
    ends = tuple(model.model_fields)
    pairs = (dict(zip(ends, r, strict=True)) if _is_rows(r) and len(r) == len(ends) else r for r in value)
    return records_of(list(pairs), "links")


def travel_frame(value: Any, model: type[BaseModel]) -> pl.DataFrame:
    """Return the canonical table of travel, `lead`, `rep` and the measures, from a table, rows or dictionaries.

    Raises
    ------
    ScenarioError
        With every issue, if a cell cannot be read.
    """
    if isinstance(value, pl.DataFrame):
        raw: Raw = {name: value[name] for name in value.columns}
        issues: list[Issue] = []
    else:
        rows = [r.model_dump() if isinstance(r, BaseModel) else r for r in value] if _is_rows(value) else value
        records, issues = records_of(rows, "travel")
        raw = {name: [None] * len(records) for name in model.model_fields} | columnar(records)
    frame, more = clean_table(raw, model, "travel", measures=True)
    if errors_of(issues + more):
        raise ScenarioError(issues + more)
    return frame


def _is_rows(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)


def lead_records(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as JSON-ready records: empty cells left out, dates as text, mappings as objects."""
    dates = [pl.col(c).cast(pl.String) for c, t in frame.schema.items() if t == pl.Date]
    records = []
    for row in frame.with_columns(dates).iter_rows(named=True):
        record = {k: v for k, v in row.items() if v is not None}
        if "skills" in record:
            record["skills"] = parse_mapping(record["skills"])
        records.append(record)
    return records
