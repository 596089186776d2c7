"""Faults of a table, collected as issues with their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scenarios.issues import Issue, Severity, pointer

LISTED_PER_CODE = 100
"""So many issues of one code and column are listed; the others are counted."""


@dataclass
class Faults:
    """Collects the faults of one table as issues with their place."""

    table: str
    issues: list[Issue]
    rows: dict[str, set[int]] = field(default_factory=dict)
    """By column: every row with a fault, listed or not."""

    def add(
        self,
        code: str,
        rows: Sequence[int],
        column: str,
        params: Callable[[int], Mapping[str, Any]],
        severity: Severity = "error",
    ) -> None:
        """Record one fault per row, up to the number that is listed, and count the others."""
        if not rows:
            return
        self.rows.setdefault(column, set()).update(rows)
        for row in rows[:LISTED_PER_CODE]:
            facts = {"column": column, **params(row)}
            self.issues.append(Issue(code, severity, pointer(self.table, row, column), facts))
        if len(rows) > LISTED_PER_CODE:
            rest = {"count": len(rows) - LISTED_PER_CODE, "of": code}
            self.issues.append(Issue("more_like_this", severity, f"/{self.table}", rest))

    def of_table(self, code: str, **params: Any) -> None:
        """Record a fault of the table as a whole, or of a header."""
        self.issues.append(Issue(code, "error", f"/{self.table}", params))
