"""Ctrl-C and SIGTERM as a wish: the best plan so far, please.

The engines put handlers of their own in place of Python's, and the main thread is inside an engine most of the time. So
the signals are blocked, and one thread waits for them.
"""

from __future__ import annotations

import _thread
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = {signal.SIGINT, signal.SIGTERM}
INTERRUPTED = 130
"""Exit code after an interrupt."""


class Interrupts:
    """What has become of the signals so far; see `interruptible`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._solving = self._over = False
        self._wished = threading.Event()

    def wished(self) -> bool:
        """Tell whether somebody wishes to stop."""
        return self._wished.is_set()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Take the first signal within as a wish, and only the second as an order."""
        with self._lock:
            self._solving = True
        try:
            yield
        finally:
            with self._lock:
                self._solving = False

    def wait(self) -> None:
        """Wait for signals until it is over; for a thread of its own."""
        while True:
            signal.sigwait(SIGNALS)
            with self._lock:
                if self._over:
                    return
                if not self._solving:
                    _thread.interrupt_main()
                elif self._wished.is_set():
                    os._exit(INTERRUPTED)  # nothing is being written while an engine runs
                self._wished.set()

    def end(self, waiting: threading.Thread) -> None:
        """End the thread that waits."""
        with self._lock:
            self._over = True
        assert waiting.ident is not None
        signal.pthread_kill(waiting.ident, signal.SIGTERM)
        waiting.join()


@contextmanager
def interruptible() -> Iterator[Interrupts]:
    """Catch SIGINT and SIGTERM: a wish during the solve (`Interrupts.kept`), otherwise a `KeyboardInterrupt`.

    To be entered before any library that starts threads is imported: they inherit that the signals are blocked.
    """
    handler = signal.getsignal(signal.SIGINT)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    interrupts = Interrupts()
    waiting = threading.Thread(target=interrupts.wait, daemon=True)
    waiting.start()
    try:
        yield interrupts
    finally:
        interrupts.end(waiting)
        signal.signal(signal.SIGINT, handler)  # an engine may have left its own
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
