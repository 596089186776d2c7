"""Lint of rules about pairs and groups: those that the data give nothing to bite on, so that they change no plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from scenarios.checks.facts import Facts, Part, Spec
from scenarios.checks.pairs import Pairs, match_removal, requirements
from scenarios.issues import Issue, warning
from scenarios.rules import DEFAULT_RULES, Availability, Family, Match, Protection, Rule, Skills, Wall


def written(facts: Facts, kind: type[Spec]) -> Iterator[Part[Spec]]:
    """Yield the active rules of a kind that are worth a look, and speak of some lead and some rep.

    Where all the default rules stand together as they are, nobody chose them, and nobody need hear that one of them has
    nothing to do.
    """
    default = DEFAULT_RULES if all(rule in facts.scenario.rules for rule in DEFAULT_RULES) else ()
    for part in facts.of_kind(kind):
        if part.spec not in default and len(facts.lead_rows(part)) and facts.chosen(part.reps).any():
            yield part


def switched_off(pairs: Pairs) -> Iterator[Issue]:
    """A rule with the rate 0, or a goal with the weight 0, does nothing."""
    for part in pairs.facts.parts:
        if getattr(part.spec, "rate", None) == 0:
            yield warning("rate_zero", f"{part.place}/rate", rule=part.label)
        elif getattr(part.spec, "weight", None) == 0:
            yield warning("weight_zero", f"{part.place}/weight", goal=part.label)


def idle_skills(pairs: Pairs) -> Iterator[Issue]:
    """A skills rule keeps somebody from something."""
    facts = pairs.facts
    for part in written(facts, Skills):
        _, items = requirements(facts, facts.lead_rows(part))
        reps = [facts.reps[j] for j in np.flatnonzero(facts.chosen(part.reps))]
        if not items:
            yield _idle("skills_not_required", part)
        elif all(rep.skills.get(skill, -1.0) >= level for skill, level in items for rep in reps):
            yield _idle("skills_all_held", part)


def idle_matches(pairs: Pairs) -> Iterator[Issue]:
    """A match keeps somebody from something: both columns are filled somewhere, and do not always agree."""
    facts = pairs.facts
    for part in written(facts, Match):
        removal = match_removal(facts, part)
        if not removal.allowed[np.unique(removal.code)].all():
            continue
        lead_column, rep_column = part.spec.lead_column, part.spec.rep_column
        cells = facts.leads[lead_column][removal.rows]
        held = facts.rep_words(rep_column)
        blank = not any(held[j] for j in np.flatnonzero(facts.chosen(part.reps)))
        code = "match_without_cells" if blank or cells.null_count() == len(cells) else "match_always_agrees"
        yield _idle(code, part, lead_column=lead_column, rep_column=rep_column)


def idle_availabilities(pairs: Pairs) -> Iterator[Issue]:
    """An availability rule has a period to be away from, and somebody with dates."""
    facts = pairs.facts
    start, end = facts.scenario.period_start, facts.scenario.period_end
    for part in written(facts, Availability):
        reps = [facts.reps[j] for j in np.flatnonzero(facts.chosen(part.reps))]
        if start is None or end is None:
            yield _idle("availability_without_period", part)
        elif all(rep.available_from is None and rep.available_to is None for rep in reps):
            yield _idle("availability_without_dates", part)


def idle_protections(pairs: Pairs) -> Iterator[Issue]:
    """A protection protects some lead."""
    for part in written(pairs.facts, Protection):
        if not len(pairs.facts.protected_rows(part)):
            yield _idle("protection_without_leads", part)


def idle_families(pairs: Pairs) -> Iterator[Issue]:
    """A family rule has a family of two to keep together."""
    facts = pairs.facts
    for part in written(facts, Family):
        family = facts.leads["family"][facts.lead_rows(part)].drop_nulls()
        if family.n_unique() == len(family):
            yield _idle("family_without_families", part)


def idle_walls(pairs: Pairs) -> Iterator[Issue]:
    """A wall has competitors to keep apart: two among its leads, or one that a rep serves already."""
    facts = pairs.facts
    served = facts.rep_words("competitor_groups")
    for part in written(facts, Wall):
        group = facts.leads["competitor_group"][facts.lead_rows(part)].drop_nulls()
        taken = frozenset().union(*(served[j] for j in np.flatnonzero(facts.chosen(part.reps))))
        if group.n_unique() == len(group) and taken.isdisjoint(group):
            yield _idle("wall_without_groups", part)


def _idle(code: str, part: Part[Rule], **params: Any) -> Issue:
    return warning(code, part.place, rule=part.label, **params)
