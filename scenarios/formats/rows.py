"""The two tables of a scenario as they are written: only columns that say something, mappings as text."""

from __future__ import annotations

import polars as pl

from scenarios.cells import DTYPES
from scenarios.columns import columns_of
from scenarios.formats.json import column_types
from scenarios.mappings import format_mapping
from scenarios.model import Lead, Rep, Scenario


def lead_table(scenario: Scenario) -> pl.DataFrame:
    """Return the leads without the columns in which every cell is at its default."""
    return _telling(scenario.leads, Lead)


def rep_table(scenario: Scenario) -> pl.DataFrame:
    """Return the reps without the columns in which every cell is at its default."""
    columns: list[pl.Series] = []
    for name, column in columns_of(Rep).items():
        cells = [getattr(rep, name) for rep in scenario.reps]
        if column.kind == "mapping":
            cells = [format_mapping(cell) or None for cell in cells]
        columns.append(pl.Series(name, cells, dtype=DTYPES[column.kind]))
    for name, kind in column_types(scenario)["rep_columns"].items():
        dtype = pl.String() if kind == "text" else pl.Float64()
        columns.append(pl.Series(name, [rep.extras.get(name) for rep in scenario.reps], dtype=dtype))
    return _telling(pl.DataFrame(columns), Rep)


def _telling(frame: pl.DataFrame, model: type[Lead] | type[Rep]) -> pl.DataFrame:
    known = columns_of(model)
    return pl.DataFrame(  # of columns, not by `select`, to which a column called * is all of them
        [
            series
            for series in frame.get_columns()
            if (column := known.get(series.name)) is None or column.required or not _all_default(series, column.default)
        ]
    )


def _all_default(series: pl.Series, default: object) -> bool:
    if default is None or default == {}:
        return series.null_count() == len(series)
    return bool((series == default).all())
