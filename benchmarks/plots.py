"""Gap against time, one panel per instance, a line per contender. Needs matplotlib, which `make bench` installs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTENDERS
from benchmarks.measures import OURS, Field
from benchmarks.report_tables import title_of
from benchmarks.results import Moment

STYLES = {
    "plumbline": ("#0072B2", "-", "o"),
    "files": ("#0072B2", "-", "o"),
    "cpsat": ("#D55E00", "--", "s"),
    "highs": ("#009E73", "-.", "^"),
    "scip": ("#CC79A7", ":", "v"),
    "timefold": ("#E69F00", (0, (5, 1, 1, 1)), "D"),
    "flow": ("#56B4E9", "--", "P"),
    "matching": ("#000000", ":", "X"),
    "greedy": ("#5B6875", "--", "*"),
    "round-robin": ("#9AA5B1", ":", "d"),
}
"""Colour, line and marker of each contender: the palette of Okabe and Ito, and never by colour alone."""

LEAST_GAP = 1e-6
"""Gaps below are drawn at this height: closer than the arithmetic is exact."""

FIRST = 0.01
"""Seconds at which the time axis begins."""

INK, GREY, GRID = "#1b2733", "#5b6875", "#dde3e9"


def curve(moments: Sequence[Moment], bound: float, until: float) -> tuple[list[float], list[float]]:
    """Return seconds and gaps of the best plan against a bound, as steps up to the end."""
    seconds: list[float] = []
    gaps: list[float] = []
    best: float | None = None
    for moment in moments:
        if moment.objective is None or (best is not None and moment.objective <= best):
            continue
        best = moment.objective
        seconds.append(max(moment.seconds, FIRST))
        gaps.append(max(LEAST_GAP, (bound - best) / max(abs(bound), 1.0)))
    if seconds:
        seconds.append(max(until, seconds[-1]))
        gaps.append(gaps[-1])
    return seconds, gaps


def draw(fields: Sequence[Field], path: Path, title: str) -> None:
    """Write the plot of some instances as SVG.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullLocator

    settings = {"font.family": "sans-serif", "svg.fonttype": "none", "svg.hashsalt": "plumbline", "font.size": 10}
    columns = min(2, len(fields))
    lines = -(-len(fields) // columns)
    with mpl.rc_context(settings):
        figure = Figure(figsize=(5.4 * columns, 3.3 * lines + 1.0), layout="constrained", facecolor="white")
        axes = figure.subplots(lines, columns, squeeze=False).ravel()
        handles: dict[str, Any] = {}
        for panel, field in zip(axes, fields, strict=False):
            handles |= _panel(panel, field)
            panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
            panel.yaxis.set_major_formatter(FuncFormatter(_percent))
            panel.yaxis.set_minor_locator(NullLocator())
        for panel in axes[len(fields) :]:
            panel.set_visible(False)
        figure.suptitle(title, color=INK, fontsize=13, x=0.01, ha="left")
        ordered = [name for name in STYLES if name in handles]
        labels = [CONTENDERS[name].label for name in ordered]
        figure.legend(
            [handles[name] for name in ordered],
            labels,
            loc="outside lower center",
            ncols=2 * columns,
            frameon=False,
            labelcolor=INK,
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _panel(panel: Any, field: Field) -> dict[str, Any]:
    """Draw one instance, and return a line of each contender for the legend."""
    assert field.bound is not None
    drawn = {}
    for name, row in field.rows.items():
        seconds, gaps = curve(field.moments[name], field.bound, field.limit) if row.holds else ([], [])
        if not seconds:
            continue
        colour, line, marker = STYLES[name]
        (drawn[name],) = panel.step(
            seconds,
            gaps,
            where="post",
            color=colour,
            linestyle=line,
            linewidth=2.6 if name in OURS else 1.6,
            marker=marker,
            markevery=sorted({0, len(seconds) - 2}),  # its first plan and its best
            markersize=6,
            zorder=3 if name in OURS else 2,
        )
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_title(title_of(field), color=INK, fontsize=11, loc="left")
    panel.set_xlabel("seconds", color=GREY)
    panel.set_ylabel("behind the best bound", color=GREY)
    panel.grid(color=GRID, linewidth=0.8)
    panel.tick_params(colors=GREY, which="both")
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        panel.spines[side].set_color(GRID)
    return drawn


def _percent(value: float, _: Any) -> str:
    return f"{100 * value:g} %" + (" or less" if value <= LEAST_GAP else "")
