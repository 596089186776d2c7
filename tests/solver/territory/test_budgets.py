"""What may change owner: priced as loads are, never overspent, and drawn by in the next quarter."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from benchmarks.territory_scale import a_quarter_later, made
from solver.limits import Limits
from solver.territory.centres import balance
from solver.territory.division import Division, Terrain
from solver.territory.draw import draw
from solver.territory.problem import Budget, Territories, judge, moved


def changed(seed: int, share: float = 0.3) -> Territories:
    """Return eight units with two given places, an owner for most of them, and a budget."""
    rng = np.random.default_rng(seed)
    amounts = rng.integers(5, 15, (8, 1)).astype(np.float64)
    mean = amounts.sum(axis=0) / 2
    return Territories(
        rng.uniform(1, 9, (8, 2)),
        amounts,
        np.tile(0.7 * mean, (2, 1)),
        np.tile(1.3 * mean, (2, 1)),
        2,
        before=rng.integers(-1, 2, 8),
        budgets=(Budget(amounts[:, 0], share * float(amounts.sum())),),
    )


def best_of_all(task: Territories) -> float:
    """Return the least cost of all divisions there are; infinite if none is feasible."""
    plans = (np.array(place) for place in product(range(2), repeat=8) if len(set(place)) == 2)
    verdicts = [judge(task, place) for place in plans]
    return min((verdict.cost for verdict in verdicts if verdict.feasible), default=np.inf)


@pytest.mark.parametrize("seed", range(8))
def test_the_bound_of_prices_and_tolls_is_below_every_plan(seed: int) -> None:
    task = changed(seed)
    found = balance(Division(Terrain(task), np.arange(2), np.zeros(8, dtype=np.int64), 1.0))
    assert (found.tolls >= 0).all()
    assert found.bound <= best_of_all(task) + 1e-9


def test_a_tight_budget_has_a_toll_that_raises_the_bound() -> None:
    task = changed(1, share=0.05)
    free = replace(task, budgets=())
    with_toll, without = (
        balance(Division(Terrain(one), np.arange(2), np.zeros(8, dtype=np.int64), 1.0)) for one in (task, free)
    )
    assert with_toll.tolls[0] > 0
    assert with_toll.bound > without.bound + 0.1


@pytest.mark.parametrize("seed", range(4))
def test_drawn_as_well_as_can_be_within_a_budget(seed: int) -> None:
    task = changed(seed)
    best, drawn = best_of_all(task), draw(task, Limits(time=None, work=3.0))
    assert drawn.bound <= best + 1e-9
    assert drawn.cost == pytest.approx(best, rel=1e-9)


def test_tolls_count_in_the_value_and_not_in_the_cost() -> None:
    task = changed(2)
    place = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    plain, charged = (Division(Terrain(task), np.arange(2), place, 3.0) for _ in range(2))
    charged.charge(np.array([0.5]))
    assert charged.total == pytest.approx(plain.total)
    assert charged.value == pytest.approx(plain.value + 0.5 * moved(task, task.budgets[0], place))
    units, to = charged.steps()
    for unit, t, gain in zip(units.tolist(), to.tolist(), charged.gains(units, to).tolist(), strict=True):
        other = place.copy()
        other[unit] = t
        after = Division(Terrain(task), np.arange(2), other, 3.0)
        after.charge(np.array([0.5]))
        assert gain == pytest.approx(charged.value - after.value)
    charged.charge(np.zeros(1))
    assert charged.value == pytest.approx(plain.value)


def test_a_new_seat_is_charged_as_the_others_are() -> None:
    first = made(60, 4, tolerance=0.5, seed=0, linked=True)
    before = np.array([3, 17, 40, 51])[np.arange(60) % 4]
    task = replace(first, before=before, budgets=(Budget(first.amounts[:, 0], 1e3),))
    place = np.arange(60) % 4
    moving = Division(Terrain(task), np.array([3, 17, 40, 51]), place, 1.0)
    moving.charge(np.array([0.2]))
    moving.reseat(np.array([1]), np.array([5]))  # a unit of that territory
    fresh = Division(Terrain(task), np.array([3, 5, 40, 51]), place, 1.0)
    fresh.charge(np.array([0.2]))
    np.testing.assert_allclose(moving.cost, fresh.cost)
    assert moving.total == pytest.approx(fresh.total)


@pytest.mark.parametrize("linked", [True, False])
def test_two_leave_and_three_join_within_a_budget(linked: bool) -> None:
    task = made(160, 8, tolerance=0.25, seed=2, linked=linked)
    today = draw(task, Limits(time=None, work=1.0)).centre
    assert today is not None
    later = a_quarter_later(task, today, tolerance=0.25, share=0.7, seed=1)
    drawn = draw(later, Limits(time=None, work=1.0))
    assert drawn.centre is not None, drawn.reason
    assert judge(later, drawn.centre).feasible
    (budget,) = later.budgets
    assert moved(later, budget, drawn.centre) <= budget.at_most * (1 + 1e-9)
    assert drawn.bound <= drawn.cost
    assert drawn.gap < 0.2


def test_prices_do_not_run_away_where_most_is_far_from_most_seats() -> None:
    rng = np.random.default_rng(5)
    place, seats = rng.normal(0.0, 1.0, 900), np.linspace(0.0, 40.0, 30)
    cost = np.abs(place[:, None] - seats)
    bounds = [np.full((30, 1), part * 900 / 30) for part in (0.9, 1.1)]
    task = Territories(cost, np.ones((900, 1)), bounds[0], bounds[1], 30)
    division = Division(Terrain(task), np.arange(30), np.zeros(900, dtype=np.int64), 1.0)
    found = balance(division)
    division.assign(found.place)
    assert found.bound > float(cost.min(axis=1).sum())
    assert found.bound > 0.95 * division.total
