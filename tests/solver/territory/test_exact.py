"""Exact territories against every division there is, on tiny maps; and the parts of the method, each for itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.limits import Limits, Watch
from solver.pairs import Floats, Ints
from solver.territory import exact as exact_module
from solver.territory.cover import Columns, Covered, Worth, cover
from solver.territory.exact import exact
from solver.territory.gathering import gather, ground_of, packed, parts_fit, unpacked
from solver.territory.holding import holding
from solver.territory.lagrangian import _climb, bound, penalties, priced, relaxed
from solver.territory.problem import Budget, Territories, judge
from solver.territory.separators import last_passed, violated
from tests.thorough import times


def watch(seconds: float = 60.0) -> Watch:
    return Watch(Limits(time=seconds))


def best_of_all(task: Territories) -> tuple[float, Ints | None]:
    """Try every division."""
    least, found = np.inf, None
    for choice in product(range(task.candidates), repeat=task.n):
        centre = np.array(choice)
        verdict = judge(task, centre)
        if verdict.feasible and verdict.cost < least:
            least, found = verdict.cost, centre
    return least, found


@st.composite
def tasks(draw: st.DrawFn) -> Territories:
    """Tiny maps: any links (not always connected), one or two metrics, centres among the units or outside."""
    n = draw(st.integers(3, 6))
    inside = draw(st.booleans())
    candidates = n if inside and n <= 5 else draw(st.integers(2, 3))
    k = draw(st.integers(1, min(candidates, 3)))
    rng = np.random.Generator(np.random.PCG64(draw(st.integers(0, 10_000))))
    metrics = draw(st.integers(1, 2))
    amounts = rng.integers(0 if metrics == 2 else 1, 9, (n, metrics)).astype(np.float64)
    width = draw(st.sampled_from([0.1, 0.3, 0.8]))
    share = amounts.sum(axis=0) / k
    lower = np.tile(np.floor(share * (1 - width)), (candidates, 1))
    upper = np.tile(np.ceil(share * (1 + width)), (candidates, 1))
    if draw(st.booleans()):  # candidates with bounds of their own
        upper += rng.integers(0, 3, upper.shape)
    if draw(st.booleans()):
        lower = np.zeros_like(lower)
    cost = rng.integers(0, 30, (n, candidates)).astype(np.float64)
    if draw(st.booleans()):
        cost[rng.random(cost.shape) < 0.15] = np.inf
    own = rng.permutation(n)[:candidates] if inside else None
    links = None
    if draw(st.booleans()):
        tree = [(int(rng.integers(0, i)), i) for i in range(1, n)]
        more = [(a, b) for a in range(n) for b in range(a) if rng.random() < 0.25]
        links = np.array(tree[draw(st.integers(0, 1)) :] + more, dtype=np.int64).reshape(-1, 2)
    task = Territories(cost, amounts, lower, upper, k, links, own)
    if draw(st.booleans()):
        before = rng.integers(-1, candidates, n)
        budget = Budget(amounts[:, 0], float(np.ceil(amounts[:, 0].sum() * draw(st.sampled_from([0.3, 0.6])))))
        task = replace(task, before=before, budgets=(budget,))
    return task


def assert_true(task: Territories) -> None:
    truth, _ = best_of_all(task)
    found = exact(task, watch())
    if np.isinf(truth):
        assert (found.status, found.centre) == ("infeasible", None)
        assert found.reason is not None
    else:
        assert found.centre is not None
        assert judge(task, found.centre).feasible
        assert found.status == "optimal"
        assert found.cost == pytest.approx(truth)
        assert found.bound <= truth + 1e-9


@given(tasks())
@settings(deadline=None, max_examples=times(60))
def test_the_best_of_all_divisions_is_found_or_none_is_there(task: Territories) -> None:
    assert_true(task)


@given(tasks())
@settings(deadline=None, max_examples=times(40))
def test_the_model_with_separators_alone_finds_the_same(task: Territories) -> None:
    """With a budget whole territories are not asked for: one that binds nothing sends any task to the model."""
    if not task.budgets:
        task = replace(task, before=np.full(task.n, -1), budgets=(Budget(np.ones(task.n), 0.0),))
    assert_true(task)


@given(tasks())
@settings(deadline=None, max_examples=times(60))
def test_bounds_and_penalties_are_never_above_the_truth(task: Territories) -> None:
    truth, plan = best_of_all(task)
    allowed = np.isfinite(task.cost)
    for prices in (bound(task, watch())[1], _climb(task, allowed, watch(), truth)):
        assert prices.bound <= truth + 1e-6
        if plan is not None:
            found = penalties(task, allowed, prices)[np.arange(task.n), plan]
            assert (found <= truth + 1e-6).all()


@given(tasks())
@settings(deadline=None, max_examples=times(60))
def test_what_is_ruled_out_is_in_no_plan(task: Territories) -> None:
    _, plan = best_of_all(task)
    held = holding(task, watch())
    assert held.reason is None or plan is None
    if plan is not None:
        same = plan[:, None] == plan
        assert (held.ground.together | ~same).all()
        assert held.allowed[np.arange(task.n), plan].all()


def test_a_start_is_kept_when_nothing_is_better() -> None:
    task = line(4)
    truth, plan = best_of_all(task)
    found = exact(task, watch(), plan)
    assert (found.status, found.cost) == ("optimal", truth)
    nonsense = exact(task, watch(), np.zeros(4, dtype=np.int64))  # all in one: too much
    assert (nonsense.status, nonsense.cost) == ("optimal", truth)


def line(n: int, k: int = 2) -> Territories:
    """Units of 1 in a row; square distances."""
    cost = (np.arange(n)[:, None] - np.arange(n)) ** 2.0
    links = np.stack([np.arange(n - 1), np.arange(1, n)], axis=1)
    share = n // k
    bounds = np.full((n, 1), float(share))
    return Territories(cost, np.ones((n, 1)), bounds, bounds, k, links, np.arange(n))


def test_a_row_is_cut_in_the_middle() -> None:
    found = exact(line(10), watch())
    # five units around their middle: 4 + 1 + 0 + 1 + 4, twice
    assert (found.status, found.cost, found.stopped_by) == ("optimal", 20.0, "proof")
    assert found.centre is not None
    assert found.centre.tolist() == [2] * 5 + [7] * 5


def test_more_than_64_units() -> None:
    found = exact(line(90, 18), watch())
    assert (found.status, found.cost) == ("optimal", 18 * 10.0)


def test_reasons_why_there_is_no_plan() -> None:
    # 5 - 1 - 5 - 1 - 4 in a row, two territories of exactly 8: nothing with the first is 8 (5, 6, 11)
    amounts = np.array([[5.0], [1.0], [5.0], [1.0], [4.0]])
    task = replace(line(5), amounts=amounts, lower=np.full((5, 1), 8.0), upper=np.full((5, 1), 8.0))
    alone = exact(task, watch())
    assert alone.status == "infeasible"
    assert alone.reason is not None
    assert alone.reason["code"] == "no_territory"
    assert (alone.reason["lower"], alone.reason["upper"]) == (8.0, 8.0)
    # a star: its middle of 2 and arms of 2, 2 and 4, k = 2 of 5: no arm but the heaviest is left over whole
    star = Territories(
        np.ones((4, 4)),
        np.array([[2.0], [2.0], [2.0], [4.0]]),
        np.full((4, 1), 4.0),
        np.full((4, 1), 6.0),
        2,
        np.array([[0, 1], [0, 2], [0, 3]]),
        np.arange(4),
    )
    assert exact(star, watch()).cost == 4.0
    split = exact(replace(star, upper=np.full((4, 1), 5.5)), watch())
    assert split.status == "infeasible"
    assert split.reason is not None
    assert split.reason["code"] == "rest_divides_not"


def test_the_time_over_leaves_what_is_known() -> None:
    task = line(40, 4)
    start = np.repeat([0, 10, 20, 30], 10)
    stopped = exact(task, Watch(Limits(time=60), cancelled=lambda: True), start)
    assert stopped.status in ("feasible", "optimal")
    assert stopped.bound <= 4 * (2 * (1 + 4 + 9 + 16) + 25)
    assert stopped.centre is not None


def test_too_many_pairs_leave_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_module, "MOST_PAIRS", 10)
    found = exact(line(10), watch())
    assert (found.status, found.method) == ("no_plan_found", "prices")
    assert 0 < found.bound <= 20.0


def test_every_set_in_one_piece_is_gathered_once() -> None:
    rng = np.random.default_rng(3)
    links = np.array([(a, b) for a in range(9) for b in range(a) if rng.random() < 0.35])
    amounts = rng.integers(1, 9, (9, 2)).astype(np.float64)
    task = Territories(np.ones((9, 9)), amounts, np.zeros((9, 2)), np.ones((9, 2)), 2, links)
    ground = ground_of(task)
    lower, upper = np.array([8.0, 0.0]), np.array([20.0, 25.0])
    found = gather(ground, 4, np.ones(9, dtype=bool), lower, upper, watch(), most_states=10_000)
    expected = set()
    for choice in product((False, True), repeat=9):
        inside = np.array(choice)
        load = amounts[inside].sum(axis=0)
        if not inside[4] or (load < lower).any() or (load > upper).any():
            continue
        reached = np.arange(9) == 4
        for _ in range(9):
            reached |= (ground.near[reached].any(axis=0)) & inside
        if (reached == inside).all():
            expected.add(choice)
    assert found.complete
    assert len(found.members) == len(expected) > 5
    assert {tuple(row) for row in found.members.tolist()} == expected
    few = gather(ground, 4, np.ones(9, dtype=bool), lower, upper, watch(), most_states=3)
    assert not few.complete


def test_bits_and_back() -> None:
    sets = np.random.default_rng(0).random((5, 130)) < 0.5
    assert packed(sets).shape == (5, 3)
    assert (unpacked(packed(sets), 130) == sets).all()


def test_a_rest_in_parts_is_counted_part_by_part() -> None:
    near = line(5).graph.toarray() > 0
    middle = np.array([[False, False, True, False, False]])
    amounts = np.full((5, 1), 2.0)
    three = np.array([3.0]), np.array([5.0])
    assert parts_fit(near, middle, amounts, 2, *three).tolist() == [True]  # 4 and 4
    assert parts_fit(near, middle, amounts, 1, *three).tolist() == [False]
    assert parts_fit(near, middle, amounts, 2, np.array([5.0]), np.array([9.0])).tolist() == [False]


def covered(task: Territories, sets: list[list[int]], limit: float = np.inf, unit: Floats | None = None) -> Covered:
    """Cover a map by territories of given units, each with its cheapest candidate, and one more."""
    members = np.array([[u in units for u in range(task.n)] for units in sets]).reshape(-1, task.n)
    total = members @ task.matrix
    columns = Columns(members, total.argmin(axis=1), total.min(axis=1, initial=np.inf))
    prices = priced(task, np.isfinite(task.matrix), np.zeros(task.n) if unit is None else unit)
    worth = Worth(prices.unit, prices.weights(task, np.isfinite(task.matrix)), prices.value, prices.value)
    return cover(task, ground_of(task), np.isfinite(task.matrix), columns, worth, limit, watch())


def test_what_the_given_territories_leave_over_is_the_last() -> None:
    # 0 - 1 - 2 - 3, two territories of 1 to 3 units; candidate 0 is cheap for 0 and 1, candidate 1 for 2 and 3
    cost = np.array([[1.0, 9.0], [1.0, 9.0], [9.0, 1.0], [9.0, 1.0]])
    bounds = np.ones((2, 1))
    links = np.array([[0, 1], [1, 2], [2, 3]])
    task = Territories(cost, np.ones((4, 1)), bounds, 3 * bounds, 2, links)
    found = covered(task, [[0, 1], [0], [1]])
    assert found.centre is not None
    assert (found.centre.tolist(), found.cost, found.complete) == ([0, 0, 1, 1], 4.0, True)
    one = covered(task, [[0], [1]])  # what 1 leaves over is in two pieces
    assert one.centre is not None
    assert (one.centre.tolist(), one.cost) == ([0, 1, 1, 1], 12.0)
    none = covered(task, [[0]], limit=1.0)
    assert none.centre is None  # none so cheap
    assert none.complete
    assert covered(task, []).centre is None
    assert covered(replace(task, upper=bounds), [[0, 1]]).centre is None


@given(tasks(), st.integers(0, 10_000))
@settings(deadline=None, max_examples=times(60))
def test_all_territories_but_the_dearest_are_enough_for_the_best_plan(task: Territories, seed: int) -> None:
    task = replace(task, before=None, budgets=())
    truth, plan = best_of_all(task)
    if plan is None:
        return
    rng = np.random.default_rng(seed)
    unit = rng.integers(0, 20, task.n).astype(np.float64)
    allowed = np.isfinite(task.matrix)
    prices = priced(task, allowed, unit)
    worth = Worth(unit, prices.weights(task, allowed), prices.value, prices.value)
    drawn = np.unique(plan)
    members = plan == drawn[:, None]
    cost = np.array([task.matrix[units, j].sum() for units, j in zip(members, drawn.tolist(), strict=True)])
    kept = np.arange(len(drawn)) != int((cost - members @ unit).argmax())
    columns = Columns(members[kept], drawn[kept], cost[kept])
    found = cover(task, ground_of(task), allowed, columns, worth, truth + 1e-9, watch())
    assert found.cost == pytest.approx(truth)
    assert found.centre is not None
    assert judge(task, found.centre).feasible


def test_what_every_way_passes() -> None:
    # 0 - 1 - 2 - 3 with 1 - 4 - 2 beside it: from 0 all pass 1, and to 3 all pass 2
    near = [[1], [0, 2, 4], [1, 3, 4], [2], [1, 2]]
    assert last_passed(near, np.ones(5, dtype=bool), 0) == {1: 0, 2: 1, 4: 1, 3: 2}
    closed = np.array([True, True, False, True, True])
    assert last_passed(near, closed, 0) == {1: 0, 4: 1}


def test_separators_cut_off_what_is_apart_and_nothing_else() -> None:
    task = line(5)
    near = [np.flatnonzero(row).tolist() for row in task.graph.toarray() > 0]
    allowed = np.ones((5, 5), dtype=bool)
    centre = np.array([0, 3, 3, 3, 0])
    cuts = violated(task, near, allowed, centre)
    assert [(c.candidate, c.apart) for c in cuts] == [(0, (4,))] * len(cuts)
    assert cuts[0].through == ()  # the way from 0 to 4 holds 5 units; no territory holds more than 2
    wide = replace(task, upper=np.full((5, 1), 9.0))
    assert {c.through for c in violated(wide, near, allowed, centre)} == {(1,), (3,)}
    assert violated(task, near, allowed, np.array([0, 0, 3, 3, 3])) == []


def test_prices_by_steps_come_near_those_of_the_linear_relaxation() -> None:
    rng = np.random.default_rng(1)
    place = rng.random((30, 2))
    cost = ((place[:, None] - place) ** 2).sum(axis=2)
    bounds = np.array([np.full((30, 1), 9.0), np.full((30, 1), 11.0)])
    task = Territories(cost, np.ones((30, 1)), bounds[0], bounds[1], 3, None, np.arange(30))
    allowed = np.ones((30, 30), dtype=bool)
    linear = relaxed(task, allowed, watch()).bound
    steps = _climb(task, allowed, watch(), np.inf).bound
    assert linear * 0.97 <= steps <= linear + 1e-9
