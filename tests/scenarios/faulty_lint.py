"""Parts that do nothing, say nothing new or leave nothing.

The clean leads: 3, 4 hours (2, 1, 1), value 60 (10, 20, 30); L1 is owned by ana, L3 requires german:2, which ana has at
level 3; bo covers West alone, where L2 and L3 are.
"""

from __future__ import annotations

from typing import Any

from tests.scenarios.faulty import Case, leads, reps, rule
from tests.scenarios.faulty_demand import rules

PERIOD = {"period_start": "2026-05-01", "period_end": "2026-05-31"}
REGION = {"kind": "match", "lead_column": "region", "rep_column": "region"}
EAST, WEST, ANA, BO = {"region": "East"}, {"region": "West"}, {"id": "ana"}, {"id": "bo"}
BOTH = {"hours": 4}


def _warning(code: str, pointer: str, broken: dict[str, Any], mended: dict[str, Any], **params: Any) -> Case:
    return Case(code, "warning", pointer, broken, mended, params)


def _goals(*goals: dict[str, Any]) -> dict[str, Any]:
    return {"goals": list(goals)}


CASES = [
    _warning("rate_zero", "/rules/0/rate", rule("skills", rate=0), rule("skills", rate=1), rule="skills"),
    _warning(
        "weight_zero",
        "/goals/1/weight",
        _goals({"kind": "value"}, {"kind": "continuity", "weight": 0}),
        _goals({"kind": "value"}, {"kind": "continuity"}),
        goal="continuity",
    ),
    _warning("skills_not_required", "/rules/0", rule("skills", leads=EAST), rule("skills", leads=WEST)),
    _warning("skills_all_held", "/rules/0", rule("skills", reps=ANA), rule("skills", reps=BO)),
    _warning(
        "match_without_cells",
        "/rules/0",
        rule("match", lead_column="industry", rep_column="region"),
        rule("match", lead_column="industry", rep_column="region", blank="none"),
        lead_column="industry",
        rep_column="region",
    ),
    _warning("match_without_cells", "/rules/0", rules({**REGION, "rep_column": "segment"}), rules(REGION)),
    _warning("match_always_agrees", "/rules/0", rules({**REGION, "leads": WEST}), rules({**REGION, "leads": EAST})),
    _warning(
        "availability_without_period",
        "/rules/0",
        {**rule("availability"), **reps({"available_to": "2026-04-30"})},
        {**rule("availability"), **reps({"available_to": "2026-04-30"}), **PERIOD},
    ),
    _warning(
        "availability_without_dates",
        "/rules/0",
        {**rule("availability", reps=BO), **reps({"available_to": "2026-04-30"}), **PERIOD},
        {**rule("availability", reps=ANA), **reps({"available_to": "2026-04-30"}), **PERIOD},
    ),
    _warning(
        "protection_without_leads",
        "/rules/0",
        {**rule("protection"), **leads({"protected_until": "2026-04-30"}), **PERIOD},
        {**rule("protection"), **leads({"protected_until": "2026-05-01"}), **PERIOD},
    ),
    _warning(
        "protection_without_leads",
        "/rules/0",
        {**rule("protection", reps=BO), **leads({"protected_until": "2026-05-01"})},
        {**rule("protection", reps=ANA), **leads({"protected_until": "2026-05-01"})},
    ),
    _warning(
        "family_without_families",
        "/rules/0",
        {**rule("family"), **leads({"family": "f"}, {"family": "g"})},
        {**rule("family"), **leads({"family": "f"}, {"family": "f"})},
    ),
    _warning(
        "wall_without_groups",
        "/rules/0",
        {**rule("wall"), **leads({"competitor_group": "cola"})},
        {**rule("wall"), **leads({"competitor_group": "cola"}, {"competitor_group": "cola"})},
    ),
    _warning(
        "wall_without_groups",
        "/rules/0",
        {**rule("wall", reps=ANA), **leads({"competitor_group": "cola"}), **reps({}, {"competitor_groups": "cola"})},
        {**rule("wall", reps=BO), **leads({"competitor_group": "cola"}), **reps({}, {"competitor_groups": "cola"})},
    ),
    _warning(
        "capacity_not_given",
        "/rules/0",
        {**rule("capacity", reps=BO), **reps({"capacity": {"leads": 1}})},
        {**rule("capacity", reps=ANA), **reps({"capacity": {"leads": 1}})},
    ),
    _warning(
        "capacity_never_binds",
        "/rules/0",
        # bo may take the two leads of the West only, 2 hours; ana all 4, and carries 1
        {
            **rules({"kind": "capacity"}, REGION),
            **reps({"capacity": {"hours": 5}, "carried": {"hours": 1}}, {"capacity": {"hours": 2}}),
        },
        {
            **rules({"kind": "capacity"}, REGION),
            **reps({"capacity": {"hours": 4}, "carried": {"hours": 1}}, {"capacity": {"hours": 2}}),
        },
    ),
    _warning(
        "minimum_never_binds",
        "/rules/0/at_least",
        {**rule("minimum", at_least=1), **reps({"carried": {"leads": 2}}, {"carried": {"leads": 1}})},
        {**rule("minimum", at_least=2), **reps({"carried": {"leads": 2}}, {"carried": {"leads": 1}})},
        metric="leads",
        least=1,
        at_least=1,
    ),
    _warning(
        "disruption_never_binds",
        "/rules/0/at_most",
        rule("disruption", metric="hours", at_most=2),
        rule("disruption", metric="hours", at_most=1),
        owned=2,
        at_most=2,
    ),
    # half each: within 100 % lies all from 0 to the whole
    _warning("band_never_binds", "/rules/0/tolerance", rule("band", tolerance=1), rule("band", tolerance=0.9)),
    _warning(
        "band_never_binds",
        "/rules/0/tolerance",
        rule("band", tolerance=0.1, by="team"),  # each is a team alone
        {**rule("band", tolerance=0.1, by="team"), **reps({}, {"team": "A"})},
        percent=10,
    ),
    _warning(
        "band_never_binds",
        "/goals/1/tolerance",
        _goals({"kind": "value"}, {"kind": "balance", "tolerance": 1}),
        {**_goals({"kind": "value"}, {"kind": "balance", "tolerance": 1}), **reps({"fte": 3})},  # bo: a quarter
    ),
    _warning(
        "band_never_binds",
        "/rules/0/tolerance",
        rule("band", of="leads", tolerance=1),
        rule("band", of="leads", tolerance=0.5, reps=BO),  # all of it, even for one alone, can be too much to ask
    ),
    _warning("share_never_binds", "/rules/0", rule("share", ceiling=1, reps=BO), rule("share", ceiling=0.9, reps=BO)),
    _warning("share_never_binds", "/rules/0", rule("share", floor=0.3), rule("share", floor=0.3, of="leads")),
    _warning(
        "share_leaves_nothing", "/rules/0/ceiling", rule("share", ceiling=0.3), rule("share", ceiling=0.3, reps=BO)
    ),
    _warning(
        "nothing_of_metric",
        "/rules/0",
        {**rule("band", metric="quality", leads={"id": "L1"}, tolerance=0.1), **leads({"quality": 0})},
        rule("band", metric="quality", leads={"id": "L1"}, tolerance=0.1),
        metric="quality",
    ),
    _warning(
        "rule_twice",
        "/rules/1",
        rules(REGION, {**REGION, "name": "again", "leads": {"region": ["East", "West"]}}),
        rules(REGION, {**REGION, "name": "again", "leads": EAST, "blank": "none"}),
        rule="again",
        other="match",
        number=1,
    ),
    _warning(
        "rule_charged_twice",
        "/rules/1",
        rules({**REGION, "rate": 1}, {**REGION, "rate": 2}),
        rules({**REGION, "rate": 1}, {**REGION, "rate": 2, "leads": WEST, "reps": BO, "blank": "none"}),
    ),
    _warning(
        "rule_implied",
        "/rules/0",
        rules({**REGION, "rate": 1, "leads": EAST}, REGION),
        rules({**REGION, "rate": 1, "leads": EAST}, {**REGION, "leads": WEST}),
        number=2,
    ),
    _warning(
        "rule_implied",
        "/rules/1",
        {
            **rules({"kind": "capacity"}, {"kind": "capacity", "metrics": ["hours"]}),
            **reps({"capacity": {"hours": 1, "leads": 1}}),
        },
        {
            **rules({"kind": "capacity", "metrics": ["leads"]}, {"kind": "capacity", "metrics": ["hours"]}),
            **reps({"capacity": {"hours": 1, "leads": 1}}),
        },
    ),
    _warning(
        "rule_implied",
        "/rules/1",
        rules({"kind": "pin", "reps": ANA}, {"kind": "pin", "leads": EAST, "reps": {"team": ["A", "B"]}}),
        rules(
            {"kind": "pin", "leads": WEST, "reps": ANA}, {"kind": "pin", "leads": EAST, "reps": {"team": ["A", "B"]}}
        ),
    ),
    _warning(
        "rule_implied",
        "/rules/0",
        rules(
            {"kind": "share", "floor": 0.2, "reps": {"team": ["A", "B"]}, "leads": WEST, "of": "leads"},
            {"kind": "share", "floor": 0.3, "reps": BO, "leads": WEST, "of": "leads"},
        ),
        rules(
            {"kind": "share", "floor": 0.2, "reps": ANA, "leads": WEST, "of": "leads"},
            {"kind": "share", "floor": 0.3, "reps": BO, "leads": WEST, "of": "leads"},
        ),
    ),
    _warning(
        "rule_implied",
        "/rules/0",
        rules(
            {"kind": "share", "ceiling": 0.8, "reps": BO}, {"kind": "share", "floor": 0.1, "ceiling": 0.7, "reps": BO}
        ),
        rules(
            {"kind": "share", "ceiling": 0.6, "reps": BO}, {"kind": "share", "floor": 0.1, "ceiling": 0.7, "reps": BO}
        ),
    ),
    _warning(
        "rule_implied",
        "/rules/0",
        rules({"kind": "band", "tolerance": 0.5}, {"kind": "band", "tolerance": 0.4}),
        rules({"kind": "band", "tolerance": 0.5}, {"kind": "band", "tolerance": 0.4, "metric": "leads"}),
    ),
    _warning(
        "rule_implied",
        "/rules/0",
        {
            **rules({"kind": "disruption", "at_most": 1, "leads": WEST}, {"kind": "disruption", "at_most": 0}),
            **leads({}, {"owner": "bo"}, {"owner": "bo"}),
        },
        {
            **rules({"kind": "disruption", "at_most": 1, "leads": WEST}, {"kind": "disruption", "at_most": 2}),
            **leads({}, {"owner": "bo"}, {"owner": "bo"}),
        },
    ),
    _warning(
        "rule_implied",
        "/rules/1",
        rules({"kind": "minimum", "at_least": 1, "leads": WEST}, {"kind": "minimum", "at_least": 1}),
        rules({"kind": "minimum", "at_least": 1, "leads": WEST}, {"kind": "minimum", "at_least": 2, "reps": BO}),
    ),
    _warning(
        "rule_implied",
        "/rules/1",
        {**rules({"kind": "family"}, {"kind": "family", "leads": WEST}), **leads({}, {"family": "f"}, {"family": "f"})},
        {
            **rules({"kind": "family", "leads": WEST}, {"kind": "family", "rate": 1}),
            **leads({}, {"family": "f"}, {"family": "f"}),
        },
    ),
    _warning(
        "goals_alike",
        "/goals",
        _goals({"kind": "value", "weight": 2}, {"kind": "urgency"}),
        {
            **_goals({"kind": "value", "weight": 2}, {"kind": "urgency"}),
            **reps({"win_rates": {"*": 0.3}}, {"win_rates": {"*": 0.2}}),
        },
    ),
    _warning(
        "goals_alike",
        "/goals",
        _goals({"kind": "value", "weight": 2}),
        {**_goals({"kind": "value", "weight": 2}), **rules({**REGION, "rate": 1})},
    ),
    _warning(
        "leads_without_rep",
        "/leads/0/id",
        # L1 is in the East, where ana is, who alone is kept from it
        rules(REGION, {"kind": "exclusion", "leads": {"segment": "Big"}, "reps": ANA}),
        rules(REGION, {"kind": "exclusion", "leads": {"segment": "Small"}, "reps": ANA}),
        count=1,
        lead="L1",
        rules=["match", "exclusion"],
    ),
    _warning(
        "reps_without_lead",
        "/reps/1",
        {**rules(REGION), **reps({}, {"region": "North"})},
        rules(REGION),
        reps=["bo"],
        count=1,
    ),
]
