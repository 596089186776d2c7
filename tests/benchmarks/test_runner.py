"""The runner, the tables and picture, and the benchmarks that need no data, at their smallest."""

from __future__ import annotations

import json
from importlib.util import find_spec
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks import latency
from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.picture import LABEL_HEIGHT, Dot, scatter, spread, ticks
from benchmarks.tables import markdown_table
from scenarios.generate import generate
from solver import Limits


def test_the_list_names_modules_that_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == [b.name for b in BENCHMARKS]
    assert all(find_spec(f"benchmarks.{b.name}") for b in BENCHMARKS)


def test_an_unknown_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["marathon"]) == 2
    assert "latency" in capsys.readouterr().err


def test_a_benchmark_runs_in_a_process_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["maven", "--data", "nowhere"]) == 0
    assert "skipped" in capfd.readouterr().out


def test_latency_tells_every_family(capsys: pytest.CaptureFixture[str]) -> None:
    assert latency.main(["--leads", "6", "--reps", "3", "--seeds", "2", "--families", "counts", "cycle"]) == 0
    line = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert list(line["families"]) == ["counts", "cycle"]
    assert all(len(found["gaps"]) == 2 and found["median"] > 0 for found in line["families"].values())


def test_a_sample_has_all_its_parts() -> None:
    sample = latency.measure(generate("counts", leads=5, reps=2, seed=0), Limits(time=10))
    assert sample.status == "optimal"
    assert sample.gap == pytest.approx(0.0, abs=1e-9)
    assert min(sample.solve, sample.explain, sample.scoring) > 0


def test_tables_line_up() -> None:
    table = markdown_table(("plan", "value"), [("a longer name", "1"), ("b", "1,000")])
    assert table.splitlines() == [
        "| plan          | value |",
        "| ------------- | ----: |",
        "| a longer name |     1 |",
        "| b             | 1,000 |",
    ]


def test_the_picture_is_well_formed_and_names_every_dot() -> None:
    dots = [Dot("today's <owners>", 280.0, 3.13, False), Dot("ours & fair", 10.0, 3.15, True)]
    svg = scatter(dots, title="t", x_label="x", y_label="y", marked="good", unmarked="bad")
    words = [node.text for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("}text")]
    assert {"today's <owners>", "ours & fair", "t", "x", "y", "good", "bad"} <= set(words)


@pytest.mark.parametrize(("least", "most"), [(0.0, 395.1), (3.134, 3.158), (0.0, 1.0), (-7.0, 4.0), (2.0, 2.0)])
def test_ticks_enclose_the_range_in_round_steps(least: float, most: float) -> None:
    found = ticks(least, most)
    assert found[0] <= least + 1e-9
    assert most <= found[-1] + 1e-9
    assert 2 <= len(found) <= 8 or least == most
    assert np.diff(found) == pytest.approx(np.diff(found)[0] if len(found) > 1 else 0)


def test_labels_never_lie_over_each_other() -> None:
    placed = spread([100.0, 101.0, 60.0, 102.0])
    assert placed[2] == 60.0
    assert np.diff(np.sort(placed)).min() >= LABEL_HEIGHT
    assert placed[0] < placed[1] < placed[3]
