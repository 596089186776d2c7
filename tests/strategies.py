"""Hypothesis makes scenarios: small enough for brute force, and over all rules and goals."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from scenarios import goals, rules
from scenarios.model import Link, Rep, Scenario
from scenarios.table import link_frame

REGIONS = ("East", "West")
SEGMENTS = ("Big", "Small")
SKILLS = ("german", "sap")
METRICS = ("leads", "hours", "value", "expected_value", "quality")
AWKWARD = (0.1 + 0.2, 1 / 3, 98.76543210123456, 12345.678901234567, 0.123456789)
"""Numbers that are whole in no small unit."""
START, END = dt.date(2026, 1, 1), dt.date(2026, 1, 10)


def _maybe(values):
    return st.none() | st.sampled_from(values)


def _amounts(low, high):
    """Numbers with one decimal: people's numbers."""
    return st.integers(low * 10, high * 10).map(lambda k: k / 10)


@st.composite
def lead_rows(draw, index: int, reps: int):
    """Draw the row of one lead."""
    return {
        "id": f"L{index}",
        "value": draw(_amounts(0, 100) | st.sampled_from(AWKWARD)),
        "effort": draw(st.sampled_from([0.5, 1.0, 2.0, 4.0])),
        "urgency": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "skills": draw(st.dictionaries(st.sampled_from(SKILLS), st.sampled_from([1, 2]), max_size=2)),
        "segment": draw(_maybe(SEGMENTS)),
        "region": draw(_maybe(REGIONS)),
        "lat": draw(st.sampled_from([31.2, 39.9])),
        "lon": draw(st.sampled_from([121.5, 116.4])),
        "quality": draw(st.none() | _amounts(0, 5)),
        "owner": draw(_maybe([f"R{j}" for j in range(reps)] + ["gone"])),
        "protected_until": draw(_maybe([dt.date(2025, 12, 31), dt.date(2026, 1, 5)])),
        "family": draw(_maybe(["F1", "F2"])),
        "competitor_group": draw(_maybe(["cola"])),
    }


@st.composite
def rep_rows(draw, index: int):
    """Draw one rep."""
    metrics = st.sampled_from(["leads", "hours", "value", "leads@Big", "hours@Small"])
    return Rep(
        id=f"R{index}",
        team=draw(st.sampled_from(["A", "B"])),
        channel=draw(st.sampled_from(["direct", "partner"])),
        skills=draw(st.dictionaries(st.sampled_from(SKILLS), st.sampled_from([1, 2, 3]), max_size=2)),
        fte=draw(st.sampled_from([0.5, 1.0, 1 / 3])),
        available_from=draw(_maybe([dt.date(2026, 1, 6), dt.date(2026, 2, 1)])),
        ramp_up=draw(st.sampled_from([0.5, 1.0])),
        capacity=draw(st.dictionaries(metrics, st.sampled_from([0.0, 1.0, 2.0, 3.5, 60.0]), max_size=2)),
        lat=draw(st.sampled_from([31.2, 22.5])),
        lon=draw(st.sampled_from([121.5, 114.1])),
        win_rates={"Big": draw(st.sampled_from([0.1, 0.25])), "*": draw(st.sampled_from([0.2, 0.5]))},
        carried=draw(
            st.dictionaries(st.sampled_from(["leads", "hours", "value"]), st.sampled_from([0.5, 1.0]), max_size=1)
        ),
        competitor_groups=draw(_maybe(["cola"])),
        share=draw(st.none() | st.sampled_from([1.0, 2.0])),
        region=draw(_maybe([*REGIONS, "East;West"])),
    )


def _selections(reps: int, leads: int):
    lead = st.sampled_from([{}, {"region": "East"}, {"segment": ["Big", "Small"]}, {"id": "L0"}, {"id": ["L1", "L2"]}])
    rep = st.sampled_from([{}, {"channel": "partner"}, {"team": "A"}, {"id": "R0"}, {"region": "West"}])
    return lead, rep


def any_rule(reps: int, leads: int, rates=None):
    """Draw any rule, hard or soft."""
    lead, rep = _selections(reps, leads)
    common = {
        "leads": lead,
        "reps": rep,
        "rate": st.none() | st.sampled_from([1.0, 7.5, 30.0]) if rates is None else rates,
    }
    metric = {"metric": st.sampled_from(METRICS)}
    per_lead = {"metric": st.sampled_from(["leads", "hours", "value"])}
    tenths = st.integers(0, 10).map(lambda k: k / 10)
    return st.one_of(
        st.builds(rules.Capacity, **common),
        st.builds(rules.Skills, **common),
        st.builds(rules.Availability, **common),
        st.builds(
            rules.Match,
            **common,
            lead_column=st.just("region"),
            rep_column=st.just("region"),
            blank=st.sampled_from(["any", "none"]),
        ),
        st.builds(rules.Exclusion, **common),
        st.builds(
            rules.Pin,
            **{**common, "leads": st.sampled_from([{"id": "L0"}, {"id": ["L1", "L2"]}, {"region": "East"}])},
        ),
        st.builds(rules.Protection, **common),
        st.builds(rules.Family, **common),
        st.builds(rules.Wall, **common),
        st.builds(
            rules.ShareOf,
            **common,
            **metric,
            floor=tenths.map(lambda f: f / 2),
            ceiling=st.none() | st.just(0.6),
        ),
        st.builds(rules.ShareOf, **common, **per_lead, ceiling=tenths, of=st.just("leads")),
        st.builds(
            rules.Band,
            **common,
            **metric,
            tolerance=st.sampled_from([0.1, 0.5, 1.0]),
            by=_maybe(["team", "channel"]),
        ),
        st.builds(rules.Band, **common, **per_lead, tolerance=st.sampled_from([0.5, 1.0]), of=st.just("leads")),
        st.builds(rules.Disruption, **common, **per_lead, at_most=st.sampled_from([0.0, 1.0, 2.5])),
        st.builds(rules.Minimum, **common, **metric, at_least=st.sampled_from([0.0, 1.0, 2.5])),
    )


def any_goal():
    """Draw any goal."""
    weight = {"weight": st.sampled_from([0.5, 1.0, 3.0])}
    metric = {"metric": st.sampled_from(METRICS), "by": _maybe(["team"])}
    return st.one_of(
        st.builds(goals.Value, **weight, away_factor=st.sampled_from([1.0, 0.6])),
        st.builds(goals.SkillFit, weight=st.just(10.0)),
        st.builds(goals.Continuity, weight=st.just(5.0)),
        st.builds(goals.Travel, weight=st.just(0.01)),
        st.builds(goals.Travel, weight=st.just(1e-5), weighted_by=_maybe(["hours", "value"]), power=st.just(2)),
        st.builds(goals.Travel, weight=st.just(0.1), measured_by=st.just("minutes"), power=st.sampled_from([1, 2])),
        st.builds(goals.Urgency, weight=st.just(20.0)),
        st.builds(goals.Balance, **weight, **metric, tolerance=st.sampled_from([0.0, 0.2])),
        st.builds(goals.MaxMin, weight=st.just(25.0), **{**metric, "metric": st.sampled_from(["leads", "value"])}),
    )


@st.composite
def scenarios(draw, most_leads: int = 6, most_reps: int = 4, tiers: bool = True, rates=None):
    """Draw a scenario with any rules and goals."""
    leads = draw(st.integers(1, most_leads))
    reps = draw(st.integers(1, most_reps))
    rows = [draw(lead_rows(i, reps)) for i in range(leads)]
    if tiers and draw(st.integers(0, 3)) == 0:
        for row in rows:
            row["tier"] = draw(st.integers(1, 2))
    chosen = draw(st.lists(any_rule(reps, leads, rates), max_size=4))
    wished = draw(st.lists(any_goal(), min_size=1, max_size=3))
    measured = any(goal.kind == "travel" and goal.measured_by for goal in wished)
    return Scenario(
        period_start=draw(_maybe([START])),
        period_end=END,
        rules=tuple(chosen),
        goals=tuple(wished),
        reps=tuple(draw(rep_rows(j)) for j in range(reps)),
        leads=rows,
        travel=draw(travel_rows(leads, reps)) if measured else [],
    )


@st.composite
def travel_rows(draw, leads: int, reps: int):
    """Draw how far it is between leads and reps; of some pairs nobody knows, and some rows speak of others."""
    pairs = [(i, j) for i in range(leads + 1) for j in range(reps)]
    far = draw(st.lists(st.sampled_from([None, 0.0, 5.0, 12.5, 40.0]), min_size=len(pairs), max_size=len(pairs)))
    rows = [
        {"lead": f"L{i}", "rep": f"R{j}", "minutes": way}
        for (i, j), way in zip(pairs, far, strict=True)
        if way is not None
    ]
    return draw(st.permutations(rows))


def any_pieces(reps: int, leads: int):
    """Draw the rule that only `rebalance` can keep: the others are for `solve`."""
    lead, rep = _selections(reps, leads)
    return st.builds(rules.Contiguity, leads=lead, reps=rep)


@st.composite
def maps(draw, most_leads=5, most_reps=3):
    """Draw a scenario with links and rules about pieces."""
    scenario = draw(scenarios(most_leads, most_reps))
    n, m = scenario.leads.height, len(scenario.reps)
    ends = st.sampled_from([f"L{i}" for i in range(n)])
    return scenario.model_copy(
        update={
            "rules": (*scenario.rules, *draw(st.lists(any_pieces(m, n), min_size=1, max_size=2))),
            "links": link_frame(draw(st.lists(st.tuples(ends, ends), min_size=1, max_size=6)), Link),
        }
    )


def weighed(scenario: Scenario, factor: float) -> Scenario:
    """Return the scenario with every weight and rate multiplied."""
    goals = tuple(g.model_copy(update={"weight": g.weight * factor}) for g in scenario.goals)
    rules = tuple(r if r.rate is None else r.model_copy(update={"rate": r.rate * factor}) for r in scenario.rules)
    return scenario.model_copy(update={"goals": goals, "rules": rules})
