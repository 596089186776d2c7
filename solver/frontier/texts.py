"""Texts of frontiers, English and Chinese side by side."""

from __future__ import annotations

from scenarios.texts import Text

FAULTS = {
    "unknown_metric": Text(
        "There is no metric {name!r}; there are {known}.",
        "没有指标 {name!r}；可用的有 {known}。",
    ),
    "metric_not_numeric": Text(
        "The column {name!r} holds texts; a metric is measured in numbers.",
        "列 {name!r} 中是文本；指标必须是数字。",
    ),
    "negative_metric": Text(
        "The column {name!r} holds numbers below 0; they cannot be shared out fairly.",
        "列 {name!r} 中有负数，无法公平分配。",
    ),
    "unknown_column": Text("The reps have no column {name!r}.", "销售没有列 {name!r}。"),
    "nobody_to_compare": Text(
        "Nobody is entitled to anything in these groups, so that there is no fair share to compare with.",
        "这些分组中没有人有应得份额，无法比较公平性。",
    ),
    "nothing_owned": Text(
        "Nothing of it has an owner among the reps today, so that nothing can change owner.",
        "目前没有任何部分归属名单中的销售，因此谈不上变更归属。",
    ),
}
MAYBE = Text(" Maybe {near!r} is meant.", "也许是指 {near!r}。")

# -- what is proved ---------------------------------------------------------------------------------------------------

INFEASIBLE = Text(
    "No plan exists, with a band or without: the other rules cannot all hold. This is proved.",
    "无论是否设公平区间都不存在可行方案：其余规则无法全部成立，已证明。",
)
NO_PLAN_FOUND = Text(
    "No plan was found even without a band before the limit ran out; nothing is proved.",
    "即使不设公平区间，在达到限制之前也未找到方案；未证明任何结论。",
)
EVEN = Text(
    "The best plan without a band is even already: fairness on {metric} costs nothing.",
    "不设公平区间的最优方案已经均等：{metric}的公平性没有代价。",
)
COSTS = {
    "nothing": Text(
        "A band of {tolerance} costs nothing: proved.",
        "{tolerance} 的公平区间没有代价，已证明。",
    ),
    "exact": Text(
        "A band of {tolerance} costs {most} of the {worth}: proved.",
        "{tolerance} 的公平区间使{worth}减少 {most}，已证明。",
    ),
    "at most": Text(
        "A band of {tolerance} costs at most {most} of the {worth}.",
        "{tolerance} 的公平区间最多使{worth}减少 {most}。",
    ),
    "between": Text(
        "A band of {tolerance} costs between {least} and {most} of the {worth}.",
        "{tolerance} 的公平区间使{worth}减少 {least} 至 {most}。",
    ),
    "tiers": Text(
        "With a band of {tolerance} the plan has {most} less expected value; the priorities come first.",
        "设 {tolerance} 的公平区间后，方案的期望价值减少 {most}；优先级仍在先。",
    ),
    "tiers more": Text(
        "With a band of {tolerance} the plan has {most} more expected value; the priorities come first.",
        "设 {tolerance} 的公平区间后，方案的期望价值增加 {most}；优先级仍在先。",
    ),
    "infeasible": Text(
        "Within a band of {tolerance} there is no plan: proved.",
        "在 {tolerance} 的公平区间内不存在方案，已证明。",
    ),
    "no_plan_found": Text(
        "Within a band of {tolerance} no plan was found before the limit ran out; nothing is proved.",
        "在 {tolerance} 的公平区间内，达到限制之前未找到方案；未证明任何结论。",
    ),
}
END = {
    "proved": Text(
        "The fairest plan that assigns the same leads as without a band is {deviation} off: proved.",
        "在不减少已分配线索的前提下，最公平方案的最大偏差为 {deviation}，已证明。",
    ),
    "even": Text(
        "There is an even plan that assigns the same leads as without a band.",
        "在不减少已分配线索的前提下，存在完全均等的方案。",
    ),
    "between": Text(
        "The fairest plan found that assigns the same leads as without a band is {deviation} off; below {low} there is "
        "none, and between the two it is open.",
        "在不减少已分配线索的前提下，找到的最公平方案的最大偏差为 {deviation}；低于 {low} 的不存在，两者之间尚无定论。",
    ),
    "found": Text(
        "The fairest plan found that assigns the same leads as without a band is {deviation} off; whether one is "
        "fairer is open.",
        "在不减少已分配线索的前提下，找到的最公平方案的最大偏差为 {deviation}；是否还有更公平的尚无定论。",
    ),
    "none": Text(
        "No band is wide enough: somebody whose fair target is 0 holds something in every plan that was found.",
        "再宽的公平区间也不够：在找到的所有方案中，都有公平目标为 0 的人持有负载。",
    ),
}
BELOW = {
    "infeasible": Text("No plan at all keeps a narrower band: proved.", "更窄的公平区间没有任何方案，已证明。"),
    "plan": Text(
        "Within any narrower band some lead stays with nobody that has an owner without a band: proved.",
        "在更窄的公平区间内，必有不设区间时已分配的线索无人负责，已证明。",
    ),
}
KNEE = Text(
    "Worth a look: the band of {tolerance}, where the curve rises most above the straight line between its ends.",
    "值得留意：{tolerance} 的公平区间，曲线在该处高出两端连线最多。",
)
TODAY = Text(
    "Today's owners have {value} of expected value, and the worst load is {deviation} off its target.",
    "当前归属的期望价值为 {value}，最大偏差为 {deviation}。",
)
TODAY_BREAKS = Text("They break other hard rules.", "当前归属违反了其他硬性规则。")
REPLACED = Text("The bands of the curve take the place of {parts}.", "曲线上的公平区间取代了{parts}。")
PART = Text("{name} ({tolerance})", "{name}（{tolerance}）")
NOT_REPLACED = Text(
    "No rule gives way: the scenario has none about this metric in these groups.",
    "没有规则被取代：场景中没有针对该指标和分组的公平规则。",
)
WORTH = {"points": Text("points", "得分"), "money": Text("expected value", "期望价值")}
