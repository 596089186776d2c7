"""Prices of whole territories rule out no best plan; centres that relaxations like; and trees that branch on them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from solver.methods.backend import branch, branch_first
from solver.territory.exact import exact
from solver.territory.hess import hess_model
from solver.territory.holding import holding
from solver.territory.lagrangian import penalties, relaxed
from solver.territory.problem import Territories
from solver.territory.seating import Seating
from solver.territory.whole import whole
from tests.solver.territory.test_exact import best_of_all, tasks, watch
from tests.thorough import times


def lumps() -> Territories:
    """Three units of 5 and three of 1, two territories of 8 to 10, on a line: each would take a part of the middle."""
    place = np.array([0.0, 1.0, 4.5, 5.0, 8.0, 9.0])
    amounts = np.array([5.0, 1.0, 5.0, 1.0, 1.0, 5.0])[:, None]
    cost = amounts * (place[:, None] - place) ** 2
    return Territories(cost, amounts, np.full((6, 1), 8.0), np.full((6, 1), 10.0), 2, None, np.arange(6))


@given(tasks())
@settings(deadline=None, max_examples=times(60))
def test_sharp_penalties_leave_the_best_plan(task: Territories) -> None:
    truth, plan = best_of_all(task)
    held = holding(task, watch())
    prices = relaxed(task, held.allowed, watch())
    if plan is None or held.reason is not None or not np.isfinite(prices.bound):
        assert plan is None
        return
    sharp = whole(task, held, prices, watch(), np.inf).sharp
    assert sharp.prices.bound <= truth + 1e-6
    assert (sharp.least[np.unique(plan)] < np.inf).all()
    assert (penalties(task, held.allowed, sharp.prices, sharp.least)[np.arange(task.n), plan] <= truth + 1e-6).all()


@given(tasks())
@settings(deadline=None, max_examples=times(40))
def test_a_tree_over_centres_finds_what_any_other_does(task: Territories) -> None:
    model = hess_model(task, np.isfinite(task.matrix))
    usual = branch(model.linear, 60.0)
    found = branch_first(model.linear, model.drawn, 60.0)
    assert (found.status, found.bound) == (usual.status, pytest.approx(usual.bound, abs=1e-6))
    if usual.status == "optimal":
        start = model.values(model.centre(usual.values, task.n))
        assert model.linear.cost @ start == pytest.approx(usual.objective)
        again = branch_first(model.linear, model.drawn, 60.0, nodes=1, start=start)
        assert again.objective == pytest.approx(usual.objective)
        assert again.bound >= usual.objective - 1e-6


def test_lumps_without_contiguity_are_proved() -> None:
    found = exact(lumps(), watch())
    assert found.status == "optimal"
    assert found.cost == best_of_all(lumps())[0]


def test_centres_are_found_and_moved_while_that_gains() -> None:
    place = np.repeat([0.0, 10.0, 20.0], 5) + np.tile([-2.0, -1.0, 0.0, 1.0, 2.0], 3)
    bounds = np.full((15, 1), 5.0)
    task = Territories((place[:, None] - place) ** 2, np.ones((15, 1)), bounds, bounds, 3, None, np.arange(15))
    allowed = np.ones((15, 15), dtype=bool)
    seating = Seating(task, allowed, watch())
    assert seating.dive() == (2, 7, 12)
    seating.improve((0, 9, 11))
    assert seating.best(1) == [(2, 7, 12)]
    assert seating.cost((2, 7, 12)) == pytest.approx(30.0)
    assert np.isinf(seating.cost((2, 7)))
    apart = allowed.copy()
    apart[0] = False
    apart[0, 14] = True
    assert np.isinf(Seating(task, apart, watch()).cost((2, 7, 12)))
