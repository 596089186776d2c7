"""One look at all pairs, the least that any method has to do: the bound at prices of 0, in blocks."""

from __future__ import annotations

import time

from benchmarks.race import Race
from solver.dual import dual_bound, no_prices

PASSES = 3
"""The fastest of so many counts: the first one warms memory up."""


def run(race: Race) -> None:
    """Tell the bound that needs no prices, and keep the seconds of one pass as `pass_seconds`."""
    problem = race.instance.problem
    prices = no_prices(problem)
    race.begin()
    fastest = float("inf")
    for _ in range(PASSES):
        began = time.perf_counter()
        bound = dual_bound(problem, prices)
        fastest = min(fastest, time.perf_counter() - began)
    race.tell(bound=bound)
    race.figures["pass_seconds"] = fastest
