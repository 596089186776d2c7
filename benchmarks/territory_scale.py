"""Territories of many units, and again a quarter later: `python -m benchmarks.territory_scale --units N`.

Units are points drawn at random in a square, with two metrics that vary as sales do (log-normal); neighbours are those
of the Delaunay graph (`--apart`: no neighbours are asked for). First as many territories are drawn as asked for, both
metrics within a tolerance of the mean, the value-weighted distance to the centres the least. A quarter later two reps
leave, three join at units drawn at random, and no more than a part of the value may move, what the two leave included.

Prints one JSON line for each of the two, with the most memory used so far. Exit code 1 if an answer does not hold.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.spatial import Delaunay

from solver import Limits
from solver.pairs import Floats, Ints
from solver.territory.draw import draw
from solver.territory.problem import Budget, Distances, Drawn, Territories, judge

LEAVE, JOIN = 2, 3


def made(units: int, territories: int, *, tolerance: float, seed: int, linked: bool) -> Territories:
    """Return random units, any of which may be a centre."""
    rng = np.random.default_rng(seed)
    place = rng.random((units, 2))
    amounts = rng.lognormal(0.0, 1.0, (units, 2))
    links = None
    if linked:
        first, beside = Delaunay(place).vertex_neighbor_vertices
        ends = np.stack([np.repeat(np.arange(units), np.diff(first)), beside], axis=1)
        links = ends[ends[:, 0] < ends[:, 1]].astype(np.int64)
    lower, upper = _bounds(amounts, territories, units, tolerance)
    cost = Distances(place, place, amounts[:, 0])
    return Territories(cost, amounts, lower, upper, territories, links=links, own=np.arange(units))


def _bounds(amounts: Floats, territories: int, candidates: int, tolerance: float) -> tuple[Floats, Floats]:
    mean = amounts.sum(axis=0) / territories
    return np.tile((1 - tolerance) * mean, (candidates, 1)), np.tile((1 + tolerance) * mean, (candidates, 1))


def a_quarter_later(task: Territories, centre: Ints, *, tolerance: float, share: float, seed: int) -> Territories:
    """Return the territories of who is there next quarter, given today's.

    Parameters
    ----------
    centre : (units,) array of int
        The unit at the centre of each unit's territory today.
    share : float
        Part of the value that may move.
    """
    assert isinstance(task.cost, Distances)
    rng = np.random.default_rng(seed)
    today = np.unique(centre)
    gone = rng.choice(today, LEAVE, replace=False)
    new = rng.choice(np.setdiff1d(np.arange(task.n), today), JOIN, replace=False)
    seats = np.concatenate([np.setdiff1d(today, gone), new])
    index = np.full(task.n, -1, dtype=np.int64)
    index[seats] = np.arange(len(seats))
    lower, upper = _bounds(task.amounts, len(seats), len(seats), tolerance)
    value = task.amounts[:, 0]
    room = share * float(value.sum()) - float(value[np.isin(centre, gone)].sum())
    return Territories(
        replace(task.cost, candidates=task.cost.candidates[seats]),
        task.amounts,
        lower,
        upper,
        len(seats),
        links=task.links,
        own=seats,
        before=index[centre],
        budgets=(Budget(value, room),),
    )


def told(name: str, task: Territories, drawn: Drawn, seconds: float) -> bool:
    """Print what was drawn, judged anew; tell whether it holds."""
    verdict = None if drawn.centre is None else judge(task, drawn.centre)
    row = {
        "instance": name,
        "status": drawn.status,
        "objective": None if verdict is None else verdict.cost,
        "bound": drawn.bound if np.isfinite(drawn.bound) else None,
        "gap": None if drawn.centre is None or not np.isfinite(drawn.bound) else drawn.gap,
        "seconds": round(seconds, 1),
        "feasible": verdict is not None and verdict.feasible,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    if task.before is not None and drawn.centre is not None:
        value = task.amounts[:, 0]
        row["value_moved"] = float(value[drawn.centre != task.before].sum() / value.sum())
    print(json.dumps(row), flush=True)
    return verdict is None or (verdict.feasible and drawn.bound <= verdict.cost + 1e-6 * max(1.0, abs(verdict.cost)))


def main(arguments: Sequence[str]) -> int:
    """Draw, and draw again; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.territory_scale", description="Territories at scale.")
    parser.add_argument("--units", type=int, default=40_000)
    parser.add_argument("--territories", type=int, default=400)
    parser.add_argument("--tolerance", type=float, default=0.1)
    parser.add_argument("--time-limit", type=float, default=300.0, help="seconds for the first drawing")
    parser.add_argument("--quarter-limit", type=float, default=120.0, help="seconds for the second")
    parser.add_argument("--share", type=float, default=0.15, help="part of the value that may move")
    parser.add_argument("--apart", action="store_true", help="territories need not be in one piece")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    name = f"{options.units}x{options.territories}" + ("-apart" if options.apart else "")
    task = made(
        options.units, options.territories, tolerance=options.tolerance, seed=options.seed, linked=not options.apart
    )
    began = time.perf_counter()
    first = draw(task, Limits(time=options.time_limit, seed=options.seed))
    good = told(name, task, first, time.perf_counter() - began)
    if first.centre is None:
        return 0 if good else 1
    later = a_quarter_later(task, first.centre, tolerance=options.tolerance, share=options.share, seed=options.seed)
    began = time.perf_counter()
    second = draw(later, Limits(time=options.quarter_limit, seed=options.seed))
    return 0 if told(name + "-quarter", later, second, time.perf_counter() - began) and good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
