"""The command line in the same process, and plans to ask about."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.cli import main

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@dataclass(frozen=True)
class Said:
    """What a command said, without colours."""

    code: int
    out: str
    err: str


Cli = Callable[..., Said]


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> Said:
    """Run a command as `main` does; it always ends in an exit."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    code = ended.value.code
    return Said(code if isinstance(code, int) else int(code is not None), *(_COLOUR.sub("", s) for s in said))


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the output room, so that no sentence asked for is broken; tests of narrow output say how narrow."""
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    return lambda *arguments: call(capsys, *arguments)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a solved example with tiers, unassigned leads, and both languages. Not to be changed."""
    folder = tmp_path_factory.mktemp("kept") / "plan"
    with pytest.raises(SystemExit) as ended:
        main(["solve", "example:tiers-first", "-o", str(folder), "--locale", "en,zh-CN"])
    assert ended.value.code == 0
    return folder


@pytest.fixture
def plan(kept: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder, to do with as one likes."""
    return Path(shutil.copytree(kept, tmp_path / "plan"))


@pytest.fixture(scope="session")
def no_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an example that has no plan."""
    folder = tmp_path_factory.mktemp("none") / "plan"
    with pytest.raises(SystemExit) as ended:
        main(["solve", "example:infeasible-two-ways", "-o", str(folder), "--locale", "zh-CN,en"])
    assert ended.value.code == 3
    return folder
