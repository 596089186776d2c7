"""Patterns of knapsacks: exact knapsacks, bounds that no plan beats, and plans that hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver.evaluate import evaluate
from solver.knapsack import best_patterns, capacities
from solver.limits import Limits, Watch
from solver.linear import linear_model, pair_list
from solver.methods.backend import run
from solver.patterns import LAST, Patterns, settle
from solver.problem import Problem, Spread, load_rows
from solver.solve import solve
from tests.solver.test_descent import gap_problem
from tests.thorough import times

WATCH = Watch(Limits(time=None))
MOST = 10_000_000


@st.composite
def knapsacks(draw: st.DrawFn) -> Problem:
    """Draw a problem of a few leads and reps with one capacity each, which may have no plan."""
    rng = np.random.Generator(np.random.PCG64(draw(st.integers(0, 2**31))))
    n, m = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    weight = rng.integers(0, 8, (n, m)) * draw(st.sampled_from([0.25, 1.0, 3.0]))
    score = rng.integers(-9, 10, (n, m)) / draw(st.sampled_from([1.0, 7.0]))
    base = rng.integers(0, 3, m).astype(float)
    upper = base + rng.integers(0, 9, m) * draw(st.sampled_from([0.5, 2.0]))
    problem = Problem.from_arrays(
        score,
        eligible=rng.random((n, m)) < 0.8,
        rows=(load_rows(weight, base=base, upper=upper),),
        required=rng.random(n) < draw(st.sampled_from([0.0, 0.5, 1.0])),
    )
    family = np.sort(rng.integers(0, n, n)) if draw(st.booleans()) else np.arange(n)
    return replace(problem, item=np.unique(family, return_inverse=True)[1], unassigned=-rng.integers(0, 3, n) / 2.0)


def best_value(problem: Problem) -> float:
    """Return the points of the best plan by trying all; -inf: there is none."""
    best = -np.inf
    for owners in product(range(-1, problem.m), repeat=problem.n_items):
        value = evaluate(problem, np.array(owners)[problem.item])
        if value.feasible:
            best = max(best, value.objective)
    return best


@settings(max_examples=times(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**31), st.integers(1, 8), st.integers(1, 4))
def test_every_pattern_is_the_best_set_that_fits(seed: int, items: int, reps: int) -> None:
    rng = np.random.Generator(np.random.PCG64(seed))
    profit = rng.normal(size=(reps, items))
    profit[rng.random((reps, items)) < 0.2] = -np.inf
    weight, room = rng.integers(0, 9, (reps, items)), rng.integers(0, 20, reps)
    taken, worth = best_patterns(profit, weight, room)
    subsets = np.array(list(product([False, True], repeat=items)))
    for rep in range(reps):
        assert np.isclose(profit[rep, taken[rep]].sum(), worth[rep])
        assert weight[rep, taken[rep]].sum() <= room[rep]
        fits = subsets[(subsets @ weight[rep]) <= room[rep]]
        assert np.isclose(worth[rep], max(profit[rep, each].sum() for each in fits))


@settings(max_examples=times(80), deadline=None, suppress_health_check=list(HealthCheck))
@given(knapsacks(), st.integers(0, 2**31))
def test_no_plan_beats_the_bound_of_any_prices(problem: Problem, seed: int) -> None:
    task = capacities(problem, MOST)
    assert task is not None
    best = best_value(problem)
    rng = np.random.Generator(np.random.PCG64(seed))
    price = rng.normal(scale=3.0, size=problem.n_items)
    price = np.where(problem.required_items, price, np.maximum(price, 0.0))
    once = settle(task, problem.required_items, price, 1, WATCH)
    more = settle(task, problem.required_items, price, 40, WATCH)
    assert more.bound <= once.bound
    assert problem.offset() + more.bound >= best - 1e-9
    pairs = pair_list(problem)
    patterns = Patterns(problem, task, linear_model(problem, pairs), price, WATCH)
    assert patterns.bound >= best
    plan = patterns.first(WATCH)
    if plan is not None:
        assert evaluate(problem, plan).feasible
        assert evaluate(problem, plan).objective == patterns.objective <= best + 1e-9
    if problem.m <= LAST:  # the mixed-integer model decides all at once
        assert (plan is None) == np.isneginf(best)
        assert plan is None or patterns.objective >= best - 1e-6


def test_loads_are_made_whole_and_rooms_are_never_too_small() -> None:
    weight = np.array([[0.2, 0.4], [0.6, 1.0]])
    problem = Problem.from_arrays(np.ones((2, 2)), rows=(load_rows(weight, upper=[0.7, 0.6 - 1e-12], base=[0.1, 0]),))
    task = capacities(problem, MOST)
    assert task is not None
    assert task.weight.tolist() == [[1, 3], [2, 5]]
    assert task.room.tolist() == [3, 3]
    assert capacities(problem, 15) is None  # 2 x 2 x 4 numbers


def test_other_rows_are_left_to_other_methods() -> None:
    score, weight = np.ones((3, 2)), np.arange(6.0).reshape(3, 2)
    good = load_rows(weight, upper=5.0)
    problem = Problem.from_arrays(score, rows=(good,))
    assert capacities(problem, MOST) is not None
    others = [
        (),
        (good, good),
        (load_rows(weight, upper=5.0, rate=1.0),),
        (load_rows(weight, upper=5.0, lower=1.0),),
        (load_rows(weight),),
        (load_rows(weight - 1.0, upper=5.0),),
        (load_rows(weight + 1 / 3, upper=5.0),),
        (load_rows(weight, upper=-1.0),),
        (replace(good, weights=np.eye(2)),),
    ]
    for rows in others:
        assert capacities(replace(problem, rows=rows), MOST) is None
    assert capacities(replace(problem, spreads=(Spread("s", np.zeros(3, dtype=np.int64), 1.0),)), MOST) is None


@pytest.mark.parametrize("workers", [1, 2])
def test_dives_improve_a_plan_and_repeat(workers: int) -> None:
    problem = gap_problem(4, jobs=40, agents=10)
    model = linear_model(problem, pair_list(problem))
    duals = run(model, "GLOP", 60.0).duals[: problem.n_items]
    found = []
    for _ in range(2):
        watch = Watch(Limits(time=None, work=3, workers=workers, seed=3))
        patterns = Patterns.of(problem, model, duals, watch)
        assert patterns is not None
        first = patterns.first(watch)
        assert first is not None
        before = patterns.objective
        assert before <= patterns.bound
        patterns.improve(first, watch, patterns.bound)
        assert before <= patterns.objective <= patterns.bound
        assert patterns.owner is not None
        value = evaluate(problem, patterns.owner)
        assert value.feasible
        assert value.objective == patterns.objective >= patterns.bound - 0.05 * abs(patterns.bound)
        found.append(patterns.owner)
    assert np.array_equal(*found)


def test_a_small_limit_leaves_patterns_out() -> None:
    problem = gap_problem(4, jobs=80, agents=10)
    model = linear_model(problem, pair_list(problem))
    prices = np.zeros(problem.n_items)
    assert Patterns.of(problem, model, prices, Watch(Limits(time=0.05))) is None
    assert Patterns.of(problem, model, prices, Watch(Limits(time=None, work=0.05))) is None
    few = gap_problem(4, jobs=80, agents=4)
    assert Patterns.of(few, linear_model(few, pair_list(few)), prices, WATCH) is None


def test_solve_reports_the_pattern_bound_as_one_by_search() -> None:
    problem = gap_problem(6, jobs=42, agents=10)
    limits = Limits(time=None, work=2, gap=0.1, workers=1)
    result, again = solve(problem, limits), solve(problem, limits)
    assert result.plan is not None
    assert again.plan is not None
    assert np.array_equal(result.plan.owner, again.plan.owner)
    assert result.objective is not None
    assert result.bound is not None
    assert result.certified_bound is not None
    assert result.objective <= result.bound < result.certified_bound
    assert result.bound_by == "search"
