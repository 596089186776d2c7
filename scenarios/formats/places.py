"""From the place in a scenario to the place in the file that a person opens."""

from __future__ import annotations

from scenarios.formats.tables import ROW_MODELS, Draft, Table, TableName
from scenarios.headers import column_name
from scenarios.issues import Issue, Where


def parts_of(place: str) -> list[str]:
    """Return the parts of a JSON pointer, unescaped."""
    return [part.replace("~1", "/").replace("~0", "~") for part in place.split("/")[1:]]


class Places:
    """Where everything in one draft stands."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._headers = {name: _headers(name, table) for name, table in draft.tables.items()}

    def header(self, name: TableName, column: str) -> str:
        """Return the header as written of a column."""
        return self._headers.get(name, {}).get(column, column)

    def where(self, issue: Issue) -> Where | None:
        """Return the place of an issue in its file, as exactly as it is known; None for plain JSON."""
        if issue.where is not None:
            return issue.where
        parts = parts_of(issue.pointer)
        for name, table in self._draft.tables.items():
            if parts[:1] == [name]:
                return self._in_table(name, table, parts[1:], issue)
        for end in range(len(issue.pointer), 0, -1):
            if (found := self._draft.places.get(issue.pointer[:end])) is not None:
                return found
        return Where(self._draft.head_file) if self._draft.head_file else None

    def _in_table(self, name: TableName, table: Table, parts: list[str], issue: Issue) -> Where | None:
        if table.rows is None:
            return None
        if not parts or not parts[0].isdecimal() or int(parts[0]) >= len(table.rows):
            column = issue.params.get("column")
            if isinstance(column, str) and (column in table.columns or column in self._headers[name]):
                return Where(table.file, table.header, self.header(name, column))
            return Where(table.file)
        row = int(table.rows[int(parts[0])])
        if len(parts) < 2:
            return Where(table.file, row)
        whole = self._headers[name].get(".".join(parts[1:]))
        return Where(table.file, row, whole or self.header(name, parts[1]))


def _headers(name: TableName, table: Table) -> dict[str, str]:
    headers: dict[str, str] = {}
    for header in table.columns:
        headers.setdefault(column_name(header, ROW_MODELS[name]), header)
    return headers
