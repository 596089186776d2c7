"""Balance against disruption on the terminal: what evenness moves in sentences, and a line for each band."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Line

from api import summary_texts
from api.summary_words import headed, indented, plain_table
from scenarios.amounts import amount, few, number, percent
from scenarios.model import Scenario
from scenarios.texts import Locale, Text
from solver.explain.words import metric_word
from solver.frontier.sentences import Record
from solver.territory.trade_record import sentences

_TITLE = Text("What evenness moves: {metric}", "均衡须变更多少归属：{metric}")
_CURVE = Text("Bands, from none to the narrowest", "公平区间，由宽到窄")
_BAND = Text("band", "区间")
_NO_BAND = Text("none", "无")
_MOVED = Text("moved", "变更")
_PART = Text("part", "占比")
_LEAST = Text("at least", "至少")
_LEADS = Text("leads", "线索数")
_OFF = Text("furthest off", "最大偏差")
_OTHER = Text("off: {metric}", "偏差：{metric}")
_POINTS = Text("points", "得分")
_STATUS = {
    "infeasible": Text("none: proved", "无（已证明）"),
    "no_plan_found": Text("none found", "未找到"),
}
_NOTES = Text(
    "moved: {metric} that changes owner · at least: proved of all territories within the band",
    "变更：变更归属的 {metric} · 至少：对该区间内的任何划分已证明",
)
_DOMINATED = Text(
    "dim: other territories are as even and move as little; not in the picture.",
    "灰色：另有同样均衡且变更不多的划分，图中不列。",
)
_OPEN = Text(
    "Some points are not proved to be the least; a longer --time-limit narrows what is open.",
    "部分点尚未证明为最少；延长 --time-limit 可缩小未定范围。",
)


def trade_parts(record: Record, scenario: Scenario, locale: Locale) -> Iterator[RenderableType]:
    """Yield what there is to tell."""
    about = " · ".join(
        [
            scenario.name or summary_texts.UNNAMED.format(locale),
            summary_texts.LEADS.format(locale, count=scenario.leads.height),
            summary_texts.REPS.format(locale, count=len(scenario.reps)),
        ]
    )
    told = Table.grid(padding=(0, 1))
    told.add_column()
    told.add_column(overflow="fold")  # a Chinese sentence has no blanks at which to break
    for k, sentence in enumerate(sentences(record, locale)):
        told.add_row(Line("·", "dim"), Line(sentence, "" if k else "bold"))
    title = _TITLE.format(locale, metric=metric_word(record["metric"], locale))
    yield Group(Line.assemble((title, "bold"), ("  " + about, "dim")), Line(""), indented(told))
    if all(point["moved"] is None for point in record["points"]):
        return
    notes = [Line(_NOTES.format(locale, metric=metric_word(record["counted"], locale)), "dim")]
    if any(point["dominated"] for point in record["points"]):
        notes.append(Line(_DOMINATED.format(locale), "dim"))
    if any(point["status"] in ("feasible", "no_plan_found") for point in record["points"]):
        notes.append(Line(_OPEN.format(locale)))
    yield headed(_CURVE.format(locale), Group(_table(record, locale), *notes))


def _table(record: Record, locale: Locale) -> Table:
    others = [metric for metric in record["today"]["deviations"] if metric != record["metric"]]
    heads = (_BAND, _MOVED, _PART, _LEAST, _LEADS, _OFF)
    named = (_OTHER.format(locale, metric=metric_word(metric, locale)) for metric in others)
    table = plain_table(*(head.format(locale) for head in heads), *named, _POINTS.format(locale))
    for point in record["points"]:
        band = _NO_BAND.format(locale) if point["tolerance"] is None else percent(point["tolerance"], locale)
        least = "" if point["moved_least"] is None else number(point["moved_least"], locale)
        if point["moved"] is None:
            style = "red" if point["status"] == "infeasible" else "yellow"
            table.add_row(band, Line(_STATUS[point["status"]].format(locale), style), "", least)
            continue
        off = point["worst_deviation"]
        table.add_row(
            band,
            number(point["moved"], locale),
            percent(point["moved_part"], locale),
            least,
            amount(point["moved_leads"], locale),
            "" if off is None else percent(off, locale),
            *(percent(point["deviations"][metric], locale) for metric in others),
            "" if point["objective"] is None else number(float(few(point["objective"])), locale),
            style="dim" if point["dominated"] else "",
        )
    return table
