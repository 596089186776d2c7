"""Faults of places: links to nobody, leads without a neighbour, and ways that the table of travel does not tell."""

from __future__ import annotations

from typing import Any

from tests.scenarios.faulty import Case, goal, leads, rule

PIECE = rule("contiguity", name="One piece")
SPOTS = leads({"lat": 1, "lon": 1}, {"lat": 2, "lon": 1}, {"lat": 1, "lon": 2})


def links(*pairs: tuple[str, str]) -> dict[str, Any]:
    """Return a change: the links."""
    return {"links": pairs}


def ways(*left_out: tuple[str, str], **more: Any) -> dict[str, Any]:
    """Return a change: a goal that is measured in minutes, and the table for it without some pairs."""
    pairs = [(lead, rep) for lead in ("L1", "L2", "L3") for rep in ("ana", "bo")]
    rows = [{"lead": a, "rep": b, "minutes": 10, "note": "by car"} for a, b in pairs if (a, b) not in left_out]
    rows += [{"lead": a, "rep": b, "minutes": 7} for a, b in more.pop("also", ())]
    return {**goal("travel", **{"measured_by": "minutes", **more}), "rules": [], "travel": rows}


CASES = [
    Case("travel_table_missing", "error", "/goals/0/measured_by", {**ways(), "travel": []}, ways()),
    Case("unknown_measure", "error", "/goals/0/measured_by", ways(measured_by="note"), ways(), {"known": ["minutes"]}),
    Case("unknown_measure", "error", "/goals/0/measured_by", ways(measured_by="lead"), ways(), {"column": "lead"}),
    Case("travel_unused", "warning", "/travel", {**ways(), **goal("value")}, ways()),
    Case(
        "travel_of_unknown_lead",
        "warning",
        "/travel/6/lead",
        ways(also=[("L9", "bo"), ("L8", "bo")]),
        ways(),
        {"count": 2},
    ),
    Case(
        "travel_of_unknown_rep",
        "warning",
        "/travel/6/rep",
        ways(also=[("L1", "bob")]),
        ways(),
        {"id": "bob", "near": ["bo"]},
    ),
    Case("travel_twice", "error", "/travel/6/rep", ways(also=[("L1", "bo")]), ways(), {"lead": "L1", "rep": "bo"}),
    Case(
        "travel_missing",
        "error",
        "/goals/0/measured_by",
        ways(("L2", "bo"), ("L3", "ana"), ("L3", "bo")),
        ways(),
        {"lead": "L2", "rep": "bo", "count": 3, "leads": 2},
    ),
    Case(
        "travel_missing",
        "error",
        "/goals/0/measured_by",
        {**ways(("L2", "bo"), ("L3", "bo")), **rule("exclusion", leads={"id": "L3"}, reps={"id": "bo"})},
        {**ways(("L3", "bo")), **rule("exclusion", leads={"id": "L3"}, reps={"id": "bo"})},
        {"lead": "L2", "count": 1, "leads": 1},
    ),
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
