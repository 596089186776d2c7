"""Bodies that mean no good. All are small to send, or made while they are sent."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

import zstandard

GIB = 1 << 30


def zip_of(files: dict[str, bytes]) -> bytes:
    """Return an archive with files of any name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def zeros(size: int, container: int) -> bytes:
    """Return so many zeros, deflated, without ever holding them."""
    machine = zlib.compressobj(9, zlib.DEFLATED, container)
    chunk = bytes(1 << 20)
    return b"".join([*(machine.compress(chunk) for _ in range(size >> 20)), machine.flush()])


def zip_bomb(declared: int = GIB) -> bytes:
    """Return an archive whose `leads.csv` unpacks to a gigabyte; `declared` is what it says of that itself."""
    return _archive(zeros(GIB, -15), [("leads.csv", declared), ("reps.csv", declared)], overlap=False)


def overlapping_bomb(files: int = 900) -> bytes:
    """Return an archive with many files that all share the same packed bytes: a gigabyte each."""
    return _archive(zeros(GIB, -15), [(f"{k}.csv", GIB) for k in range(files)], overlap=True)


def nested_bomb() -> bytes:
    """Return an archive of archives of a bomb."""
    return zip_of({"leads.csv": zip_of({"leads.csv": zip_bomb()}), "reps.csv": b"id\nA\n"})


def _archive(packed: bytes, entries: list[tuple[str, int]], *, overlap: bool) -> bytes:
    """Write an archive by hand: zipfile would not lie."""
    out, central = bytearray(), bytearray()
    for name, size in entries:
        at = 0 if overlap and out else len(out)
        head = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(packed), size & 0xFFFFFFFF, len(name), 0)
        if not (overlap and out):
            out += b"PK\x03\x04" + head + name.encode() + packed
        central += b"PK\x01\x02" + struct.pack("<H", 20) + head
        central += struct.pack("<HHHII", 0, 0, 0, 0, at) + name.encode()
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(central), len(out), 0)
    return bytes(out + central + b"PK\x05\x06" + end)


def gzip_bomb() -> bytes:
    """Return a gigabyte, packed."""
    return zeros(GIB, 31)


def zstd_bomb() -> bytes:
    """Return a gigabyte, packed."""
    machine = zstandard.ZstdCompressor().compressobj()
    chunk = bytes(1 << 20)
    return b"".join([*(machine.compress(chunk) for _ in range(1 << 10)), machine.flush()])


def layered_bomb() -> bytes:
    """Return a packed bomb, packed again."""
    return gzip.compress(gzip_bomb())


def endless(size: int = GIB) -> Iterator[bytes]:
    """Yield a gigabyte of what could be JSON."""
    chunk = b'{"a": [1, 2, 3]}, ' * 50_000
    for _ in range(size // len(chunk) + 1):
        yield chunk


def wide_zip(columns: int = 1_000_000) -> bytes:
    """Return a table with a million columns."""
    header = ",".join(["id", *(f"c{k}" for k in range(columns))])
    row = ",".join(["A", *("1" for _ in range(columns))])
    return zip_of({"leads.csv": f"{header}\n{row}\n{row}\n".encode(), "reps.csv": b"id\nR\n"})


def wide_json(columns: int = 1_000_000) -> bytes:
    """Return a lead with a million fields."""
    fields = ", ".join(f'"c{k}": 1' for k in range(columns))
    return b'{"leads": [{"id": "A", ' + fields.encode() + b'}], "reps": [{"id": "R"}]}'


def deep(opening: bytes, closing: bytes, levels: int = 100_000) -> bytes:
    """Return JSON that is nested so deeply."""
    return opening * levels + b"1" + closing * levels
