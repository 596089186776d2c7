"""What the report says of made-up results: every figure is worked out in a comment."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import report
from benchmarks.contenders import CONTENDERS
from benchmarks.measures import Field, duel, fields_of
from benchmarks.plots import LEAST_GAP, STYLES, curve, draw
from benchmarks.report_tables import gap_tables, race_table, scale_table, title_of
from benchmarks.results import Moment, Results, Row, Settings

needs_plots = pytest.mark.skipif(
    find_spec("matplotlib") is None, reason="needs matplotlib, which `make bench` installs"
)


def settings(contender: str, instance: str = "cycle-2000x50", limit: float = 20.0) -> Settings:
    return Settings(instance, 1, contender, limit, 0.0, "abc", "python 3.11", "a machine, 2 cores")


def row(contender: str, instance: str = "cycle-2000x50", limit: float = 20.0, **what: object) -> Row:
    return Row(settings(contender, instance, limit), "2026-01-02T00:00:00", str(what.pop("status", "done")), **what)  # type: ignore[arg-type]


def results_in(folder: Path) -> Results:
    """Keep races: 990 of 1000 for us in 4 s, 960 for CP-SAT in 8 s, a broken rule for greedy."""
    results = Results(folder)
    results.add(row("scoring", bound=1200.0, figures={"pass_seconds": 0.5}), [Moment(0.5, None, 1200.0)])
    results.add(
        row("plumbline", objective=990.0, bound=1000.0, seconds=5.0, peak_bytes=300 * 2**20),
        [Moment(1.0, 900.0, None), Moment(2.0, 970.0, 1010.0), Moment(4.0, 990.0, 1000.0)],
    )
    results.add(
        row("cpsat", objective=960.0, bound=1100.0, seconds=20.0),
        [Moment(4.0, 800.0, 1150.0), Moment(8.0, 960.0, 1100.0)],
    )
    results.add(row("greedy", objective=995.0, broken="band: 2 times, by up to 3.00%", seconds=0.1), [])
    results.add(row("scip", status="too large", reason="more than it holds"), [])
    return results


def field_in(folder: Path) -> Field:
    results = results_in(folder)
    rows = results.rows()
    (field,) = fields_of(rows, results.moments(rows))
    return field


def test_ratios_and_times(tmp_path: Path) -> None:
    field = field_in(tmp_path)
    assert (field.bound, field.best, field.pass_seconds) == (1000.0, 990.0, 0.5)
    assert field.behind(960.0) == pytest.approx(0.04)
    # CP-SAT was at 960 after 8 s; ours passed that at 2 s, with 970
    met = duel(field, "cpsat")
    assert (met.best_after, met.ours_after, met.times_faster) == (8.0, 2.0, 4.0)
    assert duel(field, "greedy").times_faster is None  # its plan does not hold
    # 4 % behind is four times our 1 %
    assert field.times_ours(field.rows["cpsat"]) == pytest.approx(4.0)
    # own plan and own bound: (1010 - 970) / 1010 after 2 s, (1000 - 990) / 1000 after 4 s
    assert field.seconds_to_gap("plumbline", 0.04) == 2.0
    assert field.seconds_to_gap("plumbline", 0.01) == 4.0
    assert field.seconds_to_gap("plumbline", 0.001) is None


def test_a_bound_that_a_plan_passes_is_false_and_counts_for_nothing(tmp_path: Path) -> None:
    results = results_in(tmp_path)
    results.add(row("highs", objective=950.0, bound=980.0, seconds=20.0), [Moment(1.0, 950.0, 980.0)])
    rows = results.rows()
    (field,) = fields_of(rows, results.moments(rows))
    assert field.bound == 1000.0
    assert "its bound is false" in race_table(field)


def test_the_latest_race_counts_whatever_its_code(tmp_path: Path) -> None:
    older, newer = row("greedy", objective=1.0), row("greedy", objective=2.0)
    newer = Row(Settings(**{**vars(newer.settings), "commit": "def"}), "2026-01-03T00:00:00", "done", objective=2.0)
    (field,) = fields_of([newer, older], {})
    assert field.rows["greedy"].objective == 2.0


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_table_of_an_instance(tmp_path: Path) -> None:
    lines = [cells(line) for line in race_table(field_in(tmp_path)).splitlines()]
    table = {line[0]: dict(zip(lines[0], line, strict=True)) for line in lines[2:]}
    assert list(table) == ["**Plumbline**", "CP-SAT", "greedy best-fit", "SCIP"]
    ours, cpsat, greedy, scip = table.values()
    assert (ours["points"], ours["behind best bound"], ours["proved gap"]) == ("990.0", "1.0000%", "1.0000%")
    assert (ours["seconds to its best"], ours["in scoring passes"], ours["peak memory"]) == ("4.00", "8", "300 MiB")
    assert (cpsat["Plumbline as good after"], cpsat["times sooner"], cpsat["times Plumbline's"]) == (
        "2.00",
        "4.0",
        "4.0",
    )
    # (1100 - 960) / 1100
    assert cpsat["proved gap"] == "12.7273%"
    assert (greedy["behind best bound"], greedy["remarks"]) == ("", "breaks band: 2 times, by up to 3.00%")
    assert scip["remarks"] == "too large; more than it holds"


def test_the_table_of_growth(tmp_path: Path) -> None:
    header, _, line = (cells(line) for line in scale_table([field_in(tmp_path)]).splitlines())
    told = dict(zip(header, line, strict=True))
    assert told["instance"] == "cycle, 2,000 leads x 50 reps, 20 s"
    assert (told["seconds to 1.00%"], told["seconds to 0.10%"]) == ("4.00", "-")
    # 5 s are 10 passes, and 50,000 ns for each of 100,000 pairs
    assert (told["in scoring passes"], told["ns per pair"]) == ("10", "50,000")


def test_published_files_are_told_in_cost(tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.add(row("plumbline", "gap-d1", objective=-101.0, bound=-99.2, seconds=3.0), [])
    results.add(row("highs", "gap-d1", objective=-100.0, bound=-99.2, seconds=2.0), [])
    results.add(row("plumbline", "gap-d2", objective=-55.0, broken="3 jobs have no agent", seconds=3.0), [])
    rows = results.rows()
    by_type, by_file = gap_tables(fields_of(rows, {}), {"d1": 100.0, "d2": 50.0})
    first, second = (cells(line) for line in by_file.splitlines()[2:])
    # 99.2 of a whole cost is 100; 101 is 1 % above the best known
    assert first == ["d1", "100", "101", "100", "3.0", "1.000%", "0.000%"]
    assert second == ["d2", "50", "none", "", "3.0", "none", ""]
    ours, highs = (cells(line) for line in by_type.splitlines()[2:])
    assert ours == ["D", "Plumbline", "2", "1.000%", "1.000%", "1", "0"]
    assert highs == ["D", "HiGHS", "1", "0.000%", "0.000%", "1", "1"]


def test_a_curve_is_the_best_plan_so_far_up_to_the_end() -> None:
    moments = [Moment(1.0, None, 9.0), Moment(2.0, 90.0, 9.0), Moment(3.0, 80.0, 9.0), Moment(4.0, 100.0, 9.0)]
    assert curve(moments, 100.0, 10.0) == ([2.0, 4.0, 10.0], [pytest.approx(0.1), LEAST_GAP, LEAST_GAP])
    assert curve(moments[:1], 100.0, 10.0) == ([], [])


def test_every_contender_has_a_look_of_its_own() -> None:
    assert set(STYLES) == set(CONTENDERS) - {"scoring"}
    looks = [look for name, look in STYLES.items() if name != "files"]
    assert len({(str(line), marker) for _, line, marker in looks}) == len(looks)  # without the colour, too


@needs_plots
def test_the_plot_names_instances_and_contenders(tmp_path: Path) -> None:
    field = field_in(tmp_path)
    draw([field], tmp_path / "deep" / "plot.svg", "gap against time")
    text = (tmp_path / "deep" / "plot.svg").read_text("utf-8")
    words = {node.text for node in ElementTree.fromstring(text).iter() if node.tag.endswith("}text")}
    assert {"gap against time", title_of(field), "Plumbline", "CP-SAT"} <= words
    assert "greedy best-fit" not in words  # its plan does not hold
    draw([field], tmp_path / "again.svg", "gap against time")
    assert (tmp_path / "again.svg").read_text("utf-8") == text


@needs_plots
def test_the_report_is_written_between_its_marks_and_nowhere_else(tmp_path: Path) -> None:
    results_in(tmp_path / "results")
    page = tmp_path / "benchmarks.md"
    page.write_text(f"before\n\n{report.BEGIN}\nold\n{report.END}\n\nafter\n", "utf-8")
    order = ["-i", str(tmp_path / "results"), "--docs", str(tmp_path), "--data", str(tmp_path)]
    assert report.main(order) == 0
    text = page.read_text("utf-8")
    assert text.startswith(f"before\n\n{report.BEGIN}\n")
    assert text.endswith(f"{report.END}\n\nafter\n")
    assert "\nold\n" not in text
    assert "### cycle, 2,000 leads x 50 reps, 20 s" in text
    assert "(img/races-cycle.svg)" in text
    assert (tmp_path / "img/races-cycle.svg").exists()
    assert report.main(order) == 0
    assert page.read_text("utf-8") == text


def test_the_report_refuses_what_it_cannot_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report.main(["-i", str(tmp_path / "none")]) == 2
    assert "there are no results" in capsys.readouterr().err
    results_in(tmp_path)
    assert report.main(["-i", str(tmp_path), "--docs", str(tmp_path)]) == 2
    assert report.BEGIN in capsys.readouterr().err
    assert report.main(["-i", str(tmp_path), "--data", str(tmp_path)]) == 0
    assert "a machine, 2 cores" in capsys.readouterr().out
