"""Guesses at the name that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from scenarios.headers import fold

CUTOFF = 0.6
"""How alike two names must be, from 0 to 1 (`difflib`)."""


def nearest(name: str, names: Iterable[str], cutoff: float = CUTOFF) -> list[str]:
    """Return up to three names most like this one, whatever the case and the marks between words."""
    folded: dict[str, str] = {}
    for known in names:
        folded.setdefault(fold(known), known)
    return [folded[match] for match in difflib.get_close_matches(fold(name[:200]), folded, n=3, cutoff=cutoff)]


def guesses(name: str, names: Iterable[str], most: int = 20) -> list[str]:
    """Return the names that may be meant: those most alike, or else all there are."""
    known = list(names)
    return nearest(name, known) or known[:most]
