"""The queue is as quick when it is long: it is read along an index."""

from __future__ import annotations

import pytest
from sqlalchemy import ClauseElement, Connection, func, insert, literal, select, text
from sqlalchemy.dialects import postgresql, sqlite

from api.store import Store
from api.store.queue import next_run
from api.store.runs import run_row
from api.store.tables import runs
from tests.api.store.things import joined, run, taken

MANY = 100_000


def steps(connection: Connection, query: ClauseElement) -> str:
    """Return how the database goes about a query."""
    embedded = connection.dialect.name == "sqlite"
    dialect = sqlite.dialect() if embedded else postgresql.dialect()
    written = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    rows = connection.exec_driver_sql(("EXPLAIN QUERY PLAN " if embedded else "EXPLAIN ") + written.replace("%", "%%"))
    return "\n".join(str(row[-1]) for row in rows)


@pytest.fixture
def busy(shared: Store) -> Store:
    """Return a store where very many runs wait, of four tenants, after as many that have ended."""
    values = run_row(run()) | {"tenant": "", "scenario": "scn_a", "events": 0}
    with shared.database.transaction() as connection:
        for status in ("succeeded", "queued"):
            rows = [
                values | {"id": f"run_{status}_{k}", "tenant": f"tenant-{k % 4}", "priority": k % 3, "status": status}
                for k in range(MANY)
            ]
            connection.execute(insert(runs), rows)
    with shared.database.transaction() as connection:
        connection.execute(text("ANALYZE"))
    return shared


@pytest.mark.slow
def test_the_next_run_is_read_off_an_index(busy: Store) -> None:
    for per_tenant in (0, 1):
        query = next_run(per_tenant)
        with busy.database.reading() as connection:
            for asked in (query.with_only_columns(runs.c.id), query):
                told = steps(connection, asked)
                assert "ix_runs_waiting" in told
                assert "Sort" not in told and "TEMP B-TREE FOR ORDER" not in told and "SCAN runs\n" not in told
            counted = select(func.count()).where(runs.c.status.in_(("queued", "running")))
            assert "ix_runs" in steps(connection, counted)
            old = select(runs.c.id).where(runs.c.finished < literal("2026"), runs.c.status.in_(("succeeded",)))
            assert "ix_runs_finished" in steps(connection, old.order_by(runs.c.finished).limit(200))
    joined(busy, "p")
    assert taken(busy).id == "run_queued_2"
    assert taken(busy, per_tenant=1).id == "run_queued_5"
    assert busy.queue.counts() == {"queued": MANY - 2, "running": 2}
