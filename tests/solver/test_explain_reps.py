"""Why a rep has this load, and why not more: against the judge, the other explanations and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from scenarios import rules
from scenarios.goals import Continuity, Value
from scenarios.model import Rep, Scenario
from scenarios.texts import LOCALES
from solver import Explainer, explain, judge, solve
from solver.compile import names_of
from solver.explain import UnknownName
from solver.facts import Facts
from solver.rules import RULE_MATHS
from tests.oracle import Oracle
from tests.strategies import scenarios
from tests.texts import wrong_in
from tests.thorough import times

RATES = (0.5, 0.3)


def _scenario(*more: rules.Rule, leads: list | None = None, capacity: dict | None = None) -> Scenario:
    """With ann 50, 30 and 20 points, with bob 30, 18 and 12: ann is better by 20, 12 and 8."""
    reps = (
        Rep(id="ann", capacity=capacity or {"leads": 2}, win_rates={"*": RATES[0]}),
        Rep(id="bob", win_rates={"*": RATES[1]}),
    )
    leads = leads or [{"id": name, "value": value} for name, value in (("A", 100), ("B", 60), ("C", 40))]
    return Scenario(rules=(rules.Capacity(), *more), goals=(Value(),), reps=reps, leads=leads)


def _record(scenario: Scenario, rep: str) -> dict:
    result = solve(scenario)
    assert result.plan is not None
    record = explain(scenario, result.plan).rep(rep)
    for locale in LOCALES:
        _assert_sentences(explain(scenario, result.plan).rep_sentences(record, locale), locale)
    return record


def _assert_sentences(lines: list[str], locale: str) -> None:
    for line in lines:
        assert line.endswith("。" if locale == "zh-CN" else ".")
        assert wrong_in(line) == []


def test_a_full_rep() -> None:
    record = _record(_scenario(), "ann")
    assert (record["leads"], record["kept"], record["lost"], record["score"]) == (2, 0, 0, 80.0)
    assert record["more"]["reason"] == "row_full"
    stop = {"reason": "row_full", "rule": "capacity", "kind": "capacity", "leads": 1, "points": 8.0, "best": "C"}
    assert record["more"]["stops"] == [stop]
    assert [missed["lead"] for missed in record["missed"]] == ["C"]
    (bound,) = record["rules"]
    assert (bound["rule"], bound["side"], bound["load"], bound["limit"], bound["binds"]) == (
        "capacity", "upper", 2.0, 2.0, "price",
    )  # fmt: skip
    # a third place gains 8, and the second is worth 12: any price between is right
    assert 8.0 - 1e-6 <= bound["price"] <= 12.0 + 1e-6
    assert bound["looser_gains_at_most"] >= 8.0 - 1e-6
    assert bound["tighter_costs_at_least"] <= 12.0 + 1e-6


def test_a_rep_whom_others_beat() -> None:
    record = _record(_scenario(), "bob")
    assert record["more"]["reason"] == "better_elsewhere"
    assert (record["more"]["better_elsewhere"], record["more"]["stops"]) == (2, [])
    assert record["rules"] == []
    sentences = explain(_scenario(), solve(_scenario()).plan).rep_sentences(record)
    assert sentences[0] == "bob gets 1 lead, 12 points in all: 0 stay and 1 is new."
    assert "No rule binds bob." in sentences
    assert "Why not more: what bob may take scores at least as high where it is." in sentences


def test_a_rep_whom_rules_leave_nothing() -> None:
    record = _record(_scenario(rules.Exclusion(name="not bob", reps={"id": "bob"})), "bob")
    assert (record["leads"], record["reasons"], record["more"]["reason"]) == (0, {}, "not_eligible")
    assert record["more"]["removed"] == {"not bob": 3}
    assert record["missed"] == []


def test_a_rep_with_everything_and_a_rep_for_whom_nothing_is_worth_it() -> None:
    assert _record(_scenario(capacity={"leads": 9}), "ann")["more"]["reason"] == "has_all"
    poor = _scenario(rules.Skills(rate=1000.0), leads=[{"id": "A", "value": 100, "skills": "sap"}])
    assert _record(poor, "ann")["more"]["reason"] == "better_left"


def test_others_who_need_the_lead() -> None:
    """Bob must have two leads, so that ann, who has room for three, cannot have more than one."""
    record = _record(
        _scenario(rules.Minimum(name="two each", at_least=2, reps={"id": "bob"}), capacity={"leads": 3}), "ann"
    )
    assert [(stop["reason"], stop["rule"]) for stop in record["more"]["stops"]] == [("needed", "two each")]
    assert record["more"]["better_here"] == 2


def test_what_is_kept_and_lost_today() -> None:
    leads = [{"id": name, "value": 10, "owner": owner} for name, owner in (("A", "ann"), ("B", "bob"), ("C", "ann"))]
    pinned = rules.Pin(leads={"id": "C"}, reps={"id": "bob"})
    scenario = _scenario(pinned, leads=leads).model_copy(update={"goals": (Continuity(),)})
    record = _record(scenario, "ann")
    assert (record["leads"], record["kept"], record["lost"]) == (1, 1, 1)
    other = _record(scenario, "bob")
    assert other["reasons"] == {"best_score": 1, "pinned": 1}


def test_a_capacity_that_is_full_without_a_price() -> None:
    """Two hours are left, and the only other lead takes three; nobody would gain by it."""
    leads = [{"id": "A", "value": 100, "effort": 3}, {"id": "B", "value": 1, "effort": 3}]
    record = _record(
        _scenario(rules.Pin(leads={"id": "B"}, reps={"id": "bob"}, rate=50.0), leads=leads, capacity={"hours": 5}),
        "ann",
    )
    (bound,) = record["rules"]
    assert (bound["binds"], bound["price"], bound["load"], bound["limit"]) == ("full", 0.0, 3.0, 5.0)


def test_an_unknown_rep_gets_a_guess() -> None:
    with pytest.raises(UnknownName, match="Maybe 'ann'"):
        explain(_scenario(), solve(_scenario()).plan).rep("Ann")


# -- all scenarios ----------------------------------------------------------------------------------------------------


@settings(max_examples=times(50), deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(most_leads=5, most_reps=3))
def test_records_agree_with_every_other_explanation(scenario: Scenario) -> None:
    result = solve(scenario)
    if result.plan is None:
        return
    explainer, facts = explain(scenario, result.plan), Facts(scenario)
    table, loads = explainer.table(), explainer.loads()
    for index, rep in enumerate(scenario.reps):
        record = explainer.rep(rep.id)
        mine = table.filter(rep=rep.id)
        assert record["leads"] == mine.height == sum(record["reasons"].values())
        assert record["reasons"] == {code: len(rows) for (code,), rows in mine.group_by("reason")}
        assert record["score"] == pytest.approx(mine["score"].sum(), abs=1e-6)
        assert record["kept"] == int(((facts.owner == index) & (result.plan.owner == index)).sum())
        for load in record["loads"]:
            (row,) = loads.filter(rep=rep.id, metric=load["metric"]).to_dicts()
            assert load == {
                name: row[name] if row[name] is None else pytest.approx(row[name], abs=1e-6) for name in load
            }
        _assert_more(scenario, explainer, facts, record)
        _assert_full(scenario, result.plan.owner, facts, index, record)
        for locale in LOCALES:
            lines = explainer.rep_sentences(record, locale)
            assert len(lines) >= 3 + len(record["missed"])
            _assert_sentences(lines, locale)


def _assert_more(scenario: Scenario, explainer: Explainer, facts: Facts, record: dict) -> None:
    """The other leads divide into parts, and each part is what `why_not` says of its leads."""
    more, rep = record["more"], record["rep"]
    others = [row["lead"] for row in explainer.table().to_dicts() if row["rep"] != rep]
    answers = {lead: explainer.why_not(lead, rep) for lead in others}
    parts = ("not_eligible", "better_elsewhere", "better_left", "better_here")
    assert more["others"] == len(others) == sum(more[name] for name in parts)
    assert more["not_eligible"] == sum(a["reason"] in ("removed", "family") for a in answers.values())
    assert more["tested"] == more["better_here"] == sum(stop["leads"] for stop in more["stops"])
    assert more["points"] == pytest.approx(sum(stop["points"] for stop in more["stops"]), abs=1e-6)
    event(more["reason"])
    for stop in more["stops"]:
        answer = answers[stop["best"]]
        assert answer["reason"] == stop["reason"]
        if stop["reason"] in ("row_full", "needed"):
            assert (answer["rule"], answer["kind"]) == (stop["rule"], stop["kind"])
    for missed in record["missed"]:
        assert missed == answers[missed["lead"]]
        assert missed["reason"] not in ("removed", "family")


def _assert_full(scenario: Scenario, owner: np.ndarray, facts: Facts, rep: int, record: dict) -> None:
    """No lead that counts can come, or go to nobody, without breaking a hard rule that is said to be full."""
    for bound in record["rules"]:
        if bound["binds"] != "full":
            continue
        event(f"full {bound['kind']} {bound['side']}")
        for lead in range(facts.n):
            family = np.flatnonzero(facts.item == facts.item[lead])
            moved = owner.copy()
            moved[family] = rep if bound["side"] == "upper" else -1
            counted = facts.metric(bound["metric"].partition("@")[0]).at(family, np.full(len(family), rep)).sum() > 1e-6
            before = facts.loads(bound["metric"].partition("@")[0], owner, np.ones(facts.n, dtype=bool))
            after = facts.loads(bound["metric"].partition("@")[0], moved, np.ones(facts.n, dtype=bool))
            judged = {name for name, breach in judge(scenario, moved).breaches}
            meant = _meant(scenario, bound, facts)[family]
            allowed = not {name for name in judged if _per_pair(scenario, name)} or bound["side"] == "lower"
            if counted and allowed and meant.all() and before[rep] != after[rep]:
                assert bound["rule"] in judged


def _meant(scenario: Scenario, bound: dict, facts: Facts) -> np.ndarray:
    """Return the leads that a bound counts."""
    names = _named(scenario)
    leads = facts.select_leads(names[bound["rule"]].leads)
    segment = bound["metric"].partition("@")[2]
    return leads & facts.select_leads({"segment": (segment,)}) if segment else leads


def _named(scenario: Scenario) -> dict:
    return dict(zip(names_of(scenario.rules), scenario.rules, strict=True))


def _per_pair(scenario: Scenario, name: str) -> bool:
    return RULE_MATHS[_named(scenario)[name].kind].per_pair


# -- prices ------------------------------------------------------------------------------------------------------------


@st.composite
def _crowded(draw: st.DrawFn) -> Scenario:
    """Draw a scenario with little room, a minimum for everybody, and at most one rule more."""
    scenario = draw(scenarios(most_leads=6, most_reps=2))
    room = {"leads": draw(st.sampled_from([1.0, 2.0])), "hours": draw(st.sampled_from([2.0, 4.5, 20.0]))}
    reps = tuple(rep.model_copy(update={"capacity": room, "carried": {}}) for rep in scenario.reps)
    more = tuple(rule for rule in scenario.rules if rule.kind not in ("capacity", "minimum"))[:1]
    own = (rules.Capacity(name="room"), rules.Minimum(name="least", metric="hours", at_least=1.0))
    return scenario.model_copy(update={"reps": reps, "rules": (*more, *own), "goals": (Value(), *scenario.goals[:1])})


@settings(max_examples=times(75), deadline=None, suppress_health_check=list(HealthCheck))
@given(_crowded(), st.sampled_from([0.5, 1.0, 2.0]), st.data())
def test_price_statements_hold_when_solved_again(scenario: Scenario, amount: float, data: st.DataObject) -> None:
    """So many units more gain at most their price and the open gap; so many less cost at least that less the gap."""
    result = solve(scenario)
    if result.plan is None:
        return
    rep = data.draw(st.sampled_from(scenario.reps))
    for bound in explain(scenario, result.plan).rep(rep.id)["rules"]:
        if bound["rule"] not in ("room", "least"):
            continue
        event(f"{bound['rule']} {bound['binds']}")
        tier = [tier.tier for tier in result.plan.tiers][bound["tier"] - 1]
        price, still_open = abs(bound["price"]), bound["looser_gains_at_most"] - abs(bound["price"])
        for sign in (1.0, -1.0):
            changed = _moved(scenario, bound, rep, sign * amount)
            if changed is None:
                continue
            truth = Oracle(changed).truth()
            assert truth is not None or sign < 0
            gains = {t.tier: truth.tiers[t.tier] - t.objective for t in result.plan.tiers} if truth else {}
            room = 1e-5 * max(1.0, *(abs(t.objective) for t in result.plan.tiers))
            if sign > 0:
                if all(gain <= room for number, gain in gains.items() if number < tier):
                    assert gains[tier] <= amount * price + still_open + room
            elif truth and all(gain >= -room for number, gain in gains.items() if number < tier):
                assert -gains[tier] >= amount * price - still_open - room


def _moved(scenario: Scenario, bound: dict, rep: Rep, amount: float) -> Scenario | None:
    """Return the scenario with so much more room for a rep in one bound; less room if the amount is negative."""
    if bound["rule"] == "room":
        limit = rep.capacity[bound["metric"]] + amount
        if limit < 0:
            return None
        wider = rep.model_copy(update={"capacity": {**rep.capacity, bound["metric"]: limit}})
        return scenario.model_copy(update={"reps": tuple(wider if r.id == rep.id else r for r in scenario.reps)})
    if amount > 1.0:
        return None
    ids = tuple(each.id for each in scenario.reps if each.id != rep.id)
    other = rules.Minimum(name="others", metric="hours", at_least=1.0, reps={"id": ids})
    own = rules.Minimum(name="own", metric="hours", at_least=1.0 - amount, reps={"id": (rep.id,)})
    kept = tuple(rule for rule in scenario.rules if rule.name != "least")
    return scenario.model_copy(update={"rules": (*kept, own, *([other] if ids else []))})
