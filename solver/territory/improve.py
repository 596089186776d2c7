"""Moves of single units between neighbouring territories, with missed bounds as a penalty that grows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solver.territory.contiguity import attach, removable, severed
from solver.territory.division import Division

EVEN = 5.0
"""Rise of the penalty near a bound, while loads are evened out."""
GROWTH = 2.0
"""Factor by which the penalty grows while bounds are missed."""
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


def mend(division: Division, stop: Callable[[], bool]) -> None:
    """Connect the territories, then move units, with a growing penalty, until no bound is missed or that fails."""
    attach(division)
    descend(division, stop)
    for _ in range(ROUNDS):
        if division.missing <= 0 or stop():
            return
        division.even = EVEN
        descend(division, stop)
        for _ in range(MOST_SHOVES):
            if stop() or not division.missing or not shove(division):
                break
            descend(division, stop)
        division.even = 0.0
        division.weight *= GROWTH
        descend(division, stop)
