"""Published districting problems: the file format, and a check that knows no solver.

    divide the units of a map into k districts, each around one of its units
    minimise    sum of population[i] (km[i, centre of i] / 1000)^2
    subject to  the population of each district is from L to U
                each district is in one piece (unless that is left aside)

A file is a JSON object: `name`, `state`, `k`, `L`, `U`, `nodes` with a `population` each, `edges` of two nodes (and
what follows), and `distance_km`, or else `x` and `y` of each node in metres, whose distance is rounded to
whole kilometres
(Validi, Buchanan & Lykhovyd, "Imposing contiguity constraints in political districting models").
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gap_files import FileError
from solver.pairs import Floats, Ints


@dataclass(frozen=True)
class DistrictingInstance:
    """One problem: `population` is (units,), `kilometres` (units, units), `edges` (edges, 2)."""

    name: str
    state: str
    k: int
    lower: int
    upper: int
    population: Ints
    kilometres: Floats
    edges: Ints
    labels: tuple[str, ...]

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.population)

    def cost(self) -> Floats:
        """Return what each unit costs with each centre, (units, units)."""
        found: Floats = self.population[:, None] * (self.kilometres / 1000.0) ** 2
        return found


def read_districting(path: Path) -> DistrictingInstance:
    """Read one file.

    Raises
    ------
    FileError
        If something is missing, of the wrong kind or size, or out of range.
    OSError
        If the file cannot be read.
    """
    try:
        data = json.loads(path.read_bytes())
        nodes = data["nodes"]
        edges = np.array([[int(a), int(b)] for a, b, *_ in data["edges"]], dtype=np.int64).reshape(-1, 2)
        population = np.array([int(node["population"]) for node in nodes], dtype=np.int64)
        kilometres = _kilometres(data, nodes)
        name, state = str(data["name"]), str(data.get("state", data["name"]))
        labels = tuple(str(node.get("name", node.get("geoid", at))) for at, node in enumerate(nodes))
        instance = DistrictingInstance(
            name, state, int(data["k"]), int(data["L"]), int(data["U"]), population, kilometres, edges, labels
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as fault:
        words = f"{fault} is missing" if isinstance(fault, KeyError) else str(fault)
        raise FileError(f"{path}: {words}") from None
    n = instance.n
    if not n or kilometres.shape != (n, n) or not np.isfinite(kilometres).all():
        raise FileError(f"{path}: {n} units, and distances of {' x '.join(map(str, kilometres.shape))}")
    if edges.size and (edges.min() < 0 or edges.max() >= n):
        raise FileError(f"{path}: an edge has a unit that is not one of the {n}")
    if population.min() < 0 or not 1 <= instance.k <= n or not 0 <= instance.lower <= instance.upper:
        raise FileError(f"{path}: populations must be at least 0, 1 <= k <= {n} and 0 <= L <= U")
    return instance


def _kilometres(data: Mapping[str, Any], nodes: list[dict[str, Any]]) -> Floats:
    if "distance_km" in data:
        return np.array(data["distance_km"], dtype=np.float64)
    place = np.array([[float(node["x"]), float(node["y"])] for node in nodes])
    way = place[:, None, :] - place
    found: Floats = np.rint(np.hypot(way[..., 0], way[..., 1]) / 1000.0)
    return found


@dataclass(frozen=True)
class DistrictingVerdict:
    """What a check of an answer against its file finds: the cost of it, and what it breaks, in words."""

    cost: float
    broken: tuple[str, ...]

    @property
    def feasible(self) -> bool:
        """Whether nothing is broken."""
        return not self.broken


def check_districting(instance: DistrictingInstance, centre: Ints, *, contiguous: bool) -> DistrictingVerdict:
    """Work out unit by unit what an answer costs and breaks.

    Parameters
    ----------
    centre : (units,) array of int
        The unit that is the centre of each unit's district.
    contiguous : bool
        Whether districts have to be in one piece.
    """
    chosen = centre.tolist()
    if len(chosen) != instance.n or not all(0 <= j < instance.n for j in chosen):
        return DistrictingVerdict(0.0, ("not every unit has a centre",))
    cost = math.fsum(
        int(instance.population[i]) * (float(instance.kilometres[i, j]) / 1000.0) ** 2 for i, j in enumerate(chosen)
    )
    near: dict[int, set[int]] = {i: set() for i in range(instance.n)}
    for a, b in instance.edges.tolist():
        near[a].add(b)
        near[b].add(a)
    broken = []
    used = sorted(set(chosen))
    if len(used) != instance.k:
        broken.append(f"{len(used)} districts, not {instance.k}")
    for j in used:
        district = {i for i in range(instance.n) if chosen[i] == j}
        total = sum(int(instance.population[i]) for i in district)
        if not instance.lower <= total <= instance.upper:
            broken.append(f"the district of {j} has {total:,}, not {instance.lower:,} to {instance.upper:,}")
        if j not in district:
            broken.append(f"unit {j} is the centre of a district, and in another")
        if contiguous and len(_reached(near, district)) < len(district):
            broken.append(f"the district of {j} is not in one piece")
    return DistrictingVerdict(cost, tuple(broken))


def _reached(near: Mapping[int, set[int]], district: set[int]) -> set[int]:
    start = min(district)
    seen, queue = {start}, [start]
    for unit in queue:
        for other in (near[unit] & district) - seen:
            seen.add(other)
            queue.append(other)
    return seen


def best_known(path: Path, *, contiguous: bool) -> Mapping[str, float]:
    """Read the known optima by state, from a table with a column `state`; states without a plan are left out.

    Raises
    ------
    FileError
        If a column is missing.
    """
    column = "recomputed_contiguous" if contiguous else "recomputed_without"
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        if missing := {"state", column} - set(table.fieldnames or ()):
            raise FileError(f"{path}: there is no column {', '.join(sorted(missing))}")
        return {row["state"]: float(row[column]) for row in table if row[column]}
