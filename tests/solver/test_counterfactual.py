"""Forced pairs: by hand, and against brute force."""

from __future__ import annotations

import importlib
from dataclasses import replace

import orjson
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from scenarios import rules
from scenarios.goals import Value
from scenarios.model import Rep, Scenario
from solver import Limits, solve
from solver.check import judge
from solver.explain.counterfactual import Move, verify
from solver.explain.relaxation import apply
from tests.oracle import Oracle
from tests.strategies import scenarios
from tests.thorough import times


def _scenario(given=(), leads=None):
    """Two reps with one place each. A is worth 10 with R1 and 9 with R2, B is worth 8 with R1 and 4 with R2."""
    return Scenario(
        rules=(rules.Capacity(name="places"), *given),
        goals=(Value(),),
        reps=(
            Rep(id="R1", capacity={"leads": 1}, win_rates={"a": 1.0, "b": 0.8}),
            Rep(id="R2", capacity={"leads": 1}, win_rates={"a": 0.9, "b": 0.4}),
        ),
        leads=leads or [{"id": "A", "value": 10, "segment": "a"}, {"id": "B", "value": 10, "segment": "b"}],
    )


def test_costly_pair():
    """Best: A to R2, B to R1, 9 + 8 = 17. With A at R1, B goes to R2: 10 + 4 = 14, a loss of 3."""
    scenario = _scenario()
    verified = verify(scenario, solve(scenario), "A", "R1")
    assert verified.verdict == "costly" and verified.now == "R2"
    assert verified.loss == pytest.approx(3.0)
    assert verified.least == pytest.approx(3.0) and verified.most == pytest.approx(3.0)
    assert verified.moves == (Move("B", "R1", "R2"),) and verified.moved == 1
    assert verified.sentences() == [
        "If A went to R1 instead of R2, the plan would lose 3 points.",
        "For this, B would go from R1 to R2.",
    ]
    assert verified.sentences("zh-CN") == [
        "若 A 改归 R1（方案中为：R2），方案将损失 3 分。",
        "为此，B 由 R1 改为归属于 R2。",
    ]
    assert orjson.loads(orjson.dumps(verified.record())) == verified.record()


def test_impossible_pair_names_the_rules_and_what_would_allow_it():
    scenario = _scenario([rules.Exclusion(name="not there", leads={"id": "A"}, reps={"id": "R1"})])
    verified = verify(scenario, solve(scenario), "A", "R1")
    assert verified.verdict == "impossible" and verified.loss is None
    assert [clash.rule for clash in verified.conflict.rules] == ["not there"]
    assert verified.sentences() == [
        "A cannot go to R1: “not there” keeps lead A from some reps.",
        "Way out 1: make an exception from “not there” for lead A.",
    ]
    (way,) = verified.conflict.ways_out
    allowed = apply(scenario, *way.relaxations)
    assert verify(allowed, solve(allowed), "A", "R1").verdict == "costly"


@settings(max_examples=times(30), deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(most_leads=4, most_reps=3), st.data())
def test_with_many_pairs_a_barred_one_is_told_at_once(scenario, data):
    """And only one that no plan has."""
    result = solve(scenario)
    if result.plan is None:
        return
    lead, rep = data.draw(st.sampled_from(range(scenario.leads.height))), data.draw(st.sampled_from(scenario.reps))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importlib.import_module("solver.explain.counterfactual"), "MOST_ALIKE", 0)
        verified = verify(scenario, result, scenario.leads["id"][lead], rep.id)
    if verified.conflict is None or verified.conflict.searched:
        return
    (clash,) = verified.conflict.rules
    assert verified.verdict == "impossible" and scenario.rules[clash.index].rate is None
    assert len(verified.sentences()) == 1
    column = scenario.reps.index(rep)
    assert all(owner[lead] != column or not judge(scenario, owner).feasible for owner in Oracle(scenario).plans)


def test_impossible_because_of_others():
    """R1's only place is taken by the pin of B."""
    scenario = _scenario([rules.Pin(name="B stays", leads={"id": "B"}, reps={"id": "R1"})])
    conflict = verify(scenario, solve(scenario), "A", "R1").conflict
    assert {clash.rule for clash in conflict.rules} == {"places", "B stays"}
    assert {(r.code, r.rule) for way in conflict.ways_out for r in way.relaxations} == {
        ("raise_capacity", "places"),
        ("except_leads", "B stays"),
    }


def test_tie_moves_no_more_than_it_must():
    """Four alike leads, two alike reps of three places: only the forced lead moves, or one makes room for it."""
    scenario = Scenario(
        rules=(rules.Capacity(),),
        goals=(Value(),),
        reps=(Rep(id="R1", capacity={"leads": 3}), Rep(id="R2", capacity={"leads": 3})),
        leads=[{"id": f"L{i}", "value": 5} for i in range(4)],
    )
    result = solve(scenario)
    here = int(result.plan.owner[0])
    other, full = f"R{2 - here}", (result.plan.owner == 1 - here).sum() == 3
    verified = verify(scenario, result, "L0", other)
    assert verified.verdict == "tie" and verified.loss == 0.0
    assert verified.moved == (1 if full else 0)
    assert verified.sentences()[0] == f"L0 could as well go to {other}: another plan is worth the same."


def test_planned_pair():
    scenario = _scenario()
    verified = verify(scenario, solve(scenario), "A", "R2")
    assert verified.verdict == "planned" and verified.loss == 0.0 and verified.moved == 0
    assert verified.sentences() == ["A is with R2 in the plan."]


def test_a_plan_that_is_not_the_best_is_told():
    """The plan gives A to R1 (14 points) and proves no more than 20: the best with A at R2 has 17."""
    scenario = _scenario()
    best = solve(scenario)
    owner = best.plan.owner.copy()
    owner[:] = [0, 1]
    poor = replace(best.plan, owner=owner, tiers=(replace(best.plan.tiers[0], objective=14.0, bound=20.0),))
    verified = verify(scenario, replace(best, status="feasible", plan=poor), "A", "R2")
    assert verified.verdict == "better_than_plan" and verified.gain == pytest.approx(3.0)
    # the best plan lies between 17 and 20, the best with the pair at 17
    assert (verified.least, verified.most) == (pytest.approx(0.0), pytest.approx(3.0))
    assert "a plan that is 3 points better" in verified.sentences()[0]


def test_no_more_is_claimed_than_the_bounds_prove():
    """A plan of 17 points whose bound is 19: with A at R1 14 are left, so the loss is 3 to 5."""
    scenario = _scenario()
    best = solve(scenario)
    loose = replace(best.plan, tiers=(replace(best.plan.tiers[0], bound=19.0),))
    verified = verify(scenario, replace(best, status="feasible", plan=loose), "A", "R1")
    assert verified.verdict == "costly" and verified.loss is None
    assert (verified.least, verified.most) == (pytest.approx(3.0), pytest.approx(5.0))
    assert "between 3 and 5 points" in verified.sentences()[0]
    planned = verify(scenario, replace(best, status="feasible", plan=loose), "A", "R2")
    assert planned.verdict == "planned" and planned.loss is None and planned.most == pytest.approx(2.0)


def test_families_follow_and_unassigned_leads_are_told():
    scenario = _scenario(
        [rules.Family(name="families")],
        [
            {"id": "A", "value": 10, "segment": "a"},
            {"id": "B", "value": 3, "segment": "a", "family": "f"},
            {"id": "C", "value": 20, "segment": "b"},
        ],
    )
    result = solve(scenario)  # C to R1: 16, A to R2: 9; B stays
    verified = verify(scenario, result, "B", "R2")
    assert verified.now is None
    # B in the place of A: 2.7 instead of 9
    assert verified.loss == pytest.approx(9 - 2.7)
    assert verified.sentences() == [
        "If B went to R2 instead of nobody, the plan would lose 6.3 points.",
        "For this, A of R2 would stay unassigned.",
    ]


def test_loss_in_a_higher_tier():
    """A comes first and is worth 1 point more with R1; what B gains elsewhere does not count against it."""
    scenario = _scenario(
        leads=[
            {"id": "A", "value": 10, "segment": "a", "tier": 1},
            {"id": "B", "value": 10, "segment": "b", "tier": 2},
        ]
    )
    verified = verify(scenario, solve(scenario), "A", "R2")
    assert verified.verdict == "costly" and verified.tier == 1
    assert verified.loss == pytest.approx(1.0)


def test_undecided_when_the_limit_runs_out(monkeypatch):
    """No time for the forced solve: nothing is proved, and nothing is claimed."""
    scenario = _scenario()
    result = solve(scenario)
    none = replace(result, status="no_plan_found", plan=None)
    module = importlib.import_module("solver.explain.counterfactual")
    monkeypatch.setattr(module, "solve_again", lambda *_, **__: none)
    verified = verify(scenario, result, "A", "R1")
    assert verified.verdict == "undecided" and verified.least is None
    assert verified.sentences() == ["Whether A could go to R1 is not decided: the limit ran out first."]


@pytest.mark.parametrize(("lead", "rep"), [("nobody", "R1"), ("A", "nobody")])
def test_unknown_ids(lead, rep):
    scenario = _scenario()
    with pytest.raises(ValueError, match="'nobody'"):
        verify(scenario, solve(scenario), lead, rep)


def test_without_a_plan():
    scenario = _scenario([rules.Minimum(at_least=3)])
    with pytest.raises(ValueError, match="no plan"):
        verify(scenario, solve(scenario), "A", "R1")


def test_rep_whose_id_is_read_as_two_values():
    """`R1;R2` would be read as R1 or R2, so forcing it would force the wrong thing."""
    scenario = Scenario(
        rules=(), reps=(Rep(id="R1"), Rep(id="R1;R2")), leads=[{"id": "A", "value": 1}], goals=(Value(),)
    )
    result = solve(scenario)
    other = "R1;R2" if result.plan.owner[0] == 0 else "R1"
    with pytest.raises(ValueError, match="rename"):
        verify(scenario, result, "A", other)


@settings(max_examples=times(50), deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(most_leads=4, most_reps=3, rates=st.sampled_from([None, None, 7.5])), st.data())
def test_verdicts_are_those_of_brute_force(scenario, data):
    result = solve(scenario)
    if result.plan is None:
        return
    lead = data.draw(st.sampled_from(scenario.leads["id"].to_list()))
    rep = data.draw(st.sampled_from([rep.id for rep in scenario.reps]))
    verified = verify(scenario, result, lead, rep, Limits(time=30))
    event(verified.verdict)
    best = Oracle(scenario).truth()
    pin = rules.Pin(leads={"id": lead}, reps={"id": rep})
    forced = Oracle(scenario.model_copy(update={"rules": (*scenario.rules, pin)})).truth()
    if forced is None:
        assert verified.verdict == "impossible"
        assert all(clash.index < len(scenario.rules) for clash in verified.conflict.rules)
        return
    room = 1e-5 * max(1.0, *map(abs, best.tiers.values()))
    lost = [(t, best.tiers[t] - forced.tiers[t]) for t in best.tiers]
    tier, loss = next(((t, x) for t, x in lost if x > room), (lost[-1][0], 0.0))
    assert verified.least - room <= loss <= verified.most + room
    if verified.loss is None:
        assert verified.verdict in ("undecided", "planned", "costly")
        return
    assert verified.verdict in ("planned", "costly", "tie")
    assert verified.loss == pytest.approx(loss, abs=room)
    if verified.verdict == "costly":
        assert verified.tier == tier or loss <= room
    if verified.verdict != "planned":
        assert verified.moved == min((plan != result.plan.owner).sum() - 1 for plan in forced.plans)


def test_optimal_results_give_exact_losses():
    """Decimals that are whole in no unit: both solves are optimal, so the loss is one number."""
    leads = [{"id": f"L{i}", "value": 100 / 3 + i / 7, "effort": 1 / 3} for i in range(6)]
    scenario = Scenario(
        rules=(rules.Capacity(),),
        goals=(Value(),),
        reps=tuple(Rep(id=f"R{j}", capacity={"hours": 1.1}, win_rates={"*": 0.3 + j / 11}) for j in range(2)),
        leads=leads,
    )
    result = solve(scenario)
    assert result.status == "optimal"
    for rep in scenario.reps:
        for lead in leads:
            verified = verify(scenario, result, lead["id"], rep.id)
            assert verified.loss is not None and verified.verdict in ("planned", "costly", "tie")
