"""The repair: never worse, the same by seed whatever the threads do, and right about tight knapsacks."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios.generate import generate
from solver.compile import compile_scenario
from solver.dual import dual_bound
from solver.evaluate import evaluate
from solver.limits import Limits, Progress, Watch
from solver.linear import linear_model, pair_list
from solver.methods.backend import branch, run
from solver.methods.exact import search
from solver.methods.rounding import row_costs
from solver.pairs import Floats, Ints
from solver.problem import Problem
from solver.repair import Repair, restrict
from tests.solver.test_descent import gap_problem


def repaired(
    problem: Problem, limits: Limits, *, duals: bool = True, start: Ints | None = None
) -> tuple[Repair, Floats, list[float]]:
    """Relax, repair, and return it with the shares of the relaxation and the incumbents on the way."""
    pairs = pair_list(problem)
    model = linear_model(problem, pairs)
    relaxed = run(model, "GLOP", 60.0)
    told: list[float] = []

    def listen(progress: Progress) -> None:
        assert progress.incumbent is not None
        told.append(progress.incumbent)

    bound = dual_bound(problem, model.prices(problem, relaxed.duals))
    repair = Repair(
        problem,
        model,
        pairs.score - row_costs(model, relaxed.duals, problem.n_items),
        Watch(limits, listen),
        bound,
        np.random.Generator(np.random.PCG64(limits.seed)),
        patience=12,
        duals=relaxed.duals if duals else None,
    )
    repair.run(relaxed.values[: len(pairs)], start)
    return repair, relaxed.values[: len(pairs)], told


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("duals", [True, False])
def test_it_is_near_the_optimum_of_tight_knapsacks(workers: int, duals: bool) -> None:
    problem = gap_problem(3, jobs=14, agents=3)
    limits = Limits(time=None, work=20, workers=workers)
    repair, _, told = repaired(problem, limits, duals=duals)
    assert repair.owner is not None
    value = evaluate(problem, repair.owner)
    assert value.feasible
    assert value.objective == repair.objective
    assert told == sorted(told)
    assert told[-1] == repair.objective
    best = search(problem, repair.model, Watch(Limits(time=60)), repair.owner, repair.bound)
    assert best.stopped_by == "proof"
    assert repair.objective <= best.bound + 1e-6
    assert repair.objective >= best.bound - 0.01 * abs(best.bound)


def test_threads_do_not_change_the_plan() -> None:
    problem = compile_scenario(generate("cycle", leads=60, reps=5, seed=4)).problem
    limits = Limits(time=None, work=1.5, workers=2, seed=5)
    (first, *_), (second, *_) = repaired(problem, limits), repaired(problem, limits)
    assert first.owner is not None
    assert second.owner is not None
    assert np.array_equal(first.owner, second.owner)


def test_a_plan_to_begin_with_is_never_made_worse() -> None:
    problem = gap_problem(1, jobs=30, agents=3)
    start, *_ = repaired(problem, Limits(time=None, work=2))
    assert start.owner is not None
    again, _, told = repaired(problem, Limits(time=None, work=3, seed=9), start=start.owner)
    assert again.objective >= start.objective
    assert all(objective > start.objective for objective in told)


def test_branch_says_when_nothing_is_better_and_what_a_limit_leaves_open() -> None:
    small = gap_problem(0, jobs=12, agents=3)
    model = linear_model(small, pair_list(small))
    best = branch(model, 60.0)
    assert best.status == "optimal"
    assert branch(model, 60.0, least=best.objective + 0.5).status == "infeasible"
    again = branch(model, 60.0, least=best.objective - 0.5)
    assert again.status == "optimal"
    assert abs(again.objective - best.objective) < 1e-6
    hard = gap_problem(7, jobs=60, agents=6)
    stopped = branch(linear_model(hard, pair_list(hard)), 60.0, nodes=1)
    assert stopped.status in ("feasible", "nothing")
    assert stopped.bound >= stopped.objective


def test_restricting_keeps_what_is_fixed_in_the_sums() -> None:
    problem = gap_problem(2, jobs=10, agents=3)
    model = linear_model(problem, pair_list(problem))
    whole = branch(model, 60.0)
    taken = whole.values[: len(model.pairs)] > 0.5
    free = model.pairs.item < 5
    nothing, _ = restrict(model, np.zeros_like(taken), taken)
    assert branch(nothing, 60.0).objective == pytest.approx(whole.objective)
    assert branch(nothing, 60.0, least=whole.objective + 1.0).status == "infeasible"
    part, columns = restrict(model, free, taken & ~free)
    assert np.array_equal(columns[: int(free.sum())], np.flatnonzero(free))
    assert abs(branch(part, 60.0).objective - whole.objective) < 1e-6
