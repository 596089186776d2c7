"""Files come in pieces that make the whole, and no cell of theirs is a formula."""

from __future__ import annotations

import csv
import io
import re
import tracemalloc
import zipfile

import polars as pl
import pytest
from starlette.types import Receive, Scope, Send

from api.errors import Problem
from api.exporting import csv_pieces, table_file, whole_file
from api.runs.packing import table_bytes
from scenarios.formats import workbook
from scenarios.writing import table_as_bytes
from tests.api.http.asgi import Answer, ask

RISKY = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "＝1+1", "'=1", 'a"b,c\nd', "plain"]


def sent(answer: object) -> Answer:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(scope, receive, send)  # type: ignore[operator]

    return ask(app)


@pytest.mark.parametrize("rows", [0, 1, 19_999, 20_000, 20_001, 60_000])
def test_csv_in_pieces_is_the_whole(rows: int) -> None:
    table = pl.DataFrame({"lead": [f"={k}" for k in range(rows)], "score": [k / 7 for k in range(rows)]})
    answer = sent(table_file({"assignments": table_bytes(table)}, "csv", {}))
    assert answer.body == table_as_bytes(table, "csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8" and "content-length" not in answer.headers
    assert len([piece for piece in answer.pieces if piece]) == max(1, -(-rows // 20_000))


def test_csv_is_never_whole_in_memory() -> None:
    table = pl.DataFrame({"lead": [f"lead number {k}" for k in range(200_000)]})
    whole = len(table_as_bytes(table, "csv"))
    tracemalloc.start()
    size = sum(len(piece) for piece in csv_pieces(table))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == whole and most < whole


def test_other_files_in_pieces_are_the_whole() -> None:
    table = pl.DataFrame({"lead": [f"L{k * k}" for k in range(100_000)], "score": [k**0.5 for k in range(100_000)]})
    data = table_bytes(table)
    answer = sent(table_file({"assignments": data}, "parquet", {"X-Fact": "1"}))
    assert (
        answer.body == data and answer.headers["content-length"] == str(len(data)) and answer.headers["x-fact"] == "1"
    )
    assert len(answer.pieces) > 2 and max(map(len, answer.pieces)) <= 1 << 18
    assert sent(whole_file(b"", "html", {})).body == b""


def test_no_cell_is_a_formula() -> None:
    table = pl.DataFrame({"lead": RISKY, "=rep": RISKY, "score": [-1.5] * len(RISKY)})
    kept = {"assignments": table_bytes(table), "loads": table_bytes(table)}
    rows = list(csv.reader(io.StringIO(sent(table_file(kept, "csv", {})).body.decode(), newline="")))
    assert rows[0] == ["lead", "'=rep", "score"]
    for (lead, rep, score), risky in zip(rows[1:], RISKY, strict=True):
        assert lead == rep and risky in (lead, lead.removeprefix("'"))
        assert not re.match(r"[=+\-@\t\r\n＝＋－＠]", lead)
        assert score == "-1.5"  # a number is no text
    book = zipfile.ZipFile(io.BytesIO(sent(table_file(kept, "xlsx", {})).body))
    sheets = [book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name]
    assert len(sheets) == 2 and not any("<f" in sheet for sheet in sheets)
    back = pl.read_parquet(io.BytesIO(sent(table_file(kept, "parquet", {})).body))
    assert back["lead"].to_list() == RISKY  # where texts and formulas are told apart, they stay as they are


def test_a_sheet_holds_only_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.exporting.MAX_ROWS", 10)
    kept = {"assignments": table_bytes(pl.DataFrame({"lead": ["L"] * 11}))}
    with pytest.raises(Problem) as caught:
        table_file(kept, "xlsx", {})
    assert caught.value.code == "export_too_large" and workbook.MAX_ROWS > 1_000_000
    assert table_file(kept, "csv", {}).status_code == 200
