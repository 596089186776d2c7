"""The rules of a scenario: what must hold, or what it costs where it does not.

Every rule is hard while `rate` is empty. With a rate it is soft: each unit of violation costs that many
points, and the unit is named in the rule's own description. How a rule works in the mathematics is in
``solver/rules/<kind>.py``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from scenarios.selection import Selection

Of = Literal["assigned", "leads"]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        default="", max_length=200, description="The planner's word for this rule, used in every explanation."
    )
    rate: float | None = Field(
        default=None,
        ge=0,
        le=1e9,
        allow_inf_nan=False,
        description="Points lost per unit of violation; empty: the rule is hard and must hold.",
    )
    relaxing: float | None = Field(
        default=1.0,
        ge=0.001,
        le=1e6,
        allow_inf_nan=False,
        description="Where no plan exists: how dear a way out is that relaxes this rule, in multiples of the usual; "
        "null: none may.",
    )
    leads: Selection = Field(default_factory=dict, description="Only these leads are meant; empty: all.")
    reps: Selection = Field(default_factory=dict, description="Only these reps are meant; empty: all.")


class Capacity(_Rule):
    """No rep takes more of a metric than their capacity. Unit of violation: one unit of the metric too much.

    Capacities stand with the reps: `hours: 40`, or for one segment only `hours@Enterprise: 10`.
    What a rep carries already counts.
    """

    kind: Literal["capacity"] = "capacity"
    metrics: tuple[str, ...] = Field(
        default=(), description="Only these capacities (`leads`, `hours@Enterprise`); empty: all given."
    )


class Skills(_Rule):
    """A rep holds every skill a lead requires, at its level. Unit of violation: one skill missing or too low."""

    kind: Literal["skills"] = "skills"


class Availability(_Rule):
    """A rep who is away for the whole period takes nothing. Unit of violation: one lead."""

    kind: Literal["availability"] = "availability"


class Match(_Rule):
    """A column of the lead agrees with a column of the rep. Unit of violation: one lead.

    A rep's cell may hold several values, separated by `;`. A blank cell on either side agrees with
    everything, unless `blank` is `none`.
    """

    kind: Literal["match"] = "match"
    lead_column: str = Field(description="Column of the lead, such as region.")
    rep_column: str = Field(description="Column of the rep, such as region.")
    blank: Literal["any", "none"] = Field(
        default="any", description="Whether a blank cell agrees with all values or with none."
    )


class Exclusion(_Rule):
    """The chosen leads never go to the chosen reps. Unit of violation: one lead."""

    kind: Literal["exclusion"] = "exclusion"


class Pin(_Rule):
    """The chosen leads go to one of the chosen reps only. Unit of violation: one lead elsewhere or unassigned."""

    kind: Literal["pin"] = "pin"


class Protection(_Rule):
    """A lead stays with its owner until a given day. Unit of violation: one lead elsewhere or unassigned.

    A lead is protected when `protected_until` is on or after the first day of the period and its owner is
    one of the reps. Without a period every date protects.
    """

    kind: Literal["protection"] = "protection"


class Family(_Rule):
    """Leads of one family stay together: one owner for all of them, or none.

    Unit of violation (soft): each further owner of one family; "unassigned" counts as an owner.
    """

    kind: Literal["family"] = "family"


class Wall(_Rule):
    """No rep holds two leads of one competitor group. Unit of violation: each lead beyond the first.

    Leads that a hard family rule keeps together count as one. A group that the rep already serves
    (`competitor_groups`) is taken.
    """

    kind: Literal["wall"] = "wall"


class ShareOf(_Rule):
    """The chosen reps together get a share of a metric. Unit of violation: one unit of the metric."""

    kind: Literal["share"] = "share"
    metric: str = Field(
        default="leads", description="leads, hours, value, expected_value, quality or a numeric column."
    )
    floor: Share | None = Field(default=None, description="At least this part (0..1).")
    ceiling: Share | None = Field(default=None, description="At most this part (0..1).")
    of: Of = Field(default="assigned", description="Share of what is assigned, or of all the chosen leads.")

    @model_validator(mode="after")
    def _bounds(self) -> ShareOf:
        if self.floor is None and self.ceiling is None:
            raise PydanticCustomError("share_without_bounds", "a share needs a floor or a ceiling")
        if self.floor is not None and self.ceiling is not None and self.floor > self.ceiling:
            raise PydanticCustomError("share_bounds_crossed", "the floor of a share is above its ceiling")
        return self


class Band(_Rule):
    """Each rep's load lies within a tolerance around their fair target. Unit of violation: one unit of the metric.

    Target = entitlement x total of the metric in the rep's group. The entitlement is the rep's explicit
    share, or else FTE x part of the period present x ramp-up, divided by the same sum over the group.
    What the reps carry already counts on both sides.
    """

    kind: Literal["band"] = "band"
    metric: str = Field(
        default="value", description="leads, hours, value, expected_value, quality or a numeric column."
    )
    tolerance: float = Field(
        default=0.1, ge=0, le=10, allow_inf_nan=False, description="0.1: from 90 % to 110 % of the target."
    )
    by: str | None = Field(
        default=None, description="Rep column whose values form the fairness groups; empty: all reps."
    )
    of: Of = Field(default="assigned", description="Total of what the group gets, or of all the chosen leads.")

    @model_validator(mode="after")
    def _one_total(self) -> Band:
        if self.of == "leads" and self.by is not None:
            raise PydanticCustomError(
                "band_total_in_groups", "a band over the total of the leads cannot be split into groups with `by`"
            )
        return self


class Disruption(_Rule):
    """At most so much changes owner. Unit of violation: one unit of the metric.

    A lead changes owner when it has an owner among the reps today and is not assigned to that owner.
    """

    kind: Literal["disruption"] = "disruption"
    metric: str = Field(
        default="leads", description="What is counted: leads, value, hours or a numeric column of the lead."
    )
    at_most: float = Field(ge=0, le=1e15, allow_inf_nan=False, description="Budget in units of the metric.")


class Minimum(_Rule):
    """Each chosen rep gets at least so much, what they carry included. Unit of violation: one unit of the metric."""

    kind: Literal["minimum"] = "minimum"
    metric: str = Field(
        default="leads", description="leads, hours, value, expected_value, quality or a numeric column."
    )
    at_least: float = Field(ge=0, le=1e15, allow_inf_nan=False, description="Units of the metric per rep.")


class Contiguity(_Rule):
    """What each rep holds is in one piece: any two leads are joined by a way over neighbours that are theirs, too.

    Neighbours are the scenario's `links`; where it has none, leads whose places lie next to each other. Leads that a
    hard family rule keeps together count as neighbours. Only `rebalance` can keep this rule; `solve` says so. Unit of
    violation: each further piece.
    """

    kind: Literal["contiguity"] = "contiguity"


Rule = Annotated[
    Capacity
    | Skills
    | Availability
    | Match
    | Exclusion
    | Pin
    | Protection
    | Family
    | Wall
    | ShareOf
    | Band
    | Disruption
    | Minimum
    | Contiguity,
    Field(discriminator="kind"),
]

RULE_KINDS: dict[str, type[_Rule]] = {
    "capacity": Capacity,
    "skills": Skills,
    "availability": Availability,
    "match": Match,
    "exclusion": Exclusion,
    "pin": Pin,
    "protection": Protection,
    "family": Family,
    "wall": Wall,
    "share": ShareOf,
    "band": Band,
    "disruption": Disruption,
    "minimum": Minimum,
    "contiguity": Contiguity,
}

DEFAULT_RULES: tuple[Rule, ...] = (Capacity(), Skills(), Availability(), Protection(), Family(), Wall())
"""The rules of a scenario that names none; each bites only where the data give it something to bite on."""
