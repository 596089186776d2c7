"""Results in two tables that only ever grow: one row per race, and the steps that led there."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RACES, STEPS = "races.csv", "steps.csv"


@dataclass(frozen=True)
class Settings:
    """What makes two races the same: who, on what, within which limits, with which code and versions, and where."""

    instance: str
    seed: int
    contender: str
    limit: float
    gap: float
    commit: str
    versions: str
    machine: str


@dataclass(frozen=True)
class Moment:
    """The best plan and the best bound of a race so far, in points; None while there is none."""

    seconds: float
    objective: float | None
    bound: float | None


@dataclass(frozen=True)
class Row:
    """What came of one race.

    Parameters
    ----------
    when : str
        Date and time, UTC.
    status, reason : str
        As in `benchmarks.race.End`.
    objective : float, optional
        Points of the plan, as the judge found them; None without a plan.
    broken : str
        What the plan breaks; empty for a plan that holds.
    bound : float, optional
        What no plan can beat, as the contender claims.
    seconds : float
        On the clock when it ended.
    peak_bytes : int
        Most memory of the whole process, including what made the instance.
    figures : dict
        Further figures of this contender.
    """

    settings: Settings
    when: str
    status: str
    reason: str = ""
    objective: float | None = None
    broken: str = ""
    bound: float | None = None
    seconds: float = 0.0
    peak_bytes: int = 0
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether there is a plan that breaks nothing."""
        return self.objective is not None and not self.broken

    @property
    def run(self) -> str:
        """A short name of this race, to find its steps by."""
        words = json.dumps([*vars(self.settings).values(), self.when])
        return hashlib.sha256(words.encode()).hexdigest()[:12]


class Results:
    """The folder of both tables."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, row: Row, moments: Iterable[Moment]) -> None:
        """Append a race: its steps first, so that a row in the table is a race that is there as a whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        steps = [(row.run, round(m.seconds, 4), _text(m.objective), _text(m.bound)) for m in moments]
        _append(self.folder / STEPS, ("run", "seconds", "objective", "bound"), steps)
        settings = [_text(value) for value in vars(row.settings).values()]
        rest = [_text(getattr(row, name)) for name in _row_columns()]
        _append(self.folder / RACES, (*_settings_columns(), *_row_columns(), "run"), [(*settings, *rest, row.run)])

    def rows(self) -> list[Row]:
        """Return the races, the latest of each settings, in the order in which they were run."""
        latest: dict[Settings, Row] = {}
        for line in _lines(self.folder / RACES):
            settings = Settings(
                line["instance"],
                int(line["seed"]),
                line["contender"],
                float(line["limit"]),
                float(line["gap"]),
                line["commit"],
                line["versions"],
                line["machine"],
            )
            latest.pop(settings, None)
            latest[settings] = Row(
                settings,
                line["when"],
                line["status"],
                line["reason"],
                _number(line["objective"]),
                line["broken"],
                _number(line["bound"]),
                float(line["seconds"]),
                int(line["peak_bytes"]),
                json.loads(line["figures"]),
            )
        return list(latest.values())

    def moments(self, rows: Sequence[Row]) -> dict[str, list[Moment]]:
        """Return the steps of some races by the name of the race."""
        found: dict[str, list[Moment]] = {row.run: [] for row in rows}
        for line in _lines(self.folder / STEPS):
            if line["run"] in found:
                moment = Moment(float(line["seconds"]), _number(line["objective"]), _number(line["bound"]))
                found[line["run"]].append(moment)
        return found


def _settings_columns() -> list[str]:
    return [f.name for f in fields(Settings)]


def _row_columns() -> list[str]:
    return [f.name for f in fields(Row) if f.name != "settings"]


def _append(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(header)
        writer.writerows(rows)


def _lines(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return "" if value is None else str(value)


def _number(text: str) -> float | None:
    return float(text) if text else None


def commit() -> str:
    """Return the commit of the working tree, with a mark of the changes that are not committed."""
    try:
        name = _git("rev-parse", "--short=12", "HEAD").strip()
        changes = _git("diff", "HEAD", "--", "scenarios", "solver", "api", "benchmarks", ":!benchmarks/results")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{name}+{hashlib.sha256(changes.encode()).hexdigest()[:6]}" if changes else name


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent).stdout


def versions(distributions: Sequence[str]) -> str:
    """Return the versions of Python and of some distributions, in one line."""
    found = [f"python {platform.python_version()}"]
    for name in distributions:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} missing")
    return ", ".join(found)


def machine() -> str:
    """Return what the seconds depend on: processor, cores and memory, in one line."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = (line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line)
        model = next(names, model)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB"
