"""Gaps and headings of everything that the command line prints."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from scenarios.amounts import percent
from scenarios.texts import Locale
from solver.result import OPTIMAL_GAP


def gap_figure(gap: float, locale: Locale) -> str:
    """Return a gap in per cent; what is called optimal has a gap of 0."""
    return percent(gap if gap > OPTIMAL_GAP else 0.0, locale)


def headed(title: str, body: RenderableType) -> RenderableType:
    """Return a part with its heading."""
    return Group(Line(title, "bold cyan"), indented(body)) if title else indented(body)


def indented(body: RenderableType) -> RenderableType:
    """Return a part, two columns further in."""
    return Padding(body, (0, 0, 0, 2), expand=False)


def plain_table(*headers: str) -> Table:
    """Return an empty table without frames: the first column on the left, the others on the right."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for k, header in enumerate(headers):
        table.add_column(header, justify="right" if k else "left", no_wrap=not k)
    return table
