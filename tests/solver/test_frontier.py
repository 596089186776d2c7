"""The frontier: what fairness costs. By hand, and against brute force."""

from __future__ import annotations

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from scenarios import rules
from scenarios.generate import generate
from scenarios.goals import Balance, Continuity, MaxMin, Value
from scenarios.model import Rep, Scenario
from solver import Limits, judge, solve
from solver.explain.trial import bare
from solver.facts import Facts
from solver.frontier import COLUMNS, Frontier, FrontierFault, frontier, question
from solver.frontier.fairest import SAME, evened
from solver.frontier.measure import Measure
from solver.frontier.points import Point, settle
from solver.limits import Watch
from solver.result import Tier
from solver.solve import JudgeError
from tests.oracle import Oracle
from tests.strategies import scenarios
from tests.thorough import times

LEADS = [{"id": f"L{i}", "value": value} for i, value in enumerate((50, 30, 20))]

WORTH = (Value(),)


def _scenario(given=(), goals=WORTH, leads=None, reps=None) -> Scenario:
    """Two equal reps; B wins half of what A wins. Leads of 50, 30 and 20."""
    return Scenario(
        rules=tuple(given),
        goals=goals,
        currency="EUR",
        reps=reps or (Rep(id="A", win_rates={"*": 1.0}), Rep(id="B", win_rates={"*": 0.5})),
        leads=leads or LEADS,
    )


def test_from_no_band_to_the_fairest_plan_by_hand():
    """A holds all without a band: 100 points, and A is 100 % above the even share of 50. In halves, B has 50, or 30 and
    20: 75 points. Between the two, B has 20 (90 points, 60 % off) or 30 (85 points, 40 % off).
    """
    found = frontier(_scenario(), "value", points=6)
    assert [point.deviation for point in found.curve] == pytest.approx([1.0, 0.6, 0.4, 0.0])
    assert [point.objective for point in found.curve] == pytest.approx([100.0, 90.0, 85.0, 75.0])
    assert found.points[0].tolerance is None and found.status == "optimal" and found.stopped_by == "proof"
    assert found.end.tolerance == 0.0 and found.end.proved
    for point, cost in zip(found.curve, (0.0, 0.1, 0.15, 0.25), strict=True):
        assert found.cost(point) == pytest.approx((cost, cost))


def test_what_gives_way_and_what_stays():
    """Bands, balance and max-min on the metric and in the groups give way; another metric, other groups, other leads do
    not.
    """
    given = [
        rules.Band(name="ours", metric="value", tolerance=0.3),
        rules.Band(metric="value", tolerance=0.2, rate=5.0),
        rules.Band(metric="hours", tolerance=0.9),
        rules.Band(metric="value", by="team", tolerance=0.9),
        rules.Band(metric="value", leads={"id": "L0"}, tolerance=0.9),
        rules.Capacity(name="room"),
    ]
    goals = (Value(), Balance(metric="value", weight=0.1), MaxMin(metric="value"), Balance(metric="leads"))
    asked = question(_scenario(given, goals), "value")
    assert [(part.name, part.kind, part.tolerance, part.hard) for part in asked.replaced] == [
        ("ours", "band", 0.3, True),
        ("band 1", "band", 0.2, False),
        ("balance 1", "balance", 0.0, False),
        ("max_min", "max_min", None, False),
    ]
    assert [rule.kind for rule in asked.base.rules] == ["band", "band", "band", "capacity"]
    assert [goal.kind for goal in asked.base.goals] == ["value", "balance"]
    assert asked.banded(0.5).rules[-1] == rules.Band(name="ours", metric="value", tolerance=0.5)
    assert asked.own_tolerances() == [0.3, 0.2]


def test_groups_are_those_of_the_scenarios_own_band_unless_others_are_named():
    given = [rules.Band(metric="value", by="team", tolerance=0.3)]
    scenario = _scenario(given, reps=(Rep(id="A", team="x"), Rep(id="B", team="x"), Rep(id="C", team="y")))
    assert question(scenario, "value").band.by == "team"
    assert question(scenario, "value", by="team").replaced
    assert question(scenario, "value", by="").band.by is None and not question(scenario, "value", by="").replaced
    assert question(scenario, "value", by="channel").base == scenario
    fixed = question(_scenario([rules.Band(metric="value", of="leads")]), "value")
    assert fixed.band.of == "leads" and fixed.record()["of"] == "leads"


@pytest.mark.parametrize(
    ("metric", "by", "code", "near"),
    [
        ("valeu", None, "unknown_metric", "value"),
        ("zzz", None, "unknown_metric", ""),
        ("region", None, "metric_not_numeric", ""),
        ("margin", None, "negative_metric", ""),
        ("value", "Team", "unknown_column", "team"),
        ("value", "office", "unknown_column", ""),
    ],
)
def test_questions_that_have_no_answer(metric, by, code, near):
    leads = [{"id": "L0", "value": 1.0, "region": "East", "margin": -2.0}]
    with pytest.raises(FrontierFault) as fault:
        frontier(_scenario(leads=leads), metric, by=by)
    assert fault.value.code == code and fault.value.facts.get("near", "") == near
    assert fault.value.about == ("by" if by else "metric")
    for locale in ("en", "zh-CN"):
        assert (by or metric) in fault.value.message(locale)
        assert near in fault.value.message(locale)


def test_nobody_to_compare():
    with pytest.raises(FrontierFault, match="Nobody is entitled"):
        frontier(_scenario(reps=(Rep(id="A", fte=0.0),)), "value")
    with pytest.raises(ValueError, match="points must be from 2"):
        frontier(_scenario(), "value", points=1)


def test_an_even_plan_is_the_whole_curve():
    found = frontier(
        _scenario(reps=(Rep(id="A"), Rep(id="B")), leads=LEADS[:2] * 0 + [{"id": "X", "value": 0}]), "value"
    )
    assert len(found.points) == 1 and found.end is None
    assert found.sentences()[0] == "The best plan without a band is even already: fairness on value costs nothing."


def test_no_plan_without_a_band_is_no_plan_at_all():
    pins = [rules.Pin(leads={"id": "L0"}, reps={"id": rep}) for rep in ("A", "B")]
    found = frontier(_scenario(pins), "value")
    assert found.status == "infeasible" and len(found.points) == 1 and found.curve == ()
    assert found.sentences() == [
        "No plan exists, with a band or without: the other rules cannot all hold. This is proved."
    ]


def test_a_narrower_band_without_any_plan_is_told_as_proved():
    """All three leads need an owner: at best 50 against 30 and 20 is even. One more of 10 makes 60 against 50: 9.09 %
    off, and nothing comes closer.
    """
    everyone = rules.Pin(name="everyone", leads={}, reps={})
    scenario = _scenario(
        [everyone, rules.Band(name="close", metric="value", tolerance=0.05)], leads=[*LEADS, {"id": "L3", "value": 10}]
    )
    found = frontier(scenario, "value")
    assert found.end.tolerance == pytest.approx(1 / 11) and found.end.proved
    by_width = {point.tolerance: point.status for point in found.points}
    assert by_width[0.05] == "infeasible"
    assert found.sentences()[:4] == [
        "Within a band of 5% there is no plan: proved.",
        "The fairest plan that assigns the same leads as without a band is 9.1% off: proved.",
        "A band of 9.1% costs 22.7% of the expected value: proved.",
        "No plan at all keeps a narrower band: proved.",
    ]
    assert found.sentences("zh-CN")[0] == "在 5% 的公平区间内不存在方案，已证明。"


def test_a_narrower_band_may_leave_leads():
    """Three leads of 1 for two reps: 2 against 1 is a third off. Even are only one each, and one lead with nobody."""
    leads = [{"id": f"L{i}", "value": 1} for i in range(3)]
    found = frontier(_scenario(leads=leads), "leads")
    assert found.end.tolerance == pytest.approx(1 / 3) and found.end.proved
    last = found.curve[-1]
    assert (last.deviation, last.objective, last.record()["unassigned"]) == (0.0, pytest.approx(1.5), 1)
    assert "Within any narrower band some lead stays with nobody that has an owner without a band: proved." in (
        found.sentences()
    )


def test_todays_owners_are_a_point_of_their_own():
    leads = [{**lead, "owner": "B"} for lead in LEADS]
    found = frontier(_scenario(leads=leads, goals=(Value(), Continuity(weight=1.0))), "value")
    today = found.record()["today"]
    assert today["feasible"] and today["objective"] == pytest.approx(50 + 3) and today["expected_value"] == 50
    assert today["worst_deviation"] == pytest.approx(1.0)
    assert "Today's owners have €50 of expected value, and the worst load is 100% off its target." in found.sentences()
    assert frontier(_scenario(), "value").today is None


def test_the_record_and_the_table_hold_the_same():
    found = frontier(_scenario([rules.Band(name="ours", metric="value", tolerance=0.5)]), "value", points=4)
    record = found.record()
    assert orjson.loads(orjson.dumps(record)) == record
    table = found.table()
    assert tuple(table.columns) == tuple(COLUMNS)
    assert table["tolerance"].to_list() == [point["tolerance"] for point in record["points"]]
    assert table["tolerance"][0] is None and 0.5 in table["tolerance"].to_list()
    assert record["replaced"] == [{"name": "ours", "kind": "band", "tolerance": 0.5, "hard": True}]
    assert record["points_per_money"] == 1.0
    charged = frontier(_scenario(goals=(Value(), Continuity())), "value", points=2)
    assert charged.record()["points_per_money"] is None


def test_cancelled_it_keeps_the_points_so_far():
    seen = []

    def listen(step):
        seen.append((step.number, step.doing, step.tolerance))

    found = frontier(_scenario(), "value", points=6, listen=listen, cancelled=lambda: len({n for n, *_ in seen}) >= 2)
    assert found.stopped_by == "cancel" and 1 <= len(found.points) <= 2
    assert found.points[0].objective == pytest.approx(100.0)
    assert seen[0] == (1, "point", None)


def test_the_same_work_gives_the_same_curve():
    scenario = _scenario(leads=[{"id": f"L{i}", "value": 10 + 7 * i % 13} for i in range(12)])
    one, two = (frontier(scenario, "value", limits=Limits(time=None, work=2.0, seed=3)).record() for _ in range(2))
    for record in (one, two):
        del record["seconds"]
        for point in record["points"]:
            del point["seconds"]
    assert one == two


def test_points_learn_from_each_other():
    """The narrow plan is better than what was found within the wide band, whose bound holds for the narrow one."""

    def point(tolerance, objective, bound, deviation):
        tiers = (Tier(1, objective, bound, bound),)
        return Point(tolerance, "feasible", "time", 1.0, np.zeros(1, dtype=np.int64), tiers, deviation=deviation)

    narrow, wide = point(0.1, 10.0, 14.0, 0.05), point(0.5, 8.0, 12.0, 0.4)
    missing = Point(0.3, "no_plan_found", "time", 1.0)
    first, second, third = settle([narrow, missing, wide])
    assert [p.tolerance for p in (first, second, third)] == [0.5, 0.3, 0.1]
    assert [p.objective for p in (first, second, third)] == [10.0, 10.0, 10.0]
    assert [p.bound for p in (first, second, third)] == [12.0, 12.0, 12.0]
    assert [p.dominated for p in (first, second, third)] == [True, True, False]
    assert settle([missing, wide])[1].bound == 12.0  # no plan is known, and yet none is worth more
    impossible = Point(0.6, "infeasible", "proof", 1.0)
    assert settle([impossible, missing])[1].status == "infeasible"
    with pytest.raises(JudgeError, match="there is one within it"):
        settle([impossible, narrow])


def _brute_force(found: Frontier, scenario: Scenario, metric: str, by: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Return all plans that keep the hard rules of the base, and the worst deviation of each; no line of the solver."""
    asked = question(scenario, metric, by)
    oracle = Oracle(bare(asked.base, [rule for rule in asked.base.rules if rule.rate is None]))
    truth = oracle.truth()
    if truth is None:
        return np.zeros((0, 0)), np.zeros(0)
    band = asked.band
    oracle.plans = truth.plans
    oracle.takes = oracle.plans[:, :, None] == np.arange(len(oracle.reps))[None, None, :]
    leads = oracle.chosen_leads(band.leads)
    load = oracle.load(metric, leads) + oracle.carried(metric)
    worst = np.zeros(len(oracle.plans))
    for members in oracle.groups(band.by, band.reps):
        total = load[:, members].sum(axis=1, keepdims=True)
        if band.of == "leads":
            total = np.full_like(total, oracle.lead_total(metric, leads) + oracle.carried(metric)[members].sum())
        target = oracle.entitlement(members) * total
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.abs(load[:, members] - target) / target
        off = np.where(target > 0, off, np.where(load[:, members] > 0, np.inf, 0.0))
        worst = np.maximum(worst, off.max(axis=1))
    return oracle.plans, worst


@settings(max_examples=times(75), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    scenario=scenarios(most_leads=5, most_reps=3),
    metric=st.sampled_from(["leads", "hours", "value", "expected_value"]),
    by=st.sampled_from([None, "", "team"]),
)
def test_against_brute_force(scenario, metric, by):
    try:
        found = frontier(scenario, metric, by=by, points=5, limits=Limits(time=None))
    except FrontierFault as fault:
        assert fault.code == "nobody_to_compare"
        event("nobody to compare")
        return
    asked = found.asked
    event(f"points: {len(found.points)}")
    plans, worst = _brute_force(found, scenario, metric, by)
    for point in found.points:
        if point.status == "infeasible":
            assert (worst > point.width).all()
        else:
            assert point.status == "optimal" or point.gap < 1e-5  # awkward numbers may leave a hair open
            best = Oracle(asked.banded(point.tolerance)).truth().tiers
            assert {tier.tier: tier.objective for tier in point.tiers} == pytest.approx(best, rel=1e-5, abs=2e-6)
            for tier in point.tiers:
                assert tier.bound >= best[tier.tier] - 1e-6 * max(1.0, abs(best[tier.tier]))
            assert judge(asked.banded(point.tolerance), point.owner).feasible
            assert point.deviation == pytest.approx(Measure(asked, Facts(asked.base)).tolerance(point.owner))
    for wide, narrow in zip(found.points, found.points[1:], strict=False):
        if narrow.owner is not None and len(narrow.tiers) == 1:
            assert wide.objective >= narrow.objective - 1e-6 and wide.bound >= narrow.bound - 1e-6
    for wide, narrow in zip(found.curve, found.curve[1:], strict=False):
        assert wide.deviation > narrow.deviation
    if found.end is not None:
        same = ((plans >= 0) | (found.points[0].owner < 0)).all(axis=1)
        fairest = worst[same].min()
        event("fairest")
        assert found.end.proved or found.end.tolerance == np.inf
        assert found.end.tolerance == pytest.approx(fairest, abs=3 * SAME)
    for locale in ("en", "zh-CN"):
        assert all(found.sentences(locale))
    assert orjson.loads(orjson.dumps(found.record()))["points"]


@pytest.mark.parametrize("seed", range(3))
def test_evening_out_breaks_no_rule_and_drops_no_lead(seed):
    scenario = generate("cycle", leads=150, reps=6, seed=seed)
    asked = question(scenario, "value")
    free = solve(asked.base, Limits(time=None, work=0.2, seed=seed)).plan.owner
    measure = Measure(asked, Facts(asked.base))
    even = evened(asked, free, 0.02, Watch(Limits(time=None, work=2.0)))
    assert measure.tolerance(even) < 0.1 < measure.tolerance(free)
    assert judge(asked.base, even).feasible
    assert ((even >= 0) == (free >= 0)).all()
    assert (evened(asked, even, 0.1, Watch(Limits(time=None))) == even).all()  # that was enough already


def test_where_the_fairest_is_not_proved_it_says_so(monkeypatch):
    monkeypatch.setattr("solver.frontier.fairest.EXACT_PAIRS", 0)
    found = frontier(_scenario(leads=[*LEADS, {"id": "L3", "value": 10}]), "value", points=4)
    assert not found.end.proved and found.end.none_below == 0.0 and found.end.tolerance <= found.curve[0].deviation
    told = "The fairest plan found that assigns the same leads as without a band is"
    assert any(sentence.startswith(told) and sentence.endswith("is open.") for sentence in found.sentences())
    assert found.curve[-1].deviation <= found.end.tolerance + SAME
