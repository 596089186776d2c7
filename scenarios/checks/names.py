"""Checks of the names that rules, goals and capacities use: columns, values, ids, metrics, segments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import polars as pl

from scenarios.checks.facts import COUNT, EXPECTED_VALUE, HOURS, Facts, Part, lead_place, listed, near
from scenarios.checks.selections import Cell, word
from scenarios.columns import columns_of
from scenarios.formats.guess import nearest
from scenarios.goals import Travel
from scenarios.issues import Issue, error, pointer, warning
from scenarios.model import Lead, Rep
from scenarios.rules import Capacity, Disruption


def unknown_columns(facts: Facts) -> Iterator[Issue]:
    """Rules, goals and win rates name columns that the tables have."""
    used = [(f"{part.place}/{field}", table, column) for part in facts.parts for field, table, column in part.columns()]
    used.append(("/win_rate_by", "leads", facts.scenario.win_rate_by))
    for place, table, column in used:
        if table == "leads" and facts.n == 0:
            continue  # a table without rows need not show its extra columns
        if column not in facts.columns[table]:
            guess = near(column, facts.columns[table])
            yield error("unknown_column_used", place, column=column, table=table, near=guess)


def misspelt_columns(facts: Facts) -> Iterator[Issue]:
    """An extra column that nothing uses should not look like a known one that stays empty."""
    used = {(table, column) for part in facts.parts for _, table, column in part.columns()}
    used |= {("leads", part.metric) for part in facts.parts if part.metric is not None}
    used |= {("leads", facts.split_key(key)[0]) for _, key in _load_keys(facts)}
    used.add(("leads", facts.scenario.win_rate_by))
    known = {"leads": _untouched_lead_columns(facts), "reps": _untouched_rep_columns(facts)}
    for table, untouched in known.items():
        fields = Lead.model_fields if table == "leads" else Rep.model_fields
        for column in facts.columns[table]:
            if column in fields or (table, column) in used:
                continue
            if guess := nearest(column, untouched, cutoff=0.75):
                kind = table.removesuffix("s")
                yield warning("unknown_column", pointer(table, 0, column), column=column, kind=kind, guess=guess[0])


def _untouched_lead_columns(facts: Facts) -> list[str]:
    """Return the known columns in which every lead has the default."""
    names = []
    for name, column in columns_of(Lead).items():
        cells = facts.leads[name]
        plain = column.default is None or column.kind == "mapping"  # of these, the default is an empty cell
        if (cells.is_null() if plain else cells == column.default).all():
            names.append(name)
    return names


def _untouched_rep_columns(facts: Facts) -> list[str]:
    """Return the known columns in which every rep has the default."""
    fields = Rep.model_fields.items()
    defaults = {name: field.get_default(call_default_factory=True) for name, field in fields}
    return [name for name, default in defaults.items() if all(getattr(r, name) == default for r in facts.reps)]


def lead_selections(facts: Facts) -> Iterator[Issue]:
    """Each value in a selection of leads occurs, and some lead fits all of its conditions."""
    if facts.n == 0:
        return

    def occurs(column: str, value: Cell) -> bool:
        return len(facts.lead_index.holding(column, value)) > 0

    for part in facts.parts:
        if any(column not in facts.columns["leads"] for column in part.leads):
            continue  # reported as unknown
        unused = list(_unused_values(part, "leads", facts.lead_values, occurs))
        yield from unused
        if part.leads and not unused and len(facts.lead_rows(part)) == 0:
            yield warning("selection_is_empty", f"{part.place}/leads", rule=part.label, table="leads")


def rep_selections(facts: Facts) -> Iterator[Issue]:
    """Each value in a selection of reps occurs, and some rep fits all of its conditions."""
    if facts.m == 0:
        return

    def words(column: str) -> list[str]:
        return sorted(frozenset().union(*facts.rep_words(column)))

    def occurs(column: str, value: Cell) -> bool:
        return any(word(value) in held for held in facts.rep_words(column))

    for part in facts.parts:
        if any(column not in facts.columns["reps"] for column in part.reps):
            continue  # reported as unknown
        unused = list(_unused_values(part, "reps", words, occurs))
        yield from unused
        if part.reps and not unused and not facts.chosen(part.reps).any():
            yield warning("selection_is_empty", f"{part.place}/reps", rule=part.label, table="reps")


def _unused_values(
    part: Part[Any], table: str, words: Callable[[str], list[str]], occurs: Callable[[str, Cell], bool]
) -> Iterator[Issue]:
    """Yield an issue for each value of a selection that is nowhere in its column."""
    place = f"{part.place}/{table}"
    for column, values in (part.leads if table == "leads" else part.reps).items():
        for value in values:
            if occurs(column, value):
                continue
            if column == "id":
                # ids of leads differ by little, so that only those of reps are worth a guess
                guess = [] if table == "leads" else near(word(value), words(column))
                yield error("dangling_id", place, rule=part.label, table=table, id=word(value), near=guess)
            else:
                guess = near(word(value), words(column))
                yield warning("selects_nothing", place, column=column, value=word(value), table=table, near=guess)


def unknown_metrics(facts: Facts) -> Iterator[Issue]:
    """Rules, goals, capacities and loads are measured in metrics that exist."""
    if facts.n == 0:
        return  # a table without rows need not show its numeric columns
    for part in facts.parts:
        if part.metric is not None and not facts.metric_known(part.metric, part):
            yield _unknown_metric(facts, part.metric_place, part.metric, part)
        for key in part.spec.metrics if isinstance(part.spec, Capacity) else ():
            if not facts.metric_known(facts.split_key(key)[0]):
                yield _unknown_metric(facts, f"{part.place}/metrics", key)
    for place, key in _load_keys(facts):
        if not facts.metric_known(facts.split_key(key)[0]):
            yield _unknown_metric(facts, place, key)


def _unknown_metric(facts: Facts, place: str, key: str, part: Part[Any] | None = None) -> Issue:
    metric, _ = facts.split_key(key)
    if metric in facts.columns["leads"] and metric not in facts.metrics:
        return error("metric_not_numeric", place, metric=metric)
    known = facts.metrics
    if part is not None and isinstance(part.spec, Disruption | Travel):
        known = [name for name in known if name != EXPECTED_VALUE]
    return error("unknown_metric", place, metric=metric, near=near(metric, known), known=listed(known, 12))


def _load_keys(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the place and key of every capacity and every load that is carried."""
    for j, rep in enumerate(facts.reps):
        yield from ((f"/reps/{j}/capacity", key) for key in rep.capacity)
        yield from ((f"/reps/{j}/carried", key) for key in rep.carried)


def unknown_segments(facts: Facts) -> Iterator[Issue]:
    """A capacity for one segment, `hours@Enterprise`, limits nothing if no lead is in it."""
    if facts.n == 0:
        return
    segments = set(facts.leads["segment"].unique().to_list())
    for place, key in _load_keys(facts):
        segment = facts.split_key(key)[1]
        if segment is not None and segment not in segments:
            guess = near(segment, facts.lead_values("segment"))
            yield warning("unknown_segment", place, segment=segment, metric=key, near=guess)


def unused_capacities(facts: Facts) -> Iterator[Issue]:
    """A capacity rule that names a capacity which none of its reps has limits nothing."""
    for part in facts.of_kind(Capacity):
        chosen = np.flatnonzero(facts.chosen(part.reps))
        given = dict.fromkeys(key for j in chosen for key in facts.reps[j].capacity)
        for key in part.spec.metrics:
            if facts.metric_known(facts.split_key(key)[0]) and key not in given:
                guess = near(key, given)
                yield warning("capacity_nobody_has", f"{part.place}/metrics", rule=part.label, metric=key, near=guess)


def unfit_metric_columns(facts: Facts) -> Iterator[Issue]:
    """A column that loads are measured in holds no negative numbers, and should have no empty cells."""
    keys = [part.metric for part in facts.parts if part.metric is not None]
    keys += [key for _, key in _load_keys(facts)]
    names = (facts.split_key(key)[0] for key in keys)
    alias = {HOURS: "effort", EXPECTED_VALUE: "value"}
    for column in dict.fromkeys(alias.get(name, name) for name in names if name in facts.metrics and name != COUNT):
        yield from _unfit_cells(facts, column)


def _unfit_cells(facts: Facts, column: str) -> Iterator[Issue]:
    cells = facts.leads[column].cast(pl.Float64, strict=False)
    wild = (~cells.is_finite()).fill_null(False)
    yield from facts.lead_issues("not_finite", wild.arg_true().to_numpy(), column, lambda _: {})
    negative = ((cells < 0) & ~wild).fill_null(False)
    rows = negative.arg_true().to_numpy()
    yield from facts.lead_issues("negative_metric", rows, column, lambda row: {"value": cells[row]})
    missing = cells.is_null().arg_true()
    if len(missing):
        yield warning("metric_missing", lead_place(missing[0], column), column=column, count=len(missing))
