"""Faults in the two tables: ids, owners, dates, win rates, what is carried."""

from __future__ import annotations

from tests.scenarios.faulty import LEADS, REPS, Case, leads, reps, rule

MAY = {"period_start": "2026-05-01", "period_end": "2026-05-31"}

CASES = [
    Case("no_reps", "error", "/reps", {"reps": []}, {}),
    Case("no_leads", "warning", "/leads", {"leads": []}, {}),
    Case("duplicate_id", "error", "/leads/1/id", leads({}, {"id": "L1"}), {}, {"kind": "lead", "id": "L1"}),
    Case("duplicate_id", "error", "/reps/1/id", reps({}, {"id": "ana"}), {}, {"kind": "rep", "id": "ana"}),
    Case(
        "duplicate_rule_name",
        "warning",
        "/rules/1/name",
        {"rules": [{"kind": "skills", "name": "strict"}, {"kind": "wall", "name": "strict"}]},
        {"rules": [{"kind": "skills", "name": "strict"}, {"kind": "wall"}, {"kind": "family"}]},
        {"name": "strict"},
    ),
    Case(
        "owner_not_a_rep",
        "warning",
        "/leads/1/owner",
        leads({}, {"owner": "Anna"}, {"owner": "Anna"}),
        leads({}, {"owner": "ana"}),
        {"owner": "Anna", "count": 2, "near": ["ana"]},
    ),
    Case(
        "protected_without_owner",
        "warning",
        "/leads/1/owner",
        {**leads({}, {"protected_until": "2026-05-01"}), **MAY},
        {**leads({}, {"protected_until": "2026-04-30"}), **MAY},  # over before the period starts
        {"count": 1},
    ),
    Case(
        "protected_without_owner",
        "warning",
        "/leads/1/owner",
        leads({}, {"protected_until": "1999-01-01"}),  # without a period every date protects
        {**leads({}, {"protected_until": "1999-01-01"}), "rules": []},
    ),
    Case(
        "period_reversed",
        "error",
        "/period_end",
        {"period_start": "2026-05-02", "period_end": "2026-05-01"},
        {"period_start": "2026-05-01", "period_end": "2026-05-01"},
    ),
    Case(
        "availability_reversed",
        "error",
        "/reps/1/available_to",
        reps({}, {"available_from": "2026-05-02", "available_to": "2026-05-01"}),
        reps({}, {"available_from": "2026-05-02", "available_to": "2026-05-02"}),
        {"rep": "bo"},
    ),
    Case(
        "rep_absent",
        "warning",
        "/reps/1/available_from",
        {**reps({}, {"available_from": "2026-06-01"}), **MAY},
        {**reps({}, {"available_from": "2026-05-31"}), **MAY},
    ),
    Case(
        "rep_absent",
        "warning",
        "/reps/0/available_to",
        {**reps({"available_to": "2026-04-30"}), **MAY, **leads({"owner": "bo"}, {}, {"skills": ""})},
        {**reps({"available_to": "2026-05-01"}), **MAY, **leads({"owner": "bo"}, {}, {"skills": ""})},
    ),
    Case(
        "win_rate_missing",
        "error",
        "/reps/1/win_rates",
        reps({"win_rates": {"Big": 0.2, "Small": 0.1}}, {"win_rates": {"Big": 0.2}}),
        reps({"win_rates": {"Big": 0.2, "Small": 0.1}}, {"win_rates": {"Big": 0.2, "*": 0.1}}),
        {"rep": "bo", "values": ["Small"], "count": 1},
    ),
    Case(
        "win_rate_missing",
        "error",
        "/reps/0/win_rates",
        {
            "leads": [*LEADS, {"id": "L4"}],
            **reps({"win_rates": {"Big": 0.2, "Small": 0.1}}, {"win_rates": {"*": 0.1}}),
        },
        {"leads": [*LEADS], **reps({"win_rates": {"Big": 0.2, "Small": 0.1}}, {"win_rates": {"*": 0.1}})},
        {"values": [""], "count": 1},  # a blank segment
    ),
    Case(
        "win_rate_missing",
        "error",
        "/reps/0/win_rates",
        {"win_rate_by": "tier", **reps({"win_rates": {"2": 0.2}}, {"win_rates": {"*": 0.2}})},
        {"win_rate_by": "tier", **reps({"win_rates": {"1": 0.2}}, {"win_rates": {"*": 0.2}})},
        {"values": ["1"]},  # a whole number as people write it
    ),
    Case(
        "carried_over_capacity",
        "error",
        "/reps/1/carried",
        reps({}, {"carried": {"hours": 9}, "capacity": {"hours": 8}}),
        reps({}, {"carried": {"hours": 8}, "capacity": {"hours": 8}}),
        {"rep": "bo", "metric": "hours", "carried": 9, "capacity": 8},
    ),
    Case(
        "carried_over_capacity",
        "error",
        "/reps/1/carried",
        reps({}, {"carried": {"hours": 9}, "capacity": {"hours": 8}}),
        {
            "reps": [*REPS, {"id": "cy", "carried": {"hours": 9}, "capacity": {"hours": 8}}],
            **rule("capacity", rate=1),
        },
    ),
]
