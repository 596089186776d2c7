"""`plumbline rebalance --frontier`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import orjson
import polars as pl
import pytest

from api.territories.trade_files import OURS
from scenarios import Scenario, write
from solver.territory.trade_record import COLUMNS
from tests.cli.conftest import Cli
from tests.solver.territory.test_rebalance import grid

PNG = b"\x89PNG\r\n\x1a\n"


def halves(at_least: float = 0.0) -> Scenario:
    """Return six units in a row: west has five of them, each worth 10; to be even, two have to go."""
    cells = grid(6, 1)
    for k, lead in enumerate(cells["leads"]):
        lead |= {"value": 10.0, "owner": "west" if k < 5 else "east"}
    return Scenario(
        name="Halves",
        **cells,
        reps=[{"id": "west", "lat": 40, "lon": -90}, {"id": "east", "lat": 40, "lon": -86.5}],
        rules=[
            {"kind": "contiguity"},
            {"kind": "band", "name": "ours", "metric": "value", "tolerance": 0.4},
            {"kind": "minimum", "name": "much", "metric": "value", "at_least": at_least},
        ],
        goals=[{"kind": "travel"}],
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(halves(), tmp_path_factory.mktemp("s") / "s.json")


def test_it_says_what_has_to_move_and_writes_it(cli: Cli, source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "curve"
    said = cli("rebalance", source, "--frontier", "value", "--points", "3", "-o", folder, "--locale", "en,zh-CN")
    assert said.code == 0 and said.err == ""
    words = " ".join(said.out.split())
    assert "Within 40% of the fair share 10 of value (16.7%) has to change owner: no territories move less" in words
    assert "Within 1% of the fair share 20 of value (33.3%) has to change owner" in words
    assert "Today the territory furthest off is 66.7% from its fair share of value." in words
    assert "The points of the curve take the place of “ours”." in words
    assert "--time-limit" not in words, "all is proved"
    assert {file.name for file in folder.iterdir()} == OURS
    record = orjson.loads((folder / "frontier.json").read_bytes())
    assert [point["moved"] for point in record["points"]] == [0.0, 10.0, 20.0]
    assert set(record["sentences"]) == {"en", "zh-CN"}
    table = pl.read_csv(folder / "frontier.csv")
    assert table.columns == list(COLUMNS)
    assert table["moved_part"].to_list() == pytest.approx([0, 1 / 6, 1 / 3])
    owners = pl.read_csv(folder / "owners.csv")
    assert owners.columns == ["lead", "today", "none", "0.4", "0.01"]
    assert owners["0.01"].to_list() == ["west"] * 3 + ["east"] * 3
    assert (folder / "frontier.png").read_bytes().startswith(PNG)
    words = "".join(ElementTree.fromstring((folder / "frontier.svg").read_text(encoding="utf-8")).itertext())
    assert "band of the scenario: 40%" in words and "no territories: proved" in words
    again = cli("rebalance", source, "--frontier", "value", "--points", "2", "-o", folder, "--locale", "zh-CN")
    assert again.code == 0 and "已证明不能更少" in "".join(again.out.split())
    assert pl.read_csv(folder / "frontier.csv").height == 2


def test_the_record_counts_what_it_is_told_to(cli: Cli, source: Path) -> None:
    said = cli("rebalance", source, "--frontier", "value", "--moved", "leads", "--points", "2", "--json")
    record = orjson.loads(said.out)
    assert said.code == 0
    assert (record["counted"], record["owned"], record["metric"]) == ("leads", 6.0, "value")
    assert [point["moved"] for point in record["points"]] == [0.0, 2.0]


def test_how_it_ends(cli: Cli, source: Path, tmp_path: Path) -> None:
    said = cli("rebalance", source, "--frontier", "worth")
    assert said.code != 0 and "There is no metric 'worth'" in said.err
    said = cli("rebalance", source, "--moved", "leads")
    assert said.code == 2 and "--frontier" in said.err
    never = write(halves(at_least=1000.0), tmp_path / "never.json")
    said = cli("rebalance", never, "--frontier", "value", "-o", tmp_path / "none")
    assert said.code == 3 and "No territories exist, with a band or without" in " ".join(said.out.split())
    assert {file.name for file in (tmp_path / "none").iterdir()} == {"frontier.csv", "frontier.json"}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    said = cli("rebalance", source, "--frontier", "value", "-o", tmp_path / "mine")
    assert said.code != 0 and "nothing there is replaced" in " ".join(said.err.split())
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["letter.txt"]
