"""Draw territories: search for a plan at any size, prove what can be proved, and say which is which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from solver.limits import Limits, Progress, StoppedBy, Watch
from solver.pairs import Ints
from solver.result import OPTIMAL_GAP
from solver.territory.exact import exact
from solver.territory.impossible import Reason, impossible
from solver.territory.lagrangian import bound as lagrangian
from solver.territory.medians import medians_bound
from solver.territory.problem import Distances, Drawn, Territories, judge
from solver.territory.proof import prove
from solver.territory.search import Effort, Kept, Search

SMALL = 150
"""Units up to which exact methods are tried, with most of the time."""
PROVABLE = 1_250_000
"""Pairs of units and candidates up to which a bound is sought after the search."""
SHARES, SOON = (0.25, 0.65), (6.0, 2.0)
"""Part of the time for the search: of small problems, and of others for which a bound is sought; and its most seconds
for small ones, as exact methods do the rest: contiguous, and not, where these find plans soon."""
MODEL = 0.7
"""Part of what is left for one model of the whole, where a small problem has several metrics."""
CAUTION = 1e-9
"""Part of its size that a bound is lowered by, for what floating point may have got wrong."""


class JudgeError(AssertionError):
    """The search returned territories that the judge rejects: a bug of ours, and never a plan."""


def draw(
    task: Territories,
    limits: Limits,
    *,
    listen: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    start: Ints | None = None,
) -> Drawn:
    """Draw territories of any number and size.

    The search finds a plan. Of up to 150 units exact methods go on from there; of more, with free centres, a Lagrangian
    bound follows, whose steps are simpler from some 1,100 units and candidates on. With given centres the bound is
    that of the prices.

    Parameters
    ----------
    task : Territories
    limits : Limits
    listen : callable, optional
        Called with each `Progress`; incumbent and bound are costs here, and the bound is the smaller one.
    cancelled : callable, optional
        Asked now and then; once it says True the best plan so far is returned.
    start : (units,) array of int, optional
        The candidate in whose territory each unit is, to begin with; -1 where that is not known.

    Returns
    -------
    Drawn
        "infeasible" only where that is proved. With "no_plan_found" the reason says which bounds the nearest plan
        misses, and by how much.

    Raises
    ------
    JudgeError
        If a plan fails the judge.
    ValueError
        If the start is for another number of units.
    """
    if start is not None and len(start) != task.n:
        raise ValueError(f"the start is for {len(start)} units, not {task.n}")
    watch = Watch(limits, listen, cancelled)
    if reason := impossible(task):
        return Drawn("infeasible", None, np.inf, np.inf, "proof", "evident", reason)
    provable = task.n * task.candidates <= PROVABLE
    effort = Effort(watch)
    soon = SOON[0 if task.links is not None or task.placed else 1]
    small = min(SHARES[0], soon / max(watch.left(), soon)) if limits.work is None else SHARES[0]
    share = small if task.n <= SMALL else SHARES[1]
    search = Search(task, effort.part(share) if task.n <= SMALL or not task.placed else effort)
    search.run(start)
    bound = max(_least(task), _lowered(search.bound))
    best = Drawn("no_plan_found", None, np.inf, bound, watch.stop() or "work", "search")
    if search.best is not None:
        best = replace(best, status="feasible", centre=search.best.centre, cost=search.best.total)
    near = search.best or search.nearest
    if task.n <= SMALL and task.amounts.shape[1] > 1 and near is not None and _open(best, watch):
        best = _better(best, prove(task, watch.part(MODEL), search.terrain, near))
    work = np.inf if limits.work is None else max(limits.work - search.effort.spent, 0.0)
    if task.n <= SMALL and provable and _open(best, watch):
        best = _better(best, exact(task, watch, best.centre))
    elif provable and not task.placed and _open(best, watch):
        best = replace(best, bound=max(best.bound, _lowered(lagrangian(task, watch, best.cost, work)[0])))
    elif not task.placed and near is not None and _open(best, watch):
        best = replace(best, bound=max(best.bound, _lowered(medians_bound(task, watch, near.seat, best.cost, work))))
    return _judged(task, best, search, watch)


def _least(task: Territories) -> float:
    """Return what no territories can cost less than, at a glance: each unit where it is cheapest."""
    if isinstance(task.cost, Distances):
        return 0.0 if (task.cost.weight >= 0).all() else -np.inf
    return _lowered(float(task.cost.min(axis=1).sum()))


def _lowered(bound: float) -> float:
    return bound - CAUTION * max(1.0, abs(bound)) if np.isfinite(bound) else bound


def _open(best: Drawn, watch: Watch) -> bool:
    """Tell whether something is left to prove, and time for it."""
    return best.status != "infeasible" and not watch.stop() and best.gap > max(watch.limits.gap, OPTIMAL_GAP)


def _better(one: Drawn, other: Drawn) -> Drawn:
    """Return the better plan of two with the better bound: what is infeasible for one is so for both."""
    if other.status == "infeasible" and one.centre is None:
        return other
    best = other if other.centre is not None and other.cost <= one.cost else one
    bound = max(one.bound, _lowered(other.bound)) if other.status != "infeasible" else best.cost
    return replace(best, bound=bound)


def _judged(task: Territories, best: Drawn, search: Search, watch: Watch) -> Drawn:
    """Have the plan judged, and say what is proved of it."""
    if best.status == "infeasible":
        return best
    stopped: StoppedBy = watch.stop() or "work"
    if best.centre is None:
        return replace(best, stopped_by=stopped, reason=_short(task, search.nearest))
    verdict = judge(task, best.centre)
    if not verdict.feasible:
        raise JudgeError(f"the territories break what is asked: {verdict.faults[:5]}")
    best = replace(best, status="feasible", cost=verdict.cost, bound=min(best.bound, verdict.cost), reason=None)
    if best.gap <= OPTIMAL_GAP:
        return replace(best, status="optimal", stopped_by="proof")
    return replace(best, stopped_by="gap" if best.gap <= watch.limits.gap else stopped)


def _short(task: Territories, nearest: Kept | None) -> Reason:
    """Say what the nearest plan misses: its territories outside their bounds, and budgets overspent."""
    if nearest is None:
        return {"code": "stopped_early"}
    faults = judge(task, nearest.centre).faults
    return {"code": "bounds_missed", "missing": nearest.missing, "faults": list(faults)}
