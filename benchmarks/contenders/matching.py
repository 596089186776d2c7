"""Linear sum assignment of SciPy (Jonker & Volgenant 1987, after Crouse 2016): one lead per rep."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from benchmarks.contenders.flow import places
from benchmarks.instance import UnsuitedError
from benchmarks.race import Race

MOST_PAIRS = 30_000_000


def run(race: Race) -> None:
    """Tell the best plan, which the method finds in one go."""
    pairs = race.instance.pairs(MOST_PAIRS)
    if (places(pairs) > 1).any():
        raise UnsuitedError("it matches each rep to one lead at most")
    if pairs.required.any():
        raise UnsuitedError("it does not know leads that must have an owner")
    race.begin()
    score = np.zeros((pairs.leads, pairs.reps))  # a pair that is not allowed, or not worth it, is worth nothing
    score[pairs.lead, pairs.rep] = np.maximum(pairs.score, 0.0)
    score[:, places(pairs) == 0] = 0.0
    lead, rep = linear_sum_assignment(score, maximize=True)
    owner = np.full(pairs.leads, -1, dtype=np.int64)
    taken = score[lead, rep] > 0
    owner[lead[taken]] = rep[taken]
    points = pairs.offset + float(score[lead, rep].sum())
    race.tell(points, points, race.instance.told(owner))
    race.stop()
