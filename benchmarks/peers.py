"""What people do without an optimiser: two plans that respect how many leads each rep can take, and nothing else."""

from __future__ import annotations

from itertools import cycle

import numpy as np

from solver.pairs import Floats, Ints


def round_robin(leads: int, room: Ints) -> Ints:
    """Deal the leads out in their order, one to each rep in turn, and pass over reps who are full.

    Parameters
    ----------
    leads : int
        How many there are.
    room : (reps,) array of int
        How many each rep can take.

    Returns
    -------
    (leads,) array of int
        The rep of each lead; -1 once everybody is full.
    """
    owner, left = np.full(leads, -1, dtype=np.int64), room.copy()
    turns = cycle(range(len(room)))
    for lead in range(min(leads, int(room.sum()))):
        rep = next(j for j in turns if left[j] > 0)
        owner[lead] = rep
        left[rep] -= 1
    return owner


def greedy_best_fit(score: Floats, room: Ints) -> Ints:
    """Take the pairs from the best score down, where the lead is still free and the rep has room.

    Parameters
    ----------
    score : (leads, reps) array
        Points of each pair; of equal ones the first comes first.
    room : (reps,) array of int
        How many each rep can take.

    Returns
    -------
    (leads,) array of int
        The rep of each lead; -1 once everybody is full.
    """
    leads, reps = score.shape
    owner, left = np.full(leads, -1, dtype=np.int64), room.copy()
    for pair in np.argsort(-score, axis=None, kind="stable").tolist():
        lead, rep = divmod(pair, reps)
        if owner[lead] < 0 and left[rep] > 0:
            owner[lead] = rep
            left[rep] -= 1
    return owner
