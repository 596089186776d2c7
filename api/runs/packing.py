"""Scenarios as the store and the child processes hold them: the head as JSON, the leads as Parquet."""

from __future__ import annotations

import io
from dataclasses import dataclass

import orjson
import polars as pl

from scenarios.model import Scenario


@dataclass(frozen=True)
class Packed:
    """A scenario's content as bytes; `unpack` gives an equal scenario back."""

    head: bytes
    leads: bytes


def pack(scenario: Scenario) -> Packed:
    """Return a scenario as bytes."""
    head = orjson.dumps({**scenario.document(), "reps": scenario.rep_records(), "links": scenario.link_records()})
    return Packed(head, table_bytes(scenario.leads))


def unpack(packed: Packed) -> Scenario:
    """Return the scenario that was packed."""
    return Scenario(**orjson.loads(packed.head), leads=table_of(packed.leads))


def table_bytes(table: pl.DataFrame) -> bytes:
    """Return a table as Parquet."""
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()


def table_of(data: bytes) -> pl.DataFrame:
    """Return the table that `table_bytes` was given."""
    return pl.read_parquet(io.BytesIO(data))
