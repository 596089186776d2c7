"""Method `cpsat`: what the engine itself gets wrong or right, and the scaling to integers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from scenarios import goals, rules
from scenarios.examples import example
from scenarios.generate import generate
from scenarios.model import Rep, Scenario
from solver import Limits, descent, linear, solve
from solver.compile import compile_scenario
from solver.dual import dual_bound
from solver.evaluate import evaluate
from solver.limits import Watch
from solver.linear import MOST_WEIGHED, linear_model, pair_list
from solver.methods import exact
from solver.methods.exact import CpSat, losses
from solver.methods.rounding import Rounding
from solver.methods.scaled import Scaled
from solver.tiers import stage, tiers_of
from tests.oracle import Oracle
from tests.solver.test_descent import gap_problem
from tests.solver.test_oracle import assert_matches_truth
from tests.strategies import scenarios, weighed
from tests.thorough import times

AWKWARD = [5.5, 0.1 + 0.2, 0.000123456789, 1 / 3]
THROUGH_LOADS = [0, MOST_WEIGHED]
"""Entries up to which rows are written over the pairs: with 0, all that weigh reps go through variables for loads."""


def test_rows_that_share_a_violation() -> None:
    """The scenario on which CP-SAT's presolve, left to itself, calls 4.36 points optimal; 6.52 is."""
    scenario = Scenario(
        rules=(),
        goals=(goals.MaxMin(weight=25.0, metric="value"), goals.Value(weight=0.01)),
        reps=(Rep(id="R0", fte=0.5), Rep(id="R1", fte=1 / 3)),
        leads=[{"id": f"L{i}", "value": v} for i, v in enumerate(AWKWARD)],
    )
    truth = Oracle(scenario).truth()
    result = solve(scenario, Limits(workers=1))
    assert truth is not None
    assert result.objective is not None
    assert result.status == "optimal"
    assert abs(result.objective - truth.tiers[1]) < 1e-6


@pytest.mark.parametrize("value", [98.76543210123456, 3.141592653589793, 1234.5678901234567])
@pytest.mark.parametrize("reps", [3, 5])
@pytest.mark.parametrize("most_weighed", THROUGH_LOADS)
def test_a_plan_exactly_on_a_bound_is_not_cut_off(
    value: float, reps: int, most_weighed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal leads, equal reps, and a band of no width: one lead each, whatever the rounding of the coefficients."""
    monkeypatch.setattr(linear, "MOST_WEIGHED", most_weighed)
    scenario = Scenario(
        rules=(rules.Band(metric="value", tolerance=0.0),),
        goals=(goals.Value(),),
        reps=tuple(Rep(id=f"R{j}") for j in range(reps)),
        leads=[{"id": f"L{i}", "value": value} for i in range(reps)],
    )
    result = solve(scenario, Limits(workers=1))
    assert result.status == "optimal"
    assert result.objective is not None
    assert abs(result.objective - reps * value) < 1e-6


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("name", ["chinese-b2b", "channel-against-direct", "quarter-accounts"])
def test_what_is_searched_to_the_end_is_optimal(name: str, factor: float, seed: int) -> None:
    """However large the points are beside the penalties, rounding leaves no gap worth the name."""
    result = solve(weighed(example(name), factor), Limits(time=None, work=20.0, workers=1, seed=seed))
    assert result.bound_by == "search"
    assert result.status == "optimal"
    assert result.gap is not None
    assert result.gap < 1e-8


@settings(
    max_examples=times(60),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(
    scenarios(most_leads=5, most_reps=3),
    st.sampled_from([1e-3, 1.0, 1e3]),
    st.sampled_from(THROUGH_LOADS),
    st.randoms(use_true_random=False),
)
def test_a_plan_is_worth_the_same_in_integers_within_the_slack(
    scenario: Scenario, factor: float, most_weighed: int, random
) -> None:
    """No plan is cut off, and none counts for more or less than it is worth. Without loads it is close."""
    problem = compile_scenario(weighed(scenario, factor)).problem
    problem = stage(problem, tiers_of(problem)[0], {})
    pairs = pair_list(problem)
    plans = [plan for plan in Oracle(scenario).plans if evaluate(problem, plan).feasible]
    assume(plans)
    values = [evaluate(problem, plan).objective for plan in plans]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linear, "MOST_WEIGHED", most_weighed)
        model = linear_model(problem, pairs)
    for k in {int(np.argmax(values)), *random.sample(range(len(plans)), min(3, len(plans)))}:
        scaled = Scaled(model)
        for variable, taken in zip(scaled.variables, plans[k][problem.starts][pairs.item] == pairs.rep, strict=False):
            scaled.model.add(variable == int(taken))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        assert solver.solve(scaled.model) == cp_model.OPTIMAL
        lost, hair = values[k] - scaled.points(solver.objective_value), 1e-12 * abs(values[k])
        step = scaled.points(1.0) - scaled.points(0.0)
        assert -scaled.slack - len(model.low) * step - hair <= lost <= scaled.slack + hair
        assert most_weighed == 0 or scaled.slack <= 1e-7 * max(1.0, *np.abs(values))


@pytest.mark.parametrize("seed", range(2))
def test_scaling_cuts_off_no_plan_of_a_market_in_money(seed: int) -> None:
    """Values of 800,000 and loads through variables: any plan that another method finds must fit the integer model."""
    compiled = compile_scenario(generate("realistic", leads=30, reps=6, seed=seed))
    achieved: dict[int, float] = {}
    for tier in tiers_of(compiled.problem):
        part = stage(compiled.problem, tier, achieved)
        watch = Watch(Limits(time=2, workers=1, seed=seed))
        exact, rounded = CpSat().solve(part, watch), Rounding().solve(part, Watch(Limits(time=1, seed=seed)))
        assert exact.owner is not None
        value = evaluate(part, exact.owner)
        assert value.feasible
        assert exact.bound >= value.objective - 1e-6 * max(1.0, abs(value.objective))
        if rounded.owner is not None:
            other = evaluate(part, rounded.owner).objective
            assert exact.bound >= other - 1e-6 * max(1.0, abs(other))
        achieved[tier] = value.objective


def test_same_seed_and_work_limit_give_the_same_plan() -> None:
    scenario = generate("cycle", leads=30, reps=5, seed=3)
    limits = Limits(time=None, work=0.3, seed=11)
    first, second = solve(scenario, limits), solve(scenario, limits)
    assert first.plan is not None
    assert second.plan is not None
    assert np.array_equal(first.plan.owner, second.plan.owner)


@settings(
    max_examples=times(30),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(scenarios(most_leads=5, most_reps=3))
def test_the_way_of_larger_problems_gives_the_truth_too(scenario: Scenario) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "SMALL", 0)
        patch.setattr(exact, "BUILDING", 0.0)
        patch.setattr(descent, "STEPS", 100)  # moves and swaps are tested elsewhere
        assert_matches_truth(scenario)


@settings(
    max_examples=times(40),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(scenarios(most_leads=4, most_reps=3))
def test_no_plan_with_a_pair_is_above_the_bound_less_what_the_pair_loses(scenario: Scenario) -> None:
    """At any prices; the pairs that this excludes are excluded with a proof."""
    problem = compile_scenario(scenario).problem
    tiers = tiers_of(problem)
    assume(len(tiers) == 1)
    rng = np.random.Generator(np.random.PCG64(0))
    pairs = pair_list(problem)
    plans = [plan for plan in Oracle(scenario).plans if evaluate(problem, plan).feasible]
    assume(plans)
    values = [evaluate(problem, plan).objective for plan in plans]
    for _ in range(4):
        prices = tuple(block.clip(rng.normal(0.0, 3.0, block.base.shape)) for block in problem.rows)
        bound, lost = dual_bound(problem, prices), losses(problem, prices, pairs)
        for plan, value in zip(plans, values, strict=True):
            taken = plan[problem.starts][pairs.item] == pairs.rep
            assert value <= bound - lost[taken].max(initial=0.0) + 1e-6 * max(1.0, abs(bound))


@pytest.mark.parametrize("seed", range(3))
def test_tight_knapsacks_are_proved_by_both_searches(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Branch and bound on what the prices leave open, and CP-SAT on the whole, agree on the optimum."""
    problem = gap_problem(seed, jobs=12, agents=4)
    whole = CpSat().solve(problem, Watch(Limits(time=60)))
    monkeypatch.setattr(exact, "SMALL", 0)
    monkeypatch.setattr(exact, "CLOSE", 1.0)
    fixed = CpSat().solve(problem, Watch(Limits(time=60)))
    assert whole.owner is not None
    assert fixed.owner is not None
    assert fixed.stopped_by == "proof"
    assert abs(evaluate(problem, whole.owner).objective - evaluate(problem, fixed.owner).objective) < 1e-6
    assert abs(fixed.bound - evaluate(problem, fixed.owner).objective) < 1e-2
