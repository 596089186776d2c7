"""Ctrl-C and SIGTERM: the best plan so far is kept. On a real terminal, with a real process."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from scenarios import write
from scenarios.generate import generate
from tests.cli.conftest import Cli

PATIENCE = 60.0
SIGNALS = """
import os, signal, time
from api.commands.interrupts import interruptible

with interruptible() as interrupts:
    import numpy
    with interrupts.kept():
        os.kill(os.getpid(), signal.{name})
        while not interrupts.wished():
            time.sleep(0.01)
        print("kept", flush=True)
        {second}
    try:
        os.kill(os.getpid(), signal.{name})
        for _ in range(3000):
            time.sleep(0.01)
    except KeyboardInterrupt:
        print("stopped")
"""


def read_until(terminal: int, word: str) -> str:
    """Read what a process writes to its terminal until a word comes, or until it ends."""
    seen, end = "", time.monotonic() + PATIENCE
    while word not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 65536).decode(errors="replace")
            except OSError:  # the other end is closed
                break
    return seen


def hard_to_prove(folder: Path) -> Path:
    """Write a scenario that has its first plan at once, and is proved only after half a minute by two cores.

    So a step that is still at work when the signal comes does not prove it.
    """
    return write(generate("cycle", leads=200, reps=8, seed=3), folder / "hard.json")


def interrupted(*command: object, sent: signal.Signals, last: str) -> tuple[str, str]:
    """Run a command on a terminal, send it a signal once it has a plan, and return what it said before and after.

    The words after it come without colours, and wherever the lines break. Its last ones are waited for.
    """
    terminal, inside = pty.openpty()
    environment = {**os.environ, "COLUMNS": "160", "TERM": "xterm"}
    arguments = [sys.executable, "-m", "api.cli", *map(str, command)]
    process = subprocess.Popen(arguments, stdin=inside, stdout=inside, stderr=inside, env=environment)
    try:
        os.close(inside)
        before = read_until(terminal, "Ctrl-C keeps the best plan")
        process.send_signal(sent)
        after = read_until(terminal, last)
        assert process.wait(PATIENCE) == 130, before + after
    finally:
        process.kill()  # without effect once it has ended; else the test would wait for it for ever
        process.wait()
        os.close(terminal)
    return before, " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", " ", after).split())


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_the_best_plan(cli: Cli, tmp_path: Path, sent: signal.Signals) -> None:
    source = hard_to_prove(tmp_path)
    line, words = interrupted("solve", source, "-o", tmp_path / "plan", sent=sent, last="plumbline why ")
    assert "at most" in line
    assert "gap" in line
    assert "It was interrupted" in words
    plan = orjson.loads((tmp_path / "plan" / "plan.json").read_bytes())
    assert plan["stopped_by"] == "cancel"
    assert plan["status"] == "feasible"
    assert plan["assigned"] > 0
    assert cli("check", source, tmp_path / "plan").code == 0


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_only_during_the_solve_a_signal_is_a_wish(name: str) -> None:
    script = SIGNALS.format(name=name, second="")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout.split() == ["kept", "stopped"]
    assert done.returncode == 0


def test_the_second_signal_stops_at_once() -> None:
    script = SIGNALS.format(name="SIGINT", second="os.kill(os.getpid(), signal.SIGINT); time.sleep(30)")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout.split() == ["kept"]
    assert done.returncode == 130


def test_nothing_but_the_summary_is_written_where_there_is_no_terminal() -> None:
    command = [sys.executable, "-m", "api.cli", "solve", "example:tiers-first"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    assert "\r" not in done.stdout
