"""Where a scenario comes from: a path, or a bundled example; and what is the matter with it."""

from __future__ import annotations

import difflib
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePath

from api.commands.terminal import Refusal
from api.files import TableFormat
from scenarios.examples import EXAMPLES, example
from scenarios.formats.manual import SHEET_NAMES
from scenarios.headers import fold
from scenarios.issues import Issue, errors_of
from scenarios.model import Scenario
from scenarios.reading import Reading, load, read
from scenarios.texts import Locale, Text
from scenarios.validate import BY_REBALANCE, NO_PLAN, validate

EXAMPLE = "example:"

_NO_EXAMPLE = Text("There is no example {name!r}.", "没有示例 {name!r}。")
_MAYBE = Text(" Maybe {near!r} is meant.", "也许是指 {near!r}。")
_REBALANCE = Text(
    "This is a plan of territories: only `plumbline rebalance` can draw it.",
    "这是区域方案：只有 `plumbline rebalance` 才能划分。",
)
_LIST = Text(" `plumbline examples` lists them.", "`plumbline examples` 可列出全部示例。")


def read_source(source: str, locale: Locale) -> Reading:
    """Return the scenario in a source, and every issue.

    Raises
    ------
    Refusal
        If there is no example of the name.
    """
    if not source.startswith(EXAMPLE):
        return load(source)
    scenario = scenario_in(source, locale)
    return Reading(scenario, tuple(validate(scenario)))


def scenario_in(source: str, locale: Locale) -> Scenario:
    """Return the scenario in a source without a search for faults of its meaning.

    Raises
    ------
    Refusal
        If there is no example of the name.
    ScenarioError
        If the source cannot be read.
    """
    if source.startswith(EXAMPLE):
        return example(example_name(source.removeprefix(EXAMPLE), locale))
    return read(source)


def example_name(name: str, locale: Locale) -> str:
    """Return the name of an example, if there is one of that name."""
    if name in EXAMPLES:
        return name
    near = difflib.get_close_matches(name, EXAMPLES, n=1)
    hint = _MAYBE.format(locale, near=near[0]) if near else _LIST.format(locale)
    raise Refusal(_NO_EXAMPLE.format(locale, name=name) + hint)


def stopping(issues: Iterable[Issue], *, rebalance: bool = False) -> list[Issue]:
    """Return the issues that leave nothing to solve; errors that only prove that no plan exists are not among them.

    What only `rebalance` can do stops all others.
    """
    issues = list(issues)
    found = [issue for issue in errors_of(issues) if issue.params.get("of", issue.code) not in NO_PLAN]
    return found + [issue for issue in issues if issue.code in BY_REBALANCE and not rebalance]


def by_rebalance(issues: Iterable[Issue], locale: Locale) -> str:
    """Return the line that says who can, where nothing but what only `rebalance` can do stops a command; else none."""
    issues = list(issues)
    stopped = stopping(issues) and not stopping(issues, rebalance=True)
    return _REBALANCE.format(locale) if stopped else ""


def leads_format(source: str) -> TableFormat:
    """Return the format for the assignments: Parquet if the leads came so."""
    path = Path(source)
    try:
        if path.is_dir():
            names = [entry.name for entry in path.iterdir()]
        elif path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        else:
            return "csv"
    except (OSError, zipfile.BadZipFile):
        return "csv"
    parts = [PurePath(name) for name in names]
    leads = any(p.suffix.lower() == ".parquet" and SHEET_NAMES.get(fold(p.stem)) == "leads" for p in parts)
    return "parquet" if leads else "csv"
