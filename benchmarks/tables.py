"""How benchmarks tell their figures: tables for people, in Markdown, and the machine they ran on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version


def machine() -> str:
    """Return what figures in seconds depend on, in one line."""
    cores = os.cpu_count() or 1
    return f"{cores} cores, Python {platform.python_version()}, OR-Tools {version('ortools')}, NumPy {version('numpy')}"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose columns line up: the first to the left, the others to the right."""
    widths = [max(3, *map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_line(cells, widths) for cells in (header, rule, *rows))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.rjust(width) if column else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "| " + " | ".join((first, *others)) + " |"
