"""Moves of single units between neighbouring territories, with missed bounds as a penalty that grows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solver.pairs import Floats, Ints
from solver.territory.contiguity import attach, removable, severed
from solver.territory.division import Division

EVEN = 5.0
"""Rise of the penalty near a bound, while loads are evened out."""
GROWTH = 2.0
"""Factor by which the penalty grows while bounds are missed."""
MOST_TESTED = 40
"""Exchanges, the best first, of which it is looked at whether all stays in one piece."""
MOST_EXCHANGES = 2_000_000
"""Pairs of moves that are looked at together."""
MOST_SHOVES = 30
"""Moves of several units at once, at most, before the penalty grows."""
ROUNDS = 6
"""Most times that it grows."""


def descend(division: Division, stop: Callable[[], bool]) -> None:
    """Make moves that gain value until there is none; each pass moves at most one unit per territory."""
    while not stop():
        units, to = division.steps()
        gain = division.gains(units, to)
        good = np.flatnonzero(gain > 1e-9 * max(abs(division.weight), 1e-12))
        good = good[np.argsort(-gain[good], kind="stable")]
        touched, moved = set(), False
        tested: dict[int, bool] = {}
        spent = bool(division.task.budgets)
        for u, t in zip(units[good].tolist(), to[good].tolist(), strict=True):
            here = int(division.place[u])
            if here in touched or t in touched:
                continue
            if u not in tested:
                tested[u] = removable(division, u)
            if not tested[u]:
                continue
            if moved and spent and division.gains(np.array([u]), np.array([t]))[0] <= 0:
                continue  # what earlier moves of this pass left of a budget is too little
            division.move(u, t)
            touched |= {here, t}
            moved = True
        if not moved:
            return


def shove(division: Division) -> bool:
    """Make the best move of a unit with all that hangs on it, where bounds are missed; tell whether any gains."""
    missed = division.missed(division.loads, np.arange(division.task.k))
    units, to = division.steps()
    look = (missed[division.place[units]] > 0) | (missed[to] > 0)
    best, chosen, groups = 1e-9 * abs(division.weight), None, dict[int, list[int]]()
    for u, t in zip(units[look].tolist(), to[look].tolist(), strict=True):
        if u not in groups:
            groups[u] = severed(division, u)
        gain = division.gain_of(np.array(groups[u]), t) if len(groups[u]) > 1 else -np.inf
        if gain > best:
            best, chosen = gain, (groups[u], t)
    if chosen is None:
        return False
    for u in chosen[0]:
        division.move(u, chosen[1])
    return True


def exchange(division: Division) -> bool:
    """Make the best two moves at once, one out of a territory and one into it, where bounds are missed.

    Returns
    -------
    bool
        Whether two were found that gain.
    """
    units, to = division.steps()
    here = division.place[units]
    missed = division.missed(division.loads, np.arange(division.task.k))
    for t in np.argsort(-missed, kind="stable").tolist():
        if missed[t] <= 0:
            return False
        out, into = np.flatnonzero(here == t), np.flatnonzero(to == t)
        if not len(out) or not 0 < len(out) * len(into) <= MOST_EXCHANGES:
            continue
        gain = _gain_of_both(division, t, units[out], to[out], units[into], here[into])
        best = np.argsort(-gain, axis=None, kind="stable")[:MOST_TESTED]
        for i, j in zip(*np.unravel_index(best, gain.shape), strict=True):
            if gain[i, j] <= 1e-9 * abs(division.weight):
                break
            if _made(division, [(int(units[out[i]]), int(to[out[i]])), (int(units[into[j]]), t)]):
                return True
    return False


def _gain_of_both(division: Division, t: int, out: Ints, to: Ints, into: Ints, came: Ints) -> Floats:
    """Return how much value each pair of moves takes off, (moves out, moves in), budgets not looked at."""
    task, loads, missed = division.task, division.loads, division.missed
    now = missed(loads, np.arange(task.k))
    gives, takes = task.amounts[out], task.amounts[into]
    cost = (
        (division.cost[out, to] - division.cost[out, t])[:, None] + division.cost[into, t] - division.cost[into, came]
    )
    both = gives[:, None] - takes
    after = missed(loads[t] - both, np.full(both.shape[:2], t)) - now[t]
    apart = (missed(loads[to] + gives, to) - now[to])[:, None] + missed(loads[came] - takes, came) - now[came]
    swap = missed(loads[to][:, None] + both, np.broadcast_to(to[:, None], both.shape[:2])) - now[to][:, None]
    after += np.where(to[:, None] == came, swap, apart)
    gain: Floats = -(cost + division.weight * after)
    return np.where(np.isfinite(gain), gain, -np.inf)


def _made(division: Division, moves: list[tuple[int, int]]) -> bool:
    """Make moves in one order or the other, if all stays in one piece and value is gained; tell whether they were."""
    value = division.value
    for order in (moves, moves[::-1]):
        back = []
        for u, to in order:
            near = division.task.links is None or any(division.place[v] == to for v in division.terrain.neighbours[u])
            if not near or not removable(division, u):
                break
            back.append((u, int(division.place[u])))
            division.move(u, to)
        if len(back) == len(order) and division.value < value - 1e-9 * max(abs(value), 1e-12):
            return True
        for u, here in reversed(back):
            division.move(u, here)
    return False


def mend(division: Division, stop: Callable[[], bool]) -> None:
    """Connect the territories, then move units, with a growing penalty, until no bound is missed or that fails."""
    attach(division)
    descend(division, stop)
    for _ in range(ROUNDS):
        if division.missing <= 0 or stop():
            return
        division.even = EVEN
        descend(division, stop)
        division.even = 0.0
        for _ in range(MOST_SHOVES):
            if stop() or not division.missing or not (exchange(division) or shove(division)):
                break
            descend(division, stop)
        division.weight *= GROWTH
        descend(division, stop)
