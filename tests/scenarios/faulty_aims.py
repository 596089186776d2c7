"""Faults in goals: nothing to aim at, no data to earn points with, nobody entitled to a share."""

from __future__ import annotations

from tests.scenarios.faulty import Case, goal, leads, reps, rule

PLACES = {
    **leads({"lat": 1, "lon": 2}, {"lat": 1, "lon": 3}, {"lat": 1, "lon": 4}),
    **reps({"lat": 0, "lon": 0}, {"lat": 1, "lon": 1}),
    **goal("travel"),
}

CASES = [
    Case(
        "nothing_to_aim_at",
        "warning",
        "/goals",
        goal("value", weight=0),
        {**goal("value", weight=0), **rule("wall", rate=1)},
    ),
    Case("nothing_to_aim_at", "warning", "/goals", {"goals": []}, goal("value", weight=0.5)),
    Case("value_without_values", "warning", "/goals/0", leads({"value": 0}, {"value": 0}, {"value": 0}), {}),
    Case(
        "skill_fit_without_skills",
        "warning",
        "/goals/0",
        {**goal("skill_fit"), **leads({}, {}, {"skills": ""})},
        goal("skill_fit"),
    ),
    Case(
        "skill_fit_without_skills",
        "warning",
        "/goals/0",
        {**goal("skill_fit"), **reps({"skills": {}}), "rules": []},
        {**goal("skill_fit"), "rules": []},
    ),
    Case(
        "continuity_without_owners",
        "warning",
        "/goals/0",
        {**goal("continuity"), **leads({"owner": ""})},
        goal("continuity"),
    ),
    Case(
        "urgency_without_urgencies",
        "warning",
        "/goals/0",
        {**goal("urgency"), **leads({}, {"urgency": 0})},
        goal("urgency"),
    ),
    Case(
        "rep_without_place",
        "warning",
        "/reps/1/lat",
        {**PLACES, **reps({"lat": 0, "lon": 0})},
        PLACES,
        {"rep": "bo"},
    ),
    Case(
        "half_a_place",
        "error",
        "/reps/1/lon",
        {**PLACES, **reps({"lat": 0, "lon": 0}, {"lat": 1})},
        {**PLACES, **reps({"lat": 0, "lon": 0}, {"lat": 1}), **goal("value")},  # no goal needs it
    ),
    Case(
        "half_a_place",
        "error",
        "/leads/1/lat",
        {**PLACES, **leads({"lat": 1, "lon": 2}, {"lon": 3}, {"lat": 1, "lon": 4})},
        PLACES,
        {"id": "L2", "column": "lat"},
    ),
    Case(
        "leads_without_place",
        "warning",
        "/leads/1/lat",
        {**PLACES, **leads({"lat": 1, "lon": 2})},
        PLACES,
        {"count": 2},
    ),
    Case(
        "no_entitlement_in_group",
        "error",
        "/rules/0",
        {**reps({"fte": 0}), **rule("band", by="team")},
        {**reps({"fte": 0}), **rule("band")},  # bo is entitled to everything
        {"rule": "band", "group": "A"},
    ),
    Case(
        "no_entitlement",
        "error",
        "/goals/0",
        {**reps({"ramp_up": 0}, {"share": 0}), **goal("max_min")},
        {**reps({"ramp_up": 0, "share": 1}, {"share": 0}), **goal("max_min")},
        {"rule": "max_min"},
    ),
    Case(
        "quality_without_source",
        "warning",
        "/leads/0/quality_source",
        goal("balance", metric="quality"),
        {
            **goal("balance", metric="quality"),
            **leads({"quality_source": "lab"}, {"quality_source": "lab"}, {"quality_source": "lab"}),
        },
        {"count": 3},
    ),
]
