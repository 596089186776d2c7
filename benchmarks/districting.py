"""Political districting, from published files, through the public functions.

    python -m benchmarks.districting FILE... --time-limit S [--no-contiguity] [--gap G] [--best-known TABLE]

Prints one JSON line per file, in the file's own units: the least cost found, a lower bound of all costs, whether the
answer keeps to the file, checked here without the solver, and the status; where there is no plan, why. Words go to the
error stream: with a table of known optima, how far the answers are from them. Exit code 2 if a file is faulty, and then
the others are still solved; 1 if an answer or a bound does not hold.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.answers import Answer, answers
from benchmarks.districting_files import DistrictingInstance, best_known, check_districting, read_districting
from benchmarks.drawn import answer_of, timed
from solver import Limits
from solver.territory.draw import draw
from solver.territory.problem import Territories

NO_CONTIGUITY = "--no-contiguity"


@dataclass(frozen=True)
class DistrictingAnswer(Answer):
    """What is printed of one file, with the status, and the reason if there is no plan."""

    status: str
    reason: dict[str, object] | None


def task_of(instance: DistrictingInstance, *, contiguous: bool) -> Territories:
    """Return an instance as territories: every unit may be a centre, and belongs to its own district if it is one."""
    bounds = np.ones((instance.n, 1))
    return Territories(
        instance.cost(),
        instance.population[:, None].astype(np.float64),
        instance.lower * bounds,
        instance.upper * bounds,
        instance.k,
        links=instance.edges if contiguous else None,
        own=np.arange(instance.n),
    )


def answer(
    instance: DistrictingInstance, limits: Limits, *, contiguous: bool
) -> tuple[DistrictingAnswer, tuple[str, ...]]:
    """Solve one instance; return what to print of it, and what does not hold, in words."""
    drawn, seconds = timed(lambda: draw(task_of(instance, contiguous=contiguous), limits))
    verdict = None if drawn.centre is None else check_districting(instance, drawn.centre, contiguous=contiguous)
    found, faults = answer_of(instance.name, verdict, drawn.bound, seconds)
    reason = drawn.reason
    if reason is not None and isinstance(unit := reason.get("unit"), int):
        reason = {**reason, "name": instance.labels[unit]}
    return DistrictingAnswer(**asdict(found), status=drawn.status, reason=reason), faults


def main(arguments: Sequence[str]) -> int:
    """Solve every file and return the exit code."""
    contiguous = NO_CONTIGUITY not in arguments
    about = f"Political districting, from files; with {NO_CONTIGUITY} districts may be in several pieces."
    names: dict[str, str] = {}

    def solved(path: Path, limits: Limits) -> tuple[Answer, tuple[str, ...]]:
        instance = read_districting(path)
        names[instance.name] = instance.state
        return answer(instance, limits, contiguous=contiguous)

    def known(path: Path) -> dict[str, float]:
        optima = best_known(path, contiguous=contiguous)
        return {name: optima[state] for name, state in names.items() if state in optima and "tract" not in name}

    return answers("districting", about, [word for word in arguments if word != NO_CONTIGUITY], solved, known)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
