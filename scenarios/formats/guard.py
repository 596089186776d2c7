"""Texts that a spreadsheet would take for formulas, made harmless in CSV and taken back exactly.

A text that begins with ``= + - @`` (or their full-width forms), a tab or a line break gets an apostrophe in front.
So does one that begins with apostrophes before such a character, so that taking one off again is exact:
Excel and its like show the apostrophe or hide it, and never compute the cell. Numbers stay bare: -5 is a number.
"""

from __future__ import annotations

import re

import polars as pl

_RISKY = "=+\\-@\t\r\n＝＋－＠"
_BARE = f"^('*[{_RISKY}])"
_GUARDED = f"^'('*[{_RISKY}])"


def guard(text: str) -> str:
    """Return a text as it may stand in a CSV cell."""
    return re.sub(_BARE, r"'\1", text)


def unguard(text: str) -> str:
    """Return the text that `guard` was given."""
    return re.sub(_GUARDED, r"\1", text)


def guard_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table with all its texts and headers as they may stand in a CSV file."""
    guarded = frame.with_columns(pl.col(pl.String).str.replace(_BARE, "'$1"))
    return guarded.rename({name: guard(name) for name in frame.columns})


def unguard_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the texts that `guard_frame` was given; headers stay as they are."""
    return frame.with_columns(pl.col(pl.String).str.replace(_GUARDED, "$1"))
