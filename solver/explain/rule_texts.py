"""Texts about what rules cost, in English and Chinese side by side."""

from __future__ import annotations

from scenarios.texts import Text

PRICED: dict[str, Text] = {
    "costs": Text("Without {rule} no plan gains more than {at_most}.", "去掉{rule}，任何方案至多增加 {at_most}。"),
    "costs with a gap": Text(
        "Without {rule} no plan gains more than {at_most}: {by_prices} by the prices, and {open} that the prices leave "
        "open with it, too.",
        "去掉{rule}，任何方案至多增加 {at_most}：按影子价格为 {by_prices}，另有 {open} 是影子价格本来就未能判定的。",
    ),
    "free": Text(
        "{rule} costs nothing: without it no plan gains anything.", "{rule}没有代价：去掉它，任何方案都不会更好。"
    ),
    "free_by_prices": Text(
        "By the prices {rule} costs nothing. Proved is that without it no plan gains more than {at_most}, which the "
        "prices leave open with it, too.",
        "按影子价格，{rule}没有代价；已证明去掉它至多增加 {at_most}，这是影子价格本来就未能判定的部分。",
    ),
}
"""What dropping a rule can gain, by the verdict of its record; the shorter text where the plan's own gap is small."""

SOLVED: dict[str, Text] = {
    "gain": Text(
        "Solved again without {rule}, the best plan gains {gain}.", "去掉{rule}重新求解，最优方案增加 {gain}。"
    ),
    "gain in a range": Text(
        "Solved again without {rule}, the best plan gains between {least} and {most}; that is all that is proved.",
        "去掉{rule}重新求解，最优方案增加 {least} 至 {most}；目前只证明到这个范围。",
    ),
    "none": Text("Solved again without {rule}, the best plan gains nothing.", "去掉{rule}重新求解，最优方案没有变好。"),
    "loss": Text(
        "Solved again without {rule}, the best plan loses {loss}: a wall is stricter where families may part.",
        "去掉{rule}重新求解，最优方案损失 {loss}：客户组可以拆开时，隔离规则更严。",
    ),
    "loss in a range": Text(
        "Solved again without {rule}, the best plan loses between {loss} and {loss_most}: a wall is stricter where "
        "families may part.",
        "去掉{rule}重新求解，最优方案损失 {loss} 至 {loss_most}：客户组可以拆开时，隔离规则更严。",
    ),
    "no_plan": Text(
        "Without {rule} there is no plan: a wall is stricter where families may part.",
        "去掉{rule}就没有可行方案：客户组可以拆开时，隔离规则更严。",
    ),
    "undecided": Text(
        "Solved again without {rule}, the best plan found gains {found}; proved is only that no plan gains more "
        "than {most}.",
        "去掉{rule}重新求解，找到的最好方案增加 {found}；目前只证明了至多增加 {most}。",
    ),
    "undecided and even": Text(
        "Solved again without {rule}, no better plan was found; proved is only that no plan gains more than {most}.",
        "去掉{rule}重新求解，没有找到更好的方案；目前只证明了至多增加 {most}。",
    ),
    "unknown": Text(
        "What the best plan gains without {rule} is not decided: the limit ran out first.",
        "在限制内未能判定去掉{rule}后最优方案会增加多少。",
    ),
}
"""What dropping a rule gains, by the verdict of its trial."""

LEADS = Text(
    "By the prices {leads:# lead|# leads} would do better without it.", "按影子价格，有 {leads} 条线索去掉它会更好。"
)
ROW = Text(
    "One of its limits is scarce, that {of}: {unit} of slack is worth {price} by its price.",
    "有一处限制稀缺，即 {of}：按影子价格，每放宽 {unit} 值 {price}。",
)
ROWS = Text(
    "{rows} of its limits are scarce, most of all that {of}: {unit} of slack is worth {price} by its price.",
    "有 {rows} 处限制稀缺，其中 {of} 最为稀缺：按影子价格，每放宽 {unit} 值 {price}。",
)
OF_REP = Text("of {rep} on {metric}", "{rep} 的 {metric}")
OF_REP_LOWER = Text("of {rep} on {metric}, from below", "{rep} 的 {metric} 下限")
OF_GROUP = Text("of {rep} on {group}", "{rep} 的 {group}")
OF_ALL = Text("on {metric}", "{metric}")

SLACK = Text("One unit of slack, where it is worth most: {change}.", "最值得放宽的一个单位：{change}。")
SLACK_PRICED: dict[str, Text] = {
    "costs": Text("That gains at most {at_most}.", "至多增加 {at_most}。"),
    "costs with a gap": Text(
        "That gains at most {at_most}: {by_prices} by the prices, and what they leave open anyway.",
        "至多增加 {at_most}：其中按影子价格为 {by_prices}，其余是影子价格本来就未能判定的部分。",
    ),
}
SLACK_SOLVED: dict[str, Text] = {
    "gain": Text("Solved again, that gains {gain}.", "重新求解，增加 {gain}。"),
    "gain in a range": Text(
        "Solved again, that gains between {least} and {most}.", "重新求解，增加 {least} 至 {most}。"
    ),
    "none": Text("Solved again, that gains nothing.", "重新求解，没有增加。"),
    "loss": Text("Solved again, that loses {loss}.", "重新求解，损失 {loss}。"),
    "loss in a range": Text(
        "Solved again, that loses between {loss} and {loss_most}.", "重新求解，损失 {loss} 至 {loss_most}。"
    ),
    "no_plan": Text("With that there is no plan.", "这样就没有可行方案。"),
    "undecided": Text(
        "Solved again, the best plan found gains {found}; proved is only that no plan gains more than {most}.",
        "重新求解，找到的最好方案增加 {found}；目前只证明了至多增加 {most}。",
    ),
    "undecided and even": Text(
        "Solved again, no better plan was found; proved is only that no plan gains more than {most}.",
        "重新求解，没有找到更好的方案；目前只证明了至多增加 {most}。",
    ),
    "unknown": Text("What that gains is not decided: the limit ran out first.", "在限制内未能判定会增加多少。"),
}
IN_TIER = Text("That is in priority tier {tier}.", "这是优先级 {tier} 的得分。")
