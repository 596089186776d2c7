"""The goals of a scenario: what is wished for, each with a weight that turns it into points."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from scenarios.selection import Selection

Weight = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class _Goal(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    weight: Weight = Field(default=1.0, description="Points per unit of this goal; 0 switches it off.")


class Value(_Goal):
    """Expected value: the lead's value times the rep's win rate for it. Unit: points per unit of money.

    A pair is away when the lead's `region` is not one of the rep's; a blank on either side is at home.
    """

    kind: Literal["value"] = "value"
    away_factor: float = Field(
        default=1.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Part of the expected value that is left when the lead's region is not one of the rep's.",
    )


class SkillFit(_Goal):
    """How well the rep's levels match the skills a lead asks for.

    The fit of a pair lies in 0..1: the mean, over the skills the lead requires, of the rep's level
    divided by the highest level any rep has in that skill. A lead without required skills has fit 0.
    """

    kind: Literal["skill_fit"] = "skill_fit"


class Continuity(_Goal):
    """Points for a lead that stays with the rep who owns it today."""

    kind: Literal["continuity"] = "continuity"


class Travel(_Goal):
    """Points lost per kilometre (great circle) between the lead's place and the rep's, or per unit of a given table.

    In a plan by `rebalance` the place of a rep who has none is found: the lead in the middle of the territory. With
    `measured_by` the table `travel` says how far it is from every rep to every lead, and places play no part.
    """

    kind: Literal["travel"] = "travel"
    weighted_by: str | None = Field(
        default=None,
        description="leads, hours, value, quality or a numeric column, by which kilometres are multiplied; empty: 1.",
    )
    power: int = Field(
        default=1,
        ge=1,
        le=2,
        description="1: kilometres; 2: their squares, which draws rounder territories (moment of inertia).",
    )
    measured_by: str | None = Field(
        default=None,
        description="Column of the table travel that counts instead of kilometres, such as minutes; empty: kilometres.",
    )


class Urgency(_Goal):
    """Urgent leads to the strongest: points x urgency (0..1) x the rep's win rate for the lead."""

    kind: Literal["urgency"] = "urgency"


class Balance(_Goal):
    """Points lost per unit by which a rep's load misses their fair target, above or below."""

    kind: Literal["balance"] = "balance"
    metric: str = Field(default="value", description="What is balanced: leads, hours, value, expected_value, ...")
    by: str | None = Field(
        default=None, description="Rep column whose values form the fairness groups; empty: all reps."
    )
    tolerance: float = Field(default=0.0, ge=0, le=10, description="Part of the target that may be missed for free.")
    leads: Selection = Field(default_factory=dict, description="Only these leads count.")
    reps: Selection = Field(default_factory=dict, description="Only these reps are compared.")


class MaxMin(_Goal):
    """Points for the worst-off rep: weight x the smallest load / target in each fairness group, at most 1."""

    kind: Literal["max_min"] = "max_min"
    metric: str = Field(default="value", description="What is balanced: leads, hours, value, expected_value, ...")
    by: str | None = Field(
        default=None, description="Rep column whose values form the fairness groups; empty: all reps."
    )
    leads: Selection = Field(default_factory=dict, description="Only these leads count.")
    reps: Selection = Field(default_factory=dict, description="Only these reps are compared.")


Goal = Annotated[
    Value | SkillFit | Continuity | Travel | Urgency | Balance | MaxMin,
    Field(discriminator="kind"),
]

GOAL_KINDS: dict[str, type[_Goal]] = {
    "value": Value,
    "skill_fit": SkillFit,
    "continuity": Continuity,
    "travel": Travel,
    "urgency": Urgency,
    "balance": Balance,
    "max_min": MaxMin,
}
