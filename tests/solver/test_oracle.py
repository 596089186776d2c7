"""The solver against brute force, over all rules and goals."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings

from scenarios.model import Scenario
from solver import Limits, check, judge, solve
from tests.oracle import Oracle
from tests.strategies import scenarios
from tests.thorough import times

PHASES = (Phase.explicit, Phase.generate)  # a failing scenario is small already; shrinking takes minutes
LIMITS = Limits(time=60, workers=1)


def agree(a: float, b: float) -> bool:
    return abs(a - b) <= 2e-6 * max(1.0, abs(a), abs(b))


def assert_matches_truth(scenario: Scenario) -> None:
    oracle = Oracle(scenario)
    truth = oracle.truth()
    result = solve(scenario, LIMITS)
    if truth is None:
        assert result.status == "infeasible"
        return
    assert result.status == "optimal", (result.status, result.objective, result.bound, truth.tiers)
    assert result.plan is not None
    found = {t.tier: t.objective for t in result.plan.tiers}
    assert found.keys() == truth.tiers.keys()
    for tier in result.plan.tiers:
        best = truth.tiers[tier.tier]
        assert agree(tier.objective, best), (tier.tier, tier.objective, tier.bound, best, truth.tiers)
        assert tier.bound >= best - 1e-6 * max(1.0, abs(best))
        assert tier.certified_bound >= best - 1e-6 * max(1.0, abs(best))
    assert (oracle.plans == result.plan.owner).all(axis=1).any()
    assert judge(scenario, result.plan.owner).feasible
    assert all(claim.holds for claim in check(scenario, result))


@settings(max_examples=times(200), deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(scenarios())
def test_result_equals_brute_force(scenario: Scenario) -> None:
    assert_matches_truth(scenario)
