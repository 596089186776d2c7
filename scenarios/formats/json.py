"""Scenarios as JSON: one object with settings, rules and goals, and the tables as lists."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import islice
from typing import Any

import orjson

from scenarios.faults import LISTED_PER_CODE
from scenarios.formats.decoding import decode
from scenarios.formats.limits import ReadLimits
from scenarios.formats.tables import ROW_MODELS, TABLES, Draft, Table, TableName, missing_table
from scenarios.issues import Issue, Where, error, pointer
from scenarios.model import Lead, Link, Scenario
from scenarios.table import columnar, link_records_of, records_of


def read_json(data: bytes, file: str, limits: ReadLimits, *, tables_elsewhere: bool = False) -> Draft:
    """Read a whole scenario, or the head of one whose tables are in other files."""
    document, issues = parse_object(data, file)
    draft = Draft(issues=issues)
    if document is None:
        return draft
    draft.head = {key: value for key, value in document.items() if key not in ROW_MODELS}
    for name in ROW_MODELS:
        if name not in document:
            draft.issues += [] if tables_elsewhere or name not in TABLES else [missing_table(name, file)]
            continue
        table, more = _table(document[name], name, file, limits)
        draft.issues += more
        if table is not None:
            draft.tables[name] = table
    return draft


def parse_object(data: bytes, file: str) -> tuple[dict[str, Any] | None, list[Issue]]:
    """Parse a file that holds one JSON object, in any encoding that `decode` knows."""
    decoded = decode(data, file, "")
    issues = list(decoded.issues)
    if decoded.data is None:
        return None, issues
    if not decoded.data.strip():
        return None, [*issues, error("empty_file", "", Where(file), file=file)]
    try:
        document = orjson.loads(decoded.data)
    except orjson.JSONDecodeError as fault:
        where = Where(file, fault.lineno)
        return None, [*issues, error("bad_json", "", where, file=file, line=fault.lineno, column=fault.colno)]
    if not isinstance(document, dict):
        return None, [*issues, error("not_an_object", "", Where(file), key=file)]
    return document, issues + [
        error("duplicate_key", place, Where(file), key=key) for place, key in repeated_keys(decoded.data, document)
    ]


def repeated_keys(data: bytes, parsed: Any) -> list[tuple[str, str]]:
    """Return pointer and name of each key that an object in a JSON text has more than once; parsers keep the last.

    Most texts have none, and to see that they have as many keys as were parsed is faster than to look at each.
    """
    if _STRING.sub(b"", data).count(b":") == _keys(parsed):
        return []
    try:
        whole = json.loads(data, object_pairs_hook=_Object, parse_int=len)  # a number of any length
    except RecursionError:  # deeper than anything in a scenario
        return [("", "...")]
    found: list[tuple[str, str]] = []
    rest: list[tuple[tuple[str | int, ...], Any]] = [((), whole)]
    while rest and len(found) < LISTED_PER_CODE:
        path, value = rest.pop()
        if isinstance(value, _Object):
            found += [(pointer(*path, key), key) for key in value.repeated]
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        rest += [((*path, key), one) for key, one in reversed([*inner]) if isinstance(one, dict | list)]
    return found[:LISTED_PER_CODE]


class _Object(dict[str, Any]):
    """An object of a JSON text that remembers which of its keys came again."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        times = Counter(key for key, _ in pairs) if len(self) < len(pairs) else {}
        self.repeated = [key for key, count in times.items() if count > 1]


_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


def _keys(parsed: Any) -> int:
    """Return how many keys all objects together have."""
    count, rest = 0, [parsed]
    while rest:
        value = rest.pop()
        if type(value) is dict:
            count += len(value)
            rest.extend(inner for inner in value.values() if type(inner) in (dict, list))
        elif type(value) is list:
            rest.extend(inner for inner in value if type(inner) in (dict, list))
    return count


def _table(rows: Any, name: TableName, file: str, limits: ReadLimits) -> tuple[Table | None, list[Issue]]:
    if isinstance(rows, list) and len(rows) > limits.rows(name):
        return None, [error("too_many_rows", pointer(name), table=name, limit=limits.rows(name))]
    records, issues = link_records_of(rows, Link) if name == "links" else records_of(rows, name)
    if not isinstance(rows, list):
        return None, issues
    names: set[str] = set()
    for record in records:
        names.update(islice(record, limits.columns + 1))
        if len(names) > limits.columns:
            return None, [*issues, error("too_many_columns", pointer(name), table=name, limit=limits.columns)]
    required = {"links": ("a", "b"), "travel": ("lead", "rep")}.get(name, ("id",))
    return Table(file, {column: [None] * len(records) for column in required} | columnar(records)), issues


def column_types(scenario: Scenario) -> dict[str, dict[str, str]]:
    """Return the types of the extra columns, which tables of text cannot tell."""
    leads = {
        name: "number" if dtype.is_numeric() else "text"
        for name, dtype in scenario.leads.schema.items()
        if name not in Lead.model_fields
    }
    reps = {n: "text" if isinstance(c, str) else "number" for r in scenario.reps for n, c in r.extras.items()}
    return {"lead_columns": leads, "rep_columns": reps}


def head_of(scenario: Scenario) -> dict[str, Any]:
    """Return all but the two tables, as `scenario.json` in a folder holds it."""
    return {**scenario.document(), **column_types(scenario)}


def head_bytes(scenario: Scenario) -> bytes:
    """Return `head_of` as JSON that people can read."""
    return orjson.dumps(head_of(scenario), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def json_bytes(scenario: Scenario) -> bytes:
    """Return a whole scenario as JSON that people can read; one object per lead."""
    whole = {**head_of(scenario), **tables_of(scenario)}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def tables_of(scenario: Scenario) -> dict[str, Any]:
    """Return the tables of a scenario, JSON-ready; links and travel only where there are any."""
    links = {"links": scenario.link_records()} if scenario.links.height else {}
    travel = {"travel": scenario.travel_records()} if scenario.travel.height else {}
    return {"reps": scenario.rep_records(), "leads": scenario.lead_records(), **links, **travel}
