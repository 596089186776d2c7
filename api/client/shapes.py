"""What the service answers, as frozen records: what programs ask for by name, and all of it in `document`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

Kind = Literal["allocate", "rebalance", "frontier"]
Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Outcome = Literal["optimal", "feasible", "infeasible", "no_plan_found"]


@dataclass(frozen=True)
class Answered:
    """What an answer is made into; fields that a newer service adds are in `document` alone."""

    document: Mapping[str, Any]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return the record of an answer."""
        named = {field.name: document.get(field.name) for field in fields(cls) if field.name != "document"}
        return cls(document=document, **named)


@dataclass(frozen=True)
class ScenarioInfo(Answered):
    """A stored scenario. `issues` are the warnings about it."""

    id: str
    sha256: str
    name: str
    leads: int
    reps: int
    base: str | None
    issues: list[dict[str, Any]]
    created: str


@dataclass(frozen=True)
class Run(Answered):
    """One solve. `plan` is the id of its plan, once there is one; `result` that plan's document."""

    id: str
    kind: Kind
    scenario: str
    status: Status
    priority: int
    created: str
    started: str | None
    finished: str | None
    progress: dict[str, Any] | None
    plan: str | None
    result: dict[str, Any] | None
    frontier: dict[str, Any] | None
    error: dict[str, str] | None

    @property
    def final(self) -> bool:
        """Whether it has ended, one way or another."""
        return self.status in ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Event:
    """Something that happened to a run: ``status``, ``incumbent``, ``bound`` or, as the last one, ``done``."""

    number: int
    name: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Plan(Answered):
    """Who owns what, and what is proved about it: no plan has more points than `bound`."""

    id: str
    run: str
    scenario: str
    created: str
    status: Outcome
    stopped_by: str
    objective: float | None
    bound: float | None
    gap: float | None
    assigned: int
    unassigned: int
    conflict: dict[str, Any] | None

    @property
    def assigns(self) -> bool:
        """Whether there are assignments."""
        return self.status in ("optimal", "feasible")


@dataclass(frozen=True)
class Assignment(Answered):
    """Who gets one lead, by how much, and why; `rep` is None where nobody does."""

    lead: str
    rep: str | None
    score: float | None
    net: float | None
    margin: float | None
    runner_up: str | None
    reason: str


@dataclass(frozen=True)
class Load(Answered):
    """What one rep holds of one metric, against target and bounds, and the price of one more unit."""

    rep: str
    metric: str
    load: float
    target: float | None
    lower: float | None
    upper: float | None
    price: float | None


@dataclass(frozen=True)
class Explanation(Answered):
    """Why a lead goes where it goes."""

    lead: str
    record: dict[str, Any]
    sentence: str


@dataclass(frozen=True)
class WhyNot(Answered):
    """Why a rep does not get a lead; `verified` is what solving again with the pair forced has proved."""

    lead: str
    rep: str
    record: dict[str, Any]
    sentence: str
    verified: dict[str, Any] | None


@dataclass(frozen=True)
class RepExplanation(Answered):
    """Why a rep has this load, and why not more."""

    rep: str
    record: dict[str, Any]
    sentences: list[str]


@dataclass(frozen=True)
class RuleCost(Answered):
    """What one rule costs."""

    record: dict[str, Any]
    sentences: list[str]


@dataclass(frozen=True)
class Comparison(Answered):
    """What changed from one plan to another. `moves` are all leads that moved, each with its causes."""

    base: str
    other: str
    objective: float | None
    moved: int
    assigned: int
    sentences: list[str]
    moves: list[dict[str, Any]]
