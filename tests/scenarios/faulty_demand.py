"""Faults between leads and reps: skills, tiers, pins and protections that nobody can meet."""

from __future__ import annotations

from typing import Any

from tests.scenarios.faulty import Case, leads, reps, rule


def rules(*parts: dict[str, Any]) -> dict[str, Any]:
    """Return a change: these rules and no other."""
    return {"rules": list(parts)}


SKILLS = {"kind": "skills", "name": "skilled"}
PROTECTION = {"kind": "protection"}
REGION = {"kind": "match", "name": "home", "lead_column": "region", "rep_column": "region"}
AWAY = {"period_start": "2026-05-01", "period_end": "2026-05-31", **reps({}, {"available_to": "2026-04-30"})}


def pin(lead: str, *to: str, **fields: Any) -> dict[str, Any]:
    """Return a pin of one lead."""
    return {"kind": "pin", "leads": {"id": lead}, "reps": {"id": list(to)}, **fields}


CASES = [
    Case(
        "skill_nobody_has",
        "warning",
        "/leads/0/skills",
        leads({"skills": "germn"}, {"skills": "germn;german:2"}),
        leads({"skills": "german"}, {"skills": "german:2"}),
        {"skill": "germn", "count": 2, "near": ["german"]},
    ),
    Case(
        "skill_nobody_has",
        "warning",
        "/leads/2/skills",
        reps({"skills": {}}),
        {**reps({"skills": {}}), "rules": [{"kind": "skills", "rate": 1}]},
    ),
    Case(
        "skill_nobody_has",
        "warning",
        "/leads/2/skills",
        {**reps({"skills": {}}), **rule("skills")},
        {**reps({"skills": {}}), **rule("skills", reps={"id": "ana"})},  # bo may take it without the skill
    ),
    Case(
        "skill_level_nobody_has",
        "warning",
        "/leads/2/skills",
        leads({}, {}, {"skills": "german:4"}),
        leads({}, {}, {"skills": "german:3"}),
        {"skill": "german", "count": 1, "level": 4, "highest": 3},
    ),
    Case(
        "tier_nobody_serves",
        "warning",
        "/leads/2/tier",
        leads({}, {}, {"tier": 2, "skills": "german:4"}),
        leads({}, {"tier": 2}, {"tier": 2, "skills": "german:4"}),
        {"tier": 2, "count": 1},
    ),
    Case(
        "tier_nobody_serves",
        "warning",
        "/leads/0/tier",
        {**leads({"tier": 2, "region": "North"}), **rules(REGION)},
        {
            **leads({"tier": 2, "region": "South;East"}),
            **rules(REGION),
        },  # one of the lead's regions is covered
    ),
    Case(
        "tier_nobody_serves",
        "warning",
        "/leads/0/tier",
        {**leads({"tier": 2, "region": ""}), **rules({**REGION, "blank": "none"})},
        {**leads({"tier": 2, "region": ""}), **rules(REGION)},  # a blank agrees with everything
    ),
    Case(
        "tier_nobody_serves",
        "warning",
        "/leads/0/tier",
        {**leads({"tier": 2}), **rule("exclusion", leads={"id": "L1"})},
        {**leads({"tier": 2}), **rule("exclusion", leads={"id": "L1"}, reps={"id": "bo"})},
    ),
    Case(
        "protection_impossible",
        "error",
        "/leads/2/protected_until",
        {**leads({}, {}, {"owner": "bo", "protected_until": "2026-05-01"}), **rules(PROTECTION, SKILLS)},
        {**leads({}, {}, {"owner": "ana", "protected_until": "2026-05-01"}), **rules(PROTECTION, SKILLS)},
        {"lead": "L3", "owner": "bo", "rules": ["skilled"]},
    ),
    Case(
        "protection_impossible",
        "error",
        "/leads/0/protected_until",
        {
            **leads({"owner": "bo", "protected_until": "2026-05-01"}),
            **AWAY,
            **rules(PROTECTION, {"kind": "availability"}),
        },
        {
            **leads({"owner": "bo", "protected_until": "2026-04-30"}),
            **AWAY,
            **rules(PROTECTION, {"kind": "availability"}),
        },
    ),
    Case(
        "protection_impossible",
        "error",
        "/leads/0/protected_until",
        {**leads({"protected_until": "2026-05-01"}), **rules(PROTECTION, pin("L1", "bo"))},
        {**leads({"protected_until": "2026-05-01"}), **rules(PROTECTION, pin("L1", "bo", "ana"))},
        {"rules": ["pin"]},
    ),
    Case(
        "pins_disagree",
        "error",
        "/leads/1/id",
        rules(pin("L2", "ana", name="one"), pin("L2", "bo", name="two")),
        rules(pin("L2", "ana", name="one"), pin("L2", "bo", name="two", rate=1)),
        {"lead": "L2", "rules": ["one", "two"]},
    ),
    Case(
        "pin_impossible",
        "error",
        "/leads/1/id",
        rules(
            pin("L2", "bo"),
            {"kind": "exclusion", "name": "not bo", "leads": {"segment": "Small"}, "reps": {"team": "B"}},
        ),
        rules(
            pin("L2", "bo", "ana"),
            {"kind": "exclusion", "leads": {"segment": "Small"}, "reps": {"team": "B"}},
        ),
        {"lead": "L2", "reps": ["bo"], "rules": ["not bo"]},
    ),
    Case(
        "pin_impossible",
        "error",
        "/leads/0/id",
        rules(pin("L1", "bo"), REGION),
        rules(pin("L1", "bo"), {**REGION, "rate": 1}),
        {"rules": ["home"]},
    ),
    Case(
        "pin_impossible",  # each pin and the skills leave somebody, but not the same one
        "error",
        "/leads/2/id",
        {
            "reps": [
                {"id": "ana", "skills": {"german": 2}},
                {"id": "bo"},
                {"id": "cy", "skills": {"german": 2}},
            ],
            **rules(pin("L3", "ana", "bo"), pin("L3", "bo", "cy"), SKILLS),
        },
        {
            "reps": [
                {"id": "ana", "skills": {"german": 2}},
                {"id": "bo"},
                {"id": "cy", "skills": {"german": 2}},
            ],
            **rules(pin("L3", "ana", "bo"), pin("L3", "ana", "cy"), SKILLS),
        },
        {"reps": ["bo"]},
    ),
    Case(
        "pin_to_everyone",
        "warning",
        "/rules/0/reps",
        rule("pin", leads={"id": "L1"}),
        rule("pin", leads={"id": "L1"}, reps={"id": "ana"}),
    ),
]
