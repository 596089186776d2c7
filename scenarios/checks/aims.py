"""Checks of what a plan is to aim at: goals that the data give nothing to, and fair shares of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from scenarios.checks.facts import Facts, Part, lead_place
from scenarios.goals import Balance, Continuity, MaxMin, SkillFit, Travel, Urgency, Value
from scenarios.issues import Issue, error, warning
from scenarios.rules import Band


def nothing_to_aim_at(facts: Facts) -> Iterator[Issue]:
    """Some goal, or some soft rule, tells good plans from bad ones."""
    if not any(part.active and not part.hard for part in facts.parts):
        yield warning("nothing_to_aim_at", "/goals")


def goals_without_data(facts: Facts) -> Iterator[Issue]:
    """The leads give each goal something to earn points with."""
    if facts.n == 0:
        return
    leads = facts.leads
    for part in facts.of_kind(Value):
        if not (leads["value"] > 0).any():
            yield warning("value_without_values", part.place)
    for fit in facts.of_kind(SkillFit):
        if leads["skills"].null_count() == facts.n or not any(rep.skills for rep in facts.reps):
            yield warning("skill_fit_without_skills", fit.place)
    for continuity in facts.of_kind(Continuity):
        if not (facts.owner >= 0).any():
            yield warning("continuity_without_owners", continuity.place)
    for urgency in facts.of_kind(Urgency):
        if not (leads["urgency"] > 0).any():
            yield warning("urgency_without_urgencies", urgency.place)


def places_for_travel(facts: Facts) -> Iterator[Issue]:
    """Travel counts kilometres: each lead should have a place, and each rep, unless `rebalance` is to find it."""
    if all(part.spec.measured_by is not None for part in facts.of_kind(Travel)):
        return
    for j, rep in enumerate(facts.reps):
        if rep.lat is None and rep.lon is None:
            yield warning("rep_without_place", f"/reps/{j}/lat", rep=rep.id)
        elif rep.lat is None or rep.lon is None:
            missing = "lat" if rep.lat is None else "lon"
            yield error("half_a_place", f"/reps/{j}/{missing}", column=missing, id=rep.id)
    no_lat, no_lon = (facts.leads[column].is_null().to_numpy() for column in ("lat", "lon"))
    for column, half in (("lat", no_lat & ~no_lon), ("lon", no_lon & ~no_lat)):
        rows = np.flatnonzero(half)
        yield from facts.lead_issues("half_a_place", rows, column, lambda row: {"id": facts.lead_id(row)})
    nowhere = np.flatnonzero(no_lat & no_lon)
    if len(nowhere):
        yield warning("leads_without_place", lead_place(nowhere[0], "lat"), count=len(nowhere))


def _fairness(facts: Facts) -> Iterator[Part[Any]]:
    """Yield the rules and goals that compare loads with fair targets."""
    for kind in (Band, Balance, MaxMin):
        yield from facts.of_kind(kind)


def groups_without_entitlement(facts: Facts) -> Iterator[Issue]:
    """In each fairness group somebody is entitled to something; nothing cannot be shared out fairly."""
    for part in _fairness(facts):
        by = part.spec.by
        sums: dict[str, float] = {}
        for j in np.flatnonzero(facts.chosen(part.reps)):
            group = "" if by is None else str(facts.rep_cell(facts.reps[j], by) or "")
            sums[group] = sums.get(group, 0.0) + float(facts.weights[j])
        for group, total in sums.items():
            if total <= 0 and by is None:
                yield error("no_entitlement", part.place, rule=part.label)
            elif total <= 0:
                yield error("no_entitlement_in_group", part.place, rule=part.label, group=group)


def grading_without_source(facts: Facts) -> Iterator[Issue]:
    """Where graded quality is balanced, it is on record who graded: neutral grading is what makes it fair."""
    if not any(part.metric == "quality" for part in _fairness(facts)):
        return
    graded = facts.leads["quality"].is_not_null() & facts.leads["quality_source"].is_null()
    rows = graded.arg_true()
    if len(rows):
        yield warning("quality_without_source", lead_place(rows[0], "quality_source"), count=len(rows))
