"""`plumbline frontier`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import orjson
import polars as pl
import pytest
from rich.cells import cell_len

from api import frontier_summary, pictures, plots
from api.commands import frontier as command
from api.frontier_files import OURS
from scenarios import Lead, Rep, Scenario, write
from scenarios.generate import generate
from scenarios.rules import Band, Pin
from solver.frontier import COLUMNS, texts
from tests.cli.conftest import Cli, call
from tests.cli.test_interrupts import PATIENCE, hard_to_prove, interrupted
from tests.cli.test_texts import texts_of

PNG = b"\x89PNG\r\n\x1a\n"


def halves(*rules: Band | Pin, owner: str | None = None) -> Scenario:
    """Two equal reps, and B wins half of what A wins: see tests/solver/test_frontier.py for the curve by hand."""
    leads = [Lead(id=f"L{i}", value=value, owner=owner) for i, value in enumerate((50.0, 30.0, 20.0))]
    reps = (Rep(id="A", win_rates={"*": 1.0}), Rep(id="B", win_rates={"*": 0.5}))
    return Scenario(name="Halves", currency="EUR", rules=rules, reps=reps, leads=leads)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(
        halves(Band(name="ours", metric="value", tolerance=0.5), owner="B"), tmp_path_factory.mktemp("s") / "s.json"
    )


@pytest.fixture(scope="module")
def kept(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that was written, with sentences in both languages. Not to be changed."""
    folder = tmp_path_factory.mktemp("kept") / "curve"
    command = ["frontier", source, "--metric", "value", "-o", folder, "--locale", "zh-CN,en"]
    done = subprocess.run([sys.executable, "-m", "api.cli", *map(str, command)], capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return folder


def test_it_says_what_fairness_costs(cli: Cli, source: Path) -> None:
    said = cli("frontier", source, "--metric", "value", "--points", "6")
    assert said.code == 0 and said.err == ""
    assert "A band of 50% costs 15% of the expected value: proved." in said.out
    assert "There is an even plan that assigns the same leads as without a band." in said.out
    assert "The bands of the curve take the place of “ours” (50%)." in said.out
    assert re.search(r"none +€100 +€100 +0% +100% +0% +200%", said.out)
    assert re.search(r"50% +€85 +€85 +0% +15% +40% +60% +140%", said.out)
    assert "A band of 0% costs 25% of the expected value: proved." in said.out
    assert "Nothing was written" in said.out


def test_the_folder_is_whole_and_tells_the_same_three_times(kept: Path) -> None:
    assert {file.name for file in kept.iterdir()} == OURS
    record = orjson.loads((kept / "frontier.json").read_bytes())
    assert record["metric"] == "value" and record["stopped_by"] == "proof"
    assert set(record["sentences"]) == {"en", "zh-CN"}
    table = pl.read_csv(kept / "frontier.csv")
    assert tuple(table.columns) == tuple(COLUMNS)
    assert table["objective"].to_list() == [point["objective"] for point in record["points"]]
    assert table["tolerance"][0] is None and table["tolerance"].drop_nulls().is_sorted(descending=True)
    assert (kept / "frontier.png").read_bytes().startswith(PNG)


def test_the_picture_keeps_its_words_as_text(kept: Path) -> None:
    """And whoever reads it aloud, or looks for a word in it, finds it in the language that was asked for."""
    words = " ".join(ElementTree.parse(kept / "frontier.svg").getroot().itertext())
    for word in ("公平的代价：金额", "找到的最好方案", "不设区间", "场景中的公平区间：50%", "当前归属"):
        assert word in words


def test_a_png_without_a_chinese_font_is_in_english_and_says_so(
    cli: Cli, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "CHINESE_FONTS", ("No such font",))
    said = cli("frontier", source, "--metric", "value", "--points", "2", "-o", tmp_path / "f", "--locale", "zh-CN")
    assert "PNG 中的文字为英文" in said.out
    assert pictures.drawn_in("png", "zh-CN") == "en" and pictures.drawn_in("svg", "zh-CN") == "zh-CN"
    monkeypatch.setattr(pictures, "CHINESE_FONTS", ("DejaVu Sans",))  # as if it had the glyphs
    assert pictures.drawn_in("png", "zh-CN") == "zh-CN"


def test_in_chinese_it_is_chinese_and_fits(cli: Cli, monkeypatch: pytest.MonkeyPatch, source: Path) -> None:
    for columns in (100, 70):
        monkeypatch.setenv("COLUMNS", str(columns))
        said = cli("frontier", source, "--metric", "value", "--locale", "zh-CN")
        assert "50% 的公平区间使期望价值减少 15%，已证明。" in said.out
        assert "公平区间，由宽到窄" in said.out
        assert max(cell_len(line.rstrip()) for line in said.out.splitlines()) <= columns
        assert "…" not in said.out
        assert not {word for word in ("points", "leads", "cost", "none", "band", "gap") if word in said.out}


def test_json_is_the_record(cli: Cli, source: Path, kept: Path) -> None:
    said = cli("frontier", source, "--metric", "value", "--json", "--locale", "zh-CN,en")
    told, written = orjson.loads(said.out), orjson.loads((kept / "frontier.json").read_bytes())
    for record in (told, written):
        del record["seconds"]
        for point in record["points"]:
            del point["seconds"]
    assert told == written


def test_groups_are_asked_for(cli: Cli, tmp_path: Path) -> None:
    reps = tuple(
        Rep(id=name, team=name[0], win_rates={"*": rate}) for name, rate in (("A1", 1.0), ("A2", 0.5), ("B1", 0.9))
    )
    leads = [Lead(id=f"L{i}", value=10.0) for i in range(4)]
    source = write(Scenario(reps=reps, leads=leads), tmp_path / "s.json")
    said = cli("frontier", source, "--metric", "leads", "--by", "team", "--points", "3", "--json")
    assert orjson.loads(said.out)["by"] == "team"
    assert orjson.loads(cli("frontier", source, "--metric", "leads", "--points", "2", "--json").out)["by"] is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--metric", "valeu"), "There is no metric 'valeu'; there are leads, hours, value"),
        (("--metric", "valeu"), "Maybe 'value' is meant."),
        (("--metric", "value", "--by", "taem"), "Maybe 'team' is meant."),
        (("--metric", "owner"), "holds texts"),
        (("--metric", "value", "--gap", "2"), "--gap must be from 0 to 1"),
        (("--metric", "value", "--points", "1"), "--points"),
        ((), "--metric"),
    ],
)
def test_wrong_questions(cli: Cli, source: Path, options: tuple[str, ...], words: str) -> None:
    said = cli("frontier", source, *options)
    assert said.code == 2 and said.out == ""
    assert words in " ".join(said.err.split())


def test_a_folder_that_is_not_ours_is_refused_before_the_work(cli: Cli, source: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    said = cli("frontier", source, "--metric", "value", "-o", tmp_path / "notes")
    assert said.code == 2 and "frontier.json" in said.err
    assert [file.name for file in (tmp_path / "notes").iterdir()] == ["mine.txt"]


def test_nothing_is_left_behind_when_it_cannot_be_written(
    cli: Cli, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("api.frontier_files.frontier_plot", full)
    said = cli("frontier", source, "--metric", "value", "--points", "3", "-o", tmp_path / "out" / "f")
    assert said.code == 1 and "No space left" in said.err
    assert "A band of 50%" in said.out  # the answer itself is not lost
    assert list((tmp_path / "out").iterdir()) == []


def test_no_plan_even_without_a_band(cli: Cli, tmp_path: Path) -> None:
    pins = [Pin(name=f"for {rep}", leads={"id": ("L0",)}, reps={"id": (rep,)}) for rep in ("A", "B")]
    source = write(halves(*pins), tmp_path / "s.json")
    said = cli("frontier", source, "--metric", "value", "-o", tmp_path / "f")
    assert said.code == 3
    assert "No plan exists, with a band or without" in said.out
    assert "“for a”" in said.out.lower() and "Way out 1" in said.out
    assert sorted(file.name for file in (tmp_path / "f").iterdir()) == ["frontier.csv", "frontier.json"]


def test_a_limit_that_runs_out_first_is_exit_code_4(cli: Cli, tmp_path: Path) -> None:
    write(generate("cycle", leads=160, reps=4, seed=0), tmp_path / "hard.json")
    said = cli("frontier", tmp_path / "hard.json", "--metric", "hours", "--work", "0.000001")
    assert said.code == 4
    assert "nothing is proved" in said.out


def test_an_interrupt_keeps_the_points_so_far(tmp_path: Path) -> None:
    command = [
        "frontier",
        hard_to_prove(tmp_path),
        "--metric",
        "value",
        "--time-limit",
        "600",
        "-o",
        tmp_path / "curve",
    ]
    line, words = interrupted(*command, sent=signal.SIGINT, last="frontier.svg.")
    assert "point 1 of 8: no band" in line
    assert "It was interrupted; these are the points so far." in words
    record = orjson.loads((tmp_path / "curve" / "frontier.json").read_bytes())
    assert record["stopped_by"] == "cancel" and record["points"][0]["status"] == "feasible"
    assert {file.name for file in (tmp_path / "curve").iterdir()} == OURS


def test_the_picture_is_not_loaded_before_it_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    script = "import sys, api.commands.frontier, api.app; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=PATIENCE).returncode == 0
    assert call(capsys, "frontier", "--help").code == 0


@pytest.mark.parametrize("module", [frontier_summary, plots, texts, command], ids=lambda module: module.__name__)
def test_both_languages_use_the_same_fields(module: ModuleType) -> None:
    found = list(texts_of(module))
    assert found
    for text in found:
        english, chinese = text.fields()
        assert english == chinese, text
