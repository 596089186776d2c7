"""Runs as rows: what both a tenant's view and the queue need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, Row, insert, select, update

from api.store.records import PlanRecord, RunRecord, ScenarioRecord
from api.store.tables import events, runs

EventPart = tuple[Literal["status", "incumbent", "bound", "done"], dict[str, Any]]
"""Name and data of an event that has no number yet."""

R = TypeVar("R", ScenarioRecord, RunRecord, PlanRecord)

_COLUMNS = ("id", "status", "priority", "cancel", "attempt", "created", "finished")


def run_row(run: RunRecord) -> dict[str, Any]:
    """Return what a run's row holds: columns for what is asked about, and all of it as its record."""
    record = asdict(run)
    return {name: record[name] for name in _COLUMNS} | {"record": record}


def run_of(row: Row[Any]) -> RunRecord:
    """Return the run of a row; what has a column of its own changes there."""
    columns = {name: getattr(row, name) for name in (*_COLUMNS, "tenant")}
    return known(RunRecord, {**row.record, **columns})


def known(model: type[R], values: Mapping[str, Any]) -> R:
    """Return a record of what this version knows of it: while machines are upgraded, newer ones may know more."""
    return model(**{field.name: values[field.name] for field in fields(model) if field.name in values})


def append(connection: Connection, run_id: str, added: Sequence[EventPart]) -> None:
    """Append events to a run, whose row this transaction has to itself."""
    if not added:
        return
    last = connection.execute(select(runs.c.events).where(runs.c.id == run_id)).scalar_one()
    rows = [{"run": run_id, "number": last + k, "name": n, "data": data} for k, (n, data) in enumerate(added, 1)]
    connection.execute(insert(events), rows)
    connection.execute(update(runs).where(runs.c.id == run_id).values(events=last + len(rows)))
