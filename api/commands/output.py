"""Standard output, kept for what a command says: the engines print lines of their own to it."""

from __future__ import annotations

import os
import sys


def keep_output() -> None:
    """Write to standard output through a descriptor of our own, and lead the engines' to nowhere.

    Their lines come from native code, which Python cannot silence, and may still be in its buffers when the program
    ends: so nothing is put back. Without effect where somebody else, such as a test, catches what is said.
    """
    theirs = sys.__stdout__
    if theirs is None or theirs is not sys.stdout:
        return
    theirs.flush()
    ours = os.fdopen(os.dup(theirs.fileno()), "w", encoding=theirs.encoding, errors=theirs.errors)
    ours.reconfigure(line_buffering=theirs.line_buffering, write_through=theirs.write_through)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, theirs.fileno())
    os.close(nowhere)
    sys.stdout = sys.__stdout__ = ours  # type: ignore[misc]  # the latter is where a console asks how wide it is
