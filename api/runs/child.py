"""The child process, ``python -m api.runs.child``: jobs come by standard input, answers go by standard output.

One job at a time; ``over`` follows the last word about each of them.

It never outlives the service: the end of its standard input means that nobody is listening any more. On Linux
the kernel sees to it too, even while an engine holds the interpreter.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from api import logs, telemetry
from api.runs import jobs
from api.runs.frames import Frame, read_frame
from api.runs.process import AHEAD

log = logging.getLogger("plumbline.child")

_PR_SET_PDEATHSIG = 1
ORPHANED = 3
"""Exit code of a child whose service is gone."""
POLITENESS = 5
"""How far a child stands back where cores are short; with 5 it gets a third of what others get."""


def main() -> None:
    """Do one job after the other."""
    out = _private_output()
    _die_with_parent()
    os.nice(POLITENESS)  # its service has beats to give and requests to answer, and needs little for both
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the service decides
    desk = _Desk()
    signal.signal(signal.SIGTERM, lambda *_: desk.cancelled.set())
    source = os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False)  # a buffer would be locked at the end
    logs.of_environment("child")
    telemetry.start("child")
    if AHEAD in sys.argv:
        jobs.load_engines()
    threading.Thread(target=desk.watch, args=(source,), daemon=True).start()
    lock = threading.Lock()

    def emit(frame: Frame) -> None:
        data = frame.encode()
        with lock:
            out.write(data)
            out.flush()

    while (given := desk.jobs.get()) is not None:
        job, cancelled = given
        name = job.head["is"]
        with logs.bound(**job.head["context"]), telemetry.span(name, job.head["trace"]):
            log.debug("job %s begins", name)
            try:
                jobs.JOBS[name](job, emit, cancelled.is_set)
            except Exception:
                log.exception("job %s %s", name, job.head.get("id", ""))
                emit(Frame({"is": "fault"}))
        del job, given  # they may be large
        emit(Frame({"is": "over"}))
    telemetry.stop()


def _private_output() -> BinaryIO:
    """Return the standard output, and let everybody else who prints there print to standard error."""
    mine = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return mine


def _die_with_parent() -> None:
    """Have the kernel end this process with its parent; and this one first, where memory is short."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")


class _Desk:
    """Where jobs come in, and the wish to cancel the last of them; the end of the service ends this process."""

    def __init__(self) -> None:
        self.jobs: queue.SimpleQueue[tuple[Frame, threading.Event] | None] = queue.SimpleQueue()
        self.cancelled = threading.Event()

    def watch(self, source: BinaryIO) -> None:
        while (frame := read_frame(source)) is not None:
            if frame.head["is"] == "cancel":
                self.cancelled.set()
            elif frame.head["is"] == "end":
                self.jobs.put(None)
            else:
                self.cancelled = threading.Event()
                self.jobs.put((frame, self.cancelled))
        os._exit(ORPHANED)


if __name__ == "__main__":
    main()
