"""A plan's folder appears whole or not at all, and nothing that is not ours is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

SOURCE = "example:tiers-first"
KILLED_WHILE_WRITING = """
import os, signal, sys
from api import files_writing
from api.cli import main

def write(path, explainer, locales):
    path.write_text("half a li")
    os.kill(os.getpid(), signal.SIGKILL)

files_writing._write_explanations = write
main(sys.argv[1:])
"""
SMALL_DISK = """
import resource, sys
from api.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
main(sys.argv[1:])
"""


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    # Without the measuring of coverage, which writes files of its own and would meet the full disk first.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=plain)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_kill_while_writing_leaves_nothing(tmp_path: Path) -> None:
    assert run(KILLED_WHILE_WRITING, "solve", SOURCE, "-o", tmp_path / "plan").returncode == -signal.SIGKILL
    assert not (tmp_path / "plan").exists()


def test_a_kill_while_writing_leaves_the_earlier_plan(plan: Path) -> None:
    before = contents(plan)
    assert run(KILLED_WHILE_WRITING, "solve", SOURCE, "-o", plan).returncode == -signal.SIGKILL
    assert contents(plan) == before


def test_a_full_disk_is_told_after_the_summary_and_leaves_the_earlier_plan(plan: Path) -> None:
    before = contents(plan)
    done = run(SMALL_DISK, "solve", SOURCE, "-o", plan)
    assert done.returncode == 1
    assert "Proved optimal" in done.stdout
    assert done.stderr.startswith("plumbline: ")
    assert "cannot be written" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert contents(plan) == before
    assert [path.name for path in plan.parent.iterdir()] == ["plan"]


def test_an_earlier_plan_is_replaced(cli: Cli, plan: Path) -> None:
    (plan / "loads.csv").unlink()
    (plan / "assignments.csv").rename(plan / "assignments.parquet")
    assert cli("solve", SOURCE, "-o", plan).code == 0
    assert cli("check", SOURCE, plan).code == 0
    assert not (plan / "assignments.parquet").exists()
    assert [path.name for path in plan.parent.iterdir()] == ["plan"]


def test_an_empty_folder_and_a_new_one_far_down_will_do(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "a" / "b" / "plan"):
        assert cli("solve", SOURCE, "-o", folder).code == 0
        assert (folder / "plan.json").exists()


@pytest.mark.parametrize(
    ("names", "told"),
    [(("notes.txt",), "holds no earlier plan"), (("plan.json", "notes.txt"), "also notes.txt, which would be lost")],
)
def test_what_is_not_ours_is_not_replaced(cli: Cli, tmp_path: Path, names: tuple[str, ...], told: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in names:
        (folder / name).write_text("dear diary")
    before = contents(tmp_path)
    said = cli("solve", SOURCE, "-o", folder)
    assert said.code == 2
    assert told in said.err
    assert said.out == ""  # it is refused before any work
    assert contents(tmp_path) == before


def test_a_file_or_the_present_folder_is_refused(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    assert "is a file" in cli("solve", SOURCE, "-o", "file").err
    assert "the folder you are in" in cli("solve", SOURCE, "-o", ".").err
    for command in (("solve",), ("rebalance",), ("frontier", "--metric", "value")):
        said = cli(*command, SOURCE, "-o", "/proc/plan", "--locale", "zh-CN")
        assert (said.code, "无法写入" in said.err) == (1, True), command


def test_a_link_to_a_folder_stays_a_link(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert cli("solve", SOURCE, "-o", tmp_path / "link").code == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "plan.json").exists()
