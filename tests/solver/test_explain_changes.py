"""What would allow a pair: each change lifts its obstacle, and all of them together are what the move takes."""

from __future__ import annotations

import re
from dataclasses import fields
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from scenarios.examples import example
from scenarios.goals import Value
from scenarios.model import Rep, Scenario
from scenarios.rules import Band, Capacity, Disruption, Exclusion, Family, Minimum, Pin, ShareOf, Skills, Wall
from solver import Explainer, Limits, explain, judge, solve
from solver.compile import compile_scenario
from solver.explain.relaxation import Relaxation, apply
from solver.facts import Facts
from tests.solver.test_explain import plan_of
from tests.strategies import scenarios
from tests.thorough import times


def _relaxation(record: dict) -> Relaxation:
    """Return what a record says, as something to be applied."""
    known = {field.name for field in fields(Relaxation)}
    return Relaxation(**{k: tuple(v) if k == "leads" else v for k, v in record.items() if k in known})


def _with_skills(scenario: Scenario, changes: list[dict]) -> Scenario:
    """Return the scenario in which a rep has the skills that would otherwise be dropped."""
    reps = {rep.id: rep for rep in scenario.reps}
    for change in changes:
        if "or_level" in change:
            rep = reps[change["or_rep"]]
            skills = {**rep.skills, change["skill"]: change["or_level"]}
            reps[rep.id] = rep.model_copy(update={"skills": skills})
    return scenario.model_copy(update={"reps": tuple(reps.values())})


def _eligible(scenario: Scenario, lead: str, rep: str) -> bool:
    """Tell whether a rep may take a lead, and its family."""
    compiled = compile_scenario(scenario)
    problem, facts = compiled.problem, compiled.facts
    row = int(np.flatnonzero(facts.select_leads({"id": (lead,)}))[0])
    leads, _ = problem.leads_of(problem.item[row : row + 1])
    return bool(problem.eligible(leads)[:, facts.rep_index[rep]].all())


def _moved(scenario: Scenario, owner: np.ndarray, lead: str, rep: str) -> np.ndarray:
    """Return the plan in which a lead and its family have gone to a rep."""
    facts = Facts(scenario)
    row = int(np.flatnonzero(facts.select_leads({"id": (lead,)}))[0])
    return np.where(facts.item == facts.item[row], facts.rep_index[rep], owner)


def _assert_lifted(explained: Explainer, lead: str, rep: str) -> list[dict]:
    """Check that the changes told allow the one move, and that without any one of them it is still forbidden."""
    scenario, answer = explained.scenario, explained.why_not(lead, rep)
    changes = answer["changes"]
    moved = _moved(scenario, explained.plan.owner, lead, rep)
    forbidden = not judge(scenario, moved).feasible
    assert bool(changes) == (forbidden and answer["reason"] != "chosen")
    if answer["reason"] in ("removed", "family", "row_full", "needed"):
        assert changes
    if not changes:
        return changes
    steps = [_relaxation(change) for change in changes]
    changed = apply(scenario, *steps)
    assert _eligible(changed, lead, rep)
    assert judge(changed, moved).feasible
    kept = [step for step, change in zip(steps, changes, strict=True) if "or_level" not in change]
    trained = _with_skills(apply(scenario, *kept), changes)
    assert _eligible(trained, lead, rep)
    assert judge(trained, moved).feasible
    for k in range(len(steps)):
        without = apply(scenario, *steps[:k], *steps[k + 1 :])
        assert not judge(without, moved).feasible
    return changes


@settings(
    max_examples=times(50),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(scenarios(most_leads=5, most_reps=3, rates=st.sampled_from([None, None, 7.5])))
def test_what_is_told_allows_the_move_and_nothing_less_does(scenario: Scenario) -> None:
    plan = solve(scenario, Limits(time=20, workers=1)).plan
    assume(plan is not None)
    explained = explain(scenario, plan)
    for lead, rep in product(scenario.leads["id"].to_list(), scenario.reps):
        for change in _assert_lifted(explained, lead, rep.id):
            event(f"{change['code']} {change['kind']}")


@pytest.mark.parametrize("name", ["first-cycle", "quarter-accounts", "channel-against-direct", "chinese-b2b"])
def test_examples(name: str) -> None:
    scenario = example(name)
    explained = explain(scenario, solve(scenario, Limits(time=20, work=1, workers=1)).plan)
    for lead, rep in product(scenario.leads["id"].to_list()[::4], scenario.reps[::2]):
        _assert_lifted(explained, lead, rep.id)


REPS = (
    Rep(id="ann", capacity={"hours": 10}, skills={"german": 1}, channel="direct"),
    Rep(id="bob", capacity={"hours": 6}, channel="partner", competitor_groups="cola"),
)
LEADS = [
    {"id": "L1", "value": 200, "effort": 8.5, "owner": "bob", "competitor_group": "cola"},
    {"id": "L2", "value": 100, "effort": 3, "skills": "german:1", "competitor_group": "cola"},
    {"id": "L3", "value": 60, "effort": 1},
]


def told(rules: tuple, owner: list[int], lead: str, rep: str) -> tuple[list[dict], str]:
    """Return the changes and the sentence that tells them, without cost and position."""
    scenario = Scenario(rules=rules, goals=(Value(),), reps=REPS, leads=LEADS)
    explained = explain(scenario, plan_of(scenario, owner))
    answer = explained.why_not(lead, rep)
    kept = [{k: v for k, v in change.items() if k not in ("cost", "index", "kind")} for change in answer["changes"]]
    said = re.search(r"To allow it, (.*)\. (?:\w+ has|Nobody has) it", explained.sentence(answer))
    return kept, said.group(1) if said else ""


def test_room_is_told_to_the_unit() -> None:
    # ann holds 8.5 of 10 hours, L2 takes 3: 1.5 more; bob holds 3 of 6
    changes, said = told((Capacity(name="week"),), [0, 1, -1], "L2", "ann")
    assert changes == [
        {"code": "raise_capacity", "rule": "week", "rep": "ann", "metric": "hours", "before": 10.0, "after": 11.5}
    ]
    assert said == "raise the capacity of ann from 10 to 11.5 hours"
    assert told((Capacity(name="week"),), [0, 1, -1], "L3", "bob") == ([], "")


def test_every_rule_that_stands_in_the_way_yields() -> None:
    rules = (
        Skills(name="tongues"),
        Exclusion(name="not him", leads={"id": "L2"}, reps={"id": "bob"}),
        Pin(name="hers", leads={"id": "L2"}, reps={"id": "ann"}),
        Wall(name="rivals"),
        Capacity(),
    )
    changes, said = told(rules, [-1, 0, 1], "L2", "bob")
    assert [change["code"] for change in changes] == ["drop_skill", "except_leads", "except_leads", "except_leads"]
    assert (changes[0]["or_rep"], changes[0]["or_level"]) == ("bob", 1.0)
    assert said == (
        "drop the skill german on lead L2 (or bring bob to level 1 in german), make an exception from “not him” for "
        "lead L2, release the pin of lead L2 (“hers”) and let lead L2 share an owner with a competitor (“rivals”)"
    )


def test_amounts_of_bands_shares_budgets_and_minima() -> None:
    # all to ann: 360 against a fair 180 of each, which is 100 % off; bob's third is then 0, and L1 changes owner
    rules = (
        Band(name="even", metric="value", tolerance=0.5, of="leads"),
        ShareOf(name="partners", metric="value", floor=1 / 3, reps={"channel": "partner"}),
        Disruption(name="calm", at_most=0),
        Minimum(name="something", metric="leads", at_least=1, reps={"id": "bob"}),
    )
    changes, said = told(rules, [1, 0, 0], "L1", "ann")
    assert [(change["code"], change["after"]) for change in changes] == [
        ("widen_band", 1.0), ("lower_floor", 0.0), ("raise_budget", 1.0), ("lower_minimum", 0.0),
    ]  # fmt: skip
    assert said == (
        "widen the fair band “even” from ±50% to ±100%, lower the floor of “partners” from 33.3333% to 0%, raise the "
        "budget of “calm” from 0 to 1 lead and drop the minimum of 1 lead for bob (“something”)"
    )


def test_a_family_goes_as_one() -> None:
    leads = [{"id": f"L{k}", "value": 10, "family": "F"} for k in range(3)]
    rules = (Family(), Exclusion(name="not him", leads={"id": ["L1", "L2"]}, reps={"id": "bob"}), Capacity())
    reps = (Rep(id="ann"), Rep(id="bob", capacity={"leads": 2}))
    scenario = Scenario(rules=rules, goals=(Value(),), reps=reps, leads=leads)
    explained = explain(scenario, plan_of(scenario, [0, 0, 0]))
    answer = explained.why_not("L0", "bob")
    assert answer["reason"] == "family"
    assert [(c["code"], c.get("leads"), c.get("after")) for c in answer["changes"]] == [
        ("except_leads", ["L1", "L2"], None), ("raise_capacity", None, 3.0),
    ]  # fmt: skip


def test_two_rules_that_one_change_satisfies() -> None:
    rules = (Skills(name="one"), Skills(name="two"), Capacity(name="a"), Capacity(name="b"))
    changes, _ = told(rules, [0, -1, -1], "L2", "bob")
    assert [change["code"] for change in changes] == ["drop_skill"]
    changes, _ = told(rules, [0, -1, -1], "L2", "ann")
    assert [change["code"] for change in changes] == ["raise_capacity"]
