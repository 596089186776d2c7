"""The picture of a frontier: what is worth how much, against how unfair it is.

The shaded stairs are what is proved: at a worst deviation of x the best plan is worth at least as much as the best plan
found that is no further off, and at most what was proved for a band of x or wider.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from api.pictures import BLUE, GREY, GRID, INK, ORANGE, PALE, PictureFormat, drawn_in, picture
from scenarios.amounts import number, percent
from scenarios.texts import Locale, Text
from solver.explain.words import metric_word
from solver.frontier.sentences import Record, own_tolerances
from solver.frontier.texts import WORTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDE = 1.0
"""Where loads are further off than this, the axis of deviations is stretched near 0, by the square root."""
TICKS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 6.0, 10.0)
_TITLE = Text("What fairness costs: {metric}", "公平的代价：{metric}")
_TITLE_BY = Text("What fairness costs: {metric}, by {by}", "公平的代价：{metric}（按 {by} 分组）")
_X = Text("worst deviation from the fair target", "与公平目标的最大偏差")
_COST = Text("against no band", "与不设公平区间相比")
_FOUND = Text("best plan found", "找到的最好方案")
_PROVED = Text("where the best plan lies: proved", "最优方案所在范围（已证明）")
_FREE = Text("no band", "不设区间")
_OWN = Text("band of the scenario: {tolerance}", "场景中的公平区间：{tolerance}")
_KNEE = Text("worth a look: band of {tolerance}", "值得留意：{tolerance} 的区间")
_NOTHING = Text("no plan: proved", "无方案（已证明）")
_TODAY = Text("today's owners", "当前归属")
_BELOW = Text("{words}: {worth}, below this picture", "{words}：{worth}，低于本图范围")
_TODAY_BREAKS = Text("today's owners (break other rules)", "当前归属（违反其他规则）")


@dataclass(frozen=True)
class _Dot:
    """A plan in the picture: tolerance, deviation, worth, and what nothing within the band can be worth."""

    tolerance: float
    deviation: float
    worth: float
    bound: float | None
    dominated: bool


def frontier_plot(record: Record, form: PictureFormat, locale: Locale = "en") -> bytes:
    """Draw the record of a frontier that has a plan.

    An SVG keeps its words as text, in any language. A PNG is in English where no Chinese font is installed.
    """
    locale = drawn_in(form, locale)
    return picture(lambda figure: _draw(figure.subplots(), record, locale), form)


def _draw(axes: Axes, record: Record, locale: Locale) -> None:
    """Draw everything."""
    everything = _dots(record)
    curve = [dot for dot in everything if not dot.dominated]
    today = _today(record)
    widest = max([dot.deviation for dot in curve] + ([today.deviation] if today else []))
    _frame(axes, record, locale, widest)
    _stairs(axes, everything, widest, locale)
    _bands(axes, record, locale)
    x, y = [dot.deviation for dot in curve], [dot.worth for dot in curve]
    style: dict[str, Any] = {"color": BLUE, "marker": "o", "markersize": 6, "linewidth": 1.8, "clip_on": False}
    axes.plot(x, y, label=_FOUND.format(locale), zorder=4, **style)
    low, high = axes.get_ylim()
    free = next((dot for dot in curve if dot.tolerance == float("inf")), None)
    if free is not None:
        place: dict[str, Any] = {"xytext": (0, 7), "textcoords": "offset points", "ha": "center", "fontsize": 9}
        axes.annotate(_FREE.format(locale), (free.deviation, free.worth), color=INK, **place)
    knee = next((dot for dot in curve if dot.tolerance == record["knee"]), None)
    if knee is not None:
        words = _KNEE.format(locale, tolerance=percent(knee.tolerance, locale))
        _mark(axes, knee, words, marker="o", markersize=13, markerfacecolor="none", markeredgecolor=INK)
    if today is not None:
        _draw_today(axes, today, low - 0.6 * (high - low), locale)
    handles, labels = axes.get_legend_handles_labels()
    legend: dict[str, Any] = {
        "loc": "outside lower center",
        "ncols": 2,
        "frameon": False,
        "labelcolor": INK,
        "fontsize": 9,
    }
    axes.figure.legend(handles, labels, **legend)


def _dots(record: Record) -> list[_Dot]:
    """Return all plans, the most even first."""
    several, scale = _several(record), record["points_per_money"] or 1.0
    found = []
    for point in record["points"]:
        if point["objective"] is None:
            continue
        tolerance = float("inf") if point["tolerance"] is None else point["tolerance"]
        bound = None if several or point["bound"] is None else point["bound"] / scale
        worth = point["expected_value" if _in_money(record) else "objective"]
        found.append(_Dot(tolerance, point["worst_deviation"], worth, bound, point["dominated"]))
    return sorted(found, key=lambda dot: (dot.deviation, -dot.tolerance))


def _several(record: Record) -> bool:
    return any(len(point["tiers"]) > 1 for point in record["points"])


def _in_money(record: Record) -> bool:
    """Tell whether heights are money: where there are points for nothing else, or several tiers of points."""
    return record["points_per_money"] is not None or _several(record)


@dataclass(frozen=True)
class _Today:
    deviation: float
    worth: float
    feasible: bool


def _today(record: Record) -> _Today | None:
    today = record["today"]
    if today is None:
        return None
    worth = today["expected_value" if _in_money(record) else "objective"]
    return _Today(today["worst_deviation"], worth, today["feasible"])


def _draw_today(axes: Axes, today: _Today, lowest: float, locale: Locale) -> None:
    """Draw today's owners; where they are far below the curve, at the lower edge, with their figure in words."""
    words = (_TODAY if today.feasible else _TODAY_BREAKS).format(locale)
    fill = ORANGE if today.feasible else "white"
    style: dict[str, Any] = {"markerfacecolor": fill, "markeredgecolor": ORANGE, "markeredgewidth": 1.8}
    if today.worth >= lowest:
        _mark(axes, today, words, marker="D", markersize=8, **style)
        return
    low, high = axes.get_ylim()
    low -= 0.12 * (high - low)
    axes.set_ylim(low, high)
    words = _BELOW.format(locale, words=words, worth=number(today.worth, locale))
    edge = _Today(today.deviation, low + 0.04 * (high - low), today.feasible)
    _mark(axes, edge, words, marker="v", markersize=9, **style)


def _mark(axes: Axes, place: _Dot | _Today, words: str, **style: Any) -> None:
    axes.plot([place.deviation], [place.worth], linestyle="none", label=words, zorder=5, **style)


def _frame(axes: Axes, record: Record, locale: Locale, widest: float) -> None:
    """Draw the axes and the title."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

    facts = {"metric": metric_word(record["metric"], locale), "by": record["by"] or ""}
    axes.set_title((_TITLE_BY if record["by"] else _TITLE).format(locale, **facts), color=INK, fontsize=13, loc="left")
    axes.set_xlabel(_X.format(locale), color=GREY)
    unit = f", {record['currency']}" if _in_money(record) and record["currency"] else ""
    axes.set_ylabel(WORTH["money" if _in_money(record) else "points"].format(locale) + unit, color=GREY)
    if widest > WIDE:
        axes.set_xscale("function", functions=(_root, _square))
        axes.xaxis.set_major_locator(FixedLocator([tick for tick in TICKS if tick <= widest * 1.05]))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    axes.set_xlim(0.0, max(widest * 1.06, 1e-3))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: percent(x, locale)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: number(y, locale)))
    axes.grid(color=GRID, linewidth=0.8)
    axes.tick_params(colors=GREY, which="both")
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(GRID)
    best = record["points"][0]["expected_value" if _in_money(record) else "objective"]
    if best > 0:
        right = axes.secondary_yaxis("right", functions=(partial(_change, best), partial(_changed, best)))
        whole = FuncFormatter(lambda part, _: percent(part if abs(part) > 1e-9 else 0.0, locale))
        right.yaxis.set_major_formatter(whole)
        right.set_ylabel(_COST.format(locale), color=GREY)
        right.tick_params(colors=GREY)
        right.spines["right"].set_color(GRID)


def _root(values: Any) -> Any:
    return np.sqrt(np.maximum(values, 0.0))


def _square(values: Any) -> Any:
    return np.square(values)


def _change(best: float, worth: Any) -> Any:
    return worth / best - 1.0


def _changed(best: float, part: Any) -> Any:
    return (part + 1.0) * best


def _stairs(axes: Axes, dots: Sequence[_Dot], widest: float, locale: Locale) -> None:
    """Shade where the best plan lies at each deviation, as far as it is proved."""
    bounds = [(dot.tolerance, dot.bound) for dot in dots if dot.bound is not None]
    if len(bounds) < max(len(dots), 2):
        return
    first, last = dots[0].deviation, widest * 1.06
    steps = {dot.deviation for dot in dots} | {tolerance for tolerance, _ in bounds} | {last}
    edges = sorted(edge for edge in steps if first <= edge <= last)
    x = np.repeat(edges, 2)[1:-1]
    middles = (x[::2] + x[1::2]) / 2
    least = [max(dot.worth for dot in dots if dot.deviation <= middle) for middle in middles]
    most = [min(bound for tolerance, bound in bounds if tolerance >= middle) for middle in middles]
    low = np.repeat(least, 2)
    high = np.maximum(np.repeat(most, 2), low)
    axes.fill_between(x, low, high, color=PALE, alpha=0.28, linewidth=0, label=_PROVED.format(locale), zorder=2)
    axes.plot(x, high, color=PALE, linewidth=1.0, zorder=3)


def _bands(axes: Axes, record: Record, locale: Locale) -> None:
    """Draw the bands that the scenario has, and where there is no plan at all."""
    for tolerance in own_tolerances(record):
        if tolerance <= axes.get_xlim()[1]:
            words = _OWN.format(locale, tolerance=percent(tolerance, locale))
            axes.axvline(tolerance, color=INK, linestyle=":", linewidth=1.6, label=words, zorder=3)
    closed = [point["tolerance"] for point in record["points"] if point["status"] == "infeasible"]
    if closed:
        style: dict[str, Any] = {"facecolor": "none", "edgecolor": GREY, "hatch": "//", "alpha": 0.35, "linewidth": 0}
        axes.axvspan(0.0, max(closed), label=_NOTHING.format(locale), **style)
