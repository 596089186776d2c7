"""Races in processes of their own, the programme, and results that are kept and not run twice."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from benchmarks import run
from benchmarks.contenders import CONTENDERS
from benchmarks.families import PROGRAMME, chosen, make
from benchmarks.race import Begun, Race, Step, enter, judged, race
from benchmarks.results import Moment, Results, Row, Settings, commit, machine, versions

NOWHERE = Path("nowhere")
SETTINGS = Settings("counts-6x3", 1, "greedy", 2.5, 0.0, "abc", "python 3.11, numpy 2", "a machine, 2 cores")


def test_a_race_ends_with_a_plan_that_is_judged_elsewhere() -> None:
    finish = race("greedy", "counts-6x3", 1, 5.0, 0.0, NOWHERE)
    assert (finish.end.status, len(finish.steps)) == ("done", 1)
    assert finish.end.peak_bytes > 2**20
    assert finish.owner is not None
    assert judged("counts-6x3", 1, NOWHERE, finish.owner) == make("counts-6x3", 1).judge(finish.owner)


def test_a_process_that_dies_is_a_failure_with_a_reason() -> None:
    finish = race("greedy", "gap-none", 1, 5.0, 0.0, NOWHERE)  # there is no such file: the process ends before a word
    assert finish.end.status == "failed"
    assert "code 1" in finish.end.reason
    assert finish.owner is None


def contender(monkeypatch: pytest.MonkeyPatch, body: object) -> None:
    module = ModuleType("benchmarks.contenders.made_up")
    module.run = body  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.mark.parametrize(
    ("fault", "status"),
    [(MemoryError(), "too large"), (RuntimeError("of its own"), "failed"), (ImportError("no such engine"), "missing")],
)
def test_exceptions_of_a_contender_are_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: Exception, status: str
) -> None:
    def body(race: Race) -> None:
        raise fault

    contender(monkeypatch, body)
    end = enter("made-up", Race(make("counts-6x3", 1), 1.0, 1, 0.0, lambda message: None))
    assert end.status == status
    assert str(fault) in end.reason


def test_figures_and_the_time_until_stop_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Begun | Step] = []

    def body(race: Race) -> None:
        race.begin()
        race.tell(objective=1.0, owner=np.array([0, -1]))
        race.stop()
        race.figures["half"] = 0.5

    contender(monkeypatch, body)
    end = enter("made-up", Race(make("counts-6x3", 1), 1.0, 1, 0.0, told.append))
    assert (end.status, end.figures) == ("done", {"half": 0.5})
    begun, step = told
    assert isinstance(begun, Begun)
    assert isinstance(step, Step)
    assert 0 <= step.seconds <= end.seconds


def test_moments_keep_what_got_better() -> None:
    steps = [
        Step(2.0, 5.0, 9.0),
        Step(1.0, 4.0),  # told out of turn by another thread
        Step(3.0, 4.5, 9.5),  # worse in both
        Step(4.0, None, 8.0),
    ]
    assert run.moments_of(steps) == [Moment(1.0, 4.0, None), Moment(2.0, 5.0, 9.0), Moment(4.0, 5.0, 8.0)]


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    results = Results(tmp_path / "deep" / "folder")
    assert results.rows() == []
    row = Row(SETTINGS, "2026-01-02T03:04:05", "done", "", 1.25, 'a "rule", 2 times', 1.5, 0.125, 4096, {"x": 2.0})
    none = Row(Settings(**{**vars(SETTINGS), "contender": "cpsat"}), "2026-01-02T03:04:06", "too large", "many\nlines")
    moments = [Moment(0.5, None, 2.0), Moment(0.75, 1.25, 1.5)]
    results.add(row, moments)
    results.add(none, [])
    assert results.rows() == [row, none]
    assert results.moments([row, none]) == {row.run: moments, none.run: []}
    assert (row.holds, none.holds) == (False, False)


def test_of_a_race_that_was_run_again_the_latest_counts(tmp_path: Path) -> None:
    results = Results(tmp_path)
    first, second = (Row(SETTINGS, f"2026-01-0{day}", "done", objective=float(day)) for day in (1, 2))
    results.add(first, [Moment(1.0, 1.0, None)])
    results.add(second, [Moment(2.0, 2.0, None)])
    assert results.rows() == [second]
    assert results.moments([second]) == {second.run: [Moment(2.0, 2.0, None)]}


def test_what_is_there_is_not_run_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = ["counts-6x3", "--contenders", "greedy", "--limits", "2", "-o", str(tmp_path)]
    assert run.main(order) == 0
    (row,) = Results(tmp_path).rows()
    assert row.holds
    assert row.settings.limit == 2
    (moment,) = Results(tmp_path).moments([row])[row.run]
    assert moment.objective == row.objective  # it told a plan and no figures: the judge's are its step
    capsys.readouterr()
    assert run.main(order) == 0
    assert "there already" in capsys.readouterr().out
    assert Results(tmp_path).rows() == [row]
    assert run.main([*order, "--again"]) == 0
    lines = (tmp_path / "races.csv").read_text("utf-8").splitlines()
    assert len(lines) == 1 + 2


def test_published_files_that_are_not_there_are_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = ["gap-d05100", "--contenders", "greedy", "--data", str(tmp_path / "none"), "-o", str(tmp_path)]
    assert run.main(order) == 0
    assert "skipped, there are no published instances" in capsys.readouterr().out


def test_the_programme_names_instances_and_contenders_that_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert {name for spec in PROGRAMME for name in spec.contenders} <= set(CONTENDERS)
    assert chosen(["cycle-*"]) == [spec for spec in PROGRAMME if spec.family == "cycle"]
    assert [spec.instance for spec in chosen(["counts-7x2", "counts-7x2"])] == ["counts-7x2"]
    assert run.main(["--list"]) == 0
    assert "cycle-1000000x1000" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["cycle", "cycle-3", "marathon-3x2", "cycle-3x", "gap-"])
def test_an_unknown_instance_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main([name]) == 2
    assert "FAMILY-LEADSxREPS" in capsys.readouterr().err


def test_code_versions_and_machine_have_names() -> None:
    assert commit()
    assert versions(["numpy", "no-such-thing"]).endswith("no-such-thing missing")
    assert "cores" in machine()
