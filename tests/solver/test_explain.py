"""Explanations: figures by hand on a small plan, and what must hold on every plan."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from scenarios.examples import EXAMPLES, example
from scenarios.generate import FAMILIES, generate
from scenarios.goals import Continuity, Value
from scenarios.model import Rep, Scenario
from scenarios.rules import Capacity, Family, Pin, Protection
from solver import Limits, Plan, explain, profiles, solve
from solver.explain import UnknownName, brief, explainer
from solver.result import RowPrice, Tier
from tests.solver.explained import assert_brief, assert_explained
from tests.strategies import scenarios
from tests.thorough import times

FEASIBLE = [
    name
    for name in EXAMPLES
    if not name.startswith("infeasible") and "contiguity" not in {rule.kind for rule in example(name).rules}
]


def plan_of(scenario: Scenario, owner: list[int], *prices: RowPrice) -> Plan:
    return Plan(np.array(owner, dtype=np.int64), (Tier(1, 0.0, 0.0, 0.0, prices),))


def two_places() -> tuple[Scenario, Plan]:
    """Two reps with one place each. Scores: big 5 with ann and 4 with bob, small 6 and 3.

    The best plan gives small to ann: 6 + 4 against 5 + 3. A price of ann's place from 1 to 3 proves it: here 2.
    """
    scenario = Scenario(
        rules=(Capacity(name="places"),),
        goals=(Value(),),
        reps=(
            Rep(id="ann", capacity={"leads": 1}, win_rates={"Big": 0.5, "Small": 0.6}),
            Rep(id="bob", capacity={"leads": 1}, win_rates={"Big": 0.4, "Small": 0.3}),
        ),
        leads=[
            {"id": "big", "value": 10, "segment": "Big"},
            {"id": "small", "value": 10, "segment": "Small", "owner": "ann"},
        ],
    )
    return scenario, plan_of(scenario, [1, 0], RowPrice("places", "leads", "", "ann", 2.0))


def test_table_by_hand() -> None:
    # big: bob 4 - 0, ann 5 - 2 = 3 behind it; small: ann 6 - 2 = 4, bob 3 behind it
    assert explain(*two_places()).table().rows() == [
        ("big", "bob", 4.0, 4.0, 1.0, "ann", "best_net"),
        ("small", "ann", 6.0, 4.0, 1.0, "bob", "best_score"),
    ]


def test_record_and_sentence_by_hand() -> None:
    explained = explain(*two_places())
    record = explained.lead("big")
    assert record["terms"] == [{"name": "value", "kind": "value", "points": 4.0}]
    assert record["prices"] == []
    assert record["highest"] == {"rep": "ann", "score": 5.0}
    (ann,) = record["others"]
    assert (ann["reason"], ann["rule"], ann["difference"]) == ("row_full", "places", 1.0)
    assert {name: ann["detail"][name] for name in ("load", "limit", "amount", "excess")} == {
        "load": 1.0, "limit": 1.0, "amount": 1.0, "excess": 1.0,
    }  # fmt: skip
    assert (ann["price"]["points"], ann["price"]["price"]) == (2.0, 2.0)
    assert explained.sentence(record) == (
        "Goes to bob: 4 points (expected value 4). ann would score higher (5 points), but ann is at the limit of 1 "
        "lead (a place with ann costs 2 points); all told, that is 1 point behind."
    )
    assert explained.sentence(record, "zh-CN") == (
        "分给 bob：4 分（期望价值 4）。ann 的得分更高（5 分），但 ann 的容量（1 条线索）已用完"
        "（ann 的一个名额值 2 分）；合计反而落后 1 分。"
    )
    small = explained.lead("small")
    assert [p["points"] for p in small["prices"]] == [2.0]
    assert explained.sentence(small) == (
        "Stays with ann: 6 points (expected value 6). "
        "Nobody who may take it scores higher; next is bob, 1 point behind "
        "all told; expected value speaks most for ann (6 against 3)."
    )
    assert json.loads(json.dumps(record)) == record


def test_why_not_by_hand() -> None:
    explained = explain(*two_places())
    answer = explained.why_not("small", "bob")
    assert answer["reason"] == "lower_score"
    assert (answer["asked"]["net"], answer["chosen"]["net"], answer["difference"]) == (3.0, 4.0, 1.0)
    assert explained.sentence(answer) == (
        "bob would earn 3 points, 3 points less than ann, above all in expected value (3 against 6). "
        "ann has it, for 6 points."
    )
    assert explained.why_not("small", "ann")["reason"] == "chosen"
    assert explained.sentence(explained.why_not("small", "ann")) == "ann has it, for 6 points."


def test_without_prices_the_plan_says_that_it_decided() -> None:
    scenario, plan = two_places()
    bare = plan_of(scenario, plan.owner.tolist())
    assert explain(scenario, bare).table()["reason"].to_list() == ["rounded", "best_score"]
    assert "prices alone do not decide here" in explain(scenario, bare).sentence(explain(scenario, bare).lead("big"))


def test_unassigned_leads_are_told_apart() -> None:
    scenario = Scenario(
        rules=(Capacity(), Pin(name="nobody", leads={"id": "lost"}, reps={"id": "zoe"}, rate=None)),
        goals=(Value(),),
        reps=(Rep(id="ann", capacity={"leads": 1}), Rep(id="bob", capacity={"hours": 5})),
        leads=[
            {"id": "kept", "value": 9},
            {"id": "lost", "value": 9},
            {"id": "worthless", "value": 0},
            {"id": "long", "value": 9, "effort": 6},
            {"id": "cheap", "value": 1, "effort": 5},
        ],
    )
    # ann's place is taken, so `long`, which needs 6 of bob's 5 hours, has no room; bob could take `cheap`, but at a
    # price of 1 per hour its 5 hours cost 5 of its 1 point
    plan = plan_of(scenario, [0, -1, -1, -1, -1], RowPrice("capacity", "hours", "", "bob", 1.0))
    assert explain(scenario, plan).table()["reason"].to_list() == [
        "best_score", "no_eligible_rep", "not_worth_it", "no_room", "price_too_high",
    ]  # fmt: skip
    free = plan_of(scenario, [0, -1, -1, -1, -1])
    assert explain(scenario, free).table()["reason"].to_list()[-1] == "rounded"


def test_pinned_protected_tied_and_only_choice() -> None:
    scenario = Scenario(
        rules=(
            Pin(leads={"id": "pinned"}, reps={"id": "ann"}),
            Protection(),
            Pin(name="two", leads={"id": "two"}, reps={"id": ["ann", "bob"]}),
        ),
        goals=(Value(), Continuity()),
        reps=(Rep(id="ann"), Rep(id="bob"), Rep(id="cid")),
        leads=[
            {"id": "pinned", "value": 1},
            {"id": "held", "value": 1, "owner": "bob", "protected_until": "2030-01-01"},
            {"id": "two", "value": 1},
            {"id": "free", "value": 1},
        ],
    )
    table = explain(scenario, plan_of(scenario, [0, 1, 0, 2])).table()
    assert table["reason"].to_list() == ["pinned", "protected", "tied", "tied"]
    assert table["margin"].to_list() == [None, None, 0.0, 0.0]


def test_a_family_is_decided_as_one() -> None:
    # alone, `one` would go to ann (3 > 2); the family earns 3 + 1 with ann and 2 + 4 with bob
    scenario = Scenario(
        rules=(Family(),),
        goals=(Value(),),
        reps=(Rep(id="ann", win_rates={"A": 0.3, "B": 0.1}), Rep(id="bob", win_rates={"A": 0.2, "B": 0.4})),
        leads=[
            {"id": "one", "value": 10, "segment": "A", "family": "F"},
            {"id": "two", "value": 10, "segment": "B", "family": "F"},
        ],
    )
    explained = explain(scenario, plan_of(scenario, [1, 1]))
    assert explained.table().rows() == [
        ("one", "bob", 2.0, 2.0, 2.0, "ann", "family"),
        ("two", "bob", 4.0, 4.0, 2.0, "ann", "family"),
    ]
    record = explained.lead("one")
    assert record["family"] == {"leads": 2, "reason": "best_score", "score": 6.0, "net": 6.0}
    assert (record["others"][0]["score"], record["others"][0]["difference"]) == (3.0, 2.0)
    assert "Its family of 2 leads stays together, for 6 points in all." in explained.sentence(record)


def test_a_lead_is_read_at_the_prices_of_its_own_tier() -> None:
    scenario, plan = two_places()
    leads = [{**row, "tier": tier} for row, tier in zip(scenario.lead_records(), (2, 1), strict=True)]
    tiers = (
        Tier(1, 6.0, 6.0, 6.0, (RowPrice("places", "leads", "", "ann", 0.5),)),
        Tier(2, 4.0, 4.0, 4.0, (RowPrice("places", "leads", "", "ann", 5.0),)),
    )
    scenario = Scenario(**{**scenario.document(), "reps": scenario.rep_records(), "leads": leads})
    explained = explain(scenario, Plan(plan.owner, tiers))
    assert explained.lead("small")["net"] == 5.5
    assert explained.why_not("big", "ann")["asked"]["net"] == 0.0
    assert explained.loads().filter(rep="ann")["price"].to_list() == [5.0]


def test_unknown_names_come_with_a_guess() -> None:
    explained = explain(*two_places())
    with pytest.raises(UnknownName) as caught:
        explained.lead("Smal")
    assert str(caught.value) == "There is no lead 'Smal'. Maybe 'small' is meant."
    assert caught.value.message("zh-CN") == "没有线索“Smal”。也许是指“small”。"
    with pytest.raises(KeyError, match="There is no rep 'xyz'"):
        explained.why_not("small", "xyz")


def test_a_plan_of_another_scenario_is_refused() -> None:
    scenario, _ = two_places()
    with pytest.raises(ValueError, match="the plan is for 1 leads, the scenario has 2"):
        explain(scenario, plan_of(scenario, [0]))
    with pytest.raises(ValueError, match="names a rep whom the scenario does not have"):
        explain(scenario, plan_of(scenario, [0, 2]))


def test_nothing_to_explain() -> None:
    empty = Scenario(reps=(Rep(id="ann"),))
    explained = explain(empty, plan_of(empty, []))
    assert explained.table().height == 0
    assert list(explained.records()) == []
    assert explained.value()["assigned"] == 0
    lonely = Scenario(rules=(), leads=[{"id": "L", "value": 1}])
    explained = explain(lonely, plan_of(lonely, [-1]))
    assert explained.table().rows() == [("L", None, 0.0, 0.0, None, None, "no_eligible_rep")]
    assert explained.sentence(explained.lead("L")) == "Stays unassigned: there is no rep."
    assert explained.loads().height == 0


@pytest.mark.parametrize("name", FEASIBLE)
def test_examples_are_explained(name: str) -> None:
    scenario = example(name)
    plan = solve(scenario, Limits(time=20, work=2, workers=1)).plan
    assert plan is not None
    assert_explained(scenario, plan)


@pytest.mark.parametrize("family", FAMILIES)
def test_generated_scenarios_are_explained(family: str) -> None:
    scenario = generate(family, leads=30, reps=5, seed=3)
    plan = solve(scenario, Limits(time=20, work=2, workers=1)).plan
    assert plan is not None
    assert_explained(scenario, plan)


@settings(
    max_examples=times(40),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(scenarios())
def test_every_plan_is_explained(scenario: Scenario) -> None:
    plan = solve(scenario, Limits(time=20, workers=1)).plan
    assume(plan is not None)
    assert plan is not None
    assert_explained(scenario, plan)


def test_records_of_a_large_plan_tell_the_same_in_brief(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = example("quarter-accounts")
    plan = solve(scenario, Limits(time=20, work=2, workers=1)).plan
    assert plan is not None
    explained = explain(scenario, plan)
    full = [json.loads(line) for lines in explained.lines(("en", "zh-CN")) for line in lines]
    assert full == list(explained.records(locales=("en", "zh-CN")))
    monkeypatch.setattr(explainer, "FEW_PAIRS", 0)
    monkeypatch.setattr(brief, "LEADS_AT_ONCE", 7)
    short = [json.loads(line) for lines in explained.lines() for line in lines]
    assert [r["lead"] for r in short] == scenario.leads["id"].to_list()
    for long, told in zip(full, short, strict=True):
        assert told.keys() == long.keys()
        runner_up = long["numbers"]["runner_up"]
        assert [o["rep"] for o in told["numbers"]["others"]] == ([] if runner_up is None else [runner_up])
        assert told["numbers"]["not_told"] == len(scenario.reps) - (told["rep"] is not None) - (runner_up is not None)
        assert long["text"].keys() == {"en", "zh-CN"}
        assert told["text"].keys() == {"en"}


def test_lines_carry_any_name() -> None:
    odd = 'a "quoted" \\ name, {rep}\t'.strip()
    scenario = Scenario(
        rules=(),
        goals=(Value(),),
        reps=(Rep(id=odd, win_rates={"*": 0.5}), Rep(id="bob", win_rates={"*": 0.4})),
        leads=[{"id": f"{odd} 1", "value": 10, "owner": odd}, {"id": "线索", "value": 1_234_567}],
    )
    assert_brief(explain(scenario, plan_of(scenario, [0, 1])))


def test_explaining_imports_no_engine() -> None:
    code = "import sys, solver, solver.explain; sys.exit('ortools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_leads_that_are_looked_at_together_are_explained_alike(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large plan is surveyed profile by profile, its records are made pair by pair."""
    monkeypatch.setattr(profiles, "LEAST_CELLS", 0)
    scenario = generate(family, leads=40, reps=6, seed=4)
    plan = solve(scenario, Limits(time=20, work=2, workers=1)).plan
    assert plan is not None
    assert_explained(scenario, plan)
