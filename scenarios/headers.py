"""Headers of tables: which column a written header means, in English or Chinese, however it is spelled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from scenarios.cleaning import clean_text
from scenarios.columns import NAME_LIMIT, columns_of
from scenarios.mappings import mapping_key


@dataclass(frozen=True)
class Words:
    """A column in Chinese: the header we write, what it means, and other headers that mean the same."""

    header: str
    about: str
    also: tuple[str, ...] = ()


CHINESE: dict[str, dict[str, Words]] = {
    "Lead": {
        "id": Words("线索编号", "线索的唯一编号。", ("客户编号", "编号", "线索ID", "客户ID")),
        "name": Words("名称", "线索或客户的名称。", ("线索名称", "客户名称")),
        "value": Words("金额", "赢单后的价值，以方案的币种计。", ("价值", "预计金额")),
        "effort": Words("工时", "跟进所需的小时数；指标 hours 由它累加。", ("所需工时",)),
        "tier": Words("优先级", "1 最优先；绝不为较低的级别牺牲较高的级别。"),
        "urgency": Words("紧急度", "紧急程度，0 到 1。"),
        "skills": Words("所需技能", "所需技能及等级，如 german:2;sap:1。", ("技能", "技能要求")),
        "segment": Words("客户类型", "客户细分，如 Enterprise。", ("细分", "客户细分")),
        "industry": Words("行业", "客户所在行业。"),
        "product": Words("产品", "意向产品。"),
        "region": Words("区域", "客户所在区域。", ("地区",)),
        "lat": Words("纬度", "线索所在地的纬度，单位为度。"),
        "lon": Words("经度", "线索所在地的经度，单位为度。"),
        "quality": Words("质量评分", "质量分，任意从 0 起的尺度。", ("质量",)),
        "quality_source": Words("评分来源", "由谁评分：人员、模型或第三方。"),
        "owner": Words("归属人", "当前归属人的销售编号；留空表示无人归属。", ("当前归属人", "负责人")),
        "protected_until": Words(
            "保护期至", "在此日期之前（含当日）归属人不会失去该线索，如 2026-12-31。", ("保护截止日",)
        ),
        "family": Words("客户组", "此处相同的线索归同一人。"),
        "competitor_group": Words("竞争组", "此处相同的线索互为竞争对手，同一销售至多持有一条。"),
    },
    "Rep": {
        "id": Words("销售编号", "销售的唯一编号。", ("编号", "销售ID", "员工编号", "工号")),
        "name": Words("姓名", "销售或渠道伙伴的称呼。", ("名称", "销售姓名")),
        "team": Words("团队", "所属团队或办公室。", ("部门",)),
        "channel": Words("渠道类型", "direct 为直销，partner 为渠道伙伴。", ("渠道",)),
        "skills": Words("技能", "技能及等级，如 german:3;sap:1。"),
        "fte": Words("工作量系数", "1 为全职，0.5 为半职。", ("全职系数",)),
        "available_from": Words("在岗开始日", "到岗第一天；留空表示周期开始前已到岗。", ("到岗日期",)),
        "available_to": Words("在岗结束日", "在岗最后一天；留空表示周期结束后仍在岗。", ("离岗日期",)),
        "ramp_up": Words("上手程度", "本周期的产能，0 到 1；1 表示完全上手。"),
        "capacity": Words("容量", "各指标的持有上限，如 leads:20;hours:40;hours@Enterprise:10；未列出的不设上限。"),
        "lat": Words("纬度", "销售所在地的纬度，单位为度。"),
        "lon": Words("经度", "销售所在地的经度，单位为度。"),
        "win_rates": Words(
            "赢单率",
            "按客户类型（或 win_rate_by 指定的列）的赢单概率，如 Enterprise:0.2;*:0.3；* 指其余各类。",
        ),
        "carried": Words("现有负载", "各指标下已持有的量，如 leads:5;value:80000。", ("已有负载",)),
        "competitor_groups": Words("已服务竞争组", "已在服务的竞争组，以 ; 分隔。"),
        "share": Words("应得份额", "公平目标使用的指定份额，代替工作量系数 × 在岗时间 × 上手程度。", ("份额",)),
        "region": Words("负责区域", "负责的区域，以 ; 分隔。", ("区域", "地区")),
        "segment": Words("负责客户类型", "负责的客户类型，以 ; 分隔。", ("客户类型",)),
        "industry": Words("负责行业", "负责的行业，以 ; 分隔。", ("行业",)),
        "product": Words("负责产品", "负责的产品，以 ; 分隔。", ("产品",)),
    },
    "Link": {
        "a": Words("线索甲", "一条线索的编号。", ("from",)),
        "b": Words("线索乙", "与其相邻的另一条线索的编号。", ("to",)),
    },
    "TravelRow": {
        "lead": Words(
            "线索编号",
            "线索的编号。每种度量（如 minutes、km）另加一列数字。",
            ("线索", "线索ID", "客户编号", "lead_id"),
        ),
        "rep": Words("销售编号", "销售的编号。", ("销售", "销售ID", "员工编号", "工号", "rep_id")),
    },
}
"""By row model and column. The same names as the models: a test keeps them together."""


def column_name(header: str, model: type[BaseModel]) -> str:
    """Return the column that a header means.

    A known column in English or Chinese, whatever its case and whether blanks, underscores or hyphens part its
    words; or an entry of a mapping column, such as ``capacity.hours``; or else the header itself, cleaned, as the
    name of an extra column. Applied twice it changes nothing more.
    """
    text = clean_text(header)
    names = _names(model)
    if known := names.get(fold(text)):
        return known
    head, dot, rest = text.partition(".")
    column, key = names.get(fold(head)), mapping_key(rest)
    if dot and column and key and columns_of(model)[column].kind == "mapping":
        return f"{column}.{key}"
    return text


def is_usable(name: str) -> bool:
    """Tell whether a column can be called so: to polars `*` and `^...$` stand for other columns."""
    return name != "*" and not (name.startswith("^") and name.endswith("$"))


def fold(header: str) -> str:
    """Return a header without the differences that people do not see: case, blanks, underscores, hyphens."""
    return re.sub(r"[\s_\-]+", "_", header.strip().casefold())


@cache
def _names(model: type[BaseModel]) -> dict[str, str]:
    names = {fold(name): name for name in columns_of(model)}
    for column, words in CHINESE.get(model.__name__, {}).items():
        for header in (words.header, *words.also):
            names.setdefault(fold(header), column)
    return names


def tidy_record(record: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """Return one record with its names matched and its extra texts cleaned, as a row of a table would be.

    Raises
    ------
    ValueError
        If two names mean the same column, or an extra column cannot be called so.
    """
    tidy: dict[str, Any] = {}
    parts: list[tuple[str, str, Any]] = []
    for header, cell in record.items():
        name = header if header in model.model_fields else column_name(str(header), model)
        column, dot, key = name.partition(".")
        if dot and column in model.model_fields:
            parts.append((column, key, cell))
            continue
        if name not in model.model_fields:
            cell = clean_text(cell) or None if isinstance(cell, str) else cell
            if cell is None:
                continue
            if not name or len(name) > NAME_LIMIT or not is_usable(name):
                raise ValueError(f"an extra column cannot be called {name[:40]!r}")
        if name in tidy:
            raise ValueError(f"two names mean the column {name!r}")
        tidy[name] = cell
    for column, key, cell in parts:
        if cell is not None:
            tidy[column] = {**tidy.get(column, {}), key: cell}
    return tidy
