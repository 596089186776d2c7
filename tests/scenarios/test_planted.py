"""Planted plans and conflicts are what they claim to be: by enumeration where tiny, by an LP where larger."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from scenarios.model import Scenario
from scenarios.planted import KINDS, MARGIN, Planted, plant
from scenarios.planted_conflicts import CONFLICTS, plant_conflict
from tests.scenarios.by_hand import Owners, broken, score

SEEDS = range(6)


def plans(scenario: Scenario) -> list[Owners]:
    """Return every plan there is, (reps + 1) ** leads of them."""
    leads = scenario.leads["id"].to_list()
    choices = [None, *(rep.id for rep in scenario.reps)]
    return [
        {lead: rep for lead, rep in zip(leads, owners, strict=True) if rep is not None}
        for owners in product(choices, repeat=len(leads))
    ]


def tier_points(scenario: Scenario, plan: Owners) -> tuple[float, ...]:
    """Return the points of each tier, the first one first."""
    reps = {rep.id: rep for rep in scenario.reps}
    points = dict.fromkeys(sorted(scenario.leads["tier"].unique().to_list()), 0.0)
    for row in scenario.lead_records():
        if row["id"] in plan:
            points[row["tier"]] += score(scenario, row, reps[plan[row["id"]]])
    return tuple(points.values())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_planted_plan_is_the_only_best_one(kind: str, seed: int) -> None:
    planted = plant(kind, leads=5, reps=2 + seed % 2, seed=seed)
    scenario = planted.scenario
    ranked = sorted(
        ((tier_points(scenario, plan), plan) for plan in plans(scenario) if not broken(scenario, plan)),
        key=lambda entry: entry[0],
        reverse=True,
    )
    best, plan = ranked[0]
    assert plan == planted.owner
    assert best == pytest.approx(tuple(planted.tiers.values()))
    assert sum(best) == pytest.approx(planted.objective)
    if len(ranked) > 1:
        second = ranked[1][0]
        ahead = next(a - b for a, b in zip(best, second, strict=True) if abs(a - b) > 1e-9)
        assert ahead > 0.99 * MARGIN  # the slack of the bands takes a little


@pytest.mark.parametrize("kind", ["hours", "skills", "band"])
def test_no_divisible_plan_beats_the_planted_one(kind: str) -> None:
    # An LP lets leads be split, so its optimum is a bound; complementary slackness makes it tight.
    planted = plant(kind, leads=300, reps=12, seed=5)
    scenario = planted.scenario
    rows, reps = scenario.lead_records(), scenario.reps
    n, m = len(rows), len(reps)
    points = np.array([[score(scenario, row, rep) for rep in reps] for row in rows])
    able = np.array(
        [[all(rep.skills.get(k, 0) >= v for k, v in row.get("skills", {}).items()) for rep in reps] for row in rows]
    )
    once = np.kron(np.eye(n), np.ones(m))
    if kind == "band":
        value = np.array([row["value"] for row in rows])
        load = np.kron(value, np.eye(m))
        share = np.array([rep.share for rep in reps], dtype=np.float64)
        target = share / share.sum() * value.sum()
        limits = [(load, 1.25 * target), (-load, -0.75 * target)]
    else:
        load = np.kron([row["effort"] for row in rows], np.eye(m))
        limits = [(load, np.array([rep.capacity["hours"] for rep in reps]))]
    found = linprog(
        -points.ravel(),
        A_ub=np.vstack([once, *(matrix for matrix, _ in limits)]),
        b_ub=np.concatenate([np.ones(n), *(bound for _, bound in limits)]),
        bounds=[(0, float(one)) for one in able.ravel()],
    )
    assert found.success
    assert -float(found.fun or 0.0) == pytest.approx(planted.objective, abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_larger_planted_plans_keep_their_rules_and_are_not_what_greedy_finds(kind: str) -> None:
    planted = plant(kind, leads=400, reps=15, seed=2)
    scenario = planted.scenario
    assert not broken(scenario, planted.owner)
    assert sum(tier_points(scenario, planted.owner)) == pytest.approx(planted.objective)
    reps = {rep.id: rep for rep in scenario.reps}
    best = {row["id"]: max(reps, key=lambda j: score(scenario, row, reps[j])) for row in scenario.lead_records()}
    differ = sum(best[lead] != rep for lead, rep in planted.owner.items())
    assert differ > 0.2 * len(planted.owner)  # the best pair of many a lead is not in the plan


def test_planted_families_and_tiers_are_there() -> None:
    planted = plant("mixed", leads=300, reps=10, seed=1)
    leads = planted.scenario.leads
    assert leads["family"].drop_nulls().n_unique() > 20
    assert set(leads["tier"].to_list()) == {1, 2, 3}
    assert 0 < len(planted.owner) < 300


@pytest.mark.parametrize("kind", KINDS)
def test_planting_is_reproducible(kind: str) -> None:
    one, two, other = (plant(kind, leads=50, reps=4, seed=seed) for seed in (7, 7, 8))
    assert (one.scenario.sha256(), one.owner, one.objective) == (
        two.scenario.sha256(),
        two.owner,
        two.objective,
    )
    assert one.scenario.sha256() != other.scenario.sha256()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("leads", "reps"), [(1, 1), (2, 5), (30, 1)])
def test_small_sizes(kind: str, leads: int, reps: int) -> None:
    planted: Planted = plant(kind, leads, reps, seed=0)
    assert planted.scenario.leads.height == leads
    assert not broken(planted.scenario, planted.owner)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", CONFLICTS)
def test_the_planted_conflict_is_the_only_smallest_one(kind: str, seed: int) -> None:
    planted = plant_conflict(kind, leads=4, reps=2 + seed % 2, seed=seed)
    assert all(broken(planted.scenario, plan) for plan in plans(planted.scenario))
    assert len(planted.conflict) >= 2
    for name, plan in planted.ways_out.items():
        assert broken(planted.scenario, plan) == {name}


@pytest.mark.parametrize("kind", CONFLICTS)
def test_larger_conflicts_keep_their_ways_out(kind: str) -> None:
    planted = plant_conflict(kind, leads=200, reps=9, seed=3)
    for name, plan in planted.ways_out.items():
        assert broken(planted.scenario, plan) == {name}
    again = plant_conflict(kind, leads=200, reps=9, seed=3)
    assert planted.scenario.sha256() == again.scenario.sha256()


def test_what_cannot_be_planted_is_refused() -> None:
    for kind, leads, reps, seed in (
        ("nothing", 5, 2, 0),
        ("hours", 0, 2, 0),
        ("hours", 5, 0, 0),
        ("hours", 5, 2, -1),
    ):
        with pytest.raises(ValueError, match=r"planted scenario needs|unknown kind"):
            plant(kind, leads, reps, seed)
    for kind, leads, reps, seed in (
        ("nothing", 5, 2, 0),
        ("wall", 2, 2, 0),
        ("wall", 5, 1, 0),
        ("wall", 5, 2, -1),
    ):
        with pytest.raises(ValueError, match=r"planted conflict needs|unknown kind"):
            plant_conflict(kind, leads, reps, seed)
