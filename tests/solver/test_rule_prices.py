"""What a rule costs: bounded by prices, exact by solving again, and both against brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from scenarios import rules
from scenarios.goals import Continuity, Value
from scenarios.model import Rep, Scenario
from scenarios.texts import LOCALES
from solver import Limits, explain, solve
from solver.explain import rule_texts as texts
from solver.explain.relaxation import apply
from solver.explain.rule_prices import Gain, RulePrice, without
from solver.explain.rule_sentences import rule_sentences
from solver.explain.rule_trials import RuleCost, Trial, compared, verify_rules
from solver.result import Plan, Tier
from tests.oracle import Oracle
from tests.strategies import scenarios
from tests.texts import wrong_in
from tests.thorough import times


def _scenario(*parts: rules.Rule, leads: list | None = None, **changes: object) -> Scenario:
    """With ann 50, 30 and 20 points, with bob 30, 18 and 12: ann is better by 20, 12 and 8."""
    reps = (Rep(id="ann", capacity={"leads": 2}, win_rates={"*": 0.5}), Rep(id="bob", win_rates={"*": 0.3}))
    leads = leads or [{"id": name, "value": value} for name, value in (("A", 100), ("B", 60), ("C", 40))]
    return Scenario(**{"rules": parts, "goals": (Value(),), "reps": reps, "leads": leads, **changes})


def _costs(scenario: Scenario) -> dict[str, RuleCost]:
    """Return what each rule costs, solved again, and check the sentences."""
    result = solve(scenario)
    assert result.plan is not None
    costs = verify_rules(scenario, result, Limits(time=60))
    for cost in costs:
        _assert_sentences(cost.record())
        _assert_sentences(cost.price.record())
    return {cost.price.rule: cost for cost in costs}


def _assert_sentences(record: dict) -> None:
    for locale in LOCALES:
        for line in rule_sentences(record, locale, "EUR"):
            assert line.endswith("。" if locale == "zh-CN" else ".")
            assert wrong_in(line) == []


def test_a_capacity() -> None:
    """Without it C goes to ann as well: 8 points more. A third place gains the same."""
    cost = _costs(_scenario(rules.Capacity()))["capacity"]
    assert (cost.drop.verdict, cost.drop.gain) == ("gain", pytest.approx(8.0))
    assert (cost.slack.verdict, cost.slack.gain) == ("gain", pytest.approx(8.0))
    change = cost.price.slack.change
    assert (change.code, change.rep, change.metric, change.before, change.after) == (
        "raise_capacity", "ann", "leads", 2.0, 3.0,
    )  # fmt: skip
    (row,) = cost.price.rows
    assert (row.rep, row.metric, row.upper) == ("ann", "leads", True)
    # any price from 8, what a third place gains, to 12, what the second is worth, is right; two places cost it twice
    assert 8.0 - 1e-6 <= row.price <= 12.0 + 1e-6
    assert cost.price.drop[0].at_most == pytest.approx(8.0, abs=1e-4)


def test_an_exclusion() -> None:
    """Without it A goes to ann instead of bob, for 20 points more; the other leads are not touched."""
    scenario = _scenario(rules.Exclusion(name="not there", leads={"id": "A"}, reps={"id": "ann"}))
    cost = _costs(scenario)["not there"]
    assert cost.drop.gain == pytest.approx(20.0)
    assert cost.price.drop[0].by_prices == pytest.approx(20.0)
    assert (cost.price.leads, cost.price.rows) == (1, ())
    assert (cost.price.slack.change.code, cost.price.slack.change.leads) == ("except_leads", ("A",))
    assert cost.slack.gain == pytest.approx(20.0)


def test_rules_that_cost_nothing() -> None:
    free = (
        rules.Exclusion(name="bob not", leads={"id": "A"}, reps={"id": "bob"}),
        rules.Minimum(name="one", at_least=1, reps={"id": "ann"}),
        rules.Skills(),
    )
    costs = _costs(_scenario(*free))
    for cost in costs.values():
        assert cost.price.verdict == "free"
        assert cost.drop == Trial("none", 1, 0.0, 0.0, 0.0)
        assert cost.price.slack is None
    said = rule_sentences(costs["one"].record(), "en")
    assert said == ["“one” costs nothing: without it no plan gains anything."]


def test_a_minimum_and_a_budget() -> None:
    """Bob must have a lead, at the price of 8 points for C; one lead may change owner, which keeps B and C with bob."""
    minimum = _costs(_scenario(rules.Minimum(name="for bob", at_least=1, reps={"id": "bob"})))["for bob"]
    assert minimum.drop.gain == pytest.approx(8.0)
    assert (minimum.price.slack.change.code, minimum.price.slack.change.after) == ("lower_minimum", 0.0)
    assert minimum.slack.gain == pytest.approx(8.0)
    leads = [{"id": name, "value": value, "owner": "bob"} for name, value in (("A", 100), ("B", 60), ("C", 40))]
    budget = _costs(_scenario(rules.Disruption(at_most=1), leads=leads))["disruption"]
    assert budget.drop.gain == pytest.approx(12.0 + 8.0)
    assert budget.price.slack.change.after == 2.0
    assert budget.slack.gain == pytest.approx(12.0)


def test_a_share_and_a_band() -> None:
    """Half of the leads each: with four alike, ann gets two; each further one is worth 2 points."""
    leads = [{"id": name, "value": 10} for name in "ABCD"]
    share = _costs(_scenario(rules.ShareOf(ceiling=0.5, reps={"id": "ann"}, of="leads"), leads=leads))["share"]
    assert share.drop.gain == pytest.approx(4.0)
    assert (share.price.slack.change.code, share.price.slack.change.after) == ("raise_ceiling", 0.51)
    assert share.slack.gain == 0.0  # a hundredth of four leads is no lead
    band = _costs(_scenario(rules.Band(metric="leads", tolerance=0.4), leads=leads))["band"]
    assert band.drop.gain == pytest.approx(4.0)
    assert (band.price.slack.change.code, band.price.slack.change.after) == ("widen_band", 0.41)
    # a load from 0.6 x 2 to 1.4 x 2: the price of a lead is 2 points, so that a hundredth of two more is 0.04
    assert band.price.slack.gains[0].by_prices == pytest.approx(0.04, abs=1e-4)


def test_a_soft_rule_costs_what_is_paid_for_it() -> None:
    """Ann has all three: 30 points for two leads too many would be lost; one too many costs 5 and gains 8."""
    cost = _costs(_scenario(rules.Capacity(rate=5.0)))["capacity"]
    assert cost.drop.gain == pytest.approx(5.0)
    soft = _costs(_scenario(rules.Exclusion(rate=3.0, leads={"id": "A"}, reps={"id": "ann"})))["exclusion"]
    assert soft.drop.gain == pytest.approx(3.0)


def test_families_that_part_make_a_wall_stricter() -> None:
    """A and B are one customer together; apart, they compete, and only one of them can go to ann."""
    leads = [
        {"id": "A", "value": 100, "family": "f", "competitor_group": "cola"},
        {"id": "B", "value": 60, "family": "f", "competitor_group": "cola"},
    ]
    scenario = _scenario(rules.Family(), rules.Wall(), leads=leads)
    cost = _costs(scenario)["family"]
    assert (cost.drop.verdict, cost.drop.gain) == ("loss", pytest.approx(-12.0))
    alone = scenario.model_copy(update={"reps": scenario.reps[:1], "rules": (*scenario.rules, rules.Pin())})
    assert _costs(alone)["family"].drop == Trial("no_plan")


def test_a_family_that_costs() -> None:
    leads = [{"id": "A", "value": 100, "family": "f"}, {"id": "B", "value": 60, "family": "f"}]
    barred = rules.Exclusion(leads={"id": "B"}, reps={"id": "ann"})
    costs = _costs(_scenario(rules.Family(), barred, leads=leads))
    assert costs["family"].drop.gain == pytest.approx(20.0)  # A goes to ann alone
    assert costs["family"].price.leads == 1
    assert costs["family"].price.slack.change.leads == ("A", "B")
    assert costs["exclusion"].drop.gain == pytest.approx(32.0)


def test_the_first_tier_in_which_a_rule_costs_decides() -> None:
    leads = [
        {"id": "A", "value": 100, "tier": 1},
        {"id": "B", "value": 60, "tier": 2},
        {"id": "C", "value": 40, "tier": 2},
    ]
    (cost,) = _costs(_scenario(rules.Capacity(metrics=("leads",)), leads=leads)).values()
    assert (cost.drop.tier, cost.drop.gain) == (2, pytest.approx(8.0))
    record = cost.record()
    assert (record["tier"], record["tiers"]) == (2, 2)
    assert rule_sentences(record, "en")[0] == (
        "Solved again without “capacity”, the best plan gains 8 points. That is in priority tier 2."
    )


def test_the_dearest_rule_comes_first() -> None:
    parts = (
        rules.Exclusion(name="small", leads={"id": "C"}, reps={"id": "ann"}),
        rules.Exclusion(name="none", leads={"id": "C"}, reps={"id": "bob"}, rate=0.0),
        rules.Exclusion(name="large", leads={"id": "A"}, reps={"id": "ann"}),
    )
    scenario = _scenario(*parts)
    result = solve(scenario)
    assert [price.rule for price in explain(scenario, result.plan).rule_prices()] == ["large", "small", "none"]
    assert list(_costs(scenario)) == ["large", "small", "none"]


def test_rules_of_one_name_stay_apart() -> None:
    """Two rules without a name are numbered, and keep their numbers when one of them is taken out."""
    scenario = _scenario(rules.Exclusion(leads={"id": "A"}, reps={"id": "ann"}), rules.Exclusion(leads={"id": "B"}))
    assert [rule.name for rule in without(scenario, 0).rules] == ["exclusion 2"]
    costs = _costs(scenario)
    assert costs["exclusion 1"].drop.gain == pytest.approx(20.0)
    assert costs["exclusion 2"].drop.gain == pytest.approx(30.0)


def test_without_a_plan_or_leads() -> None:
    impossible = _scenario(rules.Minimum(at_least=9))
    with pytest.raises(ValueError, match="no plan"):
        verify_rules(impossible, solve(impossible))
    empty = _scenario(rules.Capacity(), rules.Family(), rules.Band(), leads=None).model_copy(
        update={"leads": _scenario().leads.clear()}
    )
    assert {cost.price.verdict for cost in _costs(empty).values()} == {"free"}


# -- what is proved when nothing is exact ------------------------------------------------------------------------------


def _plan(*tiers: tuple[float, float]) -> Plan:
    return Plan(np.zeros(1, dtype=np.int64), tuple(Tier(k, *two, two[1]) for k, two in enumerate(tiers, 1)))


def _bound(at_most: float, tier: int = 1) -> Gain:
    return Gain(tier, at_most, at_most, 1e-6)


def test_intervals_from_both_bounds() -> None:
    """best lies in [10, 12]; without the rule in [15, 19]: gained are from 3 to 9 points, or 8 if the prices say so."""
    plan = _plan((10, 12))
    assert compared(plan, _plan((15, 19)), [_bound(20)], True) == Trial("gain", 1, 3.0, 9.0, found=5.0)
    assert compared(plan, _plan((15, 19)), [_bound(8)], True) == Trial("gain", 1, 3.0, 8.0, found=5.0)
    assert compared(plan, _plan((11, 13)), [_bound(20)], True) == Trial("undecided", 1, 0.0, 3.0, found=1.0)
    assert compared(plan, _plan((7, 8)), [_bound(20)], False) == Trial("loss", 1, -5.0, -2.0, found=-3.0)
    assert compared(plan, None, [_bound(4)], True) == Trial("undecided", 1, 0.0, 4.0, found=0.0)
    assert compared(plan, None, [_bound(4)], False) == Trial("undecided")
    exact = compared(_plan((5, 5), (10, 10)), _plan((5, 5), (14, 14)), [_bound(0), _bound(20, 2)], True)
    assert exact == Trial("gain", 2, 4.0, 4.0, 4.0, 4.0)


@pytest.mark.parametrize(
    ("trial", "said"),
    [
        (Trial("gain", 1, 3.0, 8.0), "the best plan gains between 3 points and 8 points"),
        (Trial("undecided", 1, 0.0, 3.0, found=2.0), "the best plan found gains 2 points; proved is only"),
        (Trial("undecided", 1, 0.0, 3.0, found=0.0), "no better plan was found; proved is only"),
        (Trial("undecided"), "is not decided: the limit ran out first"),
        (Trial("loss", 1, -5.0, -2.0), "loses between 2 points and 5 points"),
        (Trial("no_plan"), "there is no plan"),
    ],
)
def test_what_is_left_open_is_said(trial: Trial, said: str) -> None:
    scenario = _scenario(rules.Capacity())
    price: RulePrice = explain(scenario, solve(scenario).plan).rule_prices()[0]
    record = replace(RuleCost(price), drop=trial, slack=trial).record()
    assert said in rule_sentences(record, "en")[0]
    _assert_sentences(record)


# -- all scenarios -----------------------------------------------------------------------------------------------------


@st.composite
def _crowded(draw: st.DrawFn, most_leads: int, most_reps: int) -> Scenario:
    """Draw a scenario; often with little room and one simple goal, so that its rules cost something."""
    scenario = draw(scenarios(most_leads=most_leads, most_reps=most_reps))
    if draw(st.booleans()):
        return scenario
    room = {"leads": draw(st.sampled_from([1.0, 2.0])), "hours": draw(st.sampled_from([2.0, 4.5, 20.0]))}
    reps = tuple(rep.model_copy(update={"capacity": room}) for rep in scenario.reps)
    goals = (Value(), Continuity(weight=5.0))
    return scenario.model_copy(
        update={"reps": reps, "rules": (*scenario.rules[:3], rules.Capacity(name="room")), "goals": goals}
    )


def _true_gains(before: Scenario, after: Scenario) -> list[tuple[int, float]] | None:
    """Return the tiers up to the first that differs, and by how many points the best plan after is better there."""
    one, two = Oracle(before).truth(), Oracle(after).truth()
    assert one is not None
    if two is None:
        return None
    gains = []
    for tier, best in one.tiers.items():
        gains.append((tier, two.tiers[tier] - best))
        if abs(gains[-1][1]) > 1e-5 * max(1.0, abs(best)):
            break
    return gains


@settings(max_examples=times(100), deadline=None, suppress_health_check=list(HealthCheck))
@given(_crowded(most_leads=4, most_reps=3))
def test_no_rule_costs_more_than_its_bound(scenario: Scenario) -> None:
    result = solve(scenario)
    if result.plan is None:
        return
    room = 1e-5 * max(1.0, *(abs(tier.objective) for tier in result.plan.tiers))
    for price in explain(scenario, result.plan).rule_prices():
        event(f"{price.kind} {price.verdict}")
        _assert_sentences(price.record())
        changes = [(without(scenario, price.index), price.drop)]
        if price.slack is not None:
            event(price.slack.change.code)
            changes.append((apply(scenario, price.slack.change), price.slack.gains))
        for changed, bounds in changes:
            gains = _true_gains(scenario, changed)
            for (tier, gain), bound in zip(gains or [], bounds, strict=False):
                assert tier == bound.tier
                assert gain <= bound.at_most + room


@settings(max_examples=times(50), deadline=None, suppress_health_check=list(HealthCheck))
@given(_crowded(most_leads=4, most_reps=2))
def test_solved_again_the_gain_is_that_of_brute_force(scenario: Scenario) -> None:
    result = solve(scenario)
    if result.plan is None:
        return
    room = 1e-5 * max(1.0, *(abs(tier.objective) for tier in result.plan.tiers))
    costs = verify_rules(scenario, result, Limits(time=60))
    assert sorted(cost.price.index for cost in costs) == [*range(len(scenario.rules))]
    for cost in costs:
        trials = [(without(scenario, cost.price.index), cost.drop)]
        if cost.price.slack is not None:
            trials.append((apply(scenario, cost.price.slack.change), cost.slack))
        for changed, trial in trials:
            gains = _true_gains(scenario, changed)
            event(trial.verdict)
            if gains is None:
                assert trial.verdict == "no_plan"
                continue
            tier, gain = gains[-1]
            assert trial.least - room <= (gain if tier == trial.tier else 0.0) <= trial.most + room
            if trial.gain is not None and abs(gain) > room:
                assert (trial.verdict, trial.tier) == ("gain" if gain > 0 else "loss", tier)
                assert trial.gain == pytest.approx(gain, abs=room)
            elif trial.gain is not None:
                assert abs(trial.gain) <= 2 * room


def test_a_column_keeps_its_distance_in_chinese() -> None:
    assert texts.OF_REP_LOWER.format("zh-CN", rep="大区-3", metric="population") == "大区-3 的 population 下限"
    assert texts.OF_REP.format("zh-CN", rep="王五", metric="金额") == "王五的金额"
