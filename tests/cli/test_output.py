"""Standard output carries what a command says, and nothing that an engine prints."""

from __future__ import annotations

import subprocess
import sys

from tests.cli.test_interrupts import PATIENCE

NOISE = """
import ctypes, os, subprocess, sys
from api.commands.output import keep_output

print("before")
keep_output()
keep_output()
os.write(1, b"written by an engine")
ctypes.CDLL(None).puts(b"left by an engine in a buffer that is written at the end")
subprocess.run([sys.executable, "-c", "print('said by a child')"])
print("after 你好")
"""


def test_lines_of_the_engines_do_not_get_through() -> None:
    environment = {"PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", NOISE], capture_output=True, timeout=PATIENCE, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().split("\n") == ["before", "after 你好", ""]
    assert done.stderr == b""


def test_without_a_standard_output_it_does_nothing() -> None:
    script = (
        "import sys; sys.stdout = sys.__stdout__ = None; from api.commands.output import keep_output; keep_output()"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=PATIENCE).returncode == 0
