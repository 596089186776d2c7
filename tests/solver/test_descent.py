"""Moves and swaps: what they claim to gain is what they gain."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, Phase, assume, given, settings

from scenarios.generate import generate
from scenarios.model import Scenario
from solver.compile import compile_scenario
from solver.descent import Descent
from solver.evaluate import evaluate
from solver.limits import Limits, Progress, Watch
from solver.problem import Problem, load_rows
from solver.tiers import stage, tiers_of
from tests.oracle import Oracle
from tests.strategies import scenarios
from tests.thorough import times

WATCH = Watch(Limits(time=None))
SHORT = Watch(Limits(time=None, work=1e-4))


def gap_problem(seed: int, jobs: int = 40, agents: int = 5) -> Problem:
    """A generalised assignment problem whose costs and weights oppose each other, as in type D of the literature."""
    rng = np.random.Generator(np.random.PCG64(seed))
    weight = rng.integers(1, 101, (jobs, agents)).astype(float)
    cost = 111.0 - weight + rng.integers(-10, 11, (jobs, agents))
    return Problem.from_arrays(-cost, rows=(load_rows(weight, upper=0.8 * weight.sum(axis=0) / agents),), required=True)


@settings(
    max_examples=times(40),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(scenarios(most_leads=5, most_reps=3))
def test_descent_never_beats_the_truth_and_every_step_is_priced_right(scenario: Scenario) -> None:
    problem = compile_scenario(scenario).problem
    part = stage(problem, tiers_of(problem)[0], {})
    assume(Descent.supports(part))
    descent = Descent(part)
    gains = descent.gains
    places = gains.score.shape[1]
    assume(np.isfinite(gains.score).any(axis=1).all())
    gains.restart(np.where(np.isfinite(gains.score[:, -1]), places - 1, gains.score.argmax(axis=1)))
    rng = np.random.Generator(np.random.PCG64(0))
    for _ in range(6):
        moves, swaps, before = gains.moves(), gains.swaps(), gains.value()
        size = max(1.0, abs(before), *(float(r.rate.max(initial=0.0)) for r in gains.rows))
        possible = [[step] for step in zip(*np.nonzero(np.isfinite(moves)), strict=True)]
        possible += [
            [(i, gains.place[k]), (k, gains.place[i])] for i, k in zip(*np.nonzero(np.isfinite(swaps)), strict=True)
        ]
        if not possible:
            break
        steps = [(int(i), int(to)) for i, to in possible[int(rng.integers(len(possible)))]]
        one, other = steps[0], steps[-1]
        gain = moves[one] if len(steps) == 1 else swaps[one[0], other[0]]
        gains.take(steps)
        assert abs(before + gain - gains.value()) <= 1e-6 * size
        kept = gains.moves(), gains.swaps()
        gains.restart(gains.place)  # what was kept up to date is what it is from scratch
        np.testing.assert_allclose(kept[0], gains.moves(), atol=1e-6 * size)
        np.testing.assert_allclose(kept[1], gains.swaps(), atol=1e-6 * size)
    value = evaluate(part, descent.run(SHORT))
    truth = Oracle(scenario).truth()
    if value.feasible and truth is not None:
        first = min(truth.tiers)
        assert value.objective <= truth.tiers[first] + 1e-6 * max(1.0, abs(truth.tiers[first]))


def test_descent_finds_what_brute_force_finds_on_a_small_cycle() -> None:
    found = 0
    for seed in range(6):
        scenario = generate("cycle", leads=6, reps=3, seed=seed)
        truth = Oracle(scenario).truth()
        problem = compile_scenario(scenario).problem
        value = evaluate(problem, Descent(problem).run(WATCH))
        assert truth is not None
        found += value.feasible and value.objective >= truth.tiers[1] - 1e-6 * abs(truth.tiers[1])
    assert found >= 5


def test_it_crosses_into_the_bounds_of_tight_knapsacks_and_begins_anywhere() -> None:
    """Every job at its cheapest agent breaks the capacities; what comes back does not."""
    for seed in range(3):
        problem = gap_problem(seed)
        cheapest = problem.scores(slice(0, problem.n)).argmax(axis=1)
        assert not evaluate(problem, cheapest).feasible
        assert evaluate(problem, Descent(problem).run(WATCH, cheapest)).feasible


def test_the_same_seed_gives_the_same_plan_and_a_work_limit_ends_it() -> None:
    problem = compile_scenario(generate("cycle", leads=40, reps=8, seed=2)).problem
    plans = [Descent(problem).run(Watch(Limits(time=None, work=0.01, seed=s))) for s in (1, 1)]
    assert np.array_equal(*plans)


def test_it_tells_of_its_first_plan_before_it_ends() -> None:
    """A long search is no reason to say that there is no plan yet; and what it tells is true of some plan."""
    problem = gap_problem(0)
    told: list[Progress] = []
    best = Descent(problem).run(Watch(Limits(time=None, work=0.01), told.append), bound=-1.0)
    assert told and told[0].incumbent is not None
    assert told[0].incumbent <= evaluate(problem, best).objective
    assert {moment.bound for moment in told} == {-1.0}
