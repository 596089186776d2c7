"""A frontier for the terminal: what fairness costs in sentences, and a line for each band."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text as Line

from api import summary_texts
from api.summary_words import gap_figure, headed, indented, plain_table
from scenarios.amounts import amount, money, percent
from scenarios.model import Scenario
from scenarios.texts import Locale, Text
from solver.explain.words import metric_word
from solver.frontier import Record, sentences
from solver.frontier.texts import WORTH

_TITLE = Text("What fairness costs: {metric}", "公平的代价：{metric}")
_TITLE_BY = Text("What fairness costs: {metric}, by {by}", "公平的代价：{metric}（按 {by} 分组）")
_CURVE = Text("Bands, from none to the narrowest", "公平区间，由宽到窄")
_BAND = Text("band", "区间")
_NO_BAND = Text("none", "无")
_AT_MOST = Text("at most", "上界")
_GAP = Text("gap", "差距")
_COST = Text("cost", "代价")
_LEFT = Text("left", "未分配")
_SECONDS = Text("s", "秒")
_STATUS = {
    "infeasible": Text("no plan: proved", "无方案（已证明）"),
    "no_plan_found": Text("no plan found", "未找到方案"),
}
_NOTES = Text(
    "furthest off, lowest and highest: load against fair target · left: leads with nobody",
    "最大偏差、最低、最高：负载与公平目标之比 · 未分配：无人负责的线索数",
)
_DOMINATED = Text(
    "dim: another plan is as fair and worth as much; not in the picture.",
    "灰色：另有同样公平且不差的方案，图中不列。",
)
_STOPPED = {
    "time": Text(
        "The time limit ended the search of some points; a longer --time-limit narrows what is open.",
        "部分点因达到时间限制而停止；延长 --time-limit 可缩小未定范围。",
    ),
    "work": Text(
        "Some points ended when the work allowed was done.",
        "部分点在计算量用尽后停止。",
    ),
    "cancel": Text("It was interrupted; these are the points so far.", "求解被中断；以下是中断前得到的点。"),
}
SPARE = ("seconds", "gini", "bound", "jain", "max_ratio", "min_ratio", "gap")
"""Columns that a narrow terminal does without, the first of them first."""


@dataclass(frozen=True)
class _Column:
    """A column of the table: its heading, and what stands in it for a point."""

    name: str
    heading: str
    cell: Callable[[Record], str]


def frontier_parts(record: Record, scenario: Scenario, locale: Locale, width: int) -> Iterator[RenderableType]:
    """Yield what there is to tell, for a terminal of so many columns."""
    metric = metric_word(record["metric"], locale)
    title = (_TITLE_BY if record["by"] else _TITLE).format(locale, metric=metric, by=record["by"] or "")
    about = " · ".join(
        [
            scenario.name or summary_texts.UNNAMED.format(locale),
            summary_texts.LEADS.format(locale, count=scenario.leads.height),
            summary_texts.REPS.format(locale, count=len(scenario.reps)),
        ]
    )
    told = Table.grid(padding=(0, 1))
    for k, sentence in enumerate(sentences(record, locale)):
        told.add_row(Line("·", "dim"), Line(sentence, "" if k else "bold"))
    yield Group(Line.assemble((title, "bold"), ("  " + about, "dim")), Line(""), indented(told))
    if record["points"][0]["objective"] is None:
        return
    notes = [Line(_NOTES.format(locale), "dim")]
    if any(point["dominated"] for point in record["points"]):
        notes.append(Line(_DOMINATED.format(locale), "dim"))
    if record["stopped_by"] in _STOPPED:
        notes.append(Line(_STOPPED[record["stopped_by"]].format(locale)))
    yield headed(_CURVE.format(locale), Group(_fitting(record, locale, width - 2), *notes))


def _fitting(record: Record, locale: Locale, width: int) -> Table:
    """Return the table with as many columns as fit."""
    endless, columns = Console(width=10_000), list(_columns(record, locale))
    for name in (None, *SPARE):
        columns = [column for column in columns if column.name != name]
        table = _table(record, columns, locale)
        if endless.measure(table).maximum <= width:
            break
    return table


def _table(record: Record, columns: list[_Column], locale: Locale) -> Table:
    table = plain_table(_BAND.format(locale), *(column.heading for column in columns))
    for point in record["points"]:
        band = _band(record, point["tolerance"], locale)
        if point["objective"] is None:
            words = Line(
                _STATUS[point["status"]].format(locale), "red" if point["status"] == "infeasible" else "yellow"
            )
            table.add_row(band, words)
            continue
        style = "dim" if point["dominated"] else "bold" if point["tolerance"] == record["knee"] else ""
        table.add_row(band, *(column.cell(point) for column in columns), style=style)
    return table


def _band(record: Record, tolerance: float | None, locale: Locale) -> str:
    """Return what a band is called; one that is just narrower than the fairest plan, so."""
    if tolerance is None:
        return _NO_BAND.format(locale)
    end = record["fairest"]
    if end is not None and tolerance == end["just_below"]:
        return f"< {percent(end['tolerance'], locale)}"
    return percent(tolerance, locale)


def _columns(record: Record, locale: Locale) -> Iterator[_Column]:
    """Yield all columns that have something to say."""
    scale, currency = record["points_per_money"], record["currency"]
    several = any(len(point["tiers"]) > 1 for point in record["points"])

    def part(name: str) -> Callable[[Record], str]:
        return lambda point: percent(point[name], locale)

    def worth(name: str) -> Callable[[Record], str]:
        def told(point: Record) -> str:
            if point[name] is None:
                return ""
            value = float(f"{point[name] / (scale or 1.0):.9g}")  # without the noise of floating point
            return amount(value, locale) if scale is None else money(value, currency, locale)

        return told

    if not several:
        yield _Column("objective", WORTH["points" if scale is None else "money"].format(locale), worth("objective"))
        yield _Column("bound", _AT_MOST.format(locale), worth("bound"))
        yield _Column("gap", _GAP.format(locale), lambda point: _gap(point["gap"], locale))
        yield _Column("cost", _COST.format(locale), lambda point: _cost(point, locale))
    if several or scale is None:
        heading = WORTH["money"].format(locale)
        yield _Column("expected_value", heading, lambda point: money(point["expected_value"], currency, locale))
    yield _Column("worst_deviation", summary_texts.WORST.format(locale), part("worst_deviation"))
    yield _Column("min_ratio", summary_texts.LOWEST.format(locale), part("min_ratio"))
    yield _Column("max_ratio", summary_texts.HIGHEST.format(locale), part("max_ratio"))
    yield _Column("jain", "Jain", lambda point: f"{point['jain']:.3f}")
    yield _Column("gini", "Gini", lambda point: f"{point['gini']:.3f}")
    yield _Column("unassigned", _LEFT.format(locale), lambda point: amount(point["unassigned"], locale))
    yield _Column("seconds", _SECONDS.format(locale), lambda point: f"{point['seconds']:.1f}")


def _gap(gap: float | None, locale: Locale) -> str:
    return "" if gap is None else gap_figure(gap, locale)


def _cost(point: dict[str, Any] | Record, locale: Locale) -> str:
    """Return what is proved of the cost: a number, or an interval."""
    least, most = point["cost_least"], point["cost_most"]
    if point["tolerance"] is None or most is None:
        return ""
    told = [gap_figure(least, locale), gap_figure(most, locale)]
    return told[0] if told[0] == told[1] else f"{told[0].removesuffix('%')}–{told[1]}"
