"""Words of the pictures and of the page, English and Chinese side by side."""

from __future__ import annotations

from scenarios.amounts import percent
from scenarios.texts import Locale, Text
from solver.result import Result

TODAY = Text("Today", "现状")
PLAN = Text("Plan", "方案")
UNNAMED = Text("Territories", "区域划分")
UNITS = Text("{count:# unit|# units}", "{count} 个单元")
REPS = Text("{count:# territory|# territories}", "{count} 个区域")
NOBODY = Text("nobody, or somebody who is no rep", "无人，或已不在销售名单")
CENTRE = Text("centre", "中心")
HOME = Text("home", "驻地")
CHANGES = Text("changes owner", "变更归属")
LINKED = {
    "links": Text("Neighbours as given.", "相邻关系由输入给出。"),
    "places": Text(
        "Neighbours by place: the Delaunay triangulation without its long links.",
        "相邻关系由位置推定：去掉过长连线的 Delaunay 三角剖分。",
    ),
    "": Text("", ""),
}
OPTIMAL = Text("Proved optimal: no territories score more.", "已证明最优：不存在得分更高的区域划分。")
FEASIBLE = Text(
    "Every hard rule holds; others can save at most {part} of what these cost: that is proved.",
    "满足全部硬规则；已证明其他划分至多再节省 {part}。",
)
UNPROVED = Text(
    "Every hard rule holds; how much better others could be is not proved.",
    "满足全部硬规则；其他划分还能好多少尚未证明。",
)
MOVED = Text("{part} of {metric} changes owner.", "变更归属的 {metric} 占 {part}。")
HINT = Text(
    "Point at a unit to see whose it is; choose a row to see one territory alone.",
    "指向一个单元可查看其归属；点选表中一行可单独查看该区域。",
)
TERRITORY = Text("territory", "区域")
LEADS = Text("units", "单元数")
TARGET = Text("target", "目标")
KILOMETRES = Text("mean km", "平均公里")
MEAN = Text("mean {unit}", "平均{unit}")
UNITS_OF_WAY = {
    "minutes": Text("minutes", "分钟"),
    "hours": Text("hours", "小时"),
    "km": Text("km", "公里"),
    "miles": Text("miles", "英里"),
}
"""Units of ways as a table names them; another name is its own unit."""
LEAVES = Text("leaves", "移出")
COMES = Text("comes", "移入")
WAS = Text("today: {rep}", "现归属：{rep}")
IS = Text("plan: {rep}", "方案：{rep}")
LOAD_OF_TARGET = Text("{metric}: load / target", "{metric}：负载 / 目标")
NUMBERED = Text("Territories go by their number in the order of the reps.", "区域按销售的先后顺序编号。")


def proved(result: Result, locale: Locale) -> str:
    """Return what is proved of territories: as a part of what they cost, which says more than one of their score."""
    if result.status == "optimal" or result.objective is None or result.bound is None:
        return OPTIMAL.format(locale)
    part = (result.bound - result.objective) / max(abs(result.objective), 1.0)
    return UNPROVED.format(locale) if part >= 1.0 else FEASIBLE.format(locale, part=percent(part, locale))


def mean_way(measure: str | None, locale: Locale) -> str:
    """Return the head of the column of mean ways: in kilometres, or as the scenario's table measures them."""
    if measure is None:
        return KILOMETRES.format(locale)
    unit = UNITS_OF_WAY.get(measure.casefold())
    return MEAN.format(locale, unit=measure if unit is None else unit.format(locale))
