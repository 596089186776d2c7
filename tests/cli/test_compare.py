"""`plumbline compare`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from api.cli import main
from scenarios.examples import example
from scenarios.writing import write
from tests.cli.conftest import Cli


@pytest.fixture(scope="module")
def without_one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a plan for the scenario of `kept` without one of its reps."""
    folder = tmp_path_factory.mktemp("without")
    scenario = example("tiers-first")
    write(scenario.model_copy(update={"reps": scenario.reps[1:]}), folder / "scenario.json")
    with pytest.raises(SystemExit) as ended:
        main(["solve", str(folder / "scenario.json"), "-o", str(folder / "plan")])
    assert ended.value.code == 0
    return folder / "plan"


def test_two_plans(cli: Cli, kept: Path, without_one: Path) -> None:
    said = cli("compare", kept, without_one)
    assert said.code == 0
    for part in ("In short", "What differs", "Score by term", "Why leads change owner", "Loads", "Fairness"):
        assert part in said.out
    assert "nurse-line-1 is gone." in said.out
    assert "nurse-line-1 is no longer there." in said.out
    chinese = cli("compare", kept, without_one, "--locale", "zh-CN")
    assert "概要" in chinese.out
    assert "In short" not in chinese.out


def test_the_same_plan_twice(cli: Cli, kept: Path) -> None:
    said = cli("compare", kept, kept)
    assert said.code == 0
    assert "No lead changes owner." in said.out
    assert "Data, rules and goals are the same." in said.out
    assert "Why leads change owner" not in said.out


def test_today_against_a_plan(cli: Cli, kept: Path) -> None:
    said = cli("compare", "today", kept)
    assert said.code == 0
    assert "today’s owners" in said.out
    record = orjson.loads(cli("compare", "today", kept, "--json", "--locale", "zh-CN,en").out)
    assert record["today"]
    assert list(record["text"]) == ["zh-CN", "en"]
    assert len(record["moves"]) == record["moved"] > 0
    assert all(set(move["text"]) == {"zh-CN", "en"} for move in record["moves"])


def test_two_scenarios(cli: Cli, kept: Path, without_one: Path) -> None:
    source = without_one.parent / "scenario.json"
    for base in ("example:tiers-first", kept):  # of a plan's folder its scenario is taken
        said = cli("compare", base, source)
        assert said.code == 0
        assert "nurse-line-1 is gone." in said.out
        assert "only their data, rules and goals are compared" in said.out
    record = orjson.loads(cli("compare", source, "example:tiers-first", "--json").out)
    assert [rep["what"] for rep in record["differences"]["reps"]] == ["added"]
    assert record["text"]["en"] == ["nurse-line-1 is new."]


@pytest.mark.parametrize("kind", ["md", "json"])
def test_a_page_or_a_record_in_a_file(cli: Cli, kept: Path, without_one: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"changes.{kind}"
    said = cli("compare", kept, without_one, "-o", path, "--locale", "zh-CN,en")
    assert (said.code, "已写入" in said.out) == (0, True)
    text = path.read_text(encoding="utf-8")
    if kind == "md":
        assert text.startswith("# 两个方案的比较\n")
        columns = {len(line.split(" | ")) for line in text.splitlines() if line.startswith("| T-")}
        assert columns == {5}
    else:
        assert orjson.loads(text) == orjson.loads(
            cli("compare", kept, without_one, "--json", "--locale", "zh-CN,en").out
        )
    scenarios = cli("compare", "example:tiers-first", "example:first-cycle", "-o", path)
    assert scenarios.code == 0
    assert path.read_text(encoding="utf-8") != text


def test_what_cannot_be_compared_is_one_clear_line(cli: Cli, kept: Path, no_plan: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(kept, tmp_path / "broken"))
    (broken / "prices.json").unlink()
    for arguments, told, code in (
        ((kept, "today"), "stands first", 2),
        (("today", "example:tiers-first"), "stands first", 2),
        (("today", no_plan), "infeasible", 2),
        ((kept, broken), "prices.json", 2),
        ((kept, kept, "-o", tmp_path / "x.txt"), ".md", 2),
        ((kept, kept, "-o", tmp_path / "none" / "x.md"), "cannot be written", 1),
    ):
        said = cli("compare", *arguments)
        assert said.code == code, arguments
        assert len(said.err.splitlines()) == 1
        assert told in said.err
    said = cli("compare", kept, tmp_path / "nothing")
    assert said.code == 2
    assert "nothing" in said.err


def test_where_no_plan_exists_the_scenarios_are_compared(cli: Cli, kept: Path, no_plan: Path) -> None:
    said = cli("compare", no_plan, kept)
    assert said.code == 0
    assert "What differs" in said.out
    assert "the status of the solve is 'infeasible'" in " ".join(said.out.split())


def test_no_solver_is_loaded(kept: Path, without_one: Path) -> None:
    script = (
        "import sys\n"
        "from api.cli import main\n"
        f"try: main(['compare', {str(kept)!r}, {str(without_one)!r}])\n"
        "except SystemExit as end: code = end.code\n"
        "print(code, sorted(m for m in sys.modules if m.partition('.')[0] == 'ortools'))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"
