"""Checks of the two tables: ids, owners, protections, presence, win rates."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import polars as pl

from scenarios.checks.facts import Facts, figure, lead_place, listed, near
from scenarios.checks.selections import word
from scenarios.faults import LISTED_PER_CODE
from scenarios.issues import Issue, error, pointer, warning
from scenarios.rules import Protection


def empty_tables(facts: Facts) -> Iterator[Issue]:
    """No reps is a fault; no leads is a quiet cycle, in which nothing needs an owner."""
    if facts.m == 0:
        yield error("no_reps", "/reps")
    if facts.n == 0:
        yield warning("no_leads", "/leads")


def duplicate_ids(facts: Facts) -> Iterator[Issue]:
    """Each id stands for one lead, or one rep; the second and further rows are the fault."""
    again = (~facts.leads["id"].is_first_distinct()).arg_true().to_numpy()
    yield from facts.lead_issues("duplicate_id", again, "id", lambda row: {"kind": "lead", "id": facts.lead_id(row)})
    for j, rep in enumerate(facts.reps):
        if facts.rep_index[rep.id] != j:
            yield error("duplicate_id", f"/reps/{j}/id", column="id", kind="rep", id=rep.id)


def duplicate_rule_names(facts: Facts) -> Iterator[Issue]:
    """Explanations name rules, so each name should mean one of them."""
    seen: dict[str, str] = {}
    for part in facts.rules:
        name = part.spec.name
        if name and seen.setdefault(name, part.place) != part.place:
            yield warning("duplicate_rule_name", f"{part.place}/name", name=name)


def unknown_owners(facts: Facts) -> Iterator[Issue]:
    """An owner who is no rep counts as nobody: ordinary when people leave."""
    rows = np.flatnonzero((facts.owner < 0) & facts.leads["owner"].is_not_null().to_numpy())
    gone = (
        pl.DataFrame({"row": rows, "owner": facts.leads["owner"][rows]})
        .group_by("owner", maintain_order=True)
        .agg(pl.col("row").first(), pl.len().alias("count"))
    )
    for owner, row, count in gone.head(LISTED_PER_CODE).iter_rows():
        names = near(owner, facts.rep_index)
        yield warning("owner_not_a_rep", lead_place(row, "owner"), owner=owner, count=count, near=names)
    if (rest := len(gone) - LISTED_PER_CODE) > 0:
        yield warning("more_like_this", "/leads", count=rest, of="owner_not_a_rep")


def protections_without_owner(facts: Facts) -> Iterator[Issue]:
    """A protection keeps a lead with its owner; where nobody owns it, it does nothing."""
    if not any(True for _ in facts.of_kind(Protection)):
        return
    rows = np.flatnonzero(facts.dated & facts.leads["owner"].is_null().to_numpy())
    if len(rows):
        yield warning("protected_without_owner", lead_place(rows[0], "owner"), count=len(rows))


def reversed_dates(facts: Facts) -> Iterator[Issue]:
    """A period, of the plan or of a rep, ends after it begins."""
    start, end = facts.scenario.period_start, facts.scenario.period_end
    if start and end and end < start:
        yield error("period_reversed", "/period_end", start=str(start), end=str(end))
    for j, rep in enumerate(facts.reps):
        first, last = rep.available_from, rep.available_to
        if first and last and last < first:
            place = f"/reps/{j}/available_to"
            yield error("availability_reversed", place, rep=rep.id, start=str(first), end=str(last))


def absent_reps(facts: Facts) -> Iterator[Issue]:
    """A rep who is away for the whole period takes nothing; worth a look, as dates are easily mistyped."""
    for j in np.flatnonzero(facts.presence == 0):
        rep = facts.reps[j]
        if rep.available_from and rep.available_to and rep.available_to < rep.available_from:
            continue  # reported as reversed
        late = rep.available_from is not None and rep.available_from > (facts.scenario.period_end or rep.available_from)
        yield warning("rep_absent", pointer("reps", int(j), "available_from" if late else "available_to"), rep=rep.id)


def missing_win_rates(facts: Facts) -> Iterator[Issue]:
    """Where some reps have win rates, each has one for every value that occurs, or one for any other, `*`."""
    column = facts.scenario.win_rate_by
    if not any(rep.win_rates for rep in facts.reps) or column not in facts.columns["leads"]:
        return
    cells = facts.leads[column].unique(maintain_order=True).to_list()
    values = dict.fromkeys("" if cell is None else word(cell) for cell in cells)
    for j, rep in enumerate(facts.reps):
        if "*" in rep.win_rates:
            continue
        count = len(values) - sum(value in values for value in rep.win_rates if value)
        if count:
            without = (value for value in values if not value or value not in rep.win_rates)
            some = list(islice(without, 6))
            place = f"/reps/{j}/win_rates"
            yield error("win_rate_missing", place, rep=rep.id, column=column, values=listed(some), count=count)


def carried_over_capacity(facts: Facts) -> Iterator[Issue]:
    """Nobody starts above a capacity that must hold."""
    for key in dict.fromkeys(key for rep in facts.reps for key in rep.carried):
        carried, limit = facts.carried(key), facts.hard_capacity(key)
        for j in np.flatnonzero(carried > limit):
            yield error(
                "carried_over_capacity",
                f"/reps/{j}/carried",
                rep=facts.reps[j].id,
                metric=key,
                carried=figure(carried[j]),
                capacity=figure(limit[j]),
            )
