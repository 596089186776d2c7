"""Capacitated p-median: the file format and its faults, the check without a solver, and what is printed."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from benchmarks import cpmp
from benchmarks.cpmp_files import CpmpInstance, best_known, check_cpmp, read_cpmp
from benchmarks.drawn import answer_of
from benchmarks.gap_files import FileError
from solver import Limits

DATA = Path(__file__).parents[2] / "../shared/data/cpmp"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs the published instances in ../shared/data/cpmp")

# two pairs of points, 1.5 apart, far from each other: x y capacity demand
SMALL = "4 2\n0 0 10 4\n1.5 0 10 5\n100 0 9 3\n101.5 0 9 6\n"


def written(folder: Path, text: str, name: str = "small.txt") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_file_is_read_point_by_point(tmp_path: Path) -> None:
    small = read_cpmp(written(tmp_path, SMALL.replace("\n", "  ")))
    assert (small.name, small.n, small.p, small.floor) == ("small", 4, 2, False)
    assert small.capacity.tolist() == [10, 10, 9, 9]
    assert small.demand.tolist() == [4, 5, 3, 6]
    assert small.distance()[0].tolist() == [0, 1.5, 100, 101.5]
    whole = read_cpmp(written(tmp_path, SMALL, "cpmp01.txt"))
    assert whole.floor
    assert whole.distance()[0].tolist() == [0, 1, 100, 101]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "ends where the numbers of points and medians should be"),
        ("4 5 1", "1 <= medians <= points"),
        ("1.5 1 0 0 0 0", "must be whole"),
        (SMALL + "7", "19 numbers; 4 points need 18"),
        (SMALL.replace("100 0 9 3", "100 0 nine 3"), "line 4: 'nine' is not a number"),
        (SMALL.replace("100 0 9 3", "100 0 9 -3"), "below 0"),
        ("4 2 é", "byte 5 is not plain text"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(FileError, match=r"small\.txt") as fault:
        read_cpmp(written(tmp_path, text))
    assert says in str(fault.value)


def test_an_answer_is_checked_from_the_file(tmp_path: Path) -> None:
    small = read_cpmp(written(tmp_path, SMALL))
    good = check_cpmp(small, np.array([1, 1, 2, 2]))
    assert (good.cost, good.feasible) == (3.0, True)
    assert check_cpmp(small, np.array([0, 0, 0, 3])).broken == ("median 1 has 12, more than its capacity 10",)
    assert check_cpmp(small, np.array([0, 0, 0, 0])).broken[0] == "1 medians are used, not 2"
    crossed = check_cpmp(small, np.array([1, 0, 0, 1])).broken
    assert "median 1 does not serve itself" in crossed
    assert "median 2 does not serve itself" in crossed
    assert not check_cpmp(small, np.array([0, 0, 2, 4])).feasible
    assert not check_cpmp(small, np.array([0, 0])).feasible


def test_a_bound_above_a_good_cost_is_a_fault(tmp_path: Path) -> None:
    verdict = check_cpmp(read_cpmp(written(tmp_path, SMALL)), np.array([1, 1, 2, 2]))
    found, faults = answer_of("small", verdict, 2.5, 0.1)
    assert (found.bound, faults) == (2.5, ())
    assert found.gap == pytest.approx(0.2)
    assert answer_of("small", verdict, 3.5, 0.1)[1] == ("the bound 3.5 is above the cost 3 of a good answer",)
    assert answer_of("small", None, -np.inf, 0.1)[0].bound is None


def best_of_all(instance: CpmpInstance) -> float:
    verdicts = (check_cpmp(instance, np.array(m)) for m in product(range(instance.n), repeat=instance.n))
    return min(v.cost for v in verdicts if v.feasible)


@pytest.mark.parametrize("seed", range(3))
def test_answers_are_the_best_there_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    place, demand = rng.integers(0, 50, (6, 2)).astype(float), rng.integers(1, 9, 6).astype(float)
    instance = CpmpInstance("random", 2, place, np.full(6, demand.sum() * 0.7), demand, True)
    found, faults = cpmp.answer(instance, Limits(time=None, work=2.0))
    assert faults == ()
    assert (found.objective, found.bound, found.gap) == (best_of_all(instance),) * 2 + (0.0,)


def test_the_command_prints_a_line_for_each_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = written(tmp_path, SMALL)
    table = written(tmp_path, "instance,best_known_value\nsmall,3\n", "best.csv")
    bad = written(tmp_path, "4", "bad.txt")
    code = cpmp.main([str(bad), str(good), "--time-limit", "30", "--best-known", str(table)])
    printed = capsys.readouterr()
    line = json.loads(printed.out)
    assert code == 2
    assert (line["instance"], line["objective"], line["feasible"]) == ("small", 3.0, True)
    assert sorted(line) == ["bound", "feasible", "gap", "instance", "objective", "seconds"]
    assert "bad.txt" in printed.err
    assert "small: 3 against 3, +0.0000%" in printed.err


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no column best"):
        best_known(written(tmp_path, "instance\nx\n", "best.csv"), "instance", "best")
    with pytest.raises(FileError, match="line 2"):
        best_known(written(tmp_path, "instance,best\nx,y\n", "best.csv"), "instance", "best")


@needs_data
def test_the_published_files_are_read() -> None:
    known = best_known(DATA / "best_known.csv", "instance", "best_known_value")
    files = [*sorted(DATA.glob("group1/*.txt")), *sorted(DATA.glob("group2/*.dat"))]
    found = [read_cpmp(path) for path in files]
    assert {instance.name for instance in found} <= set(known)
    assert all(i.demand.sum() <= np.sort(i.capacity)[-i.p :].sum() for i in found)
    assert [i.floor for i in found] == [path.parent.name == "group1" for path in files]
