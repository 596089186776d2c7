"""Generalised assignment: the file format and its faults, the check without a solver, and what is printed."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from benchmarks import gap
from benchmarks.gap_files import FileError, GapInstance, best_known, check_gap, distance, read_gap
from solver import Limits

DATA = Path(__file__).parents[2] / "../shared/data/gap"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs the published instances in ../shared/data/gap")

# agent 1 costs 1 2 3, agent 2 costs 2 2 1; job 1 weighs 2 with both, the others 1
SMALL = "2 3\n1 2 3\n2 2 1\n2 1 1\n2 1 1\n2 3\n"


def written(folder: Path, text: str, name: str = "small") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_file_is_read_agent_by_agent(tmp_path: Path) -> None:
    small = read_gap(written(tmp_path, SMALL.replace("\n", "  ")))  # line breaks mean nothing
    assert (small.name, small.agents, small.jobs) == ("small", 2, 3)
    assert small.cost.tolist() == [[1, 2, 3], [2, 2, 1]]
    assert small.weight.tolist() == [[2, 1, 1], [2, 1, 1]]
    assert small.capacity.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "ends where the number of agents should be"),
        ("2", "line 1: ends where the number of jobs should be"),
        ("0 3", "line 1: the number of agents must be at least 1, not 0"),
        ("two 3", "line 1: 'two' is not a whole number, and should be the number of agents"),
        (SMALL.replace("\n2 3\n", "\n2\n"), "line 6: ends after 15 numbers; 2 agents and 3 jobs need 16"),
        (SMALL + "\n\n7 8", "line 9: '7' is left over; 2 agents and 3 jobs need 16 numbers"),
        (SMALL.replace("2 2 1", "2 2.5 1"), "line 3: '2.5' is not a whole number, and should be the cost of agent 2"),
        (SMALL.replace("1 2 3\n", "1 2 ٣\n"), "byte 9 is not plain text"),
        (SMALL.replace("2 2 1\n2 1 1", "2 2 1\n2 -1 1"), "line 4: the weight of agent 1 for job 2 must be at least 0"),
        (SMALL.replace("\n2 3\n", "\n2 -3\n"), "line 6: the capacity of agent 2 must be at least 0, not -3"),
        (SMALL.replace("1 2 3\n", "1 2 1234567890123456\n"), "line 2: '1234567890123456' has more than 15 digits"),
        ("999999999 999999999 1", "line 1: ends after 3 numbers"),  # and does not ask for the memory
    ],
)
def test_a_faulty_file_is_refused_with_the_place(tmp_path: Path, text: str, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(FileError) as fault:
        read_gap(path)
    assert str(fault.value).startswith(str(path))
    assert says in str(fault.value)


def test_an_answer_is_checked_in_whole_numbers(tmp_path: Path) -> None:
    small = read_gap(written(tmp_path, SMALL))
    good = check_gap(small, np.array([0, 1, 1]))
    assert (good.cost, good.feasible) == (1 + 2 + 1, True)
    heavy = check_gap(small, np.array([0, 0, 0]))
    assert (heavy.cost, heavy.broken) == (1 + 2 + 3, ("agent 1 is 2 over its capacity",))
    assert check_gap(small, np.array([0, 1, -1])).broken == ("1 jobs have no agent",)
    assert check_gap(small, np.array([0, 1, 2])).broken == ("1 jobs have no agent",)
    assert not check_gap(small, np.array([0, 1])).feasible


def brute_force(instance: GapInstance) -> int | None:
    verdicts = (check_gap(instance, np.array(a)) for a in product(range(instance.agents), repeat=instance.jobs))
    return min((v.cost for v in verdicts if v.feasible), default=None)


@pytest.mark.parametrize("seed", range(6))
def test_answers_are_the_best_there_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weight = rng.integers(1, 9, (3, 6))
    tightness = 0.6 if seed else 0.2  # the first has no answer: the lightest weights alone are more than that
    capacity = np.full(3, int(tightness * weight.mean(axis=0).sum() / 3 * 1.5))
    instance = GapInstance("random", rng.integers(-5, 50, (3, 6)), weight, capacity)
    best = brute_force(instance)
    found, faults = gap.answer(instance, Limits(time=20))
    assert (found.objective, found.feasible) == (best, best is not None)
    assert faults == ()
    if best is not None:
        assert found.bound == best
        assert found.gap == 0


def test_a_bound_is_rounded_up_but_not_over_the_truth() -> None:
    assert gap.lower_bound(-100.0000000001) == 100  # rounding error above a whole number proves nothing
    assert gap.lower_bound(-99.5) == 100
    assert gap.lower_bound(-100.01) == 101
    assert gap.lower_bound(3.7) == -3
    assert gap.lower_bound(None) is None
    assert gap.lower_bound(float("inf")) is None


def test_each_file_has_one_line_and_faulty_ones_stop_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {
        "good": SMALL,
        "bad": SMALL + "1",
        "tight": SMALL.replace("\n2 3\n", "\n1 1\n"),  # room 2 for weight 4
        "last": SMALL,
    }
    files = [str(written(tmp_path, text, name)) for name, text in names.items()]
    table = written(tmp_path, "path,best_known_min\nset/good,5\n", "known.csv")
    code = gap.main([*files, str(tmp_path / "none"), "--time-limit", "5", "--best-known", str(table)])
    told = capsys.readouterr()
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert code == 2
    assert [list(line) for line in lines] == [["instance", "objective", "bound", "gap", "seconds", "feasible"]] * 3
    # jobs 1 to 3 at their cheapest: 1, 2, 1
    assert [(x["instance"], x["objective"], x["gap"], x["feasible"]) for x in lines] == [
        ("good", 4, 0.0, True),
        ("tight", None, None, False),
        ("last", 4, 0.0, True),
    ]
    assert f"{files[1]}, line 7" in told.err
    assert f"{tmp_path / 'none'}: No such file" in told.err
    assert "good: 4 against 5, -20.0000%" in told.err
    assert "1 of 3 compared: mean -20.0000%" in told.err


def test_options_out_of_range_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        gap.main([str(written(tmp_path, SMALL)), "--time-limit", "0"])
    assert stopped.value.code == 2


def test_a_table_of_known_costs_without_its_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="best_known_min"):
        best_known(written(tmp_path, "path,cost\na,1\n"))
    with pytest.raises(FileError, match="line 2"):
        best_known(written(tmp_path, "path,best_known_min\na,?\n"))
    assert distance(102, 100) == 0.02


@needs_data
def test_the_published_files_are_read_whole() -> None:
    known = best_known(DATA / "best_known.csv")
    files = sorted((DATA / "instances").glob("*/*"))
    assert {f.name for f in files} == set(known)
    for file in files:
        instance = read_gap(file)
        assert instance.capacity.min() > 0
        # below the best known cost lies the sum of each job's least cost
        assert instance.cost.min(axis=0).sum() <= known[file.name]


@needs_data
def test_a_published_optimum_is_found_and_proved() -> None:
    instance = read_gap(DATA / "instances/cattrysse1994/gap1-0")
    found, faults = gap.answer(instance, Limits(time=30))
    assert (found.objective, found.bound, faults) == (261, 261, ())
