"""Reading scenarios: a file, a folder or bytes in; a scenario, and every issue at once, out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import polars as pl

from scenarios.formats.document import Head, read_head
from scenarios.formats.excel import read_excel
from scenarios.formats.folder import read_bytes, read_folder, read_zip, too_large
from scenarios.formats.json import read_json
from scenarios.formats.limits import ReadLimits
from scenarios.formats.places import Places
from scenarios.formats.tables import ROW_MODELS, TABLES, Draft, trim
from scenarios.issues import Issue, ScenarioError, Where, error, errors_of
from scenarios.mappings import parse_mapping
from scenarios.model import Link, Rep, Scenario
from scenarios.table import clean_table, columns_of
from scenarios.validate import validate

Media = Literal["json", "xlsx", "zip"]

_READERS = {"json": read_json, "xlsx": read_excel, "zip": read_zip}


@dataclass(frozen=True)
class Reading:
    """What came of reading.

    Parameters
    ----------
    scenario : Scenario or None
        None if the source has a fault. A scenario that was read well can still have errors in its meaning.
    issues : tuple of Issue
        All that were found, in the source and in its meaning.
    """

    scenario: Scenario | None
    issues: tuple[Issue, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is a scenario without any error."""
        return self.scenario is not None and not errors_of(self.issues)


def read(source: str | Path, *, limits: ReadLimits | None = None) -> Scenario:
    """Return the scenario in a source.

    Parameters
    ----------
    source : path
        A ``.json`` file, an ``.xlsx`` workbook, a folder of tables (`leads` and `reps`, `links` and `travel` if any,
        as ``.csv`` or ``.parquet``, and ``scenario.json`` with rules, goals and settings; without it all are at their
        defaults), or a ``.zip`` of such a folder.
    limits : ReadLimits, optional
        The most to take in.

    Raises
    ------
    ScenarioError
        With every fault of the source: what cannot be read, or is not of its type. Faults of meaning (an owner who
        is no rep, a demand nobody can meet) do not raise: `load` lists them, and `validate` finds them.
    """
    draft = _draft(source, limits or ReadLimits())
    built = _build(draft, limits or ReadLimits())
    if (faults := errors_of(built.issues)) or built.scenario is None:
        raise ScenarioError(faults)
    return built.scenario


def load(source: str | Path, *, limits: ReadLimits | None = None) -> Reading:
    """Return the scenario in a source and every issue, those of its meaning too; never raises, whatever the source.

    Cells and rules with a fault are left out for the search for faults of meaning, so that all are seen at once; but
    then there is no scenario.
    """
    return _reading(_draft(source, limits or ReadLimits()), limits or ReadLimits())


def load_bytes(data: bytes, media: Media, *, limits: ReadLimits | None = None) -> Reading:
    """Do as `load` does with the bytes of a file, as they come over HTTP."""
    limits = limits or ReadLimits()
    name = f"scenario.{media}"
    issues = too_large(data, name, limits) or _empty(data, name)
    return _reading(Draft(issues=issues) if issues else _READERS[media](data, name, limits), limits)


def _empty(data: bytes, file: str) -> list[Issue]:
    return [] if data else [error("empty_file", "", Where(file), file=file)]


def _draft(source: str | Path, limits: ReadLimits) -> Draft:
    """Read whatever stands at a path, as far as that is possible."""
    path = Path(source)
    shown = path.name or str(path)
    try:
        if path.is_dir():
            return read_folder(path, limits)
        there, regular = path.exists(), path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        there = regular = False
    if not there:
        return Draft(issues=[error("not_found", "", Where(shown), file=str(source))])
    reader = _READERS.get(path.suffix.lower().removeprefix("."))
    if reader is None:
        return Draft(issues=[error("unknown_format", "", Where(shown), file=shown)])
    if not regular:
        return Draft(issues=[error("unreadable", "", Where(shown), file=shown)])
    data, issues = read_bytes(path, limits)
    if data is None or (issues := _empty(data, shown)):
        return Draft(issues=issues)
    return reader(data, shown, limits)


@dataclass(frozen=True)
class _Built:
    """A scenario made of a draft, without what has a fault; None if a whole table is missing."""

    scenario: Scenario | None
    issues: tuple[Issue, ...]
    head: Head
    places: Places


def _build(draft: Draft, limits: ReadLimits) -> _Built:
    places = Places(draft)
    head = read_head(draft.head, limits)
    issues = [*draft.issues, *head.issues]
    frames: dict[str, pl.DataFrame] = {}
    for name, model in ROW_MODELS.items():
        if name in draft.tables:
            table, faults = trim(draft.tables[name], name, limits)
            types = head.column_types.get(f"{name.removesuffix('s')}_columns", {})
            frames[name], more = clean_table(
                table.columns, model, name, types, untyped=table.untyped, measures=name == "travel"
            )
            issues += [*faults, *more]
    scenario = None
    if frames.keys() >= TABLES.keys():
        named = {name: _named(frames[name]) for name in TABLES}
        reps = tuple(_rep(row) for row in named["reps"].iter_rows(named=True))
        links = frames["links"].select(*Link.model_fields) if "links" in frames else head.scenario.links
        travel = frames.get("travel", head.scenario.travel)
        tables = {"leads": named["leads"], "reps": reps, "links": links, "travel": travel}
        scenario = head.scenario.model_copy(update=tables)
    return _Built(scenario, tuple(_placed(_distinct(issues), places)), head, places)


def _named(frame: pl.DataFrame) -> pl.DataFrame:
    """Give rows without an id, which have been reported, one that is theirs alone, so that the rest can be checked."""
    if not frame["id"].null_count():
        return frame
    numbers = pl.int_range(pl.len()).cast(pl.String)
    return frame.with_columns(pl.col("id").fill_null("(" + numbers + ")"))


def _rep(row: Mapping[str, Any]) -> Rep:
    mappings = {name for name, column in columns_of(Rep).items() if column.kind == "mapping"}
    cells = {name: cell for name, cell in row.items() if cell is not None}
    return Rep.model_validate({n: parse_mapping(c) if n in mappings else c for n, c in cells.items()})


def _reading(draft: Draft, limits: ReadLimits) -> Reading:
    built = _build(draft, limits)
    issues = built.issues
    if built.scenario is not None:
        reported = {issue.pointer for issue in errors_of(issues)}
        reported |= {place.partition(".")[0] for place in reported}  # capacity.hours is a part of capacity
        meant = (_renumbered(issue, built.head) for issue in validate(built.scenario))
        issues += tuple(_placed((issue for issue in meant if not _covered(issue, reported)), built.places))
    return Reading(None if errors_of(built.issues) else built.scenario, issues)


def _distinct(issues: Iterable[Issue]) -> Iterable[Issue]:
    """Leave out what is said of a cell, or of a row without its cells, about which something was said before."""
    said: set[str] = set()
    for issue in issues:
        if not _covered(issue, said) or issue.pointer.count("/") < 2:
            said.add(issue.pointer)
            yield issue


def _covered(issue: Issue, reported: set[str]) -> bool:
    """Tell whether the place of an issue, or the row, rule or goal around it, is among those reported."""
    place = issue.pointer
    while place.count("/") >= 2:
        if place in reported:
            return True
        place = place.rpartition("/")[0]
    return issue.pointer in reported


def _renumbered(issue: Issue, head: Head) -> Issue:
    """Point into the source where rules or goals with faults were left out."""
    _, *parts = issue.pointer.split("/")
    for part, kept in head.kept.items():
        if len(parts) > 1 and parts[0] == part:
            return replace(issue, pointer="/".join(["", part, str(kept[int(parts[1])]), *parts[2:]]))
    return issue


def _placed(issues: Iterable[Issue], places: Places) -> Iterable[Issue]:
    for issue in issues:
        where = places.where(issue)
        yield issue if where is issue.where else replace(issue, where=where)
