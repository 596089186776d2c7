"""Facts in an order of their own are the same facts."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import given, settings

from scenarios.model import Rep, Scenario
from scenarios.rules import Family
from solver.compile import compile_scenario
from solver.facts import Facts
from tests.strategies import scenarios
from tests.thorough import times

SELECTIONS = ({}, {"segment": ["Big"]}, {"value": [1.5, "7"], "region": ["East", "West"]})


@settings(max_examples=times(40), deadline=None)
@given(scenarios())
def test_an_order_changes_nothing_but_the_order(scenario: Scenario) -> None:
    plain, compiled = Facts(scenario), compile_scenario(scenario, seed=5)
    facts, order = compiled.facts, compiled.lead_order
    assert sorted(order.tolist()) == list(range(scenario.leads.height))
    for column in ("value", "effort", "quality"):
        assert np.array_equal(facts.lead_numbers(column), plain.lead_numbers(column)[order])
    for column in ("segment", "skills", "family", "tier"):
        codes, values = facts.codes(column)
        expected, same = plain.codes(column)
        assert values == same
        assert np.array_equal(codes, expected[order])
        assert [values[k] for k in codes] == facts.leads[column].to_list()
    for selection in SELECTIONS:
        assert np.array_equal(facts.select_leads(selection), plain.select_leads(selection)[order])
    assert np.array_equal(facts.protected, plain.protected[order])
    assert np.array_equal(facts.places, plain.places[order])
    assert facts.leads["id"].equals(scenario.leads["id"].gather(order))
    ids = {rep.id for rep in scenario.reps}
    told = [facts.reps[j].id if j >= 0 else None for j in facts.owner]
    assert told == [owner if owner in ids else None for owner in facts.leads["owner"].to_list()]
    assert (np.diff(facts.item) >= 0).all()  # items stand together


def test_leads_without_any_value() -> None:
    scenario = Scenario(leads=[{"id": "a"}, {"id": "b", "protected_until": dt.date(2030, 1, 1)}])
    facts = Facts(scenario)
    assert facts.codes("segment")[1] == (None,)
    assert facts.codes("segment")[0].tolist() == [0, 0]
    assert facts.item.tolist() == [0, 1]
    assert not facts.protected.any()  # nobody owns it


def test_two_family_rules_join_only_what_each_chooses_itself() -> None:
    """L1 and L3 are of one family, but no rule chooses both; L2 is chosen by both rules, and joins its two others."""
    scenario = Scenario(
        rules=(Family(leads={"segment": "Big"}), Family(leads={"id": ("L1", "L2", "L5")})),
        reps=(Rep(id="R0"), Rep(id="R1")),
        leads=[
            {"id": "L1", "family": "F1", "segment": "Small"},
            {"id": "L3", "family": "F1", "segment": "Big"},
            {"id": "L2", "family": "F2", "segment": "Big"},
            {"id": "L4", "family": "F2", "segment": "Big"},
            {"id": "L5", "family": "F2", "segment": "Small"},
            {"id": "L6", "segment": "Big"},
        ],
        goals=(),
    )
    assert Facts(scenario).item.tolist() == [0, 1, 2, 2, 2, 3]
