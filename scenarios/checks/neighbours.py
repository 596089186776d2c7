"""Checks of territories: links between leads that exist, and neighbours wherever a rule asks for one piece."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import polars as pl

from scenarios.checks.facts import Facts, lead_place, near
from scenarios.faults import Faults
from scenarios.issues import Issue, error, warning
from scenarios.rules import Contiguity


def links_between_leads(facts: Facts) -> Iterator[Issue]:
    """Each end of a link is a lead, and no lead is its own neighbour."""
    links = facts.scenario.links
    if not links.height:
        return
    faults = Faults("links", [])
    for ids in links.get_columns():
        known = ids.is_in(facts.leads["id"].implode()) | ids.is_null()  # an empty cell was reported when it was read
        strange = (~known).fill_null(False).arg_true().to_list()
        faults.add("link_to_nobody", strange, ids.name, partial(_named, facts, ids))
    yield from faults.issues
    itself = (links["a"] == links["b"]).fill_null(False).arg_true()
    if len(itself):
        yield warning("link_to_itself", f"/links/{itself[0]}", id=links["a"][int(itself[0])], count=len(itself))


def _named(facts: Facts, ids: pl.Series, row: int) -> dict[str, object]:
    return {"id": ids[row], "near": near(ids[row], facts.lead_values("id"))}


def pieces_need_neighbours(facts: Facts) -> Iterator[Issue]:
    """Where territories are to be in one piece it is known which leads are neighbours; and `solve` cannot see to it."""
    parts = list(facts.of_kind(Contiguity))
    for part in parts:
        yield warning("contiguity_by_rebalance", part.place, rule=part.label)
    if not parts or facts.n == 0:
        return
    links = facts.scenario.links
    if links.height:
        linked = facts.leads["id"].is_in(pl.concat([links["a"], links["b"]]).implode())
        alone = (~linked).fill_null(True).arg_true()
        if len(alone) and facts.n > 1:
            row = int(alone[0])
            yield warning("lead_without_neighbour", lead_place(row, "id"), id=facts.lead_id(row), count=len(alone))
        return
    nowhere = np.flatnonzero((facts.leads["lat"].is_null() | facts.leads["lon"].is_null()).to_numpy())
    if len(nowhere):
        yield error("neighbours_unknown", parts[0].place, rule=parts[0].label, count=len(nowhere))
