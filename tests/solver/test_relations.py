"""What must hold between solves of related scenarios, and of every method on the same one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from scenarios.generate import generate
from scenarios.goals import GOAL_KINDS
from scenarios.model import Scenario
from scenarios.planted import KINDS, plant
from solver import Limits, judge, solve
from solver.compile import compile_scenario
from solver.dual import dual_bound
from solver.evaluate import evaluate
from solver.limits import Watch
from solver.methods.choice import METHODS
from solver.tiers import stage, tiers_of
from tests.oracle import Oracle
from tests.strategies import scenarios

LIMITS = Limits(time=60, workers=1)
QUIET = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.explicit, Phase.generate),
}


def points(scenario: Scenario) -> dict[int, float] | None:
    """Return the proved points of each tier; None if it is proved that there is no plan."""
    result = solve(scenario, LIMITS)
    if result.plan is None:
        assert result.status == "infeasible"
        return None
    assert result.status == "optimal"
    return {t.tier: t.objective for t in result.plan.tiers}


def named(scenario: Scenario, owner) -> dict[str, str | None]:
    """Return the rep's id for each lead's id."""
    reps = [rep.id for rep in scenario.reps] + [None]
    return {lead: reps[rep] for lead, rep in zip(scenario.leads["id"].to_list(), owner.tolist(), strict=True)}


def same(a: dict[int, float] | None, b: dict[int, float] | None, factor: float = 1.0) -> bool:
    if a is None or b is None:
        return a is b
    return all(abs(a[t] * factor - b[t]) <= 4e-6 * max(1.0, abs(b[t])) for t in a)


@settings(max_examples=40, **QUIET)
@given(scenarios(most_leads=5, most_reps=3), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(scenario: Scenario, random) -> None:
    leads = list(range(scenario.leads.height))
    random.shuffle(leads)
    reps = list(scenario.reps)
    random.shuffle(reps)
    turned = scenario.model_copy(update={"leads": scenario.leads[leads], "reps": tuple(reps)})
    first, second = solve(scenario, LIMITS), solve(turned, LIMITS)
    assert first.status == second.status
    if first.plan is not None and second.plan is not None:
        # The very same plan, not only as good a one.
        assert named(scenario, first.plan.owner) == named(turned, second.plan.owner)


@settings(max_examples=30, **QUIET)
@given(scenarios(most_leads=5, most_reps=3), st.sampled_from([0.25, 3.0, 1000.0]))
def test_scaling_all_weights_scales_the_points(scenario: Scenario, factor: float) -> None:
    goals = tuple(g.model_copy(update={"weight": g.weight * factor}) for g in scenario.goals)
    rules = tuple(r if r.rate is None else r.model_copy(update={"rate": r.rate * factor}) for r in scenario.rules)
    assert same(points(scenario), points(scenario.model_copy(update={"goals": goals, "rules": rules})), factor)


@settings(max_examples=40, **QUIET)
@given(scenarios(most_leads=5, most_reps=3, tiers=False), st.integers(0, 3))
def test_dropping_a_rule_never_lowers_the_points(scenario: Scenario, which: int) -> None:
    assume(which < len(scenario.rules))
    rules = scenario.rules[:which] + scenario.rules[which + 1 :]
    bound, free = points(scenario), points(scenario.model_copy(update={"rules": rules}))
    if bound is not None:
        assert free is not None
        tolerance = 4e-6 * max(1.0, abs(bound[1]))
        assert free[1] >= bound[1] - tolerance


@settings(max_examples=60, **QUIET)
@given(scenarios(most_leads=5, most_reps=3), st.integers(0, 2**32 - 1))
def test_any_prices_give_a_bound(scenario: Scenario, seed: int) -> None:
    truth = Oracle(scenario).truth()
    assume(truth is not None)
    problem = compile_scenario(scenario).problem
    rng = np.random.default_rng(seed)
    for tier in tiers_of(problem):
        part = stage(problem, tier, truth.tiers)
        for size in np.repeat([0.1, 1.0, 30.0], 60):
            prices = [rng.normal(0.0, size, b.base.shape) for b in part.rows]
            assert dual_bound(part, prices) >= truth.tiers[tier] - 1e-6 * max(1.0, abs(truth.tiers[tier]))


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
@settings(max_examples=40, **QUIET)
@given(scenario=scenarios(most_leads=5, most_reps=3))
def test_every_method_claims_only_what_is_true(method, scenario: Scenario) -> None:
    """On whatever it supports: its plan holds every hard rule, and its bound is above the truth."""
    compiled = compile_scenario(scenario)
    first = tiers_of(compiled.problem)[0]
    part = stage(compiled.problem, first, {})
    assume(method.supports(part))
    truth = Oracle(scenario).truth()
    outcome = method.solve(part, Watch(Limits(time=5, workers=1)))
    if truth is None:
        assert outcome.owner is None
        return
    assert not outcome.infeasible
    assert outcome.bound >= truth.tiers[first] - 1e-6 * max(1.0, abs(truth.tiers[first]))
    if outcome.owner is not None:
        assert judge(scenario, compiled.owner_in_scenario(outcome.owner)).feasible
        assert evaluate(part, outcome.owner).objective <= outcome.bound + 1e-6 * max(1.0, abs(outcome.bound))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_planted_optima_are_found_and_proved(kind: str) -> None:
    planted = plant(kind, leads=60, reps=6, seed=5)
    result = solve(planted.scenario, Limits(time=30, workers=2))
    assert result.status == "optimal"
    assert result.plan is not None
    assert abs(sum(t.objective for t in result.plan.tiers) - planted.objective) <= 1e-5 * max(1.0, planted.objective)


def test_an_absurd_number_of_goals_of_every_kind_still_solves() -> None:
    scenario = generate("counts", leads=12, reps=3, seed=0)
    goals = tuple(GOAL_KINDS[k]() for k in GOAL_KINDS if k not in ("travel",))
    assert solve(scenario.model_copy(update={"goals": goals}), LIMITS).plan is not None
