"""The other commands, and what happens when something is wrong."""

from __future__ import annotations

import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from api import demo
from api.commands import checking
from api.commands.progress import ProgressLine
from api.issue_lines import count_of
from scenarios import Lead, Rep, Scenario, read, write
from scenarios.examples import EXAMPLES, example
from scenarios.generate import FAMILIES, generate
from solver.limits import Progress
from tests.cli.conftest import Cli


def test_the_version_is_told_without_loading_anything_heavy(cli: Cli) -> None:
    assert cli("--version").out == f"plumbline {version('plumbline')}\n"
    script = (
        "import sys\n"
        "from api.cli import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        "print({'polars', 'numpy', 'pydantic', 'ortools', 'fastapi'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_help_names_every_command(cli: Cli) -> None:
    said = cli("--help")
    assert said.code == 0
    for command in ("solve", "validate", "check", "why", "why-not", "generate", "serve", "examples", "template"):
        assert f"  {command} " in said.out
        assert cli(command, "--help").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("solve",),
        ("solve", "example:first-cycle", "--nonsense"),
        ("nonsense",),
        ("solve", "no-such-file.json"),
        ("solve", "example:first-cicle"),
        ("solve", "example:tiers-first", "--gap", "2"),
        ("solve", "example:tiers-first", "--gap", "much"),
        ("solve", "example:tiers-first", "--time-limit", "0"),
        ("solve", "example:tiers-first", "--time-limit", "nan"),
        ("solve", "example:tiers-first", "--workers", "0"),
        ("solve", "example:tiers-first", "--work", "-1"),
        ("solve", "example:tiers-first", "--seed", "-1"),
        ("solve", "example:tiers-first", "--locale", "tlh"),
        ("solve", "example:tiers-first", "--locale", ""),
        ("validate", "no-such-file.json"),
        ("why", "L1"),
        ("why", "L1", "--plan", "no-such-folder"),
        ("why-not", "L1", "R1", "--plan", "no-such-folder", "--verify"),
        ("generate", "nonsense", "--leads", "1", "--reps", "1", "-o", "x.json"),
        ("generate", "cycle", "--leads", "-1", "--reps", "1", "-o", "x.json"),
        ("generate", "cycle", "--leads", "1", "--reps", "0", "-o", "x.json"),
        ("generate", "cycle", "--leads", "1", "--reps", "1", "-o", "x.doc"),
        ("generate", "cycle", "--leads", "1", "--reps", "1", "-o", "x", "--format", "doc"),
        ("examples", "nonsense"),
        ("template", "x.csv"),
        ("serve", "--port", "99999999"),
    ],
)
def test_what_is_wrong_is_exit_code_2_in_a_few_lines(
    cli: Cli, arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = cli(*arguments)
    assert said.code == 2
    assert 1 <= len((said.err + said.out).splitlines()) <= 8
    assert "Traceback" not in said.err
    assert list(tmp_path.iterdir()) == []


def test_an_unforeseen_fault_is_a_sentence_and_a_traceback_only_when_asked_for(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug\nwith a second line")

    monkeypatch.setattr(checking, "list_issues", broken)
    said = cli("validate", "example:first-cycle")
    assert said.code == 1
    assert len(said.err.splitlines()) == 1
    assert "ZeroDivisionError: a bug)" in said.err
    assert "report" in said.err
    monkeypatch.setenv("PLUMBLINE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli("validate", "example:first-cycle")


def test_validate_tells_every_issue_with_its_place(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("id,value,owner\nL1,lots,a\nL2,5,zed\n")
    (tmp_path / "reps.csv").write_text("id\na\n")
    said = cli("validate", tmp_path)
    assert said.code == 2
    assert "✗ leads.csv, row 2, column value: " in said.out
    assert "! leads.csv, row 3, column owner: " in said.out
    assert said.out.endswith("1 error and 1 warning.\n")
    told = cli("validate", tmp_path, "--locale", "zh-CN").out
    assert "leads.csv，第 2 行，“value”列" in told
    assert told.endswith("1 个错误，1 个警告。\n")


def test_validate_says_that_there_are_no_issues(cli: Cli, tmp_path: Path) -> None:
    leads = [Lead(id="L", value=3.0)]
    source = write(
        Scenario(reps=(Rep(id="a", capacity={"leads": 2.0}, win_rates={"*": 0.5}),), leads=leads), tmp_path / "s.json"
    )
    said = cli("validate", source)
    assert (said.code, said.out) == (0, "No issues.\n")


def test_only_warnings_are_no_error(cli: Cli) -> None:
    said = cli("validate", "example:tiers-first")
    assert said.code == 0
    assert said.out.endswith("1 warning.\n")
    assert count_of((), "zh-CN") == "没有发现问题。"


@pytest.mark.parametrize(
    ("name", "form"), [("s.json", None), ("s.xlsx", None), ("s.zip", None), ("s", None), ("p", "parquet")]
)
def test_generate_writes_every_format(cli: Cli, tmp_path: Path, name: str, form: str | None) -> None:
    how = () if form is None else ("--format", form)
    said = cli("generate", "realistic", "--leads", 30, "--reps", 5, "--seed", 7, "-o", tmp_path / "new" / name, *how)
    assert said.code == 0
    assert "30 leads, 5 reps" in said.out
    assert read(tmp_path / "new" / name) == generate("realistic", leads=30, reps=5, seed=7)
    assert (tmp_path / "new" / name / "leads.parquet").exists() == (form == "parquet")


def test_the_families_are_listed_when_one_is_wrong(cli: Cli) -> None:
    said = cli("generate", "nonsense", "--leads", 1, "--reps", 1, "-o", "x.json")
    for family in FAMILIES:
        assert f"  {family}: " in said.err


def test_examples_are_listed_and_written(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = cli("examples")
    for name in EXAMPLES:
        assert f"\n{name}\n" in f"\n{said.out}"
    assert "三个区域" in cli("examples", "--locale", "zh-CN").out
    monkeypatch.chdir(tmp_path)
    assert cli("examples", "tiers-first").code == 0
    assert cli("examples", "tiers-first", "-o", "book.xlsx").code == 0
    assert read("tiers-first.json") == read("book.xlsx") == example("tiers-first")


def test_the_template_is_a_workbook_to_fill_in(cli: Cli, tmp_path: Path) -> None:
    assert cli("template", tmp_path / "leads.xlsx", "--locale", "zh-CN").code == 0
    assert (tmp_path / "leads.xlsx").read_bytes()[:2] == b"PK"
    assert cli("template", tmp_path / "no" / "folder.xlsx").code == 1


def test_serve_says_why_it_cannot(cli: Cli, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = cli("serve", "--port", taken.getsockname()[1], "--database", tmp_path / "p.db")
    assert said.code == 1
    assert "cannot listen at 127.0.0.1" in said.err
    assert "cannot open mysql://" in cli("serve", "--port", 0, "--database", "mysql://x/y").err


def test_the_progress_line_tells_plan_bound_and_gap() -> None:
    line, chinese = ProgressLine("en"), ProgressLine("zh-CN")
    assert line.text().startswith("reading · ")
    for told in (line, chinese):
        told(Progress(1.0, "search", 990.0, 1000.0))
    assert line.text().startswith("searching · plan 990 · at most 1,000 · gap 1% · ")
    assert chinese.text().startswith("搜索中 · 当前方案 990 分 · 上界 1,000 分 · 差距 1% · ")
    line(Progress(1.0, "polishing", None, None))
    assert line.text().startswith("polishing · ")


def test_the_commands_that_the_demonstration_names_exist(cli: Cli) -> None:
    for command in [step for _, step in demo.STEPS] + [tuple(line.split()[1:]) for _, line in demo.NEXT]:
        assert cli(command[0], "--help").code == 0
    names = [word for _, step in demo.STEPS for word in step if word.startswith("example:")]
    names += [word for _, line in demo.NEXT for word in line.split() if word.startswith("example:")]
    assert {name.removeprefix("example:") for name in names} <= set(EXAMPLES)
