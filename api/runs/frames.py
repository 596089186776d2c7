"""Messages between the service and a child process: a JSON head, and parts of bytes."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

import orjson

_LENGTH = struct.Struct(">I")


class Stream(Protocol):
    """Bytes that are too many to be held at once."""

    size: int

    def chunks(self) -> Iterator[bytes]:
        """Yield them from the beginning."""
        ...


@dataclass(frozen=True)
class Frame:
    """One message: `head["is"]` says what it is. A `stream` arrives as its last part."""

    head: dict[str, Any]
    parts: tuple[bytes, ...] = ()
    stream: Stream | None = None

    def encode(self) -> bytes:
        """Return the message as bytes, without its stream: length of the envelope, envelope, parts."""
        sizes = [len(part) for part in self.parts] + ([] if self.stream is None else [self.stream.size])
        envelope = orjson.dumps({"head": self.head, "sizes": sizes})
        return b"".join((_LENGTH.pack(len(envelope)), envelope, *self.parts))


def read_frame(stream: BinaryIO) -> Frame | None:
    """Read the next message; None at the end of the stream, also in the middle of a message."""
    size = _read(stream, _LENGTH.size)
    data = _read(stream, _LENGTH.unpack(size)[0]) if size else None
    if data is None:
        return None
    envelope = orjson.loads(data)
    parts = [_read(stream, n) for n in envelope["sizes"]]
    whole = tuple(part for part in parts if part is not None)
    return Frame(envelope["head"], whole) if len(whole) == len(parts) else None


def _read(stream: BinaryIO, size: int) -> bytes | None:
    """Read so many bytes from a stream that may give fewer at once; None if it ends before."""
    pieces = []
    while size:
        piece = stream.read(size)
        if not piece:
            return None
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


async def receive_frame(stream: asyncio.StreamReader) -> Frame | None:
    """Read the next message as `read_frame` does, without blocking anybody."""
    try:
        size = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))[0]
        envelope = orjson.loads(await stream.readexactly(size))
        parts = [await stream.readexactly(n) for n in envelope["sizes"]]
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return Frame(envelope["head"], tuple(parts))
