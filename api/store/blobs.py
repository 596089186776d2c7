"""Where big tables are kept: in the database, in a folder, or in a bucket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import obstore
import zstandard
from obstore.exceptions import BaseError, NotFoundError
from sqlalchemy import Connection, delete, insert, select

from api.store.database import Database, StoreDownError, StoreError
from api.store.tables import blobs

_LEVEL = 3


class Blobs(Protocol):
    """Bytes by name. What is kept under a name never changes."""

    def put(self, connection: Connection, parts: Mapping[str, bytes]) -> None:
        """Keep some, before the transaction that speaks of them ends."""
        ...

    def get(self, name: str) -> bytes:
        """Return what was kept.

        Raises
        ------
        KeyError
            If there is nothing of that name.
        """
        ...

    def delete(self, connection: Connection, prefixes: Iterable[str]) -> None:
        """Drop everything whose name begins with one of these, which end in a slash."""
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

    def put(self, connection: Connection, parts: Mapping[str, bytes]) -> None:
        """Keep some."""
        rows = [{"name": name, "data": zstandard.compress(data, _LEVEL)} for name, data in parts.items()]
        if rows:
            connection.execute(insert(blobs), rows)

    def get(self, name: str) -> bytes:
        """Return what was kept."""
        with self._database.reading() as connection:
            data = connection.execute(select(blobs.c.data).where(blobs.c.name == name)).scalar()
        if data is None:
            raise KeyError(name)
        return zstandard.decompress(data)

    def delete(self, connection: Connection, prefixes: Iterable[str]) -> None:
        """Drop some."""
        for prefix in prefixes:
            connection.execute(delete(blobs).where(blobs.c.name.startswith(prefix, autoescape=True)))

    def ping(self) -> None:
        """Do nothing: whoever asks has asked the database."""


class ObjectBlobs:
    """Blobs in a folder or a bucket, compressed.

    They are written before the transaction that speaks of them ends: a crash in between leaves some that nobody speaks
    of, and never a record without its tables.
    """

    def __init__(self, place: str) -> None:
        try:
            if "://" in place:
                self._objects = obstore.store.from_url(place)
            else:
                self._objects = obstore.store.LocalStore(place, mkdir=True)
        except (BaseError, ValueError, OSError) as fault:
            raise StoreError(f"cannot keep tables in {place}: {fault}") from fault

    def put(self, connection: Connection, parts: Mapping[str, bytes]) -> None:
        """Keep some."""
        for name, data in parts.items():
            try:
                obstore.put(self._objects, name, zstandard.compress(data, _LEVEL))
            except (BaseError, OSError) as fault:
                raise StoreDownError(str(fault)) from fault

    def get(self, name: str) -> bytes:
        """Return what was kept."""
        try:
            data = obstore.get(self._objects, name).bytes().to_bytes()
        except (NotFoundError, FileNotFoundError) as fault:
            raise KeyError(name) from fault
        except (BaseError, OSError) as fault:
            raise StoreDownError(str(fault)) from fault
        return zstandard.decompress(data)

    def delete(self, connection: Connection, prefixes: Iterable[str]) -> None:
        """Drop some."""
        try:
            for prefix in prefixes:
                names = [item["path"] for batch in obstore.list(self._objects, prefix) for item in batch]
                if names:
                    obstore.delete(self._objects, names)
        except (BaseError, OSError) as fault:
            raise StoreDownError(str(fault)) from fault

    def ping(self) -> None:
        """Raise if the folder or bucket does not answer."""
        try:
            for _ in obstore.list(self._objects, "ping/"):
                break
        except (BaseError, OSError) as fault:
            raise StoreDownError(str(fault)) from fault
