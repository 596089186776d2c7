"""Texts as every format can carry them: no control characters, no blanks at the ends."""

from __future__ import annotations

import re

UNPRINTABLE = "[\\x00-\\x1f\\x7f-\\x9f\u2028\u2029\ufeff\ufffe\uffff]+"
"""Runs of characters that XML or CSV cannot carry as they are; a pattern for both `re` and polars."""

NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
"""A number as people and programs write it; a pattern for both `re` (with `re.ASCII`) and polars."""

_UNPRINTABLE = re.compile(UNPRINTABLE)
_NUMBER = re.compile(NUMBER, re.ASCII)


def clean_text(text: str) -> str:
    """Replace each run of unprintable characters by one blank and cut the blanks at both ends."""
    return _UNPRINTABLE.sub(" ", text).strip()


def is_printable(text: str) -> bool:
    """Tell whether the text has no unprintable character."""
    return _UNPRINTABLE.search(text) is None


def number_of(text: str) -> float | None:
    """Return the number that a text stands for; None if it is no number."""
    return float(text) if _NUMBER.fullmatch(text.strip()) else None


def plain_zero(number: float) -> float:
    """Turn -0.0 into 0.0: they are equal, and so must be what is written of them."""
    return number + 0.0


def number_text(number: float) -> str:
    """Write a number in full, and a whole one as people do: 7 rather than 7.0."""
    return str(int(number)) if abs(number) < 1e15 and number == int(number) else repr(float(number))
