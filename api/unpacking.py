"""Packed bodies (`Content-Encoding`): unpacked piece by piece, so that a bomb costs no more than one piece."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

import zstandard

PIECE = 1 << 18
"""Bytes of a body that are unpacked at once, at most so many for gzip."""

_SLICE = 256
"""Packed bytes that zstd is given at once: a block of 4 bytes can unpack to 128 KiB, so this is at most 8 MiB."""
_WINDOW = 1 << 23
"""Bytes that a zstd frame may look back; RFC 9659 says that more need not be taken."""


class DamagedBodyError(ValueError):
    """A body is not what its content encoding says."""


class Unpacker(Protocol):
    """Takes packed bytes in, gives unpacked ones out. All raise `DamagedBodyError`."""

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """Yield what some packed bytes unpack to, in pieces."""
        ...

    def close(self) -> None:
        """Say that there is no more to come."""
        ...


class Plain:
    """Bytes that are not packed."""

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """Yield the bytes."""
        yield packed

    def close(self) -> None:
        """Do nothing."""


class Gzip:
    """One or several members (RFC 1952)."""

    def __init__(self) -> None:
        self._machine = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._begun = False

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """Yield what some packed bytes unpack to, in pieces."""
        try:
            while packed:
                if self._machine.eof:  # another member
                    self._machine = zlib.decompressobj(16 + zlib.MAX_WBITS)
                self._begun = True
                piece = self._machine.decompress(packed, PIECE)
                packed = self._machine.unconsumed_tail or self._machine.unused_data
                yield piece
            while not self._machine.eof and (piece := self._machine.decompress(b"", PIECE)):
                yield piece  # held back, because a piece was full
        except zlib.error as fault:
            raise DamagedBodyError(str(fault)) from fault

    def close(self) -> None:
        """Say that there is no more to come."""
        if not self._begun or not self._machine.eof:
            raise DamagedBodyError("cut off")


class Zstd:
    """One or several frames (RFC 8878)."""

    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
        self._machine = self._context.decompressobj()
        self._begun = False

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """Yield what some packed bytes unpack to, in pieces."""
        try:
            for start in range(0, len(packed), _SLICE):
                part = packed[start : start + _SLICE]
                while part:
                    if self._machine.eof:  # another frame
                        self._machine = self._context.decompressobj()
                    self._begun = True
                    piece = self._machine.decompress(part)
                    part = self._machine.unused_data
                    yield piece
        except zstandard.ZstdError as fault:
            raise DamagedBodyError(str(fault)) from fault

    def close(self) -> None:
        """Say that there is no more to come."""
        if not self._begun or not self._machine.eof:
            raise DamagedBodyError("cut off")


UNPACKERS: dict[str, type[Unpacker]] = {"gzip": Gzip, "zstd": Zstd}
"""The content encodings in which a body may come."""
