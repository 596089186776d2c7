"""Families of several owners under a budget for changes: plans keep it, and what is proved is true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenarios import Rep, Scenario
from solver.territory.compile import ground_of
from solver.territory.rebalance import rebalance
from tests.solver.territory.test_rebalance import EVEN, LIMITS, WAYS, grid, judged, truth
from tests.thorough import times

HOMES = (Rep(id="west", lat=40.0, lon=-90.0), Rep(id="east", lat=40.5, lon=-88.0), Rep(id="new", lat=41.0, lon=-89.0))


def mixed(seed: int, at_most: float, metric: str = "value", **more: Any) -> Scenario:
    """Return a map where leads of one family have several owners today, and some have none."""
    cells = grid(3, 3, seed)
    rng = np.random.default_rng(seed)
    for k, lead in enumerate(cells["leads"]):
        lead["owner"] = rng.choice(["west", "east", None])
        lead["family"] = f"F{k // 3}" if k < 6 else None
    budget = {"kind": "disruption", "metric": metric, "at_most": at_most}
    rules = [{"kind": "family"}, {**EVEN, "tolerance": 0.6}, budget]
    return Scenario(**{**cells, "reps": HOMES, "rules": rules, "goals": [WAYS], **more})


@pytest.mark.parametrize("metric", ["value", "leads"])
@pytest.mark.parametrize("seed", range(times(2)))
def test_against_brute_force(seed: int, metric: str) -> None:
    """A family of two leads with the one owner and one with another cannot go anywhere without a change of owner."""
    total = 90.0 if metric == "value" else 9.0
    for part in (0.1, 0.25, 0.6):
        scenario = mixed(seed, part * total, metric)
        best = truth(scenario)
        found = rebalance(scenario, LIMITS)
        result = found.result
        if best is None:
            assert result.status in ("infeasible", "no_plan_found")
        elif result.plan is None:
            assert result.status == "no_plan_found"
        else:
            judged(found, scenario)
            assert result.objective is not None and result.bound is not None
            assert result.objective <= best + 1e-6 <= result.bound + 2e-6
            if result.status == "optimal":
                assert result.objective == pytest.approx(best)


def test_a_budget_counts_what_each_owner_would_lose() -> None:
    """Of a family worth 3 with A, and 5 and 1 with B: with B 3 are moved, with anybody else at most 9."""
    leads = [
        {"id": f"L{k}", "value": value, "owner": owner, "family": "F"}
        for k, (value, owner) in enumerate(((3.0, "A"), (5.0, "B"), (1.0, "B")))
    ]
    rules = [{"kind": "family"}, {"kind": "disruption", "metric": "value", "at_most": 4.0}]
    reps = [Rep(id="A"), Rep(id="B"), Rep(id="C")]
    ground = ground_of(Scenario(leads=[*leads, {"id": "X", "value": 2.0, "owner": "A"}], reps=reps, rules=rules))
    (budget,) = ground.budgets
    assert ground.strict
    of_family = int(ground.problem.item[ground.facts.leads.array("value", lambda s: s.cast(float)).argmax()])
    assert ground.facts.reps[ground.before[of_family]].id == "B"
    assert budget.amount[of_family] == 6.0 and budget.amount.sum() == 8.0
    assert budget.at_most == 1.0


def test_without_such_families_the_budget_is_exact() -> None:
    leads = [{"id": f"L{k}", "value": 2.0, "owner": "A", "family": "F"} for k in range(2)]
    rules = [{"kind": "family"}, {"kind": "disruption", "metric": "value", "at_most": 4.0}]
    ground = ground_of(Scenario(leads=leads, reps=[Rep(id="A"), Rep(id="B")], rules=rules))
    assert not ground.strict
    assert [(b.amount.tolist(), b.at_most) for b in ground.budgets] == [([4.0], 4.0)]
