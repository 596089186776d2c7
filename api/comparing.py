"""Two plans side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from api.errors import Problem


@dataclass(frozen=True)
class Difference:
    """What changed: `moves` (lead, base, other) and `loads` (rep, metric, base, other, change), a row for each."""

    moves: pl.DataFrame
    loads: pl.DataFrame


def compare(base: Mapping[str, pl.DataFrame], other: Mapping[str, pl.DataFrame]) -> Difference:
    """Compare the assignments and loads of two plans.

    Raises
    ------
    Problem
        ``plans_not_comparable``, if they are not about the same leads.
    """
    before = base["assignments"].select("lead", base="rep")
    after = other["assignments"].select("lead", other="rep")
    both = before.join(after, on="lead", how="inner", maintain_order="left")
    if not before.height == after.height == both.height:
        raise Problem("plans_not_comparable")
    moves = both.filter(pl.col("base").ne_missing(pl.col("other")))
    keys = ["rep", "metric"]
    loads = (
        base["loads"]
        .select(*keys, base="load")
        .join(
            other["loads"].select(*keys, other="load"), on=keys, how="full", coalesce=True, maintain_order="left_right"
        )
        .with_columns(change=pl.col("other").fill_null(0.0) - pl.col("base").fill_null(0.0))
    )
    return Difference(moves, loads)
