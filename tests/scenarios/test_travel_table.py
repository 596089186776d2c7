"""The table of travel as people send it: headers, encodings, cells with faults, and how large it may be."""

from __future__ import annotations

import zipfile
from pathlib import Path

import polars as pl
import pytest

from scenarios import ReadLimits, Scenario, load, load_bytes, read, write
from scenarios.writing import write_template

GOAL = {"kind": "travel", "measured_by": "minutes"}
BASE = Scenario.model_validate(
    {
        "leads": [{"id": "L1"}, {"id": "L2"}],
        "reps": [{"id": "ana"}],
        "travel": [{"lead": "L1", "rep": "ana", "minutes": 42}, {"lead": "L2", "rep": "ana", "minutes": 7.5, "km": 3}],
        "goals": [GOAL],
    }
)


def folder(path: Path, travel: bytes) -> Path:
    write(BASE, path / "s")
    (path / "s" / "travel.csv").write_bytes(travel)
    return path / "s"


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
def test_chinese_headers(tmp_path: Path, encoding: str) -> None:
    text = "路程矩阵,,,\n线索编号,销售,minutes,km\nL1,ana,42,\nL2,ana,7.5,3\n"
    assert read(folder(tmp_path, text.encode(encoding))) == BASE


def test_a_file_and_a_measure_may_have_chinese_names(tmp_path: Path) -> None:
    path = folder(tmp_path, b"")
    (path / "travel.csv").unlink()
    (path / "路程.csv").write_bytes("客户编号;员工编号;分钟\nL1;ana;42\n".encode("gbk"))
    assert read(path).travel.rows() == [("L1", "ana", 42.0)]
    assert read(path).travel.columns == ["lead", "rep", "分钟"]


def test_each_fault_has_its_place(tmp_path: Path) -> None:
    rows = ["lead,rep,minutes,note", "L1,ana,-1,a", "L1,bo,inf,b", "L2,,3,c", "L2,ana,far,d", "L2,bo,1e16,e"]
    reading = load(folder(tmp_path, "\n".join(rows).encode()))
    assert reading.scenario is None
    assert [(i.code, i.pointer, str(i.where)) for i in reading.issues if i.pointer.startswith("/travel/")] == [
        ("missing_value", "/travel/2/rep", "travel.csv, row 4, column rep"),
        ("not_a_number", "/travel/3/minutes", "travel.csv, row 5, column minutes"),
        ("not_finite", "/travel/1/minutes", "travel.csv, row 3, column minutes"),
        ("below_minimum", "/travel/0/minutes", "travel.csv, row 2, column minutes"),
        ("above_maximum", "/travel/4/minutes", "travel.csv, row 6, column minutes"),
        ("travel_of_unknown_rep", "/travel/1/rep", "travel.csv, row 3, column rep"),
    ]


def test_what_is_missing_is_told_with_its_column(tmp_path: Path) -> None:
    issues = load(folder(tmp_path, b"lead,minutes\nL1,4\n")).issues
    assert ("missing_value", "/travel") in [(issue.code, issue.pointer) for issue in issues]


def test_columns_without_a_number_are_left_out() -> None:
    rows = [{"lead": "L1", "rep": "ana", "minutes": 1, "by": "car", "km": None}]
    assert Scenario(travel=rows).travel.columns == ["lead", "rep", "minutes"]
    frame = pl.DataFrame({"rep": ["ana"], "lead": ["L1"], "by": ["car"], "toll": [True], "minutes": [3]})
    assert Scenario(travel=frame).travel.rows() == [("L1", "ana", 3.0)]


def test_rows_that_are_none_are_issues() -> None:
    data = b'{"leads": [{"id": "L1"}], "reps": [{"id": "ana"}], "travel": [{"lead": "L1", "minutes": -3}, 7]}'
    assert {(issue.code, issue.pointer) for issue in load_bytes(data, "json").issues} >= {
        ("not_an_object", "/travel/1"),
        ("missing_value", "/travel/0/rep"),
        ("below_minimum", "/travel/0/minutes"),
    }
    with pytest.raises(ValueError, match="not an object"):
        Scenario(travel=[7])


def test_too_many_rows(tmp_path: Path) -> None:
    issues = load(write(BASE, tmp_path / "s.json"), limits=ReadLimits(travel=1)).issues
    assert ("too_many_rows", "/travel") in [(issue.code, issue.pointer) for issue in issues]


def test_the_address_is_of_the_table_too() -> None:
    other = BASE.model_copy(update={"travel": BASE.travel.with_columns(minutes=pl.lit(1.0))})
    without = BASE.model_copy(update={"travel": BASE.travel.clear()})
    assert len({scenario.sha256() for scenario in (BASE, other, without)}) == 3
    assert other != BASE
    assert without != BASE


def test_a_table_that_went_leaves_no_file(tmp_path: Path) -> None:
    path = write(BASE, tmp_path / "s")
    write(BASE.model_copy(update={"travel": BASE.travel.clear()}), path)
    assert not (path / "travel.csv").exists()


def test_the_template_has_a_sheet_for_it(tmp_path: Path) -> None:
    for locale, name in (("en", "travel"), ("zh-CN", "路程")):
        with zipfile.ZipFile(write_template(tmp_path / f"{locale}.xlsx", locale)) as book:  # type: ignore[arg-type]
            assert f'name="{name}"' in book.read("xl/workbook.xml").decode()
