"""A client for the HTTP service, for CRMs and scripts; it needs nothing of the service's own code."""

from __future__ import annotations

from api.client.faults import Fault, PlumblineError, ProblemError, RunFailedError, UnreachableError
from api.client.plumbline import Plumbline
from api.client.shapes import (
    Assignment,
    Comparison,
    Event,
    Explanation,
    Load,
    Plan,
    RepExplanation,
    RuleCost,
    Run,
    ScenarioInfo,
    WhyNot,
)

__all__ = [
    "Assignment",
    "Comparison",
    "Event",
    "Explanation",
    "Fault",
    "Load",
    "Plan",
    "Plumbline",
    "PlumblineError",
    "ProblemError",
    "RepExplanation",
    "RuleCost",
    "Run",
    "RunFailedError",
    "ScenarioInfo",
    "UnreachableError",
    "WhyNot",
]
