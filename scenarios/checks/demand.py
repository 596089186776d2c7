"""Checks of what the leads ask for against who there is: skills, tiers, pins, protections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from scenarios.checks.facts import Facts, figure, lead_place, listed, near
from scenarios.checks.pairs import Pairs, blocking, requirements
from scenarios.checks.selections import Ints
from scenarios.issues import Issue, warning
from scenarios.rules import Pin, Protection, Skills


def missing_skills(pairs: Pairs) -> Iterator[Issue]:
    """Somebody has each skill that is required, at its level; otherwise those leads stay unassigned."""
    for skill, level, asking, held in unheld_skills(pairs.facts):
        place, count = lead_place(asking[0], "skills"), len(asking)
        if skill not in held:
            yield warning("skill_nobody_has", place, skill=skill, count=count, near=near(skill, held))
        else:
            yield warning(
                "skill_level_nobody_has",
                place,
                skill=skill,
                count=count,
                level=figure(level),
                highest=figure(held[skill]),
            )


def unheld_skills(facts: Facts) -> Iterator[tuple[str, float, Ints, Mapping[str, float]]]:
    """Yield each skill and level that a hard rule asks for and no rep has, the leads, and the highest level of each."""
    held: dict[str, float] = {}
    for rep in facts.reps:
        held |= {skill: max(level, held.get(skill, level)) for skill, level in rep.skills.items()}
    for part in facts.hard(Skills):
        if not facts.chosen(part.reps).all():
            continue  # the others may take such leads without the skill
        rows = facts.lead_rows(part)
        code, items = requirements(facts, rows)
        for (skill, level), lists in items.items():
            if held.get(skill, -1.0) < level:
                yield skill, level, rows[np.isin(code, lists)], held


def tiers_nobody_serves(pairs: Pairs) -> Iterator[Issue]:
    """At least one lead of each tier has a rep who may take it."""
    facts = pairs.facts
    open_leads = pairs.offers.takers(np.ones(facts.m, dtype=bool))
    tiers = facts.leads["tier"].to_numpy()
    for tier in np.setdiff1d(tiers, tiers[open_leads]):
        rows = np.flatnonzero(tiers == tier)
        yield warning("tier_nobody_serves", lead_place(rows[0], "tier"), tier=int(tier), count=len(rows))


def impossible_protections(pairs: Pairs) -> Iterator[Issue]:
    """The owner who must keep a protected lead is allowed to have it."""
    facts = pairs.facts

    def params(row: int) -> dict[str, Any]:
        owner = facts.owner[row]
        rules = blocking(pairs.pinned_offers.removals, row, np.arange(facts.m) == owner)
        return {"lead": facts.lead_id(row), "owner": facts.reps[owner].id, "rules": listed(rules)}

    for part in facts.hard(Protection):
        rows = facts.protected_rows(part)
        blocked = rows[~pairs.pinned_offers.allows(rows, facts.owner[rows])]
        yield from facts.lead_issues("protection_impossible", blocked, "protected_until", params)


def pins_that_disagree(pairs: Pairs) -> Iterator[Issue]:
    """The hard pins of one lead have a rep in common."""
    facts = pairs.facts
    everyone = np.ones(facts.m, dtype=bool)

    def params(row: int) -> dict[str, Any]:
        rules = blocking(pairs.pinned.removals, row, everyone)
        return {"lead": facts.lead_id(row), "rules": listed(rules)}

    rows = np.flatnonzero(~pairs.pinned.takers(everyone))
    yield from facts.lead_issues("pins_disagree", rows, "id", params)


def impossible_pins(pairs: Pairs) -> Iterator[Issue]:
    """The other hard rules leave a pinned lead at least one of the reps it is pinned to."""
    facts = pairs.facts
    everyone = np.ones(facts.m, dtype=bool)
    blocked = pairs.pinned.takers(everyone) & ~pairs.pinned_offers.takers(everyone)

    def params(row: int) -> dict[str, Any]:
        pins = pairs.pinned.pairs(np.array([row]))[0]
        rules = blocking(pairs.offers.removals, row, pins)
        return {"lead": facts.lead_id(row), "reps": listed(facts.rep_ids(pins)), "rules": listed(rules)}

    pinned = [facts.lead_rows(part) for part in facts.hard(Pin)]
    rows = np.unique(np.concatenate(pinned)) if pinned else np.zeros(0, dtype=np.int64)
    yield from facts.lead_issues("pin_impossible", rows[blocked[rows]], "id", params)


def pins_to_everyone(pairs: Pairs) -> Iterator[Issue]:
    """A pin says to whom; without chosen reps it only says that its leads must be assigned."""
    for part in pairs.facts.of_kind(Pin):
        if not part.reps:
            yield warning("pin_to_everyone", f"{part.place}/reps", rule=part.label)
