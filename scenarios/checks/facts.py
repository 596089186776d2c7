"""What the checks ask of a scenario: its columns, metrics and selections, each worked out once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from typing import Any, Generic, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scenarios.checks.selections import Bools, Cell, Ints, RowIndex, word, words_in
from scenarios.faults import Faults
from scenarios.formats.guess import nearest
from scenarios.goals import Goal, Travel
from scenarios.issues import Issue, Severity, pointer
from scenarios.model import Rep, Scenario
from scenarios.rules import Capacity, Disruption, Match, Protection, Rule
from scenarios.selection import Selection
from scenarios.texts import MORE

Floats = NDArray[np.float64]
Spec = TypeVar("Spec", bound="Rule | Goal")
Spec_co = TypeVar("Spec_co", bound="Rule | Goal", covariant=True)

COUNT, HOURS, EXPECTED_VALUE = "leads", "hours", "expected_value"
NAMES_COMPARED = 300
"""So many known names, at most, are compared with a name that is not known."""


@dataclass(frozen=True)
class Part(Generic[Spec_co]):
    """A rule or goal with its place, such as ``/rules/3``."""

    place: str
    spec: Spec_co

    @property
    def label(self) -> str:
        """The planner's word for it, or else its kind."""
        return getattr(self.spec, "name", "") or self.spec.kind

    @property
    def leads(self) -> Selection:
        """The leads it speaks of."""
        return getattr(self.spec, "leads", {})

    @property
    def reps(self) -> Selection:
        """The reps it speaks of."""
        return getattr(self.spec, "reps", {})

    @property
    def metric(self) -> str | None:
        """The metric it measures, if any."""
        metric: str | None = getattr(self.spec, "metric", None)
        return metric if metric is not None else getattr(self.spec, "weighted_by", None)

    @property
    def metric_place(self) -> str:
        """Where the metric stands."""
        return f"{self.place}/{'weighted_by' if isinstance(self.spec, Travel) else 'metric'}"

    @property
    def hard(self) -> bool:
        """Whether it is a rule without a rate."""
        return getattr(self.spec, "rate", 0.0) is None

    @property
    def active(self) -> bool:
        """Whether it can bear on a plan: a hard rule, or one with a rate or weight above 0."""
        return self.hard or getattr(self.spec, "rate", 0.0) > 0 or getattr(self.spec, "weight", 0.0) > 0

    def columns(self) -> Iterator[tuple[str, str, str]]:
        """Yield (its field, ``leads`` or ``reps``, column) for every column it names."""
        yield from (("leads", "leads", column) for column in self.leads)
        yield from (("reps", "reps", column) for column in self.reps)
        if (by := getattr(self.spec, "by", None)) is not None:
            yield "by", "reps", by
        if isinstance(self.spec, Match):
            yield "lead_column", "leads", self.spec.lead_column
            yield "rep_column", "reps", self.spec.rep_column


class Facts:
    """A scenario as the checks see it. `n` leads, `m` reps; rows and reps by their place in the scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.leads, self.reps = scenario.leads, scenario.reps
        self.n, self.m = self.leads.height, len(self.reps)
        self.rep_index = {rep.id: j for j, rep in reversed(list(enumerate(self.reps)))}
        self.rules = [Part(f"/rules/{k}", rule) for k, rule in enumerate(scenario.rules)]
        self.goals = [Part(f"/goals/{k}", goal) for k, goal in enumerate(scenario.goals)]
        self.parts: list[Part[Any]] = [*self.rules, *self.goals]
        self.rep_words = cache(self._rep_words)
        self.amounts = cache(self._amounts)
        self.lead_values = cache(self._lead_values)

    def of_kind(self, kind: type[Spec]) -> Iterator[Part[Spec]]:
        """Yield the rules or goals of one kind that are active and name nothing unknown."""
        for part in self.parts:
            if isinstance(part.spec, kind) and part.active and self.sound(part):
                yield part

    def hard(self, kind: type[Spec]) -> Iterator[Part[Spec]]:
        """Yield the hard rules of one kind that name nothing unknown."""
        return (part for part in self.of_kind(kind) if part.hard)

    def sound(self, part: Part[Any]) -> bool:
        """Tell whether all the columns and metrics that a rule or goal names are known."""
        columns = all(column in self.columns[table] for _, table, column in part.columns())
        return columns and (part.metric is None or self.metric_known(part.metric, part))

    # -- columns and selections ---------------------------------------------------------------------------

    @cached_property
    def columns(self) -> dict[str, dict[str, None]]:
        """The columns of the ``leads`` and the ``reps``, in order."""
        extras = (name for rep in self.reps for name in rep.model_extra or {})
        return {
            "leads": dict.fromkeys(self.leads.columns),
            "reps": dict.fromkeys((*Rep.model_fields, *extras)),
        }

    @cached_property
    def lead_index(self) -> RowIndex:
        """The rows that the rules' and goals' selections of leads want."""
        return RowIndex(self.leads, (part.leads for part in self.parts))

    def lead_rows(self, part: Part[Any]) -> Ints:
        """Return the leads that a rule or goal speaks of, ascending."""
        return self.lead_index.rows(part.leads)

    def rep_cell(self, rep: Rep, column: str) -> Cell | None:
        """Return one cell of a rep; of skills and other lists, the names."""
        cell = getattr(rep, column) if column in Rep.model_fields else (rep.model_extra or {}).get(column)
        if isinstance(cell, dict):
            return ";".join(cell) or None
        return cell if cell is None or isinstance(cell, str | float | int) else str(cell)

    def _rep_words(self, column: str) -> list[frozenset[str]]:
        return [words_in(self.rep_cell(rep, column)) for rep in self.reps]

    def chosen(self, selection: Selection) -> Bools:
        """Return which reps a selection takes, (m,); a cell with several values agrees with each of them."""
        taken = np.ones(self.m, dtype=bool)
        for column, values in selection.items():
            wanted = {word(value) for value in values}
            taken &= np.array([not wanted.isdisjoint(words) for words in self.rep_words(column)], dtype=bool)
        return taken

    def _lead_values(self, column: str) -> list[str]:
        """Return some of the distinct words in a lead column, to guess from."""
        values = self.leads[column].drop_nulls().unique(maintain_order=True).head(NAMES_COMPARED)
        return [word(value) for value in values.to_list()]

    # -- owners -------------------------------------------------------------------------------------------

    @cached_property
    def owner(self) -> Ints:
        """Index of the rep who has each lead today, (n,); -1 for nobody, or for somebody who is no rep."""
        table = pl.DataFrame(
            {"owner": list(self.rep_index), "index": list(self.rep_index.values())},
            schema={"owner": pl.String, "index": pl.Int64},
        )
        joined = self.leads.select("owner").join(table, on="owner", how="left", maintain_order="left")
        return joined["index"].fill_null(-1).to_numpy()

    @cached_property
    def dated(self) -> Bools:
        """Leads whose protection lasts to the first day of the period or longer, (n,)."""
        until, start = self.leads["protected_until"], self.scenario.period_start
        dated = until.is_not_null() if start is None else (until >= start).fill_null(False)
        return dated.to_numpy()

    def protected_rows(self, part: Part[Protection]) -> Ints:
        """Return the leads that a protection keeps with their owner."""
        rows = self.lead_rows(part)
        rows = rows[self.dated[rows] & (self.owner[rows] >= 0)]
        return rows[self.chosen(part.reps)[self.owner[rows]]]

    # -- people -------------------------------------------------------------------------------------------

    @cached_property
    def presence(self) -> Floats:
        """Part of the period that each rep is there, (m,); 1 where the period is not given or reversed."""
        start, end = self.scenario.period_start, self.scenario.period_end
        if start is None or end is None or end < start:
            return np.ones(self.m)
        day = dt.timedelta(days=1)
        days = [
            (min(rep.available_to or end, end) - max(rep.available_from or start, start)) / day + 1 for rep in self.reps
        ]
        return np.clip(np.array(days) / ((end - start) / day + 1), 0.0, 1.0)

    @cached_property
    def weights(self) -> Floats:
        """What each rep is entitled to before it is divided by their group's sum, (m,)."""
        natural = np.array([rep.fte * rep.ramp_up for rep in self.reps]) * self.presence
        return np.array([w if r.share is None else r.share for r, w in zip(self.reps, natural, strict=True)])

    # -- metrics ------------------------------------------------------------------------------------------

    @cached_property
    def metrics(self) -> list[str]:
        """The names that a load can be measured in."""
        numeric = (name for name, dtype in self.leads.schema.items() if dtype.is_numeric())
        return list(dict.fromkeys((COUNT, HOURS, "value", EXPECTED_VALUE, "quality", *numeric)))

    def metric_known(self, metric: str, part: Part[Any] | None = None) -> bool:
        """Tell whether a metric can be measured; what changes owner, or weighs kilometres, depends on no rep."""
        if part is not None and isinstance(part.spec, Disruption | Travel) and metric == EXPECTED_VALUE:
            return False
        return metric in self.metrics

    def split_key(self, key: str) -> tuple[str, str | None]:
        """Split a capacity's key, `hours@Enterprise`, into its metric and segment; no segment: all."""
        metric, at, segment = key.partition("@")
        return metric, segment if at else None

    def _amounts(self, key: str) -> Floats:
        """Return what each lead adds to a load, (n,): 0 where empty, negative or in another segment.

        Of the expected value: the most that any rep can expect.
        """
        metric, segment = self.split_key(key)
        if metric == COUNT:
            amounts = np.ones(self.n)
        else:
            column = {HOURS: "effort", EXPECTED_VALUE: "value"}.get(metric, metric)
            numbers = self.leads[column].cast(pl.Float64, strict=False).fill_null(0.0).to_numpy()
            amounts = np.maximum(np.nan_to_num(numbers, nan=0.0), 0.0)
        if metric == EXPECTED_VALUE:
            amounts = amounts * self.best_rates.max(initial=0.0)
        if segment is not None:
            amounts = np.where((self.leads["segment"] == segment).fill_null(False).to_numpy(), amounts, 0.0)
        return amounts

    @cached_property
    def best_rates(self) -> Floats:
        """The highest win rate of each rep, (m,); 1 where no rep has any."""
        if not any(rep.win_rates for rep in self.reps):
            return np.ones(self.m)
        return np.array([max(rep.win_rates.values(), default=0.0) for rep in self.reps])

    def carried(self, key: str) -> Floats:
        """Return what each rep carries already under exactly this key, (m,)."""
        return np.array([rep.carried.get(key, 0.0) for rep in self.reps], dtype=np.float64)

    def hard_capacity(self, key: str) -> Floats:
        """Return the most each rep can hold under exactly this key, (m,); infinite where no rule says so."""
        limit = np.full(self.m, np.inf)
        given = np.array([rep.capacity.get(key, np.inf) for rep in self.reps], dtype=np.float64)
        for part in self.hard(Capacity):
            if not part.leads and (not part.spec.metrics or key in part.spec.metrics):
                chosen = self.chosen(part.reps)
                limit[chosen] = given[chosen]
        return limit

    # -- issues -------------------------------------------------------------------------------------------

    def lead_issues(
        self,
        code: str,
        rows: Ints,
        column: str,
        params: Callable[[int], Mapping[str, Any]],
        severity: Severity = "error",
    ) -> list[Issue]:
        """Return one issue per lead, up to the number that is listed; the others are counted."""
        faults = Faults("leads", [])
        faults.add(code, rows.tolist(), column, params, severity)
        return faults.issues

    def rep_ids(self, chosen: Bools) -> list[str]:
        """Return the ids of the chosen reps."""
        return [self.reps[j].id for j in np.flatnonzero(chosen)]

    def lead_id(self, row: int) -> str:
        """Return a lead's id."""
        return str(self.leads["id"][row])


def lead_place(row: int | np.integer[Any], column: str) -> str:
    """Return the JSON pointer of a cell of the leads."""
    return pointer("leads", int(row), column)


def near(name: str, names: Iterable[str]) -> list[str]:
    """Return up to three of `names` that look most like `name`, for a guess."""
    return listed(nearest(name, islice(names, NAMES_COMPARED)))


def listed(names: Sequence[str], limit: int = 5) -> list[str]:
    """Return names for a sentence: the first few, and `MORE` if there are others."""
    return [*names[:limit], *[MORE] * (len(names) > limit)]


def figure(amount: float) -> float:
    """Return an amount without the noise of floating-point sums."""
    return round(float(amount), 6)


def clearly_above(one: float, other: float) -> bool:
    """Tell whether `one` exceeds `other` by more than floating-point sums can be off."""
    return bool(one > other + 1e-6 * max(1.0, abs(one), abs(other)))
