"""Conflicts and ways out of random scenarios, each checked by brute force."""

from __future__ import annotations

from itertools import chain, combinations

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from scenarios import rules
from scenarios.model import Scenario
from solver.explain.conflict import find_conflict
from solver.explain.relaxation import apply
from solver.explain.ways_out import changes_for
from tests.oracle import Oracle
from tests.strategies import scenarios
from tests.thorough import times


def _has_plan(scenario: Scenario) -> bool:
    return Oracle(scenario.model_copy(update={"goals": ()})).truth() is not None


def _proper(items):
    return chain.from_iterable(combinations(items, k) for k in range(len(items)))


@st.composite
def impossible(draw, most_leads=4):
    """Draw a scenario without a plan: any rules, and some that ask for much."""
    scenario = draw(scenarios(most_leads=most_leads, most_reps=3, rates=st.sampled_from([None, None, None, 7.5])))
    everybody = st.sampled_from([{}, {"id": "R0"}, {"team": "A"}])
    pressing = st.one_of(
        st.builds(rules.Minimum, metric=st.sampled_from(["leads", "hours"]), at_least=st.sampled_from([1.5, 3.0])),
        st.builds(rules.Pin, leads=st.sampled_from([{}, {"region": "East"}]), reps=everybody),
        st.builds(rules.ShareOf, metric=st.just("leads"), floor=st.just(0.7), of=st.just("leads"), reps=everybody),
        st.builds(rules.Disruption, metric=st.just("leads"), at_most=st.just(0.0)),
        st.builds(rules.Band, metric=st.just("hours"), tolerance=st.just(0.2), of=st.just("leads")),
        st.just(rules.Wall()),
    )
    more = draw(st.lists(pressing, min_size=1, max_size=2))
    scenario = scenario.model_copy(update={"rules": (*scenario.rules, *more)})
    assume(not _has_plan(scenario))
    return scenario


@settings(max_examples=times(30), deadline=None, suppress_health_check=list(HealthCheck))
@given(impossible())
def test_conflicts_are_minimal_and_ways_out_work(scenario):
    conflict = find_conflict(scenario)
    assert conflict.proved and conflict.rules and conflict.ways_out
    event(f"{len(conflict.rules)} rules, {len(conflict.ways_out)} ways out")

    def only(clashes):
        return scenario.model_copy(update={"rules": tuple(scenario.rules[clash.index] for clash in clashes)})

    assert not _has_plan(only(conflict.rules))
    for part in _proper(conflict.rules):
        if len(part) == len(conflict.rules) - 1:
            assert _has_plan(only(part))
    costs = [way.cost for way in conflict.ways_out]
    assert costs == sorted(costs)
    for way in conflict.ways_out:
        assert way.proved
        assert _has_plan(apply(scenario, *way.relaxations))
        for part in _proper(way.relaxations):
            assert not _has_plan(apply(scenario, *part))


@settings(max_examples=times(15), deadline=None, suppress_health_check=list(HealthCheck))
@given(impossible(most_leads=3))
def test_nothing_is_cheaper_than_what_is_called_the_cheapest(scenario):
    """Whatever plan one wants, allowing it costs at least as much."""
    conflict = find_conflict(scenario, ways=1)
    event(f"cheapest: {conflict.cheapest}")
    if conflict.cheapest:
        for owner in Oracle(scenario).plans:
            changes = changes_for(scenario, owner, {})
            if changes is not None and all(change.code != "drop_rule" for change in changes):
                assert sum(change.cost for change in changes) >= conflict.ways_out[0].cost * (1 - 1e-3)
