"""Commercial territory design, from published files, through the public functions.

    python -m benchmarks.ctdp FILE... --time-limit S [--gap G] [--seed N] [--best-known TABLE]

Connected territories, three activities balanced within a tolerance, the least sum of distances to the centres.
Prints one JSON line per file: the least cost found, a lower bound of all costs, and whether the answer keeps to the
file, checked here without the solver. Words go to the error stream: with a table of known costs, how far the answers
are from them. Exit code 2 if a file is faulty, and then the others are still solved; 1 if an answer or a bound does
not hold.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.answers import Answer, answers
from benchmarks.cpmp_files import best_known
from benchmarks.ctdp_files import CtdpInstance, check_ctdp, read_ctdp
from benchmarks.drawn import answer_of, timed
from solver import Limits
from solver.territory.draw import draw
from solver.territory.problem import Territories


def task_of(instance: CtdpInstance) -> Territories:
    """Return an instance as territories: every unit may be a centre."""
    lower, upper = instance.bounds()
    n = instance.n
    return Territories(
        instance.distance(),
        instance.activity,
        np.tile(lower, (n, 1)),
        np.tile(upper, (n, 1)),
        instance.p,
        links=instance.edges,
        own=np.arange(n),
    )


def answer(instance: CtdpInstance, limits: Limits) -> tuple[Answer, tuple[str, ...]]:
    """Solve one instance; return what to print of it, and what does not hold, in words."""
    drawn, seconds = timed(lambda: draw(task_of(instance), limits))
    verdict = None if drawn.centre is None else check_ctdp(instance, drawn.centre)
    return answer_of(instance.name, verdict, drawn.bound, seconds)


def main(arguments: Sequence[str]) -> int:
    """Solve every file and return the exit code."""

    def solved(path: Path, limits: Limits) -> tuple[Answer, tuple[str, ...]]:
        return answer(read_ctdp(path), limits)

    def known(path: Path) -> dict[str, float]:
        return dict(best_known(path, "instance", "compactness"))

    return answers("ctdp", "Commercial territory design, from files.", arguments, solved, known)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
