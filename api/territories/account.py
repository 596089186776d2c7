"""The account of a plan of territories: what each holds, what leaves and what comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from scenarios.model import Scenario
from solver.explain import Explainer
from solver.facts import COUNT, Facts
from solver.goals.travel import travel_to
from solver.pairs import Bools, Floats, Ints, Kilometres, unit_vectors
from solver.rules.contiguity import piece_of
from solver.territory.notes import measure_of

VALUE = "value"


@dataclass(frozen=True)
class Account:
    """A plan of territories against today.

    Parameters
    ----------
    scenario : Scenario
        With the reps at their centres (`Rebalanced.scenario`).
    owner : (leads,) array of int
        Rep of each lead.
    centres : mapping
        The lead where a centre was found, by rep id.
    loads : DataFrame
        As `Explainer.loads` gives them.
    """

    scenario: Scenario
    owner: Ints
    centres: Mapping[str, str]
    loads: pl.DataFrame

    @classmethod
    def of(cls, explainer: Explainer, owner: Ints, centres: Mapping[str, str]) -> Account:
        """Return the account of an explained plan."""
        return cls(explainer.scenario, owner, centres, explainer.loads())

    @cached_property
    def facts(self) -> Facts:
        """The scenario as arrays, in its own order."""
        return Facts(self.scenario)

    @cached_property
    def ids(self) -> list[str]:
        """The reps' ids."""
        return [rep.id for rep in self.scenario.reps]

    @cached_property
    def metrics(self) -> list[str]:
        """What is added up: leads, value where there is any, and all that has a target or bound and is of the lead."""
        found = [COUNT]
        if (self.facts.lead_numbers(VALUE) > 0).any():
            found.append(VALUE)
        bounded = self.loads.filter(pl.any_horizontal(pl.col("target", "lower", "upper").is_not_null()))
        known = {COUNT, "hours", VALUE, "quality", *self.scenario.leads.columns}
        return list(dict.fromkeys((*found, *(m for m in bounded["metric"].unique(maintain_order=True) if m in known))))

    @cached_property
    def amounts(self) -> dict[str, Floats]:
        """What each lead adds to each of the metrics, (leads,)."""
        everyone = np.arange(self.facts.n)
        return {m: self.facts.metric(m).at(everyone, np.zeros_like(everyone)) for m in self.metrics}

    @cached_property
    def moves(self) -> pl.DataFrame:
        """One row per lead that had an owner today and has another: `lead`, `from`, `to`, and the metrics."""
        before = self.scenario.leads["owner"]
        after = pl.Series("to", self.ids, dtype=pl.String)[self.owner]
        table = self.scenario.leads.select(pl.col("id").alias("lead"), "name", pl.col("owner").alias("from"))
        table = table.with_columns(after.alias("to"), *(pl.Series(m, a) for m, a in self.amounts.items()))
        return table.filter(before.is_null() | (before != after))

    @cached_property
    def changes(self) -> pl.DataFrame:
        """The change list of each rep: a row for each lead that leaves (to `other`) or comes (from `other`)."""
        columns = [pl.col("lead"), pl.col("name"), *(pl.col(m) for m in self.metrics)]
        leaves = self.moves.filter(pl.col("from").is_in(self.ids)).select(
            pl.col("from").alias("rep"), pl.lit("leaves").alias("change"), pl.col("to").alias("other"), *columns
        )
        comes = self.moves.select(
            pl.col("to").alias("rep"), pl.lit("comes").alias("change"), pl.col("from").alias("other"), *columns
        )
        order = pl.DataFrame({"rep": self.ids}, schema={"rep": pl.String}).with_row_index("order")
        both = pl.concat([leaves, comes]).join(order, on="rep", how="left")
        return both.sort("order", "change", "other", "lead", descending=[False, True, False, False]).drop("order")

    @cached_property
    def kilometres(self) -> Floats:
        """How far each lead is from the centre of its territory, (leads,); NaN where a place is unknown."""
        places = self.places
        way = Kilometres(self.facts.places, places, 1.0)
        everyone = np.arange(self.facts.n)
        known = self.placed & np.asarray(places.any(axis=1), dtype=bool)[self.owner]
        return np.where(known, way.at(everyone, self.owner), np.nan)

    @cached_property
    def measure(self) -> str | None:
        """What ways are measured in where a table tells them, such as minutes; None: kilometres."""
        return measure_of(self.scenario)

    @property
    def way(self) -> str:
        """The name of the mean way in the records of territories."""
        return "kilometres" if self.measure is None else "way"

    @cached_property
    def ways(self) -> Floats:
        """How far each lead is from its rep, (leads,): in kilometres, or by the table; NaN where it is unknown."""
        if self.measure is None:
            return self.kilometres
        key, amount, _ = self.facts.travel(self.measure)
        mine = np.arange(self.facts.n) * self.facts.m + self.owner
        at = np.searchsorted(key, mine)
        at[at == len(key)] = 0
        known = key[at] == mine if len(key) else np.zeros(self.facts.n, dtype=bool)
        return np.where(known, amount[at] if len(key) else np.nan, np.nan)

    @cached_property
    def placed(self) -> Bools:
        """Which leads have a place, (leads,)."""
        return np.asarray(self.facts.places.any(axis=1), dtype=bool)

    @cached_property
    def places(self) -> Floats:
        """The centres as unit vectors, (reps, 3); zero where unknown."""
        lat, lon = (
            np.array([np.nan if (p := getattr(r, c)) is None else p for r in self.scenario.reps], dtype=np.float64)
            for c in ("lat", "lon")
        )
        return unit_vectors(lat, lon)

    @cached_property
    def weights(self) -> Floats:
        """What each lead's way counts in a mean, (leads,): as in the first goal of travel."""
        for goal in self.scenario.goals:
            if goal.kind == "travel" and goal.weight > 0:
                weights = travel_to(goal, self.facts, self.places).weights
                if weights is not None:
                    return weights
        return np.ones(self.facts.n)

    @cached_property
    def territories(self) -> list[dict[str, Any]]:
        """A JSON-ready record per rep: centre, leads, loads against targets, ways, pieces, what leaves and comes."""
        count = np.bincount(self.owner, minlength=len(self.ids))
        piece = piece_of(self.facts, self.owner)
        first = np.unique(piece, return_index=True)[1]
        pieces = np.bincount(self.owner[first], minlength=len(self.ids))
        told = {"kilometres": self._told(self.kilometres), "way": self._told(self.ways)}
        changed = {side: dict(self.moves.group_by(side).len().iter_rows()) for side in ("from", "to")}
        measured = self.measure
        loads = self.loads.group_by("rep", maintain_order=True)
        by_rep = {rep: part.drop("rep").to_dicts() for (rep,), part in loads}
        return [
            {
                "rep": rep.id,
                "centre": None
                if rep.lat is None or rep.lon is None
                else {"lead": self.centres.get(rep.id), "lat": rep.lat, "lon": rep.lon},
                "leads": int(count[j]),
                "loads": by_rep.get(rep.id, []),
                "kilometres": told["kilometres"][0][j],
                "farthest": told["kilometres"][1][j],
                **(
                    {}
                    if measured is None
                    else {"way": told["way"][0][j], "farthest_way": told["way"][1][j], "unit": measured}
                ),
                "pieces": int(pieces[j]),
                "leaves": int(changed["from"].get(rep.id, 0)),
                "comes": int(changed["to"].get(rep.id, 0)),
            }
            for j, rep in enumerate(self.scenario.reps)
        ]

    def _told(self, ways: Floats) -> tuple[list[float], list[float]]:
        """Return the weighted mean and the farthest of the ways in each territory; unknown ones do not count."""
        far = np.where(np.isnan(ways), 0.0, ways)
        weight = np.where(np.isnan(ways), 0.0, self.weights)
        all_of = np.maximum(np.bincount(self.owner, weight, len(self.ids)), 1e-300)
        mean = np.bincount(self.owner, weight * far, len(self.ids)) / all_of
        farthest = np.zeros(len(self.ids))
        np.maximum.at(farthest, self.owner, far)
        return mean.round(3).tolist(), farthest.round(3).tolist()

    @cached_property
    def moved(self) -> dict[str, dict[str, float]]:
        """By metric: what leaves the rep who has it today, and all that one of the reps has today."""
        owned = self.facts.owner >= 0
        gone = owned & (self.facts.owner != self.owner)
        return {m: {"moved": float(a[gone].sum()), "owned": float(a[owned].sum())} for m, a in self.amounts.items()}
