"""Figures and headings of everything that the command line prints."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from solver.explain.words import number
from solver.result import OPTIMAL_GAP


def figure(value: float) -> str:
    """Return an amount in full, without digits that nobody reads."""
    if abs(value) >= 10_000:
        return f"{value:,.0f}"
    if abs(value) < 0.1:
        return number(value)
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def percent(gap: float) -> str:
    """Return a fraction in per cent; what is called optimal has a gap of 0."""
    return f"{number(100 * gap) if gap > OPTIMAL_GAP else '0'} %"


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
