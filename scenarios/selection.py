"""Selections: which leads, or which reps, a rule or goal speaks of."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from scenarios.cleaning import plain_zero


def _listed(value: Any) -> Any:
    """Let a planner write one value where a list of values is meant."""
    if isinstance(value, dict):
        return {k: v if isinstance(v, list | tuple) else (v,) for k, v in value.items()}
    return value


Finite = Annotated[float, Field(allow_inf_nan=False), AfterValidator(plain_zero)]
Selection = Annotated[dict[str, tuple[str | Finite, ...]], BeforeValidator(_listed)]
"""Column -> the values wanted there; all columns must agree. An empty selection takes everything.

`{"region": ["East", "North"], "tier": 1}` takes the rows of tier 1 in either region.
"""
