"""What the XML of a workbook tells in advance: how far its sheets reach, and which cells are errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from scenarios.formats.archive import CHUNK, Archive
from scenarios.formats.foreign import DamagedError
from scenarios.formats.limits import ReadLimits
from scenarios.issues import Issue, Where, error

ERRORS_NAMED = 100
"""So many error cells of a sheet are reported."""

_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{0,3})(\d{1,10})[\"']")
_ERROR = re.compile(rb"<(?:\w+:)?c\s[^>]*?\bt\s*=\s*[\"']e[\"'][^>]*>")
_BOOK, _BOOK_RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True)
class SheetFacts:
    """How far a sheet reaches, counted from 1, and its error cells as (row, column, letters)."""

    last_row: int = 0
    first_column: int = 1
    last_column: int = 0
    errors: tuple[tuple[int, int, str], ...] = ()


def scan(archive: Archive, limits: ReadLimits) -> tuple[dict[str, SheetFacts], list[Issue]]:
    """Unpack everything once, piece by piece, and return the facts by sheet name.

    A reader of workbooks builds the whole rectangle that a sheet spans, so that one stray cell can cost all memory;
    and it takes the sizes in the archive for true. Both are checked here first.
    """
    facts: dict[str, SheetFacts] = {}
    small: dict[str, bytes] = {}
    issues: list[Issue] = []
    for entry in archive.entries:
        try:
            facts[entry.filename] = found = _facts(archive.chunks(entry), entry.filename)
            if entry.filename in (_BOOK, _BOOK_RELATIONS) and entry.file_size <= CHUNK:
                small[entry.filename] = archive.read(entry)
        except DamagedError:
            issues.append(archive.damaged(entry))
            continue
        if found.last_row * found.last_column > limits.sheet_cells:
            where = Where(archive.file)
            issues.append(error("too_many_cells", "", where, file=archive.file, limit=limits.sheet_cells))
    return {sheet: facts[path] for sheet, path in _sheets(small).items() if path in facts}, issues


def _facts(pieces: Iterable[bytes], name: str) -> SheetFacts:
    """Scan one file for references to cells; a tag that two pieces share is seen whole with the second."""
    rest = b""
    rows, columns = {0}, set[bytes]()
    errors: dict[bytes, None] = {}
    for piece in pieces:
        text = rest + piece
        found = _REFERENCE.findall(text)
        columns.update(column for column, _ in found)
        rows.add(max((int(row) for _, row in found), default=0))
        for tag in _ERROR.findall(text):
            if len(errors) < ERRORS_NAMED and (place := _REFERENCE.search(tag)):
                errors[place[1] + b" " + place[2]] = None
        rest = text[text.rfind(b"<") :] if b"<" in text else b""
        if len(rest) > CHUNK:
            if name.endswith(".xml"):
                raise DamagedError(name)
            rest = b""
    numbers = [_column(column) for column in columns if column]
    cells = [(int(row), _column(column), column.decode()) for column, row in (e.split() for e in errors)]
    return SheetFacts(max(rows), min(numbers, default=1), max(numbers, default=0), tuple(sorted(cells)))


def _column(letters: bytes) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _sheets(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return by name of a sheet the file that holds it; nothing where the book's directory is not as usual."""
    try:
        book = ElementTree.fromstring(files[_BOOK])
        relations = ElementTree.fromstring(files[_BOOK_RELATIONS])
    except (KeyError, ElementTree.ParseError, ValueError, LookupError):
        return {}
    targets = {r.get("Id"): (r.get("Target") or "").removeprefix("/xl/") for r in relations}
    sheets = (tag for tag in book.iter() if tag.tag.endswith("}sheet"))
    return {tag.get("name") or "": f"xl/{targets.get(tag.get(_RELATION), '')}" for tag in sheets}
