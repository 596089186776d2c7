"""What the benchmarks of published files share: options, one JSON line per file, the distance to known costs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.gap_files import FileError, distance
from solver import Limits

CLOSE = 1e-6
"""Part of a bound that floating point may have got wrong."""


@dataclass(frozen=True)
class Answer:
    """What is printed of one file; `gap` is (objective - bound) / max(|bound|, 1)."""

    instance: str
    objective: float | None
    bound: float | None
    gap: float | None
    seconds: float
    feasible: bool


Known = Callable[[Path], Mapping[str, float]]
Solved = Callable[[Path, Limits], tuple[Answer, tuple[str, ...]]]


def answers(name: str, about: str, arguments: Sequence[str], solved: Solved, known: Known) -> int:
    """Solve every file, print a line each, and return the exit code: 2 for faulty files, 1 for what does not hold."""
    options = _options(name, about, arguments)
    limits = Limits(time=options.time_limit, gap=options.gap, seed=options.seed)
    code, found = 0, []
    for path in options.files:
        try:
            one, faults = solved(path, limits)
        except (OSError, FileError) as fault:
            _say(f"error: {_words(fault)}")
            code = 2
            continue
        print(json.dumps(asdict(one)), flush=True)
        found.append(one)
        for words in faults:
            _say(f"error: {one.instance}: {words}")
            code = max(code, 1)
    if options.best_known is not None:
        try:
            _summary(found, known(options.best_known))
        except (OSError, FileError) as fault:
            _say(f"error: {_words(fault)}")
            code = 2
    return code


def _summary(found: Sequence[Answer], known: Mapping[str, float]) -> None:
    """Say how far the answers are from the best known costs."""
    behind = {}
    for one in found:
        if one.instance in known and one.feasible and one.objective is not None:
            behind[one.instance] = distance(one.objective, known[one.instance])
            _say(
                f"{one.instance}: {one.objective:.12g} against {known[one.instance]:.12g}, {behind[one.instance]:+.4%}"
            )
        else:
            _say(f"{one.instance}: {'no answer that holds' if not one.feasible else 'no cost known'}")
    if behind:
        worst = max(behind, key=lambda name: behind[name])
        proved = sum(one.gap is not None and one.gap <= CLOSE for one in found)
        _say(
            f"{len(behind)} of {len(found)} compared: mean {sum(behind.values()) / len(behind):+.4%}, "
            f"worst {behind[worst]:+.4%} ({worst}); {proved} proved optimal"
        )


def _words(fault: OSError | FileError) -> str:
    return f"{fault.filename}: {fault.strerror}" if isinstance(fault, OSError) else str(fault)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _options(name: str, about: str, arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=about)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds for each file (default: %(default)s)")
    parser.add_argument("--gap", type=float, default=0.0, help="stop at this proved gap (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--best-known", type=Path, metavar="TABLE", help="csv with an instance's name and best value")
    options = parser.parse_args(arguments)
    try:
        Limits(time=options.time_limit, gap=options.gap, seed=options.seed)
    except ValueError as fault:
        parser.error(str(fault))
    return options
