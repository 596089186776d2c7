"""The sentences about a pair that was forced, in English and Chinese."""

from __future__ import annotations

from scenarios.texts import Text

VERDICT_TEXTS = {
    "planned": Text("{lead} is with {rep} in the plan.", "方案已将 {lead} 分配给 {rep}。"),
    "impossible": Text(
        "{lead} cannot go to {rep}: {rules}.",
        "{lead} 无法归属于 {rep}：{rules}。",
    ),
    "impossible by itself": Text(
        "{lead} cannot go to {rep}: there is no such plan.",
        "{lead} 无法归属于 {rep}：不存在这样的方案。",
    ),
    "costly": Text(
        "If {lead} went to {rep} instead of {now}, the plan would lose {loss:# point|# points}.",
        "若 {lead} 改归 {rep}（方案中为：{now}），方案将损失 {loss} 分。",
    ),
    "costly in a range": Text(
        "If {lead} went to {rep} instead of {now}, the best plan would lose between {least} and "
        "{most:# point|# points}; that is all that is proved.",
        "若 {lead} 改归 {rep}（方案中为：{now}），最优方案将损失 {least} 至 {most} 分；目前只证明到这个范围。",
    ),
    "tie": Text(
        "{lead} could as well go to {rep}: another plan is worth the same.",
        "{lead} 也可以归属于 {rep}：存在同样好的另一个方案。",
    ),
    "better_than_plan": Text(
        "With {lead} at {rep} there is a plan that is {gain:# point|# points} better: this one is not the best.",
        "若 {lead} 归属于 {rep}，存在高出 {gain} 分的方案：当前方案并非最优。",
    ),
    "undecided": Text(
        "If {lead} went to {rep} instead of {now}, the best plan found would have {found:# point|# points} less. "
        "It is proved only that the loss is at most {most:# point|# points}.",
        "若 {lead} 改归 {rep}（方案中为：{now}），找到的最好方案少 {found} 分；目前只证明了损失不超过 {most} 分。",
    ),
    "undecided and even": Text(
        "If {lead} went to {rep} instead of {now}, the best plan found is worth the same. It is proved only "
        "that the loss is at most {most:# point|# points}.",
        "若 {lead} 改归 {rep}（方案中为：{now}），找到的方案同样好；目前只证明了损失不超过 {most} 分。",
    ),
    "undecided without a plan": Text(
        "Whether {lead} could go to {rep} is not decided: the limit ran out first.",
        "在限制内未能判定 {lead} 能否归属于 {rep}。",
    ),
}
IN_TIER = Text("The loss is in priority tier {tier}.", "损失发生在优先级 {tier}。")
MOVES = Text("For this, {moves}.", "为此，{moves}。")
NO_MOVES = Text("No other lead would move.", "其他线索都不必变动。")
MOVE = Text("{lead} would go from {before} to {after}", "{lead} 由 {before} 改为归属于 {after}")
PLACED = Text("{lead} would go to {after}", "{lead} 归属于 {after}")
DROPPED = Text("{lead} of {before} would stay unassigned", "原属 {before} 的 {lead} 将不分配")
MORE_MOVES = Text("and {count:# other lead|# other leads} would move", "另有 {count} 条线索变动")
NOBODY = Text("nobody", "未分配")
