"""Reading from the outside: every fault at once, each with its place, and never an exception from `load`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scenarios import Reading, Rep, Scenario, ScenarioError, load, load_bytes, read, validate, write
from scenarios.cells import clean_cells
from scenarios.columns import columns_of
from scenarios.faults import Faults
from scenarios.headers import CHINESE, column_name
from scenarios.model import Lead
from scenarios.writing import write_whole

LEADS = [{"id": "L1", "value": 3, "region": "East"}]
REPS = [{"id": "R1", "region": "East"}]


def document(**parts: Any) -> bytes:
    return json.dumps({"leads": LEADS, "reps": REPS, **parts}).encode()


def load_document(**parts: Any) -> Reading:
    return load_bytes(document(**parts), "json")


def errors(reading: Reading) -> list[tuple[str, str]]:
    return sorted((issue.code, issue.pointer) for issue in reading.issues if issue.severity == "error")


def folder(path: Path, **files: str) -> Path:
    for name, text in files.items():
        (path / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return path


# -- sources ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("nowhere.json", "not_found"),
        ("nowhere", "not_found"),
        ("a\0b.json", "not_found"),
        ("x" * 5_000, "not_found"),
        ("notes.txt", "unknown_format"),
        ("leads.csv", "unknown_format"),
        ("empty.json", "empty_file"),
        ("empty.xlsx", "empty_file"),
        ("text.json", "bad_json"),
        ("text.xlsx", "damaged_file"),
        ("text.zip", "damaged_file"),
        ("pipe.json", "unreadable"),
    ],
)
def test_sources_that_are_none(source: str, code: str, tmp_path: Path) -> None:
    for name in ("notes.txt", "leads.csv", "text.json", "text.xlsx", "text.zip"):
        (tmp_path / name).write_text("id\nhello\n")
    for name in ("empty.json", "empty.xlsx"):
        (tmp_path / name).write_bytes(b"")
    os.mkfifo(tmp_path / "pipe.json")
    reading = load(tmp_path / source)
    assert reading.scenario is None
    assert [issue.code for issue in reading.issues] == [code]
    assert reading.issues[0].where is not None
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path / source)
    assert [issue.code for issue in caught.value.issues] == [code]


def test_a_folder_without_tables(tmp_path: Path) -> None:
    assert errors(load(tmp_path)) == [("missing_table", "/leads"), ("missing_table", "/reps")]


def test_a_folder_with_defaults_and_other_files(tmp_path: Path) -> None:
    folder(tmp_path, Leads_CSV="id\nL1\n", 销售_csv="工号\nR1\n", notes_txt="?", plan_csv="a\n")
    scenario = read(tmp_path)
    assert scenario == Scenario(leads=[{"id": "L1"}], reps=[Rep(id="R1")])


def test_two_tables_of_leads(tmp_path: Path) -> None:
    folder(tmp_path, leads_csv="id\nL1\n", reps_csv="id\nR1\n")
    pl.DataFrame({"id": ["L2"]}).write_parquet(tmp_path / "leads.parquet")
    assert ("two_tables", "") in errors(load(tmp_path))


def test_tables_in_scenario_json_and_beside_it(tmp_path: Path) -> None:
    (tmp_path / "scenario.json").write_bytes(document())
    assert read(tmp_path).leads["id"].to_list() == ["L1"]
    folder(tmp_path, leads_csv="id\nL2\n")
    assert errors(load(tmp_path)) == [("two_tables", "/leads")]


def test_parquet_types_are_honoured(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "ID": ["1", "2"],
            "value": pl.Series([1, 2], dtype=pl.Decimal(10, 2)),
            "protected_until": pl.Series([0, 1], dtype=pl.Datetime),
            "skills": [["sap", "german"], []],
            "code": ["7", "8"],
            "size": pl.Series([7, 8], dtype=pl.UInt8),
            "kind": pl.Series(["a", "b"], dtype=pl.Categorical),
            "flag": [True, None],
        }
    )
    frame.write_parquet(tmp_path / "leads.parquet")
    folder(tmp_path, reps_csv="id\nR1\n")
    leads = read(tmp_path).leads
    assert leads["skills"].to_list() == ["german:1;sap:1", None]
    assert leads["protected_until"].cast(pl.String).to_list() == ["1970-01-01"] * 2
    assert leads["code"].to_list() == ["7", "8"]
    assert leads["size"].to_list() == [7.0, 8.0]
    assert leads["flag"].to_list() == ["true", None]


def test_writing_into_a_folder_replaces_tables_of_the_other_format_only(tmp_path: Path) -> None:
    scenario = Scenario(leads=LEADS, reps=[Rep(id="R1")])
    (tmp_path / "mine.txt").write_text("keep")
    write(scenario, tmp_path, "csv")
    write(scenario, tmp_path, "parquet")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["leads.parquet", "mine.txt", "reps.parquet", "scenario.json"]
    assert read(tmp_path) == scenario


def test_a_write_that_is_broken_off_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.json"
    write_whole(path, b"old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write(Scenario(leads=LEADS), path)
    with pytest.raises(KeyboardInterrupt):
        write(Scenario(leads=LEADS), tmp_path / "new", "csv")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_writing_to_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no format is known"):
        write(Scenario(), tmp_path / "s.doc")


# -- JSON ---------------------------------------------------------------------------------------------------


def test_all_faults_of_the_head_at_once() -> None:
    reading = load_document(
        nam="x",
        name=5,
        currency="x" * 21,
        period_start=20260101,
        period_end="2026-13-01",
        lead_columns={"a": "date"},
        rules=[
            {"kind": "capcity"},
            {"kind": "capacity", "metrics": 3, "foo/bar~x": 1},
            {"kind": "match", "leads": {"region": ["a", None]}},
            3,
            {},
            {"kind": "share"},
            {"kind": "share", "floor": 2, "of": "x"},
            {"kind": "share", "floor": 0.2, "ceiling": 0.1},
            {"kind": "band", "tolerance": "abc", "rate": -1, "reps": {"id": {"a": 1}}, "name": "n" * 201},
            {"kind": "band", "of": "leads", "by": "team"},
            {"kind": "pin", "leads": ["L1"], "rate": float("inf")} | {"rate": 1e99},
        ],
        goals={"kind": "value"},
    )
    assert errors(reading) == [
        ("above_maximum", "/rules/10/rate"),
        ("above_maximum", "/rules/6/floor"),
        ("band_total_in_groups", "/rules/9"),
        ("below_minimum", "/rules/8/rate"),
        ("missing_value", "/rules/2/lead_column"),
        ("missing_value", "/rules/2/rep_column"),
        ("missing_value", "/rules/4/kind"),
        ("not_a_choice", "/lead_columns/a"),
        ("not_a_choice", "/rules/6/of"),
        ("not_a_date", "/period_end"),
        ("not_a_date", "/period_start"),
        ("not_a_list", "/goals"),
        ("not_a_list", "/rules/1/metrics"),
        ("not_a_number", "/rules/8/tolerance"),
        ("not_an_object", "/rules/10/leads"),
        ("not_an_object", "/rules/3"),
        ("not_text", "/name"),
        ("not_text", "/rules/2/leads/region/1"),
        ("not_text", "/rules/8/reps/id"),
        ("share_bounds_crossed", "/rules/7"),
        ("share_without_bounds", "/rules/5"),
        ("too_long", "/currency"),
        ("too_long", "/rules/8/name"),
        ("unknown_key", "/nam"),
        ("unknown_key", "/rules/1/foo~1bar~0x"),
        ("unknown_kind", "/rules/0/kind"),
    ]
    guesses = {issue.pointer: issue.maybe() for issue in reading.issues}
    assert guesses["/nam"] == "Maybe this is meant: 'name'."
    assert guesses["/rules/0/kind"] == "Maybe this is meant: 'capacity'."
    assert all(issue.message("zh-CN") != issue.message("en") for issue in reading.issues)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"leads": 5}, [("not_a_list", "/leads")]),
        ({"leads": {"id": "a"}}, [("not_a_list", "/leads")]),
        ({"leads": [{"id": "a"}, 5, "b"]}, [("not_an_object", "/leads/1"), ("not_an_object", "/leads/2")]),
        ({"leads": [{"name": "a"}]}, [("missing_value", "/leads/0/id")]),
        ({"leads": [{"id": ["a"]}]}, [("not_text", "/leads/0/id")]),
        ({"leads": [{"id": "a", "value": {"x": 1}}]}, [("not_text", "/leads/0/value")]),
        ({"leads": [{"id": "a", "value": True}]}, [("not_a_number", "/leads/0/value")]),
        ({"leads": [{"id": "a", "tier": 1.5}]}, [("not_whole", "/leads/0/tier")]),
        ({"leads": [{"id": "a", "value": 10**400}]}, [("bad_json", "")]),
        ({"leads": [{"id": "a", "skills": {"a;b": 1}}]}, [("not_a_mapping", "/leads/0/skills")]),
        ({"leads": [{"id": "a", "skills": {"a": "2;b:3"}}]}, [("not_a_mapping", "/leads/0/skills")]),
        ({"leads": [{"id": "a", "skills": ["x", 3]}]}, [("not_a_mapping", "/leads/0/skills")]),
        ({"leads": [{"id": "a", "protected_until": "soon"}]}, [("not_a_date", "/leads/0/protected_until")]),
        ({"leads": [{"id": "a", "Name": "x", "名称": "y"}]}, [("duplicate_column", "/leads")]),
        ({"leads": [{"id": "a", "": "x"}]}, [("unnamed_column", "/leads")]),
        ({"leads": [{"id": "a", "*": "x"}]}, [("unusable_name", "/leads")]),
        ({"reps": [{"id": "a", "^b$": "x"}]}, [("unusable_name", "/reps")]),
        ({"reps": [{"id": "a", "n" * 201: "x"}]}, [("too_long", "/reps")]),
        ({"leads": [{"id": "a", "a/b": "x"}], "lead_columns": {"a/b": "number"}}, [("not_a_number", "/leads/0/a~1b")]),
        ({"leads": [{"id": "x" * 201}]}, [("too_long", "/leads/0/id")]),
        ({"reps": [{"id": "x" * 201}]}, [("too_long", "/reps/0/id")]),
        ({"reps": [{"id": "a", "channel": "third"}]}, [("not_a_choice", "/reps/0/channel")]),
        ({"reps": [{"id": "a", "capacity": {"hours": -1}}]}, [("not_a_mapping", "/reps/0/capacity")]),
        ({"reps": [{"id": "a", "capacity": 20}]}, [("not_a_mapping", "/reps/0/capacity")]),
    ],
)
def test_faults_of_tables(parts: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert errors(load_document(**parts)) == expected


@pytest.mark.parametrize("data", [b"[]", b"3", b'"x"', b"null"])
def test_documents_that_are_no_object(data: bytes) -> None:
    assert errors(load_bytes(data, "json")) == [("not_an_object", "")]


def test_bad_json_names_its_line() -> None:
    issue = load_bytes(b'{"leads": [],\n "reps": [,]}', "json").issues[0]
    assert (issue.code, issue.params["line"], issue.params["column"]) == ("bad_json", 2, 11)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gbk"])
def test_json_in_other_encodings(encoding: str) -> None:
    text = json.dumps({"name": "二月方案", "leads": LEADS, "reps": REPS}, ensure_ascii=False)
    reading = load_bytes(text.encode(encoding), "json")
    assert reading.scenario is not None
    assert reading.scenario.name == "二月方案"


# -- what is where ------------------------------------------------------------------------------------------


def test_faults_of_files_and_of_meaning_at_once_and_each_in_its_place(tmp_path: Path) -> None:
    folder(
        tmp_path,
        leads_csv="线索编号;金额;归属人;竞争组\nL1;much;R9;\n\nL2;5;R1;\nL2;1;;\n;3;R8;\n",
        reps_csv="id,fte,capacity.hours,capacity\nR1,1,40,leads:3\nR2,x,,hours\n",
        scenario_json=json.dumps(
            {
                "rules": [
                    {"kind": "band", "metrc": "x"},
                    {"kind": "exclusion", "leads": {"foo": "a"}, "reps": {"id": "R1"}},
                ]
            }
        ),
    )
    reading = load(tmp_path)
    assert reading.scenario is None
    found = {(i.code, i.pointer): str(i.where) for i in reading.issues}
    assert found["not_a_number", "/leads/0/value"] == "leads.csv, row 2, column 金额"
    assert found["owner_not_a_rep", "/leads/0/owner"] == "leads.csv, row 2, column 归属人"
    assert found["duplicate_id", "/leads/2/id"] == "leads.csv, row 5, column 线索编号"
    assert found["missing_value", "/leads/3/id"] == "leads.csv, row 6, column 线索编号"
    assert found["not_a_number", "/reps/1/fte"] == "reps.csv, row 3, column fte"
    assert found["unknown_key", "/rules/0/metrc"] == "scenario.json"
    assert found["unknown_column_used", "/rules/1/leads"] == "scenario.json"  # counted as in the file
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path)
    assert {issue.code for issue in caught.value.issues} == {"not_a_number", "missing_value", "unknown_key"}


def test_one_place_is_reported_once(tmp_path: Path) -> None:
    folder(tmp_path, leads_csv="id,value\nL1,1\nL1\n", reps_csv="id\n\n")
    reading = load(tmp_path)
    assert [(i.code, i.pointer) for i in reading.issues if i.pointer.startswith("/leads/1")] == [
        ("ragged_row", "/leads/1")
    ]


def test_faults_of_meaning_do_not_stop_reading(tmp_path: Path) -> None:
    folder(tmp_path, leads_csv="id,tier\nL1,1\nL1,1\n", reps_csv="id\nR1\n")
    reading = load(tmp_path)
    scenario = read(tmp_path)
    assert reading.scenario == scenario
    assert not reading.ok
    assert [i.code for i in reading.issues] == [i.code for i in validate(scenario)]


# -- columns ------------------------------------------------------------------------------------------------


def test_every_column_has_chinese_headers_that_mean_it() -> None:
    for model in (Lead, Rep):
        assert CHINESE[model.__name__].keys() == model.model_fields.keys()
        for column, words in CHINESE[model.__name__].items():
            assert [column_name(header, model) for header in (words.header, *words.also)] == [column] * (
                1 + len(words.also)
            )
            assert words.about


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Quality Source", "quality_source"),
        (" protected-UNTIL ", "protected_until"),
        ("客户编号", "id"),
        ("归属人", "owner"),
        ("Skills.德语", "skills.德语"),
        ("所需技能.a.b", "skills.a.b"),
        ("value.x", "value.x"),
        ("skills.", "skills."),
        ("Lead source", "Lead source"),
    ],
)
def test_names_of_columns(header: str, column: str) -> None:
    assert column_name(header, Lead) == column
    assert column_name(column, Lead) == column


def test_dotted_columns_join_the_mapping(tmp_path: Path) -> None:
    folder(
        tmp_path,
        leads_csv="id,skills.german,skills\nL1,2,sap:1\nL2,,\n",
        reps_csv="id,capacity.hours@E,win_rates.*,carried.value,capacity\nR1,5,0.5,7,leads:3\nR2,5,2,,hours@E:5\n",
    )
    reading = load(tmp_path)
    assert errors(reading) == [("above_maximum", "/reps/1/win_rates.*"), ("not_a_mapping", "/reps/1/capacity")]
    folder(tmp_path, reps_csv="id,capacity.hours@E,win_rates.*,carried.value,capacity\nR1,5,0.5,7,leads:3\n")
    scenario = read(tmp_path)
    assert scenario.leads["skills"].to_list() == ["german:2;sap:1", None]
    assert scenario.reps[0].capacity == {"hours@E": 5, "leads": 3}
    assert scenario.reps[0].win_rates == {"*": 0.5}
    assert scenario.reps[0].carried == {"value": 7}


def test_more_faults_than_are_listed_are_counted() -> None:
    reading = load_document(leads=[{"id": f"L{i}", "value": "x"} for i in range(250)])
    assert [i.code for i in reading.issues].count("not_a_number") == 100
    rest = next(i for i in reading.issues if i.code == "more_like_this")
    assert (rest.pointer, rest.params["count"]) == ("/leads", 150)
    assert len([i for i in reading.issues if i.code == "missing_value"]) == 0


@pytest.mark.parametrize(
    "text", ["2026-01-05", "2026/1/5", "2026.1.5", "2026年1月5日", "2026-01-05 00:00:00", "2026-01-05T08:30"]
)
def test_dates_as_people_write_them(text: str) -> None:
    series = clean_cells([text], columns_of(Lead)["protected_until"], Faults("leads", []))
    assert str(series[0]) == "2026-01-05"


def test_a_link_without_an_end_leaves_the_numbers_of_the_rows_as_they_are(tmp_path: Path) -> None:
    """The header is row 1: an end is missing in row 3, and what follows is named by its own row."""
    source = folder(
        tmp_path,
        leads_csv="id\nL1\nL2\nL3\n",
        reps_csv="id\nR1\n",
        links_csv="a,b\nL1,L2\nL2,\nL1,L3\nL3,L9\nL3,L3\n",
    )
    reading = load(source)
    found = {issue.code: issue for issue in reading.issues}
    assert found.keys() >= {"missing_value", "link_to_nobody", "link_to_itself"}
    assert (found["missing_value"].pointer, found["link_to_nobody"].pointer) == ("/links/1/b", "/links/3/b")
    places = {code: issue.where and (issue.where.row, issue.where.column) for code, issue in found.items()}
    assert places["missing_value"] == (3, "b")
    assert places["link_to_nobody"] == (5, "b")
    assert places["link_to_itself"] == (6, None)
    assert [issue.code for issue in reading.issues].count("link_to_nobody") == 1
