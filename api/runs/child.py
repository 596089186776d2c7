"""The child process, ``python -m api.runs.child``: a job comes by standard input, its answer goes by standard output.

It never outlives the service: the end of its standard input means that nobody is listening any more. On Linux
the kernel sees to it too, even while an engine holds the interpreter.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from api.runs import jobs
from api.runs.frames import Frame, read_frame
from api.runs.process import AHEAD

_PR_SET_PDEATHSIG = 1
ORPHANED = 3
"""Exit code of a child whose service is gone."""


def main() -> None:
    """Do one job."""
    out = _private_output()
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the service decides
    cancelled = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: cancelled.set())
    source = os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False)  # a buffer would be locked at the end
    if AHEAD in sys.argv:
        jobs.load_engines()
    job = read_frame(source)
    if job is None:
        return
    threading.Thread(target=_watch, args=(source, cancelled), daemon=True).start()
    lock = threading.Lock()

    def emit(frame: Frame) -> None:
        data = frame.encode()
        with lock:
            out.write(data)
            out.flush()

    try:
        jobs.JOBS[job.head["is"]](job, emit, cancelled.is_set)
    except Exception:
        logging.getLogger("plumbline.child").exception("job %s %s", job.head["is"], job.head.get("id", ""))
        emit(Frame({"is": "fault"}))


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


def _watch(source: BinaryIO, cancelled: threading.Event) -> None:
    """Wait for the wish to cancel, or for the end of the service."""
    while (frame := read_frame(source)) is not None:
        if frame.head["is"] == "cancel":
            cancelled.set()
    os._exit(ORPHANED)


if __name__ == "__main__":
    main()
