"""No record lacks a sentence in either language: every verdict, relaxation, conflict and way out is rendered."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import get_args

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scenarios.model import Scenario
from scenarios.rules import RULE_KINDS
from scenarios.texts import LOCALES
from solver import Limits, solve
from solver.explain.conflict import Clash, Conflict, find_conflict
from solver.explain.counterfactual import Move, Verdict, Verified, verify
from solver.explain.relaxation import Code, Relaxation
from solver.explain.ways_out import WayOut
from tests.solver.test_conflict_random import impossible
from tests.strategies import scenarios
from tests.texts import wrong_in
from tests.thorough import times

LEADS = (("L1",), ("L1", "L2"))
AMOUNTS = [code for code in get_args(Code) if code not in ("except_leads", "drop_skill")]
METRICS = ("leads", "hours@Big", "value", "visits")
RELAXATIONS = [
    Relaxation("drop_skill", "skills", 0, "skills", 1.0, leads=LEADS[1], skill="german"),
    *(Relaxation("except_leads", f"{kind} 2", 1, kind, 1.0, leads=some) for kind in RULE_KINDS for some in LEADS),
    *(
        Relaxation(code, "a name", 0, "capacity", 1.0, rep="ann", metric=metric, before=2.0, after=after)
        for code, metric, after in product(AMOUNTS, METRICS, (0.0, 1.0, 1.5))
    ),
]
CLASHES = [
    Clash("a name", 0, kind, leads, reps)
    for kind in RULE_KINDS
    for leads, reps in (((), ()), (("L1",), ("ann",)), (("L1", "L2"), ("ann", "bob")))
]


def assert_reads_well(sentences: list[str], locale: str) -> None:
    for sentence in sentences:
        assert sentence
        assert not wrong_in(sentence), sentence
        assert sentence.endswith("。" if locale == "zh-CN" else ".")


def both(record) -> dict[str, list[str]]:
    return {locale: record.sentences(locale) for locale in LOCALES}


@pytest.mark.parametrize("clash", CLASHES)
def test_every_rule_in_a_conflict(clash: Clash) -> None:
    conflict = Conflict((clash,), (), True, True)
    for way in (conflict, replace(conflict, proved=False), replace(conflict, rules=())):
        for locale, sentences in both(way).items():
            assert_reads_well(sentences, locale)


@pytest.mark.parametrize("relaxation", RELAXATIONS)
def test_every_way_out(relaxation: Relaxation) -> None:
    for count in (1, 2, 3, 20):
        way = WayOut((relaxation,) * count, 1.0, True)
        for locale in LOCALES:
            assert_reads_well([way.sentence(locale)], locale)
    assert {relaxation.sentence("en")} != {relaxation.sentence("zh-CN")}


MOVES = (Move("L2", "ann", "bob"), Move("L3", None, "bob"), Move("L4", "bob", None))


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_every_verdict(verdict: Verdict) -> None:
    known = Verified(verdict, "L1", "bob", "ann")
    conflicts = [None, Conflict((), (), False, False), *(Conflict((clash,), (), True, True) for clash in CLASHES[:3])]
    for conflict in conflicts if verdict == "impossible" else [None]:
        for points in (0.0, 1.0, 2.5, 12_345.6):
            for moves in ((), MOVES[:1], MOVES, MOVES * 3):
                for tier, loss, now in ((1, points, "ann"), (2, None, None)):
                    found = None if verdict == "impossible" else -points if verdict == "better_than_plan" else points
                    told = replace(known, now=now, tier=tier, least=points, most=points + 1, loss=loss, found=found,
                                   moves=moves, moved=len(moves), conflict=conflict)  # fmt: skip
                    for locale, sentences in both(told).items():
                        assert_reads_well(sentences, locale)
    if verdict == "undecided":
        for locale, sentences in both(known).items():
            assert_reads_well(sentences, locale)


@settings(max_examples=times(12), deadline=None, suppress_health_check=list(HealthCheck))
@given(impossible())
def test_conflicts_of_any_scenario(scenario: Scenario) -> None:
    for locale, sentences in both(find_conflict(scenario, Limits(time=10, workers=1))).items():
        assert len(sentences) >= 2
        assert_reads_well(sentences, locale)


@settings(max_examples=times(12), deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(most_leads=3, most_reps=3), st.data())
def test_verified_answers_of_any_scenario(scenario: Scenario, data: st.DataObject) -> None:
    result = solve(scenario, Limits(time=20, workers=1))
    assume(result.plan is not None)
    lead = data.draw(st.sampled_from(scenario.leads["id"].to_list()))
    rep = data.draw(st.sampled_from([rep.id for rep in scenario.reps]))
    for locale, sentences in both(verify(scenario, result, lead, rep, Limits(time=20, workers=1))).items():
        assert_reads_well(sentences, locale)
