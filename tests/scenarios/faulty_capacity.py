"""Faults in amounts. The clean leads: 3 leads, 4 hours (2, 1, 1), value 60 (10, 20, 30)."""

from __future__ import annotations

from tests.scenarios.faulty import Case, leads, reps, rule
from tests.scenarios.faulty_demand import PROTECTION, SKILLS, pin, rules

CAPACITY = {"kind": "capacity"}

CASES = [
    Case(
        "demand_exceeds_capacity",
        "warning",
        "/reps",
        reps({"capacity": {"hours": 2}}, {"capacity": {"hours": 3}, "carried": {"hours": 2}}),  # 2 + 3 - 2 < 4
        reps({"capacity": {"hours": 2}}, {"capacity": {"hours": 4}, "carried": {"hours": 2}}),
        {"metric": "hours", "demand": 4, "room": 3},
    ),
    Case(
        "demand_exceeds_capacity",
        "warning",
        "/reps",
        reps({"capacity": {"leads@Big": 1}}, {"capacity": {"leads@Big": 0}}),  # L1 and L3
        reps({"capacity": {"leads@Big": 1}}, {"capacity": {"leads@Small": 0}}),  # bo has no limit on Big
        {"metric": "leads@Big", "demand": 2, "room": 1},
    ),
    Case(
        "forced_over_capacity",
        "error",
        "/reps/1/capacity",
        {
            **reps({}, {"capacity": {"value": 40}, "carried": {"value": 5}}),
            **rules(CAPACITY, pin("L1", "bo"), pin("L3", "bo")),
        },
        {
            **reps({}, {"capacity": {"value": 45}, "carried": {"value": 5}}),
            **rules(CAPACITY, pin("L1", "bo"), pin("L3", "bo")),
        },
        {"rep": "bo", "metric": "value", "forced": 40, "carried": 5, "capacity": 40},
    ),
    Case(
        "forced_over_capacity",
        "error",
        "/reps/0/capacity",
        {
            **leads({"protected_until": "2026-05-01"}),
            **reps({"capacity": {"hours": 1}}),
            **rules(CAPACITY, PROTECTION),
        },
        {
            **leads({"protected_until": "2026-05-01"}),
            **reps({"capacity": {"hours": 1}}),
            **rules({**CAPACITY, "metrics": ["leads"]}, PROTECTION),
        },
        {"forced": 2, "capacity": 1},
    ),
    Case(
        "forced_over_capacity",
        "error",
        "/reps/1/capacity",
        {**reps({}, {"capacity": {"leads": 0}}), **rules(CAPACITY, pin("L1", "bo"))},
        {
            **reps({}, {"capacity": {"leads": 0}}),
            **rules(CAPACITY, pin("L1", "bo", "ana")),
        },  # there is a choice
    ),
    Case(
        "minimum_unreachable",
        "error",
        "/rules/0/at_least",
        rule("minimum", at_least=2),  # 2 reps x 2 leads > 3 leads
        rule("minimum", at_least=1),
        {"metric": "leads", "reps": ["ana", "bo"], "needed": 4, "reach": 3},
    ),
    Case(
        "minimum_unreachable",
        "error",
        "/rules/0/at_least",
        rules({"kind": "minimum", "metric": "value", "reps": {"id": "bo"}, "at_least": 40}, SKILLS),  # not L3: 30 left
        rules({"kind": "minimum", "metric": "value", "reps": {"id": "ana"}, "at_least": 40}, SKILLS),
        {"reps": ["bo"], "needed": 40, "reach": 30},
    ),
    Case(
        "minimum_unreachable",  # what they carry counts
        "error",
        "/rules/0/at_least",
        {**reps({}, {"carried": {"leads": 1}}), **rule("minimum", reps={"id": "bo"}, at_least=5)},
        {**reps({}, {"carried": {"leads": 2}}), **rule("minimum", reps={"id": "bo"}, at_least=5)},
        {"needed": 4, "reach": 3},
    ),
    Case(
        "minimum_unreachable",
        "error",
        "/rules/0/at_least",
        {
            **reps({"capacity": {"leads": 1}}),
            **rules({"kind": "minimum", "reps": {"id": "ana"}, "at_least": 2}, CAPACITY),
        },
        {
            **reps({"capacity": {"leads": 1}}),
            **rules({"kind": "minimum", "reps": {"id": "ana"}, "at_least": 2}, {**CAPACITY, "rate": 1}),
        },
        {"reps": ["ana"], "needed": 2, "reach": 1},
    ),
    Case(
        "minimum_unreachable",
        "error",
        "/rules/0/at_least",
        rules(
            {"kind": "minimum", "reps": {"id": "bo"}, "at_least": 3}, pin("L1", "ana")
        ),  # a pin takes leads from the others
        rules({"kind": "minimum", "reps": {"id": "bo"}, "at_least": 2}, pin("L1", "ana")),
        {"needed": 3, "reach": 2},
    ),
    Case(
        "minimum_unreachable",
        "error",
        "/rules/0/at_least",
        {  # 60 of value at a win rate of one half
            **reps({"win_rates": {"*": 0.5}}, {"win_rates": {"*": 0.1}}),
            **rule("minimum", metric="expected_value", reps={"id": "ana"}, at_least=31),
        },
        {
            **reps({"win_rates": {"*": 0.5}}, {"win_rates": {"*": 0.1}}),
            **rule("minimum", metric="expected_value", reps={"id": "ana"}, at_least=29),
        },
        {"needed": 31, "reach": 30},
    ),
    Case(
        "band_unreachable",  # half of 3 leads, at least 90 %: 1.35; without L3 and with capacity 1
        "error",
        "/rules/0/tolerance",
        {
            **reps({}, {"capacity": {"leads": 1}}),
            **rules({"kind": "band", "metric": "leads", "of": "leads"}, CAPACITY),
        },
        {**reps({}, {"capacity": {"leads": 1}}), **rules({"kind": "band", "metric": "leads"}, CAPACITY)},
        {"rep": "bo", "needed": 1.35, "reach": 1},
    ),
    Case(
        "band_unreachable",  # what is carried belongs to the total: (3 + 7) / 2 x 0.9
        "error",
        "/rules/0/tolerance",
        {**reps({"carried": {"leads": 7}}), **rule("band", metric="leads", of="leads")},
        {**reps({"carried": {"leads": 7}}), **rule("band", metric="leads", of="leads", tolerance=0.4)},
        {"rep": "bo", "needed": 4.5, "reach": 3},
    ),
    Case(
        "share_unreachable",  # bo may take L1 and L2: 30 of 60
        "error",
        "/rules/0/floor",
        rules({"kind": "share", "metric": "value", "reps": {"team": "B"}, "floor": 0.6, "of": "leads"}, SKILLS),
        rules({"kind": "share", "metric": "value", "reps": {"team": "B"}, "floor": 0.5, "of": "leads"}, SKILLS),
        {"reps": ["bo"], "needed": 36, "reach": 30},
    ),
    Case(
        "share_unreachable",
        "error",
        "/rules/0/floor",
        {
            **reps({}, {"capacity": {"leads": 1}}),
            **rules({"kind": "share", "reps": {"team": "B"}, "floor": 0.5, "of": "leads"}, CAPACITY),
        },
        {
            **reps({}, {"capacity": {"leads": 1}}),
            **rules({"kind": "share", "reps": {"team": "B"}, "floor": 0.5}, CAPACITY),
        },
        {"needed": 1.5, "reach": 1},
    ),
    Case(
        "floors_above_whole",
        "error",
        "/rules/1/floor",
        rules(
            {"kind": "share", "name": "a", "reps": {"team": "A"}, "floor": 0.7},
            {"kind": "share", "name": "b", "reps": {"team": "B"}, "floor": 0.4},
        ),
        rules(
            {"kind": "share", "name": "a", "reps": {"team": "A"}, "floor": 0.7},
            {"kind": "share", "name": "b", "floor": 0.4},  # everybody: not beside team A, but around it
        ),
        {"rules": ["a", "b"], "total": 110},
    ),
]
