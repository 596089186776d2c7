"""Where big tables are kept: in the database, in a folder, or in a bucket."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
import zstandard
from obstore.exceptions import BaseError, NotFoundError
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from api.store.database import Database, StoreDownError, StoreError
from api.store.tables import blobs

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

_LEVEL = 3
_PART = 8 << 20
_RETRIES: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=15)}
"""A bucket that is away is told soon: who asks tries again."""


class Blobs(Protocol):
    """Bytes by name; names have folders, divided by slashes. What is kept under a name never changes."""

    def prepare(self, parts: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """Do what takes long, before the transaction that speaks of some begins; return what `put` is given."""
        ...

    def put(self, connection: Connection, prepared: Mapping[str, bytes]) -> None:
        """Keep some that are prepared, by the time that the transaction ends."""
        ...

    def get(self, name: str) -> bytes:
        """Return what was kept.

        Raises
        ------
        KeyError
            If there is nothing of that name.
        """
        ...

    def drop(self, connection: Connection, folders: Sequence[str]) -> None:
        """Drop folders, which end in a slash, in the transaction after which nobody speaks of them."""
        ...

    def clear(self, folders: Sequence[str]) -> None:
        """Drop what is left of folders when that transaction has ended."""
        ...

    def orphans(self, before: datetime) -> Iterator[str]:
        """Yield the folders that may be without a record, because a process died; none younger than a moment."""
        ...

    def ping(self) -> None:
        """Raise if it does not answer."""
        ...


def open_blobs(place: str, database: Database) -> Blobs:
    """Return the place for blobs that a setting names.

    Parameters
    ----------
    place : str
        ``database``; a folder, also as ``file:///FOLDER``; ``s3://BUCKET/PREFIX``, with credentials and endpoint from
        the usual ``AWS_*`` variables; ``memory://``.

    Raises
    ------
    StoreError
        If it cannot be opened.
    """
    if place == "database":
        return DatabaseBlobs(database)
    return ObjectBlobs(place)


class DatabaseBlobs:
    """Blobs in a table, compressed: one thing to back up, and one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prepare(self, parts: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """Compress some."""
        return {name: zstandard.compress(data, _LEVEL) for name, data in parts.items()}

    def put(self, connection: Connection, prepared: Mapping[str, bytes]) -> None:
        """Keep some."""
        for name, data in prepared.items():  # one at a time: they may be big
            connection.execute(insert(blobs).values(name=name, data=data))

    def get(self, name: str) -> bytes:
        """Return what was kept."""
        with self._database.reading() as connection:
            return zstandard.decompress(b"".join(self._parts(connection, name)))

    def _parts(self, connection: Connection, name: str) -> Iterator[bytes]:
        """Yield what is under a name: from PostgreSQL bit by bit, as the driver makes several copies of an answer."""
        data: ColumnElement[bytes] = blobs.c.data
        start, size = 1, 0
        while start == 1 or size == _PART:
            if not self._database.embedded:
                data = func.substring(blobs.c.data, start, _PART)
            part = connection.execute(select(data).where(blobs.c.name == name)).scalar()
            if part is None:
                raise KeyError(name)
            yield part
            start, size = start + _PART, 0 if self._database.embedded else len(part)

    def drop(self, connection: Connection, folders: Sequence[str]) -> None:
        """Drop folders."""
        for folder in folders:
            # all that is sorted between the slash and the character after it; LIKE would not tell a from A
            after = folder[:-1] + chr(ord("/") + 1)
            connection.execute(delete(blobs).where(blobs.c.name >= folder, blobs.c.name < after))

    def clear(self, folders: Sequence[str]) -> None:
        """Do nothing: they are gone."""

    def orphans(self, before: datetime) -> Iterator[str]:
        """Yield nothing: they come and go with their records."""
        return iter(())

    def ping(self) -> None:
        """Do nothing: whoever asks has asked the database."""


class ObjectBlobs:
    """Blobs in a folder or a bucket, compressed.

    They are written before the transaction that speaks of them begins: a crash in between leaves some that nobody
    speaks of, and never a record without its tables.
    """

    def __init__(self, place: str) -> None:
        try:
            if place.startswith("file://") or "://" not in place:
                path = Path(url2pathname(urlsplit(place).path) if "://" in place else place).absolute()
                self._objects: Any = obstore.store.LocalStore(path, mkdir=True)
                self._folder: Path | None = path
            else:
                self._folder = None
                if place.startswith("memory:"):
                    self._objects = obstore.store.MemoryStore()
                else:
                    self._objects = obstore.store.from_url(place, client_options=_client(), retry_config=_RETRIES)
        except (BaseError, ValueError, OSError) as fault:
            raise StoreError(f"cannot keep tables in {place}: {fault}") from fault

    def prepare(self, parts: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """Keep some."""
        with _guarded():
            for name, data in parts.items():
                obstore.put(self._objects, name, zstandard.compress(data, _LEVEL))
                self._sync(name)
        return {}

    def _sync(self, name: str) -> None:
        """Have a file and its folders written to the disk, as a record that speaks of it will be."""
        if self._folder is None:
            return
        path = self._folder / name.lstrip("/")
        for place in (path, *(parent for parent in path.parents if parent.is_relative_to(self._folder))):
            handle = os.open(place, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def put(self, connection: Connection, prepared: Mapping[str, bytes]) -> None:
        """Do nothing: they are kept."""

    def get(self, name: str) -> bytes:
        """Return what was kept."""
        with _guarded():
            try:
                data = obstore.get(self._objects, name).bytes().to_bytes()
            except (NotFoundError, FileNotFoundError) as fault:
                raise KeyError(name) from fault
        return zstandard.decompress(data)

    def drop(self, connection: Connection, folders: Sequence[str]) -> None:
        """Do nothing: if the transaction fails, they are still spoken of."""

    def clear(self, folders: Sequence[str]) -> None:
        """Drop folders."""
        with _guarded():
            for folder in folders:
                names = [item["path"] for batch in obstore.list(self._objects, folder) for item in batch]
                if names:
                    obstore.delete(self._objects, names)
                if self._folder is not None:
                    _drop_empty(self._folder, self._folder / folder)

    def orphans(self, before: datetime) -> Iterator[str]:
        """Yield all folders where nothing is younger."""
        ages: dict[str, datetime] = {}
        with _guarded():
            for batch in obstore.list(self._objects):
                for item in batch:
                    folder = item["path"].rpartition("/")[0] + "/"
                    ages[folder] = max(item["last_modified"], ages.get(folder, item["last_modified"]))
        yield from (folder for folder, age in ages.items() if age < before)

    def ping(self) -> None:
        """Raise if the folder or bucket does not answer."""
        if self._folder is not None and not self._folder.is_dir():
            raise StoreDownError(f"there is no folder {self._folder}")
        with _guarded():
            for _ in obstore.list(self._objects, "ping/"):
                break


def _client() -> ClientConfig:
    """Return how buckets are asked; to give options of our own makes the variable for plain HTTP forgotten."""
    plain = os.environ.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true", "yes")
    return {"connect_timeout": "5s", "timeout": "60s", "allow_http": plain}


@contextlib.contextmanager
def _guarded() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as fault:
        raise StoreDownError(str(fault)) from fault


def _drop_empty(top: Path, folder: Path) -> None:
    """Drop a folder, and those above it, as far as nothing is in them."""
    with contextlib.suppress(OSError):
        while folder != top:
            folder.rmdir()
            folder = folder.parent
