"""Loads, shares, fairness and value of a plan: every number derived by hand."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios.goals import Balance, MaxMin, Value
from scenarios.model import Rep, Scenario
from scenarios.rules import Band, Capacity, Disruption, Minimum, ShareOf
from solver import explain
from solver.fairness import envy_pairs
from solver.result import RowPrice
from tests.solver.test_explain import plan_of

REPS = (
    Rep(id="ann", fte=1.0, capacity={"hours": 10, "hours@Big": 4}, carried={"hours": 2, "value": 100}),
    Rep(id="bob", fte=0.5, channel="partner", capacity={"hours": 6}),
)
LEADS = [
    {"id": "L1", "value": 200, "effort": 3, "segment": "Big", "owner": "bob"},
    {"id": "L2", "value": 100, "effort": 1, "segment": "Small", "owner": "ann"},
    {"id": "L3", "value": 50, "effort": 2, "segment": "Small"},
    {"id": "L4", "value": 90, "effort": 2, "segment": "Small"},
]
OWNER = [0, 1, 1, -1]  # ann: L1; bob: L2 and L3; nobody: L4


def explained(rules: tuple = (), goals: tuple = (Value(),), prices: tuple[RowPrice, ...] = ()):
    scenario = Scenario(rules=rules, goals=goals, reps=REPS, leads=LEADS, currency="EUR")
    return explain(scenario, plan_of(scenario, OWNER, *prices))


def rows_of(table, metric: str) -> list[tuple]:
    return table.filter(metric=metric).drop("metric").rows()


def test_leads_are_always_counted() -> None:
    assert explained().loads().rows() == [
        ("ann", "leads", 1.0, None, None, None, 0.0),
        ("bob", "leads", 2.0, None, None, None, 0.0),
    ]


def test_capacities_with_what_is_carried() -> None:
    prices = (RowPrice("capacity", "hours", "", "ann", 0.5), RowPrice("capacity", "hours@Big", "", "ann", 2.0))
    table = explained((Capacity(),), prices=prices).loads()
    assert rows_of(table, "hours") == [("ann", 5.0, None, None, 10.0, 0.5), ("bob", 3.0, None, None, 6.0, 0.0)]
    assert rows_of(table, "hours@Big") == [("ann", 3.0, None, None, 4.0, 2.0), ("bob", 0.0, None, None, None, 0.0)]


def test_band_over_what_is_assigned() -> None:
    # value: ann 200 + 100 carried, bob 150; total 450, entitled 2/3 and 1/3: targets 300 and 150, bands of 20 %
    band = Band(metric="value", tolerance=0.2)
    price = RowPrice("band", "value", "", "ann upper", 0.3)
    table = explained((band, Minimum(metric="value", at_least=130)), prices=(price,)).loads()
    (ann, bob) = rows_of(table, "value")
    assert ann[:5] == ("ann", 300.0, pytest.approx(300), pytest.approx(240), pytest.approx(360))
    assert bob[:5] == ("bob", 150.0, pytest.approx(150), 130.0, pytest.approx(180))
    # the row is load_ann - 1.2 x 2/3 x (load_ann + load_bob) <= 0: a unit with ann costs 0.3 x 0.2, with bob -0.3 x 0.8
    assert (ann[5], bob[5]) == (pytest.approx(0.06), pytest.approx(-0.24))


def test_band_over_all_leads_and_rules_about_some_leads() -> None:
    # all values: 440 + 100 carried = 540, of which ann 360 and bob 180
    band = Band(metric="value", tolerance=0.5, of="leads")
    small = Balance(metric="value", tolerance=0.1, leads={"segment": "Small"})
    table = explained((band,), (Value(), small)).loads()
    assert [row[2] for row in rows_of(table, "value")] == [pytest.approx(360), pytest.approx(180)]
    # small leads only: ann 0 + 100 carried, bob 150: total 250
    ann, bob = rows_of(table, "value@balance")
    assert ann[1:5] == (100.0, pytest.approx(500 / 3), pytest.approx(150), pytest.approx(550 / 3))
    assert bob[1:5] == (150.0, pytest.approx(250 / 3), pytest.approx(75), pytest.approx(275 / 3))


def test_max_min_has_targets_and_no_bounds() -> None:
    table = explained(goals=(Value(), MaxMin(metric="leads"))).loads()
    # four leads, by 1 and 0.5 FTE
    assert rows_of(table, "leads") == [
        ("ann", 1.0, pytest.approx(8 / 3), None, None, 0.0),
        ("bob", 2.0, pytest.approx(4 / 3), None, None, 0.0),
    ]


def test_shares() -> None:
    rules = (
        ShareOf(name="partners", metric="value", floor=0.1, ceiling=0.5, reps={"channel": "partner"}),
        ShareOf(name="of all", metric="leads", floor=0.25, of="leads", reps={"id": "ann"}),
        Disruption(name="calm", at_most=3),
    )
    prices = (RowPrice("partners", "value", "", "ceiling", 0.2), RowPrice("calm", "leads", "", "stays", -4.0))
    assert explained(rules, prices=prices).shares().rows() == [
        ("partners", "value", 150.0, 35.0, 175.0, 0.2),
        ("of all", "leads", 1.0, 1.0, None, 0.0),
        ("calm", "leads", 2.0, None, 3.0, 4.0),  # both leads with an owner have changed
    ]


def test_fairness_of_what_rules_name_and_always_of_leads_and_value() -> None:
    figures = explained((Band(metric="hours", tolerance=0.5),)).fairness()
    assert list(figures) == ["hours", "leads", "value"]
    # hours: ann 3 + 2, bob 3; targets 16/3 and 8/3: ratios 15/16 and 9/8
    assert figures["hours"]["min_ratio"] == pytest.approx(15 / 16)
    assert figures["hours"]["max_ratio"] == pytest.approx(9 / 8)
    assert figures["hours"]["envy_pairs"] == 0
    # leads: 1 and 2 of 3, targets 2 and 1: bob has twice his share, and even without one lead still more than ann
    assert figures["leads"]["worst_deviation"] == pytest.approx(1.0)
    assert figures["leads"]["envy_pairs"] == 1
    assert figures["value"]["jain"] == pytest.approx(1.0)


def test_envy_is_only_within_a_group_and_beyond_one_lead() -> None:
    load, target = np.array([10.0, 2.0, 9.0, 5.0]), np.array([5.0, 5.0, 5.0, np.nan])
    group = np.array([0, 0, 1, 0])
    # without its largest lead the first still has 4 against 2; the third is of another group, the fourth has no target
    assert envy_pairs(load, np.array([6.0, 1.0, 1.0, 5.0]), target, group) == 1
    assert envy_pairs(load, np.array([8.0, 1.0, 1.0, 5.0]), target, group) == 0


def test_value_of_the_plan() -> None:
    reps = (REPS[0].model_copy(update={"win_rates": {"*": 0.5}, "region": "East"}), REPS[1])
    leads = [{**lead, "region": "West"} for lead in LEADS]
    scenario = Scenario(goals=(Value(weight=0.01, away_factor=0.6),), reps=reps, leads=leads, currency="EUR", rules=())
    # ann wins half of 200, away from home at 0.6: 60 EUR; bob wins nothing
    report = explain(scenario, plan_of(scenario, OWNER)).value()
    assert report["expected_value"] == pytest.approx(60)
    assert (report["currency"], report["assigned"], report["unassigned"]) == ("EUR", 3, 1)
    assert sum(report["assigned_by_reason"].values()) == 3
    assert sum(report["unassigned_by_reason"].values()) == 1
