"""The shapes of comparisons."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class MoveView(BaseModel):
    """A lead that has another rep in the other plan."""

    model_config = ConfigDict(extra="allow")

    lead: str
    base: str | None
    other: str | None
    value: float
    causes: list[dict[str, Any]] = Field(description="Each with a `code` and figures; the first one is the main one.")
    sentence: str


class LoadChange(BaseModel):
    """What a rep holds of a metric in either plan."""

    rep: str
    metric: str
    base: float | None
    other: float | None
    change: float


class TermChange(BaseModel):
    """Points by one goal, or lost by one soft rule, in either plan."""

    of: Literal["goal", "rule"]
    name: str
    kind: str
    base: float | None
    other: float | None
    change: float


class TierChange(BaseModel):
    """Points and bounds of one priority tier in either plan."""

    tier: int
    base: float | None
    other: float | None
    change: float | None
    base_bound: float | None
    other_bound: float | None
    best_between: list[float] | None = Field(
        description="What the best possible plans of two scenarios differ by: at least, at most."
    )


class ComparisonView(BaseModel):
    """What changed from one plan to another, why, and what it cost."""

    model_config = ConfigDict(extra="allow")

    base: str
    other: str
    objective: float | None = Field(description="Points of the other plan less those of the base.")
    moved: int
    value_moved: float = Field(description="Value of the leads that moved.")
    assigned: int = Field(description="Leads assigned in the other plan less those in the base.")
    leads: dict[str, int] = Field(description="How many leads `both` have, `only_base` and `only_other`.")
    causes: dict[str, int] = Field(description="How many leads have each first cause.")
    tiers: list[TierChange]
    terms: list[TermChange]
    expected_value: dict[str, Any]
    broken: list[dict[str, Any]] = Field(description="Hard rules that today's owners break, if they are the base.")
    kept: dict[str, Any] | None = Field(description="What the owners of the base are worth in the other scenario.")
    differences: dict[str, Any] = Field(description="What differs in settings, rules, goals, reps and leads.")
    fairness: dict[str, dict[str, Any]]
    loads: list[LoadChange]
    sentences: list[str]
    moves: list[MoveView] = Field(description="A page of the leads that moved.")
    next_page_token: str | None
