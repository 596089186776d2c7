"""The queue is as quick when it is long: it is read along an index."""

from __future__ import annotations

import orjson
import pytest
from sqlalchemy import ClauseElement, Connection, literal, select, text
from sqlalchemy.dialects import postgresql, sqlite

from api.store import Store
from api.store.queue import next_run
from api.store.runs import run_row
from api.store.tables import runs
from tests.api.store.things import NOW, joined, run, taken

MANY = 100_000


_FILL = f"""
INSERT INTO runs (id, tenant, scenario, status, priority, cancel, attempt, events, created, finished, record)
WITH RECURSIVE numbers(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM numbers WHERE k < {MANY - 1})
SELECT 'run_' || CAST(:status AS VARCHAR) || '_' || k, 'tenant-' || (k % 4), 'scn_a', :status, k % 3, false, 0, 0, :now,
    CAST(:finished AS VARCHAR), CAST(:record AS {{json}})
FROM numbers
"""


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
    json = "VARCHAR" if shared.database.embedded else "JSON"
    record = orjson.dumps(run_row(run())["record"]).decode()
    with shared.database.transaction() as connection:
        for status, finished in (("succeeded", NOW), ("queued", None)):
            connection.execute(
                text(_FILL.format(json=json)), {"status": status, "finished": finished, "record": record, "now": NOW}
            )
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
                assert (
                    "Sort Key: runs.priority" not in told
                    and "TEMP B-TREE FOR ORDER" not in told
                    and "SCAN runs\n" not in told
                )
            old = select(runs.c.id).where(runs.c.finished < literal("2026"), runs.c.status.in_(("succeeded",)))
            assert "ix_runs_finished" in steps(connection, old.order_by(runs.c.finished).limit(200))
    joined(busy, "p")
    assert taken(busy).id == "run_queued_2"
    assert taken(busy, per_tenant=1).id == "run_queued_5"
    assert busy.queue.counts() == {"queued": MANY - 2, "running": 2}
