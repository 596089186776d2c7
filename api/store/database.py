"""The database: SQLite for one machine, PostgreSQL for many, one way to speak to both."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import StaticPool

BUSY_SECONDS = 30.0
"""How long a writer waits for another process to let go of the file."""
CONNECT_SECONDS = 5
"""How long to wait for PostgreSQL to answer."""
IDLE_SECONDS = 5
"""How long PostgreSQL lets a transaction stand idle: one that was frozen in it holds nobody up for longer."""
_KEEPALIVE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "application_name": "plumbline",
}
"""A machine that is gone without a word is noticed within half a minute."""
_DOWN = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)


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
            arguments = {"connect_timeout": CONNECT_SECONDS, **_KEEPALIVE}
            engine = create_engine(self.url, pool_pre_ping=True, pool_size=10, connect_args=arguments, **common)
            event.listen(engine, "connect", _or_close(_configure_postgres))
        elif self.shared:
            engine = create_engine(self.url, connect_args={"timeout": BUSY_SECONDS}, **common)
        else:
            # one connection for all threads, which take turns
            engine = create_engine(self.url, poolclass=StaticPool, connect_args={"check_same_thread": False}, **common)
        if self.embedded:
            event.listen(engine, "connect", _or_close(_configure_sqlite))
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
        except PoolTimeoutError as fault:
            raise StoreDownError("all connections are in use") from fault
        except sqlite3.Error as fault:  # while a connection was set up
            raise StoreDownError(str(fault)) from fault

    def ping(self) -> None:
        """Raise `StoreDownError` if the database does not answer."""
        with self.reading() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Let go of all connections, those in use as soon as they are given back."""
        with self._lock:  # the one connection in memory may be in the middle of a statement
            self.engine.dispose()


def is_down(fault: DBAPIError) -> bool:
    """Tell whether a fault is the database's state, rather than what we asked of it."""
    if fault.connection_invalidated:
        return True
    if isinstance(fault.orig, sqlite3.Error):
        return getattr(fault.orig, "sqlite_errorcode", 0) & 0xFF in _DOWN
    state = getattr(fault.orig, "sqlstate", None)
    if not isinstance(state, str):  # there was no answer
        return type(fault.orig).__name__ == "OperationalError"
    # connection, resources, shutting down or starting, I/O; a transaction that stood idle, a server that only reads,
    # a lock that was not to be had, a clash with others
    return state[:2] in ("08", "53", "57", "58") or state in ("25P03", "25P04", "25006", "55P03", "40001", "40P01")


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def _or_close(configure: Callable[[Any], None]) -> Callable[[Any, Any], None]:
    """Return what sets a connection up, and closes it if that cannot be done: nobody else would."""

    def configured(connection: Any, _: Any) -> None:
        try:
            configure(connection)
        except BaseException:
            connection.close()
            raise

    return configured


def _configure_sqlite(connection: Any) -> None:
    """Set up a connection to SQLite: write-ahead log with full sync, so that what was answered survives a power cut."""
    connection.isolation_level = None  # transactions are begun below, and not by the driver
    cursor = connection.cursor()
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:  # a new file that others open too: here SQLite does not wait of itself
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _configure_postgres(connection: Any) -> None:
    """Set up a connection to PostgreSQL."""
    connection.autocommit = True
    connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
    connection.execute(f"SET lock_timeout = '{BUSY_SECONDS:.0f}s'")
    connection.autocommit = False


def _begin(connection: Connection) -> None:
    """Begin as a writer unless somebody only reads: a reader that becomes a writer later could be refused."""
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def file_of(database: Database) -> Path | None:
    """Return the file of an embedded database; None if there is none."""
    path = make_url(database.url).database
    return Path(path) if database.embedded and path else None
