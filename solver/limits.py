"""Limits: when to stop a solve."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

StoppedBy = Literal["proof", "gap", "time", "work", "cancel"]


@dataclass(frozen=True)
class Limits:
    """When to stop, and what makes a run repeatable.

    Parameters
    ----------
    time : float, optional
        Seconds on the clock; None: no limit. A run that a clock stops need not be repeatable.
    work : float, optional
        Units of deterministic effort, roughly a second each; the same scenario, seed and work give the same plan on
        machines of one kind (matrix products differ in their last digit between kinds of processors).
    gap : float
        Stop when the plan is proved to be this close to the bound, as a fraction.
    seed : int
        Breaks ties, and steers every search.
    workers : int
        Threads of the search.

    Raises
    ------
    ValueError
        If a number is out of range.
    """

    time: float | None = 60.0
    work: float | None = None
    gap: float = 0.0
    seed: int = 0
    workers: int = 2

    def __post_init__(self) -> None:
        if self.time is not None and not 0 < self.time <= 1e7:
            raise ValueError(f"time must be above 0 and at most 1e7 seconds, not {self.time}")
        if self.work is not None and not 0 < self.work <= 1e9:
            raise ValueError(f"work must be above 0 and at most 1e9 units, not {self.work}")
        if not 0 <= self.gap <= 1:
            raise ValueError(f"gap must be from 0 to 1, not {self.gap}")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed must be from 0 to 2^31 - 1, not {self.seed}")
        if not 1 <= self.workers <= 64:
            raise ValueError(f"workers must be from 1 to 64, not {self.workers}")


@dataclass(frozen=True)
class Progress:
    """A moment of a solve: what is done, the best plan so far and what no plan can beat, in points."""

    seconds: float
    phase: str
    incumbent: float | None
    bound: float | None

    @property
    def gap(self) -> float | None:
        """Proved distance of the incumbent from the bound, as a fraction; None while either is missing."""
        if self.incumbent is None or self.bound is None:
            return None
        return gap_between(self.incumbent, self.bound)


def gap_between(objective: float, bound: float) -> float:
    """Return (bound - objective) / max(|bound|, 1), at least 0."""
    return max(0.0, (bound - objective) / max(abs(bound), 1.0))


@dataclass
class Watch:
    """The clock, the wish to stop, and the ear for progress, of one run."""

    limits: Limits
    listen: Callable[[Progress], None] | None = None
    cancelled: Callable[[], bool] = lambda: False
    started: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.started

    def left(self) -> float:
        """Seconds that are left; infinite without a time limit."""
        return float("inf") if self.limits.time is None else self.limits.time - self.seconds()

    def part(self, share: float, work: float | None = None) -> Watch:
        """Return a watch that ends after a part of the time that is left, on the same clock."""
        until = None if self.limits.time is None else self.seconds() + max(self.left(), 0.01) * share
        limits = replace(self.limits, time=until, work=self.limits.work if work is None else work)
        return Watch(limits, self.listen, self.cancelled, self.started)

    def stop(self) -> StoppedBy | None:
        """Return why the run has to stop now, if it has to."""
        if self.cancelled():
            return "cancel"
        return "time" if self.left() <= 0 else None

    def tell(self, phase: str, incumbent: float | None, bound: float | None) -> None:
        """Report progress, as plain numbers: whoever listens may send them on."""
        if self.listen is not None:
            plain = [None if value is None else float(value) for value in (incumbent, bound)]
            self.listen(Progress(self.seconds(), phase, *plain))
