"""Words of many leads at once: columns of text, made of the same templates and figures as the words of one.

A figure that people read has few digits, so that a million of them are a few thousand different ones: each is put into
words once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import numpy as np
import orjson
import polars as pl

from scenarios.texts import Locale, Text, pieces
from solver.pairs import Floats, Ints

Column = pl.Series | str
"""A text for each lead, or one for all."""

FIRST_LATIN, LAST_LATIN = "^[\u0000-\u2000]", "[\u0000-\u2000]$"
"""Texts that are set off from Chinese ones, as `scenarios.texts.is_latin` has it."""

SPECIAL = r'["\\\x00-\x1f]'
"""What JSON wants escaped."""


def coarse(values: Floats) -> Floats:
    """Return values with only the digits that `scenarios.amounts.few` leaves, so that it makes the same of them.

    What is close to half a step stays as it is, so that nothing is rounded otherwise than there.
    """
    size = np.abs(values)
    decade = np.floor(np.log10(np.clip(size, 1e-4, 9.0)))
    steps = np.where(size >= 1000, 1.0, np.where(size >= 9.95, 10.0, 10.0 ** (1.0 - decade)))
    scaled = size * steps
    near = np.rint(scaled)
    few = near / steps
    exact = (np.abs(np.abs(scaled - near) - 0.5) < 1e-6) | (size < 1e-4)
    return np.copysign(np.where(exact | ~np.isfinite(size), size, few), values)


def said(values: Floats, say: Callable[[float], str]) -> pl.Series:
    """Return `say(value)` for each value; what it says may depend on nothing but the digits that `few` leaves."""
    few, place = np.unique(coarse(values), return_inverse=True)
    return pl.Series([say(value) for value in few.tolist()], dtype=pl.String).gather(place)


def filled(text: Text, locale: Locale, **fields: Column) -> Column:
    """Return a template filled with columns, as `Text.format` fills it with words."""
    parts: list[Column] = []
    for piece in pieces(text.template(locale)):
        if isinstance(piece, str):
            parts.append(piece)
            continue
        column = fields[piece.name]
        parts += [_blank(column, FIRST_LATIN)] if piece.blank_before else []
        parts.append(column)
        parts += [_blank(column, LAST_LATIN)] if piece.blank_after else []
    return joined_up(parts)


def _blank(column: Column, where: str) -> Column:
    """Return a blank for each text that has a letter or figure at one end."""
    if isinstance(column, str):
        return " " if re.search(where, column) else ""
    latin = column.str.contains(where)
    return pl.select(pl.when(latin).then(pl.lit(" ")).otherwise(pl.lit(""))).to_series()


def joined_up(parts: Iterable[Column]) -> Column:
    """Return texts one after the other."""
    parts = list(parts)
    if all(isinstance(part, str) for part in parts):
        return "".join(str(part) for part in parts)
    return pl.select(pl.concat_str([pl.lit(part) if isinstance(part, str) else part for part in parts])).to_series()


def listed(parts: Iterable[Column]) -> pl.Series:
    """Return texts one after the other with commas between them; what is null is left out."""
    told = [pl.lit(part) if isinstance(part, str) else part for part in parts]
    return pl.select(pl.concat_str(told, separator=",", ignore_nulls=True)).to_series()


def rows_of(column: Column, rows: Ints) -> Column:
    """Return some rows of a column."""
    return column if isinstance(column, str) else column.gather(rows)


def put_together(height: int, parts: Iterable[tuple[Ints, Column]]) -> pl.Series:
    """Return a column of texts from the texts of some rows each; a row in no part gets an empty one."""
    place = np.zeros(height, dtype=np.int64)
    pool, size = [pl.Series([""], dtype=pl.String)], 1
    for rows, column in parts:
        if not len(rows):
            continue
        texts = pl.Series([column], dtype=pl.String) if isinstance(column, str) else column
        place[rows] = size + (np.arange(len(rows)) if len(texts) > 1 else 0)
        pool.append(texts)
        size += len(texts)
    return pl.concat(pool).gather(place)


# -- JSON -------------------------------------------------------------------------------------------------------------


def quoted(column: pl.Series) -> pl.Series:
    """Return texts as JSON; a null is null."""
    told = pl.select(
        pl.when(column.is_null()).then(pl.lit("null")).otherwise(pl.concat_str([pl.lit('"'), column, pl.lit('"')]))
    ).to_series()
    special = column.str.contains(SPECIAL).fill_null(False)
    if special.any():
        rows = special.arg_true()
        told = told.scatter(rows, [as_json(text) for text in column.gather(rows)])
    return told


def figures_json(values: Floats, digits: int) -> pl.Series:
    """Return numbers as JSON, rounded; what does not exist (nan) is null."""
    texts = pl.Series(values.round(digits) + 0.0).cast(pl.String)  # no -0.0
    missing = np.isnan(values)
    return texts.set(pl.Series(missing), "null") if missing.any() else texts


def as_json(content: object) -> str:
    """Return something small as JSON."""
    return orjson.dumps(content).decode()
