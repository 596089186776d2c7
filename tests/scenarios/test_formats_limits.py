"""The limits of reading: each is a plain issue, found before any harm is done."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from scenarios import Reading, ReadLimits, Rep, Scenario, load, load_bytes, write
from scenarios.writing import scenario_as_bytes

SCENARIO = Scenario(
    leads=[{"id": f"L{i}", "name": "a" * 50, "colour": "red"} for i in range(10)],
    reps=[Rep(id=f"R{i}") for i in range(5)],
)
SMALL = ReadLimits(file_bytes=100_000, leads=10, reps=5, columns=20)


def codes(reading: Reading) -> set[str]:
    assert reading.scenario is None
    return {issue.code for issue in reading.issues if issue.severity == "error"}


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("form", ["json", "xlsx", "zip", "csv", "parquet"])
@pytest.mark.parametrize(
    ("tighter", "code"),
    [
        (lambda limits: replace(limits, leads=9), "too_many_rows"),
        (lambda limits: replace(limits, reps=4), "too_many_rows"),
        (lambda limits: replace(limits, columns=1), "too_many_columns"),
        (lambda limits: replace(limits, file_bytes=50), "file_too_large"),
        (lambda limits: replace(limits, rules=5), "too_many_rules"),
    ],
)
def test_limits_of_every_format(
    form: str, tighter: Callable[[ReadLimits], ReadLimits], code: str, tmp_path: Path
) -> None:
    path = write(SCENARIO, tmp_path / (f"s.{form}" if form in ("json", "xlsx", "zip") else form), form)  # type: ignore[arg-type]
    assert load(path, limits=SMALL).ok
    assert code in codes(load(path, limits=tighter(SMALL)))


@pytest.mark.parametrize("form", ["xlsx", "zip"])
@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (ReadLimits(unpacked_bytes=500), "archive_too_large"),
        (ReadLimits(entries=2), "too_many_entries"),
    ],
)
def test_limits_of_archives(form: str, limits: ReadLimits, code: str) -> None:
    data = scenario_as_bytes(SCENARIO, form)  # type: ignore[arg-type]
    assert load_bytes(data, form).ok  # type: ignore[arg-type]
    assert code in codes(load_bytes(data, form, limits=limits))  # type: ignore[arg-type]


def test_unpacked_size_of_parquet(tmp_path: Path) -> None:
    path = write(SCENARIO, tmp_path / "s", "parquet")
    assert "archive_too_large" in codes(load(path, limits=ReadLimits(unpacked_bytes=100)))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_cells_that_would_be_copied_again_and_again(form: str, tmp_path: Path) -> None:
    path = write(SCENARIO, tmp_path / "s", form)  # type: ignore[arg-type]
    reading = load(path, limits=ReadLimits(cell_bytes=49))
    assert codes(reading) == {"too_long"}
    assert sum(issue.severity == "error" for issue in reading.issues) == 10
    assert str(reading.issues[0].where) == f"leads.{form}, row 2, column name"


def test_a_bomb_that_says_so_is_not_unpacked() -> None:
    data = packed({"leads.csv": b"id\n" + b"a\n" * 20_000_000, "reps.csv": b"id\nR1\n"})
    assert len(data) < 100_000
    assert codes(load_bytes(data, "zip")) == {"archive_ratio"}


@pytest.mark.parametrize("form", ["zip", "xlsx"])
def test_a_bomb_that_lies_about_its_size_is_stopped(form: str) -> None:
    name = "leads.csv" if form == "zip" else "xl/worksheets/sheet1.xml"
    plain = unpacked(scenario_as_bytes(SCENARIO, form))  # type: ignore[arg-type]
    real = len(plain[name])
    plain[name] += b" " * 5_000_000
    data = packed(plain)
    size, shorter = (len(plain[name])).to_bytes(4, "little"), real.to_bytes(4, "little")
    assert data.count(size) == 2  # in the file's own header, and in the table of contents
    data = data.replace(size, shorter)
    checksum = zlib.crc32(plain[name]).to_bytes(4, "little")
    data = data.replace(checksum, zlib.crc32(plain[name][:real]).to_bytes(4, "little"))
    reading = load_bytes(data, form)  # type: ignore[arg-type]
    assert "archive_entry" in codes(reading)


@pytest.mark.parametrize("name", ["../leads.csv", "/leads.csv", "a/../../leads.csv", "C:/leads.csv", "..\\leads.csv"])
def test_names_that_point_outside(name: str) -> None:
    data = packed({name: b"id\nL1\n", "reps.csv": b"id\nR1\n"})
    assert codes(load_bytes(data, "zip")) == {"unsafe_name"}


def test_archives_in_archives_are_ignored() -> None:
    inner = packed({"leads.csv": b"id\nL9\n", "reps.csv": b"id\nR9\n"})
    data = packed(
        {"leads.csv": b"id\nL1\n", "reps.csv": b"id\nR1\n", "inner.zip": inner, "__MACOSX/._leads.csv": b"\0"}
    )
    scenario = load_bytes(data, "zip").scenario
    assert scenario is not None
    assert scenario.leads["id"].to_list() == ["L1"]


def test_encrypted_and_oddly_packed_entries() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("leads.csv", b"id\nL1\n" * 100)
    assert codes(load_bytes(buffer.getvalue(), "zip")) == {"archive_entry"}
    data = bytearray(packed({"leads.csv": b"id\n"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag of an encrypted entry
    assert codes(load_bytes(bytes(data), "zip")) == {"archive_entry"}


@pytest.mark.parametrize("row", [5, 1_048_575])
def test_a_stray_cell_far_out_does_not_cost_the_memory(row: int) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        leads, reps = book.add_worksheet("leads"), book.add_worksheet("reps")
        leads.write_row(0, 0, ["id"])
        leads.write(row, 16_383, "x")
        reps.write_row(0, 0, ["id"])
    expected = {"too_many_cells"} if row > 5 else {"too_many_columns"}
    assert codes(load_bytes(buffer.getvalue(), "xlsx")) == expected


def test_texts_repeated_by_a_dictionary_are_counted_in_full(tmp_path: Path) -> None:
    (tmp_path / "reps.csv").write_bytes(b"id\nR1\n")
    notes = pl.Series("note", ["x" * 100_000]).new_from_index(0, 10_000)
    pl.DataFrame({"id": [f"L{i}" for i in range(10_000)], "note": notes}).write_parquet(tmp_path / "leads.parquet")
    assert (tmp_path / "leads.parquet").stat().st_size < 1_000_000
    assert codes(load(tmp_path, limits=ReadLimits(unpacked_bytes=100_000_000))) == {"archive_too_large"}


@pytest.mark.parametrize("depth", [100, 1_000, 100_000])
def test_deep_nesting(depth: int) -> None:
    nest = b"[" * depth + b"]" * depth
    for document in (
        nest,
        b'{"leads": %b, "reps": []}' % nest,
        b'{"leads": [{"id": "a", "skills": %b}], "reps": []}' % nest,
        b'{"leads": [], "reps": [], "rules": %b}' % nest,
        b'{"leads": [], "reps": [], "rules": [{"kind": "pin", "leads": {"id": %b}}]}' % nest,
    ):
        assert codes(load_bytes(document, "json")) - {"no_reps"}
