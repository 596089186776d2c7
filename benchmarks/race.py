"""One contender on one instance, in a process of its own: what it tells on the way, and what it takes."""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.families import make
from benchmarks.instance import Instance, Pairs, TooLargeError, UnsuitedError, Verdict
from solver.pairs import Ints

CORES = 2
"""Cores for each contender."""

PREPARATION = 1800.0
"""Seconds for making the instance and reading it in, which are not measured."""

GRACE = 30.0
"""Seconds that a contender may run past one and a half times its limit before it is ended."""


@dataclass(frozen=True)
class Step:
    """A moment of a race: the best plan so far and what no plan can beat, in points; a plan if one came with it."""

    seconds: float
    objective: float | None = None
    bound: float | None = None
    owner: NDArray[np.int32] | None = None


@dataclass(frozen=True)
class Begun:
    """The clock has started."""


@dataclass(frozen=True)
class End:
    """How a race ended: "done", "too large", "unsuited", "missing", "failed" or "over time", and why."""

    status: str
    reason: str = ""
    seconds: float = 0.0
    peak_bytes: int = 0
    figures: dict[str, float] = field(default_factory=dict)


@dataclass
class Race:
    """What a contender is given: the instance, its limits, and whom to tell.

    Parameters
    ----------
    limit : float
        Seconds from `begin` to the last answer.
    gap : float
        The proved gap at which it may stop.
    figures : dict
        Further figures to keep, by name.
    complete : bool
        Whether the contender sees all pairs, so that its bounds count.
    peak_bytes : int
        Peak memory, where that of this process is not what is measured.
    """

    instance: Instance
    limit: float
    seed: int
    gap: float
    send: Callable[[Begun | Step], None]
    started: float = field(default_factory=time.perf_counter)
    figures: dict[str, float] = field(default_factory=dict)
    ended: float | None = None
    complete: bool = True
    peak_bytes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pairs(self, most: int) -> Pairs:
        """Return the pairs as plain arrays, only the near ones if there are more than `most`: then no bound counts.

        Raises
        ------
        TooLargeError
            If even the near ones are too many.
        """
        try:
            return self.instance.pairs(most)
        except TooLargeError:
            pairs = self.instance.near_pairs(most, self.seed)
        self.complete = False
        self.figures["pairs"] = float(len(pairs))
        return pairs

    def begin(self) -> None:
        """Start the clock: whatever came before was preparation."""
        self.started = time.perf_counter()
        self.send(Begun())

    def seconds(self) -> float:
        """Seconds since the clock started."""
        return time.perf_counter() - self.started

    def left(self) -> float:
        """Seconds until the limit, at least a tenth."""
        return max(0.1, self.limit - self.seconds())

    def tell(
        self,
        objective: float | None = None,
        bound: float | None = None,
        owner: Ints | None = None,
        at: float | None = None,
    ) -> None:
        """Tell a moment: figures in points, the plan in the order of the scenario or file; `at` if not now."""
        plan = None if owner is None else owner.astype(np.int32)
        with self.lock:  # engines call back from threads of their own
            proved = bound if self.complete else None
            self.send(Step(self.seconds() if at is None else at, objective, proved, plan))

    def stop(self) -> None:
        """Stop the clock: what comes after is not measured."""
        self.ended = self.seconds()


def enter(contender: str, race: Race) -> End:
    """Let a contender run here, and return how it ended; exceptions are an end, too."""
    try:
        import_module(f"benchmarks.contenders.{contender.replace('-', '_')}").run(race)
    except (TooLargeError, MemoryError) as fault:
        return End("too large", str(fault) or "out of memory")
    except UnsuitedError as fault:
        return End("unsuited", str(fault))
    except ImportError as fault:
        return End("missing", str(fault))
    except Exception as fault:  # noqa: BLE001 - a contender may fail in any way, and the race goes on
        traceback.print_exc()
        return End("failed", f"{type(fault).__name__}: {fault}".splitlines()[0])
    seconds = race.seconds() if race.ended is None else race.ended
    return End("done", "", seconds, race.peak_bytes or peak_memory(), race.figures)


@dataclass
class Finish:
    """Everything that came of a race."""

    end: End
    steps: list[Step]

    @property
    def owner(self) -> Ints | None:
        """The last plan that was told."""
        plans = (step.owner for step in reversed(self.steps) if step.owner is not None)
        return next((plan.astype(np.int64) for plan in plans), None)

    @property
    def bound(self) -> float | None:
        """The best bound that was told."""
        return min((step.bound for step in self.steps if step.bound is not None), default=None)


def race(contender: str, name: str, seed: int, limit: float, gap: float, data: Path) -> Finish:
    """Run one contender in a new process, on two cores, and end the process if it goes far past its limit."""
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(contender, name, seed, limit, gap, data, there))
    process.start()
    there.close()
    try:
        return _heard(here, process, limit)
    finally:
        assert process.pid is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # it leads a group of its own: a command, a Java machine
        process.kill()
        process.join()


def _heard(pipe: Connection, process: SpawnProcess, limit: float) -> Finish:
    """Listen to a contender until it ends, or its time is long over."""
    steps: list[Step] = []
    deadline = time.monotonic() + PREPARATION
    while True:
        try:
            if not pipe.poll(max(0.0, deadline - time.monotonic())):
                return Finish(End("over time", "ended from outside, far past its limit", limit), steps)
            message = pipe.recv()
        except EOFError:
            process.join()
            why = ", killed: out of memory?" if process.exitcode == -signal.SIGKILL else ""
            return Finish(End("failed", f"its process ended with code {process.exitcode}{why}"), steps)
        if isinstance(message, Begun):
            deadline = time.monotonic() + 1.5 * limit + GRACE
            steps.clear()
        elif isinstance(message, Step):
            steps.append(message)
        else:
            return Finish(message, steps)


def _child(contender: str, name: str, seed: int, limit: float, gap: float, data: Path, pipe: Connection) -> None:
    os.setsid()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    pipe.send(enter(contender, Race(make(name, seed, data), limit, seed, gap, pipe.send)))
    pipe.close()


def judged(name: str, seed: int, data: Path, owner: Ints) -> Verdict:
    """Judge a plan in a process that has met no contender."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_judge, name, seed, data, owner).result()


def _judge(name: str, seed: int, data: Path, owner: Ints) -> Verdict:
    return make(name, seed, data).judge(owner)


def peak_memory(*, own: bool = True) -> int:
    """Return the most memory that this process (if asked for), and the largest it started, have held, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024  # KiB, but bytes on macOS
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN) if own else (resource.RUSAGE_CHILDREN,)
    return sum(resource.getrusage(who).ru_maxrss for who in whose) * unit
