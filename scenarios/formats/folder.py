"""A folder of tables, or the same folder as .zip: `leads`, `reps`, `links` and `travel` if any, `scenario.json`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from scenarios.formats.archive import open_archive
from scenarios.formats.csv import read_csv
from scenarios.formats.foreign import DamagedError
from scenarios.formats.json import read_json
from scenarios.formats.limits import ReadLimits
from scenarios.formats.manual import SHEET_NAMES
from scenarios.formats.parquet import read_parquet
from scenarios.formats.tables import ROW_MODELS, TABLES, Draft, TableName, missing_table
from scenarios.headers import fold
from scenarios.issues import Issue, Where, error, pointer

HEAD = "scenario.json"
READERS = {".csv": read_csv, ".parquet": read_parquet}

Opener = Callable[[str], tuple[bytes | None, list[Issue]]]


def read_folder(path: Path, limits: ReadLimits) -> Draft:
    """Read a folder; files that it does not know are none of its business."""
    try:
        files = {entry.name: entry for entry in sorted(path.iterdir()) if entry.is_file()}
    except OSError:
        return Draft(issues=[error("unreadable", "", Where(path.name), file=path.name)])
    return _draft(files, path.name, lambda name: read_bytes(files[name], limits), limits)


def read_zip(data: bytes, file: str, limits: ReadLimits) -> Draft:
    """Read a packed folder: files at the top, or all in one folder."""
    archive, issues = open_archive(data, file, ".zip", limits)
    if archive is None:
        return Draft(issues=issues)
    entries = {}
    for entry in archive.entries:
        path = PurePosixPath(entry.filename)
        hidden = path.name.startswith(".") or "__MACOSX" in path.parts
        if not entry.is_dir() and not hidden and len(path.parts) <= 2:
            entries[entry.filename] = entry

    def unpack(name: str) -> tuple[bytes | None, list[Issue]]:
        try:
            return archive.read(entries[name]), []
        except DamagedError:
            return None, [archive.damaged(entries[name])]

    return _draft(entries, file, unpack, limits)


def read_bytes(path: Path, limits: ReadLimits) -> tuple[bytes | None, list[Issue]]:
    """Read a file, unless it is larger than the limit."""
    try:
        with path.open("rb") as stream:
            data = stream.read(limits.file_bytes + 1)
    except OSError:
        return None, [error("unreadable", "", Where(path.name), file=path.name)]
    issues = too_large(data, path.name, limits)
    return (None if issues else data), issues


def too_large(data: bytes, file: str, limits: ReadLimits) -> list[Issue]:
    """Return the issue of a file beyond the limit, if it is."""
    if len(data) <= limits.file_bytes:
        return []
    return [error("file_too_large", "", Where(file), file=file, limit=limits.file_bytes)]


def _draft(names: Iterable[str], source: str, get: Opener, limits: ReadLimits) -> Draft:
    """Read the files that have a purpose here."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(_purpose(PurePosixPath(name).name), []).append(name)
    draft = Draft()
    for name in found.get(HEAD, [])[:1]:
        data, issues = get(name)
        if data is not None:
            draft = read_json(data, name, limits, tables_elsewhere=True)
        draft.issues += issues
        draft.head_file = name
    for table in ROW_MODELS:
        for name in found.get(table, [])[:1]:
            data, issues = get(name)
            draft.issues += [replace(issue, pointer=pointer(table)) for issue in issues]
            if data is not None:
                _read_table(draft, table, name, data, limits)
        if table in TABLES and table not in found and table not in draft.tables:
            draft.issues.append(missing_table(table, source))
    for purpose, several in found.items():
        if purpose and len(several) > 1:
            files = ", ".join(several)
            draft.issues.append(error("two_tables", "", Where(several[0]), table=purpose, files=files))
    return draft


def _purpose(name: str) -> str:
    """Return what a file of this name holds: a table's name, the head, or nothing we know."""
    path = PurePosixPath(name)
    if name.lower() == HEAD:
        return HEAD
    purpose = SHEET_NAMES.get(fold(path.stem), "") if path.suffix.lower() in READERS else ""
    return purpose if purpose in ROW_MODELS else ""


def _read_table(draft: Draft, name: TableName, file: str, data: bytes, limits: ReadLimits) -> None:
    if name in draft.tables:
        files = f"{draft.head_file}, {file}"
        draft.issues.append(error("two_tables", pointer(name), Where(file), table=name, files=files))
    table, issues = READERS[PurePosixPath(file).suffix.lower()](data, name, file, limits)
    draft.issues += issues
    if table is not None:
        draft.tables[name] = table
