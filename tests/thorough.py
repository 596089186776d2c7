"""How often random tests try: a few times in every run, and many times where PLUMBLINE_THOROUGH says so."""

from __future__ import annotations

import os

FACTOR = max(1, int(os.environ.get("PLUMBLINE_THOROUGH", "1")))
"""With 10, a test that claims something about every scenario tries ten times as many."""


def times(examples: int) -> int:
    """Return the number of examples of a random test."""
    return examples * FACTOR
