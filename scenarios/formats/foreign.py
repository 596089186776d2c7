"""A fence around libraries written in Rust, whose answer to damaged bytes can be anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class DamagedError(Exception):
    """The bytes are not what they claim to be."""


@contextmanager
def damage_from_others() -> Iterator[None]:
    """Turn whatever goes wrong inside into a `DamagedError`.

    A panic of a Rust library arrives as a `BaseException` of its own, and a damaged file can raise nearly any type.
    """
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as fault:
        raise DamagedError(str(fault)[:200]) from fault
