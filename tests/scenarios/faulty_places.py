"""Faults in territories: links to nobody, leads without a neighbour, and no way to tell the neighbours."""

from __future__ import annotations

from typing import Any

from tests.scenarios.faulty import Case, leads, rule

PIECE = rule("contiguity", name="One piece")
SPOTS = leads({"lat": 1, "lon": 1}, {"lat": 2, "lon": 1}, {"lat": 1, "lon": 2})


def links(*pairs: tuple[str, str]) -> dict[str, Any]:
    """Return a change: the links."""
    return {"links": pairs}


CASES = [
    Case(
        "link_to_nobody",
        "error",
        "/links/1/b",
        links(("L1", "L2"), ("L2", "L9")),
        links(("L1", "L2"), ("L2", "L3")),
        {"id": "L9"},
    ),
    Case(
        "link_to_itself",
        "warning",
        "/links/0",
        links(("L2", "L2"), ("L3", "L3")),
        links(("L2", "L3")),
        {"id": "L2", "count": 2},
    ),
    Case(
        "lead_without_neighbour",
        "warning",
        "/leads/2/id",
        {**PIECE, **links(("L1", "L2"))},
        {**PIECE, **links(("L1", "L2"), ("L3", "L1"))},
        {"id": "L3", "count": 1},
    ),
    Case(
        "neighbours_unknown",
        "error",
        "/rules/0",
        {**PIECE, **leads({"lat": 1, "lon": 1})},
        {**PIECE, **SPOTS},
        {"rule": "One piece", "count": 2},
    ),
    Case(
        "contiguity_by_rebalance",
        "warning",
        "/rules/0",
        {**PIECE, **SPOTS},
        {**rule("contiguity", rate=0), **SPOTS},
        {"rule": "One piece"},
    ),
]
