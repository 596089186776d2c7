"""A plan written as large ones are: a copy of the scenario in Parquet, and brief records of many leads at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from api import files_writing
from scenarios.examples import example
from scenarios.writing import write
from solver.explain import brief, explainer
from tests.cli.conftest import Cli

NAME = "tiers-first"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(example(NAME), tmp_path / "source", "parquet")


@pytest.fixture
def large(cli: Cli, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(files_writing, "MOST_AS_JSON", 0)
    monkeypatch.setattr(explainer, "FEW_PAIRS", 0)
    monkeypatch.setattr(brief, "LEADS_AT_ONCE", 3)
    folder = tmp_path / "plan"
    assert cli("solve", source, "-o", folder, "--locale", "en,zh-CN").code == 0
    return folder


def test_it_is_whole_and_holds(cli: Cli, source: Path, large: Path) -> None:
    assert {path.name for path in large.iterdir()} >= {"assignments.parquet", "explanations.jsonl", "scenario"}
    lines = [json.loads(line) for line in (large / "explanations.jsonl").read_text("utf-8").splitlines()]
    table = pl.read_parquet(large / "assignments.parquet")
    assert [line["lead"] for line in lines] == table["lead"].to_list()
    assert [line["reason"] for line in lines] == table["reason"].to_list()
    assert all(line["text"].keys() == {"en", "zh-CN"} for line in lines)
    seconds = json.loads((large / "plan.json").read_text("utf-8"))["seconds"]
    assert seconds.keys() == {"read", "compile", "solve", "check", "write"}
    said = cli("check", source, large)
    assert said.code == 0, said.out


def with_spaces(folder: Path) -> None:
    """Write the lines as other programs write JSON, the keys in another order."""
    path = folder / "explanations.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    path.write_text("".join(json.dumps(line, sort_keys=True) + "\n" for line in lines), "utf-8")


def packed_otherwise(folder: Path) -> None:
    path = folder / "scenario" / "leads.parquet"
    pl.read_parquet(path).write_parquet(path, compression="uncompressed")


@pytest.mark.parametrize("change", [with_spaces, packed_otherwise])
def test_the_same_in_other_bytes_holds(cli: Cli, source: Path, large: Path, change: Callable[[Path], None]) -> None:
    assert "receipt.json" in {path.name for path in large.iterdir()}
    (large / "receipt.json").unlink()  # which speaks of bytes
    change(large)
    assert cli("check", source, large).code == 0


def another_value(folder: Path) -> None:
    path = folder / "scenario" / "leads.parquet"
    pl.read_parquet(path).with_columns(pl.col("value") + 1).write_parquet(path)


def another_reason(folder: Path) -> None:
    path = folder / "explanations.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    lines[-1] = lines[-1].replace('"reason":"', '"reason":"un', 1)
    path.write_text("".join(lines), "utf-8")


def one_line_less(folder: Path) -> None:
    path = folder / "explanations.jsonl"
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[1:]), "utf-8")


@pytest.mark.parametrize(
    ("change", "claim"),
    [
        (another_value, "The copy of the scenario"),
        (another_reason, "explanations.jsonl"),
        (one_line_less, "explanations.jsonl"),
    ],
)
def test_what_was_changed_is_found(
    cli: Cli, source: Path, large: Path, change: Callable[[Path], None], claim: str
) -> None:
    (large / "receipt.json").unlink()
    change(large)
    said = cli("check", source, large)
    assert said.code == 1
    (wrong,) = (line for line in said.out.splitlines() if line.startswith("✗"))
    assert wrong.removeprefix("✗").strip().startswith(claim)


def test_why_tells_of_one_lead_in_full(cli: Cli, large: Path) -> None:
    lead = pl.read_parquet(large / "assignments.parquet")["lead"][0]
    record = json.loads(cli("why", lead, "--plan", large, "--json").out)["record"]
    assert record["not_told"] == 0
    assert len(record["others"]) == len(example(NAME).reps) - (record["rep"] is not None)
