"""Archives (.zip, and so .xlsx): nothing is unpacked that is too large, and nothing is ever written to disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from scenarios.formats.foreign import DamagedError
from scenarios.formats.limits import RATIO_FROM, ReadLimits
from scenarios.issues import Issue, Where, error

CHUNK = 1 << 20
"""Bytes unpacked at once."""

_CENTRAL_HEADER = b"PK\x01\x02"
_LOCAL_HEADER, _LOCAL_SIZE = b"PK\x03\x04", 30
_ENCRYPTED = 0x1


@dataclass(frozen=True)
class Archive:
    """A packed file whose table of contents has been checked against the limits."""

    data: bytes
    file: str
    entries: tuple[zipfile.ZipInfo, ...]

    def chunks(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """Unpack one entry in pieces.

        Raises
        ------
        DamagedError
            As soon as it is damaged, or larger than its table of contents says.
        """
        start = entry.header_offset
        head = self.data[start : start + _LOCAL_SIZE]
        if len(head) < _LOCAL_SIZE or not head.startswith(_LOCAL_HEADER):
            raise DamagedError(entry.filename)
        start += _LOCAL_SIZE + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        packed = memoryview(self.data)[start : start + entry.compress_size]
        size, checksum = 0, 0
        for piece in _inflate(packed) if entry.compress_type == zipfile.ZIP_DEFLATED else _slices(packed):
            size, checksum = size + len(piece), zlib.crc32(piece, checksum)
            if size > entry.file_size:
                raise DamagedError(entry.filename)
            yield piece
        if size != entry.file_size or checksum != entry.CRC:
            raise DamagedError(entry.filename)

    def read(self, entry: zipfile.ZipInfo) -> bytes:
        """Unpack one entry; raises as `chunks` does."""
        return b"".join(self.chunks(entry))

    def damaged(self, entry: zipfile.ZipInfo, pointer: str = "") -> Issue:
        """Return the issue of an entry that cannot be unpacked."""
        return error("archive_entry", pointer, Where(self.file), file=self.file, name=entry.filename)


def open_archive(data: bytes, file: str, kind: str, limits: ReadLimits) -> tuple[Archive | None, list[Issue]]:
    """Check an archive's table of contents; None with the issues if it must not be unpacked.

    Parameters
    ----------
    kind : str
        What the file should be, for the sentence that says it is not: ``.zip`` or ``.xlsx``.
    """
    where = Where(file)
    if data.count(_CENTRAL_HEADER) > 2 * limits.entries:  # before a list of millions is built
        return None, [error("too_many_entries", "", where, file=file, limit=limits.entries)]
    try:
        entries = tuple(zipfile.ZipFile(io.BytesIO(data)).infolist())
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        ValueError,
        OSError,
        NotImplementedError,
        OverflowError,
    ):
        return None, [error("damaged_file", "", where, file=file, format=kind)]
    issues: list[Issue] = []
    if len(entries) > limits.entries:
        issues.append(error("too_many_entries", "", where, file=file, limit=limits.entries))
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        issues.append(error("archive_too_large", "", where, file=file, limit=limits.unpacked_bytes))
    archive = Archive(data, file, entries)
    for entry in entries[: limits.entries]:
        if entry.file_size > max(RATIO_FROM, limits.ratio * entry.compress_size):
            issues.append(error("archive_ratio", "", where, file=file, name=entry.filename, limit=limits.ratio))
        if not _is_safe(entry.filename):
            issues.append(error("unsafe_name", "", where, file=file, name=entry.filename))
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            issues.append(archive.damaged(entry))
    return (None if issues else archive), issues


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    return not (path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name)


def _inflate(packed: memoryview) -> Iterator[bytes]:
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    rest: bytes | memoryview = packed
    try:
        while not machine.eof:
            piece = machine.decompress(rest, CHUNK)
            if not piece and not machine.unconsumed_tail and not machine.eof:
                raise DamagedError("cut off")
            rest = machine.unconsumed_tail
            yield piece
    except zlib.error as fault:
        raise DamagedError(str(fault)) from fault


def _slices(packed: memoryview) -> Iterator[bytes]:
    for start in range(0, len(packed), CHUNK):
        yield bytes(packed[start : start + CHUNK])
