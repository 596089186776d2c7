"""The picture of balance against disruption: how uneven territories are, against how much changes owner.

Shaded is what is proved not to be: within a band no territories move less than was proved of it or of a wider one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.pictures import BLUE, GREY, GRID, INK, ORANGE, PictureFormat, drawn_in, picture
from scenarios.amounts import percent
from scenarios.texts import Locale, Text
from solver.explain.words import metric_word
from solver.frontier.sentences import Record, own_tolerances

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TITLE = Text("What evenness moves: {metric}", "均衡的代价：{metric}与变更归属")
_X = Text("changes owner, as a part of all {metric} that has one", "变更归属的 {metric} 占比")
_Y = Text("worst deviation from the fair share", "与公平份额的最大偏差")
_FOUND = Text("territories found", "找到的划分")
_NONE = Text("no territories: proved", "不存在任何划分（已证明）")
_OWN = Text("band of the scenario: {tolerance}", "场景中的公平区间：{tolerance}")
_BUDGET = Text("budget of the scenario: {part}", "场景中的变更预算：{part}")
_TODAY = Text("today", "现状")
_FREE = Text("by the goals alone, without a budget", "只按目标、不设变更预算")


def trade_plot(record: Record, form: PictureFormat, locale: Locale = "en") -> bytes:
    """Draw the record of a trade-off that has territories; as of `api.plots.frontier_plot`."""
    locale = drawn_in(form, locale)
    return picture(lambda figure: _draw(figure.subplots(), record, locale), form)


def _draw(axes: Axes, record: Record, locale: Locale) -> None:
    curve = [p for p in record["points"] if p["moved"] is not None and not p["dominated"]]
    marks = [one for one in (record["today"], record["free"]) if one is not None]
    known = [one for one in (*curve, *marks) if one["worst_deviation"] is not None]
    right = max([one["moved"] / record["owned"] for one in known], default=0.0)
    top = max([one["worst_deviation"] for one in known], default=0.0)
    _frame(axes, record, locale, max(right * 1.08, 0.01), max(top * 1.08, 0.01))
    _proved(axes, record, locale)
    for tolerance in own_tolerances(record):
        words = _OWN.format(locale, tolerance=percent(tolerance, locale))
        axes.axhline(tolerance, color=INK, linestyle=":", linewidth=1.4, label=words, zorder=3)
    for budget in record["budgets"]:
        words = _BUDGET.format(locale, part=percent(budget / record["owned"], locale))
        axes.axvline(budget / record["owned"], color=INK, linestyle="--", linewidth=1.2, label=words, zorder=3)
    dots = [p for p in curve if p["worst_deviation"] is not None]
    style: dict[str, Any] = {"color": BLUE, "marker": "o", "markersize": 6, "linewidth": 1.8, "clip_on": False}
    x, y = [p["moved"] / record["owned"] for p in dots], [p["worst_deviation"] for p in dots]
    axes.plot(x, y, label=_FOUND.format(locale), drawstyle="steps-post", zorder=4, **style)
    for one, name, marker in zip(marks, (_TODAY, _FREE), ("D", "s"), strict=False):
        if one["worst_deviation"] is not None:
            place = [one["moved"] / record["owned"]], [one["worst_deviation"]]
            look: dict[str, Any] = {"clip_on": False, "markersize": 8}
            look |= {"markerfacecolor": "white", "markeredgecolor": ORANGE}
            axes.plot(*place, linestyle="none", marker=marker, label=name.format(locale), zorder=5, **look)
    handles, labels = axes.get_legend_handles_labels()
    legend: dict[str, Any] = {"loc": "outside lower center", "ncols": 2, "frameon": False, "labelcolor": INK}
    axes.figure.legend(handles, labels, fontsize=9, **legend)


def _proved(axes: Axes, record: Record, locale: Locale) -> None:
    """Shade what no territories are: within each band, left of what was proved to move."""
    right, high = axes.get_xlim()[1], axes.get_ylim()[1]
    banded = [p for p in record["points"] if p["tolerance"] is not None and p["tolerance"] <= high]
    bands = [
        (p["tolerance"], right if p["moved_least"] is None else min(p["moved_least"] / record["owned"], right))
        for p in banded
    ]
    corners = [(0.0, 0.0)]
    for tolerance, least in bands:  # from the widest, at the left, to the narrowest
        corners += [(corners[-1][0], tolerance), (least, tolerance)]
    corners.append((corners[-1][0], 0.0))
    if corners[-1][0] > 0:
        x, y = zip(*corners, strict=True)
        style: dict[str, Any] = {"facecolor": GRID, "edgecolor": GREY, "hatch": "//", "linewidth": 0, "alpha": 0.6}
        axes.fill(x, y, label=_NONE.format(locale), zorder=2, **style)


def _frame(axes: Axes, record: Record, locale: Locale, right: float, top: float) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    title = _TITLE.format(locale, metric=metric_word(record["metric"], locale))
    axes.set_title(title, color=INK, fontsize=13, loc="left")
    axes.set_xlabel(_X.format(locale, metric=metric_word(record["counted"], locale)), color=GREY)
    axes.set_ylabel(_Y.format(locale), color=GREY)
    axes.set_xlim(0.0, right)
    axes.set_ylim(0.0, top)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda part, _: percent(part, locale)))
    axes.grid(color=GRID, linewidth=0.8)
    axes.tick_params(colors=GREY, which="both")
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(GRID)
