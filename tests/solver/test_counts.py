"""Methods `matching` and `flow` against the exact method, on every problem they claim."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from solver.evaluate import evaluate
from solver.limits import Limits, Watch
from solver.linear import linear_model, pair_list
from solver.methods.backend import run
from solver.methods.exact import CpSat
from solver.methods.flow import Flow
from solver.methods.matching import Matching
from solver.problem import Problem, load_rows
from tests.thorough import times


@st.composite
def counted(draw, most_one: bool):
    """Draw a problem whose rows count leads per rep; some bounds are half a lead beside a whole number."""
    n, m = draw(st.integers(1, 7)), draw(st.integers(1, 4))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    score = rng.integers(-20, 100, (n, m)) / 10
    upper = rng.integers(0, 2 if most_one else 4, m)
    lower = np.zeros(m) if most_one else np.where(rng.random(m) < 0.3, np.minimum(1, upper), 0)
    half = rng.choice([0.0, 0.5], (2, m))
    ones = np.ones((n, m))
    return Problem.from_arrays(
        score,
        eligible=rng.random((n, m)) < 0.7,
        rows=(load_rows(ones, upper=upper + half[0], lower=lower - half[1], base=rng.integers(0, 2, m) * 0.0),),
        required=rng.random(n) < draw(st.sampled_from([0.0, 0.3])),
    )


def assert_optimal(problem: Problem, method: Matching | Flow) -> None:
    assume(method.supports(problem))
    watch = Watch(Limits(workers=1))
    outcome = method.solve(problem, watch)
    truth = CpSat().solve(problem, watch)
    assert outcome.infeasible == truth.infeasible
    if truth.owner is None or outcome.owner is None:
        assert truth.owner is None
        assert outcome.owner is None
        return
    value = evaluate(problem, outcome.owner)
    assert value.feasible
    assert abs(value.objective - evaluate(problem, truth.owner).objective) < 1e-6
    assert abs(outcome.bound - value.objective) < 1e-6  # the prices alone prove it


@settings(max_examples=times(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(counted(most_one=True))
def test_matching_is_optimal_and_proved_by_prices(problem: Problem) -> None:
    assert_optimal(problem, Matching())


@settings(max_examples=times(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(counted(most_one=False))
def test_flow_is_optimal_and_proved_by_prices(problem: Problem) -> None:
    assert_optimal(problem, Flow())


def test_flow_equals_the_linear_relaxation_on_a_larger_problem() -> None:
    rng = np.random.default_rng(7)
    n, m = 400, 12
    problem = Problem.from_arrays(rng.random((n, m)), rows=(load_rows(np.ones((n, m)), upper=25, lower=3),))
    outcome = Flow().solve(problem, Watch(Limits()))
    model = linear_model(problem, pair_list(problem))
    assert outcome.owner is not None
    assert abs(outcome.bound - run(model, "GLOP", 60).objective) < 1e-6
    assert abs(evaluate(problem, outcome.owner).objective - outcome.bound) < 1e-6
