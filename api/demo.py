"""The demonstration, ``python -m api.demo``: one bundled scenario from the question to the proof and the reasons.

It runs the very commands that a user would type, and shows each.
"""

from __future__ import annotations

import os
import subprocess
import sys

from rich.rule import Rule
from rich.text import Text as Line

from api.commands.terminal import console

SOURCE, FOLDER = "example:first-cycle", "demo"
STEPS = (
    ("Who gets which lead this week? Solve, and write the plan to ./demo", ("solve", SOURCE, "-o", FOLDER)),
    ("Trust nothing: recompute every claim without the solver", ("check", SOURCE, FOLDER)),
    ("Why does this rep have that lead?", ("why", "L-10", "--plan", FOLDER)),
    (
        "And why does that one not have it? Solve again with the pair forced",
        ("why-not", "L-10", "east-3", "--plan", FOLDER, "--verify"),
    ),
)
NEXT = (
    ("the same in Chinese", "plumbline solve example:chinese-b2b --locale zh-CN"),
    ("rules that cannot all hold, and the ways out", "plumbline solve example:infeasible-two-ways"),
    ("your own leads: an empty workbook to fill in", "plumbline template leads.xlsx"),
)


def main() -> int:
    """Run every step; return the exit code of the first that fails, or 0."""
    out = console()
    environment = {**os.environ, "COLUMNS": str(out.width)}
    if out.is_terminal:
        environment["FORCE_COLOR"] = "1"
    for about, arguments in STEPS:
        out.print(Rule(Line(about, "bold"), align="left", style="dim"))
        out.print(Line.assemble(("$ ", "dim"), ("plumbline " + " ".join(arguments), "bold")), soft_wrap=True)
        out.print()
        code = subprocess.run([sys.executable, "-m", "api.cli", *arguments], env=environment, check=False).returncode
        if code:
            return code
        out.print()
    out.print(Rule(Line("Try next", "bold"), align="left", style="dim"))
    for about, command in NEXT:
        out.print(Line.assemble((f".venv/bin/{command}", "bold"), (f"   {about}", "dim")), soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
