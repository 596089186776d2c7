"""What `rebalance` says about rules and goals that it cannot take, in English and Chinese."""

from __future__ import annotations

from scenarios.texts import IssueText
from scenarios.texts import issue_text as _t

TERRITORY_TEXTS: dict[str, IssueText] = {
    "territory_rule": _t(
        "No territories can be drawn by the rule {rule!r}: `rebalance` cannot take its kind.",
        "`rebalance` 不支持规则 {rule!r} 的类型，无法据此划分区域。",
        "it can be left out, or a band, minimum, capacity or pin says what is meant.",
        "可以去掉它，或改用公平区间、最低保障、容量或指定规则。",
    ),
    "territory_soft": _t(
        "The rule {rule!r} is soft, and `rebalance` keeps rules of its kind only where they are hard.",
        "规则 {rule!r} 是软规则，而 `rebalance` 只支持这一类型的硬规则。",
        "without a rate it must hold; with the rate 0 it is left out.",
        "去掉罚分即为硬规则；罚分为 0 表示不使用。",
    ),
    "territory_part": _t(
        "The rule {rule!r} asks for one piece of some leads or reps only; `rebalance` keeps it for all or none.",
        "规则 {rule!r} 只要求部分线索或销售连成一片；`rebalance` 只能对全部要求或都不要求。",
        "the selection can be left out, or the other leads planned by themselves.",
        "可以去掉筛选条件，或把其余线索单独规划。",
    ),
    "territory_group": _t(
        "The band {rule!r} compares some of the reps only; `rebalance` needs one band over all of them.",
        "公平区间 {rule!r} 只比较部分销售；`rebalance` 需要涵盖全部销售的公平区间。",
        "with of=leads the total is that of the chosen leads, and any reps can be meant.",
        "用 of=leads 时总量取所选线索之和，可以只针对部分销售。",
    ),
    "territory_metric": _t(
        "The rule {rule!r} is about a metric that depends on the rep; `rebalance` needs one of the leads alone.",
        "规则 {rule!r} 的指标随销售而变；`rebalance` 需要每条线索自身的指标。",
        "value is meant, or a column that holds the expected value.",
        "应为 value，或某个存放期望价值的列。",
    ),
    "territory_goal": _t(
        "The goal {goal!r} has no part in how territories are drawn.",
        "目标 {goal!r} 不能用于划分区域。",
        "a band on the same metric keeps loads even; its tolerance can be made smaller.",
        "同一指标的公平区间可保持均衡，容差可以调小。",
    ),
    "territory_worst_off": _t(
        "Territories can be drawn for the worst-off rep by one goal max_min, which compares all its reps with each "
        "other by a metric of the leads alone.",
        "区域划分只支持一个保障最少者目标（max_min），在其全部销售之间比较，且指标须为每条线索自身的指标。",
        "a band or a minimum says the same of each group, and value is meant instead of expected_value.",
        "各组可改用公平区间或最低保障；指标应为 value 而非 expected_value。",
    ),
    "territory_tiers": _t(
        "The leads are of several priority tiers, and a plan of territories gives every one of them an owner.",
        "线索有多个优先级，而区域方案会为每条线索安排归属人。",
        "the column tier can be left out.",
        "可以去掉优先级列（tier）。",
    ),
    "territory_unmeasured": _t(
        "The table travel has no {column} for {count:# rep|# reps}, first {rep!r}, and `rebalance` finds no place "
        "for a rep by a given table.",
        "路程表（travel）中没有 {count} 位销售的 {column}，首位是 {rep!r}；`rebalance` 不能按给定的表为销售选址。",
        "a row for each lead was left out; or straight kilometres are meant, and measured_by can be left empty.",
        "漏填了各线索的行；若是指直线公里数，measured_by 可留空。",
    ),
    "territory_seats": _t(
        "Reps without a place cannot be given one: {count:# lead has|# leads have} a place, for {reps:# rep|# reps}.",
        "无法为没有位置的销售选址：有位置的线索 {count} 条，需选址的销售 {reps} 位。",
        "the columns lat and lon were not filled in.",
        "位置列（lat 和 lon）没有填写。",
    ),
}
