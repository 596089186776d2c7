"""Bringing the tables up to date, one migration after the other."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from api.store.database import Database, StoreDownError, StoreError

_LOCK = 0x706C756C
"""PostgreSQL's number for the lock under which tables are changed: many may start at once."""
FIRST = "0001"
"""The tables from before there were migrations."""


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables of a database to a revision: all of it or nothing, and one process at a time.

    Raises
    ------
    StoreError
        If the database cannot be opened, is not ours, or was made by a newer version.
    """
    try:
        with database.transaction() as connection:
            if not database.embedded:
                for limit in ("lock_timeout", "idle_in_transaction_session_timeout"):  # a migration takes its time
                    connection.exec_driver_sql(f"SET LOCAL {limit} = 0")
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            _upgrade(connection, revision)
    except (SQLAlchemyError, StoreDownError) as fault:
        reason = str(getattr(fault, "orig", fault)).strip()
        raise StoreError(f"cannot open {database.name}: {reason}") from fault
    except StoreError as fault:
        raise StoreError(f"cannot open {database.name}: {fault}") from fault


def _upgrade(connection: Connection, revision: str) -> None:
    config = config_of(connection)
    current = MigrationContext.configure(connection).get_current_revision()
    tables = set(inspect(connection).get_table_names())
    if current is None and tables:
        version = 0
        if connection.dialect.name == "sqlite":
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if version != 1 or "scenarios" not in tables:
            raise StoreError("it holds tables that are not ours")
        command.stamp(config, FIRST)
    if current is not None:
        try:
            ScriptDirectory.from_config(config).get_revision(current)
        except CommandError as fault:
            raise StoreError(f"its tables were made by a newer version ({current})") from fault
    command.upgrade(config, revision)


def config_of(connection: Connection) -> Config:
    """Return the configuration of the migrations for a connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
