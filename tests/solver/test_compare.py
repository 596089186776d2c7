"""Comparisons with planted changes, whose causes are known, and what today's owners are compared with."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from scenarios.generate import generate
from scenarios.goals import Balance, Continuity, Value
from scenarios.model import Rep, Scenario
from scenarios.rules import Band, Capacity, Exclusion, Family, Match, Minimum, Pin, Protection, Skills
from scenarios.texts import LOCALES
from solver import Explainer, Limits, explain, judge, solve
from solver.explain.compare import LISTED, Comparison, compare
from solver.explain.compare_sentences import move_sentence
from solver.result import Plan, Tier
from tests.solver.compared import assert_compared

GOALS = (Value(),)


def solved(scenario: Scenario) -> Explainer:
    result = solve(scenario, Limits(work=2))
    assert result.status == "optimal"
    assert result.plan is not None
    return explain(scenario, result.plan, result.seed)


def by_hand(scenario: Scenario, owner: list[int]) -> Explainer:
    """Explain a plan of one's own, without prices, that is said to be the best."""
    points = judge(scenario, np.array(owner, dtype=np.int64)).objective
    return explain(scenario, Plan(np.array(owner, dtype=np.int64), (Tier(1, points, points, points),)))


def rep(name: str, rate: float, **more: Any) -> Rep:
    return Rep(id=name, win_rates={"*": rate}, **more)


def lead(name: str, value: float, **more: Any) -> dict[str, Any]:
    return {"id": name, "value": value, **more}


def told(found: Comparison, name: str) -> tuple[dict[str, Any], str]:
    """Return the first cause of a move, and the move in words."""
    (record,) = [r for r in found.described(0, found.moves.height) if r["lead"] == name]
    assert all(move_sentence(found, record, locale) for locale in LOCALES)
    return record["causes"][0], move_sentence(found, record, "en")


def changed(base: Scenario, **update: Any) -> Comparison:
    return assert_compared(solved(base), solved(Scenario(**{**dict(base), **update})))


# -- what changed about the lead, or about a rep ---------------------------------------------------------------------


ANA, BEN = rep("Ana", 0.2, skills={"german": 2}), rep("Ben", 0.5)
LANGUAGES = Scenario(
    rules=(Skills(name="Languages"),), goals=GOALS, reps=(ANA, BEN), leads=[lead("L0", 10), lead("L1", 10)]
)


def test_a_skill_that_a_lead_requires_now_forbids_its_old_rep() -> None:
    found = changed(LANGUAGES, leads=[lead("L0", 10, skills={"german": 1}), lead("L1", 10)])
    assert found.moves.rows() == [("L0", "Ben", "Ana", 10.0, "lead_changed", ["lead_changed"])]
    cause, sentence = told(found, "L0")
    assert (cause["effect"], cause["by"]) == ("closed", ["Languages"])
    assert cause["fields"] == [{"field": "skills.german", "before": None, "after": 1.0}]
    assert sentence == (
        "L0 goes from Ben to Ana: its own data changed (skills.german: empty → 1), and Ben may not have it any more "
        "(“Languages”)."
    )
    assert found.tiers[0]["best_between"] == pytest.approx([-3.0, -3.0])  # 10 x 0.5 became 10 x 0.2
    assert "that is what the change is worth" in found.sentences()[1]
    back = assert_compared(found.other, found.base)
    cause, sentence = told(back, "L0")
    assert (cause["code"], cause["effect"], cause["by"]) == ("lead_changed", "opened", ["Languages"])
    assert sentence.endswith("and Ben may have it now, which “Languages” forbade.")


def test_a_value_that_changed_is_told_in_points() -> None:
    reps = (rep("Ana", 0.5, capacity={"leads": 1}), rep("Ben", 0.4, capacity={"leads": 1}))
    base = Scenario(rules=(Capacity(),), goals=GOALS, reps=reps, leads=[lead("L0", 10), lead("L1", 8)])
    found = changed(base, leads=[lead("L0", 10), lead("L1", 20)])
    assert dict(found.moves.select("lead", "cause").iter_rows()) == {"L0": "knock_on", "L1": "lead_changed"}
    cause, _ = told(found, "L1")
    assert cause["points"] == pytest.approx(12 * 0.1)  # what Ana is better by, for each unit of value more
    cause, _ = told(found, "L0")
    assert cause["because"] == {"lead": "L1", "code": "lead_changed"}


def test_a_rep_who_left_and_whom_that_pushes_on() -> None:
    """Ana's lead takes Ben's only place, and Ben's own lead is left."""
    reps = (rep("Ana", 0.5, capacity={"leads": 1}), rep("Ben", 0.4, capacity={"leads": 1}))
    base = Scenario(rules=(Capacity(name="Places"),), goals=GOALS, reps=reps, leads=[lead("L0", 100), lead("L1", 10)])
    found = changed(base, reps=reps[1:])
    assert found.causes == {"knock_on": 1, "rep_left": 1}
    cause, sentence = told(found, "L0")
    assert (cause["code"], cause["rep"]) == ("rep_left", "Ana")
    assert sentence == "L0 goes from Ana to Ben: Ana is no longer there."
    cause, sentence = told(found, "L1")
    assert cause["row"]["rule"] == "Places"
    assert cause["because"] == {"lead": "L0", "code": "rep_left"}
    assert "L0 came to Ben (its old rep is gone)" in sentence
    assert sentence.startswith("L1 leaves Ben, and nobody gets it: by the price of “Places” it costs 4 points more")
    back = assert_compared(found.other, found.base)
    assert told(back, "L0")[0]["code"] == "rep_joined"
    assert told(back, "L1")[0]["because"] == {"lead": "L0", "code": "rep_joined"}


def test_a_capacity_that_shrank() -> None:
    reps = (rep("Ana", 0.5, capacity={"leads": 2}), rep("Ben", 0.4))
    base = Scenario(rules=(Capacity(),), goals=GOALS, reps=reps, leads=[lead("L0", 100), lead("L1", 10)])
    smaller = (reps[0].model_copy(update={"capacity": {"leads": 1.0}}), reps[1])
    cause, sentence = told(changed(base, reps=smaller), "L1")
    assert (cause["code"], cause["rep"]) == ("rep_changed", "Ana")
    assert cause["fields"] == [{"field": "capacity.leads", "before": 2.0, "after": 1.0}]
    assert "the data of Ana changed (capacity.leads: 2 → 1)" in sentence


def test_a_capacity_that_grew_is_not_to_blame_for_being_full() -> None:
    """Ana takes two new leads into a larger room; the old one has to go, though her room grew."""
    reps = (rep("Ana", 0.5, capacity={"leads": 1}), rep("Ben", 0.4))
    base = Scenario(rules=(Capacity(),), goals=GOALS, reps=reps, leads=[lead("L0", 10)])
    larger = (reps[0].model_copy(update={"capacity": {"leads": 2.0}}), reps[1])
    scenario = Scenario(
        rules=base.rules, goals=GOALS, reps=larger, leads=[lead("L0", 10), lead("N1", 100), lead("N2", 100)]
    )
    there = by_hand(scenario, [1, 0, 0])  # without prices, so that nothing but the full row speaks for it
    found = assert_compared(by_hand(base, [0]), there)
    cause, _ = told(found, "L0")
    assert (cause["code"], cause["effect"], cause["because"]["code"]) == ("knock_on", "room", "lead_joined")
    smaller = scenario.model_copy(update={"reps": (larger[0].model_copy(update={"capacity": {"leads": 3.0}}), reps[1])})
    cause, _ = told(assert_compared(by_hand(smaller.model_copy(update={"leads": base.leads}), [0]), there), "L0")
    assert (cause["code"], cause["effect"]) == ("rep_changed", "room")  # with 3 places there were room


def test_a_new_lead_takes_a_place() -> None:
    reps = (rep("Ana", 0.5, capacity={"leads": 1}), rep("Ben", 0.4, capacity={"leads": 1}))
    base = Scenario(rules=(Capacity(),), goals=GOALS, reps=reps, leads=[lead("L0", 10)])
    found = changed(base, leads=[lead("L0", 10), lead("New", 100)])
    assert told(found, "L0")[0]["because"] == {"lead": "New", "code": "lead_joined"}
    assert found.record()["leads"] == {"both": 1, "only_base": 0, "only_other": 1}
    assert "1 lead is only in the second scenario." in found.sentences()


def test_a_family_follows_the_one_that_changed() -> None:
    leads = [lead("L0", 10, family="F"), lead("L1", 10, family="F")]
    base = Scenario(rules=(Skills(), Family()), goals=GOALS, reps=(ANA, BEN), leads=leads)
    found = changed(base, leads=[leads[0], {**leads[1], "skills": {"german": 2}}])
    assert dict(found.moves.select("lead", "cause").iter_rows()) == {"L0": "family_changed", "L1": "lead_changed"}
    cause, sentence = told(found, "L0")
    assert (cause["lead"], cause["effect"]) == ("L1", "closed")
    assert "L1 of the same family changed (skills.german: empty → 2)" in sentence
    joined = changed(base, leads=[*leads, lead("L2", 1, family="F", skills={"german": 1})])
    cause, sentence = told(joined, "L0")
    assert (cause["code"], cause["lead"], cause["what"], cause["by"]) == ("family_changed", "L2", "added", ["skills"])
    apart = changed(base, leads=[leads[0], {**leads[1], "skills": {"german": 2}}], rules=(Skills(),))
    assert apart.moves["lead"].to_list() == ["L1"]
    together = assert_compared(apart.other, found.other)  # now the family rule is new
    cause, _ = told(together, "L0")
    assert (cause["code"], cause["kind"], cause["what"], cause["effect"]) == (
        "rule_changed",
        "family",
        "added",
        "closed",
    )


# -- rules, goals and settings ---------------------------------------------------------------------------------------


def test_a_rule_that_is_new_or_gone() -> None:
    found = changed(
        LANGUAGES, rules=(Skills(name="Languages"), Exclusion(name="Feud", leads={"id": "L0"}, reps={"id": "Ben"}))
    )
    cause, sentence = told(found, "L0")
    assert (cause["code"], cause["what"], cause["name"], cause["by"]) == ("rule_changed", "added", "Feud", ["Feud"])
    assert sentence.endswith("the rule “Feud” is new, and Ben may not have it any more (“Feud”).")
    cause, sentence = told(assert_compared(found.other, found.base), "L0")
    assert (cause["what"], cause["effect"]) == ("removed", "opened")
    assert sentence.endswith("the rule “Feud” is gone, and Ben may have it now, which “Feud” forbade.")
    assert found.kept is not None
    assert [broken["rule"] for broken in found.kept["broken"]] == ["Feud"]
    assert any("cannot be kept" in line and "“Feud”" in line for line in found.sentences())


def test_a_band_that_was_widened() -> None:
    """Four equal leads: evenly at first, all but one with the better rep once that is allowed."""
    base = Scenario(
        rules=(Band(name="Fair", metric="leads", tolerance=0.1),),
        goals=GOALS,
        reps=(rep("Ana", 0.5), rep("Ben", 0.4)),
        leads=[lead(f"L{k}", 10 + k) for k in range(4)],
    )
    wider = (Band(name="Fair", metric="leads", tolerance=0.5),)
    found = changed(base, rules=wider)
    assert found.moves.height == 1
    cause, sentence = told(found, found.moves["lead"][0])
    assert (cause["code"], cause["name"], cause["kind"]) == ("rule_changed", "Fair", "band")
    assert cause["fields"] == [{"field": "tolerance", "before": 0.1, "after": 0.5}]
    assert "the rule “Fair” changed (tolerance: 0.1 → 0.5)" in sentence
    assert found.kept is not None
    assert found.kept["broken"] == []  # an even plan fits the wider band
    assert found.fairness["leads"]["base"]["max_ratio"] == 1.0
    assert found.fairness["leads"]["other"]["max_ratio"] == 1.5


def test_a_weight_that_changed() -> None:
    base = Scenario(
        rules=(),
        goals=(Value(), Continuity(weight=1)),
        reps=(rep("Ana", 0.5), rep("Ben", 0.4)),
        leads=[lead("L0", 30, owner="Ben")],
    )
    found = changed(base, goals=(Value(), Continuity(weight=5)))
    cause, sentence = told(found, "L0")  # for Ana 3 points of value, for Ben 1 point to stay, then 5
    assert (cause["code"], cause["points"]) == ("goal_changed", pytest.approx(4.0))
    assert "the goal “staying with the owner” changed (weight: 1 → 5), which speaks for Ben by 4 points" in sentence
    assert any("do not measure the same" in line for line in found.sentences())
    terms = {row["kind"]: (row["base"], row["other"]) for row in found.terms.to_dicts()}
    assert terms == {"value": (pytest.approx(15.0), pytest.approx(12.0)), "continuity": (0.0, 5.0)}


def test_a_protection_that_ran_out() -> None:
    base = Scenario(
        period_start=dt.date(2026, 1, 1),
        rules=(Protection(name="Protected"),),
        goals=GOALS,
        reps=(rep("Ana", 0.5), rep("Ben", 0.4)),
        leads=[lead("L0", 30, owner="Ben", protected_until=dt.date(2026, 1, 20))],
    )
    found = changed(base, period_start=dt.date(2026, 2, 1))
    cause, sentence = told(found, "L0")
    assert (cause["code"], cause["effect"], cause["by"]) == ("settings_changed", "opened", ["Protected"])
    assert "the settings changed (period_start: 2026-01-01 → 2026-02-01)" in sentence


def test_a_lead_that_may_no_longer_be_left() -> None:
    base = Scenario(rules=(), goals=(Value(),), reps=(rep("Ana", 0.0),), leads=[lead("L0", 0)])
    here, there = (
        by_hand(base, [-1]),
        by_hand(base.model_copy(update={"rules": (Pin(name="Hers", reps={"id": "Ana"}),)}), [0]),
    )
    cause, sentence = told(assert_compared(here, there), "L0")
    assert (cause["effect"], cause["by"]) == ("closed", ["Hers"])
    assert sentence == (
        "L0, which nobody had, goes to Ana: the rule “Hers” is new, and it may not stay unassigned any more (“Hers”)."
    )


# -- the same scenario -----------------------------------------------------------------------------------------------


def test_another_plan_of_the_same_worth_is_a_tie() -> None:
    scenario = Scenario(
        rules=(Capacity(),),
        goals=GOALS,
        reps=(rep("Ana", 0.5, capacity={"leads": 1}), rep("Ben", 0.5, capacity={"leads": 1})),
        leads=[lead("L0", 10), lead("L1", 10)],
    )
    found = assert_compared(by_hand(scenario, [0, 1]), by_hand(scenario, [1, 0]))
    assert found.causes == {"tied": 2}
    assert told(found, "L0")[1] == "L0 goes from Ana to Ben: it is worth the same either way."
    assert found.sentences()[0] == "Both plans score the same: 10 points."
    assert found.differences.none
    assert found.kept is None


def test_a_worse_plan_of_the_same_scenario_is_the_doing_of_the_search() -> None:
    scenario = Scenario(
        rules=(), goals=GOALS, reps=(rep("Ana", 0.5), rep("Ben", 0.4)), leads=[lead("L0", 10), lead("L1", 0)]
    )
    found = assert_compared(by_hand(scenario, [0, 0]), by_hand(scenario, [1, 1]))
    assert dict(found.moves.select("lead", "cause").iter_rows()) == {"L0": "rounded", "L1": "tied"}
    assert found.sentences()[0] == "The second plan scores 1 point less than the first: 4 points against 5 points."


def test_a_plan_compared_with_itself_is_empty() -> None:
    plan = solved(LANGUAGES)
    found = assert_compared(plan, plan)
    record = found.record()
    assert (record["moved"], record["moves"], record["causes"], record["value_moved"]) == (0, [], {}, 0.0)
    assert record["differences"]["same"]
    assert found.terms["change"].to_list() == [0.0]
    assert found.loads["change"].abs().sum() == 0.0
    assert "No lead changes owner." in found.sentences()


def test_what_is_within_the_gaps_is_not_called_proved() -> None:
    other = LANGUAGES.model_copy(
        update={"leads": pl.concat([LANGUAGES.leads[:1], LANGUAGES.leads[1:].with_columns(value=11.0)])}
    )
    base = explain(LANGUAGES, Plan(np.array([1, 1]), (Tier(1, 10.0, 12.0, 12.0),)))
    there = explain(other, Plan(np.array([1, 1]), (Tier(1, 10.5, 11.0, 11.0),)))
    found = compare(base, there)
    assert found.tiers[0]["best_between"] == pytest.approx([-1.5, 1.0])  # 10.5 - 12 and 11 - 10
    assert any("is not proved" in line for line in found.sentences())
    tight = explain(LANGUAGES, Plan(np.array([1, 1]), (Tier(1, 10.0, 10.2, 10.2),)))
    assert any("gained as well, between 0.3 points and 1 point" in line for line in compare(tight, there).sentences())


# -- scenarios that have little in common --------------------------------------------------------------------------

GRADED = Scenario(
    rules=(Match(lead_column="grade", rep_column="grade"), Band(metric="leads", by="team", leads={"grade": "A"})),
    reps=(Rep(id="R", grade="A"), Rep(id="S", grade="B;A")),
    leads=[lead("L", 3, grade="A"), lead("M", 3, grade="B")],
)
SIZED = Scenario(
    rules=(Capacity(), Minimum(metric="size", at_least=1)),
    reps=(Rep(id="S"), Rep(id="T", capacity={"size": 1})),
    leads=[lead("L", 3, size=2), lead("M", 3, size=1)],
)
ODD = {
    "nothing": by_hand(Scenario(), []),
    "no rep": by_hand(Scenario(leads=[lead("L", 3)]), [-1]),
    "no lead": by_hand(Scenario(reps=(Rep(id="R"),)), []),
    "graded": by_hand(GRADED, [0, 1]),
    "sized": by_hand(SIZED, [0, 1]),
    "unsized": by_hand(
        SIZED.model_copy(update={"rules": (), "goals": (Balance(),), "leads": SIZED.leads.drop("size")}), [1, 0]
    ),
}


@pytest.mark.parametrize("other", ODD)
@pytest.mark.parametrize("base", ODD)
def test_scenarios_that_speak_of_columns_which_the_others_lack(base: str, other: str) -> None:
    found = assert_compared(ODD[base], ODD[other])
    assert (found.moves.height == 0) == (base == other or {base, other} & {"nothing", "no lead"} != set())


# -- large plans ----------------------------------------------------------------------------------------------------


def test_a_large_plan_lists_a_thousand_moves_and_counts_all() -> None:
    scenario = generate("cycle", leads=LISTED + 500, reps=20, seed=1)
    rng = np.random.default_rng(0)
    eligible = explain(scenario, Plan(np.full(LISTED + 500, -1), (Tier(1, 0.0, 0.0, 0.0),)))
    owner = rng.integers(0, 20, LISTED + 500)
    found = compare(eligible, explain(scenario, Plan(owner, (Tier(1, 0.0, 0.0, 0.0),))))
    record = found.record()
    assert (record["moved"], len(record["moves"])) == (LISTED + 500, LISTED)
    assert sum(record["causes"].values()) == LISTED + 500
    assert found.described(LISTED, LISTED + 2)[0]["lead"] == scenario.leads["id"][LISTED]
