"""All texts of the three packages: both languages, the same fields, and counts in their right form."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings

from scenarios import Scenario, validate
from scenarios.amounts import plural_forms
from scenarios.issue_texts import ISSUE_TEXTS
from scenarios.rules import RULE_KINDS
from scenarios.texts import LOCALES, Field, Text, pieces
from solver.explain.conflict_texts import CLASH_TEXTS, RELAXATION_TEXTS
from solver.explain.counterfactual import Verdict
from solver.explain.counterfactual_texts import VERDICT_TEXTS
from solver.explain.explain_texts import ASSIGNED_TEXTS, OTHER_TEXTS, SHORT, UNASSIGNED_TEXTS
from solver.explain.reasons import ASSIGNED, OTHERS, UNASSIGNED
from solver.explain.relaxation import Code
from solver.explain.words import METRIC_WORDS, RULE_WORDS
from solver.goals import GOAL_MATHS
from solver.rules import RULE_MATHS
from tests.strategies import scenarios
from tests.texts import NAMES, all_texts, filled_with, wrong_in
from tests.thorough import times

TEXTS = pytest.mark.parametrize("text", all_texts().values(), ids=all_texts())
SCRIPT = {"en": lambda character: character < "\u2e80", "zh-CN": lambda character: "\u4e00" <= character <= "\u9fff"}


def test_all_of_them_are_found() -> None:
    assert len(all_texts()) > 700
    assert {id(text.message) for text in ISSUE_TEXTS.values()} <= {id(text) for text in all_texts().values()}


@TEXTS
def test_both_languages_say_the_same(text: Text) -> None:
    english, chinese = text.fields()
    assert english == chinese
    assert bool(text.en) == bool(text.zh)
    assert all(map(SCRIPT["en"], text.en.replace("“", "").replace("”", "")))


@TEXTS
def test_counts_have_a_form_for_each_plural_of_the_language(text: Text) -> None:
    for locale in LOCALES:
        for piece in pieces(text.template(locale)):
            if isinstance(piece, Field) and ("|" in piece.form or "#" in piece.form):
                assert len(piece.form.split("|")) == len(plural_forms(locale))


@TEXTS
def test_reads_well_with_one_and_with_two_of_anything(text: Text) -> None:
    """Each field in turn is a 1, a 2 and a name; no text has "1 leads", "2 lead", or doubled marks."""
    for locale in LOCALES:
        assert not wrong_in(filled_with(text, locale))
        for field in text.fields()[0] - NAMES:
            assert not wrong_in(filled_with(text, locale, **{field: 1}))
            assert not wrong_in(filled_with(text, locale, **{field: 2}))


def test_wrong_sentences_are_seen() -> None:
    for sentence in (
        "It has 1 leads.",
        "Of 5 leads 1 are left.",
        "Of 2 lead one is left.",
        "It is {x}.",
        "It is None.",
    ):
        assert wrong_in(sentence)
    for sentence in ("A  b.", "End..", "a , b", "Nothing ()", "有 1 条 线索。", "完。。", "“”", "It earns nan points."):
        assert wrong_in(sentence)
    for sentence in ("It has 1 lead, 21 leads and 0.1 points.", "有 1 条线索，归 R1。", "Way out 1: rules differ ..."):
        assert not wrong_in(sentence)


def test_every_code_has_a_text() -> None:
    assert ASSIGNED.keys() <= ASSIGNED_TEXTS.keys()
    assert UNASSIGNED.keys() <= UNASSIGNED_TEXTS.keys()
    assert OTHERS.keys() | {"chosen"} <= OTHER_TEXTS.keys()
    assert SHORT.keys() == UNASSIGNED.keys() - {"no_eligible_rep", "family"}
    assert set(get_args(Verdict)) <= VERDICT_TEXTS.keys()
    assert set(get_args(Code)) <= RELAXATION_TEXTS.keys()
    assert RULE_KINDS.keys() == CLASH_TEXTS.keys()
    assert RULE_KINDS.keys() == RULE_MATHS.keys()
    assert RULE_KINDS.keys() | {"balance", "max_min"} <= RULE_WORDS.keys()
    assert {"leads", "hours", "value", "expected_value", "quality"} <= METRIC_WORDS.keys()
    assert all(maths.label.en and maths.label.zh for maths in GOAL_MATHS.values())


@settings(max_examples=times(200), deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios())
def test_issues_of_any_scenario_read_well(scenario: Scenario) -> None:
    for issue in validate(scenario):
        for locale in LOCALES:
            for sentence in (issue.message(locale), issue.maybe(locale)):
                assert not wrong_in(sentence), sentence
                assert sentence.endswith("。" if locale == "zh-CN" else ".")
