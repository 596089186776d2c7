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
from scenarios.texts import LOCALES
from solver import explain
from solver.explain import words
from solver.rules import RULE_MATHS
from tests.solver.test_explain import plan_of

FIELDS_OF_ROWS = {"rep", "metric", "group", "rule", "left", "amount", "limit", "bound", "excess", "holds"}


@pytest.mark.parametrize("kind", RULE_MATHS)
def test_every_rule_can_say_what_it_blocks(kind: str) -> None:
    maths = RULE_MATHS[kind]
    assert maths.blocks.fields()[0] <= {"rep", "lead", "metric", "detail"}
    assert maths.full.fields()[0] | maths.needed.fields()[0] <= FIELDS_OF_ROWS


BASE = {"id": "A", "value": 10, "region": "East", "skills": "german:2;sap:1"}
ABLE = Rep(id="able", region="East", skills={"german": 2, "sap": 1})


@pytest.mark.parametrize(
    ("rule", "rep", "detail", "said", "said_in_chinese"),
    [
        (
            Skills(name="Languages"),
            {"skills": {"german": 1}},
            [{"skill": "german", "needs": 2.0, "has": 1.0}, {"skill": "sap", "needs": 1.0, "has": None}],
            "other lacks a required skill (german at level 2, has 1; sap at level 1, has none), by the rule "
            "“Languages”. To allow it, drop the skill german on lead A (or bring other to level 2 in german) and drop "
            "the skill sap on lead A (or bring other to level 1 in sap).",
            "按规则“Languages”，other 不具备所需技能（german 需 2 级，现为 1 级；sap 需 1 级，尚不具备）。"
            "若要允许：取消线索 A 的技能要求 german（或使 other 的 german 达到 2 级），"
            "并取消线索 A 的技能要求 sap（或使 other 的 sap 达到 1 级）。",
        ),
        (
            Match(lead_column="region", rep_column="region"),
            {"region": "West;North"},
            [{"column": "region", "wanted": "East", "rep_column": "region", "held": "West;North"}],
            "other does not match this lead (the region of this lead is East, the region of other is West;North), by "
            "the rule “match”. To allow it, make an exception from “match” for lead A.",
            "按规则“匹配”，other 与该线索不匹配（该线索的 region 为 East，other 的 region 为 West;North）。"
            "若要允许：对线索 A 不执行“匹配”。",
        ),
        (
            Availability(),
            {"available_from": "2027-01-01"},
            [{"available_from": "2027-01-01", "available_to": None, "start": "2026-01-01", "end": "2026-01-31"}],
            "other is away for the whole period (back on 2027-01-01, after its end on 2026-01-31), by the rule "
            "“availability”. To allow it, make an exception from “availability” for lead A.",
            "按规则“在岗”，other 在整个周期内不在岗（2027-01-01 才到岗，而周期至 2026-01-31 结束）。"
            "若要允许：对线索 A 不执行“在岗”。",
        ),
        (
            Availability(),
            {"available_to": "2025-12-31"},
            [{"available_from": None, "available_to": "2025-12-31", "start": "2026-01-01", "end": "2026-01-31"}],
            "other is away for the whole period (gone after 2025-12-31, before its start on 2026-01-01), by the rule "
            "“availability”. To allow it, make an exception from “availability” for lead A.",
            "按规则“在岗”，other 在整个周期内不在岗（2025-12-31 已离岗，而周期自 2026-01-01 开始）。"
            "若要允许：对线索 A 不执行“在岗”。",
        ),
        (
            Exclusion(reps={"id": "other"}),
            {},
            [],
            "other is excluded from this lead, by the rule “exclusion”. "
            "To allow it, make an exception from “exclusion” for lead A.",
            "按规则“排除”，other 被排除在该线索之外。若要允许：对线索 A 不执行“排除”。",
        ),
        (
            Pin(reps={"id": "able"}),
            {},
            [{"to": "able"}],
            "This lead is pinned to others than other (able), by the rule “pin”. "
            "To allow it, release the pin of lead A (“pin”).",
            "按规则“指定”，该线索已指定给 other 以外的人（able）。若要允许：解除线索 A 的指定（“指定”）。",
        ),
        (
            Protection(),
            {},
            [{"owner": "able", "until": "2026-12-31"}],
            "This lead is protected, so other cannot take it (for able until 2026-12-31), by the rule “protection”. "
            "To allow it, end the protection of lead A (“protection”).",
            "按规则“保护期”，该线索在保护期内，other 不能接手（归属 able，至 2026-12-31）。"
            "若要允许：提前结束线索 A 的保护期（“保护期”）。",
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
    answer = explained.why_not("A", "other")
    assert (answer["reason"], answer["kind"], answer["detail"]) == ("removed", rule.kind, detail)
    assert explained.sentence(answer) == f"{said} able has it, for 10 points."
    assert explained.sentence(answer, "zh-CN") == f"{said_in_chinese}现由 able 负责，得 10 分。"
    (other,) = explained.lead("A")["others"]
    assert {name: other[name] for name in ("rule", "kind", "detail")} == {
        name: answer[name] for name in ("rule", "kind", "detail")
    }
    assert explained.lead("A")["removed"] == {rule.name or rule.kind: 1}


def test_a_pair_that_two_rules_remove_names_both() -> None:
    scenario = Scenario(
        rules=(Skills(), Match(name="Home", lead_column="region", rep_column="region")),
        goals=(Value(),),
        reps=(ABLE, Rep(id="other", region="West")),
        leads=[BASE],
    )
    explained = explain(scenario, plan_of(scenario, [0]))
    answer = explained.why_not("A", "other")
    assert (answer["rule"], [also["rule"] for also in answer["also"]]) == ("skills", ["Home"])
    assert "; moreover, other does not match this lead" in explained.sentence(answer)
    assert explained.sentence(explained.lead("A")) == (
        "Goes to able: 10 points (expected value 10). "
        "Nobody else may take it (“skills” rules out 1 rep, “Home” rules out 1 rep)."
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
        "other cannot take second of the same family: other is excluded from second, by the rule “Walled”. "
        "To allow it, make an exception from “Walled” for lead second. able has it, for 1 point."
    )
    assert explained.why_not("second", "other")["reason"] == "removed"
    assert explained.sentence(explained.lead("first")).endswith("Nobody else may take them all.")
    nobody = explain(scenario, plan_of(scenario, [-1, -1]))
    assert nobody.table()["reason"].to_list() == ["rounded", "rounded"]


def test_words() -> None:
    assert words.points(1.0, "en") == "1 point"
    assert words.points(41.2, "zh-CN") == "41.2 分"
    assert words.metric_word("hours@Enterprise", "en") == "hours (Enterprise)"
    assert words.metric_word("hours@Enterprise", "zh-CN") == "工时（Enterprise）"
    assert words.metric_word("visits", "zh-CN") == "visits"
    assert words.quantity(1.0, "leads", "en") == "1 lead"
    assert words.quantity(2.0, "leads@Big", "en") == "2 leads (Big)"
    assert words.quantity(2.0, "leads@Big", "zh-CN") == "2 条线索（Big）"
    assert words.quantity(1.0, "hours", "zh-CN") == "1 小时"
    assert words.quantity(26475.0, "value", "en") == "26,475 of value"
    assert words.quantity(26475.0, "value", "en", currency="EUR") == "€26,475"
    assert words.quantity(3.0, "visits", "en") == "3 visits"
    assert words.quantity(12.3456, "hours", "en", figures=6) == "12.3456 hours"
    assert words.rule_word("skills 2", "zh-CN") == "“技能 2”"
    assert words.rule_word("Hours of the week", "zh-CN") == "“Hours of the week”"


def test_a_line_of_the_file_reads_like_the_record() -> None:
    scenario = Scenario(goals=(Value(),), reps=(ABLE,), leads=[BASE])
    explained = explain(scenario, plan_of(scenario, [0]))
    (line,) = explained.records(locales=LOCALES)
    assert line["text"] == {locale: explained.sentence(explained.lead("A"), locale) for locale in LOCALES}
    assert line.keys() == {"lead", "rep", "reason", "codes", "numbers", "text"}
