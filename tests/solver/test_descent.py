"""Moves and swaps: what they claim to gain is what they gain."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, Phase, assume, given, settings

from scenarios.generate import generate
from scenarios.model import Scenario
from solver.compile import compile_scenario
from solver.descent import Descent
from solver.evaluate import evaluate
from solver.limits import Limits, Watch
from solver.tiers import stage, tiers_of
from tests.oracle import Oracle
from tests.strategies import scenarios

WATCH = Watch(Limits(time=None))


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(scenarios(most_leads=5, most_reps=3))
def test_descent_never_beats_the_truth_and_every_move_is_priced_right(scenario: Scenario) -> None:
    problem = compile_scenario(scenario).problem
    part = stage(problem, tiers_of(problem)[0], {})
    assume(Descent.supports(part))
    descent = Descent(part)
    items, places = descent.score.shape
    place = np.where(np.isfinite(descent.score[:, -1]), places - 1, descent.score.argmax(axis=1))
    start = descent._restart(place)
    if np.isfinite(start):
        for item in range(items):
            for to in np.flatnonzero(np.isfinite(descent.score[item])):
                other = place.copy()
                other[item] = to
                descent._restart(place)
                added = sum(float(r.moves(place)[item, to]) for r in descent.rows) if to != place[item] else 0.0
                gain = descent.score[item, to] - descent.score[item, place[item]] - added
                size = max(1.0, abs(start), *(r.rate for r in descent.rows))
                assert abs(start + gain - descent._restart(other)) <= 1e-6 * size
    value = evaluate(part, descent.run(WATCH))
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
