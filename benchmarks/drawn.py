"""What the benchmarks of territories share: how long a drawing takes, and whether it and its bound hold."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Protocol

from benchmarks.answers import CLOSE, Answer
from solver.territory.problem import Drawn


class Verdict(Protocol):
    """What a check of an answer finds: its cost, and what it breaks, in words."""

    @property
    def cost(self) -> float:
        """The cost, worked out from the file."""
        ...

    @property
    def broken(self) -> tuple[str, ...]:
        """What is broken."""
        ...


def timed(work: Callable[[], Drawn]) -> tuple[Drawn, float]:
    """Return what was drawn, and the seconds it took."""
    began = time.perf_counter()
    return work(), round(time.perf_counter() - began, 3)


def answer_of(name: str, verdict: Verdict | None, bound: float, seconds: float) -> tuple[Answer, tuple[str, ...]]:
    """Return what to print of a drawing, with a bound that is not above the cost, and what does not hold, in words."""
    known = bound if math.isfinite(bound) else None
    if verdict is None:
        return Answer(name, None, known, None, seconds, False), ()
    faults = verdict.broken
    cost = round(verdict.cost, 9)
    if known is not None and not faults:
        if known > cost + CLOSE * max(1.0, abs(cost)):
            faults += (f"the bound {known:g} is above the cost {cost:g} of a good answer",)
        known = min(known, cost)
    gap = None if known is None else (cost - known) / max(abs(known), 1.0)
    return Answer(name, cost, known, gap, seconds, not verdict.broken), faults
