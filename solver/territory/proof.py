"""One model of a whole small problem, with separators added until its territories are connected."""

from __future__ import annotations

import numpy as np

from solver.limits import Watch
from solver.territory.division import Division, Terrain
from solver.territory.problem import Drawn, Territories, judge
from solver.territory.redivide import Region
from solver.territory.search import Kept

ROUNDS = 1_000
"""Times that the model is solved, at most, each with more separators."""
NODES = 200
"""Nodes of branch and bound that count as a unit of work."""


def prove(task: Territories, watch: Watch, terrain: Terrain, near: Kept) -> Drawn:
    """Solve the model of all units and candidates.

    It is strong where several metrics bind: there territories are hard to list one by one.

    Parameters
    ----------
    near : Kept
        Any division; it need not be feasible.
    """
    division = Division(terrain, near.seat, near.place, 1.0)
    seats = None if task.k == task.candidates else np.arange(task.candidates)
    region = Region(division, np.arange(task.k), seats, whole=True)
    work = watch.limits.work
    nodes = None if work is None else max(1, int(NODES * work))
    found = region.solve(watch.left(), nodes, watch.limits.gap, ROUNDS)
    stopped = "proof" if found.proved else watch.stop() or "work"
    if found.bound == np.inf:
        return Drawn("infeasible", None, np.inf, np.inf, "proof", "model", {"code": "search"})
    if found.place is None:
        return Drawn("no_plan_found", None, np.inf, found.bound, stopped, "model")
    centre = found.seats[found.place]
    verdict = judge(task, centre)
    if not verdict.feasible:  # by what whole numbers hide
        return Drawn("no_plan_found", None, np.inf, found.bound, watch.stop() or "work", "model")
    return Drawn("feasible", centre, verdict.cost, found.bound, stopped, "model")
