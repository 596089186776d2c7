"""How often random tests try: some times in every run, and many times where PLUMBLINE_THOROUGH says so."""

from __future__ import annotations

import os

FACTOR = float(os.environ.get("PLUMBLINE_THOROUGH", "0.3"))
"""With 10, a test that claims something about every scenario tries ten times as many as it names; an ordinary run tries
fewer, and others each time."""


def times(examples: int) -> int:
    """Return the number of examples of a random test."""
    return max(1, round(examples * FACTOR))
