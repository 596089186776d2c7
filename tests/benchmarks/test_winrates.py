"""The estimator of win rates: it shrinks by what the data say, and finds the rates behind simulated deals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betaln

from benchmarks.winrates import STRONGEST, prior_strength, shrink, win_rates
from solver.pairs import Floats


def simulated(strength: float, deals: Floats, seed: int, mean: float = 0.6) -> tuple[Floats, Floats]:
    """Draw a rate for each cell from the prior, then its wins; return both."""
    rng = np.random.Generator(np.random.PCG64(seed))
    rate = rng.beta(strength * mean, strength * (1 - mean), deals.shape)
    return rate, rng.binomial(deals.astype(np.int64), rate).astype(np.float64)


@pytest.mark.parametrize("strength", [5.0, 40.0])
def test_finds_the_strength_behind_simulated_deals(strength: float) -> None:
    deals = np.full(4000, 30.0)
    _, wins = simulated(strength, deals, seed=1)
    assert prior_strength(wins, deals, 0.6) == pytest.approx(strength, rel=0.12)


def test_comes_closer_to_the_true_rates_than_raw_or_pooled_ones() -> None:
    deals = np.random.Generator(np.random.PCG64(2)).integers(1, 40, 600).astype(np.float64)
    rate, wins = simulated(20.0, deals, seed=3)
    estimate, _ = shrink(wins, deals, wins.sum() / deals.sum())

    def error(found: Floats | float) -> float:
        return float(((found - rate) ** 2).mean())

    assert error(estimate) < 0.9 * min(error(wins / deals), error(wins.sum() / deals.sum()))


def test_is_at_least_as_likely_as_any_strength_on_a_grid() -> None:
    deals = np.array([3.0, 8, 20, 50, 50])
    wins = np.array([0.0, 6, 9, 40, 22])
    mean = wins.sum() / deals.sum()

    def likelihood(s: float) -> float:
        a, b = s * mean, s * (1 - mean)
        return float((betaln(a + wins, b + deals - wins) - betaln(a, b)).sum())

    found = likelihood(prior_strength(wins, deals, mean))
    assert all(found >= likelihood(s) - 1e-9 for s in np.geomspace(0.2, 1e4, 300))


def test_shrinks_small_cells_more() -> None:
    deals = np.array([4.0, 40.0, 400.0, 50.0, 60.0])
    wins = np.array([3.0, 30.0, 300.0, 10.0, 20.0])  # the first three all won three in four
    mean = wins.sum() / deals.sum()  # 363 / 554 = 0.655
    rate, strength = shrink(wins, deals, mean)
    assert strength < STRONGEST
    assert mean < rate[0] < rate[1] < rate[2] < 0.75


def test_the_rate_is_the_posterior_mean() -> None:
    deals, wins = np.array([10.0, 20.0, 40.0]), np.array([2.0, 15.0, 20.0])
    rate, s = shrink(wins, deals, 0.5)
    # Beta(s/2, s/2) after 2 wins in 10 deals: (2 + s/2) / (10 + s)
    assert rate[0] == pytest.approx((2 + s / 2) / (10 + s))


def test_results_that_differ_by_chance_alone_are_all_pooled() -> None:
    deals = np.full((3, 4), 20.0)
    wins = np.full((3, 4), 12.0)  # less spread than coins have
    rates = win_rates(wins, deals)
    assert rates.agent_strength == pytest.approx(STRONGEST)
    assert rates.cell == pytest.approx(np.full((3, 4), 0.6), abs=1e-3)


def test_without_deals_an_agent_has_the_pooled_rate_and_a_cell_the_agents() -> None:
    deals = np.array([[40.0, 0.0], [10.0, 30.0], [0.0, 0.0]])
    wins = np.array([[36.0, 0.0], [3.0, 8.0], [0.0, 0.0]])
    rates = win_rates(wins, deals)
    pooled = 47 / 80
    assert rates.pooled == pytest.approx(pooled)
    assert rates.agent[2] == pytest.approx(pooled)
    assert rates.cell[2] == pytest.approx(pooled)
    assert rates.cell[0, 1] == pytest.approx(rates.agent[0])
    assert rates.agent[1] < pooled < rates.agent[0] < 0.9


@pytest.mark.parametrize(
    ("wins", "deals"),
    [([[0.0]], [[0.0]]), ([[5.0]], [[5.0]]), ([[0.0]], [[5.0]]), ([[3.0]], [[2.0]]), ([[-1.0]], [[2.0]])],
)
def test_refuses_what_holds_no_rate(wins: list[list[float]], deals: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"wins must|at least one deal"):
        win_rates(np.array(wins), np.array(deals))
