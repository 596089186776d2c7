"""Scores and loads as whole numbers, for solvers that take nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.instance import Pairs, Rows
from solver.pairs import Floats, Ints

SCALES = tuple(10**k for k in range(7))
MOST = 2**50
"""Sums stay below this, far inside 64 bits."""


@dataclass(frozen=True)
class Whole:
    """Amounts times `scale`, rounded; bounds so that whatever meets them meets the real ones.

    `error` is how far the sum of one amount per lead can be off, in scaled units.
    """

    amount: Ints
    scale: float
    lower: list[int]
    upper: list[int]
    error: float


def whole_scores(pairs: Pairs) -> Whole:
    """Return the scores in whole numbers, as fine as 64 bits comfortably allow, at most a millionth of a point."""
    largest = max(1.0, float(np.abs(pairs.score).max(initial=0.0)) * max(1, pairs.leads))
    scale = min(1e6, 10.0 ** np.floor(np.log10(MOST / largest)))
    exact = pairs.score * scale
    amount = np.round(exact)
    error = 0.0 if np.allclose(exact, amount, rtol=0, atol=1e-9) else 0.5 * pairs.leads
    return Whole(amount.astype(np.int64), float(scale), [], [], error)


def whole_rows(pairs: Pairs, rows: Rows, scales: Sequence[int] = SCALES) -> Whole:
    """Return rows in whole numbers: by the first scale that makes the amounts exact, else by the last one.

    Amounts that are not exact are rounded up. Bounds of hard rows are rounded so that who meets them meets the real
    ones; bounds of soft rows the other way, so that nobody is charged too much and a bound on the points stays one.
    """
    scale = next((s for s in scales if _is_whole(rows.amount * s)), scales[-1])
    exact = rows.amount * scale
    amount = np.round(exact) if _is_whole(exact) else np.ceil(exact)
    error = 0.0 if _is_whole(exact) else float((amount - exact).max()) * pairs.leads
    # a bound that is whole up to floating point stays so
    low, high = rows.lower * scale, rows.upper * scale
    low = np.ceil(low + error - 1e-6) if rows.hard else np.floor(low + 1e-6)
    high = np.floor(high + 1e-6) if rows.hard else np.ceil(high + error - 1e-6)
    lower, upper = np.where(np.isfinite(low), low, -MOST), np.where(np.isfinite(high), high, MOST)
    return Whole(amount.astype(np.int64), scale, [int(b) for b in lower], [int(b) for b in upper], error)


def _is_whole(values: Floats) -> bool:
    return bool(np.allclose(values, np.round(values), rtol=0, atol=1e-6))
