"""Method `cpsat`: what the engine itself gets wrong or right, and the scaling to integers."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios import goals, rules
from scenarios.generate import generate
from scenarios.model import Rep, Scenario
from solver import Limits, solve
from solver.compile import compile_scenario
from solver.evaluate import evaluate
from solver.limits import Watch
from solver.methods.exact import CpSat
from solver.methods.rounding import Rounding
from solver.tiers import stage, tiers_of
from tests.oracle import Oracle

AWKWARD = [5.5, 0.1 + 0.2, 0.000123456789, 1 / 3]


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
def test_a_plan_exactly_on_a_bound_is_not_cut_off(value: float, reps: int) -> None:
    """Equal leads, equal reps, and a band of no width: one lead each, whatever the rounding of the coefficients."""
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
def test_scaling_cuts_off_no_plan_of_a_market_in_money(seed: int) -> None:
    """Values of 800,000 and loads through variables: any plan that another method finds must fit the integer model."""
    compiled = compile_scenario(generate("realistic", leads=30, reps=6, seed=seed))
    achieved: dict[int, float] = {}
    for tier in tiers_of(compiled.problem):
        part = stage(compiled.problem, tier, achieved)
        watch = Watch(Limits(time=4, workers=1, seed=seed))
        exact, rounded = CpSat().solve(part, watch), Rounding().solve(part, Watch(Limits(time=2, seed=seed)))
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
