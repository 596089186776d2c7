"""`plumbline neighbours`: from shapes to the links of a scenario."""

from __future__ import annotations

from pathlib import Path

import orjson
import polars as pl

from scenarios import read
from tests.cli.conftest import Cli
from tests.scenarios.test_shapes import collection, square


def test_the_command_writes_links_that_a_scenario_reads(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "areas.geojson").write_bytes(collection({"A": square(0, 0), "B": square(1, 0), "C": square(5, 5)}))
    folder = tmp_path / "map"
    said = cli("neighbours", tmp_path / "areas.geojson", "-o", folder / "links.csv")
    assert said.code == 0
    assert "1 link between 3 shapes" in said.out and "1 shape has no neighbour: C" in said.out
    (folder / "scenario.json").write_text("{}")
    (folder / "leads.csv").write_text("id\nA\nB\nC\n")
    (folder / "reps.csv").write_text("id\nr\n")
    assert read(folder).links.rows() == [("A", "B")]
    assert pl.read_csv(folder / "links.csv").columns == ["a", "b"]


def test_the_command_names_all_faults(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "areas.json").write_bytes(orjson.dumps({"features": [{}, {}]}))
    said = cli("neighbours", tmp_path / "areas.json", "-o", tmp_path / "links.csv", "--locale", "zh-CN")
    assert said.code == 2 and "第 1 个要素" in said.err and "第 2 个要素" in said.err
    assert not (tmp_path / "links.csv").exists()
    assert cli("neighbours", tmp_path / "none.geojson").code == 2
