"""The tables of the first embedded store: one SQLite file for one process, without tenants."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE scenarios (position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, record BLOB NOT NULL);
CREATE TABLE contents (scenario TEXT PRIMARY KEY, head BLOB NOT NULL, leads BLOB NOT NULL);
CREATE TABLE runs (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, status TEXT NOT NULL, record BLOB NOT NULL
);
CREATE INDEX runs_by_status ON runs (status);
CREATE TABLE events (
    run TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE TABLE plans (id TEXT PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE plan_tables (plan TEXT NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (plan, name));
CREATE TABLE requests (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, created REAL NOT NULL, status INTEGER, headers BLOB, body BLOB
)
"""


def upgrade() -> None:
    """Make them, in a file; PostgreSQL came later."""
    if op.get_bind().dialect.name == "sqlite":
        for statement in _TABLES.split(";"):
            op.execute(statement)
