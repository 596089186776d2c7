"""Validation: everything about a scenario that no single cell can show, all at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from scenarios.checks import aims, alike, capacity, demand, idle, names, neighbours, rows, slack, stranded, ways
from scenarios.checks.facts import Facts
from scenarios.checks.pairs import Pairs
from scenarios.faults import LISTED_PER_CODE
from scenarios.issues import Issue, Severity
from scenarios.model import Scenario

CHECKS: tuple[Callable[[Facts], Iterable[Issue]], ...] = (
    rows.empty_tables,
    rows.duplicate_ids,
    rows.duplicate_rule_names,
    rows.reversed_dates,
    names.unknown_columns,
    names.misspelt_columns,
    names.unknown_metrics,
    names.unfit_metric_columns,
    names.lead_selections,
    names.rep_selections,
    names.unknown_segments,
    names.unused_capacities,
    rows.unknown_owners,
    rows.protections_without_owner,
    rows.absent_reps,
    rows.missing_win_rates,
    rows.carried_over_capacity,
    aims.nothing_to_aim_at,
    aims.goals_without_data,
    aims.places_for_travel,
    aims.groups_without_entitlement,
    aims.grading_without_source,
    neighbours.links_between_leads,
    neighbours.pieces_need_neighbours,
    ways.known_measures,
    ways.known_names,
    ways.pairs_given_once,
)
"""What is checked of every scenario."""

PAIR_CHECKS: tuple[Callable[[Pairs], Iterable[Issue]], ...] = (
    demand.missing_skills,
    demand.tiers_nobody_serves,
    demand.impossible_protections,
    demand.pins_that_disagree,
    demand.impossible_pins,
    demand.pins_to_everyone,
    capacity.scarce_capacity,
    capacity.forced_over_capacity,
    capacity.unreachable_minima,
    capacity.unreachable_bands,
    capacity.unreachable_shares,
    capacity.floors_above_whole,
    ways.missing_pairs,
)
"""What is checked where there are both leads and reps."""

LINTS: tuple[Callable[[Pairs], Iterable[Issue]], ...] = (
    idle.switched_off,
    idle.idle_skills,
    idle.idle_matches,
    idle.idle_availabilities,
    idle.idle_protections,
    idle.idle_families,
    idle.idle_walls,
    slack.amounts_of_nothing,
    slack.loose_capacities,
    slack.loose_minima,
    slack.loose_bands,
    slack.loose_shares,
    slack.loose_budgets,
    alike.rules_alike,
    alike.goals_alike,
    stranded.leads_without_rep,
    stranded.reps_without_lead,
)
"""What is asked of rules and goals that can stand as they are: whether each of them can ever matter."""

NO_PLAN = frozenset(
    {
        "carried_over_capacity",
        "protection_impossible",
        "pins_disagree",
        "pin_impossible",
        "forced_over_capacity",
        "minimum_unreachable",
        "band_unreachable",
        "share_unreachable",
        "floors_above_whole",
    }
)
"""Errors of a scenario that is well formed, but has no plan, or only an empty one: the rules ask too much.

A caller that can show the conflict and the ways out may go on with these, and stop at any other error.
"""

BY_REBALANCE = frozenset({"contiguity_by_rebalance", "rep_without_place"})
"""Warnings about what only `rebalance` can do: a territory in one piece, a place for a rep. Others stop at them."""


def validate(scenario: Scenario) -> list[Issue]:
    """Return every fault and doubt about a scenario; none means that it is ready to solve.

    Never raises, and never stops at the first. At most 100 issues of a code are listed; the others are
    counted by an issue `more_like_this`. The time grows with the leads, not with the pairs; a million take
    seconds.
    """
    facts = Facts(scenario)
    with np.errstate(all="ignore"):  # sums of huge numbers are infinite, and no comparison trips over that
        issues = [issue for check in CHECKS for issue in check(facts)]
        if facts.n and facts.m:
            pairs = Pairs(facts)
            issues += [issue for check in (*PAIR_CHECKS, *LINTS) for issue in check(pairs)]
    return list(_abridged(issues))


def _abridged(issues: Iterable[Issue]) -> Iterator[Issue]:
    """Yield at most `LISTED_PER_CODE` issues of a code, then a count of the others of each code."""
    seen: Counter[str] = Counter()
    rest: Counter[str] = Counter()
    source: dict[str, tuple[str, Severity]] = {}
    for issue in issues:
        code = issue.params["of"] if issue.code == "more_like_this" else issue.code
        if issue.code == "more_like_this":
            rest[code] += issue.params["count"]
        elif seen[code] < LISTED_PER_CODE:
            seen[code] += 1
            yield issue
            continue
        else:
            rest[code] += 1
        source.setdefault(code, ("/" + issue.pointer.split("/")[1], issue.severity))
    for code, count in rest.items():
        place, severity = source[code]
        yield Issue("more_like_this", severity, place, {"count": count, "of": code})
