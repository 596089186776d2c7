"""Exact territories of moderate size: proved to be the best, or proved to be impossible, with the reason.

First what units cannot share a territory at all (holding.py); then prices, which prove a bound and rule out pairs
(lagrangian.py); then whole territories (whole.py); and where these are too many, the Hess model with separators
added until every territory is in one piece (rounds.py).
"""

from __future__ import annotations

import numpy as np

from solver.limits import Watch
from solver.pairs import Ints
from solver.territory.holding import holding
from solver.territory.impossible import impossible
from solver.territory.lagrangian import penalties, relaxed
from solver.territory.problem import Drawn, Territories, judge
from solver.territory.rounds import Rounds
from solver.territory.whole import Sharp, whole

MOST_PAIRS = 20_000
"""Pairs of units and candidates that prices leave open, up to which a proof is searched for."""
WHOLE_PART = 0.5
"""Part of the time for whole territories, at most."""
HAIR = 1e-9


def exact(task: Territories, watch: Watch, start: Ints | None = None) -> Drawn:
    """Draw the best territories, and prove it, or that there are none.

    Parameters
    ----------
    task : Territories
        Of moderate size: up to some 100 units and candidates; of more, often only a bound comes.
    watch : Watch
    start : (units,) array of int, optional
        The candidate in whose territory each unit is in a plan to begin with; what breaks a bound is of no use.

    Returns
    -------
    Drawn
        "infeasible" only where that is proved. Where no unit alone says why, the reason has the code "search".
    """
    reason = impossible(task)
    if reason is not None:
        return Drawn("infeasible", None, np.inf, np.inf, "proof", "evident", reason)
    centre, best = _usable(task, start)
    held = holding(task, watch)
    if held.reason is not None:
        return Drawn("infeasible", None, np.inf, np.inf, "proof", "holding", held.reason)
    prices = relaxed(task, held.allowed, watch, best)
    watch.tell("prices", None if centre is None else best, prices.bound)
    bound, method = prices.bound, "prices"
    if int((held.allowed & (penalties(task, held.allowed, prices) <= best + HAIR * abs(best))).sum()) > MOST_PAIRS:
        return _drawn(task, watch, centre, bound, method, False)
    sharp: Sharp | None = None
    if np.isfinite(bound) and task.links is not None and not task.budgets:  # others are too many to gather
        method = "whole territories"
        found = whole(task, held, prices, watch.part(WHOLE_PART), best)
        bound, sharp = max(bound, found.bound), found.sharp
        centre = found.centre if found.centre is not None else centre
        if found.proved:
            return _drawn(task, watch, centre, bound, method, True)
    if np.isfinite(bound) and not watch.stop():
        method = "separators"
        rounds = Rounds(task, held, prices, watch, centre, bound, sharp)
        proved = rounds.run()
        return _drawn(task, watch, rounds.centre, rounds.bound, method, proved)
    return _drawn(task, watch, centre, bound, method, not np.isfinite(bound))


def _usable(task: Territories, start: Ints | None) -> tuple[Ints | None, float]:
    """Return a start and its cost if it is a plan."""
    if start is None or (start < 0).any():
        return None, np.inf
    verdict = judge(task, start)
    return (start, verdict.cost) if verdict.feasible else (None, np.inf)


def _drawn(task: Territories, watch: Watch, centre: Ints | None, bound: float, method: str, proved: bool) -> Drawn:
    """Return what is known at the end; a bound is never above the cost of a plan."""
    stopped = "proof" if proved else watch.stop() or "work"
    if centre is None:
        if not np.isfinite(bound):
            return Drawn("infeasible", None, np.inf, np.inf, "proof", method, {"code": "search"})
        return Drawn("no_plan_found", None, np.inf, bound, stopped, method)
    cost = judge(task, centre).cost
    bound = cost if proved else min(bound, cost)
    status = "optimal" if proved or cost - bound <= HAIR * max(1.0, abs(cost)) else "feasible"
    return Drawn(status, centre, cost, bound, "proof" if status == "optimal" else stopped, method)
