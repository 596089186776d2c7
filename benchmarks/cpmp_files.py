"""Published capacitated p-median problems: the file format, and a check that knows no solver.

    choose p of n points as medians, and a median for every point
    minimise    the sum of the distances from each point to its median
    subject to  the demand at a median fits into its own capacity

A file holds numbers between blanks: `n p`, then for each point `x y capacity demand`. The distances of the
OR-Library's files (`pmedcap`, named `cpmp..` or `.txt` in a folder `group1`) are Euclidean and rounded down; those of
the others are Euclidean. A point that is a median serves itself.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.gap_files import FileError
from solver.pairs import Floats, Ints

CLOSE = 1e-9
"""A capacity may be passed by this part of it: floating point."""


@dataclass(frozen=True)
class CpmpInstance:
    """One problem: `place` is (points, 2), `capacity` and `demand` are (points,); p medians."""

    name: str
    p: int
    place: Floats
    capacity: Floats
    demand: Floats
    floor: bool

    @property
    def n(self) -> int:
        """Number of points."""
        return len(self.demand)

    def distance(self) -> Floats:
        """Return the distances between all points, (points, points)."""
        way = self.place[:, None, :] - self.place
        found: Floats = np.hypot(way[..., 0], way[..., 1])
        return np.floor(found) if self.floor else found


def read_cpmp(path: Path, *, floor: bool | None = None) -> CpmpInstance:
    """Read one file; the instance is named after the file, without its ending.

    Parameters
    ----------
    floor : bool, optional
        Whether distances are rounded down; by default where the file's name or folder says it is the OR-Library's.

    Raises
    ------
    FileError
        If a number is missing, left over, or out of range.
    OSError
        If the file cannot be read.
    """
    numbers = read_numbers(path)
    if len(numbers) < 2:
        raise FileError(f"{path}: ends where the numbers of points and medians should be")
    n, p = numbers[:2]
    if n != int(n) or p != int(p) or not 1 <= p <= n:
        raise FileError(f"{path}: {p:g} medians of {n:g} points: both must be whole, and 1 <= medians <= points")
    if len(numbers) != 2 + 4 * int(n):
        raise FileError(f"{path}: {len(numbers):,} numbers; {n:g} points need {2 + 4 * int(n):,}")
    table = np.array(numbers[2:]).reshape(int(n), 4)
    if (table[:, 2:] < 0).any():
        raise FileError(f"{path}: a capacity or a demand is below 0")
    if floor is None:
        floor = path.stem.startswith(("cpmp", "pmedcap")) or path.parent.name == "group1"
    return CpmpInstance(path.stem, int(p), table[:, :2], table[:, 2], table[:, 3], floor)


def read_numbers(path: Path) -> list[float]:
    """Return the numbers of a file, in turn.

    Raises
    ------
    FileError
        If something is not a number; with the line.
    """
    found = []
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except UnicodeDecodeError as fault:
        raise FileError(f"{path}: byte {fault.start + 1} is not plain text") from None
    for at, line in enumerate(lines, 1):
        for word in line.split():
            try:
                number = float(word)
            except ValueError:
                number = math.nan
            if not math.isfinite(number):
                raise FileError(f"{path}, line {at}: {word!r} is not a number")
            found.append(number)
    return found


@dataclass(frozen=True)
class CpmpVerdict:
    """What a check of an answer against its file finds: the cost of it, and what it breaks, in words."""

    cost: float
    broken: tuple[str, ...]

    @property
    def feasible(self) -> bool:
        """Whether nothing is broken."""
        return not self.broken


def check_cpmp(instance: CpmpInstance, median: Ints) -> CpmpVerdict:
    """Work out point by point what an answer costs and breaks.

    Parameters
    ----------
    median : (points,) array of int
        The median of each point, from 0.
    """
    if len(median) != instance.n or (median < 0).any() or (median >= instance.n).any():
        return CpmpVerdict(0.0, ("not every point has a median",))
    cost, load = 0.0, [0.0] * instance.n
    for i, j in enumerate(median.tolist()):
        (x, y), (u, v) = instance.place[i].tolist(), instance.place[j].tolist()
        way = math.hypot(x - u, y - v)
        cost += math.floor(way) if instance.floor else way
        load[j] += float(instance.demand[i])
    used = sorted(set(median.tolist()))
    broken = []
    if len(used) != instance.p:
        broken.append(f"{len(used)} medians are used, not {instance.p}")
    for j in used:
        capacity = float(instance.capacity[j])
        if load[j] > capacity + CLOSE * max(1.0, capacity):
            broken.append(f"median {j + 1} has {load[j]:g}, more than its capacity {capacity:g}")
        if int(median[j]) != j:
            broken.append(f"median {j + 1} does not serve itself")
    return CpmpVerdict(cost, tuple(broken))


def best_known(path: Path, name: str, value: str) -> Mapping[str, float]:
    """Read the best values known, by instance name, from two columns of a table.

    Raises
    ------
    FileError
        If a column is missing, or a value is not a number.
    """
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        if missing := {name, value} - set(table.fieldnames or ()):
            raise FileError(f"{path}: there is no column {', '.join(sorted(missing))}")
        found = {}
        for row in table:
            try:
                found[row[name]] = float(row[value])
            except ValueError:
                raise FileError(f"{path}, line {table.line_num}: no number in {value}") from None
    return found
