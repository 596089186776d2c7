"""API keys: the records of them, and never the secrets."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Row, insert, select

from api.store.database import Database
from api.store.scoped import Scoped
from api.store.tables import keys


@dataclass(frozen=True)
class KeyRecord:
    """An API key.

    Parameters
    ----------
    scope : str
        What it opens: crm, planner or admin.
    digest : str
        SHA-256 of its secret, in hexadecimal.
    rate : str, optional
        A limit of requests of its own.
    maker : str
        Who made it.
    expires, revoked : str, optional
        Moments from which on it opens nothing.
    """

    id: str
    tenant: str
    name: str
    scope: str
    digest: str
    rate: str | None
    maker: str
    created: str
    expires: str | None = None
    revoked: str | None = None


_COLUMNS = [keys.c[field.name] for field in fields(KeyRecord)]


class Keys(Scoped):
    """The keys of one tenant. All calls block."""

    def add(self, record: KeyRecord) -> None:
        """Keep a new key; it becomes this tenant's, whatever its record says."""
        with self.database.transaction() as connection:
            values = {field.name: getattr(record, field.name) for field in fields(record)}
            connection.execute(insert(keys).values(values | {"tenant": self.tenant}))

    def key(self, key_id: str) -> KeyRecord | None:
        """Return a key."""
        row = self.one(self.select(keys, *_COLUMNS).where(keys.c.id == key_id))
        return None if row is None else _key(row)

    def keys(self, limit: int, before: int | None = None) -> list[tuple[int, KeyRecord]]:
        """Return a page of keys with their positions, newest first; `before` is the last one of the page before."""
        return [(row.position, _key(row)) for row in self.page(keys, limit, before)]

    def revoke(self, key_id: str, now: str) -> KeyRecord | None:
        """Let a key open nothing any more, and return it. One that was revoked before stays as it is."""
        with self.database.transaction() as connection:
            change = self.update(keys).where(keys.c.id == key_id, keys.c.revoked.is_(None))
            connection.execute(change.values(revoked=now))
            row = connection.execute(self.select(keys, *_COLUMNS).where(keys.c.id == key_id)).first()
            return None if row is None else _key(row)


class Keyring:
    """The keys of all tenants, for those who do not know yet whose key they hold. All calls block."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key_id: str) -> KeyRecord | None:
        """Return the key of an id."""
        with self._database.reading() as connection:
            row = connection.execute(select(*_COLUMNS).where(keys.c.id == key_id)).first()
        return None if row is None else _key(row)

    def any(self) -> bool:
        """Tell whether a key was ever made: those that were revoked or have expired count too."""
        with self._database.reading() as connection:
            return connection.execute(select(keys.c.id).limit(1)).first() is not None


def _key(row: Row[Any]) -> KeyRecord:
    return KeyRecord(**{field.name: row._mapping[field.name] for field in fields(KeyRecord)})
