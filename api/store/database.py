"""The database: SQLite for one machine, PostgreSQL for many, one way to speak to both."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError
from sqlalchemy.pool import StaticPool

BUSY_SECONDS = 30.0
"""How long a writer waits for another process to let go of the file."""
CONNECT_SECONDS = 5
"""How long to wait for PostgreSQL to answer."""


class StoreError(RuntimeError):
    """A store cannot be opened; the message is for the person who starts the service."""


class StoreDownError(RuntimeError):
    """The database does not answer, or takes nothing more: try again later."""


def url_of(database: str) -> str:
    """Return the address that a setting means.

    Parameters
    ----------
    database : str
        A file; ``sqlite:///FILE``; ``:memory:``, which is kept until the process ends; ``postgresql://...``.

    Raises
    ------
    StoreError
        If it is none of them.
    """
    if database == ":memory:":
        return "sqlite://"
    scheme, separator, rest = database.partition("://")
    if not separator:
        return f"sqlite:///{database}"
    if scheme == "sqlite" and rest.removeprefix("/"):
        return database
    if scheme in ("postgres", "postgresql", "postgresql+psycopg") and rest:
        return f"postgresql+psycopg://{rest}"
    raise StoreError(f"cannot open {scheme}://...: a file name, sqlite:///FILE or postgresql://... is expected")


class Database:
    """An engine, and transactions on it. Calls block, and may come from any thread.

    Raises
    ------
    StoreError
        If the address is no good. Whether the database answers shows at the first transaction.
    """

    def __init__(self, database: str) -> None:
        self.url = url_of(database)
        self.embedded = self.url.startswith("sqlite")
        self.shared = self.url != "sqlite://"  # other processes can open it too
        self._lock = contextlib.nullcontext() if self.shared else threading.RLock()
        try:
            self.engine = self._engine()
        except (ArgumentError, ValueError) as fault:
            raise StoreError(f"cannot open {self.name}: {fault}") from fault

    @property
    def name(self) -> str:
        """What to call it in messages: without a password."""
        return make_url(self.url).render_as_string(hide_password=True)

    def _engine(self) -> Engine:
        common: dict[str, Any] = {"json_serializer": _dumps, "json_deserializer": orjson.loads}
        if not self.embedded:
            engine = create_engine(
                self.url, pool_pre_ping=True, pool_size=10, connect_args={"connect_timeout": CONNECT_SECONDS}, **common
            )
        elif self.shared:
            engine = create_engine(self.url, connect_args={"timeout": BUSY_SECONDS}, **common)
        else:
            # one connection for all threads, which take turns
            engine = create_engine(self.url, poolclass=StaticPool, connect_args={"check_same_thread": False}, **common)
        if self.embedded:
            event.listen(engine, "connect", _configure)
            event.listen(engine, "begin", _begin)
        return engine

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection for reading and writing: all of it or nothing.

        Raises
        ------
        StoreDownError
            If the database does not answer, or cannot write.
        """
        with self._guarded(), self._lock, self.engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection for reading, which waits for no writer.

        Raises
        ------
        StoreDownError
            If the database does not answer.
        """
        readers = self.engine.execution_options(reading=True)
        with self._guarded(), self._lock, readers.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as fault:
            if is_down(fault):
                raise StoreDownError(str(fault.orig).strip()) from fault
            raise

    def ping(self) -> None:
        """Raise `StoreDownError` if the database does not answer."""
        with self.reading() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def is_down(fault: DBAPIError) -> bool:
    """Tell whether a fault is the database's state, rather than what we asked of it."""
    if fault.connection_invalidated:
        return True
    state = getattr(fault.orig, "sqlstate", None)
    if isinstance(state, str):  # PostgreSQL: connection, resources, shutting down or starting, I/O
        return state[:2] in ("08", "53", "57", "58") or state in ("40001", "40P01")
    name = type(fault.orig).__name__
    return isinstance(fault, DatabaseError) and name == "OperationalError" and "no such" not in str(fault.orig)


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def _configure(connection: Any, _: Any) -> None:
    """Set up a connection to SQLite: write-ahead log with full sync, so that what was answered survives a power cut."""
    connection.isolation_level = None  # transactions are begun below, and not by the driver
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Begin as a writer unless somebody only reads: a reader that becomes a writer later could be refused."""
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def file_of(database: Database) -> Path | None:
    """Return the file of an embedded database; None if there is none."""
    path = make_url(database.url).database
    return Path(path) if database.embedded and path else None
