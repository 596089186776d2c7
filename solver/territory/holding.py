"""Holding: which units can share a territory at all, by contiguity and bounds, whatever it costs.

A unit of much weight has few possible territories under a tight band: gathered one by one, they tell which units are
never, and which always, with it; what that leaves to the next unit is less again. Where nothing is left there is no
plan, and the unit says why (Validi, Buchanan & Lykhovyd 2022 fix by distances; here by the sets themselves, and by
whether the rest of the map still divides).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np

from solver.limits import Watch
from solver.pairs import Bools, Floats
from solver.territory.gathering import Ground, gather, ground_of, parts_fit, roomy, widest
from solver.territory.problem import Territories

STATES, FIRST_STATES = 100_000, 20_000
"""Rows spent on the territories of one unit, and the first time round."""
PATIENCE = 12
"""So many units in a row may have too many territories to look at, the heaviest first."""


@dataclass(frozen=True)
class Holding:
    """Which units can share a territory, and in whose territory each can be.

    Parameters
    ----------
    ground : Ground
    allowed : (units, candidates) array of bool
    reason : dict, optional
        Why there is no plan: the code and its figures.
    """

    ground: Ground
    allowed: Bools
    reason: dict[str, object] | None = None


def holding(task: Territories, watch: Watch) -> Holding:
    """Work out what no plan can do, from bounds, links and which pairs are allowed."""
    lower, upper = widest(task)
    ground = ground_of(task)
    together = _pairs(task, ground, upper)
    reason = None
    for states in (FIRST_STATES, STATES, STATES, STATES):
        before = int(together.sum())
        reason = _narrow(task, ground, together, lower, upper, states, watch)
        if reason is not None or (states == STATES and int(together.sum()) == before) or watch.stop():
            break
    allowed = allowed_pairs(task, together)
    return Holding(replace(ground, together=together), allowed, reason)


def allowed_pairs(task: Territories, together: Bools) -> Bools:
    """Return in whose territory each unit can be, (units, candidates)."""
    allowed: Bools = np.isfinite(task.matrix)
    allowed &= (task.amounts[:, None, :] <= roomy(task.upper)[None]).all(axis=2)
    if task.own is not None:
        allowed &= together[:, task.own]
        allowed &= allowed[task.own, np.arange(task.candidates)]
    return allowed


def _pairs(task: Territories, ground: Ground, upper: Floats) -> Bools:
    """Return which pairs fit into a territory, with a way between them that does too."""
    high = roomy(upper)
    together = np.ones((task.n, task.n), dtype=bool)
    for amount, most in zip(task.amounts.T, high.tolist(), strict=True):
        together &= amount[:, None] + amount <= most
    np.fill_diagonal(together, True)
    if task.links is None:
        return together
    near = [np.flatnonzero(row).tolist() for row in ground.near]
    for amount, most in zip(task.amounts.T.tolist(), high.tolist(), strict=True):
        for unit in range(task.n):
            together[unit] &= within(near, amount, unit, together[unit], most)
        together &= together.T
    return together


def within(near: list[list[int]], amount: list[float], start: int, allowed: Bools, most: float) -> Bools:
    """Return which units are reached over allowed ones with at most so much on the way, both ends included."""
    reached = np.zeros(len(amount), dtype=bool)
    heap = [(amount[start], start)]
    while heap:
        total, unit = heapq.heappop(heap)
        if reached[unit] or total > most:
            continue
        reached[unit] = True
        for other in near[unit]:
            if allowed[other] and not reached[other]:
                heapq.heappush(heap, (total + amount[other], other))
    return reached


def _narrow(
    task: Territories, ground: Ground, together: Bools, lower: Floats, upper: Floats, states: int, watch: Watch
) -> dict[str, object] | None:
    """Look at the territories of each unit, the heaviest first; change `together`; return why there is no plan."""
    part = np.where(np.isfinite(upper) & (upper > 0), upper, 1.0)
    weight = (task.amounts / part).max(axis=1, initial=0.0) + together.mean(axis=1) * -1e-3
    failed = 0
    for unit in np.argsort(-weight, kind="stable").tolist():
        now = replace(ground, together=together)
        found = gather(now, unit, together[unit], lower, upper, watch, most_states=states)
        if not found.complete:
            failed += 1
            if failed >= PATIENCE or watch.stop():
                return None
            continue
        failed = 0
        fits = parts_fit(ground.near, found.members, task.amounts, task.k - 1, lower, upper)
        members = found.members[fits]
        if not len(members):
            return _reason(task, ground, unit, watch)
        union, always = members.any(axis=0), members.all(axis=0)
        for other in np.flatnonzero(always):  # what is always with it has no other company either
            together[other] &= union
            together[:, other] &= union
    return None


def _reason(task: Territories, ground: Ground, unit: int, watch: Watch) -> dict[str, object]:
    """Return the record of a unit for which nothing is left.

    "no_territory": no set of units in one piece with it keeps to the bounds; "rest_divides_not": so many do, but what
    each of them leaves over is no whole number of territories; "territories_clash": all of them clash with what other
    units need.
    """
    lower, upper = widest(task)
    together = _pairs(task, ground, upper)
    found = gather(ground, unit, together[unit], lower, upper, watch, most_states=STATES)
    fitting = int(parts_fit(ground.near, found.members, task.amounts, task.k - 1, lower, upper).sum())
    code = "territories_clash"
    if found.complete and not fitting:
        code = "rest_divides_not" if len(found.members) else "no_territory"
    share = task.amounts[unit] / np.where(np.isfinite(upper) & (upper > 0), upper, np.inf)
    metric = int(np.argmax(share))
    figures = {"metric": metric, "amount": float(task.amounts[unit, metric])}
    bounds = {"lower": float(lower[metric]), "upper": float(upper[metric])}
    return {"code": code, "unit": unit, **figures, **bounds, "territories": len(found.members)}
