"""Contiguity: may a unit leave its territory without cutting it, and where do cut-off units go."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solver.pairs import Ints
from solver.territory.division import Division


def removable(division: Division, unit: int) -> bool:
    """Tell whether a territory stays in one piece without a unit (which is not its centre's own)."""
    if division.task.links is None:
        return True
    near, place = division.terrain.neighbours, division.place
    if any(place[v] == place[unit] for v in near[unit]):
        return whole_without(near, place, unit)
    return int(division.size[place[unit]]) > 1


def whole_without(near: list[list[int]], place: Sequence[int] | Ints, unit: int) -> bool:
    """Tell whether the neighbours that a unit has in its territory are still connected there without it.

    Parameters
    ----------
    near : list of list of int
        The neighbours of each unit.
    place : (units,) sequence of int
        The territory of each unit.
    """
    here = place[unit]
    own = [u for u in near[unit] if place[u] == here]
    if len(own) <= 1:
        return True
    missing = set(own[1:])
    seen, queue = {unit, own[0]}, [own[0]]
    for reached in queue:
        for other in near[reached]:
            if other not in seen and place[other] == here:
                seen.add(other)
                if other in missing:
                    missing.discard(other)
                    if not missing:
                        return True
                queue.append(other)
    return False


def severed(division: Division, unit: int) -> list[int]:
    """Return a unit with all that its leaving would cut off from the centre of its territory."""
    task, place = division.task, division.place
    here = int(place[unit])
    if task.links is None or task.own is None:
        return [unit]
    near = division.terrain.neighbours
    start = int(task.own[division.seat[here]])
    seen, queue = {unit, start}, [start]
    for reached in queue:
        for other in near[reached]:
            if other not in seen and place[other] == here:
                seen.add(other)
                queue.append(other)
    return [unit, *(u for u in np.flatnonzero(place == here).tolist() if u not in seen)]


def attach(division: Division) -> None:
    """Give cut-off units to neighbouring territories, one by one where it costs least, until none is left.

    Units that no territory can reach stay where they are.
    """
    loose = division.scattered()
    if not len(loose):
        return
    near = division.terrain.neighbours
    place = division.place.copy()
    place[loose] = -1
    open_units = set(loose.tolist())
    ready = {u for u in open_units if any(place[v] >= 0 for v in near[u])}
    loads = division.loads.copy()
    for t, amount in zip(division.place[loose].tolist(), division.task.amounts[loose], strict=True):
        loads[t] -= amount
    while ready:
        best, chosen = np.inf, None
        for u in sorted(ready):
            to = np.unique([place[v] for v in near[u] if place[v] >= 0])
            after = division.missed(loads[to] + division.task.amounts[u], to) - division.missed(loads[to], to)
            price = division.cost[u, to] + division.weight * after
            k = int(price.argmin())
            if price[k] < best:
                best, chosen = float(price[k]), (u, int(to[k]))
        if chosen is None:
            break
        u, t = chosen
        place[u] = t
        loads[t] += division.task.amounts[u]
        open_units.discard(u)
        ready.discard(u)
        ready |= {v for v in near[u] if v in open_units}
    rest = np.array(sorted(open_units), dtype=np.int64)
    place[rest] = division.place[rest]
    division.assign(place)
