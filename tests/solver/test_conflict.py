"""Conflicts whose rules and ways out are known by hand."""

from __future__ import annotations

import subprocess
import sys

import orjson
import pytest

from scenarios import rules
from scenarios.examples import example
from scenarios.goals import Value
from scenarios.model import Rep, Scenario
from scenarios.planted_conflicts import CONFLICTS, plant_conflict
from scenarios.rules import RULE_KINDS
from scenarios.texts import Text
from solver import Limits, solve
from solver.explain import conflict_texts, counterfactual_texts
from solver.explain.conflict import find_conflict
from solver.explain.relaxation import Relaxation, apply, merged
from solver.explain.trial import shrink


def _scenario(given, reps, leads, **more):
    return Scenario(rules=tuple(given), reps=tuple(reps), leads=leads, goals=(Value(),), **more)


def _changes(conflict):
    return [{(r.code, r.rule, r.rep, r.leads, r.before, r.after) for r in way.relaxations} for way in conflict.ways_out]


@pytest.mark.parametrize("kind", CONFLICTS)
@pytest.mark.parametrize("seed", [0, 1])
def test_planted_conflict_is_found(kind, seed):
    planted = plant_conflict(kind, leads=7, reps=3, seed=seed)
    conflict = find_conflict(planted.scenario)
    assert {clash.rule for clash in conflict.rules} == planted.conflict
    assert conflict.proved
    assert conflict.ways_out
    for way in conflict.ways_out:
        assert way.proved
        assert solve(apply(planted.scenario, *way.relaxations)).plan is not None


def test_bundled_example_has_two_ways_out():
    conflict = find_conflict(example("infeasible-two-ways"))
    # north-2 has one account and is promised four; two may move: one account less promised, or one more moved
    assert _changes(conflict) == [
        {("lower_minimum", "Four accounts for everybody", "north-2", (), 4.0, 3.0)},
        {("raise_budget", "At most two changes", "", (), 2.0, 3.0)},
    ]
    assert [way.cost for way in conflict.ways_out] == [1 / 4, 1 / 2]
    assert conflict.proved and conflict.cheapest and all(way.proved for way in conflict.ways_out)
    assert [(clash.rule, clash.reps) for clash in conflict.rules] == [
        ("Four accounts for everybody", ("north-2",)),
        ("At most two changes", ()),
    ]
    assert conflict.sentences() == [
        "These rules cannot hold together, and without any one of them the others could: “Four accounts for "
        "everybody” promises a minimum to north-2; “At most two changes” limits how much may change owner.",
        "Way out 1: lower the minimum of north-2 from 4 to 3 leads (“Four accounts for everybody”).",
        "Way out 2: raise the budget of “At most two changes” from 2 to 3 leads.",
    ]
    assert conflict.sentences("zh-CN")[1] == (
        "出路 1：将 north-2 的最低保障从 4 降到 3 条线索（“Four accounts for everybody”）。"
    )
    assert orjson.loads(orjson.dumps(conflict.record())) == conflict.record()


def test_pinned_leads_beyond_hours():
    """46 hours are pinned to a rep of 40: 6 more hours (0.15), or one lead less (1 each)."""
    scenario = _scenario(
        [rules.Capacity(name="hours"), rules.Pin(name="named", leads={"id": ["A", "B"]}, reps={"id": "East-1"})],
        [Rep(id="East-1", capacity={"hours": 40}), Rep(id="East-2", capacity={"hours": 40})],
        [{"id": "A", "effort": 20}, {"id": "B", "effort": 26}],
    )
    conflict = find_conflict(scenario)
    first, second, third = _changes(conflict)
    assert first == {("raise_capacity", "hours", "East-1", (), 40.0, 46.0)}
    assert second | third == {("except_leads", "named", "", (lead,), None, None) for lead in "AB"}
    assert conflict.ways_out[0].cost == pytest.approx(6 / 40)
    assert conflict.cheapest
    assert "raise the capacity of East-1 from 40 to 46 hours" in conflict.ways_out[0].sentence()


def test_required_lead_that_nobody_may_take():
    """No load row is broken and no pair exists: the pin asks for an owner, and the skill removes everybody."""
    scenario = _scenario(
        [
            rules.Pin(name="vip", leads={"id": "A"}, reps={"team": "X"}),
            rules.Skills(name="languages"),
            rules.Exclusion(name="not B", leads={"id": "B"}),
        ],
        [Rep(id="R1", team="X", skills={"german": 1}), Rep(id="R2", team="Y", skills={"german": 3})],
        [{"id": "A", "skills": "german:2"}, {"id": "B"}],
    )
    conflict = find_conflict(scenario)
    assert {(clash.rule, clash.leads) for clash in conflict.rules} == {("vip", ("A",)), ("languages", ("A",))}
    ways = {frozenset((r.code, r.rule, r.leads, r.skill) for r in way.relaxations) for way in conflict.ways_out}
    assert ways == {
        frozenset({("drop_skill", "languages", ("A",), "german")}),
        frozenset({("except_leads", "vip", ("A",), "")}),
    }


def test_pin_to_nobody():
    """A pin whose reps do not exist is a conflict of one rule, and is released."""
    scenario = _scenario(
        [rules.Pin(name="gone", leads={"id": "A"}, reps={"team": "left"})], [Rep(id="R1")], [{"id": "A"}]
    )
    conflict = find_conflict(scenario)
    assert [clash.rule for clash in conflict.rules] == ["gone"]
    assert [way.sentence() for way in conflict.ways_out] == ["Way out 1: release the pin of lead A (“gone”)."]


def test_band_is_widened_to_what_is_needed():
    """100 and 140 of value for two equal reps, all pinned: 20 beyond a target of 120, that is 16.6667 %."""
    scenario = _scenario(
        [
            rules.Band(name="fair", metric="value", tolerance=0.1, of="leads"),
            rules.Pin(name="all", leads={}, reps={}),
        ],
        [Rep(id="R1"), Rep(id="R2")],
        [{"id": "A", "value": 100}, {"id": "B", "value": 140}],
    )
    conflict = find_conflict(scenario)
    assert conflict.ways_out[0].sentence() == "Way out 1: widen the fair band “fair” from ±10% to ±16.6667%."
    assert conflict.ways_out[0].cost == pytest.approx(1 / 6 - 0.1, abs=1e-5)
    assert conflict.cheapest
    assert "±10% 放宽到 ±16.6667%" in conflict.ways_out[0].sentence("zh-CN")


def test_band_that_no_tolerance_satisfies_is_dropped():
    """A rep who is entitled to nothing is pinned a lead: every multiple of 0 is 0."""
    scenario = _scenario(
        [
            rules.Band(name="fair", metric="leads", tolerance=0.1),
            rules.Pin(name="pin", leads={"id": "A"}, reps={"id": "R1"}),
        ],
        [Rep(id="R1", share=0), Rep(id="R2", share=1)],
        [{"id": "A"}, {"id": "B"}],
    )
    codes = [[r.code for r in way.relaxations] for way in find_conflict(scenario).ways_out]
    assert codes == [["except_leads"], ["drop_rule"]]


def test_one_change_rather_than_several_of_the_same_cost():
    """Six leads, two reps of two places each: one rep with four places costs as much as two with three."""
    scenario = _scenario(
        [rules.Capacity(name="places"), rules.Pin(name="all served", leads={}, reps={})],
        [Rep(id="R1", capacity={"leads": 2}), Rep(id="R2", capacity={"leads": 2})],
        [{"id": f"L{i}"} for i in range(6)],
    )
    first, second, third = find_conflict(scenario).ways_out
    # two places more, 2 / 2, for either rep; or two leads that need no owner, 1 each
    assert {way.relaxations[0].code for way in (first, second, third)} == {"raise_capacity", "except_leads"}
    assert first.cost == second.cost == pytest.approx(1.0) and third.cost == pytest.approx(2.0)
    assert [len(way.relaxations) for way in (first, second, third)] == [1, 1, 1]


def test_wall_and_family():
    """Two competitors of one family count once for the wall; a third one with the same rep does not fit."""
    scenario = _scenario(
        [
            rules.Family(name="families"),
            rules.Wall(name="walls"),
            rules.Pin(name="all", leads={}, reps={}),
        ],
        [Rep(id="R1")],
        [
            {"id": "A", "family": "f", "competitor_group": "cola"},
            {"id": "B", "family": "f", "competitor_group": "cola"},
            {"id": "C", "competitor_group": "cola"},
        ],
    )
    conflict = find_conflict(scenario)
    assert {clash.rule for clash in conflict.rules} == {"walls", "all"}
    for way in conflict.ways_out:
        assert solve(apply(scenario, *way.relaxations)).plan is not None
    assert conflict.ways_out[0].relaxations[0].leads == ("C",)


def test_costs_are_the_planners():
    scenario = example("infeasible-two-ways")
    dear = find_conflict(scenario, costs={"Four accounts for everybody": 10})
    assert [way.relaxations[0].code for way in dear.ways_out] == ["raise_budget", "lower_minimum"]
    assert [way.cost for way in dear.ways_out] == [1 / 2, 10 / 4]
    never = find_conflict(scenario, costs={"Four accounts for everybody": float("inf")})
    assert [way.relaxations[0].code for way in never.ways_out] == ["raise_budget"]


@pytest.mark.parametrize(("relaxing", "codes"), [(10, ["raise_budget", "lower_minimum"]), (None, ["raise_budget"])])
def test_costs_stand_in_the_scenario(relaxing, codes):
    scenario = example("infeasible-two-ways")
    rules = tuple(
        rule.model_copy(update={"relaxing": relaxing}) if rule.name == "Four accounts for everybody" else rule
        for rule in scenario.rules
    )
    conflict = find_conflict(scenario.model_copy(update={"rules": rules}))
    assert [way.relaxations[0].code for way in conflict.ways_out] == codes
    usual = find_conflict(scenario, costs={"Four accounts for everybody": 1})
    assert [way.cost for way in usual.ways_out] == [way.cost for way in find_conflict(scenario).ways_out]


def test_number_of_ways_out():
    scenario = example("infeasible-two-ways")
    assert len(find_conflict(scenario, ways=1).ways_out) == 1
    assert find_conflict(scenario, ways=0).ways_out == ()


@pytest.mark.parametrize("costs", [{"Places": 0}, {"Places": float("nan")}, {"nothing": 1}])
def test_bad_costs(costs):
    with pytest.raises(ValueError, match="cost"):
        find_conflict(example("infeasible-two-ways"), costs=costs)


def test_scenario_with_a_plan_is_refused():
    with pytest.raises(ValueError, match="has a plan"):
        find_conflict(_scenario([rules.Capacity()], [Rep(id="R1")], [{"id": "A"}]))


def test_nothing_is_claimed_when_the_limit_runs_out():
    conflict = find_conflict(example("infeasible-two-ways"), Limits(time=1e-9))
    assert conflict.rules == () and conflict.ways_out == ()
    assert not conflict.proved and not conflict.cheapest
    assert conflict.sentences() == [
        "It is not proved that the rules are in conflict: the limit ran out first.",
        "No way out was found.",
    ]


def test_a_rule_that_selects_by_tier_keeps_its_leads():
    """The conflict is about tier 2 alone; tiers must not be forgotten where only feasibility is asked."""
    scenario = _scenario(
        [
            rules.Pin(name="first", leads={"tier": 2}, reps={"id": "R1"}),
            rules.Exclusion(name="second", leads={"tier": 2}, reps={"id": "R1"}),
        ],
        [Rep(id="R1"), Rep(id="R2")],
        [{"id": "A", "tier": 1}, {"id": "B", "tier": 2}],
    )
    conflict = find_conflict(scenario)
    assert {(clash.rule, clash.leads) for clash in conflict.rules} == {("first", ("B",)), ("second", ("B",))}


def test_apply_leaves_other_rules_and_leads_alone():
    scenario = _scenario(
        [rules.Minimum(name="two", metric="leads", at_least=2), rules.Skills(name="skills")],
        [Rep(id="R1"), Rep(id="R2")],
        [{"id": "A", "skills": "german:2;sap:1"}, {"id": "B", "skills": "german:2"}],
    )
    lower = Relaxation("lower_minimum", "two", 0, "minimum", 0.5, rep="R1", metric="leads", before=2.0, after=1.0)
    drop = Relaxation("drop_skill", "skills", 1, "skills", 2.0, leads=("A",), skill="german")
    relaxed = apply(scenario, lower, drop)
    assert [(r.kind, r.reps) for r in relaxed.rules] == [
        ("minimum", {"id": ("R2",)}),
        ("skills", {}),
        ("minimum", {"id": ("R1",)}),
    ]
    assert [r.at_least for r in relaxed.rules if r.kind == "minimum"] == [2.0, 1.0]
    assert relaxed.leads["skills"].to_list() == ["sap:1", "german:2"]
    assert apply(scenario) is scenario
    assert Scenario.model_validate(relaxed.model_dump(exclude={"leads"}) | {"leads": relaxed.leads}) == relaxed


def test_merged_joins_leads_only():
    one = Relaxation("except_leads", "pin", 0, "pin", 1.0, leads=("B",))
    two = Relaxation("except_leads", "pin", 0, "pin", 1.0, leads=("A",))
    other = Relaxation("except_leads", "pin", 1, "pin", 1.0, leads=("A",))
    assert merged([one, two, other]) == (
        Relaxation("except_leads", "pin", 0, "pin", 2.0, leads=("A", "B")),
        other,
    )
    assert "release the pin of leads A, B" in merged([one, two])[0].sentence()


def test_shrink_finds_the_only_smallest_part():
    asked = []

    def conflict(part):
        asked.append(part)
        return {3, 11, 12} <= set(part)

    assert shrink(list(range(40)), conflict) == ([3, 11, 12], True)
    assert len(asked) < 40
    assert shrink([3, 11, 12], lambda part: None) == ([3, 11, 12], False)


def test_every_kind_of_rule_and_text_speaks_both_languages():
    assert set(conflict_texts.CLASH_TEXTS) == set(RULE_KINDS)
    texts = []
    for module in (conflict_texts, counterfactual_texts):
        for value in vars(module).values():
            texts += [value] if isinstance(value, Text) else []
            texts += [t for t in value.values() if isinstance(t, Text)] if isinstance(value, dict) else []
    assert len(texts) > 40
    for text in texts:
        english, chinese = text.fields()
        assert english == chinese, text


def test_importing_loads_no_engine():
    """What `import solver` loads is its own matter; the explanations add no engine to it."""
    code = (
        "import sys, solver\n"
        "before = set(sys.modules)\n"
        "import solver.explain.conflict, solver.explain.counterfactual\n"
        "print([name for name in set(sys.modules) - before if name.startswith('ortools')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
