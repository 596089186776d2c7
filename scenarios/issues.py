"""Issues: every fault found in a scenario, as data first and as sentences second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from scenarios.issue_texts import ISSUE_TEXTS
from scenarios.texts import Locale

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Where:
    """A place in a file that a person can go to: sheet or file, row (from 1, as the program shows it), column."""

    file: str
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = [self.file]
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f"column {self.column}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Issue:
    """One fault or doubt about a scenario.

    Parameters
    ----------
    code : str
        A key of `ISSUE_TEXTS`; stable, for programs.
    severity : {"error", "warning"}
        An error stops a solve; a warning does not.
    pointer : str
        JSON pointer (RFC 6901) into the scenario's JSON form, such as ``/leads/3/value``; ``""`` is the whole.
    params : mapping
        The facts that the sentences need.
    where : Where, optional
        The same place in the file that was read, when it was a table.
    """

    code: str
    severity: Severity
    pointer: str
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    where: Where | None = None

    def __post_init__(self) -> None:
        if self.code not in ISSUE_TEXTS:
            raise KeyError(f"issue code {self.code!r} has no text")

    def message(self, locale: Locale = "en") -> str:
        """Return what is wrong, in one sentence."""
        return ISSUE_TEXTS[self.code].message.format(locale, **self.params)

    def maybe(self, locale: Locale = "en") -> str:
        """Return a guess at the cause or the way out; in English it begins with "Maybe"."""
        return ISSUE_TEXTS[self.code].maybe.format(locale, **self.params)

    def record(self, locale: Locale = "en") -> dict[str, Any]:
        """Return the issue as a JSON-ready record."""
        record: dict[str, Any] = {
            "code": self.code,
            "severity": self.severity,
            "pointer": self.pointer,
            "message": self.message(locale),
            "maybe": self.maybe(locale),
            "params": dict(self.params),
        }
        if self.where is not None:
            record["where"] = {"file": self.where.file, "row": self.where.row, "column": self.where.column}
        return record


def pointer(*parts: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of a place, such as ``/leads/3/value``; `~` and `/` are escaped."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def error(code: str, pointer: str, /, where: Where | None = None, **params: Any) -> Issue:
    """Make an issue that stops a solve."""
    return Issue(code, "error", pointer, params, where)


def warning(code: str, pointer: str, /, where: Where | None = None, **params: Any) -> Issue:
    """Make an issue that is worth a look but stops nothing."""
    return Issue(code, "warning", pointer, params, where)


def errors_of(issues: Iterable[Issue]) -> list[Issue]:
    """Return the issues that stop a solve."""
    return [issue for issue in issues if issue.severity == "error"]


class ScenarioError(ValueError):
    """A scenario that cannot be used; `issues` holds every fault that was found, not just the first."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        lines = [f"{i.where or i.pointer or '/'}: {i.message()} {i.maybe()}" for i in self.issues[:20]]
        if len(self.issues) > 20:
            lines.append(f"... and {len(self.issues) - 20} more")
        super().__init__("\n".join(lines))
