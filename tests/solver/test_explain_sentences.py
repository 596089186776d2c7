"""Sentences of explanations: both languages say the same, every code has a text, and people can read the numbers."""

from __future__ import annotations

import pytest

from scenarios.goals import Value
from scenarios.model import Rep, Scenario
from scenarios.rules import (
    Availability,
    Exclusion,
    Family,
    Match,
    Pin,
    Protection,
    Rule,
    Skills,
)
from scenarios.texts import LOCALES, Text
from solver import explain
from solver.explain import explain_texts, words
from solver.explain.reasons import ASSIGNED, OTHERS, UNASSIGNED
from solver.goals import GOAL_MATHS
from solver.rules import RULE_MATHS
from tests.solver.test_explain import plan_of

FIELDS_OF_ROWS = {"rep", "metric", "group", "rule", "left", "load", "amount", "limit", "excess"}


def all_texts() -> list[tuple[str, Text]]:
    found = []
    for module in (explain_texts, words):
        for name, value in vars(module).items():
            if isinstance(value, Text):
                found.append((name, value))
            elif isinstance(value, dict) and not name.startswith("_"):
                found += [(f"{name}[{key}]", text) for key, text in value.items() if isinstance(text, Text)]
    for kind, maths in RULE_MATHS.items():
        found += [(f"{kind}.{name}", getattr(maths, name)) for name in ("blocks", "breach", "detail", "full", "needed")]
    found += [(f"{kind}.label", maths.label) for kind, maths in GOAL_MATHS.items()]
    return found


def test_both_languages_use_the_same_fields() -> None:
    texts = all_texts()
    assert len(texts) > 100
    for name, text in texts:
        english, chinese = text.fields()
        assert english == chinese, name
        assert bool(text.en) == bool(text.zh), name


def test_every_reason_has_a_text() -> None:
    texts = explain_texts
    assert ASSIGNED.keys() <= texts.ASSIGNED_TEXTS.keys()
    assert UNASSIGNED.keys() <= texts.UNASSIGNED_TEXTS.keys()
    assert OTHERS.keys() <= texts.OTHER_TEXTS.keys()
    assert texts.SHORT.keys() <= UNASSIGNED.keys()


@pytest.mark.parametrize("kind", RULE_MATHS)
def test_every_rule_can_say_what_it_blocks(kind: str) -> None:
    maths = RULE_MATHS[kind]
    assert maths.blocks.fields()[0] <= {"rep", "metric", "detail"}
    assert maths.full.fields()[0] | maths.needed.fields()[0] <= FIELDS_OF_ROWS
    assert kind in words.RULE_WORDS


BASE = {"id": "lead", "value": 10, "region": "East", "skills": "german:2;sap:1"}
ABLE = Rep(id="able", region="East", skills={"german": 2, "sap": 1})


@pytest.mark.parametrize(
    ("rule", "rep", "detail", "said", "said_in_chinese"),
    [
        (
            Skills(name="Languages"),
            {"skills": {"german": 1}},
            [{"skill": "german", "needs": 2.0, "has": 1.0}, {"skill": "sap", "needs": 1.0, "has": None}],
            "other lacks a required skill (german 2, has 1; sap 1, has none), by the rule “Languages”. "
            "able has it, for 10 points.",
            "按规则“Languages”，other 不具备所需技能（german 需 2 级，现有 1；sap 需 1 级，现有 无）。"
            "现由 able 负责，得 10 分。",
        ),
        (
            Match(lead_column="region", rep_column="region"),
            {"region": "West;North"},
            [{"column": "region", "wanted": "East", "held": "West;North"}],
            "other does not match the lead (region: lead East, rep West;North), by the rule “match”. "
            "able has it, for 10 points.",
            "按规则“匹配”，other 与该线索不匹配（region：线索为 East，销售为 West;North）。现由 able 负责，得 10 分。",
        ),
        (
            Availability(),
            {"available_from": "2027-01-01"},
            [],
            "other is away for the whole period, by the rule “availability”. able has it, for 10 points.",
            "按规则“在岗”，other 在整个周期内缺席。现由 able 负责，得 10 分。",
        ),
        (
            Exclusion(reps={"id": "other"}),
            {},
            [],
            "other is excluded from this lead, by the rule “exclusion”. able has it, for 10 points.",
            "按规则“排除”，other 被排除在该线索之外。现由 able 负责，得 10 分。",
        ),
        (
            Pin(reps={"id": "able"}),
            {},
            [{"rep": "able"}],
            "The lead is pinned to others than other (able), by the rule “pin”. able has it, for 10 points.",
            "按规则“指定”，该线索已指定给 other 以外的人（able）。现由 able 负责，得 10 分。",
        ),
        (
            Protection(),
            {},
            [{"owner": "able", "until": "2026-12-31"}],
            "The lead is protected, so other cannot take it (for able until 2026-12-31), by the rule “protection”. "
            "able has it, for 10 points.",
            "按规则“保护期”，该线索在保护期内，other 不能接手（归 able，至 2026-12-31）。现由 able 负责，得 10 分。",
        ),
    ],
)
def test_why_not_names_the_rule_that_removes_a_pair(
    rule: Rule, rep: dict[str, object], detail: list[dict[str, object]], said: str, said_in_chinese: str
) -> None:
    lead = {**BASE, "owner": "able", "protected_until": "2026-12-31"}
    scenario = Scenario(
        period_start="2026-01-01",
        period_end="2026-01-31",
        rules=(rule,),
        goals=(Value(),),
        reps=(ABLE, Rep(id="other", **rep)),
        leads=[lead],
    )
    explained = explain(scenario, plan_of(scenario, [0]))
    answer = explained.why_not("lead", "other")
    assert (answer["reason"], answer["kind"], answer["detail"]) == ("removed", rule.kind, detail)
    assert explained.sentence(answer) == said
    assert explained.sentence(answer, "zh-CN") == said_in_chinese
    (other,) = explained.lead("lead")["others"]
    assert {name: other[name] for name in ("rule", "kind", "detail")} == {
        name: answer[name] for name in ("rule", "kind", "detail")
    }
    assert explained.lead("lead")["removed"] == {rule.name or rule.kind: 1}


def test_a_pair_that_two_rules_remove_names_both() -> None:
    scenario = Scenario(
        rules=(Skills(), Match(name="Home", lead_column="region", rep_column="region")),
        goals=(Value(),),
        reps=(ABLE, Rep(id="other", region="West")),
        leads=[BASE],
    )
    explained = explain(scenario, plan_of(scenario, [0]))
    answer = explained.why_not("lead", "other")
    assert (answer["rule"], [also["rule"] for also in answer["also"]]) == ("skills", ["Home"])
    assert "; moreover, other does not match the lead" in explained.sentence(answer)
    assert explained.sentence(explained.lead("lead")) == (
        "Goes to able: 10 points (expected value 10). "
        "Nobody else may take it (“skills” rules out 1, “Home” rules out 1)."
    )


def test_a_rep_who_cannot_take_the_whole_family() -> None:
    scenario = Scenario(
        rules=(Family(), Exclusion(name="Walled", leads={"id": "second"}, reps={"id": "other"})),
        goals=(Value(),),
        reps=(ABLE, Rep(id="other")),
        leads=[{"id": "first", "value": 1, "family": "F"}, {"id": "second", "value": 1, "family": "F"}],
    )
    explained = explain(scenario, plan_of(scenario, [0, 0]))
    answer = explained.why_not("first", "other")
    assert (answer["reason"], answer["because_of"], answer["rule"]) == ("family", "second", "Walled")
    assert explained.sentence(answer) == (
        "other cannot take second of the same family: other is excluded from this lead, by the rule “Walled”. "
        "able has it, for 1 point."
    )
    assert explained.why_not("second", "other")["reason"] == "removed"
    assert explained.sentence(explained.lead("first")).endswith("Nobody else may take them all.")
    nobody = explain(scenario, plan_of(scenario, [-1, -1]))
    assert nobody.table()["reason"].to_list() == ["rounded", "rounded"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (41.24, "41.2"),
        (5.0, "5"),
        (3.14159, "3.1"),
        (-2.35, "-2.4"),
        (123456.7, "123,457"),
        (1000.0, "1,000"),
        (999.96, "1000"),
        (0.000012, "0.000012"),
        (1e-9, "0"),
        (100.0, "100"),
        (9.96, "10"),
    ],
)
def test_numbers_are_rounded_for_people(value: float, said: str) -> None:
    assert words.number(value) == said


def test_words() -> None:
    assert words.points(1.0, "en") == "1 point"
    assert words.points(41.2, "zh-CN") == "41.2 分"
    assert words.metric_word("hours@Enterprise", "en") == "hours (Enterprise)"
    assert words.metric_word("hours@Enterprise", "zh-CN") == "工时（Enterprise）"
    assert words.metric_word("visits", "zh-CN") == "visits"
    assert words.quantity(1.0, "leads", "en") == "1 lead"
    assert words.quantity(2.0, "leads@Big", "zh-CN") == "2 条线索"
    assert words.quantity(26475.0, "value", "en") == "26,475 of value"
    assert words.rule_word("skills 2", "zh-CN") == "“技能 2”"
    assert words.rule_word("Hours of the week", "zh-CN") == "“Hours of the week”"


def test_a_line_of_the_file_reads_like_the_record() -> None:
    scenario = Scenario(goals=(Value(),), reps=(ABLE,), leads=[BASE])
    explained = explain(scenario, plan_of(scenario, [0]))
    (line,) = explained.records(locales=LOCALES)
    assert line["text"] == {locale: explained.sentence(explained.lead("lead"), locale) for locale in LOCALES}
    assert line.keys() == {"lead", "rep", "reason", "codes", "numbers", "text"}
