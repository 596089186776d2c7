"""Territories for the worst-off rep: against brute force, with a gap where time is short, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scenarios import Rep, Scenario, ScenarioError
from solver import Limits
from solver.territory.rebalance import rebalance
from solver.territory.refusals import refusals
from solver.territory.worst_off import WorstOff
from tests.solver.territory.test_rebalance import HOMES, LIMITS, PIECES, WAYS, grid, judged, truth

WORST_OFF = {"kind": "max_min", "metric": "value"}


def scenario(seed: int, weight: float, *rules: dict[str, Any], **more: Any) -> Scenario:
    return Scenario(
        **{**grid(3, 3, seed), "reps": HOMES, "rules": rules, "goals": [WAYS, {**WORST_OFF, "weight": weight}], **more}
    )


@pytest.mark.parametrize("weight", [1e3, 1e4, 1e6])
@pytest.mark.parametrize("seed", range(3))
def test_against_brute_force(seed: int, weight: float) -> None:
    """From a wish among others to what comes first; loads are whole, and the shares 1 and 2."""
    asked = scenario(seed, weight, PIECES)
    found = rebalance(asked, LIMITS)
    judged(found, asked)
    assert found.result.status == "optimal" and found.result.stopped_by == "proof"
    assert found.result.objective == pytest.approx(truth(asked))


def test_with_a_band_and_what_a_rep_carries() -> None:
    reps = [HOMES[0], HOMES[1].model_copy(update={"carried": {"value": 11.5}})]
    band = {"kind": "band", "metric": "value", "tolerance": 0.6, "of": "assigned"}
    asked = scenario(1, 5e4, band, reps=reps)
    found = rebalance(asked, LIMITS)
    judged(found, asked)
    assert found.result.objective == pytest.approx(truth(asked))


def test_seats_get_the_more_even_the_more_it_counts() -> None:
    """Without the goal a seat may have next to nothing; with a large weight all have nearly the same."""
    something = {"kind": "minimum", "metric": "value", "at_least": 1.0}
    worst = []
    for weight in (0.0, 1e7):
        asked = scenario(2, weight, PIECES, something, **grid(4, 3, 2), reps=[Rep(id="a"), Rep(id="b"), Rep(id="c")])
        found = rebalance(asked, LIMITS)
        owner = judged(found, asked)
        loads = np.bincount(owner, asked.leads["value"].to_numpy(), 3)
        worst.append(loads.min() / (loads.sum() / 3))
    assert worst[1] > worst[0]
    assert worst[1] > 0.85


def test_amounts_that_are_no_whole_numbers_leave_a_small_gap_at_most() -> None:
    cells = grid(3, 3, 0)
    for k, lead in enumerate(cells["leads"]):
        lead["value"] += 0.37 * k
    asked = scenario(0, 1e4, **cells)
    found = rebalance(asked, LIMITS)
    judged(found, asked)
    best = truth(asked)
    assert best is not None and found.result.objective is not None and found.result.bound is not None
    assert found.result.objective <= best + 1e-6 <= found.result.bound + 2e-6
    assert found.result.bound - found.result.objective <= 1e4 * 2e-4


def test_a_short_time_ends_with_what_is_proved() -> None:
    asked = scenario(3, 1e5, PIECES, **grid(8, 8, 3), reps=[Rep(id=f"r{j}") for j in range(6)])
    found = rebalance(asked, replace(LIMITS, time=4.0))
    judged(found, asked)
    assert found.result.status == "feasible" and found.result.stopped_by in ("time", "work")


def test_cancelled_it_keeps_the_best() -> None:
    calls = []

    def cancelled() -> bool:
        calls.append(1)
        return len(calls) > 400

    asked = scenario(3, 1e5, PIECES, **grid(8, 8, 3), reps=[Rep(id=f"r{j}") for j in range(6)])
    found = rebalance(asked, Limits(time=60, workers=1), cancelled=cancelled)
    assert found.result.stopped_by == "cancel"
    if found.result.plan is not None:
        judged(found, asked)


def test_the_next_ratio_is_the_smallest_that_loads_can_have() -> None:
    """Targets of 3 and 6, of which 1 is carried: at 1/2 the loads are 1.5 and 3; the next are 2 / 3 and 4 / 6."""
    goal = WorstOff("value", 1.0, np.ones(8), np.array([0.0, 1.0]), np.array([3.0, 6.0]))
    assert goal.above(0.5) == pytest.approx(2 / 3)
    assert goal.above(2 / 3) == pytest.approx(5 / 6)
    assert goal.floors(0.5).tolist() == [2.0, 2.0]
    assert goal.ratio(np.array([0, 0, 1, 1, 1, 1, 1, 1])) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "goals",
    [
        [WORST_OFF, {**WORST_OFF, "metric": "leads"}],
        [{**WORST_OFF, "by": "team"}],
        [{**WORST_OFF, "metric": "expected_value"}],
    ],
)
def test_what_is_refused(goals: list[dict[str, Any]]) -> None:
    reps = [HOMES[0].model_copy(update={"team": "A"}), HOMES[1].model_copy(update={"team": "B"})]
    asked = Scenario(**grid(3, 3), reps=reps, goals=[WAYS, *goals])
    issues = refusals(asked)
    assert [(issue.code, issue.pointer) for issue in issues] == [("territory_worst_off", f"/goals/{len(goals)}")]
    with pytest.raises(ScenarioError):
        rebalance(asked, LIMITS)
    assert not refusals(
        asked.model_copy(update={"goals": (*asked.goals[:1], asked.goals[1].model_copy(update={"weight": 0.0}))})
    )
