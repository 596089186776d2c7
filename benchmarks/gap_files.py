"""Published instances of the generalised assignment problem: the file format, and a check that knows no solver.

    minimise    sum of cost[i, j] over the chosen pairs of agent i and job j
    subject to  each job goes to exactly one agent
                the weights that an agent takes fit into its capacity

A file holds whole numbers between blanks: `m n`, the costs of agent 1 for jobs 1 to n, of agent 2, ..., then the
weights in the same order, then the m capacities.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from solver.pairs import Ints

MOST_DIGITS = 15
"""Whole numbers up to so many digits are exact as floating point, and so are the sums of theirs that matter."""


class FileError(ValueError):
    """A file does not say what its format wants; the message begins with the place."""


@dataclass(frozen=True)
class GapInstance:
    """One problem: costs and weights, (agents, jobs), and capacities, (agents,); all of them whole numbers."""

    name: str
    cost: Ints
    weight: Ints
    capacity: Ints

    @property
    def agents(self) -> int:
        """Number of agents, m."""
        return int(self.cost.shape[0])

    @property
    def jobs(self) -> int:
        """Number of jobs, n."""
        return int(self.cost.shape[1])


def read_gap(path: Path) -> GapInstance:
    """Read one file; the instance is named after the file.

    Raises
    ------
    FileError
        If a number is missing, left over, not whole or out of range; with the line.
    OSError
        If the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except UnicodeDecodeError as fault:
        raise FileError(f"{path}: byte {fault.start + 1} is not plain text") from None
    words = [(word, at) for at, line in enumerate(lines, 1) for word in line.split()]
    reader = _Reader(path, words)
    agents, jobs = (
        reader.take(1, lambda k: "the number of agents", 1),
        reader.take(1, lambda k: "the number of jobs", 1),
    )
    m, n = int(agents[0]), int(jobs[0])
    reader.expect(2 + m * n * 2 + m, f"{m} agents and {n} jobs")
    cost = reader.take(m * n, lambda k: f"the cost of agent {k // n + 1} for job {k % n + 1}")
    weight = reader.take(m * n, lambda k: f"the weight of agent {k // n + 1} for job {k % n + 1}", 0)
    capacity = reader.take(m, lambda k: f"the capacity of agent {k + 1}", 0)
    return GapInstance(path.name, cost.reshape(m, n), weight.reshape(m, n), capacity)


class _Reader:
    """Takes numbers off a list of words, each with its line."""

    def __init__(self, path: Path, words: list[tuple[str, int]]) -> None:
        self.path, self.words, self.at = path, words, 0

    def expect(self, count: int, why: str) -> None:
        """Refuse a file that does not hold exactly so many numbers."""
        found = len(self.words)
        if found < count:
            raise FileError(f"{self._end()}: ends after {found:,} numbers; {why} need {count:,}")
        if found > count:
            word, line = self.words[count]
            raise FileError(f"{self.path}, line {line}: {word!r} is left over; {why} need {count:,} numbers")

    def take(self, count: int, what: Callable[[int], str], least: int | None = None) -> Ints:
        """Return the next numbers, (count,); `what` names each of them, from 0."""
        taken = self.words[self.at : self.at + count]
        if len(taken) < count:
            raise FileError(f"{self._end()}: ends where {what(len(taken))} should be")
        self.at += count
        return np.array([self._whole(word, line, k, what, least) for k, (word, line) in enumerate(taken)], np.int64)

    def _whole(self, word: str, line: int, k: int, what: Callable[[int], str], least: int | None) -> int:
        place = f"{self.path}, line {line}"
        digits = word.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()):
            raise FileError(f"{place}: {word!r} is not a whole number, and should be {what(k)}")
        if len(digits) > MOST_DIGITS:
            raise FileError(f"{place}: {word!r} has more than {MOST_DIGITS} digits, and should be {what(k)}")
        if least is not None and int(word) < least:
            raise FileError(f"{place}: {what(k)} must be at least {least}, not {word}")
        return int(word)

    def _end(self) -> str:
        return f"{self.path}, line {self.words[-1][1]}" if self.words else str(self.path)


@dataclass(frozen=True)
class GapVerdict:
    """What a check of an answer against its file finds: the cost of it, and what it breaks, in words."""

    cost: int
    broken: tuple[str, ...]

    @property
    def feasible(self) -> bool:
        """Whether every job is placed and every capacity holds."""
        return not self.broken


def check_gap(instance: GapInstance, agent: Ints) -> GapVerdict:
    """Work out in whole numbers what an answer costs and breaks.

    Parameters
    ----------
    agent : (jobs,) array of int
        The agent of each job, from 0.
    """
    if len(agent) != instance.jobs:
        return GapVerdict(0, (f"{len(agent)} jobs are answered for, not {instance.jobs}",))
    placed = [(int(i), j) for j, i in enumerate(agent) if 0 <= i < instance.agents]
    left = instance.capacity.tolist()
    cost = 0
    for i, j in placed:
        cost += int(instance.cost[i, j])
        left[i] -= int(instance.weight[i, j])
    broken = [f"agent {i + 1} is {-room} over its capacity" for i, room in enumerate(left) if room < 0]
    if len(placed) < instance.jobs:
        broken.append(f"{instance.jobs - len(placed)} jobs have no agent")
    return GapVerdict(cost, tuple(broken))


def best_known(path: Path) -> Mapping[str, float]:
    """Read the least costs known, by instance name, from a table with the columns `path` and `best_known_min`.

    Raises
    ------
    FileError
        If a column is missing, or a cost is not a number.
    """
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        if missing := {"path", "best_known_min"} - set(table.fieldnames or ()):
            raise FileError(f"{path}: there is no column {', '.join(sorted(missing))}")
        costs = {}
        for row in table:
            try:
                costs[Path(row["path"]).name] = float(row["best_known_min"])
            except ValueError:
                raise FileError(f"{path}, line {table.line_num}: no number in best_known_min") from None
    return costs


def distance(cost: float, best: float) -> float:
    """Return how far a cost is above the best one known, as a fraction of it; negative: below it."""
    return (cost - best) / max(abs(best), 1.0)
