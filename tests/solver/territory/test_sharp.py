"""Prices of whole territories in the linear model: they rule out no best plan; and centres that relaxations like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from solver.methods.backend import run
from solver.territory.exact import exact
from solver.territory.hess import Floor, hess_model
from solver.territory.holding import holding
from solver.territory.lagrangian import penalties, relaxed
from solver.territory.problem import Territories
from solver.territory.seating import Seating
from solver.territory.whole import sharpened
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
def test_floors_and_sharp_penalties_leave_the_best_plan(task: Territories) -> None:
    truth, plan = best_of_all(task)
    held = holding(task, watch())
    prices = relaxed(task, held.allowed, watch())
    if plan is None or held.reason is not None or not np.isfinite(prices.bound):
        assert plan is None
        return
    sharp = sharpened(task, held, prices, watch())
    assert sharp.prices.bound <= truth + 1e-6
    assert (sharp.least[np.unique(plan)] < np.inf).all()
    assert (penalties(task, held.allowed, sharp.prices, sharp.least)[np.arange(task.n), plan] <= truth + 1e-6).all()
    floors = [Floor(sharp.prices.unit, sharp.least), Floor(np.zeros(task.n), np.zeros(task.candidates))]
    model = hess_model(task, held.allowed, floors=floors)
    values = np.zeros(len(model.linear.cost))
    values[: len(model.unit)] = plan[model.unit] == model.candidate
    values[len(model.unit) + np.unique(plan)] = 1.0
    rows = model.linear.matrix @ values
    assert (rows >= model.linear.low - 1e-6).all()
    assert (rows <= model.linear.high + 1e-6).all()
    assert -model.linear.cost @ values == pytest.approx(truth)


def test_floors_make_the_linear_relaxation_as_strong_as_whole_territories() -> None:
    task = lumps()
    held = holding(task, watch())
    prices = relaxed(task, held.allowed, watch())
    sharp = sharpened(task, held, prices, watch())
    assert sharp.prices.bound > prices.bound + 0.1
    model = hess_model(task, held.allowed, floors=[Floor(sharp.prices.unit, sharp.least)]).linear
    relaxation = -run(model, "GLOP", 60.0).objective
    assert sharp.prices.bound - 0.01 <= relaxation <= best_of_all(task)[0] + 1e-9


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
