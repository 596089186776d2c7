"""What must hold between solves of related scenarios, and of every method on the same one."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from scenarios.generate import generate
from scenarios.goals import GOAL_KINDS, Urgency
from scenarios.model import Scenario
from scenarios.planted import KINDS, plant
from scenarios.rules import Capacity
from solver import Limits, judge, solve
from solver.compile import compile_scenario
from solver.evaluate import evaluate
from solver.limits import Watch
from solver.methods.choice import METHODS, Method
from solver.methods.flow import Flow
from solver.methods.matching import Matching
from solver.tiers import stage, tiers_of
from tests.oracle import Oracle
from tests.strategies import scenarios, weighed
from tests.thorough import times

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


@settings(max_examples=times(30), **QUIET)
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


@settings(max_examples=times(30), **QUIET)
@given(scenarios(most_leads=5, most_reps=3), st.sampled_from([1e-3, 0.25, 3.0, 1e3]))
def test_scaling_all_weights_scales_the_points(scenario: Scenario, factor: float) -> None:
    assert same(points(scenario), points(weighed(scenario, factor)), factor)


@settings(max_examples=times(30), **QUIET)
@given(scenarios(most_leads=5, most_reps=3, tiers=False), st.integers(0, 3))
def test_dropping_a_rule_never_lowers_the_points(scenario: Scenario, which: int) -> None:
    assume(which < len(scenario.rules))
    rules = scenario.rules[:which] + scenario.rules[which + 1 :]
    bound, free = points(scenario), points(scenario.model_copy(update={"rules": rules}))
    if bound is not None:
        assert free is not None
        tolerance = 4e-6 * max(1.0, abs(bound[1]))
        assert free[1] >= bound[1] - tolerance


@st.composite
def counted(draw):
    """Draw a scenario whose only loads are numbers of leads, as `matching` and `flow` ask for."""
    scenario = draw(scenarios(most_leads=5, most_reps=3))
    most = draw(st.sampled_from([1, 3]))
    rules = tuple(r for r in scenario.rules if r.kind in ("skills", "availability", "match", "exclusion", "pin"))
    goals = tuple(g for g in scenario.goals if g.kind not in ("balance", "max_min")) or (Urgency(weight=20.0),)
    reps = tuple(
        rep.model_copy(update={"capacity": {"leads": draw(st.integers(0, most))}, "carried": {}})
        for rep in scenario.reps
    )
    return scenario.model_copy(update={"rules": (Capacity(), *rules), "goals": goals, "reps": reps})


def assert_claims_are_true(scenario: Scenario, methods: tuple[Method, ...]) -> None:
    """Of those methods that support it: the plan holds every hard rule, and the bound is above the truth."""
    compiled = compile_scenario(scenario)
    first = tiers_of(compiled.problem)[0]
    part = stage(compiled.problem, first, {})
    truth = Oracle(scenario).truth()
    for method in methods:
        if not method.supports(part):
            continue
        outcome = method.solve(part, Watch(Limits(time=5, workers=1)))
        if truth is None:
            assert outcome.owner is None
            continue
        assert not outcome.infeasible
        assert outcome.bound >= truth.tiers[first] - 1e-6 * max(1.0, abs(truth.tiers[first]))
        if outcome.owner is not None:
            assert judge(scenario, compiled.owner_in_scenario(outcome.owner)).feasible
            assert evaluate(part, outcome.owner).objective <= outcome.bound + 1e-6 * max(1.0, abs(outcome.bound))


@settings(max_examples=times(30), **QUIET)
@given(scenarios(most_leads=5, most_reps=3))
def test_every_method_claims_only_what_is_true(scenario: Scenario) -> None:
    assert_claims_are_true(scenario, METHODS)


@settings(max_examples=times(40), **QUIET)
@given(counted())
def test_methods_that_count_claim_only_what_is_true(scenario: Scenario) -> None:
    assert Flow().supports(compile_scenario(scenario).problem)
    assert_claims_are_true(scenario, (Matching(), Flow()))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_planted_optima_are_found_and_proved(kind: str) -> None:
    planted = plant(kind, leads=40, reps=5, seed=5)
    result = solve(planted.scenario, Limits(time=30, workers=2))
    assert result.status == "optimal"
    assert result.plan is not None
    assert abs(sum(t.objective for t in result.plan.tiers) - planted.objective) <= 1e-5 * max(1.0, planted.objective)


def test_an_absurd_number_of_goals_of_every_kind_still_solves() -> None:
    scenario = generate("counts", leads=12, reps=3, seed=0)
    goals = tuple(GOAL_KINDS[k]() for k in GOAL_KINDS if k not in ("travel",))
    assert solve(scenario.model_copy(update={"goals": goals}), LIMITS).plan is not None
