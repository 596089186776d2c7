"""Prices, the dive and the trades: the bound is a bound, the shortcuts change nothing, and plans only get better."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import solver.prices as prices_module
from scenarios.generate import generate
from scenarios.model import Scenario
from scenarios.planted import plant
from solver import Limits, Problem, load_rows
from solver import profiles as profiles_module
from solver.compile import compile_scenario
from solver.dive import OPEN, dive
from solver.dual import best_two, dual_bound, near_pairs, net_scores, no_prices, over_blocks
from solver.evaluate import evaluate
from solver.limits import Watch
from solver.linear import linear_model, pair_list
from solver.methods.backend import run
from solver.methods.priced import PricedMethod, net_of, proves_infeasible
from solver.prices import Smoothed, price, sample
from solver.quadratic import box_minimum
from solver.tiers import stage, tiers_of
from solver.trades import Trades
from tests.oracle import Oracle
from tests.strategies import scenarios
from tests.thorough import times

QUIET = {
    "deadline": None,
    "phases": (Phase.explicit, Phase.generate),
    "suppress_health_check": list(HealthCheck),
}


def random_prices(problem: Problem, rng: np.random.Generator, size: float = 1.0) -> list[np.ndarray]:
    return [block.clip(rng.normal(0.0, size, block.base.shape)) for block in problem.rows]


def plain_net(problem: Problem, prices: list[np.ndarray]) -> np.ndarray:
    """Net scores of all items and reps without any shortcut."""
    everyone = slice(0, problem.n)
    cost = [block.to_reps(p) for block, p in zip(problem.rows, prices, strict=True)]
    return problem.gather(net_scores(problem, everyone, cost), slice(0, problem.n_items), everyone)


@settings(max_examples=times(40), **QUIET)
@given(scenario=scenarios(most_leads=8, most_reps=4), seed=st.integers(0, 10**6))
def test_profiles_give_the_same_net_scores_as_pair_by_pair(scenario: Scenario, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profiles_module, "LEAST_CELLS", 0)
        problem = compile_scenario(scenario).problem
        for tier in tiers_of(problem):
            part = stage(problem, tier, {t: 0.0 for t in tiers_of(problem) if t < tier})
            prices = random_prices(part, np.random.default_rng(seed))
            found = np.full((part.n_items, part.m), -np.inf)
            for items, reps, net in over_blocks(part, prices, lambda b: (b.items, b.reps, b.net.copy())):
                found[np.ix_(items, reps)] = net
            plain = plain_net(part, prices)
            known = np.isfinite(plain)
            assert (np.isfinite(found) == known).all()
            np.testing.assert_allclose(found[known], plain[known], rtol=1e-9, atol=1e-9)


def test_a_large_problem_uses_profiles_and_they_agree() -> None:
    problem = compile_scenario(generate("cycle", leads=6_000, reps=120, seed=3)).problem
    assert len(problem.profiles.leads) > 0
    prices = random_prices(problem, np.random.default_rng(0), 0.1)
    plain = plain_net(problem, prices)
    two = best_two(problem, prices)
    np.testing.assert_allclose(two.net, plain.max(axis=1), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(two.second_net, np.sort(plain, axis=1)[:, -2], rtol=1e-12, atol=1e-12)
    near = near_pairs(problem, prices, np.full(problem.n, 0.5))
    least = np.maximum(plain.max(axis=1), 0.0) - 0.5
    assert len(near.item) == int((plain > least[:, None]).sum())
    np.testing.assert_allclose(near.net, plain[near.item, near.rep], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(net_of(problem, tuple(prices), near.item, near.rep), near.net, rtol=1e-9, atol=1e-9)


@settings(max_examples=times(100), **QUIET)
@given(scenario=scenarios(most_leads=5, most_reps=3), seed=st.integers(0, 10**6))
def test_ten_thousand_random_prices_all_give_valid_bounds(scenario: Scenario, seed: int) -> None:
    """100 scenarios x 100 price vectors, of sizes from tiny to huge, against brute force."""
    truth = Oracle(scenario).truth()
    assume(truth is not None)
    problem = compile_scenario(scenario).problem
    rng = np.random.default_rng(seed)
    for tier in tiers_of(problem):
        part = stage(problem, tier, {t: p for t, p in truth.tiers.items() if t < tier})
        best = truth.tiers[tier]
        for _ in range(100):
            prices = [rng.normal(0.0, 10.0 ** rng.uniform(-3, 4), b.base.shape) for b in part.rows]
            assert dual_bound(part, prices) >= best - 1e-9 * max(1.0, abs(best))


@pytest.mark.parametrize("family", ["cycle", "counts"])
@pytest.mark.parametrize("size", [(300, 6), (2_000, 30)])
def test_prices_prove_what_the_linear_relaxation_does(family: str, size: tuple[int, int]) -> None:
    problem = compile_scenario(generate(family, leads=size[0], reps=size[1], seed=2)).problem
    relaxed = run(linear_model(problem, pair_list(problem)), "GLOP", 60)
    assert relaxed.status == "optimal"
    priced = price(problem, Watch(Limits(time=60)))
    assert priced.bound >= relaxed.objective - 1e-7 * abs(relaxed.objective)
    assert priced.bound <= relaxed.objective + 2e-4 * abs(relaxed.objective)
    assert abs(dual_bound(problem, priced.prices) - priced.bound) <= 1e-9 * abs(priced.bound)


def test_prices_of_generalised_assignment_prove_its_relaxation() -> None:
    rng = np.random.default_rng(4)
    weight = rng.integers(5, 25, (120, 8)).astype(float)
    cost = 111 - weight + rng.integers(-10, 11, (120, 8))
    problem = Problem.from_arrays(
        -cost, rows=(load_rows(weight, upper=np.floor(0.8 * weight.sum(axis=0) / 8)),), required=True
    )
    relaxed = run(linear_model(problem, pair_list(problem)), "GLOP", 60)
    priced = price(problem, Watch(Limits(time=60)))
    assert relaxed.objective - 1e-6 <= priced.bound <= relaxed.objective + 2e-4 * abs(relaxed.objective)


def test_a_sample_keeps_the_proportions() -> None:
    problem = compile_scenario(generate("cycle", leads=4_000, reps=10, seed=1)).problem
    part = sample(problem, 1_000, seed=0)
    assert part.n_items == 1_000
    for block, whole in zip(part.rows, problem.rows, strict=True):
        finite = np.isfinite(whole.upper)
        np.testing.assert_allclose(block.upper[finite], whole.upper[finite] / 4)
    a, b = price(part, Watch(Limits(time=60))).bound, price(problem, Watch(Limits(time=60))).bound
    assert abs(4 * a - b) <= 0.1 * b


@settings(max_examples=times(50), **QUIET)
@given(st.integers(1, 6), st.integers(0, 10**6))
def test_the_box_minimum_is_one(n: int, seed: int) -> None:
    from scipy import sparse

    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n, n))
    bend = root @ root.T + 0.1 * np.eye(n)
    tilt, low, high = rng.normal(size=n), -rng.random(n), rng.random(n)
    here = box_minimum(sparse.csr_matrix(bend), tilt, low, high)
    value = float(tilt @ here + 0.5 * here @ bend @ here)
    assert (here >= low).all()
    assert (here <= high).all()
    assert value <= 0.0
    for _ in range(200):
        other = low + rng.random(n) * (high - low)
        assert value <= tilt @ other + 0.5 * other @ bend @ other + 0.05 * abs(value)


def test_the_slope_is_that_of_the_smoothed_dual() -> None:
    problem = compile_scenario(generate("cycle", leads=300, reps=6, seed=2)).problem
    smoothed = Smoothed(problem)
    sides, heat = smoothed.sides, 0.05
    here = np.abs(np.random.default_rng(1).normal(0.0, 0.05, len(sides)))
    prices = sides.prices(here)
    held = sides.hold(problem, near_pairs(problem, prices, np.full(problem.n, np.inf)), prices)
    here = sides.of(prices)
    point = smoothed.point(held, sides.bounds, here, heat)
    slope, bend = smoothed.slope(held, sides.bounds, point), smoothed.hessian(held, point, heat)
    for k in range(0, len(sides), 3):
        step = np.zeros(len(sides))
        step[k] = 1e-5
        up, down = (smoothed.point(held, sides.bounds, here + s * step, heat).value for s in (1, -1))
        assert abs((up - down) / 2e-5 - slope[k]) <= 1e-4 * max(1.0, abs(slope[k]))
    assert np.linalg.eigvalsh(bend.toarray()).min() >= -1e-6


def test_the_hessian_is_that_of_the_smoothed_dual(monkeypatch: pytest.MonkeyPatch) -> None:
    """With all shares exactly; with a few that stand for all, prices that move together still meet no resistance."""
    problem = compile_scenario(generate("cycle", leads=400, reps=6, seed=2)).problem
    smoothed = Smoothed(problem)
    sides, heat = smoothed.sides, 0.05
    here = np.abs(np.random.default_rng(1).normal(0.0, 0.05, len(sides))) + 1e-3
    prices = sides.prices(here)
    held = sides.hold(problem, near_pairs(problem, prices, np.full(problem.n, np.inf)), prices)
    here = sides.of(prices)

    def slope(at: np.ndarray) -> np.ndarray:
        return smoothed.slope(held, sides.bounds, smoothed.point(held, sides.bounds, at, heat))

    def bend() -> np.ndarray:
        return smoothed.hessian(held, smoothed.point(held, sides.bounds, here, heat), heat).toarray()

    few = bend()
    monkeypatch.setattr(prices_module, "CHIEF", 0.0)
    whole = bend()
    for k in range(0, len(sides), 3):
        step = np.zeros(len(sides))
        step[k] = 1e-6
        changed = (slope(here + step) - slope(here - step)) / 2e-6
        np.testing.assert_allclose(whole[:, k], changed, rtol=1e-3, atol=1e-3 * np.abs(whole).max())
    together = np.where(np.concatenate([np.full(len(flat), sign) for _, sign, flat in sides.places]) > 0, here, 0.0)
    assert 0.5 < (together @ few @ together) / (together @ whole @ together) < 1.5
    monkeypatch.setattr(prices_module, "CURVED", 50)  # every few items stand for all
    sampled = bend()
    assert 0.5 < np.trace(sampled) / np.trace(whole) < 2.0
    assert np.linalg.eigvalsh(sampled).min() >= -1e-6


def test_diving_and_trading_find_a_planted_plan() -> None:
    planted = plant("hours", leads=3_000, reps=20, seed=1)
    problem = compile_scenario(planted.scenario).problem
    outcome = PricedMethod().solve(problem, Watch(Limits(time=8, gap=0.002)))
    assert outcome.owner is not None
    assert outcome.bound >= planted.objective - 1e-6 * planted.objective
    assert evaluate(problem, outcome.owner).feasible
    assert evaluate(problem, outcome.owner).objective >= 0.995 * planted.objective


def test_a_dive_keeps_what_is_fixed_and_takes_only_eligible_pairs() -> None:
    problem = compile_scenario(generate("cycle", leads=1_500, reps=12, seed=5)).problem
    priced = price(problem, Watch(Limits(time=30)))
    first = dive(problem, priced, Watch(Limits(time=30)))
    fixed = np.where(np.arange(problem.n_items) < 700, first, OPEN)
    again = dive(problem, priced, Watch(Limits(time=30, seed=9)), fixed)
    assert (again[:700] == first[:700]).all()
    net = plain_net(problem, list(no_prices(problem)))
    for place in (first, again):
        taken = np.flatnonzero(place >= 0)
        assert np.isfinite(net[taken, place[taken]]).all()


@pytest.mark.parametrize("family", ["cycle", "realistic"])
def test_trades_only_make_a_plan_better_and_know_what_it_is_worth(family: str) -> None:
    problem = compile_scenario(generate(family, leads=900, reps=9, seed=3)).problem
    if len(tiers_of(problem)) > 1:
        problem = stage(problem, tiers_of(problem)[0], {})
    watch = Watch(Limits(time=60, work=3, workers=2))
    priced = price(problem, watch)
    place = dive(problem, priced, watch)
    smoothed = Smoothed(problem)
    near = near_pairs(problem, priced.prices, np.full(problem.n_items, np.inf))
    trades = Trades(problem, smoothed.sides, smoothed.sides.hold(problem, near, priced.prices), priced, place, watch)
    seen = [trades.objective]
    trades.watch = Watch(watch.limits, listen=lambda progress: seen.append(trades.objective))
    trades.run()
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]
    value = evaluate(problem, trades.place[problem.item])
    assert value.feasible == (not trades.broken)
    if value.feasible:
        assert value.objective == pytest.approx(trades.objective, rel=1e-9)


def test_the_same_seed_and_work_give_the_same_plan() -> None:
    problem = compile_scenario(generate("cycle", leads=1_200, reps=10, seed=6)).problem
    owners = [PricedMethod().solve(problem, Watch(Limits(time=None, work=1.5, seed=5))).owner for _ in range(2)]
    assert owners[0] is not None
    assert (owners[0] == owners[1]).all()


@settings(max_examples=times(40), **QUIET)
@given(scenario=scenarios(most_leads=5, most_reps=3), seed=st.integers(0, 10**6))
def test_what_prices_call_infeasible_is(scenario: Scenario, seed: int) -> None:
    problem = compile_scenario(scenario).problem
    rng = np.random.default_rng(seed)
    prices = tuple(random_prices(problem, rng, 10.0 ** rng.uniform(-2, 4)))
    if proves_infeasible(problem, prices):
        assert Oracle(scenario).truth() is None


def test_rows_that_nobody_can_meet_are_recognised() -> None:
    """Every lead needs an owner and takes 3 hours; there are 200 leads and hours for 150."""
    rng = np.random.default_rng(0)
    problem = Problem.from_arrays(
        rng.random((200, 5)), rows=(load_rows(np.full((200, 5), 3.0), upper=90.0),), required=True
    )
    outcome = PricedMethod().solve(problem, Watch(Limits(time=30)))
    assert outcome.owner is None
    assert outcome.infeasible


def test_trades_mend_a_missed_floor_as_well_as_a_missed_ceiling() -> None:
    """A plan in which one rep has nothing and the others too much: floors and ceilings are both missed by far."""
    rng = np.random.default_rng(3)
    value = rng.lognormal(1.0, 0.5, 200)
    load = np.repeat(value[:, None], 4, axis=1)
    share = value.sum() / 4
    rows = (load_rows(load, lower=0.9 * share, upper=1.1 * share),)
    problem = Problem.from_arrays(rng.random((200, 4)) * value[:, None], rows=rows)
    watch = Watch(Limits(time=60))
    priced = price(problem, watch)
    smoothed = Smoothed(problem)
    near = near_pairs(problem, priced.prices, np.full(problem.n_items, np.inf))
    held = smoothed.sides.hold(problem, near, priced.prices)
    trades = Trades(problem, smoothed.sides, held, priced, np.arange(200) % 3, Watch(Limits(time=60, gap=0.01)))
    assert trades.missed_part > 0.2
    trades.run()
    assert not trades.broken
    assert evaluate(problem, trades.place).feasible


def test_engines_write_nothing_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    problem = compile_scenario(generate("cycle", leads=1_000, reps=25, seed=1)).problem
    PricedMethod().solve(problem, Watch(Limits(time=None, work=2)))
    written = capfd.readouterr()
    assert written.out == ""
    assert written.err == ""
