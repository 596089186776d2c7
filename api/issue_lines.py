"""Issues as lines for people: what is wrong, where, and a guess."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text as Line

from scenarios.issues import Issue, errors_of
from scenarios.texts import Locale, Text

_WHERE = {
    "row": Text(", row {row:d}", "，第 {row:d} 行"),
    "column": Text(", column {column}", "，“{column}”列"),
}
_WHOLE = Text("the scenario as a whole", "整个场景")
_MARKS = {"error": ("✗ ", "red"), "warning": ("! ", "yellow")}
_NONE = Text("No issues.", "没有发现问题。")
_ERRORS = Text("{count:# error|# errors}", "{count} 个错误")
_WARNINGS = Text("{count:# warning|# warnings}", "{count} 个警告")
_AND, _END = Text(" and ", "，"), Text("{counts}.", "{counts}。")


def place(issue: Issue, locale: Locale) -> str:
    """Return where an issue is: a place in a table, or a JSON pointer."""
    where = issue.where
    if where is None:
        return issue.pointer or _WHOLE.format(locale)
    text = where.file
    if where.row is not None:
        text += _WHERE["row"].format(locale, row=where.row)
    if where.column is not None:
        text += _WHERE["column"].format(locale, column=where.column)
    return text


def issue_lines(issues: Iterable[Issue], locale: Locale) -> RenderableType:
    """Return the issues, each with its place before and its guess below."""
    parts: list[RenderableType] = []
    for issue in issues:
        mark, colour = _MARKS[issue.severity]
        head = Line.assemble((mark, colour), (place(issue, locale), "bold"), ": ", issue.message(locale))
        parts += [head, Padding(Line(issue.maybe(locale), "dim"), (0, 0, 0, 2), expand=False)]
    return Group(*parts)


def count_of(issues: Sequence[Issue], locale: Locale) -> str:
    """Return how many issues there are, in a sentence."""
    if not issues:
        return _NONE.format(locale)
    errors = len(errors_of(issues))
    counted = ((errors, _ERRORS), (len(issues) - errors, _WARNINGS))
    parts = [text.format(locale, count=count) for count, text in counted if count]
    return _END.format(locale, counts=_AND.format(locale).join(parts))
