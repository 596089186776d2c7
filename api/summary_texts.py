"""Texts of the summary, English and Chinese side by side."""

from __future__ import annotations

from scenarios.texts import Text

LEADS = Text("{count:# lead|# leads}", "{count} 条线索")
REPS = Text("{count:# rep|# reps}", "{count} 位销售")
UNNAMED = Text("A scenario without a name", "未命名场景")

# -- what is proved ---------------------------------------------------------------------------------------------------

OPTIMAL = {
    "prices": Text(
        "Proved optimal: no plan can score more. The prices alone prove it.",
        "已证明最优：不存在得分更高的方案，仅凭影子价格即可证明。",
    ),
    "search": Text(
        "Proved optimal: no plan can score more. A complete search proves it; the prices alone prove at most "
        "{certified}.",
        "已证明最优：不存在得分更高的方案，由完整搜索证明；仅凭影子价格可证明的上界为 {certified}。",
    ),
}
FEASIBLE = {
    "prices": Text(
        "A plan that keeps every hard rule, at most {gap} below the best possible. The prices alone prove it.",
        "方案满足全部硬性规则，与最优的差距不超过 {gap}，仅凭影子价格即可证明。",
    ),
    "search": Text(
        "A plan that keeps every hard rule, at most {gap} below the best possible. The search proves it; the prices "
        "alone prove at most {certified}.",
        "方案满足全部硬性规则，与最优的差距不超过 {gap}，由搜索证明；仅凭影子价格可证明的上界为 {certified}。",
    ),
}
STOPPED = {
    "proof": Text("", ""),
    "gap": Text("It stopped at the gap that was asked for.", "已达到要求的差距而停止。"),
    "time": Text("The time limit ended the search.", "因达到时间限制而停止。"),
    "work": Text("It stopped when the work allowed was done.", "计算量用尽后停止。"),
    "cancel": Text("It was interrupted; this is the best plan so far.", "求解被中断；以下是中断前最好的方案。"),
}
INFEASIBLE = Text(
    "No plan exists: the rules cannot all hold. This is proved.", "不存在可行方案：规则无法全部成立，已证明。"
)
NO_PLAN_FOUND = {
    "cancel": Text("Interrupted before there was a plan; nothing is proved.", "在得到方案之前被中断；未证明任何结论。"),
    "limit": Text(
        "The limit ran out before there was a plan; nothing is proved. A longer --time-limit may help.",
        "在得到方案之前已达到限制；未证明任何结论。可尝试延长 --time-limit。",
    ),
}

SCORE = Text("Score", "得分")
SCORE_OF = Text(
    "{points:# point|# points} of at most {bound} (gap {gap})", "{points} 分，上界 {bound} 分（差距 {gap}）"
)
TIER = Text("Priority {tier}", "优先级 {tier}")
VALUE = Text("Expected value", "期望价值")
ASSIGNED = Text("Assigned", "已分配")
ASSIGNED_OF = Text("{assigned} of {leads:# lead|# leads}", "{leads} 条线索中的 {assigned} 条")
SOLVED = Text("Solved", "求解")
SOLVED_IN = Text(
    "in {seconds} s by method {method}, seed {seed:d}", "用时 {seconds} 秒，方法 {method}，随机种子 {seed:d}"
)

# -- loads ------------------------------------------------------------------------------------------------------------

LOADS = Text("Loads against targets", "负载与目标")
REP = Text("rep", "销售")
TARGET = Text("target", "目标")
LIMIT = Text("limit", "上限")
FLOOR = Text("minimum", "下限")
OUTSIDE = Text(
    "▲ above its bounds   ▼ below its bounds (soft rules allow it, at a cost)",
    "▲ 高于区间   ▼ 低于区间（软规则允许，但要扣分）",
)
MORE_REPS = Text(
    "… and {count:# more rep, closer to targets and limits|# more reps, all closer to their targets and limits} than "
    "these.",
    "……另有 {count} 位销售，均比以上各位更接近目标与上限。",
)
SCARCE = Text("Where one more would help most, by the prices: {places}.", "按影子价格，最值得增加之处：{places}。")
SCARCE_PLACE = Text("{metric} of {rep} (+{points} each)", "{rep} 的 {metric}（每单位 +{points}）")
SHARES = Text("Shares and budgets", "份额与预算")
RULE = Text("rule", "规则")
METRIC = Text("metric", "指标")
LOAD = Text("load", "负载")
LOWER = Text("at least", "至少")
UPPER = Text("at most", "至多")

FAIRNESS = Text("Fairness: load against fair target", "公平性：负载与公平目标之比")
LOWEST = Text("lowest", "最低")
HIGHEST = Text("highest", "最高")
WORST = Text("furthest off", "最大偏差")
JAIN = Text("Jain (1: even)", "Jain 指数（1 为均等）")
GINI = Text("Gini (0: even)", "基尼系数（0 为均等）")
ENVY = Text("envy pairs", "羡慕对数")

# -- leads ------------------------------------------------------------------------------------------------------------

WHY = Text("Why, for example", "分配理由（举例）")
LEFT = Text("Not assigned: {count} of {leads}", "未分配：{leads} 条中的 {count} 条")
LEFT_REASONS = {
    "no_eligible_rep": Text("No rep may take it", "没有人可以接手"),
    "family": Text("No rep may take the whole family", "没有人可以接手整个客户组"),
    "not_worth_it": Text("No rep would do better than leaving it", "分给任何人都不如不分配"),
    "no_room": Text("Nobody who would gain by it has room", "能因此得分的人都没有余量"),
    "price_too_high": Text("The room it needs is worth more to other leads", "所需的余量用在其他线索上更值"),
    "rounded": Text("Prices alone do not decide; the plan as a whole did", "仅凭价格无法定夺，由整个方案取舍"),
}
"""A heading for each reason why leads are unassigned."""
MORE_LEADS = Text("… and {count} more", "……另有 {count} 条")

# -- the rest ---------------------------------------------------------------------------------------------------------

CONFLICT = Text("What is in conflict", "冲突所在")
WAYS_OUT = Text("Ways out, the cheapest first", "出路（代价由小到大）")
NO_CONFLICT = Text("The conflict could not be worked out.", "未能求出冲突所在。")
ISSUES = Text("Worth a look", "值得留意")
MORE_ISSUES = Text(
    "… and {count} more; `plumbline validate` lists them all.", "……另有 {count} 个；`plumbline validate` 可全部列出。"
)
FILES = Text("Files", "文件")
WRITTEN = Text("{folder} holds {files}.", "{folder} 中有 {files}。")
NOT_WRITTEN = Text("Nothing was written; -o DIR keeps the plan.", "未写入任何文件；用 -o DIR 保存方案。")
ASK = Text("Ask", "追问")
