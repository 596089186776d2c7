"""Checks of the table of travel: measures, leads and reps that are known, and a number for every pair that may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from scenarios.checks.facts import Facts, Part, listed, near
from scenarios.checks.pairs import Pairs
from scenarios.checks.selections import Ints
from scenarios.faults import Faults
from scenarios.goals import Travel
from scenarios.issues import Issue, error, pointer, warning

KEYS = ("lead", "rep")
_UNKNOWN = {"lead": "travel_of_unknown_lead", "rep": "travel_of_unknown_rep"}


def _measured(facts: Facts) -> list[tuple[Part[Travel], str]]:
    """Return the goals that the table is for, each with its column."""
    parts = ((part, part.spec.measured_by) for part in facts.of_kind(Travel))
    return [(part, column) for part, column in parts if column is not None]


def known_measures(facts: Facts) -> Iterator[Issue]:
    """A goal is measured by a column that is there; and a table that is there is used."""
    table, goals = facts.scenario.travel, _measured(facts)
    columns = [column for column in table.columns if column not in KEYS]
    for part, column in goals:
        place = f"{part.place}/measured_by"
        if not table.height:
            yield error("travel_table_missing", place, column=column)
        elif column not in columns:
            yield error("unknown_measure", place, column=column, near=near(column, columns), known=listed(columns, 12))
    if table.height and not goals:
        yield warning("travel_unused", "/travel", known=listed(columns, 12))


def known_names(facts: Facts) -> Iterator[Issue]:
    """The table names leads and reps that are there; it may be larger than the scenario."""
    table = facts.scenario.travel
    known = {"lead": facts.leads["id"], "rep": pl.Series([rep.id for rep in facts.reps], dtype=pl.String)}
    for key, ids in known.items():
        strange = (~table[key].is_in(ids.implode())).fill_null(False).arg_true()
        if len(strange):
            row = int(strange[0])
            name, guess = table[key][row], near(table[key][row], ids.head(300).to_list())
            yield warning(_UNKNOWN[key], pointer("travel", row, key), id=name, count=len(strange), near=guess)


def pairs_given_once(facts: Facts) -> Iterator[Issue]:
    """No pair has two numbers."""
    table = facts.scenario.travel
    if not table.height:
        return
    named = table["lead"].is_not_null() & table["rep"].is_not_null()
    again = (named & ~table.select(pl.struct(KEYS).is_first_distinct()).to_series()).arg_true()
    faults = Faults("travel", [])
    faults.add(
        "travel_twice", again.to_list(), "rep", lambda row: {"lead": table["lead"][row], "rep": table["rep"][row]}
    )
    yield from faults.issues


def missing_pairs(pairs: Pairs) -> Iterator[Issue]:
    """Every pair that the hard rules leave has a number."""
    facts = pairs.facts
    for part, column in _measured(facts):
        if column in KEYS or column not in facts.scenario.travel.columns:
            continue  # reported as unknown
        leads, reps = _given(facts, column)
        allowed = pairs.possible.allows(leads, reps)
        missing = pairs.possible.options() - np.bincount(leads[allowed], minlength=facts.n)
        short = np.flatnonzero(missing > 0)
        if len(short):
            row = int(short[0])
            open_to = pairs.possible.pairs(short[:1])[0]
            open_to[reps[leads == row]] = False
            rep = facts.rep_ids(open_to)[0]
            told: dict[str, Any] = {"lead": facts.lead_id(row), "rep": rep, "column": column, "leads": len(short)}
            place = f"{part.place}/measured_by"
            yield error("travel_missing", place, count=int(missing[short].sum()), **told)


def _given(facts: Facts, column: str) -> tuple[Ints, Ints]:
    """Return the leads and reps of the pairs that have a number, each pair once."""
    index = list(facts.rep_index.items())
    reps = pl.DataFrame(index, schema={"rep": pl.String, "j": pl.Int64}, orient="row")
    leads = pl.DataFrame({"lead": facts.leads["id"], "i": np.arange(facts.n)}).unique("lead", keep="first")
    given = facts.scenario.travel.select(*KEYS, pl.col(column).alias("amount")).drop_nulls()
    known = given.join(reps, on="rep").join(leads, on="lead").select("i", "j").unique()
    return known["i"].to_numpy(), known["j"].to_numpy()
