"""Balance against disruption: every point against all plans of tiny maps, and what the points prove of each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from scenarios import Rep, Scenario, ScenarioError
from scenarios.texts import LOCALES
from solver import Limits, judge
from solver.frontier import FrontierFault
from solver.solve import JudgeError
from solver.territory.trade_off import balance_frontier
from solver.territory.trade_points import Point, TradeOff, settled
from solver.territory.trade_record import COLUMNS, owners_of, record_of, sentences, table_of
from tests.oracle import Oracle
from tests.solver.territory.test_rebalance import EVEN, PIECES, WAYS, grid
from tests.texts import wrong_in

LIMITS = Limits(time=60, workers=1)
HOMES = [Rep(id="west", lat=40.0, lon=-90.0), Rep(id="east", lat=40.5, lon=-88.6)]
SEATS = [Rep(id="west"), Rep(id="east")]


def lopsided(reps: list[Rep], *rules: dict[str, Any], seed: int = 0, west: int = 7, **extra: Any) -> Scenario:
    """Return a map of 3 x 3 units, of which one rep has nearly all today."""
    cells = grid(3, 3, seed)
    for k, lead in enumerate(cells["leads"]):
        lead |= {"owner": "west" if k < west else "east", "work": float(1 + (k * 7 + seed) % 5)}
    return Scenario(**cells, reps=reps, rules=[*rules, *extra.pop("rules", [])], goals=[WAYS], **extra)


class Truth:
    """All plans that give each lead an owner and each rep a lead, and what the question asks of them."""

    def __init__(self, found: TradeOff) -> None:
        scenario = found.asked.base
        oracle = Oracle(scenario)
        feasible, points = oracle.scored()
        everyone = (oracle.plans >= 0).all(axis=1)
        everyone &= np.array([len(set(plan)) == len(scenario.reps) for plan in oracle.plans.tolist()])
        keep = feasible & everyone
        plans = oracle.plans[keep]
        self.points = points[1][keep]
        value = scenario.leads[found.asked.band.metric]
        loads = np.stack([(plans == j) @ value.to_numpy() for j in range(len(scenario.reps))], axis=1)
        self.deviation = np.abs(loads / (value.sum() / len(scenario.reps)) - 1).max(axis=1)
        ids = [rep.id for rep in scenario.reps]
        today = np.array([ids.index(owner) if owner in ids else -1 for owner in scenario.leads["owner"]])
        counted = np.ones(len(today)) if found.counted == "leads" else scenario.leads[found.counted].to_numpy()
        self.moved = ((plans != today) & (today >= 0)) @ counted

    def least(self, tolerance: float | None) -> float | None:
        """Return what has to move within a band."""
        inside = self.deviation <= (np.inf if tolerance is None else tolerance + 1e-9)
        return float(self.moved[inside].min()) if inside.any() else None

    def best(self, tolerance: float | None, moved: float) -> float:
        """Return the most points within a band of plans that move no more."""
        inside = self.deviation <= (np.inf if tolerance is None else tolerance + 1e-9)
        return float(self.points[inside & (self.moved <= moved + 1e-9)].max())


@pytest.mark.parametrize(
    ("seed", "counted", "rules"), [(0, "value", [PIECES]), (1, "leads", [PIECES]), (2, "value", [])]
)
def test_points_against_brute_force(seed: int, rules: list[dict[str, Any]], counted: str) -> None:
    found = balance_frontier(lopsided(HOMES, *rules, EVEN, seed=seed), "value", LIMITS, counted=counted, points=5)
    truth = Truth(found)
    assert len(found.points) == 5 and len(found.curve) >= 2
    for point in found.points:
        least = truth.least(point.tolerance)
        if least is None:
            assert point.status == "infeasible" and point.moved is None and point.moved_least is None
            continue
        assert point.status == "optimal"
        assert point.moved == pytest.approx(least) == pytest.approx(point.moved_least)
        if point.bound is not None:  # a point that took over a narrower plan has none of its own
            best = truth.best(point.tolerance, least)
            assert point.objective is not None and point.bound >= best - 1e-6
            assert point.objective == pytest.approx(best)
    for point in found.curve:  # nothing is as even and moves less, or is evener and moves as little
        assert point.moved is not None
        better = (truth.moved < point.moved - 1e-9) & (truth.deviation <= (point.tolerance or np.inf) + 1e-9)
        assert not better.any()


def test_what_is_said_of_a_point_is_true_of_its_plan() -> None:
    """Bands and budgets are kept, figures recomputed, and the curve falls on one axis as it rises on the other."""
    scenario = lopsided(HOMES, PIECES, EVEN, {"kind": "band", "name": "Work", "metric": "work", "tolerance": 0.9})
    found = balance_frontier(scenario, "value", LIMITS, points=5)
    facts = scenario.leads
    ids = [rep.id for rep in scenario.reps]
    for point in found.curve:
        assert point.owner is not None and point.moved is not None and point.deviations is not None
        owners = [ids[j] for j in point.owner]
        gone = [owner != today for owner, today in zip(owners, facts["owner"], strict=True)]
        assert point.moved == pytest.approx(float(facts["value"].filter(gone).sum()))
        assert point.moved_leads == sum(gone)
        assert set(point.deviations) == {"value", "work"}
        for metric, off in point.deviations.items():
            load = [float(facts[metric].filter([owner == rep for owner in owners]).sum()) for rep in ids]
            share = float(facts[metric].sum()) / len(ids)
            assert off == pytest.approx(max(abs(one / share - 1) for one in load))
        assert point.deviation == pytest.approx(point.deviations["value"])
        assert point.deviation <= point.width + 1e-9
        verdict = judge(found.asked.banded(point.tolerance), point.owner)
        assert verdict.feasible, verdict.breaches
    moved = [point.moved for point in found.curve if point.moved is not None]
    assert moved == sorted(moved) and len(set(moved)) == len(moved)
    spread = [point.deviation for point in found.curve]
    assert spread == sorted(spread, reverse=True) and len(set(spread)) == len(spread)
    least = [point.moved_least for point in found.points if point.moved_least is not None]
    assert least == sorted(least)


def test_what_nobody_meant_has_today_does_not_count() -> None:
    """Units of somebody who has left, and new ones, move for nothing."""
    scenario = lopsided(HOMES, EVEN)
    owner = ["gone", None, *scenario.leads["owner"][2:]]
    scenario = scenario.model_copy(
        update={"leads": scenario.leads.with_columns(pl.Series("owner", owner, dtype=pl.String))}
    )
    found = balance_frontier(scenario, "value", LIMITS, points=3)
    assert found.owned == pytest.approx(float(scenario.leads["value"][2:].sum()))
    assert found.points[0].moved == 0.0
    truth = Truth(found)
    assert [p.moved for p in found.points if p.moved is not None] == pytest.approx(
        [truth.least(p.tolerance) for p in found.points if p.moved is not None]
    )
    assert not found.today.feasible


def test_own_bands_and_budgets_give_way_and_others_hold() -> None:
    calm = {"kind": "disruption", "name": "Calm", "metric": "value", "at_most": 12}
    few = {"kind": "disruption", "name": "Few", "metric": "leads", "at_most": 1}
    found = balance_frontier(lopsided(HOMES, EVEN, calm, few), "value", LIMITS, points=5)
    assert [part.name for part in found.asked.replaced] == ["Even", "Calm"]
    assert found.budgets == (12.0,)
    assert any(point.tolerance == EVEN["tolerance"] for point in found.points)
    assert all(point.moved_leads is None or point.moved_leads <= 1 for point in found.points)
    assert any(point.status == "infeasible" for point in found.points)
    told = sentences(record_of(found), "en")
    assert any(line.startswith("With the budget of 12 of value the most even territories found are") for line in told)
    assert told[-1] == "The points of the curve take the place of “Even”, “Calm”."


def test_seats_find_their_places() -> None:
    """What has to move does not depend on places, and is proved; the points of the goals are left open."""
    found = balance_frontier(lopsided(SEATS, PIECES, EVEN), "value", Limits(time=4, workers=1), points=2)
    truth = Truth(found)
    assert found.points[0].tolerance is None
    for point in found.points:
        least = truth.least(point.tolerance)
        assert least is None or point.status != "infeasible"
        assert least is None or point.moved is None or point.moved >= least - 1e-9
        assert least is None or point.moved_least is None or point.moved_least <= least + 1e-9


def test_even_owners_need_nothing() -> None:
    cells = grid(2, 2)
    for k, lead in enumerate(cells["leads"]):
        lead |= {"value": 5.0, "owner": "west" if k < 2 else "east"}
    found = balance_frontier(Scenario(**cells, reps=HOMES, rules=[PIECES], goals=[WAYS]), "value", LIMITS)
    (point,) = found.points
    assert (point.moved, point.deviation, point.status) == (0.0, 0.0, "optimal")
    assert found.free is None and found.status == "feasible"


def test_no_territories_at_all() -> None:
    """Three units in one place, two reps, and a rule that nobody can keep."""
    never = {"kind": "minimum", "metric": "value", "at_least": 1e6}
    found = balance_frontier(lopsided(HOMES, never), "value", LIMITS)
    assert found.status == "infeasible" and len(found.points) == 1 and not found.curve
    for locale in LOCALES:
        (line,) = sentences(record_of(found), locale)
        assert wrong_in(line) == []


def test_the_same_work_gives_the_same_curve() -> None:
    limits = Limits(time=None, work=3, workers=1)
    one, other = (balance_frontier(lopsided(HOMES, PIECES, EVEN), "value", limits, points=4) for _ in range(2))
    drop = ("seconds",)
    first, second = (
        [{k: v for k, v in p.items() if k not in drop} for p in record_of(f)["points"]] for f in (one, other)
    )
    assert first == second


def test_a_wish_to_stop_keeps_what_was_found() -> None:
    found = balance_frontier(lopsided(HOMES, EVEN), "value", LIMITS, cancelled=lambda: True)
    assert found.stopped_by == "cancel" and len(found.points) == 1


def test_wrong_questions_are_refused() -> None:
    scenario = lopsided(HOMES, EVEN)
    with pytest.raises(FrontierFault, match="no metric 'worth'"):
        balance_frontier(scenario, "worth")
    with pytest.raises(FrontierFault, match="no metric 'worth'"):
        balance_frontier(scenario, "value", counted="worth")
    with pytest.raises(FrontierFault, match="nothing can change owner"):
        balance_frontier(lopsided([Rep(id="a"), Rep(id="b")], EVEN), "value")
    with pytest.raises(ValueError, match="from 2 to 100"):
        balance_frontier(scenario, "value", points=1)
    with pytest.raises(ScenarioError):
        balance_frontier(lopsided(HOMES, {**EVEN, "metric": "work", "rate": 1.0}), "value")


def test_points_learn_from_each_other() -> None:
    """A narrower plan is one within a wider band; what a wider band takes, a narrower does; nothing stays nothing."""
    owner = np.array([0, 1])

    def point(tolerance: float | None, least: float | None, moved: float | None, off: float = np.inf) -> Point:
        status: Any = "infeasible" if least is None else "no_plan_found" if moved is None else "feasible"
        has = None if moved is None else owner
        return Point(tolerance, status, "time", 1.0, least, has, moved, 1, off, {}, -1.0, 0.0)

    wide, middle, narrow, none, below = settled(
        [
            point(0.05, None, None),
            point(None, 0.0, 0.0, 0.9),
            point(0.2, 3.0, 6.0, 0.1),
            point(0.5, 4.0, None),
            point(0.01, 5.0, None),
        ]
    )
    assert [p.tolerance for p in (wide, middle, narrow, none, below)] == [None, 0.5, 0.2, 0.05, 0.01]
    assert (middle.moved, middle.status, middle.bound, middle.dominated) == (6.0, "feasible", None, True)
    assert (narrow.moved_least, narrow.dominated) == (4.0, False)
    assert (none.status, below.status, below.moved_least) == ("infeasible", "infeasible", None)
    proved = settled([point(0.5, 6.0, 6.0, 0.4), point(0.2, 3.0, 6.0, 0.1)])
    assert proved[1].status == "optimal" and [p.dominated for p in proved] == [True, False]
    with pytest.raises(JudgeError):
        settled([point(0.5, None, None), point(0.2, 0.0, 1.0, 0.2)])
    with pytest.raises(JudgeError):
        settled([point(0.5, 7.0, None), point(0.2, 3.0, 6.0, 0.2)])


def test_record_tables_and_sentences() -> None:
    scenario = lopsided(HOMES, PIECES, EVEN, {"kind": "band", "name": "Work", "metric": "work", "tolerance": 0.9})
    found = balance_frontier(scenario, "value", LIMITS, points=4)
    record = record_of(found)
    table = table_of(record)
    assert table.columns == [*COLUMNS, "worst_deviation of work"]
    assert table["moved"].to_list() == [point.moved for point in found.points]
    owners = owners_of(found)
    assert owners.columns[:3] == ["lead", "today", "none"]
    assert owners["today"].to_list() == scenario.leads["owner"].to_list() == owners["none"].to_list()
    for locale in LOCALES:
        told = sentences(record, locale)
        assert len(told) >= 3
        assert [wrong for line in told for wrong in wrong_in(line)] == []
    assert any("no territories move less, proved" in line for line in sentences(record, "en"))
