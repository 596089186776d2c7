"""Districting: the file format and its faults, the check without a solver, and what is printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import districting
from benchmarks.districting_files import best_known, check_districting, read_districting
from benchmarks.gap_files import FileError
from solver import Limits

DATA = Path(__file__).parents[2] / "../shared/data/districting"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs the published files in ../shared/data/districting")

# four units of 10 in a square, 1,000 and 2,000 km apart; 0 - 1 - 2 - 3 are neighbours in a row
SQUARE: dict[str, Any] = {
    "name": "square",
    "k": 2,
    "L": 20,
    "U": 20,
    "nodes": [{"name": name, "population": 10} for name in "ABCD"],
    "edges": [[0, 1, 0.5], [1, 2], [2, 3]],
    "distance_km": [[0, 2000, 1000, 3000], [2000, 0, 3000, 1000], [1000, 3000, 0, 2000], [3000, 1000, 2000, 0]],
}


def written(folder: Path, data: object, name: str = "square.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(data), "utf-8")
    return path


def test_contiguity_costs(tmp_path: Path) -> None:
    square = read_districting(written(tmp_path, SQUARE))
    # A with C and B with D are 1,000 km apart each: 2 x 10 x 1^2; in one piece only A with B and C with D: 2 x 10 x 2^2
    apart, nothing = districting.answer(square, Limits(time=20), contiguous=False)
    assert (apart.objective, apart.status, nothing) == (20.0, "optimal", ())
    whole, nothing = districting.answer(square, Limits(time=20), contiguous=True)
    assert (whole.objective, whole.bound, nothing) == (80.0, pytest.approx(80.0), ())


def test_an_answer_is_checked_by_itself(tmp_path: Path) -> None:
    square = read_districting(written(tmp_path, SQUARE))
    good = check_districting(square, np.array([0, 0, 2, 2]), contiguous=True)
    assert (good.cost, good.feasible) == (80.0, True)
    split = np.array([0, 1, 0, 1])
    assert check_districting(square, split, contiguous=False).feasible
    assert len(check_districting(square, split, contiguous=True).broken) == 2
    uneven = check_districting(square, np.array([0, 0, 0, 3]), contiguous=True).broken
    assert uneven == ("the district of 0 has 30, not 20 to 20", "the district of 3 has 10, not 20 to 20")
    elsewhere = check_districting(square, np.array([1, 0, 2, 2]), contiguous=False).broken
    assert "unit 0 is the centre of a district, and in another" in elsewhere
    assert not check_districting(square, np.array([0, 0]), contiguous=True).feasible


def test_coordinates_in_metres_are_rounded_to_kilometres(tmp_path: Path) -> None:
    nodes = [
        {"geoid": "1", "population": 10, "x": 0.0, "y": 0.0},
        {"geoid": "2", "population": 10, "x": 0.0, "y": 2600.0},
    ]
    data = {"name": "two", "k": 1, "L": 0, "U": 99, "nodes": nodes, "edges": [[0, 1]]}
    assert read_districting(written(tmp_path, data)).kilometres.tolist() == [[0.0, 3.0], [3.0, 0.0]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"nodes": None}, "not iterable"),
        ({"nodes": []}, "0 units"),
        ({"k": 5}, "1 <= k <= 4"),
        ({"L": 30}, "0 <= L <= U"),
        ({"edges": [[0, 4]]}, "an edge has a unit that is not one of the 4"),
        ({"edges": [[0]]}, "not enough values"),
        ({"distance_km": [[0.0]]}, "4 units, and distances of 1 x 1"),
        ({"distance_km": [[0, 1], [1]]}, "inhomogeneous"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    path = written(tmp_path, {**SQUARE, **change})
    with pytest.raises(FileError, match=says) as fault:
        read_districting(path)
    assert str(fault.value).startswith(str(path))


def test_a_file_without_a_field_or_that_is_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="'U' is missing"):
        read_districting(written(tmp_path, {key: value for key, value in SQUARE.items() if key != "U"}))
    path = tmp_path / "text.json"
    path.write_text("no", "utf-8")
    with pytest.raises(FileError, match="Expecting value"):
        read_districting(path)


def test_each_file_has_one_line_with_the_reason_if_there_is_no_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heavy = [{**node, "population": 10 + 20 * (node["name"] == "D")} for node in SQUARE["nodes"]]
    files = [
        str(written(tmp_path, SQUARE)),
        str(written(tmp_path, {**SQUARE, "name": "heavy", "nodes": heavy}, "heavy.json")),
        str(tmp_path / "none.json"),
    ]
    table = tmp_path / "known.csv"
    table.write_text("state,recomputed_contiguous,recomputed_without\nsquare,80,20\nother,,\n", "utf-8")
    code = districting.main([*files, "--time-limit", "10", "--best-known", str(table)])
    told = capsys.readouterr()
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert code == 2
    assert [(x["instance"], x["objective"], x["feasible"], x["status"]) for x in lines] == [
        ("square", 80.0, True, "optimal"),
        ("heavy", None, False, "infeasible"),
    ]
    assert lines[0]["reason"] is None
    assert (lines[1]["reason"]["code"], lines[1]["reason"]["name"]) == ("unit_too_large", "D")
    assert "square: 80 against 80, +0.0000%" in told.err
    assert "none.json: No such file" in told.err
    assert districting.main([files[0], "--no-contiguity", "--time-limit", "10", "--best-known", str(table)]) == 0
    assert "square: 20 against 20" in capsys.readouterr().err


def test_a_table_without_its_column_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "known.csv"
    table.write_text("state,best\nAL,1\n", "utf-8")
    with pytest.raises(FileError, match="recomputed_contiguous"):
        best_known(table, contiguous=True)


@needs_data
def test_the_published_files_are_read_whole() -> None:
    files = sorted((DATA / "instances").glob("*.json")) + sorted((DATA / "instances_tract").glob("*.json"))
    assert len(files) > 50
    known = best_known(DATA / "optimal_values.csv", contiguous=False)
    states = set()
    for file in files:
        instance = read_districting(file)
        states.add(instance.state)
        assert (instance.kilometres == instance.kilometres.T).all()
    assert set(known) <= states


@needs_data
@pytest.mark.parametrize(("state", "objective"), [("ME", 19093.26), ("NH", None)])
def test_published_answers_are_found_and_proved(state: str, objective: float | None) -> None:
    instance = read_districting(DATA / f"instances/{state}.json")
    found, faults = districting.answer(instance, Limits(time=60), contiguous=True)
    assert faults == ()
    if objective is None:  # no contiguous plan, and a county that says why
        assert (found.status, found.objective) == ("infeasible", None)
        assert found.reason is not None
        assert found.reason["name"] == "Hillsborough County"
    else:
        assert (found.status, found.objective) == ("optimal", pytest.approx(objective, abs=0.005))
