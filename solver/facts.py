"""What the rules and goals ask of a scenario, as arrays: one column, metric or selection at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property, partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from scenarios.model import Rep, Scenario
from scenarios.selection import Selection
from scenarios.table import parse_mapping
from solver.neighbours import neighbours
from solver.pairs import AtOwner, Bools, Floats, Ints, PairValues, PerLead, Tabled, unit_vectors

COUNT, HOURS, EXPECTED_VALUE = "leads", "hours", "expected_value"


class Facts:
    """A scenario read as arrays, with leads and reps in a given order.

    The judge uses the scenario's own order; `compile` a shuffled one, so that ties favour no name.
    Ids become indices here and nowhere else.

    Parameters
    ----------
    scenario : Scenario
    lead_order, rep_order : array of int, optional
        Positions in the scenario; all, in their order, by default.
    """

    def __init__(self, scenario: Scenario, lead_order: Ints | None = None, rep_order: Ints | None = None) -> None:
        self.scenario = scenario
        self.leads = LeadColumns(scenario.leads, lead_order)
        order = range(len(scenario.reps)) if rep_order is None else rep_order.tolist()
        self.reps: tuple[Rep, ...] = tuple(scenario.reps[j] for j in order)
        self.n, self.m = scenario.leads.height, len(self.reps)
        self.rep_index = {rep.id: j for j, rep in enumerate(self.reps)}
        self.metric = cache(self._metric)
        self.codes = cache(self._codes)
        self.travel = cache(self._travel)

    # -- leads ------------------------------------------------------------------------------------------------

    def lead_numbers(self, column: str) -> Floats:
        """Return a numeric lead column, (n,); empty cells count as 0."""
        return self.leads.array(column, lambda s: s.cast(pl.Float64, strict=False).fill_null(0.0)).astype(np.float64)

    def _codes(self, column: str) -> tuple[Ints, tuple[str | float | None, ...]]:
        """Return each lead's index into the distinct values of a column, and those values; None is a blank."""
        values = self.scenario.leads[column].unique().sort(nulls_last=False)
        if len(values) == 0:
            return np.zeros(0, dtype=np.int64), ()
        if len(values) == 1:
            return np.zeros(self.n, dtype=np.int64), tuple(values.to_list())
        table = pl.DataFrame({"value": values}).with_row_index("code")

        def coded(series: pl.Series) -> pl.Series:
            cells = pl.DataFrame({"value": series})
            return cells.join(table, on="value", how="left", nulls_equal=True, maintain_order="left")["code"]

        return self.leads.array(column, coded).astype(np.int64), tuple(values.to_list())

    def select_leads(self, selection: Selection) -> Bools:
        """Return which leads a selection takes, (n,)."""
        taken = np.ones(self.n, dtype=bool)
        for column, wanted in selection.items():
            taken &= self.leads.array(column, partial(_is_in, wanted=wanted))
        return taken

    @cached_property
    def owner(self) -> Ints:
        """Index of the rep who has each lead today, (n,); -1 for nobody, or for somebody who left."""
        table = pl.DataFrame(
            {"owner": list(self.rep_index), "index": list(self.rep_index.values())},
            schema={"owner": pl.String, "index": pl.Int64},
        )

        def indices(owners: pl.Series) -> pl.Series:
            cells = pl.DataFrame({"owner": owners})
            return cells.join(table, on="owner", how="left", maintain_order="left")["index"].fill_null(-1)

        return self.leads.array("owner", indices).astype(np.int64)

    @cached_property
    def protected(self) -> Bools:
        """Leads that cannot leave their owner now, (n,): protected to the first day of the period or later."""
        start = self.scenario.period_start
        mask = self.leads.array(
            "protected_until", lambda until: until.is_not_null() if start is None else (until >= start).fill_null(False)
        )
        return mask & (self.owner >= 0)

    @cached_property
    def places(self) -> Floats:
        """Places of the leads as unit vectors, (n, 3); zero where unknown."""
        lat, lon = (self.leads.array(c, lambda s: s.cast(pl.Float64).fill_null(np.nan)) for c in ("lat", "lon"))
        return unit_vectors(lat, lon)

    def _travel(self, column: str) -> tuple[Ints, Floats, float]:
        """Return the pairs whose travel is given, as increasing ``lead * m + rep``, how far it is, and the most of all.

        Of a pair that is given twice the first counts.
        """
        table = self.scenario.travel
        if column not in table.columns or column in ("lead", "rep"):
            return np.zeros(0, dtype=np.int64), np.zeros(0), 0.0
        reps = pl.DataFrame({"rep": list(self.rep_index), "j": range(self.m)}, schema={"rep": pl.String, "j": pl.Int64})
        leads = pl.DataFrame({"lead": self.leads["id"], "i": np.arange(self.n)})
        given = table.select("lead", "rep", amount=pl.col(column)).drop_nulls()
        most = float(given["amount"].max() or 0.0)  # type: ignore[arg-type]
        known = given.join(reps, on="rep", maintain_order="left").join(leads, on="lead", maintain_order="left")
        pairs = known.select("amount", key=pl.col("i") * self.m + pl.col("j")).sort("key", maintain_order=True)
        key = pairs["key"].to_numpy().astype(np.int64)
        first = np.diff(key, prepend=-1) > 0
        return key[first], pairs["amount"].to_numpy()[first].astype(np.float64), most

    @cached_property
    def links(self) -> Ints:
        """Neighbouring leads, (links, 2): the scenario's, or where it has none those whose places are neighbours."""
        given = self.scenario.links
        if not given.height:
            return neighbours(self.places)
        index = pl.DataFrame({"id": self.leads["id"], "index": np.arange(self.n)})
        ends = [given.select(id=end).join(index, on="id", how="left", maintain_order="left")["index"] for end in "ab"]
        pairs = np.stack([end.fill_null(-1).to_numpy().astype(np.int64) for end in ends], axis=1)
        known: Ints = pairs[(pairs >= 0).all(axis=1) & (pairs[:, 0] != pairs[:, 1])]
        return known

    @cached_property
    def item(self) -> Ints:
        """The item each lead belongs to, (n,): families that a hard rule keeps together are one item.

        Each rule joins the leads that it chooses itself; two rules join more only through a lead that both choose.
        """
        codes, values = self.codes("family")
        known = present(values)
        leads, families = [], []
        for number, rule in enumerate(self.scenario.rules):
            if rule.kind == "family" and rule.rate is None:
                chosen = np.flatnonzero(self.select_leads(rule.leads) & known[codes])
                leads.append(chosen)
                families.append(self.n + number * len(values) + codes[chosen])
        if not sum(map(len, leads)):
            return np.arange(self.n)
        size = self.n + len(self.scenario.rules) * len(values)
        ends = (np.concatenate(leads), np.concatenate(families))
        links = sparse.coo_matrix((np.ones(len(ends[0])), ends), shape=(size, size))
        key = connected_components(links, directed=False)[1][: self.n]
        first = np.unique(key, return_index=True, return_inverse=True)
        rank = np.argsort(np.argsort(first[1]))  # items in the order of their first lead
        return rank[first[2]].astype(np.int64)

    # -- reps -------------------------------------------------------------------------------------------------

    def rep_cells(self, column: str) -> list[str | float | None]:
        """Return a rep column as it stands, one cell per rep."""
        return [cell_of(rep, column) for rep in self.reps]

    def rep_values(self, column: str) -> list[frozenset[str]]:
        """Return the values in each rep's cell: `East;North` holds two. A blank cell holds none."""
        return [values_in(cell) for cell in self.rep_cells(column)]

    def select_reps(self, selection: Selection) -> Bools:
        """Return which reps a selection takes, (m,); a cell with several values agrees with any of them."""
        taken = np.ones(self.m, dtype=bool)
        for column, wanted in selection.items():
            words = {_word(w) for w in wanted}
            taken &= np.array([not words.isdisjoint(v) for v in self.rep_values(column)], dtype=bool)
        return taken

    def carried(self, metric: str) -> Floats:
        """Return what the reps carry already of a metric (or `metric@segment`), (m,)."""
        return np.array([rep.carried.get(metric, 0.0) for rep in self.reps])

    @cached_property
    def presence(self) -> Floats:
        """Part of the period that each rep is there, (m,), in days; 1 where no period is given."""
        start, end = self.scenario.period_start, self.scenario.period_end
        if start is None or end is None:
            return np.ones(self.m)
        days = (end - start).days + 1
        present = [
            (min(rep.available_to or end, end) - max(rep.available_from or start, start)).days + 1 for rep in self.reps
        ]
        return np.clip(np.array(present, dtype=np.float64) / max(days, 1), 0.0, 1.0)

    @cached_property
    def weight(self) -> Floats:
        """What each rep is entitled to before it is divided by the group's sum, (m,).

        The explicit share, or else FTE x presence x ramp-up.
        """
        natural = np.array([rep.fte * rep.ramp_up for rep in self.reps]) * self.presence
        return np.array([w if r.share is None else r.share for r, w in zip(self.reps, natural, strict=True)])

    # -- pairs ------------------------------------------------------------------------------------------------

    @cached_property
    def win_rate(self) -> tuple[Ints, Floats]:
        """Row of each lead, and the table of win rates, (kinds, m). All are 1 where no rep has any."""
        codes, values = self.codes(self.scenario.win_rate_by)
        table = np.ones((len(values), self.m))
        if any(rep.win_rates for rep in self.reps):
            for j, rep in enumerate(self.reps):
                other = rep.win_rates.get("*", 0.0)
                table[:, j] = [other if v is None else rep.win_rates.get(_word(v), other) for v in values]
        return codes, table

    def _metric(self, name: str) -> PairValues:
        """Return what a lead adds to a rep's load of a metric."""
        if name == COUNT:
            return PerLead(np.ones(self.n))
        if name == HOURS:
            return PerLead(self.lead_numbers("effort"))
        if name == EXPECTED_VALUE:
            codes, table = self.win_rate
            return Tabled(self.lead_numbers("value"), codes, table)
        return PerLead(self.lead_numbers(name))

    def lead_total(self, metric: str, leads: Bools) -> float:
        """Return the total of a metric over the chosen leads; one that depends on the rep counts at the reps' mean."""
        values = self.metric(metric)
        if isinstance(values, Tabled):
            return float((values.scale * values.table.mean(axis=1)[values.code])[leads].sum()) if self.m else 0.0
        everyone = np.flatnonzero(leads)
        return float(values.at(everyone, np.zeros(len(everyone), dtype=np.int64)).sum())

    def at_owner(self, amount: Floats) -> PairValues:
        """Return an amount per lead that counts only where the lead stays with its owner."""
        return AtOwner(amount, self.owner, self.m)

    def requirements(self) -> tuple[Ints, list[dict[str, float]]]:
        """Return each lead's index into the distinct skill requirements, and those requirements."""
        codes, values = self.codes("skills")
        return codes, [{} if v is None else parse_mapping(str(v)) or {} for v in values]

    def loads(self, metric: str, owner: Ints, leads: Bools) -> Floats:
        """Return each rep's load of a metric from the chosen leads under a plan, (m,), without what they carry."""
        taken = np.flatnonzero((owner >= 0) & leads)
        amounts = self.metric(metric).at(taken, owner[taken])
        return np.bincount(owner[taken], weights=amounts, minlength=self.m).astype(np.float64)


class LeadColumns:
    """The columns of the leads in an order of their own. Numbers are put in order, not the texts that they come from.

    Parameters
    ----------
    table : DataFrame
        The leads in the scenario's order.
    order : array of int, optional
        Positions in the table.
    """

    def __init__(self, table: pl.DataFrame, order: Ints | None) -> None:
        self._table, self._order = table, order
        self._kept: dict[str, pl.Series] = {}

    def __getitem__(self, column: str) -> pl.Series:
        """Return a column as it stands."""
        if self._order is None:
            return self._table[column]
        if column not in self._kept:
            self._kept[column] = self._table[column].gather(self._order)
        return self._kept[column]

    def array(self, column: str, read: Callable[[pl.Series], pl.Series]) -> NDArray[Any]:
        """Return what `read` makes of a column, cell by cell, as an array, (n,)."""
        values = read(self._table[column]).to_numpy()
        return values if self._order is None else values[self._order]


def cell_of(rep: Rep, column: str) -> str | float | None:
    """Return one cell of a rep: a field of the model or an extra column; None where there is none."""
    if column in Rep.model_fields:
        value = getattr(rep, column)
        if isinstance(value, dict):
            return ";".join(value) or None
        return value if value is None or isinstance(value, str | float | int) else str(value)
    return (rep.model_extra or {}).get(column)


def values_in(cell: str | float | None) -> frozenset[str]:
    """Return the values that a cell holds, separated by `;` (or its full-width form)."""
    if cell is None:
        return frozenset()
    return frozenset(part.strip() for part in _word(cell).replace("；", ";").split(";") if part.strip())


def _is_in(series: pl.Series, wanted: Sequence[str | float]) -> pl.Series:
    """Return which cells hold one of the wanted values."""
    if series.dtype.is_numeric():
        mask = series.cast(pl.Float64).is_in([float(w) for w in wanted if _is_number(w)])
    else:
        mask = series.cast(pl.String).is_in([_word(w) for w in wanted])
    return mask.fill_null(False)


def _word(value: str | float) -> str:
    return str(int(value)) if isinstance(value, float | int) and value == int(value) else str(value)


def _is_number(value: str | float) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def present(values: Sequence[str | float | None]) -> Bools:
    """Return which of the distinct values are not blank."""
    return np.array([v is not None for v in values], dtype=bool)
