"""The generalised assignment problem, from published files, through the public functions.

    python -m benchmarks.gap FILE... --time-limit S [--gap G] [--seed N] [--best-known TABLE]

Prints one JSON line per file, in the file's own units: the least cost found, a lower bound of all costs, and whether
the answer keeps to the file, checked here without the solver. Words go to the error stream: with a table of best known
costs, how far the answers are from them. Exit code 2 if a file is faulty, and then the others are still solved; 1 if
an answer or a bound does not hold.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.gap_files import FileError, GapInstance, best_known, check_gap, distance, read_gap
from solver import Limits, Problem, load_rows, solve

TOLERANCE = 1e-6
"""Part of a bound that floating point may have got wrong: taken off before rounding up to a whole number."""


@dataclass(frozen=True)
class Answer:
    """What is printed of one file; `gap` is (objective - bound) / max(|bound|, 1)."""

    instance: str
    objective: int | None
    bound: int | None
    gap: float | None
    seconds: float
    feasible: bool


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
    options = _options(arguments)
    limits = Limits(time=options.time_limit, gap=options.gap, seed=options.seed)
    code, answers = 0, []
    for path in options.files:
        try:
            instance = read_gap(path)
        except (OSError, FileError) as fault:
            _say(f"error: {_words(fault)}")
            code = 2
            continue
        found, faults = answer(instance, limits)
        print(json.dumps(asdict(found)), flush=True)
        answers.append(found)
        for words in faults:
            _say(f"error: {instance.name}: {words}")
            code = max(code, 1)
    if options.best_known is not None:
        try:
            _summary(answers, best_known(options.best_known))
        except (OSError, FileError) as fault:
            _say(f"error: {_words(fault)}")
            code = 2
    return code


def _summary(answers: Sequence[Answer], known: Mapping[str, float]) -> None:
    """Say how far the answers are from the best known costs."""
    behind = {}
    for found in answers:
        if found.instance in known and found.feasible and found.objective is not None:
            best = known[found.instance]
            behind[found.instance] = distance(found.objective, best)
            _say(f"{found.instance}: {found.objective} against {best:g}, {behind[found.instance]:+.4%}")
        else:
            _say(f"{found.instance}: {'no answer that holds' if not found.feasible else 'no cost known'}")
    if behind:
        worst = max(behind, key=lambda name: behind[name])
        proved = sum(found.gap == 0 for found in answers)
        _say(
            f"{len(behind)} of {len(answers)} compared: mean {sum(behind.values()) / len(behind):+.4%}, "
            f"worst {behind[worst]:+.4%} ({worst}); {proved} proved optimal"
        )


def _words(fault: OSError | FileError) -> str:
    return f"{fault.filename}: {fault.strerror}" if isinstance(fault, OSError) else str(fault)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gap", description="Generalised assignment, from files.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds for each file (default: %(default)s)")
    parser.add_argument("--gap", type=float, default=0.0, help="stop at this proved gap (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--best-known", type=Path, metavar="TABLE", help="csv with the columns path, best_known_min")
    options = parser.parse_args(arguments)
    try:
        Limits(time=options.time_limit, gap=options.gap, seed=options.seed)
    except ValueError as fault:
        parser.error(str(fault))
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
