"""Pairs that alone break a hard row: no plan has one, and what is left out makes some problems impossible at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from scenarios import Scenario
from scenarios.model import Rep
from scenarios.rules import Band, Pin
from solver import Limits, solve
from solver.check import judge
from solver.compile import compile_scenario
from solver.explain.conflict import find_conflict
from solver.tighten import tighten, too_much
from tests.oracle import Oracle
from tests.strategies import scenarios
from tests.thorough import times


@settings(max_examples=times(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(most_leads=4, most_reps=3))
def test_every_plan_stays_possible(scenario: Scenario) -> None:
    compiled = compile_scenario(scenario)
    tight = tighten(compiled.problem)
    allowed = tight.eligible(slice(0, tight.n))
    for owner in Oracle(scenario).plans:
        own = compiled.owner_in_problem(owner)
        leads = np.flatnonzero(own >= 0)
        if allowed[leads, own[leads]].all():
            continue
        assert not judge(scenario, owner).feasible


def test_a_county_larger_than_a_district_is_seen_at_once() -> None:
    """Shared between districts it would fit: only whole counties make this impossible."""
    people = [900.0, *np.linspace(10, 40, 40).round().tolist()]
    reps = tuple(Rep(id=f"D{i}") for i in range(6))
    scenario = Scenario(
        leads=[{"id": f"C{i}", "value": p} for i, p in enumerate(people)],
        reps=reps,
        rules=(
            Pin(name="all", reps={"id": tuple(rep.id for rep in reps)}),
            Band(name="equal", metric="value", tolerance=0.1, of="leads"),
        ),
        goals=(),
    )
    problem = compile_scenario(scenario).problem
    tight = tighten(problem)
    barred = ~tight.eligible(slice(0, tight.n)) & problem.eligible(slice(0, problem.n))
    assert barred.any(axis=1).sum() == 1 and barred.sum() == len(reps)
    result = solve(scenario, Limits(time=None, work=1))
    assert result.status == "infeasible"
    conflict = find_conflict(scenario, Limits(time=20))
    (clash,) = conflict.rules
    (large,) = clash.too_large
    fair = sum(people) / len(reps)
    assert (clash.rule, large.lead, large.amount, large.most) == ("equal", "C0", 900.0, pytest.approx(1.1 * fair))
    assert "C0 alone is 900 of value" in conflict.rule_sentence("en")
    assert "仅 C0 一条" in conflict.rule_sentence("zh-CN")


@settings(max_examples=times(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(most_leads=4, most_reps=3))
def test_what_alone_is_too_much_is_in_no_plan(scenario: Scenario) -> None:
    compiled = compile_scenario(scenario)
    large = too_much(compiled.problem)
    assert all(found.amount > found.most for found in large)
    for owner in Oracle(scenario).plans if large else ():
        own = compiled.owner_in_problem(owner)
        assert (own[[found.lead for found in large]] < 0).all() or not judge(scenario, owner).feasible


def test_nothing_is_touched_where_every_pair_fits() -> None:
    scenario = Scenario(
        leads=[{"id": f"L{i}", "value": 10.0} for i in range(8)],
        reps=(Rep(id="A", capacity={"leads": 4}), Rep(id="B", capacity={"leads": 4})),
    )
    problem = compile_scenario(scenario).problem
    assert tighten(problem) is problem
