"""Commercial territory design: the file format and its faults, the check without a solver, and what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import ctdp
from benchmarks.cpmp_files import best_known
from benchmarks.ctdp_files import check_ctdp, read_ctdp
from benchmarks.gap_files import FileError

DATA = Path(__file__).parents[2] / "../shared/data/territory_ctdp"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs the instances in ../shared/data/territory_ctdp")

# six units in a row, one apart, all alike; two territories of three
ROW = [f"{i} {i} 0 1 2 3 0" for i in range(6)]
SMALL = "\n".join(["6", *ROW, "5", "0 1", "1 2", "2 3", "3 4", "4 5", "2 4 0.05 0.05 0.05 0", "1 1 1 1"])


def written(folder: Path, text: str, name: str = "small.dat") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_file_is_read(tmp_path: Path) -> None:
    small = read_ctdp(written(tmp_path, SMALL))
    assert (small.name, small.n, small.p) == ("small", 6, 2)
    assert small.activity[0].tolist() == [1, 2, 3]
    assert small.edges.tolist()[-1] == [4, 5]
    lower, upper = small.bounds()  # the means are 3, 6, 9
    assert lower == pytest.approx(np.array([2.85, 5.7, 8.55]))
    assert upper == pytest.approx(np.array([3.15, 6.3, 9.45]))
    assert small.distance()[0].tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "where the number of units should be"),
        (SMALL.replace("5 5 0 1", "7 5 0 1"), "numbered from 0 to 5"),
        (SMALL.replace("4 5\n2 4", "4 6\n2 4"), "an edge is not between two units"),
        (SMALL.replace("\n2 4 0.05", "\n9 4 0.05"), "9 territories of 6 units"),
        (SMALL.replace("0.05 0.05 0.05 0", "0.05 -0.05 0.05 0"), "below 0"),
        ("6.5", "must be a whole number"),
        (SMALL.replace("2 3\n", "2 x\n"), "'x' is not a number"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(FileError) as fault:
        read_ctdp(written(tmp_path, text))
    assert says in str(fault.value)


def test_an_answer_is_checked_from_the_file(tmp_path: Path) -> None:
    small = read_ctdp(written(tmp_path, SMALL))
    good = check_ctdp(small, np.array([1, 1, 1, 4, 4, 4]))
    assert (good.cost, good.broken) == (4.0, ())
    assert "is not connected" in " ".join(check_ctdp(small, np.array([1, 1, 4, 1, 4, 4])).broken)
    assert "has 4 of activity 1, outside 2.85 to 3.15" in " ".join(
        check_ctdp(small, np.array([1] * 4 + [4] * 2)).broken
    )
    assert check_ctdp(small, np.array([3, 3, 3, 4, 4, 4])).broken[0] == "centre 3 is not in its territory"
    assert check_ctdp(small, np.zeros(6, dtype=np.int64)).broken[0] == "1 territories are drawn, not 2"
    assert not check_ctdp(small, np.array([0, 9, 0, 0, 0, 0])).feasible


def test_the_command_prints_a_line_for_each_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = written(tmp_path, "instance,compactness\nsmall,5\n", "best.csv")
    code = ctdp.main([str(written(tmp_path, SMALL)), "--time-limit", "30", "--best-known", str(table)])
    printed = capsys.readouterr()
    line = json.loads(printed.out)
    assert code == 0
    assert (line["objective"], line["feasible"]) == (4.0, True)
    assert line["gap"] == pytest.approx(0.0, abs=1e-6)
    assert "small: 4 against 5, -20.0000%" in printed.err
    assert ctdp.main([str(tmp_path / "none.dat")]) == 2


@needs_data
def test_the_published_files_are_read() -> None:
    known = best_known(DATA / "best_known.csv", "instance", "compactness")
    found = [read_ctdp(path) for path in sorted(DATA.glob("*.dat"))]
    assert {instance.name for instance in found} <= set(known)
    assert all((i.tolerance == 0.05).all() for i in found)
