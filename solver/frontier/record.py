"""A frontier as a record: what programs read, and what tables, pictures and sentences are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

import polars as pl

from scenarios.texts import Locale
from solver.frontier.fairest import Fairest
from solver.frontier.points import Point
from solver.frontier.question import Question
from solver.frontier.sentences import Record, sentences
from solver.limits import StoppedBy
from solver.result import Status

COLUMNS: dict[str, type[pl.DataType]] = {
    "tolerance": pl.Float64,
    "status": pl.String,
    "objective": pl.Float64,
    "bound": pl.Float64,
    "gap": pl.Float64,
    "cost_least": pl.Float64,
    "cost_most": pl.Float64,
    "expected_value": pl.Float64,
    "worst_deviation": pl.Float64,
    "min_ratio": pl.Float64,
    "max_ratio": pl.Float64,
    "jain": pl.Float64,
    "gini": pl.Float64,
    "assigned": pl.Int64,
    "unassigned": pl.Int64,
    "seconds": pl.Float64,
    "dominated": pl.Boolean,
}
"""Columns of ``frontier.csv``."""
BEND = 0.1
"""A curve has a knee if it rises by this part of its height above the straight line between its ends."""


@dataclass(frozen=True)
class Today:
    """How today's owners compare: whether they keep the other hard rules, points by tier, money, fairness."""

    feasible: bool
    tiers: Mapping[int, float]
    expected_value: float
    figures: Mapping[str, float]
    assigned: int
    leads: int

    def record(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "feasible": self.feasible,
            "objective": float(self.tiers[max(self.tiers)]),
            "expected_value": self.expected_value,
            **self.figures,
            "assigned": self.assigned,
            "unassigned": self.leads - self.assigned,
        }


@dataclass(frozen=True)
class Frontier:
    """What fairness costs: plans from no band to the fairest.

    Parameters
    ----------
    points : tuple of Point
        From the widest band to the narrowest.
    end : Fairest, optional
        The fairest plan; None where it was not looked for.
    stopped_by : str
        "proof" only if every point is proved.
    """

    asked: Question
    points: tuple[Point, ...]
    end: Fairest | None
    today: Today | None
    stopped_by: StoppedBy
    seed: int
    seconds: float

    @property
    def status(self) -> Status:
        """Whether there is any plan: that of the point without a band."""
        return self.points[0].status

    @cached_property
    def curve(self) -> tuple[Point, ...]:
        """The points with a plan that no other leaves without a reason, from the widest band to the narrowest."""
        return tuple(point for point in self.points if point.owner is not None and not point.dominated)

    @cached_property
    def knee(self) -> Point | None:
        """The point that is highest above the straight line between the ends of the curve; None without a clear bend.

        Both axes are measured as parts of what lies between the two ends.
        """
        heights = [_height(point) for point in self.curve]
        if len(heights) < 3 or heights[0] <= heights[-1]:
            return None
        first, last = self.curve[0], self.curve[-1]
        rises = [
            (height - heights[-1]) / (heights[0] - heights[-1])
            - (point.deviation - last.deviation) / (first.deviation - last.deviation)
            for point, height in zip(self.curve, heights, strict=True)
        ]
        best = max(range(len(rises)), key=rises.__getitem__)
        return self.curve[best] if rises[best] >= BEND else None

    def cost(self, point: Point) -> tuple[float, float] | None:
        """Return between which parts of the points without a band the best plan within a band costs.

        None without a plan, and with several priority tiers, whose points are not added up.
        """
        free = self.points[0]
        if len(point.tiers) != 1 or len(free.tiers) != 1:
            return None
        size = max(abs(float(free.tiers[0].bound)), 1.0)
        least = max(float(free.tiers[0].objective - point.tiers[0].bound), 0.0) / size
        return least, max(float(free.tiers[0].bound - point.tiers[0].objective) / size, least)

    def record(self) -> dict[str, Any]:
        """Return all of it JSON-ready: what `frontier.json` says."""
        return {
            **self.asked.record(),
            "status": self.status,
            "stopped_by": self.stopped_by,
            "points": [self._point(point) for point in self.points],
            "fairest": None if self.end is None else _end(self.end),
            "knee": None if self.knee is None else self.knee.tolerance,
            "today": None if self.today is None else self.today.record(),
            "points_per_money": self.asked.money(),
            "currency": self.asked.scenario.currency,
            "seed": self.seed,
            "seconds": self.seconds,
            "versions": {name: version(name) for name in ("plumbline", "ortools", "numpy", "polars")},
            "scenario_sha256": self.asked.scenario.sha256(),
        }

    def table(self) -> pl.DataFrame:
        """Return one row per band, from the widest to the narrowest; see `COLUMNS`."""
        return table_of(self.record())

    def sentences(self, locale: Locale = "en") -> list[str]:
        """Return what a planner should know first, a sentence each."""
        return sentences(self.record(), locale)

    def _point(self, point: Point) -> dict[str, Any]:
        cost = self.cost(point)
        least, most = (None, None) if cost is None else cost
        return {**point.record(), "cost_least": least, "cost_most": most}


def table_of(record: Record) -> pl.DataFrame:
    """Return the points of a record as a table, one row per band; see `COLUMNS`."""
    return pl.DataFrame([{name: row[name] for name in COLUMNS} for row in record["points"]], schema=COLUMNS)


def _height(point: Point) -> float:
    return sum(tier.objective for tier in point.tiers)


def _end(end: Fairest) -> dict[str, Any]:
    finite = end.tolerance if end.tolerance < float("inf") else None
    return {"tolerance": finite, "none_below": end.none_below, "proved": end.proved, "just_below": end.below}
