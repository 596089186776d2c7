"""CSV as people send it: encodings, separators, quotes, and rows with faults, each with its place."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest

from scenarios import ReadLimits, table_as_bytes
from scenarios.formats import csv as csv_format
from scenarios.formats.csv import read_csv
from scenarios.formats.guard import guard, unguard
from scenarios.formats.tables import Table
from scenarios.issues import Issue

CHINESE = "线索编号,名称,金额\nL1,北京某某科技有限公司,100\nL2,上海某某贸易有限公司,200\n"


def read(data: bytes, limits: ReadLimits | None = None) -> tuple[Table | None, list[Issue]]:
    return read_csv(data, "leads", "leads.csv", limits or ReadLimits())


def cells(data: bytes) -> dict[str, list[str | None]]:
    table, issues = read(data)
    assert table is not None
    assert issues == []
    return {header: pl.Series(column).to_list() for header, column in table.columns.items()}


def faults(data: bytes) -> list[tuple[str, str]]:
    _, issues = read(data)
    return [(issue.code, str(issue.where)) for issue in issues]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings(encoding: str) -> None:
    assert cells(CHINESE.encode(encoding)) == cells(CHINESE.encode())
    assert cells(CHINESE.encode(encoding))["名称"][0] == "北京某某科技有限公司"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(separator: str, ending: str) -> None:
    rows = [["id", "name", "note"], ["1", "a", "x"], ["2", "", "y"]]
    data = ending.join(separator.join(row) for row in rows).encode()
    assert cells(data) == {"id": ["1", "2"], "name": ["a", None], "note": ["x", "y"]}


def test_quoted_separators_quotes_and_line_breaks() -> None:
    assert cells(b'id,name\n1,"a, ""b""\nc"\n2,"d"\n') == {"id": ["1", "2"], "name": ['a, "b"\nc', "d"]}


def test_short_and_long_rows_are_named() -> None:
    data = b"id,name,value\n1,a,5\n2,b\n\n3,c,7,8\n4,d,9,\n"
    assert faults(data) == [("ragged_row", "leads.csv, row 3"), ("ragged_row", "leads.csv, row 5")]
    table, issues = read(data)
    assert [issue.pointer for issue in issues] == ["/leads/1", "/leads/2"]  # the blank row is no lead
    assert table is not None
    assert table.rows is not None
    assert table.rows.tolist() == [2, 3, 5, 6]


def test_a_short_row_far_inside_a_long_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_format, "BLOCK", 64)  # so that records and quotes span the blocks that are counted
    good = "".join(f'L{i},"name; {i}\n",{i}\n' for i in range(200))
    table, issues = read(("id,name,value\n" + good).encode())
    assert table is not None
    assert issues == []
    assert len(table.columns["id"]) == 200
    assert faults(("id,name,value\n" + good + "x,y\n" + good).encode()) == [("ragged_row", "leads.csv, row 202")]


@pytest.mark.parametrize("data", [b'id,name\n1,"a\n2,b\n', b'id,name\n1,"a"b\n2,c\n'])
def test_broken_quotes(data: bytes) -> None:
    assert faults(data) == [("broken_quotes", "leads.csv, row 2")]


def test_quotes_inside_plain_cells_are_texts() -> None:
    assert cells(b'id,name\n1,5" pipe\n2,6" pipe\n')["name"] == ['5" pipe', '6" pipe']


def test_titles_and_blank_rows_above_the_header() -> None:
    table, issues = read("二月线索表,,\n\n编号;金额;名称\n1;2;a\n\n2;3;b\n".encode())
    assert issues == []
    assert table is not None
    assert table.rows is not None
    assert (table.header, table.rows.tolist()) == (3, [4, 6])


def test_excels_separator_hint() -> None:
    assert cells(b"sep=;\nid;name\n1;a,b\n") == {"id": ["1"], "name": ["a,b"]}


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_empty_file(data: bytes) -> None:
    assert faults(data) == [("empty_file", "leads.csv")]


def test_mixed_encodings_name_the_lines() -> None:
    data = CHINESE.encode() + "L3,广州某某集团,300\n".encode("gbk") + "L4,深圳某某集团,1\n".encode()
    table, issues = read(data)
    assert [(issue.code, issue.params["lines"]) for issue in issues] == [("mixed_encodings", "4")]
    assert table is not None
    assert pl.Series(table.columns["名称"]).to_list()[2] == "广州某某集团"


def test_a_gbk_file_is_not_called_mixed_for_a_cell_that_passes_for_utf_8() -> None:
    assert "拢".encode("gbk").decode() == "£"  # two bytes that are one character in UTF-8
    assert cells("编号,名称\n1,拢\n2,北京\n".encode("gbk"))["名称"] == ["拢", "北京"]


def test_undecodable_names_line_and_byte() -> None:
    _, issues = read(b"id,name\n1,a\n2,\xff\xff\n")
    assert [(issue.code, issue.params["line"], issue.params["byte"]) for issue in issues] == [("undecodable", 3, 15)]


def test_western_encodings_are_doubted() -> None:
    _, issues = read("id,name\n1,Müller\n".encode("cp1252"))
    assert [(issue.code, issue.severity) for issue in issues] == [("odd_encoding", "warning")]


@pytest.mark.parametrize("data", [b"id,name\n1,a\0b\n", "id,name\n1,a\n".encode("utf-16-le")])
def test_nul_characters(data: bytes) -> None:
    assert [code for code, _ in faults(data)] == ["nul_characters"]


def test_headers_twice_and_missing() -> None:
    data = b"id,name,name,\n1,a,b,c\n"
    assert faults(data) == [
        ("duplicate_column", "leads.csv, row 1, column name"),
        ("unnamed_column", "leads.csv, row 1"),
    ]


def test_blank_rows_and_columns_fall_away() -> None:
    assert cells(b"id,name,,\n1,a,,\n,,,\n2,b,,\n") == {"id": ["1", "2"], "name": ["a", "b"]}


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@a", "\ta", "\ra", "\na", "＝1", "'=1", "''+", "'a", "a=1", "", "'"]
)
def test_guard_is_exact_and_leaves_no_formula(text: str) -> None:
    assert unguard(guard(text)) == text
    assert not guard(text).startswith(tuple("=+-@\t\r\n＝＋－＠"))


def test_tables_for_spreadsheets_hold_no_formula_but_bare_numbers() -> None:
    frame = pl.DataFrame({"=lead": ["=HYPERLINK(1)", "-x", "plain"], "net": [-5.5, 0.1 + 0.2, None]})
    rows = list(csv.reader(io.StringIO(table_as_bytes(frame, "csv").decode())))
    assert rows == [["'=lead", "net"], ["'=HYPERLINK(1)", "-5.5"], ["'-x", "0.30000000000000004"], ["plain", ""]]
