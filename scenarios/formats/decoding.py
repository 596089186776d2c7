"""Bytes to text: UTF-8 with or without its mark, UTF-16 with its mark, GB18030 (and so GBK); else an issue."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from scenarios.issues import Issue, Where, error, warning

LINES_NAMED = 10
"""So many line numbers, at most, are named in one issue."""

_WESTERN = re.compile("[A-Za-z][\u4e00-\u9fff][a-z]")
"""A single Chinese character inside a Latin word: what GB18030 makes of `Müller` in Windows-1252."""


@dataclass(frozen=True)
class Decoded:
    """A text as UTF-8 bytes, without its mark, and what was wrong with it; `data` is None if it could not be read."""

    data: bytes | None
    issues: tuple[Issue, ...] = ()


def decode(data: bytes, file: str, pointer: str) -> Decoded:
    """Turn the bytes of a text file into UTF-8.

    Parameters
    ----------
    file, pointer : str
        Where issues are: the file as a person knows it, and what it stands for in the scenario.
    """
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            try:
                return _without_nul(data.decode(encoding).encode(), file, pointer)
            except UnicodeError as fault:
                return _undecodable(data, getattr(fault, "start", 0), file, pointer)
    data = data.removeprefix(codecs.BOM_UTF8)
    if _is(data, "utf-8"):
        return _without_nul(data, file, pointer)
    return _chinese(data, file, pointer)


def _chinese(data: bytes, file: str, pointer: str) -> Decoded:
    """Read what is not UTF-8 as GB18030, unless single lines tell that both are in it."""
    lines = data.splitlines(keepends=True)
    ours, theirs = [], []  # lines that must be UTF-8, and lines that cannot be
    for number, line in enumerate(lines, 1):
        if line.isascii():
            continue
        if not _is(line, "utf-8"):
            theirs.append(number)
        elif any(
            byte >= 0xE0 for byte in line
        ):  # a pair of GBK bytes may pass for two bytes of UTF-8, hardly for three
            ours.append(number)
    if ours and all(_is(lines[number - 1], "gb18030") for number in theirs):
        rarer = min(ours, theirs, key=len)
        named = ", ".join(map(str, rarer[:LINES_NAMED])) + (" ..." if len(rarer) > LINES_NAMED else "")
        issue = error("mixed_encodings", pointer, Where(file, rarer[0]), file=file, lines=named)
        foreign = set(theirs)
        text = b"".join(_utf8(line) if n in foreign else line for n, line in enumerate(lines, 1))
        rest = _without_nul(text, file, pointer)
        return Decoded(rest.data, (issue, *rest.issues))
    try:
        text_read = data.decode("gb18030")
    except UnicodeDecodeError as fault:
        return _undecodable(data, fault.start, file, pointer)
    rest = _without_nul(text_read.encode(), file, pointer)
    if odd := _WESTERN.search(text_read):
        sample = text_read[max(0, odd.start() - 3) : odd.end() + 3].strip()
        return Decoded(
            rest.data, (warning("odd_encoding", pointer, Where(file), file=file, sample=sample), *rest.issues)
        )
    return rest


def _utf8(line: bytes) -> bytes:
    return line.decode("gb18030").encode()


def _is(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _undecodable(data: bytes, byte: int, file: str, pointer: str) -> Decoded:
    line = data.count(b"\n", 0, byte) + 1
    return Decoded(None, (error("undecodable", pointer, Where(file, line), file=file, line=line, byte=byte + 1),))


def _without_nul(data: bytes, file: str, pointer: str) -> Decoded:
    at = data.find(b"\0")
    if at < 0:
        return Decoded(data)
    line = data.count(b"\n", 0, at) + 1
    return Decoded(None, (error("nul_characters", pointer, Where(file, line), file=file, line=line),))
