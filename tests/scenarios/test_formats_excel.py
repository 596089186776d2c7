"""Workbooks: templates, what people type into them, and nothing that Excel would compute."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from scenarios import Reading, Rep, Scenario, load, load_bytes, read, table_as_bytes, write, write_template
from scenarios.formats.manual import SHEETS, fields, kinds
from scenarios.goals import Balance
from scenarios.rules import Band, Capacity, Match
from scenarios.texts import LOCALES, Locale

Sheets = dict[str, list[list[Any]]]
LEADS = [["id", "value"], ["L1", 5]]
REPS = [["id"], ["R1"]]


def workbook(sheets: Sheets) -> bytes:
    """Return a workbook as a person may make it: cells by what they look like, ``=`` begins a formula."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(r, c, dt.datetime(cell.year, cell.month, cell.day), date)
                    elif cell == "=NA()":
                        sheet.write_formula(r, c, cell, None, "#N/A")
                    elif cell is not None:
                        sheet.write(r, c, cell)
    return buffer.getvalue()


def load_sheets(sheets: Sheets) -> Reading:
    return load_bytes(workbook(sheets), "xlsx")


def said(reading: Reading) -> list[tuple[str, str, str]]:
    """Return the errors: code, pointer, place."""
    return [(i.code, i.pointer, str(i.where)) for i in reading.issues if i.severity == "error"]


@pytest.mark.parametrize("locale", LOCALES)
def test_template_is_an_empty_scenario(locale: Locale, tmp_path: Path) -> None:
    path = write_template(tmp_path / "template.xlsx", locale)
    assert read(path) == Scenario()  # default rules and goals, which the template shows
    assert [issue.code for issue in load(path).issues] == ["no_reps", "no_leads"]


@pytest.mark.parametrize("locale", LOCALES)
def test_template_explains_every_field_and_offers_the_choices(locale: Locale, tmp_path: Path) -> None:
    data = write_template(tmp_path / "template.xlsx", locale).read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}
    everything = re.sub(r"<[^>]+>", "\n", "".join(xml.values())).replace("&gt;", ">")
    for sheet in SHEETS:
        for field in fields(sheet, locale):
            assert field.header in everything
            assert field.about in everything
    for part in ("rules", "goals"):
        for kind, about in kinds(part, locale):  # type: ignore[arg-type]
            assert kind in everything
            assert about in everything
    assert '"direct,partner"' in "".join(xml.values())


def test_every_field_has_a_chinese_header_of_its_own() -> None:
    for sheet in SHEETS:
        headers = [field.header for field in fields(sheet, "zh-CN")]
        assert len(set(headers)) == len(headers)
        assert all(re.search("[\u4e00-\u9fff]", header) for header in headers)
        assert all(re.search("[\u4e00-\u9fff]", field.about) for field in fields(sheet, "zh-CN"))


def test_a_chinese_workbook_filled_in_by_hand() -> None:
    reading = load_sheets(
        {
            "线索": [
                ["二月线索"],
                [],
                ["客户编号", "金额", "归属人", "保护期至", "所需技能", "优先级", "备注"],
                [1001, 5000.5, "张", dt.date(2026, 3, 31), "德语：2；sap", 2, "007"],
                [],
                ["甲", 1],
            ],
            "销售": [["工号", "容量.leads", "容量", "技能", "渠道"], ["张", 3, "hours:40", "德语;sap", "Partner"]],
            "设置": [
                ["设置", "值"],
                ["名称", "二月"],
                ["周期开始日", dt.date(2026, 2, 1)],
                ["周期结束日", "2026年2月28日"],
            ],
            "规则": [
                ["类型", "线索列", "销售列", "罚分", "线索"],
                ["match", "区域", "区域", 2.5, "客户类型=大|中；优先级＝1；等级=A"],
                ["Capacity"],
            ],
            "目标": [["类型", "权重", "分组列"], ["balance", 0.1, "团队"]],
        }
    )
    assert said(reading) == [("unknown_column_used", "/rules/0/leads", "规则, row 2, column 线索")]
    scenario = reading.scenario
    assert scenario is not None
    assert scenario.lead_records()[0] == {
        "id": "1001",
        "value": 5000.5,
        "effort": 1.0,
        "tier": 2,
        "urgency": 0.0,
        "skills": {"德语": 2.0, "sap": 1.0},
        "owner": "张",
        "protected_until": "2026-03-31",
        "备注": "007",
    }
    assert scenario.leads["id"].to_list() == ["1001", "甲"]
    assert scenario.reps == (
        Rep(id="张", capacity={"leads": 3, "hours": 40}, skills={"德语": 1, "sap": 1}, channel="partner"),
    )
    assert (scenario.name, scenario.period_start, scenario.period_end) == (
        "二月",
        dt.date(2026, 2, 1),
        dt.date(2026, 2, 28),
    )
    chosen = {"segment": ("大", "中"), "tier": (1,), "等级": ("A",)}
    match = Match(lead_column="region", rep_column="region", rate=2.5, leads=chosen)
    assert scenario.rules == (match, Capacity())
    assert scenario.goals == (Balance(weight=0.1, by="team"),)


def test_faults_of_all_sheets_at_once_each_with_its_cell() -> None:
    reading = load_sheets(
        {
            "leads": [["id", "value", "tier"], ["L1", "much", 1], [None, None, None], ["L2", 5, 99], [None, 3, 1]],
            "reps": [["id", "fte", "capacity.hours"], ["R1", -1, "lots"]],
            "settings": [["period_start", "soon"], ["nme", "x"], ["name", "a"], ["name", "b"]],
            "rules": [
                ["kind", "rate", "metrc", "leads", "tolerance"],
                ["bnd", None, None, None, None],
                ["band", "high", "value", "region", None],
            ],
            "goals": [["kind", "weight"], ["value", -1]],
        }
    )
    assert reading.scenario is None
    assert sorted(said(reading)) == [
        ("above_maximum", "/leads/1/tier", "leads, row 4, column tier"),
        ("below_minimum", "/goals/0/weight", "goals, row 2, column weight"),
        ("below_minimum", "/reps/0/fte", "reps, row 2, column fte"),
        ("duplicate_key", "/name", "settings, row 4"),
        ("missing_value", "/leads/2/id", "leads, row 5, column id"),
        ("not_a_date", "/period_start", "settings, row 1"),
        ("not_a_number", "/leads/0/value", "leads, row 2, column value"),
        ("not_a_number", "/reps/0/capacity.hours", "reps, row 2, column capacity.hours"),
        ("not_a_number", "/rules/1/rate", "rules, row 3, column rate"),
        ("not_a_selection", "/rules/1/leads", "rules, row 3, column leads"),
        ("unknown_key", "/nme", "settings, row 2"),
        ("unknown_key", "/rules/1/metrc", "rules, row 3, column metrc"),
        ("unknown_kind", "/rules/0/kind", "rules, row 2, column kind"),
    ]


def test_error_cells_are_not_taken_for_blank_ones() -> None:
    reading = load_sheets({"leads": [["id", "value"], ["L1", "=NA()"], ["L2", 3]], "reps": REPS})
    assert said(reading) == [("error_cell", "/leads/0/value", "leads, row 2, column value")]


@pytest.mark.parametrize(
    ("sheets", "expected"),
    [
        ({"Sheet1": LEADS}, [("missing_table", "/leads"), ("missing_table", "/reps")]),
        ({"leads": LEADS, "线索": LEADS, "reps": REPS}, [("two_tables", "/leads")]),
        ({"leads": [], "reps": REPS}, [("empty_file", "/leads")]),
        ({"leads": [["name"], ["a"]], "reps": REPS}, [("missing_value", "/leads")]),
        ({"leads": LEADS, "reps": REPS, "rules": [["foo"], ["bar"]]}, [("missing_value", "/rules")]),
        ({"leads": LEADS, "reps": REPS, "rules": [["kind", "rate", "罚分"]]}, [("duplicate_column", "/rules")]),
        ({"leads": LEADS, "reps": REPS, "rules": []}, []),
    ],
)
def test_sheets_that_are_missing_blank_or_twice(sheets: Sheets, expected: list[tuple[str, str]]) -> None:
    assert [(code, pointer) for code, pointer, _ in said(load_sheets(sheets))] == expected


def test_a_sheet_of_rules_without_rows_means_no_rules_and_none_the_defaults() -> None:
    without = load_sheets({"leads": LEADS, "reps": REPS, "rules": [["kind"]]}).scenario
    default = load_sheets({"leads": LEADS, "reps": REPS}).scenario
    assert without is not None
    assert default is not None
    assert (without.rules, default.rules) == ((), Scenario().rules)


def test_selections_are_written_for_people(tmp_path: Path) -> None:
    scenario = Scenario(rules=(Band(leads={"region": ("East", "North"), "tier": (1,)}, reps={"id": ("007",)}),))
    data = write(scenario, tmp_path / "s.xlsx").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = archive.read("xl/worksheets/sheet4.xml").decode()
    assert "<t>region=East|North;tier=1</t>" in xml
    assert "<t>{&quot;id&quot;:[&quot;007&quot;]}</t>" in xml.replace(
        '"id":["007"]', "&quot;id&quot;:[&quot;007&quot;]"
    )


def test_no_text_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    texts = ["=1+1", "+1", "-1", "@a", "{=1}", "https://example.org", "mailto:a@example.org"]
    scenario = Scenario(leads=[{"id": text, "name": text} for text in texts], reps=[Rep(id=text) for text in texts])
    tables = [
        write(scenario, tmp_path / "s.xlsx").read_bytes(),
        table_as_bytes(pl.DataFrame({"=a": texts, "b": [-5.0] * len(texts)}), "xlsx"),
    ]
    for data in tables:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            xml = "".join(archive.read(name).decode() for name in archive.namelist() if "worksheets" in name)
        assert "<f>" not in xml
        assert "hyperlink" not in xml
    assert xml.count("<v>-5.0</v>") == len(texts)


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path: Path) -> None:
    scenario = Scenario().model_copy(
        update={"leads": pl.DataFrame({"id": pl.Series(["a"]).new_from_index(0, 1_048_576)})}
    )
    with pytest.raises(ValueError, match="1048575 rows"):
        write(scenario, tmp_path / "s.xlsx")
    assert list(tmp_path.iterdir()) == []
