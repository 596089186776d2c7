"""Cells of one column: from what any format holds to the column's type, each cell that cannot a fault."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from scenarios.cleaning import UNPRINTABLE, number_of, number_text
from scenarios.columns import Column, Kind
from scenarios.faults import Faults
from scenarios.mappings import MAPPING_LIMIT, format_mapping, mapping_key, parse_mapping

Cells = pl.Series | Sequence[Any]

DTYPES: dict[Kind, pl.DataType] = {
    "text": pl.String(),
    "number": pl.Float64(),
    "integer": pl.Int64(),
    "date": pl.Date(),
    "mapping": pl.String(),
}

_SHOWN = 200
_COMPOSITE = (list, tuple, set, dict, bytes)


def clean_cells(cells: Cells, column: Column, faults: Faults) -> pl.Series:
    """Return the column with its type; a cell that cannot have it is empty, and a fault."""
    series = _as_series(cells, column, faults).rename(column.name)
    match column.kind:
        case "text":
            return _choose(_text(series, column, faults, column.longest), column, faults)
        case "number":
            return _number(series, column, faults)
        case "integer":
            return _integer(series, column, faults)
        case "date":
            return _date(series, column, faults)
        case "mapping":
            return _mapping(series, column, faults)


def looks_numeric(cells: Cells, *, untyped: bool) -> bool:
    """Tell whether an extra column holds numbers.

    Texts of an `untyped` source (CSV) count as numbers if all of them are written like 12 or 1.5; codes
    such as 007, 1e5 or +1 stay text.
    """
    if isinstance(cells, pl.Series):
        if cells.dtype != pl.String:
            return cells.dtype.is_numeric()
        filled = cells.str.strip_chars().replace("", None).drop_nulls()
        return untyped and len(filled) > 0 and bool(filled.str.contains(r"^-?(0|[1-9]\d{0,14})(\.\d+)?$").all())
    kinds = set(map(type, cells)) - {type(None)}
    return bool(kinds) and kinds <= {int, float}


def holds_number(cells: Cells) -> bool:
    """Tell whether any cell of a column is a number, or a text that stands for one."""
    if isinstance(cells, pl.Series):
        numbers = cells.str.strip_chars() if cells.dtype == pl.String else cells
        if not (numbers.dtype == pl.String or numbers.dtype.is_numeric()):
            return False
        return numbers.cast(pl.Float64, strict=False).is_not_null().any()
    return any(
        (isinstance(cell, int | float) and not isinstance(cell, bool))
        or (isinstance(cell, str) and number_of(cell) is not None)
        for cell in cells
    )


def _as_series(cells: Cells, column: Column, faults: Faults) -> pl.Series:
    """Bring Python cells (from JSON) or foreign column types into one of: String, number, Boolean, Date."""
    if isinstance(cells, pl.Series):
        dtype = cells.dtype
        if dtype in (pl.String, pl.Boolean, pl.Date):
            return cells
        if dtype == pl.Null or isinstance(dtype, pl.Categorical | pl.Enum):
            return cells.cast(pl.String)
        if dtype.is_numeric():
            return cells.cast(pl.Float64) if isinstance(dtype, pl.Decimal) else cells
        if isinstance(dtype, pl.Datetime):
            return cells.dt.date()
        cells = cells.to_list()
    if column.kind == "mapping":
        return _mapping_texts(cells, column, faults)
    kinds = set(map(type, cells)) - {type(None)}
    if kinds <= {str}:
        return pl.Series(cells, dtype=pl.String)
    if kinds == {float}:
        return pl.Series(cells, dtype=pl.Float64)
    if kinds == {int, float} and column.kind != "text":
        return pl.Series([None if c is None else _float(c) for c in cells], dtype=pl.Float64)
    wrong = [row for row, cell in enumerate(cells) if isinstance(cell, _COMPOSITE)]
    faults.add("not_text", wrong, column.name, lambda _: {})
    return pl.Series([_cell_text(cell) for cell in cells], dtype=pl.String)


def _cell_text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, _COMPOSITE):
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return number_text(cell) if math.isfinite(cell) else str(cell)
    if isinstance(cell, int):
        return str(cell) if abs(cell) < 1e15 else repr(_float(cell))
    return str(cell.date() if isinstance(cell, dt.datetime) else cell)


def _float(number: float) -> float:
    """Return a number as a float; one that is too large for it becomes infinite, and is reported as such."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _plain(number: pl.Series) -> pl.Series:
    """Write numbers as people do: 7 rather than 7.0."""
    whole = (number == number.round(0)) & (number.abs() < 1e15)
    integers = number.cast(pl.Int64, strict=False).cast(pl.String)
    return pl.select(pl.when(whole).then(integers).otherwise(number.cast(pl.String))).to_series()


def _text(series: pl.Series, column: Column, faults: Faults, limit: int) -> pl.Series:
    if series.dtype in (pl.Float64, pl.Float32):
        series = _plain(series.cast(pl.Float64))
    text = series.cast(pl.String)
    if text.str.contains(UNPRINTABLE).any():
        text = text.str.replace_all(UNPRINTABLE, " ")
    text = text.str.strip_chars().replace("", None)
    long = (text.str.len_chars() > limit).fill_null(False)
    if long.any():
        faults.add("too_long", long.arg_true().to_list(), column.name, lambda _: {"limit": limit})
        text = text.set(long, None)
    return text.rename(column.name)


def _choose(text: pl.Series, column: Column, faults: Faults) -> pl.Series:
    if not column.choices:
        return text
    lower = text.str.to_lowercase()
    bad = ~lower.is_in(column.choices) & text.is_not_null()
    if not bad.any():
        return lower
    choices = list(column.choices)
    faults.add(
        "not_a_choice",
        bad.arg_true().to_list(),
        column.name,
        lambda row: {"value": text[row][:_SHOWN], "choices": choices},
    )
    return lower.set(bad, None)


def _number(series: pl.Series, column: Column, faults: Faults) -> pl.Series:
    if series.dtype in (pl.Boolean, pl.Date):
        series = series.cast(pl.String)
    if series.dtype == pl.String:
        text = _text(series, column, faults, column.longest)
        number = text.cast(pl.Float64, strict=False)
        wrong = number.is_null() & text.is_not_null()
        faults.add("not_a_number", wrong.arg_true().to_list(), column.name, lambda row: {"value": text[row][:_SHOWN]})
    else:
        number = series.cast(pl.Float64, strict=False)
    wild = (~number.is_finite()).fill_null(False)
    if wild.any():
        faults.add("not_finite", wild.arg_true().to_list(), column.name, lambda _: {})
        number = number.set(wild, None)
    return (_within(number, column, faults) + 0.0).rename(column.name)  # + 0.0 turns -0.0 into 0.0


def _within(number: pl.Series, column: Column, faults: Faults) -> pl.Series:
    low, high = column.minimum, column.maximum
    if low is not None and (below := (number < low).fill_null(False)).any():
        rows, before = below.arg_true().to_list(), number
        faults.add("below_minimum", rows, column.name, lambda row: {"value": before[row], "minimum": low})
        number = number.set(below, None)
    if high is not None and (above := (number > high).fill_null(False)).any():
        rows, uncut = above.arg_true().to_list(), number
        faults.add("above_maximum", rows, column.name, lambda row: {"value": uncut[row], "maximum": high})
        number = number.set(above, None)
    return number


def _integer(series: pl.Series, column: Column, faults: Faults) -> pl.Series:
    number = _number(series, column, faults)
    broken = ((number != number.round(0)) | (number.abs() >= 2**53)).fill_null(False)
    if broken.any():
        faults.add("not_whole", broken.arg_true().to_list(), column.name, lambda row: {"value": number[row]})
    return number.set(broken, None).cast(pl.Int64) if broken.any() else number.cast(pl.Int64)


def _date(series: pl.Series, column: Column, faults: Faults) -> pl.Series:
    if series.dtype == pl.Date:
        return series
    text = _text(series, column, faults, column.longest)
    head = text.str.replace_all("[/.年月]", "-").str.replace_all("日", "").str.replace(r"[T ]+\d\d?:\d\d.*$", "")
    date = head.str.to_date("%Y-%m-%d", strict=False)
    wrong = date.is_null() & text.is_not_null()
    faults.add("not_a_date", wrong.arg_true().to_list(), column.name, lambda row: {"value": text[row][:_SHOWN]})
    return date.rename(column.name)


def _mapping(series: pl.Series, column: Column, faults: Faults) -> pl.Series:
    """Bring mapping cells to canonical text; each distinct cell is parsed once."""
    text = _text(series, column, faults, MAPPING_LIMIT)
    canonical: dict[str, str | None] = {}
    bad: list[str] = []
    for cell in text.drop_nulls().unique().to_list():
        pairs = parse_mapping(cell)
        if pairs is None or not _in_range(pairs, column):
            bad.append(cell)
        else:
            canonical[cell] = format_mapping(pairs) or None
    if bad:
        rows = text.is_in(bad).fill_null(False).arg_true().to_list()
        faults.add("not_a_mapping", rows, column.name, lambda row: {"value": text[row][:_SHOWN]})
    if not canonical:
        return pl.Series(column.name, [None], dtype=pl.String).new_from_index(0, len(text))
    return text.replace_strict(canonical, default=None, return_dtype=pl.String).rename(column.name)


def _in_range(pairs: Mapping[str, float], column: Column) -> bool:
    low = -math.inf if column.minimum is None else column.minimum
    high = math.inf if column.maximum is None else column.maximum
    return all(math.isfinite(v) and low <= v <= high for v in pairs.values())


def _mapping_texts(cells: Sequence[Any], column: Column, faults: Faults) -> pl.Series:
    """Write objects and lists as mapping cells; a list of names means 1 each."""
    texts: list[str | None] = []
    wrong: list[int] = []
    for row, cell in enumerate(cells):
        if isinstance(cell, Mapping):
            parts = [_pair(name, amount) for name, amount in cell.items() if amount is not None]
        elif isinstance(cell, list | tuple):
            parts = [_pair(name, 1) for name in cell]
        else:
            parts = [_cell_text(cell)]
        if cell is not None and None in parts:
            wrong.append(row)
        texts.append(None if None in parts else ";".join(p for p in parts if p is not None))
    faults.add("not_a_mapping", wrong, column.name, lambda row: {"value": _shown(cells[row])})
    return pl.Series(texts, dtype=pl.String)


def _pair(name: Any, amount: Any) -> str | None:
    """Return one `name:number` of a mapping cell; None if it cannot stand there."""
    key = mapping_key(name) if isinstance(name, str) else None
    number = number_of(amount) if isinstance(amount, str) else amount
    if key is None or not isinstance(number, int | float) or isinstance(number, bool):
        return None
    value = _float(number)
    return f"{key}:{number_text(value)}" if math.isfinite(value) else None


def _shown(cell: Any) -> str:
    """Return the start of an object or list, one level deep."""
    if isinstance(cell, Mapping):
        return ", ".join(f"{k}: {'...' if isinstance(v, _COMPOSITE) else v}" for k, v in cell.items())[:_SHOWN]
    if isinstance(cell, list | tuple):
        return ", ".join("..." if isinstance(c, _COMPOSITE) else str(c) for c in cell)[:_SHOWN]
    return "..." if isinstance(cell, _COMPOSITE) else str(cell)[:_SHOWN]
