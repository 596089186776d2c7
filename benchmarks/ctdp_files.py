"""Published commercial territory design problems: the file format, and a check that knows no solver.

    choose p of n units as centres, and draw a connected territory around each
    minimise    the sum of the Euclidean distances from each unit to its centre
    subject to  every activity of every territory within a tolerance of the mean over the territories

(Rios-Mercado & Fernandez 2009.) A file holds numbers between blanks: `n`; for each unit `id x y`, three activities and
one more number; `m`; m edges `a b`; then `p`, a second parameter, and a tolerance for each activity; what follows
(familiarity of units and territories) is not part of this problem.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.cpmp_files import CLOSE, CpmpVerdict, read_numbers
from benchmarks.gap_files import FileError
from solver.pairs import Floats, Ints

ACTIVITIES = 3


@dataclass(frozen=True)
class CtdpInstance:
    """One problem: `place` is (units, 2), `activity` (units, 3), `edges` (edges, 2), `tolerance` (3,)."""

    name: str
    p: int
    place: Floats
    activity: Floats
    edges: Ints
    tolerance: Floats

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.place)

    def bounds(self) -> tuple[Floats, Floats]:
        """Return the least and the most that a territory may have of each activity, (3,) each."""
        mean = self.activity.sum(axis=0) / self.p
        return (1 - self.tolerance) * mean, (1 + self.tolerance) * mean

    def distance(self) -> Floats:
        """Return the distances between all units, (units, units)."""
        way = self.place[:, None, :] - self.place
        found: Floats = np.hypot(way[..., 0], way[..., 1])
        return found


def read_ctdp(path: Path) -> CtdpInstance:
    """Read one file; the instance is named after the file, without its ending.

    Raises
    ------
    FileError
        If a number is missing or out of range.
    OSError
        If the file cannot be read.
    """
    numbers = read_numbers(path)
    at = 0

    def take(count: int, what: str) -> Floats:
        nonlocal at
        if at + count > len(numbers):
            raise FileError(f"{path}: ends after {len(numbers):,} numbers, where {what} should be")
        at += count
        return np.array(numbers[at - count : at])

    def whole(what: str, least: int) -> int:
        number = float(take(1, what)[0])
        if number != int(number) or number < least:
            raise FileError(f"{path}: {what} must be a whole number of at least {least}, not {number:g}")
        return int(number)

    n = whole("the number of units", 1)
    units = take(7 * n, f"{n} units").reshape(n, 7)
    if sorted(units[:, 0].tolist()) != list(range(n)):
        raise FileError(f"{path}: the units must be numbered from 0 to {n - 1}")
    units = units[np.argsort(units[:, 0])]
    m = whole("the number of edges", 0)
    edges = take(2 * m, f"{m} edges").reshape(m, 2)
    if (m and (edges != np.rint(edges)).any()) or (m and not ((edges >= 0) & (edges < n)).all()):
        raise FileError(f"{path}: an edge is not between two units from 0 to {n - 1}")
    p = whole("the number of territories", 1)
    if p > n:
        raise FileError(f"{path}: {p} territories of {n} units")
    take(1, "the second parameter")
    tolerance = take(ACTIVITIES, "the tolerances")
    if (tolerance < 0).any() or (units[:, 3:6] < 0).any():
        raise FileError(f"{path}: a tolerance or an activity is below 0")
    return CtdpInstance(path.stem, p, units[:, 1:3], units[:, 3:6], edges.astype(np.int64), tolerance)


def check_ctdp(instance: CtdpInstance, centre: Ints) -> CpmpVerdict:
    """Work out unit by unit what an answer costs and breaks.

    Parameters
    ----------
    centre : (units,) array of int
        The centre of each unit, a unit itself.
    """
    if len(centre) != instance.n or (centre < 0).any() or (centre >= instance.n).any():
        return CpmpVerdict(0.0, ("not every unit has a centre",))
    cost = sum(math.dist(instance.place[i].tolist(), instance.place[j].tolist()) for i, j in enumerate(centre.tolist()))
    near: dict[int, list[int]] = {i: [] for i in range(instance.n)}
    for a, b in instance.edges.tolist():
        near[a].append(b)
        near[b].append(a)
    used = sorted(set(centre.tolist()))
    broken = [] if len(used) == instance.p else [f"{len(used)} territories are drawn, not {instance.p}"]
    lower, upper = instance.bounds()
    for j in used:
        units = {i for i, c in enumerate(centre.tolist()) if c == j}
        if j not in units:
            broken.append(f"centre {j} is not in its territory")
        for a in range(ACTIVITIES):
            load = sum(float(instance.activity[i, a]) for i in sorted(units))
            room = CLOSE * max(1.0, float(upper[a]))
            if not lower[a] - room <= load <= upper[a] + room:
                broken.append(f"territory {j} has {load:g} of activity {a + 1}, outside {lower[a]:g} to {upper[a]:g}")
        queue = [min(units)]
        seen = set(queue)
        for u in queue:
            fresh = [v for v in near[u] if v in units and v not in seen]
            seen.update(fresh)
            queue += fresh
        if seen != units:
            broken.append(f"territory {j} is not connected")
    return CpmpVerdict(cost, tuple(broken))
