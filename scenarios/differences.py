"""What differs between two scenarios: settings, rules, goals, reps, links, and leads as columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import orjson
import polars as pl
from numpy.typing import NDArray

from scenarios.mappings import parse_mapping
from scenarios.model import Rep, Scenario
from scenarios.table import columns_of

What = Literal["same", "added", "removed", "changed"]

TRAVEL = "travel"
"""Among the columns of leads: what the table of travel says of them."""
SETTINGS = ("period_start", "period_end", "win_rate_by")
"""Settings that a plan depends on."""


@dataclass(frozen=True)
class Field:
    """A value that changed, JSON-ready; None is a blank. A part of a mapping goes by `capacity.hours`."""

    name: str
    before: Any
    after: Any

    def record(self) -> dict[str, Any]:
        """Return it as a JSON-ready record."""
        return {"field": self.name, "before": self.before, "after": self.after}


@dataclass(frozen=True)
class PartChange:
    """A rule or a goal of either scenario, with its positions in both (-1 where it is not)."""

    what: What
    kind: str
    base: int
    other: int
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class RepChange:
    """A rep who left, joined, or has other data."""

    what: What
    id: str
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class LeadChanges:
    """The leads of two scenarios, joined by id.

    Parameters
    ----------
    base, other : (k,) arrays of int
        Rows of the leads that both have, in the order of the base.
    only_base, only_other : arrays of int
        Rows of the others.
    columns : mapping
        For each column in which any of them differs, which do, (k,). The way to a rep whom both scenarios have is
        part of `TRAVEL`.
    """

    base: NDArray[np.int64]
    other: NDArray[np.int64]
    only_base: NDArray[np.int64]
    only_other: NDArray[np.int64]
    columns: Mapping[str, NDArray[np.bool_]]

    @property
    def changed(self) -> NDArray[np.bool_]:
        """Which of the leads that both have differ in any column, (k,)."""
        changed = np.zeros(len(self.base), dtype=bool)
        for column in self.columns.values():
            changed |= column
        return changed


@dataclass(frozen=True)
class LinkChanges:
    """How many neighbours, pairs of leads that both scenarios have, are linked in one of them only."""

    added: int
    removed: int


@dataclass(frozen=True)
class Differences:
    """All that differs between a base and another scenario; `rules` and `goals` hold those that are the same, too."""

    settings: tuple[Field, ...]
    rules: tuple[PartChange, ...]
    goals: tuple[PartChange, ...]
    reps: tuple[RepChange, ...]
    leads: LeadChanges
    links: LinkChanges
    _sides: tuple[Scenario, Scenario] = field(repr=False, compare=False)

    @property
    def none(self) -> bool:
        """Whether a plan of the one is a plan of the other, worth the same."""
        leads = self.leads
        parts = all(part.what == "same" for part in (*self.rules, *self.goals))
        links = self.links.added or self.links.removed
        return parts and not (
            self.settings or self.reps or links or leads.columns or len(leads.only_base) or len(leads.only_other)
        )

    def of_lead(self, place: int) -> tuple[Field, ...]:
        """Return what differs about a lead that both have, by its place in `leads.base`."""
        rows = int(self.leads.base[place]), int(self.leads.other[place])
        frames = [side.leads for side in self._sides]
        found: list[Field] = []
        for column, changed in self.leads.columns.items():
            if changed[place]:
                before, after = (_cell(f, column, row) for f, row in zip(frames, rows, strict=True))
                found += _fields({column: before}, {column: after})
        if TRAVEL in self.leads.columns and self.leads.columns[TRAVEL][place]:
            lead = frames[0]["id"][rows[0]]
            found += _fields(*(_ways_of(side.travel, lead, _both_reps(*self._sides)) for side in self._sides))
        return tuple(found)


def differences(base: Scenario, other: Scenario) -> Differences:
    """Return what differs between two scenarios.

    Leads and reps are joined by id. A rule goes with the rule of the same name and kind that is most like it, or else
    with one of the same kind and content; a goal with one of the same kind. Names and descriptions of the scenarios
    do not count, nor do the names of leads and reps.
    """
    documents = base.document(), other.document()
    settings = [_fields({name: documents[0][name]}, {name: documents[1][name]}) for name in SETTINGS]
    return Differences(
        tuple(change for changes in settings for change in changes),
        _parts(documents[0]["rules"], documents[1]["rules"]),
        _parts(documents[0]["goals"], documents[1]["goals"]),
        _reps(base.reps, other.reps),
        _leads(base, other),
        _links(base, other),
        (base, other),
    )


# -- rules and goals --------------------------------------------------------------------------------------------------

Part = Mapping[str, Any]


def _key(*names: str) -> Callable[[Part], bytes]:
    return lambda part: orjson.dumps([part["kind"], *(part.get(name) for name in names)], option=orjson.OPT_SORT_KEYS)


def _content(part: Part) -> bytes:
    return orjson.dumps({n: v for n, v in part.items() if n != "name"}, option=orjson.OPT_SORT_KEYS)


_ALIKE: tuple[Callable[[Part], bytes], ...] = (
    lambda part: orjson.dumps(part, option=orjson.OPT_SORT_KEYS),
    _key("name", "leads", "reps", "metric", "lead_column"),
    _key("name", "leads", "reps"),
    _key("name", "leads"),
    _key("name", "reps"),
    _key("name"),
    _content,
)
"""Parts belong together when they agree in one of these; the first agreement counts."""


def _parts(base: Sequence[Part], other: Sequence[Part]) -> tuple[PartChange, ...]:
    """Return all rules or goals, those of the base first, in its order."""
    partner: dict[int, int] = {}
    left, right = dict(enumerate(base)), dict(enumerate(other))
    for alike in _ALIKE:
        waiting: dict[bytes, list[int]] = defaultdict(list)
        for k in reversed(right):
            waiting[alike(right[k])].append(k)
        for k in list(left):
            if found := waiting.get(alike(left[k])):
                partner[k] = found.pop()
                del left[k], right[partner[k]]
    parts = []
    for k, part in enumerate(base):
        if k in partner:
            fields = _fields(part, other[partner[k]])
            parts.append(PartChange("changed" if fields else "same", part["kind"], k, partner[k], fields))
        else:
            parts.append(PartChange("removed", part["kind"], k, -1))
    return (*parts, *(PartChange("added", part["kind"], -1, k) for k, part in right.items()))


# -- reps and leads ---------------------------------------------------------------------------------------------------


def _reps(base: Sequence[Rep], other: Sequence[Rep]) -> tuple[RepChange, ...]:
    before, after = {rep.id: rep for rep in base}, {rep.id: rep for rep in other}
    changes = [RepChange("removed", name) for name in before if name not in after]
    changes += [RepChange("added", name) for name in after if name not in before]
    for name in before.keys() & after.keys():
        fields = _fields(*(rep[name].model_dump(mode="json", exclude={"name"}) for rep in (before, after)))
        changes += [RepChange("changed", name, fields)] if fields else []
    place = {name: k for k, name in enumerate(dict.fromkeys((*before, *after)))}
    return tuple(sorted(changes, key=lambda change: place[change.id]))


def _leads(one: Scenario, two: Scenario) -> LeadChanges:
    base, other = one.leads, two.leads
    rows, columns = _joined(base, other), {}
    for column in dict.fromkeys((*base.columns, *other.columns)):
        if column in ("id", "name"):
            continue
        before, after = (_column(f, column, r) for f, r in zip((base, other), rows, strict=True))
        if before.dtype != after.dtype:
            before, after = before.cast(pl.String), after.cast(pl.String)
        changed = before.ne_missing(after).to_numpy()
        if changed.any():
            columns[column] = changed
    mine, theirs = rows
    far = base["id"].gather(mine).is_in(_far_otherwise(one, two).implode()).to_numpy()
    if far.any():
        columns[TRAVEL] = columns[TRAVEL] | far if TRAVEL in columns else far
    alone = [np.setdiff1d(np.arange(f.height), r) for f, r in ((base, mine), (other, theirs))]
    return LeadChanges(mine, theirs, alone[0], alone[1], columns)


def _joined(base: pl.DataFrame, other: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of the leads that both have."""
    if base["id"].equals(other["id"]):
        return np.arange(base.height), np.arange(base.height)
    before, after = (f.select("id").with_row_index(name) for f, name in ((base, "base"), (other, "other")))
    both = before.join(after, on="id", how="inner", maintain_order="left")
    return both["base"].to_numpy().astype(np.int64), both["other"].to_numpy().astype(np.int64)


def _column(frame: pl.DataFrame, column: str, rows: NDArray[np.int64]) -> pl.Series:
    """Return some cells of a column; all are blank where there is no such column."""
    if column not in frame.columns:
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    return frame[column].gather(rows)


def _cell(frame: pl.DataFrame, column: str, row: int) -> Any:
    """Return a cell, JSON-ready."""
    value = frame[column][row] if column in frame.columns else None
    if column == "skills" and value is not None:
        return parse_mapping(value)
    return str(value) if value is not None and frame[column].dtype == pl.Date else value


# -- links and travel -------------------------------------------------------------------------------------------------


def _links(base: Scenario, other: Scenario) -> LinkChanges:
    both = base.leads.select("id").join(other.leads.select("id"), on="id")["id"].implode()

    def ends(scenario: Scenario) -> pl.DataFrame:
        first, second = pl.min_horizontal("a", "b").alias("a"), pl.max_horizontal("a", "b").alias("b")
        known = pl.col("a").is_in(both) & pl.col("b").is_in(both) & (pl.col("a") != pl.col("b"))
        return scenario.links.filter(known).select(first, second).unique()

    if base.links.equals(other.links):
        return LinkChanges(0, 0)
    before, after = ends(base), ends(other)
    return LinkChanges(
        after.join(before, on=["a", "b"], how="anti").height, before.join(after, on=["a", "b"], how="anti").height
    )


def _both_reps(base: Scenario, other: Scenario) -> list[str]:
    theirs = {rep.id for rep in other.reps}
    return [rep.id for rep in base.reps if rep.id in theirs]


def _far_otherwise(base: Scenario, other: Scenario) -> pl.Series:
    """Return the leads whose way to some rep whom both scenarios have differs in some measure."""
    tables = [base.travel, other.travel]
    if tables[0].equals(tables[1]):
        return pl.Series("lead", [], dtype=pl.String)
    measures = sorted({*tables[0].columns, *tables[1].columns} - {"lead", "rep"})
    reps = pl.Series(_both_reps(base, other), dtype=pl.String).implode()
    before, after = (
        table.filter(pl.col("rep").is_in(reps))
        .unique(["lead", "rep"], keep="first")
        .select(
            "lead",
            "rep",
            *(pl.col(m) if m in table.columns else pl.lit(None, pl.Float64).alias(m) for m in measures),
        )
        for table in tables
    )
    both = before.join(after, on=["lead", "rep"], how="full", coalesce=True, suffix="\x00")
    unlike = [pl.col(m).ne_missing(pl.col(m + "\x00")) for m in measures]
    return both.filter(pl.any_horizontal(pl.lit(False), *unlike))["lead"].unique()


def _ways_of(table: pl.DataFrame, lead: str, reps: Sequence[str]) -> dict[str, Any]:
    """Return what a table says of one lead, by `minutes ana` and the like."""
    rows = table.filter((pl.col("lead") == lead) & pl.col("rep").is_in(reps)).unique(["lead", "rep"], keep="first")
    return {
        f"{measure} {row['rep']}": amount
        for row in rows.sort("rep").iter_rows(named=True)
        for measure, amount in row.items()
        if measure not in ("lead", "rep") and amount is not None
    }


# -- values -----------------------------------------------------------------------------------------------------------

_MAPPINGS = frozenset(name for name, column in columns_of(Rep).items() if column.kind == "mapping")


def _fields(before: Part, after: Part) -> tuple[Field, ...]:
    """Return the values that differ; of a mapping, its parts."""
    return tuple(Field(name, old, new) for name, old, new in _pairs(before, after) if old != new)


def _pairs(before: Part, after: Part) -> Iterator[tuple[str, Any, Any]]:
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if name in _MAPPINGS:
            old, new = old or {}, new or {}
            yield from ((f"{name}.{key}", old.get(key), new.get(key)) for key in dict.fromkeys((*old, *new)))
        else:
            yield name, old, new
