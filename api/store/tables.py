"""The tables. Every one that holds something of a tenant's says whose it is."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_COUNT = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only columns of this very type."""


def _position() -> Column[int]:
    """Return a key that counts up, so that lists have an order that pages can hold on to."""
    return Column("position", _COUNT, primary_key=True, autoincrement=True)


def _tenant() -> Column[str]:
    return Column("tenant", String(64), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> Column[str]:
    """Return a moment in UTC, ISO 8601 to the millisecond: it sorts as text."""
    return Column(name, String(32), nullable=nullable)


scenarios = Table(
    "scenarios",
    metadata,
    _position(),
    _tenant(),
    Column("id", String(64), nullable=False),
    Column("blobs", String(192), nullable=False),  # what the names of its content begin with
    _moment("created"),
    _moment("used"),  # when it was last brought in, or solved
    Column("record", JSON, nullable=False),
    UniqueConstraint("tenant", "id"),
    sqlite_autoincrement=True,
)
runs = Table(
    "runs",
    metadata,
    _position(),
    Column("id", String(64), nullable=False, unique=True),
    _tenant(),
    Column("scenario", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("cancel", Boolean, nullable=False),  # somebody wishes it to stop
    Column("attempt", Integer, nullable=False),  # counts up with each start: who has an older one has lost the run
    Column("process", String(64)),  # who works on it
    Column("events", Integer, nullable=False),  # how many there are: cheap to ask about many runs at once
    _moment("created"),
    _moment("finished", nullable=True),
    Column("record", JSON, nullable=False),
    Index(None, "tenant", "position"),
    Index(None, "process"),
    Index(None, "scenario"),
    Index(None, "finished"),
    sqlite_autoincrement=True,
)
# in the order in which they are taken
Index("ix_runs_waiting", runs.c.status, runs.c.priority.desc(), runs.c.position, runs.c.tenant)
events = Table(
    "events",
    metadata,
    Column("run", String(64), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", String(16), nullable=False),
    Column("data", JSON, nullable=False),
)
plans = Table(
    "plans",
    metadata,
    Column("id", String(64), primary_key=True),
    _tenant(),
    Column("run", String(64), nullable=False),
    Column("blobs", String(192), nullable=False),  # what the names of its tables begin with
    _moment("created"),
    Column("record", JSON, nullable=False),
    Index(None, "run"),
)
blobs = Table(
    "blobs",
    metadata,
    # byte by byte, so that all names with the same beginning stand together
    Column("name", String(255).with_variant(String(255, collation="C"), "postgresql"), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
requests = Table(
    "requests",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("process", String(64), nullable=False),  # who works on it, until there is an answer
    _moment("created"),
    Column("status", Integer),
    Column("headers", JSON),
    Column("body", LargeBinary),
    Index(None, "created"),
)
processes = Table(
    "processes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),  # serve or worker
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("solvers", Integer, nullable=False),
    Column("beats", BigInteger, nullable=False),  # counts up while it lives
    _moment("started"),
)
keys = Table(
    "keys",
    metadata,
    _position(),
    Column("id", String(64), nullable=False, unique=True),
    _tenant(),
    Column("name", String(255), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of the secret, which is nowhere
    Column("rate", String(64)),  # its own limit, in place of the service's
    Column("maker", String(255), nullable=False),
    _moment("created"),
    _moment("expires", nullable=True),
    _moment("revoked", nullable=True),
    Index(None, "tenant", "position"),
    sqlite_autoincrement=True,
)
audit = Table(
    "audit",
    metadata,
    _position(),
    _tenant(),
    _moment("at"),
    Column("who", String(255), nullable=False),
    Column("action", String(128), nullable=False),
    Column("subject", String(255)),
    Column("status", Integer, nullable=False),
    Column("times", Integer, nullable=False, default=1),  # refusals of one kind are counted, and not listed
    Column("request", String(128), nullable=False),
    Index(None, "tenant", "position"),
    sqlite_autoincrement=True,
)
hooks = Table(
    "hooks",
    metadata,
    _position(),
    Column("id", String(64), nullable=False, unique=True),
    _tenant(),
    Column("url", Text, nullable=False),
    Column("secrets", JSON, nullable=False),  # the newest first, each with the moment up to which it signs
    Column("events", JSON, nullable=False),
    _moment("created"),
    Column("disabled", String(32)),  # why
    Column("failures", Integer, nullable=False),  # in a row
    Column("failing", Float),  # since when, in seconds since 1970, as the next
    Column("rests", Float, nullable=False),  # nothing is sent before
    Index(None, "tenant", "position"),
    sqlite_autoincrement=True,
)
deliveries = Table(
    "deliveries",
    metadata,
    _position(),
    Column("id", String(64), nullable=False, unique=True),
    _tenant(),
    Column("hook", String(64), ForeignKey("hooks.id", ondelete="CASCADE"), nullable=False),
    Column("message", String(64), nullable=False),  # the same for every attempt, and for every replay
    Column("event", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False),  # waiting, sending, delivered, failed
    Column("attempts", Integer, nullable=False),  # counts up with each: who made an older one decides nothing
    Column("due", Float, nullable=False),  # seconds since 1970; while it is being sent, when another may take it over
    _moment("tried", nullable=True),
    Column("code", Integer),  # the last answer's status
    Column("fault", String(255)),  # why there was none
    _moment("created"),
    _moment("ended", nullable=True),
    Index(None, "hook", "state", "due"),
    Index(None, "hook", "position"),
    sqlite_autoincrement=True,
)
