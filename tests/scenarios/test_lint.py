"""The lint: what is said to do nothing does nothing, by brute force, and what is taken over need not be heard of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from scenarios import rules as kinds
from scenarios.examples import EXAMPLES, example
from scenarios.goals import Value
from scenarios.issues import Issue
from scenarios.lint_texts import LINT_TEXTS
from scenarios.model import Scenario
from scenarios.rules import DEFAULT_RULES, Rule
from scenarios.validate import validate
from tests.oracle import Oracle
from tests.scenarios.faulty import Case
from tests.scenarios.faulty import scenario as faulty_scenario
from tests.scenarios.faulty_lint import CASES
from tests.strategies import scenarios
from tests.thorough import times

OTHER_CLAIMS = {"rule_charged_twice", "share_leaves_nothing", "goals_alike", "leads_without_rep", "reps_without_lead"}
"""Codes that claim something else than that a rule or goal can go without any difference."""


def _lint(scenario: Scenario) -> list[Issue]:
    return [issue for issue in validate(scenario) if issue.code in LINT_TEXTS]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.code}{case.pointer}" for case in CASES])
def test_finds_what_does_nothing_and_only_that(case: Case) -> None:
    found = [issue for issue in validate(faulty_scenario(**case.broken)) if issue.code == case.code]
    assert [(issue.severity, issue.pointer) for issue in found] == [(case.severity, case.pointer)]
    assert {name: found[0].params[name] for name in case.params} == case.params
    assert found[0].message() != found[0].message("zh-CN")
    assert case.code not in {issue.code for issue in validate(faulty_scenario(**case.mended))}


def test_every_code_has_a_case() -> None:
    assert {case.code for case in CASES} == set(LINT_TEXTS)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.code}{case.pointer}" for case in CASES])
def test_the_case_is_true(case: Case) -> None:
    scenario = faulty_scenario(**case.broken)
    for issue in _lint(scenario):
        _assert_true(scenario, issue)


# -- not to be heard --------------------------------------------------------------------------------------------------


def test_rules_that_nobody_chose_are_not_told_of() -> None:
    """No skills, no families, no walls, no capacities: nothing to say of rules that stand there by default."""
    bare = [{"id": "A", "value": 1}, {"id": "B", "value": 2}]
    assert validate(Scenario(leads=bare, reps=({"id": "R"}, {"id": "S"}))) == []
    band = kinds.Band(tolerance=0.5)
    assert _lint(Scenario(rules=(*DEFAULT_RULES, band), leads=bare, reps=({"id": "R"}, {"id": "S"}))) == []
    chosen = Scenario(rules=(kinds.Wall(), band), leads=bare, reps=({"id": "R"}, {"id": "S"}))
    assert [issue.code for issue in _lint(chosen)] == ["wall_without_groups"]


def test_a_selection_of_nothing_is_told_of_once() -> None:
    """Another check has the cause already."""
    scenario = faulty_scenario(rules=[{"kind": "skills", "leads": {"segment": "Huge"}}])
    assert [issue.code for issue in validate(scenario)] == ["selects_nothing"]


def test_a_skill_that_nobody_has_is_told_of_once() -> None:
    leads = [{"id": "A", "value": 1, "skills": "danish"}, {"id": "B", "value": 1}]
    scenario = Scenario(rules=(kinds.Skills(),), leads=leads, reps=({"id": "R"}, {"id": "S"}))
    assert [issue.code for issue in validate(scenario)] == ["skill_nobody_has"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_say_little_and_that_is_true(name: str) -> None:
    found = _lint(example(name))
    assert len(found) <= 1
    assert {issue.code for issue in found} <= {"leads_without_rep", "capacity_never_binds"}


def test_many_rules_of_a_kind_are_compared_up_to_a_number() -> None:
    """Thousands of pins must not take a comparison of each two."""
    leads = [{"id": f"L{i}", "value": 1} for i in range(3000)]
    pins = tuple(kinds.Pin(name=f"P{i}", leads={"id": f"L{i}"}, reps={"id": "R"}) for i in range(3000))
    again = kinds.Pin(name="again", leads={"id": "L7"}, reps={"id": ["R", "S"]})
    scenario = Scenario(rules=(*pins[:50], again, *pins[50:]), leads=leads, reps=({"id": "R"}, {"id": "S"}))
    assert [issue.params["number"] for issue in _lint(scenario) if issue.code == "rule_implied"] == [8]


# -- the truth --------------------------------------------------------------------------------------------------------


def _changed(rule: Rule) -> st.SearchStrategy[Rule]:
    """Return the rule, or one like it: looser, for others, or with another rate."""
    wide = {"tolerance": 3.0, "at_most": 1000.0, "at_least": 0.0, "floor": 0.0, "ceiling": 1.0}
    loose = {name: value for name, value in wide.items() if name in type(rule).model_fields}
    changes = [
        {},
        loose,
        {"leads": {}},
        {"reps": {}},
        {"leads": {"id": ("L0",)}},
        {"reps": {"id": ("R0",)}},
        {"rate": 0.0},
    ]
    changes += [{"rate": None}, {"rate": 3.0}, *([{"by": None}] if "by" in type(rule).model_fields else [])]
    return st.lists(st.sampled_from(changes), max_size=2).map(
        lambda some: rule.model_copy(update={name: value for change in some for name, value in change.items()})
    )


@st.composite
def _doubtful(draw: st.DrawFn) -> Scenario:
    """Draw a scenario with rules beside looser copies of them, and sometimes with generous capacities."""
    scenario = draw(scenarios(most_leads=4, most_reps=3))
    again = [draw(_changed(rule)) for rule in scenario.rules]
    if draw(st.booleans()):
        reps = tuple(rep.model_copy(update={"capacity": dict.fromkeys(rep.capacity, 300.0)}) for rep in scenario.reps)
        scenario = scenario.model_copy(update={"reps": reps})
    if draw(st.booleans()):
        scenario = scenario.model_copy(update={"goals": (Value(weight=draw(st.sampled_from([0.0, 2.0]))),)})
    if draw(st.booleans()):
        same = tuple(rep.model_copy(update={"win_rates": {"*": 0.5}}) for rep in scenario.reps)
        scenario = scenario.model_copy(update={"reps": same})
    return scenario.model_copy(update={"rules": (*scenario.rules, *again)})


@settings(max_examples=times(120), deadline=None, suppress_health_check=list(HealthCheck))
@given(_doubtful())
def test_what_is_said_is_true(scenario: Scenario) -> None:
    for issue in _lint(scenario):
        event(issue.code)
        _assert_true(scenario, issue)


def _assert_true(scenario: Scenario, issue: Issue) -> None:
    """Check a claim against every plan."""
    oracle = Oracle(scenario)
    feasible, points = oracle.scored()
    part = issue.pointer.split("/")[1:3]
    if issue.code not in OTHER_CLAIMS:
        assert _same((feasible, points), Oracle(_without(scenario, *part)).scored())
    elif issue.code == "rule_charged_twice":
        one, other = scenario.rules[int(part[1])], scenario.rules[issue.params["number"] - 1]
        _, without_one = Oracle(_without(scenario, *part)).scored()
        _, without_other = Oracle(_without(scenario, "rules", issue.params["number"] - 1)).scored()
        for tier, total in points.items():
            lost = without_one[tier] - total, without_other[tier] - total
            np.testing.assert_allclose(lost[0] * other.rate, lost[1] * one.rate, atol=1e-6)
    elif issue.code == "share_leaves_nothing":
        rule = scenario.rules[int(part[1])]
        load = oracle.load(rule.metric, oracle.chosen_leads(rule.leads)).sum(axis=1)
        assert (load[feasible] <= 1e-6).all()
    elif issue.code == "goals_alike":
        _, inverse = np.unique(oracle.plans >= 0, axis=0, return_inverse=True)
        for total in points.values():
            for pattern in range(int(inverse.max()) + 1):
                assert np.ptp(total[inverse.ravel() == pattern]) <= 1e-6
    elif issue.code == "leads_without_rep":
        never = ~(oracle.plans[feasible] >= 0).any(axis=0)
        assert never[scenario.leads["id"].to_list().index(issue.params["lead"])]
        assert never.sum() >= issue.params["count"]
    else:
        idle = [j for j, rep in enumerate(scenario.reps) if rep.id in issue.params["reps"]]
        assert len(idle) == issue.params["count"]
        assert not np.isin(oracle.plans[feasible], idle).any()


def _without(scenario: Scenario, field: str, place: str | int) -> Scenario:
    parts = getattr(scenario, field)
    return scenario.model_copy(update={field: parts[: int(place)] + parts[int(place) + 1 :]})


def _same(one: tuple, other: tuple) -> bool:
    """Tell whether the same plans are feasible, and each of these is worth the same."""
    (feasible, points), (others, worth) = one, other
    return np.array_equal(feasible, others) and all(
        np.allclose(points[tier][feasible], worth[tier][feasible], rtol=1e-9, atol=1e-6) for tier in points
    )
