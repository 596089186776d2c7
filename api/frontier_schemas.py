"""The shapes of frontiers in requests and answers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field


class AskView(BaseModel):
    """What a frontier is asked about."""

    metric: str
    by: str | None
    points: int


class FrontierTier(BaseModel):
    """Points of one priority tier, and what no plan within the band can beat."""

    tier: int
    objective: float
    bound: float | None


class FrontierPoint(BaseModel):
    """The best plan within one band, as far as it is known."""

    tolerance: float | None = Field(description="Of the band; null: without a band.")
    status: Literal["optimal", "feasible", "infeasible", "no_plan_found"]
    stopped_by: Literal["proof", "gap", "time", "work", "cancel"]
    objective: float | None
    bound: float | None = Field(description="No plan within the band has more points.")
    gap: float | None
    cost_least: float | None = Field(description="The band costs at least this part of the points without a band.")
    cost_most: float | None = Field(description="The band costs at most this part of the points without a band.")
    tiers: list[FrontierTier]
    expected_value: float | None = Field(description="In money.")
    worst_deviation: float | None = Field(description="|load / fair target - 1| of the rep who is furthest off.")
    min_ratio: float | None
    max_ratio: float | None
    jain: float | None
    gini: float | None
    assigned: int | None
    unassigned: int | None
    seconds: float
    dominated: bool = Field(description="Another plan is as fair and worth as much, and better in one of the two.")


class FairestView(BaseModel):
    """The least worst deviation of any plan that assigns every lead which the plan without a band assigns."""

    tolerance: float | None = Field(description="Of the fairest plan found; null: no band is wide enough for any.")
    none_below: float = Field(description="No such plan keeps a narrower band than this: proved.")
    proved: bool
    just_below: float | None = Field(description="A hardly narrower band: the point for it tells if any plan keeps it.")


class FrontierView(BaseModel):
    """What fairness costs: the best plans from no band to the fairest plan."""

    run: str
    scenario: str
    metric: str
    by: str | None
    of: Literal["assigned", "leads"]
    leads: dict[str, list[Any]]
    reps: dict[str, list[Any]]
    replaced: list[dict[str, Any]] = Field(description="Rules and goals that gave way to the bands.")
    status: Literal["optimal", "feasible", "infeasible", "no_plan_found"] = Field(description="Without a band.")
    stopped_by: Literal["proof", "gap", "time", "work", "cancel"]
    points: list[FrontierPoint] = Field(description="From the widest band to the narrowest.")
    fairest: FairestView | None
    knee: float | None = Field(description="Tolerance where the curve is highest above the line between its ends.")
    today: dict[str, Any] | None = Field(description="How today's owners compare.")
    points_per_money: float | None = Field(description="Where there are points for expected value alone.")
    currency: str
    seed: int
    seconds: float
    versions: dict[str, str]
    scenario_sha256: str
    sentences: list[str]
    links: dict[str, str]
