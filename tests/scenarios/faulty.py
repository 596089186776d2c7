"""Scenarios with one fault each, beside the same scenario without it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from scenarios.model import Scenario

LEADS: tuple[dict[str, Any], ...] = (
    {"id": "L1", "value": 10, "effort": 2, "owner": "ana", "segment": "Big", "region": "East", "quality": 1},
    {
        "id": "L2",
        "value": 20,
        "effort": 1,
        "segment": "Small",
        "region": "West",
        "quality": 3,
        "urgency": 0.5,
    },
    {
        "id": "L3",
        "value": 30,
        "effort": 1,
        "segment": "Big",
        "region": "West",
        "quality": 2,
        "skills": "german:2",
    },
)
REPS: tuple[dict[str, Any], ...] = (
    {"id": "ana", "team": "A", "region": "East;West", "skills": {"german": 3}},
    {"id": "bo", "team": "B", "region": "West"},
)


class Case(NamedTuple):
    """A fault, where it is reported, and the smallest change that mends it."""

    code: str
    severity: str
    pointer: str
    broken: dict[str, Any]
    mended: dict[str, Any]
    params: Mapping[str, Any] = MappingProxyType({})


def scenario(**changes: Any) -> Scenario:
    """Return the clean scenario, with some of its parts replaced."""
    return Scenario.model_validate({"leads": LEADS, "reps": REPS, **changes})


def leads(*changes: dict[str, Any]) -> dict[str, Any]:
    """Return a change: the clean leads, the first of them updated in turn."""
    return {"leads": _updated(LEADS, changes)}


def reps(*changes: dict[str, Any]) -> dict[str, Any]:
    """Return a change: the clean reps, the first of them updated in turn."""
    return {"reps": _updated(REPS, changes)}


def rule(kind: str, **fields: Any) -> dict[str, Any]:
    """Return a change: one rule and no other."""
    return {"rules": [{"kind": kind, **fields}]}


def goal(kind: str, **fields: Any) -> dict[str, Any]:
    """Return a change: one goal and no other."""
    return {"goals": [{"kind": kind, **fields}]}


def _updated(rows: tuple[dict[str, Any], ...], changes: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    full = [*changes, *({} for _ in rows[len(changes) :])]
    return [{**row, **change} for row, change in zip(rows, full, strict=True)]
