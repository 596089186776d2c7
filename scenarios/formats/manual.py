"""The words of a workbook in English and Chinese: sheets, settings, and the fields of rules and goals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from scenarios.columns import columns_of, unwrap
from scenarios.formats.document import COLUMN_TYPES, KINDS, SETTINGS, PartName
from scenarios.formats.tables import ROW_MODELS
from scenarios.headers import CHINESE, Words, fold
from scenarios.model import Scenario
from scenarios.texts import Locale, Text

SheetName = Literal["leads", "reps", "links", "travel", "settings", "rules", "goals", "guide"]

SHEETS: dict[SheetName, Text] = {
    "leads": Text("leads", "线索"),
    "reps": Text("reps", "销售"),
    "links": Text("links", "相邻关系"),
    "travel": Text("travel", "路程"),
    "settings": Text("settings", "设置"),
    "rules": Text("rules", "规则"),
    "goals": Text("goals", "目标"),
    "guide": Text("guide", "说明"),
}
"""The sheets of a workbook, in the template's order."""

SHEET_NAMES: dict[str, SheetName] = {
    **{fold(name): sheet for sheet, text in SHEETS.items() for name in (sheet, text.en, text.zh)},
    "lead": "leads",
    "客户": "leads",
    "rep": "reps",
    "link": "links",
    "setting": "settings",
    "rule": "rules",
    "goal": "goals",
}
"""By folded name of a sheet or file: what it holds."""

_SETTINGS: dict[str, Words] = {
    "name": Words("名称", "方案的名称。"),
    "description": Words("说明", "给读者的一段说明。"),
    "currency": Words("币种", "金额的单位，如 CNY 或 USD。"),
    "period_start": Words("周期开始日", "方案所涵盖的第一天，如 2026-01-01。"),
    "period_end": Words("周期结束日", "方案所涵盖的最后一天。"),
    "win_rate_by": Words("赢单率依据", "销售赢单率所对应的线索列。"),
    "lead_columns": Words("线索附加列", "线索附加列的类型。"),
    "rep_columns": Words("销售附加列", "销售附加列的类型。"),
}
_RULES: dict[str, Words] = {
    "kind": Words("类型", "规则的类型，各类型见“说明”工作表。"),
    "name": Words("名称", "计划者对这条规则的称呼，会出现在每条解释里。"),
    "rate": Words("罚分", "每单位违反扣减的匹配分；留空表示硬性规则，必须满足。"),
    "relaxing": Words("放宽代价", "无可行方案时，放宽此规则的出路代价是通常的几倍；留空表示不得放宽。"),
    "leads": Words("线索", "只针对这些线索，如 region=East|North;tier=1；留空表示全部。"),
    "reps": Words("销售", "只针对这些销售，如 team=A；留空表示全部。"),
    "metrics": Words("容量指标", "只针对这些容量，如 leads;hours@Enterprise；留空表示已给出的全部容量。"),
    "lead_column": Words("线索列", "线索的列，如 region。"),
    "rep_column": Words("销售列", "销售的列，如 region。"),
    "blank": Words("空白单元格", "空白与一切相符（any），还是与一切不符（none）。"),
    "metric": Words("指标", "leads、hours、value、expected_value、quality 或某个数值列。"),
    "floor": Words("下限", "至少占这一比例，0 到 1。"),
    "ceiling": Words("上限", "至多占这一比例，0 到 1。"),
    "of": Words("基数", "assigned：已分配的部分；leads：所选的全部线索。"),
    "tolerance": Words("容差", "0.1 表示公平目标的 90 % 到 110 %。"),
    "by": Words("分组列", "销售的列，其取值构成公平分组；留空表示全部销售为一组。"),
    "at_most": Words("至多", "允许变更的总量，以该指标为单位。"),
    "at_least": Words("至少", "每名销售的最低量，以该指标为单位。"),
}
_GOALS: dict[str, Words] = {
    "kind": Words("类型", "目标的类型，各类型见“说明”工作表。"),
    "weight": Words("权重", "每单位该目标的匹配分；0 表示关闭。"),
    "away_factor": Words("异地系数", "线索的区域不在销售负责区域内时，期望价值保留的比例，0 到 1。"),
    "metric": Words("指标", "要均衡的量：leads、hours、value、expected_value 等。"),
    "by": Words("分组列", "销售的列，其取值构成公平分组；留空表示全部销售为一组。"),
    "tolerance": Words("容差", "公平目标中可以不计偏差的比例。"),
    "leads": Words("线索", "只计这些线索，如 region=East|North;tier=1；留空表示全部。"),
    "reps": Words("销售", "只比较这些销售；留空表示全部。"),
    "weighted_by": Words("加权指标", "与每条线索的公里数相乘的指标或数值列；留空表示 1。"),
    "power": Words("幂", "1：公里数；2：公里数的平方，区域会更紧凑（惯性矩）。"),
    "measured_by": Words("度量", "路程表（travel）中代替公里数的列，如 minutes；留空表示公里数。"),
}
_KINDS: dict[str, str] = {
    "capacity": "任何销售在任何指标上都不超过其容量。违反单位：超出的一个指标单位。",
    "skills": "销售具备线索要求的每项技能，且达到等级。违反单位：一项缺少或不足的技能。",
    "availability": "整个周期都不在岗的销售不接收线索。违反单位：一条线索。",
    "match": "线索的一列与销售的一列相符。违反单位：一条线索。",
    "exclusion": "所选线索绝不分给所选销售。违反单位：一条线索。",
    "pin": "所选线索只分给所选销售之一。违反单位：一条分给他人或未分配的线索。",
    "protection": "保护期内的线索留在归属人手中。违反单位：一条分给他人或未分配的线索。",
    "family": "同一客户组的线索归同一人，或全部不分配。违反单位：每多一名归属人。",
    "wall": "任何销售都不同时持有同一竞争组的两条线索。违反单位：超出第一条的每条线索。",
    "share": "所选销售（渠道、团队等）合计占某指标的一定份额。违反单位：一个指标单位。",
    "band": "每名销售的负载都在其公平目标的容差之内。违反单位：一个指标单位。",
    "disruption": "变更归属人的总量不超过预算。违反单位：一个指标单位。",
    "minimum": "每名所选销售至少得到这么多。违反单位：短缺的一个指标单位。",
    "contiguity": "每名销售持有的线索连成一片。违反单位：多出的每一片。只有 rebalance 能保证这条规则。",
    "value": "期望价值：线索金额乘以销售对它的赢单率。单位：每单位金额的匹配分。",
    "skill_fit": "销售的等级与线索所需技能的匹配程度，0 到 1。",
    "continuity": "线索留在当前归属人手中所得的匹配分。",
    "travel": "线索与销售之间每公里（大圆距离）扣减的匹配分，或按给定路程表的每个单位扣减。",
    "urgency": "紧急线索优先给最强的销售：匹配分 × 紧急度 × 赢单率。",
    "balance": "销售的负载每偏离公平目标一个单位扣减的匹配分。",
    "max_min": "最吃亏的销售所得：权重 × 各组中最小的负载与目标之比，至多为 1。",
}


@dataclass(frozen=True)
class Field:
    """One field of a sheet: its name, what it is called and means in a language, and what may stand there."""

    name: str
    header: str
    about: str
    choices: tuple[str, ...] = ()
    numeric: bool = False


def fields(sheet: SheetName, locale: Locale) -> list[Field]:
    """Return the fields of a sheet: columns of the tables, rules and goals, rows of the settings."""
    chinese = locale == "zh-CN"
    return [
        Field(name, words.header if chinese else name, words.about if chinese else about, choices, numeric)
        for name, about, choices, numeric, words in _fields(sheet)
    ]


def field_names(sheet: SheetName) -> dict[str, str]:
    """Return by folded header, in either language, the field of a sheet that it means."""
    names: dict[str, str] = {}
    for name, _, _, _, words in _fields(sheet):
        for header in (name, words.header, *words.also):
            names.setdefault(fold(header), name)
    return names


def kinds(part: PartName, locale: Locale) -> list[tuple[str, str]]:
    """Return each kind of rule or goal with what it says."""
    if locale == "zh-CN":
        return [(kind, _KINDS[kind]) for kind in KINDS[part]]
    return [(kind, " ".join((model.__doc__ or "").split("\n\n")[0].split())) for kind, model in KINDS[part].items()]


def _fields(sheet: SheetName) -> Iterator[tuple[str, str, tuple[str, ...], bool, Words]]:
    match sheet:
        case "settings":
            for name in SETTINGS:
                yield name, Scenario.model_fields[name].description or "", (), False, _SETTINGS[name]
            for name in COLUMN_TYPES:
                yield name, "Types of the extra columns, as JSON: text or number each.", (), False, _SETTINGS[name]
        case "leads" | "reps" | "links" | "travel":
            model = ROW_MODELS[sheet]
            for name, column in columns_of(model).items():
                numeric = column.kind in ("number", "integer")
                yield name, column.description, column.choices, numeric, CHINESE[model.__name__][name]
        case "rules" | "goals":
            words = _RULES if sheet == "rules" else _GOALS
            yield "kind", "What it is; the kinds are explained in the guide.", tuple(KINDS[sheet]), False, words["kind"]
            for name, (about, choices, numeric) in _part_fields(KINDS[sheet].values()).items():
                yield name, about, choices, numeric, words[name]


def _part_fields(models: Any) -> dict[str, tuple[str, tuple[str, ...], bool]]:
    """Return the fields of all kinds together: what all share comes first."""
    found: dict[str, tuple[str, tuple[str, ...], bool]] = {}
    for model in models:
        for name, choices, numeric, about in _model_fields(model):
            found.setdefault(name, (about, choices, numeric))
    return found


def _model_fields(model: type[BaseModel]) -> Iterator[tuple[str, tuple[str, ...], bool, str]]:
    for name, info in model.model_fields.items():
        if name != "kind":
            bare, _ = unwrap(info.annotation, [])
            choices = get_args(bare) if get_origin(bare) is Literal else ()
            yield name, choices, bare in (float, int), info.description or ""
