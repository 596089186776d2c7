"""Why no territories can be drawn, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenarios.amounts import full, written
from scenarios.model import Scenario
from scenarios.texts import Locale, Text
from solver.explain.words import EXACT, metric_word

REASONS: dict[str, Text] = {
    "unit_nowhere": Text(
        "Nobody may take {lead}: hard rules keep it from every rep. Let somebody take it.",
        "没有人可以接手 {lead}：硬规则排除了每一位销售。请允许其中一位接手。",
    ),
    "unit_too_large": Text(
        "{lead} alone has {amount} of {metric}, and no territory may hold more than {most}. Split it, widen the band, "
        "or give it a territory with a larger share.",
        "仅 {lead} 的 {metric} 就有 {amount}，而任何区域至多为 {most}。"
        "请将其拆分、放宽区间，或为其设置份额更大的区域。",
    ),
    "too_little_room": Text(
        "There is {amount} of {metric} in all, and the territories together may hold only {most}. Raise capacities.",
        "{metric} 总计 {amount}，而全部区域合计至多为 {most}。请提高容量。",
    ),
    "too_little_to_share": Text(
        "There is {amount} of {metric} in all, and the territories together must hold {least}. Lower the minimum.",
        "{metric} 总计 {amount}，而全部区域合计至少需要 {least}。请降低最低保障。",
    ),
    "too_many_parts": Text(
        "The map is in {parts} parts without a way from one to another, and there are only "
        "{territories:# territory|# territories}, each in one piece. Link the parts.",
        "地图分成互不相连的 {parts} 部分，而只有 {territories} 个连成一片的区域。请在各部分之间建立相邻关系。",
    ),
    "part_out_of_reach": Text(
        "{lead} lies in a part of the map ({units:# unit|# units}) without a way to the rest, and its {amount} of "
        "{metric} are enough for no whole number of territories. Link it with the rest.",
        "{lead} 所在的部分（{units} 个单元）与其余部分不相连，其 {metric} 为 {amount}，不足以构成整数个区域。"
        "请与其余部分建立相邻关系。",
    ),
    "no_territory": Text(
        "No set of units in one piece with {lead} keeps to the bounds: it has {amount} of {metric}, and each territory "
        "needs {lower} to {upper}. Widen the band, or link it with more.",
        "没有任何包含 {lead} 且连成一片的区域能满足界限：其 {metric} 为 {amount}，而每个区域需要 {lower} 至 {upper}。"
        "请放宽区间，或增加相邻关系。",
    ),
    "rest_divides_not": Text(
        "Each territory in one piece that {lead} could be in (all of them were tried: {territories}) leaves a rest "
        "that divides into no whole number of territories. Widen the band of {metric}, or link more.",
        "{lead} 可能属于的每个连成一片的区域（共 {territories} 个，已全部尝试）都使其余部分无法分成整数个区域。"
        "请放宽 {metric} 的区间，或增加相邻关系。",
    ),
    "territories_clash": Text(
        "The territories in one piece that {lead} could be in clash with what other units need. Widen the band of "
        "{metric}, or link more.",
        "{lead} 可能属于的连成一片的区域与其他单元的需要相冲突。请放宽 {metric} 的区间，或增加相邻关系。",
    ),
    "bounds_missed": Text(
        "The nearest that was found misses some bounds. A longer --time-limit may help, or a wider band.",
        "找到的最接近的划分仍未满足部分界限。可尝试延长 --time-limit 或放宽区间。",
    ),
    "stopped_early": Text(
        "It stopped before anything was drawn. A longer --time-limit may help.",
        "在划分出任何区域之前就已停止。可尝试延长 --time-limit。",
    ),
    "search": Text(
        "A complete search proved that no territories keep all the rules together.",
        "完整搜索证明：不存在同时满足全部规则的区域划分。",
    ),
}


def reason_words(scenario: Scenario, reason: Mapping[str, Any], locale: Locale) -> str:
    """Return why there are no territories, from the record of a reason."""
    text = REASONS.get(str(reason.get("code")), REASONS["search"])
    fields: dict[str, Any] = {
        name: written(full(value, EXACT), locale) if isinstance(value, float) else value
        for name, value in reason.items()
    }
    if "lead" in fields:
        named = scenario.leads.filter(scenario.leads["id"] == fields["lead"])["name"].to_list()
        fields["lead"] = f"{fields['lead']} ({named[0]})" if named and named[0] else fields["lead"]
    if "metric" in fields:
        fields["metric"] = metric_word(str(fields["metric"]), locale)
    return text.format(locale, **fields)
