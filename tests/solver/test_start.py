"""Warm starts: they change the way to a plan, and nothing that is proved about it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenarios import Scenario
from scenarios.generate import generate
from scenarios.rules import Band
from solver import Limits, solve
from solver.compile import compile_scenario
from solver.evaluate import evaluate
from solver.methods.start import start_from
from tests.strategies import scenarios
from tests.thorough import times


@settings(max_examples=times(30), deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(most_leads=5, most_reps=3), st.integers(0, 2**32 - 1))
def test_any_start_gives_what_no_start_gives(scenario: Scenario, seed: int) -> None:
    """Whatever owners a search begins with, feasible or not, the best plan is worth the same."""
    cold = solve(scenario, Limits(time=20))
    if cold.plan is None:
        return
    rng = np.random.Generator(np.random.PCG64(seed))
    owner = rng.integers(-1, len(scenario.reps), scenario.leads.height)
    warm = solve(scenario, Limits(time=20), start=replace(cold.plan, owner=owner))
    assert warm.status == cold.status
    size = max(1.0, *(abs(tier.bound) for tier in cold.plan.tiers))
    for one, other in zip(cold.plan.tiers, warm.plan.tiers, strict=True):
        assert one.objective == pytest.approx(other.objective, abs=1e-5 * size)


@settings(max_examples=times(30), deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(most_leads=6, most_reps=3), st.integers(0, 2**32 - 1))
def test_a_start_has_eligible_pairs_only(scenario: Scenario, seed: int) -> None:
    problem = compile_scenario(scenario).problem
    rng = np.random.Generator(np.random.PCG64(seed))
    start = start_from(problem, rng.integers(-1, problem.m, problem.n))
    assert (start.owner == start.owner[problem.starts][problem.item]).all()
    leads = np.flatnonzero(start.owner >= 0)
    assert problem.eligible(leads)[np.arange(len(leads)), start.owner[leads]].all()
    assert start.feasible == evaluate(problem, start.owner).feasible


def test_a_start_with_prices_saves_the_dive() -> None:
    """Under a slightly narrower band the plan of the wider one is mended, and few leads move."""
    scenario = generate("cycle", leads=1500, reps=30, seed=3)
    wide = solve(scenario, Limits(time=60, gap=0.005))
    narrow = scenario.model_copy(
        update={
            "rules": tuple(
                r.model_copy(update={"tolerance": 0.08}) if isinstance(r, Band) else r for r in scenario.rules
            )
        }
    )
    limits = Limits(time=60, gap=0.006)
    cold, warm = solve(narrow, limits), solve(narrow, limits, start=wide.plan)
    assert warm.plan is not None and cold.plan is not None and wide.plan is not None
    assert warm.method == "priced" and warm.gap <= 0.006
    moved = [int((r.plan.owner != wide.plan.owner).sum()) for r in (cold, warm)]
    assert moved[1] < 0.5 * moved[0]


def test_a_start_for_other_leads_is_refused() -> None:
    scenario = generate("cycle", leads=20, reps=4, seed=1)
    plan = solve(scenario, Limits(time=5)).plan
    with pytest.raises(ValueError, match="other leads"):
        solve(generate("cycle", leads=21, reps=4, seed=1), Limits(time=5), start=plan)
