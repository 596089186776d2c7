"""The generalised assignment problem, from published files, through the public functions.

    python -m benchmarks.gap FILE... --time-limit S [--gap G] [--seed N] [--best-known TABLE]

Prints one JSON line per file, in the file's own units: the least cost found, a lower bound of all costs, and whether
the answer keeps to the file, checked here without the solver. Words go to the error stream: with a table of best known
costs, how far the answers are from them. Exit code 2 if a file is faulty, and then the others are still solved; 1 if
an answer or a bound does not hold.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.answers import Answer, answers
from benchmarks.gap_files import GapInstance, best_known, check_gap, read_gap
from solver import Limits, Problem, load_rows, solve

TOLERANCE = 1e-6
"""Part of a bound that floating point may have got wrong: taken off before rounding up to a whole number."""


def problem_of(instance: GapInstance) -> Problem:
    """Return an instance as a problem to maximise: jobs are the leads, agents the reps, costs count as minus points."""
    weight = instance.weight.T.astype(np.float64)
    rows = (load_rows(weight, upper=instance.capacity, metric="weight"),)
    return Problem.from_arrays(-instance.cost.T.astype(np.float64), rows=rows, required=True)


def lower_bound(points: float | None) -> int | None:
    """Return the whole cost that no answer can be below, from what no plan can beat in points; None: nothing known."""
    if points is None or not math.isfinite(points):
        return None
    return math.ceil(-points - TOLERANCE * max(1.0, abs(points)))


def answer(instance: GapInstance, limits: Limits) -> tuple[Answer, tuple[str, ...]]:
    """Solve one instance; return what to print of it, and what does not hold, in words."""
    began = time.perf_counter()
    result = solve(problem_of(instance), limits)
    seconds = round(time.perf_counter() - began, 3)
    bound = lower_bound(result.bound)
    if result.plan is None:
        return Answer(instance.name, None, bound, None, seconds, False), ()
    verdict = check_gap(instance, result.plan.owner)
    faults = verdict.broken
    if bound is not None and verdict.feasible and bound > verdict.cost:
        faults += (f"the bound {bound} is above the cost {verdict.cost} of a good answer",)
    gap = None if bound is None else (verdict.cost - bound) / max(abs(bound), 1)
    return Answer(instance.name, verdict.cost, bound, gap, seconds, verdict.feasible), faults


def main(arguments: Sequence[str]) -> int:
    """Solve every file and return the exit code."""

    def solved(path: Path, limits: Limits) -> tuple[Answer, tuple[str, ...]]:
        return answer(read_gap(path), limits)

    return answers("gap", "Generalised assignment, from files.", arguments, solved, best_known)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
