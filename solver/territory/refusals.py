"""What a plan of territories cannot take: rules and goals that no territory can be drawn by, each with its place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scenarios.goals import Goal, MaxMin
from scenarios.issues import Issue, error
from scenarios.model import Scenario
from scenarios.rules import Band, Rule
from solver.compile import names_of
from solver.facts import EXPECTED_VALUE, Facts
from solver.fairness import groups_of
from solver.rules import RULE_MATHS

MOST_METRICS = 50
"""Competitor groups that walls may speak of: each is a metric of every territory."""


def refusals(scenario: Scenario) -> list[Issue]:
    """Return an issue for each rule and goal that `rebalance` cannot take; none: it can take the scenario."""
    facts = Facts(scenario)
    names = names_of(scenario.rules)
    issues = [
        error(code, f"/rules/{k}", rule=name)
        for k, (rule, name) in enumerate(zip(scenario.rules, names, strict=True))
        for code in _about_rule(rule, name, facts)
    ]
    worst_off = [k for k, goal in enumerate(scenario.goals) if goal.weight > 0 and isinstance(goal, MaxMin)]
    for k, goal in enumerate(scenario.goals):
        if goal.weight > 0 and goal.kind == "balance":
            issues.append(error("territory_goal", f"/goals/{k}", goal=goal.kind))
        elif k in worst_off[1:] or (k in worst_off and not _of_one_group(goal, facts)):
            issues.append(error("territory_worst_off", f"/goals/{k}"))
    if not scenario.leads.height:
        issues.append(error("no_leads", "/leads"))
    if scenario.leads["tier"].n_unique() > 1:
        issues.append(error("territory_tiers", "/leads"))
    issues += _unmeasured(scenario)
    if any(goal.kind == "travel" and goal.weight > 0 and goal.measured_by is None for goal in scenario.goals):
        seats = sum(rep.lat is None or rep.lon is None for rep in scenario.reps)
        spots = int(facts.places.any(axis=1).sum())
        if spots < seats:
            issues.append(error("territory_seats", "/reps", count=spots, reps=seats))
    return issues


def _of_one_group(goal: Goal, facts: Facts) -> bool:
    """Tell whether a goal about the worst-off is about one group of reps, by a metric of the leads alone."""
    assert isinstance(goal, MaxMin)
    return goal.metric != EXPECTED_VALUE and len(groups_of(facts, goal.by, goal.reps)) <= 1


def _unmeasured(scenario: Scenario) -> Iterator[Issue]:
    """Yield an issue for each goal measured by a table that does not say how far it is to some of the reps."""
    for k, goal in enumerate(scenario.goals):
        if goal.kind == "travel" and goal.weight > 0 and (column := goal.measured_by) is not None:
            table = scenario.travel
            given = set(table.drop_nulls(column)["rep"].to_list()) if column in table.columns else set()
            unknown = [rep.id for rep in scenario.reps if rep.id not in given]
            if unknown and scenario.leads.height:
                place = f"/goals/{k}/measured_by"
                yield error("territory_unmeasured", place, rep=unknown[0], count=len(unknown), column=column)


def _about_rule(rule: Rule, name: str, facts: Facts) -> Iterator[str]:
    """Yield why a rule cannot be taken."""
    maths = RULE_MATHS[rule.kind]
    if rule.rate == 0:
        return
    if rule.rate is not None:
        if not maths.per_pair:
            yield "territory_soft"
        return
    match rule.kind:
        case "contiguity":
            if rule.leads or rule.reps:
                yield "territory_part"
        case "share":
            yield "territory_rule"
        case "wall":
            if sum(len(rows.base) for rows in maths.parts(rule, name, facts).rows) > MOST_METRICS:
                yield "territory_rule"
        case "band":
            yield from _about_band(rule, facts)
        case "minimum":
            if rule.metric == EXPECTED_VALUE:
                yield "territory_metric"
        case "capacity":
            if any(rows.metric.partition("@")[0] == EXPECTED_VALUE for rows in maths.parts(rule, name, facts).rows):
                yield "territory_metric"


def _about_band(rule: Rule, facts: Facts) -> Iterator[str]:
    assert isinstance(rule, Band)
    if rule.metric == EXPECTED_VALUE:
        yield "territory_metric"
    elif rule.of == "assigned":
        groups = groups_of(facts, rule.by, rule.reps)
        if len(groups) != 1 or not np.array_equal(np.sort(groups[0].reps), np.arange(facts.m)):
            yield "territory_group"
