"""Faults in names: columns, values, ids, metrics and segments that do not exist."""

from __future__ import annotations

from tests.scenarios.faulty import LEADS, Case, goal, leads, reps, rule

ERROR, WARNING = "error", "warning"

CASES = [
    Case(
        "unknown_column_used",
        ERROR,
        "/rules/0/leads",
        rule("exclusion", leads={"regoin": "East"}, reps={"id": "bo"}),
        rule("exclusion", leads={"region": "East"}, reps={"id": "bo"}),
        {"column": "regoin", "table": "leads", "near": ["region"]},
    ),
    Case(
        "unknown_column_used",
        ERROR,
        "/rules/0/reps",
        rule("exclusion", leads={"id": "L1"}, reps={"taem": "B"}),
        rule("exclusion", leads={"id": "L1"}, reps={"team": "B"}),
        {"column": "taem", "table": "reps", "near": ["team"]},
    ),
    Case("unknown_column_used", ERROR, "/rules/0/by", rule("band", by="taem"), rule("band", by="team")),
    Case("unknown_column_used", ERROR, "/goals/0/by", goal("balance", by="office"), goal("balance", by="team")),
    Case(
        "unknown_column_used",
        ERROR,
        "/rules/0/lead_column",
        rule("match", lead_column="team", rep_column="region"),
        rule("match", lead_column="region", rep_column="region"),
    ),
    Case(
        "unknown_column_used",
        ERROR,
        "/rules/0/rep_column",
        rule("match", lead_column="region", rep_column="owner"),
        rule("match", lead_column="region", rep_column="region"),
    ),
    Case("unknown_column_used", ERROR, "/win_rate_by", {"win_rate_by": "prodct"}, {"win_rate_by": "product"}),
    Case(
        "unknown_column",
        WARNING,
        "/leads/0/Industy",
        leads({"Industy": "Steel", "note": "hot"}),
        leads({"Industy": "Steel", "industry": "Steel"}),  # the known one is filled in
        {"column": "Industy", "kind": "lead", "guess": "industry"},
    ),
    Case(
        "unknown_column",
        WARNING,
        "/reps/0/industy",
        reps({"industy": "Steel"}),
        {**reps({"industy": "Steel"}), **rule("match", lead_column="industry", rep_column="industy")},
        {"kind": "rep"},
    ),
    Case(
        "unknown_column",
        WARNING,
        "/leads/0/urgencies",
        leads({"urgencies": 1}, {"urgency": 0, "urgencies": 1}, {"urgencies": 1}),
        {
            **leads({"urgencies": 1}, {"urgency": 0, "urgencies": 1}, {"urgencies": 1}),
            **goal("balance", metric="urgencies"),
        },
    ),
    Case(
        "dangling_id",
        ERROR,
        "/rules/0/leads",
        rule("exclusion", leads={"id": ["L1", "L9"]}, reps={"id": "bo"}),
        rule("exclusion", leads={"id": ["L1", "L2"]}, reps={"id": "bo"}),
        {"id": "L9", "table": "leads"},
    ),
    Case(
        "dangling_id",
        ERROR,
        "/rules/0/reps",
        rule("pin", leads={"id": "L1"}, reps={"id": "anna"}, rate=1),
        rule("pin", leads={"id": "L1"}, reps={"id": "ana"}, rate=1),
        {"id": "anna", "table": "reps", "near": ["ana"]},
    ),
    Case(
        "selects_nothing",
        WARNING,
        "/rules/0/leads",
        rule("exclusion", leads={"region": ["east", "West"]}, reps={"id": "bo"}, rate=1),
        rule("exclusion", leads={"region": ["East", "West"]}, reps={"id": "bo"}, rate=1),
        {"column": "region", "value": "east", "near": ["East", "West"]},
    ),
    Case(
        "selects_nothing",
        WARNING,
        "/rules/0/leads",
        rule("exclusion", leads={"tier": 2}, reps={"id": "bo"}),
        rule("exclusion", leads={"tier": "1"}, reps={"id": "bo"}),  # a number may be written as text
        {"value": "2"},
    ),
    Case(
        "selects_nothing",
        WARNING,
        "/goals/0/reps",
        goal("balance", reps={"region": "North"}),
        goal("balance", reps={"region": "East"}),  # one of the regions in a cell
        {"table": "reps", "value": "North"},
    ),
    Case(
        "selection_is_empty",
        WARNING,
        "/rules/0/leads",
        rule("minimum", leads={"region": "East", "segment": "Small"}, at_least=0),
        rule("minimum", leads={"region": "West", "segment": "Small"}, at_least=0),
        {"table": "leads"},
    ),
    Case(
        "selection_is_empty",
        WARNING,
        "/rules/0/reps",
        rule("minimum", reps={"region": "East", "team": "B"}, at_least=0),
        rule("minimum", reps={"region": "West", "team": "B"}, at_least=0),
        {"table": "reps"},
    ),
    Case(
        "unknown_metric",
        ERROR,
        "/rules/0/metric",
        rule("minimum", metric="hour", at_least=0),
        rule("minimum", metric="hours", at_least=0),
        {"metric": "hour", "near": ["hours"]},
    ),
    Case(
        "unknown_metric",
        ERROR,
        "/goals/0/metric",
        goal("max_min", metric="worth"),
        goal("max_min", metric="value"),
    ),
    Case(
        "unknown_metric",
        ERROR,
        "/reps/0/capacity",
        reps({"capacity": {"lead@Big": 9}}),
        reps({"capacity": {"leads@Big": 9}}),
    ),
    Case(
        "unknown_metric",
        ERROR,
        "/reps/0/carried",
        reps({"carried": {"lead": 9}}),
        reps({"carried": {"leads": 9}}),
    ),
    Case(
        "unknown_metric",
        ERROR,
        "/rules/0/metrics",
        {**reps({"capacity": {"leads": 9}}), **rule("capacity", metrics=["lead"])},
        {**reps({"capacity": {"leads": 9}}), **rule("capacity", metrics=["leads"])},
    ),
    Case(
        "unknown_metric",  # what changes owner is counted before anybody has won it
        ERROR,
        "/rules/0/metric",
        rule("disruption", metric="expected_value", at_most=9),
        rule("disruption", metric="value", at_most=9),
    ),
    Case(
        "metric_not_numeric",
        ERROR,
        "/rules/0/metric",
        {**leads({"seats": "5 seats"}, {"seats": 4}, {"seats": 3}), **rule("band", metric="seats")},
        {**leads({"seats": 5}, {"seats": 4}, {"seats": 3}), **rule("band", metric="seats")},
    ),
    Case(
        "unknown_segment",
        WARNING,
        "/reps/0/capacity",
        reps({"capacity": {"hours@big": 9}}),
        reps({"capacity": {"hours@Big": 9}}),
        {"segment": "big", "near": ["Big"]},
    ),
    Case(
        "unknown_segment",
        WARNING,
        "/reps/1/carried",
        reps({}, {"carried": {"hours@Bg": 9}}),
        reps({}, {"carried": {"hours@Big": 9}}),
    ),
    Case(
        "capacity_nobody_has",
        WARNING,
        "/rules/0/metrics",
        {**reps({"capacity": {"hours@Big": 9}}), **rule("capacity", metrics=["hours@Small"])},
        {**reps({"capacity": {"hours@Big": 9}}), **rule("capacity", metrics=["hours@Big"])},
        {"metric": "hours@Small", "near": ["hours@Big"]},
    ),
    Case(
        "negative_metric",
        ERROR,
        "/leads/1/a~1b",
        {**leads({"a/b": 1}, {"a/b": -2}, {"a/b": 0}), **rule("band", metric="a/b")},
        leads({"a/b": 1}, {"a/b": -2}, {"a/b": 0}),  # no metric: any number will do
        {"column": "a/b", "value": -2},
    ),
    Case(
        "metric_missing",
        WARNING,
        "/leads/0/quality",
        {
            "leads": [{"id": "L0", "segment": "Big", "value": 1}, *LEADS],
            **reps({"capacity": {"quality": 99}}),
        },
        reps({"capacity": {"quality": 99}}),
        {"column": "quality", "count": 1},
    ),
]
