"""The figures of a plan, whoever made it."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.plans import figures_of
from scenarios import Lead, Rep, Scenario
from scenarios.rules import Band, Capacity

SCENARIO = Scenario(
    rules=(Capacity(name="places"), Band(name="band", metric="expected_value", tolerance=0.1, by="team")),
    reps=(
        Rep(id="a", team="North", capacity={"leads": 2}, win_rates={"*": 0.5}),
        Rep(id="b", team="North", capacity={"leads": 1}, win_rates={"*": 0.25}),
        Rep(id="c", team="South", capacity={"leads": 3}, win_rates={"*": 1.0}),
    ),
    leads=[
        Lead(id="L1", value=100, owner="a"),
        Lead(id="L2", value=200, owner="a"),
        Lead(id="L3", value=40, owner="b"),
        Lead(id="L4", value=10),
    ],
)


def test_figures_of_a_plan() -> None:
    told = figures_of("mine", SCENARIO, np.array([0, 1, -1, 2]), by="team", tolerance=0.1)
    # a: 100 x 0.5 = 50, b: 200 x 0.25 = 50, c: 10 x 1; L2 goes from a to b, L3 loses its owner
    assert told.expected_value == pytest.approx(110)
    assert (told.assigned, told.moved, dict(told.broken)) == (3, 2, {})
    assert told.fairness["North"].load == pytest.approx(100)
    assert told.fairness["North"].jain == pytest.approx(1.0)
    assert (told.outside, told.worst_deviation) == (0, 0.0)
    assert told.behind(220.0) == pytest.approx(0.5)


def test_what_a_plan_breaks_is_told() -> None:
    told = figures_of("unfair", SCENARIO, np.array([1, 1, 1, 2]), by="team", tolerance=0.1)
    # b holds three leads and has one place; a has nothing and b all of the 85 in the North: 0 and 2 times the target
    assert dict(told.broken) == {"places": 1, "band": 2}
    assert (told.fairness["North"].min_ratio, told.fairness["North"].max_ratio) == (0.0, 2.0)
    assert (told.outside, told.worst_deviation) == (2, 1.0)
    assert told.document(100.0)["moved"] == 2
