"""Scenarios as the store and the child processes hold them: the head as JSON, the leads as Parquet."""

from __future__ import annotations

import io
from base64 import b64decode, b64encode
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
    head = {**scenario.document(), "reps": scenario.rep_records(), "links": scenario.link_records()}
    if scenario.travel.height:  # as Parquet, too: it may have millions of rows
        head["travel"] = b64encode(table_bytes(scenario.travel)).decode()
    return Packed(orjson.dumps(head), table_bytes(scenario.leads))


def unpack(packed: Packed) -> Scenario:
    """Return the scenario that was packed."""
    head = orjson.loads(packed.head)
    if "travel" in head:
        head["travel"] = table_of(b64decode(head["travel"]))
    return Scenario(**head, leads=table_of(packed.leads))


def table_bytes(table: pl.DataFrame) -> bytes:
    """Return a table as Parquet."""
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()


def table_of(data: bytes) -> pl.DataFrame:
    """Return the table that `table_bytes` was given."""
    return pl.read_parquet(io.BytesIO(data))
