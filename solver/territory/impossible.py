"""What makes territories impossible at first sight: reasons, each a proof by itself, with their figures."""

from __future__ import annotations

import numpy as np
from scipy.sparse.csgraph import connected_components

from solver.pairs import Floats
from solver.territory.problem import CLOSE, Distances, Territories

Reason = dict[str, object]


def impossible(task: Territories) -> Reason | None:
    """Return an evident reason why no territories can be drawn: a code, the unit or the metric, and the amounts."""
    return _nowhere(task) or _too_large(task) or _totals(task) or _parts(task)


def _room(bound: Floats) -> Floats:
    return CLOSE * np.maximum(1.0, np.where(np.isfinite(bound), np.abs(bound), 0.0))


def _nowhere(task: Territories) -> Reason | None:
    """A unit that may be in no territory."""
    if isinstance(task.cost, Distances):
        return None
    barred = np.flatnonzero(~np.isfinite(task.cost).any(axis=1))
    return {"code": "unit_nowhere", "unit": int(barred[0]), "count": len(barred)} if len(barred) else None


def _too_large(task: Territories) -> Reason | None:
    """A unit that is more than any territory which it may be in can hold."""
    upper = task.upper + _room(task.upper)
    for m, amount in enumerate(task.amounts.T):
        large = np.flatnonzero(amount > upper[:, m].min())
        if not isinstance(task.cost, Distances):
            most = np.where(np.isfinite(task.cost[large]), upper[:, m], -np.inf).max(axis=1, initial=-np.inf)
        else:
            most = np.full(len(large), upper[:, m].max())
        large, most = large[amount[large] > most], most[amount[large] > most]
        if len(large):
            worst = int((amount[large] - most).argmax())
            figures = {"metric": m, "amount": float(amount[large[worst]]), "most": float(most[worst])}
            return {"code": "unit_too_large", "unit": int(large[worst]), **figures, "count": len(large)}
    return None


def _totals(task: Territories) -> Reason | None:
    """More, or less, in all than so many territories may hold."""
    for m, amount in enumerate(task.amounts.T):
        total = float(amount.sum())
        most = float(np.sort(task.upper[:, m])[::-1][: task.k].sum())
        least = float(np.maximum(np.sort(task.lower[:, m])[: task.k], 0.0).sum())
        room = 10 * CLOSE * max(1.0, abs(total))
        if total > most + room:
            return {"code": "too_little_room", "metric": m, "amount": total, "most": most}
        if total < least - room:
            return {"code": "too_little_to_share", "metric": m, "amount": total, "least": least}
    return None


def _parts(task: Territories) -> Reason | None:
    """A part of the map, without a way to the rest, that no whole number of territories fits."""
    if task.links is None:
        return None
    parts, part = connected_components(task.graph, directed=False)
    if parts == 1:
        return None
    if parts > task.k:
        return {"code": "too_many_parts", "parts": int(parts), "territories": task.k}
    lower, upper = task.lower.min(axis=0), task.upper.max(axis=0)
    for p in np.argsort(np.bincount(part), kind="stable"):
        units = np.flatnonzero(part == p)
        total = task.amounts[units].sum(axis=0)
        count = np.arange(1, task.k - parts + 2)[:, None]
        room = 10 * CLOSE * np.maximum(1.0, np.abs(total))
        fits = (count * lower <= total + room) & (total - room <= count * upper)
        if not fits.all(axis=1).any():
            m = int(np.argmin(fits.sum(axis=0)))
            figures = {"metric": m, "amount": float(total[m]), "lower": float(lower[m]), "upper": float(upper[m])}
            return {"code": "part_out_of_reach", "unit": int(units[0]), "units": len(units), **figures}
    return None
