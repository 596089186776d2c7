"""Tenants, many processes, keys, webhooks; the tables that were in one file are taken over."""

from __future__ import annotations

from typing import Any

import orjson
import sqlalchemy as sa
import zstandard
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TENANT = "default"
_OLD = ("scenarios", "contents", "runs", "events", "plans", "plan_tables", "requests")


def upgrade() -> None:
    """Make the new tables, and move everything into them that the old ones hold."""
    old = op.get_bind().dialect.name == "sqlite"
    if old:
        for name in _OLD:
            op.rename_table(name, f"old_{name}")
    _create()
    if old:
        _move(op.get_bind())
        for name in _OLD:
            op.drop_table(f"old_{name}")
        op.execute("PRAGMA user_version = 2")  # so that the first store refuses it


def _move(bind: sa.Connection) -> None:
    """Move scenarios, runs, events and plans. Answers by key are forgotten: they were kept for a day."""
    tables = sa.MetaData()
    tables.reflect(bind, only=("scenarios", "runs", "events", "plans", "blobs"))

    def rows(query: str) -> Any:
        return bind.exec_driver_sql(query)

    def add(table: str, **values: Any) -> None:
        bind.execute(sa.insert(tables.tables[table]), values)

    def blob(name: str, data: bytes) -> None:
        add("blobs", name=name, data=zstandard.compress(data))

    for position, key, record in rows("SELECT position, id, record FROM old_scenarios ORDER BY position").all():
        document = orjson.loads(record)
        created, place = document["created"], f"{_TENANT}/{key}/1/"
        kept = {"blobs": place, "created": created, "used": created, "record": document}
        add("scenarios", position=position, tenant=_TENANT, id=key, **kept)
    for scenario, head, leads in rows("SELECT scenario, head, leads FROM old_contents"):
        blob(f"{_TENANT}/{scenario}/1/head", head)
        blob(f"{_TENANT}/{scenario}/1/leads", leads)
    for position, key, status, record in rows(
        "SELECT position, id, status, record FROM old_runs ORDER BY position"
    ).all():
        _add_run(add, position, key, status, orjson.loads(record))
    for run, number, name, data in rows("SELECT run, number, name, data FROM old_events").all():
        add("events", run=run, number=number, name=name, data=orjson.loads(data))
    bind.exec_driver_sql("UPDATE runs SET events = (SELECT count(*) FROM events WHERE run = runs.id)")
    for key, record in rows("SELECT id, record FROM old_plans").all():
        document = orjson.loads(record)
        blobs = f"{_TENANT}/{key}/1/"
        created, run = document["created"], document["run"]
        add("plans", id=key, tenant=_TENANT, run=run, blobs=blobs, created=created, record=document)
    for plan, name, data in rows("SELECT plan, name, data FROM old_plan_tables"):
        blob(f"{_TENANT}/{plan}/1/{name}", data)


def _add_run(add: Any, position: int, key: str, status: str, record: dict[str, Any]) -> None:
    """Move a run: one that was under way waits again, as the service that worked on it is gone."""
    status = "queued" if status == "running" else status
    fixed = {"status": status, "priority": 0, "cancel": False, "attempt": 1, "tenant": _TENANT}
    columns = {"created": record["created"], "finished": record["finished"], "scenario": record["scenario"]}
    add("runs", position=position, id=key, **fixed, **columns, process=None, events=0, record={**record, **fixed})


def _create() -> None:
    op.create_table(
        "audit",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=128), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("request", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_tenant_position"), "audit", ["tenant", "position"], unique=False)
    names = sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql")
    op.create_table(
        "blobs",
        sa.Column("name", names, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_blobs")),
    )
    if op.get_bind().dialect.name == "postgresql":  # they are compressed already
        op.execute("ALTER TABLE blobs ALTER COLUMN data SET STORAGE EXTERNAL")
    op.create_table(
        "hooks",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secrets", sa.JSON(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.Column("disabled", sa.String(length=32), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing", sa.Float(), nullable=True),
        sa.Column("rests", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_hooks")),
        sa.UniqueConstraint("id", name=op.f("uq_hooks_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_hooks_tenant_position"), "hooks", ["tenant", "position"], unique=False)
    op.create_table(
        "keys",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("rate", sa.String(length=64), nullable=True),
        sa.Column("maker", sa.String(length=255), nullable=False),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.Column("expires", sa.String(length=32), nullable=True),
        sa.Column("revoked", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_keys")),
        sa.UniqueConstraint("id", name=op.f("uq_keys_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_keys_tenant_position"), "keys", ["tenant", "position"], unique=False)
    op.create_table(
        "plans",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("blobs", sa.String(length=192), nullable=False),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index(op.f("ix_plans_run"), "plans", ["run"], unique=False)
    op.create_table(
        "processes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("solvers", sa.Integer(), nullable=False),
        sa.Column("beats", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processes")),
    )
    op.create_table(
        "requests",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("process", sa.String(length=64), nullable=False),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "key", name=op.f("pk_requests")),
    )
    op.create_index(op.f("ix_requests_created"), "requests", ["created"], unique=False)
    op.create_table(
        "runs",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("scenario", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("cancel", sa.Boolean(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("process", sa.String(length=64), nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.Column("finished", sa.String(length=32), nullable=True),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_runs")),
        sa.UniqueConstraint("id", name=op.f("uq_runs_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_runs_process"), "runs", ["process"], unique=False)
    op.create_index(op.f("ix_runs_finished"), "runs", ["finished"], unique=False)
    op.create_index(op.f("ix_runs_scenario"), "runs", ["scenario"], unique=False)
    waiting: list[str | sa.TextClause] = ["status", sa.text("priority DESC"), "position", "tenant"]
    op.create_index(op.f("ix_runs_waiting"), "runs", waiting, unique=False)
    op.create_index(op.f("ix_runs_tenant_position"), "runs", ["tenant", "position"], unique=False)
    op.create_table(
        "scenarios",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("blobs", sa.String(length=192), nullable=False),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.Column("used", sa.String(length=32), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_scenarios")),
        sa.UniqueConstraint("tenant", "id", name=op.f("uq_scenarios_tenant_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "deliveries",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("hook", sa.String(length=64), nullable=False),
        sa.Column("message", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.Float(), nullable=False),
        sa.Column("tried", sa.String(length=32), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(length=255), nullable=True),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.Column("ended", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["hook"], ["hooks.id"], name=op.f("fk_deliveries_hook"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("id", name=op.f("uq_deliveries_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_deliveries_hook_position"), "deliveries", ["hook", "position"], unique=False)
    op.create_index(op.f("ix_deliveries_hook_state_due"), "deliveries", ["hook", "state", "due"], unique=False)
    op.create_table(
        "events",
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_events_run"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "number", name=op.f("pk_events")),
    )
