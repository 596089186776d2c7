"""The capacitated p-median problem, from published files, through the public functions.

    python -m benchmarks.cpmp FILE... --time-limit S [--gap G] [--seed N] [--best-known TABLE]

Prints one JSON line per file, in the file's own units: the least cost found, a lower bound of all costs, and whether
the answer keeps to the file, checked here without the solver. Words go to the error stream: with a table of best known
costs, how far the answers are from them. Exit code 2 if a file is faulty, and then the others are still solved; 1 if
an answer or a bound does not hold.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.answers import Answer, answers
from benchmarks.cpmp_files import CpmpInstance, best_known, check_cpmp, read_cpmp
from benchmarks.drawn import answer_of, timed
from solver import Limits
from solver.territory.draw import draw
from solver.territory.problem import Territories


def task_of(instance: CpmpInstance) -> Territories:
    """Return an instance as territories: every point may be a median, and serves itself if it is one."""
    return Territories(
        instance.distance(),
        instance.demand[:, None],
        np.full((instance.n, 1), -np.inf),
        instance.capacity[:, None],
        instance.p,
        own=np.arange(instance.n),
    )


def answer(instance: CpmpInstance, limits: Limits) -> tuple[Answer, tuple[str, ...]]:
    """Solve one instance; return what to print of it, and what does not hold, in words."""
    drawn, seconds = timed(lambda: draw(task_of(instance), limits))
    verdict = None if drawn.centre is None else check_cpmp(instance, drawn.centre)
    bound = drawn.bound
    if instance.floor and math.isfinite(bound):  # distances are whole numbers, and so is every cost
        bound = math.ceil(bound - 1e-6 * max(1.0, abs(bound)))
    return answer_of(instance.name, verdict, bound, seconds)


def main(arguments: Sequence[str]) -> int:
    """Solve every file and return the exit code."""
    about = "Capacitated p-median problems, from files."

    def solved(path: Path, limits: Limits) -> tuple[Answer, tuple[str, ...]]:
        return answer(read_cpmp(path), limits)

    def known(path: Path) -> dict[str, float]:
        return dict(best_known(path, "instance", "best_known_value"))

    return answers("cpmp", about, arguments, solved, known)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
