"""Territories of any size: what is asked holds, tiny ones are the best there are, the same work gives the same plan."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from solver.limits import Limits, Progress, Watch
from solver.pairs import Ints
from solver.territory import lagrangian, medians
from solver.territory.anneal import anneal
from solver.territory.centres import balance
from solver.territory.contiguity import attach, removable, severed
from solver.territory.division import Division, Terrain
from solver.territory.draw import draw
from solver.territory.improve import exchange
from solver.territory.problem import Budget, Distances, Drawn, Territories, judge, loads_of, moved, pieces
from solver.territory.redivide import Region
from solver.territory.seeds import interchanged, seeds, territories_of_parts

WORK = Limits(time=None, work=3.0)
SOME = Limits(time=None, work=1.0)


def grid(width: int, height: int) -> Ints:
    """Return the links of a grid, row by row."""
    number = np.arange(width * height).reshape(height, width)
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    down = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
    return np.concatenate([across, down])


def made(
    width: int, height: int, k: int, seed: int, *, tolerance: float = 0.2, metrics: int = 2, every: int = 1
) -> Territories:
    """Return territories to draw on a jittered grid, every so many units a candidate."""
    rng = np.random.default_rng(seed)
    n = width * height
    y, x = np.divmod(np.arange(n), width)
    place = np.stack([x, y], axis=1) + rng.uniform(-0.3, 0.3, (n, 2))
    amounts = rng.integers(5, 15, (n, metrics)).astype(np.float64)
    mean = amounts.sum(axis=0) / k
    own = np.arange(0, n, every)
    lower, upper = (np.tile((1 + part * tolerance) * mean, (len(own), 1)) for part in (-1, 1))
    cost = Distances(place, place[own], amounts[:, 0]).of(np.arange(n)[:, None], np.arange(len(own)))
    return Territories(cost, amounts, lower, upper, k, links=grid(width, height), own=own)


def best_of_all(task: Territories) -> float:
    """Return the least cost of all divisions there are; infinite if none is feasible."""
    best = np.inf
    for centre in product(range(task.candidates), repeat=task.n):
        chosen = np.array(centre)
        if len(set(centre)) == task.k and float(task.cost_of(np.arange(task.n), chosen).sum()) < best:
            verdict = judge(task, chosen)
            best = verdict.cost if verdict.feasible else best
    return best


def plan_of(drawn: Drawn) -> Ints:
    assert drawn.centre is not None, drawn
    return drawn.centre


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("linked", [True, False])
def test_tiny_territories_are_the_best_there_are(seed: int, linked: bool) -> None:
    task = made(3, 2, 2, seed, tolerance=0.05 + 0.05 * (seed % 4), metrics=1)
    task = task if linked else replace(task, links=None)
    best = best_of_all(task)
    drawn = draw(task, WORK)
    if np.isinf(best):
        assert drawn.status == "infeasible"
        return
    assert drawn.status == "optimal"
    assert drawn.cost == pytest.approx(best, rel=1e-9)
    assert judge(task, plan_of(drawn)).feasible


@pytest.mark.parametrize("seed", range(3))
def test_with_given_places_outside_the_map(seed: int) -> None:
    rng = np.random.default_rng(seed)
    task = made(4, 2, 2, seed, metrics=1)
    task = replace(task, cost=rng.uniform(1, 9, (8, 2)), lower=task.lower[:2], upper=task.upper[:2], own=None)
    best, drawn = best_of_all(task), draw(task, WORK)
    assert drawn.bound <= best + 1e-9
    assert drawn.cost == pytest.approx(best, rel=1e-9)
    assert drawn.status == "optimal"


@pytest.mark.parametrize("seed", range(3))
def test_all_that_is_asked_holds(seed: int) -> None:
    task = made(14, 12, 5, seed, tolerance=0.08, every=6)
    drawn = draw(task, SOME)
    centre = plan_of(drawn)
    assert judge(task, centre).feasible
    assert (pieces(task, centre)[np.unique(centre)] == 1).all()
    loads = loads_of(task, centre)[np.unique(centre)]
    assert (loads >= task.lower[0] - 1e-6).all()
    assert (loads <= task.upper[0] + 1e-6).all()
    assert drawn.bound <= drawn.cost
    # each unit with the nearest of these centres would cost less, but not by much
    nearest = task.matrix[:, np.unique(centre)].min(axis=1).sum()
    assert nearest <= drawn.cost <= 1.5 * nearest


def test_costs_by_distance_are_those_of_the_table() -> None:
    task = made(14, 12, 5, 0, tolerance=0.08, every=6)
    rng = np.random.default_rng(0)
    place = rng.uniform(0, 9, (task.n, 2))
    ways = Distances(place, place[::6], rng.uniform(1, 2, task.n), 2.0)
    table = ways.of(np.arange(task.n)[:, None], np.arange(task.candidates))
    assert table[3, 5] == pytest.approx(ways.weight[3] * ((place[3] - place[30]) ** 2).sum())
    found = [draw(replace(task, links=None, cost=cost), SOME) for cost in (ways, table)]
    assert plan_of(found[0]).tolist() == plan_of(found[1]).tolist()


def test_units_that_are_locked_stay() -> None:
    task = made(12, 10, 4, 1, every=10)
    seats = np.array([1, 3, 8, 10])
    cost = task.matrix[:, seats].copy()
    far = int(cost[:, 0].argmax())  # the unit that would least be in the first territory
    cost[far, 1:] = np.inf
    assert task.own is not None
    locked = replace(task, cost=cost, lower=task.lower[seats], upper=task.upper[seats], own=task.own[seats], links=None)
    drawn = draw(locked, SOME)
    assert plan_of(drawn)[far] == 0
    assert judge(locked, plan_of(drawn)).feasible


def test_one_candidate_only_by_distance() -> None:
    place = np.array([[0.0], [1.0], [9.0], [10.0]])
    ways = Distances(place, place[[0, 3]], np.ones(4), only=np.array([-1, 1, -1, -1]))
    task = Territories(ways, np.ones((4, 1)), np.zeros((2, 1)), np.full((2, 1), 4.0), 2)
    assert plan_of(draw(task, WORK)).tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2])
def test_no_more_changes_than_the_budget(share: float) -> None:
    task = made(12, 9, 4, 2, tolerance=0.15, every=9)
    today = plan_of(draw(task, Limits(time=None, work=0.3)))
    rng = np.random.default_rng(0)
    costs = task.matrix * rng.uniform(0.5, 2.0, (task.n, 1))  # other weights: another plan would be better
    budget = Budget(task.amounts[:, 0], share * float(task.amounts[:, 0].sum()))
    again = replace(task, cost=costs, before=today, budgets=(budget,))
    drawn = draw(again, Limits(time=None, work=0.6))
    assert judge(again, plan_of(drawn)).feasible
    assert moved(again, budget, plan_of(drawn)) <= budget.at_most + 1e-6
    assert drawn.cost <= costs[np.arange(task.n), today].sum() + 1e-6


def test_the_same_seed_and_work_give_the_same_plan() -> None:
    task = made(14, 12, 5, 3, tolerance=0.08, every=6)
    first, second = (draw(task, Limits(time=None, work=1.0, seed=7)) for _ in range(2))
    assert plan_of(first).tolist() == plan_of(second).tolist()


def test_a_start_is_never_left_for_a_worse_plan() -> None:
    task = made(14, 12, 5, 4, every=6)
    good = draw(task, SOME)
    again = draw(task, Limits(time=None, work=0.01), start=good.centre)
    assert again.cost <= good.cost + 1e-9
    with pytest.raises(ValueError, match="3 units"):
        draw(task, SOME, start=np.zeros(3, dtype=np.int64))


def test_a_cancelled_run_ends_and_claims_nothing() -> None:
    drawn = draw(made(14, 12, 5, 4, every=6), Limits(time=None), cancelled=lambda: True)
    assert drawn.stopped_by == "cancel"
    assert drawn.status in ("feasible", "no_plan_found")


def test_progress_is_told() -> None:
    heard: list[Progress] = []
    drawn = draw(made(14, 12, 5, 4, every=6), SOME, listen=heard.append)
    told = [p.incumbent for p in heard if p.incumbent is not None]
    assert told == sorted(told, reverse=True)
    assert told[-1] >= drawn.cost - 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_of_the_prices_is_below_every_plan_with_these_seats(seed: int) -> None:
    task = made(4, 2, 2, seed, metrics=1)
    seats = np.array([1, 6])
    placed = replace(task, cost=task.matrix[:, seats], lower=task.lower[:2], upper=task.upper[:2], own=seats)
    best = best_of_all(placed)
    division = Division(Terrain(placed), np.arange(2), np.zeros(8, dtype=np.int64), 1.0)
    assert balance(division).bound <= best + 1e-9


# -- what cannot be drawn ----------------------------------------------------------------------------------------------


def test_reasons_why_nothing_can_be_drawn() -> None:
    task = made(4, 3, 3, 0, metrics=1)
    large = task.amounts.copy()
    large[5] = 500.0
    assert draw(replace(task, amounts=large), WORK).reason == {
        "code": "unit_too_large",
        "unit": 5,
        "metric": 0,
        "amount": 500.0,
        "most": pytest.approx(task.upper[0, 0]),
        "count": 1,
    }
    barred = task.matrix.copy()
    barred[4] = np.inf
    assert (draw(replace(task, cost=barred), WORK).reason or {})["code"] == "unit_nowhere"
    assert (draw(replace(task, upper=task.upper / 1.5), WORK).reason or {})["code"] == "too_little_room"
    assert (draw(replace(task, lower=task.lower * 1.5), WORK).reason or {})["code"] == "too_little_to_share"
    assert task.links is not None
    alone = replace(task, links=task.links[~(task.links == 0).any(axis=1)])
    reason = draw(alone, WORK).reason or {}
    assert (reason["code"], reason["unit"], reason["units"]) == ("part_out_of_reach", 0, 1)
    apart = replace(task, links=task.links[:1])
    drawn = draw(apart, WORK)
    assert (drawn.reason or {})["code"] == "too_many_parts"
    assert (drawn.status, drawn.bound, drawn.gap) == ("infeasible", np.inf, np.inf)


def test_what_the_nearest_plan_misses_is_said() -> None:
    # 40 x 40 units of 10 in 7 territories of 2,281 to 2,289 (the mean is 2,285.7): whole tens never fit
    task = made(40, 40, 7, 0, metrics=1)
    ways = Distances(np.arange(1600.0)[:, None], np.arange(1600.0)[:, None], np.ones(1600))
    lower, upper = np.full((1600, 1), 2281.0), np.full((1600, 1), 2289.0)
    task = replace(task, cost=ways, amounts=np.full((1600, 1), 10.0), lower=lower, upper=upper, links=None)
    drawn = draw(task, Limits(time=None, work=0.2))
    assert (drawn.status, drawn.centre) == ("no_plan_found", None)
    assert 0 < drawn.bound < np.inf
    reason = drawn.reason or {}
    assert reason["code"] == "bounds_missed"
    assert "outside its bounds" in str(reason["faults"])


# -- the parts ---------------------------------------------------------------------------------------------------------


def test_a_unit_may_leave_only_if_nothing_is_cut_off() -> None:
    # 0-1-2-3 in a row: the centre at 0; 1 holds 2 and 3
    task = Territories(
        np.ones((5, 2)),
        np.ones((5, 1)),
        np.zeros((2, 1)),
        np.full((2, 1), 5.0),
        2,
        links=np.array([[0, 1], [1, 2], [2, 3], [3, 4]]),
        own=np.array([0, 4]),
    )
    division = Division(Terrain(task), np.arange(2), np.array([0, 0, 0, 0, 1]), 1.0)
    assert [removable(division, u) for u in (1, 2, 3)] == [False, False, True]
    assert sorted(severed(division, 1)) == [1, 2, 3]
    division.assign(np.array([0, 1, 0, 0, 1]))
    assert division.scattered().tolist() == [1, 2, 3]
    attach(division)
    assert not len(division.scattered())


def test_gains_are_what_a_move_changes() -> None:
    task = made(6, 5, 3, 5, tolerance=0.02)
    task = replace(task, before=np.arange(30) % 3, budgets=(Budget(task.amounts[:, 0], 30.0),))
    rng = np.random.default_rng(0)
    division = Division(Terrain(task), np.array([0, 14, 29]), rng.integers(0, 3, 30), 7.0)
    units, to = division.steps()
    gains = division.gains(units, to)
    for u, t, gain in list(zip(units.tolist(), to.tolist(), gains.tolist(), strict=True))[::5]:
        before, here = division.value, int(division.place[u])
        assert division.gain_of(np.array([u]), t) == pytest.approx(gain)
        division.move(u, t)
        assert before - division.value == pytest.approx(gain)
        division.move(u, here)


@pytest.mark.parametrize("linked", [True, False])
def test_annealing_evens_loads_and_keeps_territories_in_one_piece(linked: bool) -> None:
    task = made(12, 10, 4, 3, tolerance=0.1, metrics=1)
    task = task if linked else replace(task, links=None)
    division = Division(Terrain(task), np.array([0, 11, 108, 119]), np.arange(120) // 12 // 3, 50.0)
    attach(division)
    before = division.missing
    seen: list[float] = []
    found = anneal(division, np.random.default_rng(0), lambda: 0.0, keep=lambda d: seen.append(d.missing), sweeps=30.0)
    assert 0 < found.made <= found.weighed
    assert seen[-1] == division.missing < before
    assert not len(division.scattered())
    again = Division(division.terrain, division.seat, division.place, 1.0)
    assert (again.loads == pytest.approx(division.loads)) and (again.size == division.size).all()


def test_annealing_stops_when_told() -> None:
    task = made(6, 5, 2, 0, metrics=1)
    division = Division(Terrain(task), np.array([0, 29]), np.arange(30) // 15, 1.0)
    assert anneal(division, np.random.default_rng(0), lambda: 1.0, keep=lambda _: None).made == 0


def test_two_moves_at_once_where_one_alone_would_miss_more() -> None:
    # 5 and 4 beside 4 and 4: only the 5 for a 4 makes them 8 and 9
    task = Territories(
        np.ones((4, 2)),
        np.array([[5.0], [4.0], [4.0], [4.0]]),
        np.full((2, 1), 8.0),
        np.array([[8.0], [9.0]]),
        2,
    )
    division = Division(Terrain(task), np.arange(2), np.array([0, 0, 1, 1]), 1.0)
    assert division.missing > 0
    assert exchange(division)
    assert division.missing == 0
    assert not exchange(division)


def test_only_units_of_a_zone_change_territory() -> None:
    task = made(8, 6, 2, 1, tolerance=0.02, metrics=1)
    division = Division(Terrain(task), np.array([0, 47]), np.arange(48) // 30, 100.0)
    assert division.missing > 0
    zone = (np.arange(48) >= 16) & (np.arange(48) < 40)
    found = Region(division, np.arange(2), zone=zone).solve(20.0, 50)
    assert found.place is not None
    assert (found.place != division.place)[zone].any()
    assert not (found.place != division.place)[~zone].any()
    division.assign(found.place)
    assert not len(division.scattered())


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("table", [True, False])
def test_the_bound_for_centres_anywhere_is_below_every_plan(
    seed: int, table: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(medians, "AREAS", 1 + seed % 3)  # each unit looks at few candidates, or at all
    task = replace(made(3, 2, 2, seed, metrics=1, tolerance=0.3), links=None)
    rng = np.random.default_rng(seed)
    place = rng.uniform(0, 9, (task.n, 2))
    ways = Distances(place, place, rng.uniform(1, 3, task.n), 1.0)
    task = replace(task, cost=ways.of(np.arange(task.n)[:, None], np.arange(task.n)) if table else ways)
    best = best_of_all(task)
    bound = medians.medians_bound(task, Watch(Limits(time=None)), np.array([0, 5]), best)
    assert bound <= best + 1e-9
    assert bound >= 0.3 * best


def test_every_part_of_the_map_gets_its_seats() -> None:
    task = made(6, 6, 4, 0, metrics=1)
    assert task.links is not None
    cut = replace(task, links=task.links[~((task.links < 9).any(axis=1) & (task.links >= 9).any(axis=1))])
    terrain = Terrain(cut)
    assert terrain.parts == len(np.unique(terrain.part))
    wanted = territories_of_parts(terrain)
    assert wanted.sum() == 4
    for seed in range(4):
        found = seeds(terrain, np.random.default_rng(seed))
        assert len(set(found.tolist())) == 4
        assert np.bincount(terrain.part[found], minlength=terrain.parts).tolist() == wanted.tolist()


def test_without_metrics_parts_of_the_map_get_seats_by_their_units() -> None:
    place = np.concatenate([np.arange(8.0), 100 + np.arange(4.0)])
    links = np.array([(i, i + 1) for i in range(11) if i != 7])
    none = np.zeros((12, 0))
    task = Territories(np.abs(place[:, None] - place), none, none, none, 3, links, np.arange(12))
    assert territories_of_parts(Terrain(task)).tolist() == [2, 1]
    found = draw(task, Limits(time=None, work=1.0))
    truth = 2 * (1 + 2 + 1 + 0) + (1 + 2 + 1 + 0)  # three runs of four, each around one of its middle two
    assert (found.cost, judge(task, found.centre).faults) == (truth, ())


def test_the_steps_of_a_bound_end_with_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    task = made(6, 6, 4, 0, metrics=1)
    monkeypatch.setattr(lagrangian, "MOST_PAIRS", 0)
    little, much = (lagrangian.bound(task, Watch(Limits(time=None)), work=work)[0] for work in (1e-9, np.inf))
    assert little < much


def test_exchanges_end_where_none_gains() -> None:
    rng = np.random.default_rng(0)
    place = rng.uniform(0, 10, (12, 2))
    cost = np.hypot(*(place[:, None] - place).transpose(2, 0, 1))
    found = interchanged(cost, np.array([0, 1, 2]))
    total = cost[:, found].min(axis=1).sum()
    for r, j in product(range(3), range(12)):
        other = found.copy()
        other[r] = j
        assert cost[:, other].min(axis=1).sum() >= total - 1e-9
