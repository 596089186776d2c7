"""Texts of comparisons, English and Chinese side by side."""

from __future__ import annotations

from scenarios.texts import Text

# -- the two sides ----------------------------------------------------------------------------------------------------

SIDES: dict[str, Text] = {
    "base": Text("first plan", "方案一"),
    "other": Text("second plan", "方案二"),
    "today": Text("today", "当前归属"),
    "plan": Text("plan", "方案"),
}
"""Headings of the two sides; of today's owners and a plan."""

# -- what it is worth -------------------------------------------------------------------------------------------------

SCORE: dict[str, Text] = {
    "more": Text(
        "The second plan scores {change} more than the first: {other} against {base}{tier}.",
        "方案二得分比方案一高 {change}：{other}，方案一为 {base}{tier}。",
    ),
    "less": Text(
        "The second plan scores {change} less than the first: {other} against {base}{tier}.",
        "方案二得分比方案一低 {change}：{other}，方案一为 {base}{tier}。",
    ),
    "same": Text("Both plans score the same: {other}{tier}.", "两个方案得分相同：{other}{tier}。"),
    "only base": Text("Only the first plan has leads of priority {number}.", "只有方案一含优先级为 {number} 的线索。"),
    "only other": Text(
        "Only the second plan has leads of priority {number}.", "只有方案二含优先级为 {number} 的线索。"
    ),
}
SCORE_TODAY: dict[str, Text] = {
    "more": Text(
        "The plan scores {change} more than today’s owners: {other} against {base}{tier}.",
        "方案得分比当前归属高 {change}：{other}，当前为 {base}{tier}。",
    ),
    "less": Text(
        "The plan scores {change} less than today’s owners: {other} against {base}{tier}.",
        "方案得分比当前归属低 {change}：{other}，当前为 {base}{tier}。",
    ),
    "same": Text(
        "The plan scores the same as today’s owners: {other}{tier}.", "方案得分与当前归属相同：{other}{tier}。"
    ),
}
OF_TIER = Text(" (priority {number})", "（优先级 {number}）")

PROVED: dict[str, Text] = {
    "more": Text(
        "The best plan that is possible gained as well, between {low} and {high}: that is proved.",
        "可能的最优方案的得分也提高了，已证明提高 {low} 至 {high}。",
    ),
    "less": Text(
        "The best plan that is possible lost as well, between {low} and {high}: that is proved.",
        "可能的最优方案的得分也降低了，已证明降低 {low} 至 {high}。",
    ),
    "exact": Text(
        "Both are proved to be the best that is possible, so that is what the change is worth.",
        "两个方案均已证明最优，因此这正是此次变化的价值。",
    ),
    "open": Text(
        "Whether the best plan that is possible gained or lost is not proved: the difference is within the gaps of the "
        "two plans, which leave between {low} and {high}.",
        "可能的最优方案的得分是升是降尚未证明：差异在两个方案的差距之内，只知其变化在 {low} 至 {high} 之间。",
    ),
    "same scenario": Text(
        "Both are plans of the same scenario, of which no plan scores more than {bound}.",
        "两者是同一场景的方案；该场景任何方案的得分都不超过 {bound}。",
    ),
    "today": Text("No plan can score more than {bound}.", "任何方案的得分都不超过 {bound}。"),
}
OTHER_GOALS = Text(
    "The goals changed, so that the points of the two plans do not measure the same.",
    "目标有变，因此两个方案的分数衡量的不是同一件事。",
)
KEPT = Text(
    "With the owners of the first plan the second scenario would score {points}: planning anew gained {gain}.",
    "若沿用方案一的归属，第二个场景得分为 {points}；重新规划多得 {gain}。",
)
KEPT_AS_GOOD = Text(
    "With the owners of the first plan the second scenario would score as much: {points}.",
    "若沿用方案一的归属，第二个场景得分同样为 {points}。",
)
KEPT_BROKEN = Text(
    "The owners of the first plan cannot be kept: in the second scenario they break {rules}.",
    "方案一的归属无法沿用：在第二个场景中违反 {rules}。",
)
VALUE = Text("Expected value: {other}, against {base} ({change}).", "期望价值：{other}，原为 {base}（{change}）。")
VALUE_OTHERWISE = Text("Expected value: {other}, against {base}.", "期望价值：{other}，原为 {base}。")
VALUE_SAME = Text("Expected value: {other}, as before.", "期望价值：{other}，与原来相同。")
NO_PLAN_TODAY = Text(
    "Today’s owners break hard rules, so that they are no plan that could be chosen.",
    "当前归属违反硬性规则，不能作为方案采用。",
)
BROKEN = Text(
    "Today’s owners break {rule}{amount}, in {places}: {breach}.",
    "当前归属违反 {rule}{amount}，共 {places}：{breach}。",
)
PLACES = Text("{count:# place|# places}", "{count} 处")
MANY_PLACES = Text("{count:# place|# places} or more", "至少 {count} 处")
BY_AMOUNT = Text(" by {amount}", "，合计 {amount}")
SUCH_AS = Text("for example, {breach}", "例如 {breach}")
FAIRNESS = Text(
    "Fairness of {metric}: loads from {low} to {high} of the fair target, against {low_before} to {high_before}.",
    "公平性（{metric}）：负载为公平目标的 {low} 至 {high}，原为 {low_before} 至 {high_before}。",
)
FAIRNESS_SAME = Text(
    "Fairness of {metric}: loads from {low} to {high} of the fair target, as before.",
    "公平性（{metric}）：负载为公平目标的 {low} 至 {high}，与原来相同。",
)

# -- who moves --------------------------------------------------------------------------------------------------------

MOVED = Text(
    "{moved:# lead of|# leads of} {both} {moved:changes|change} owner, worth {value}: {parts}.",
    "{both} 条线索中有 {moved} 条变更归属，金额合计 {value}：{parts}。",
)
NO_COMMON_LEADS = Text("The two plans have no lead in common.", "两个方案没有相同的线索。")
NOT_MOVED = Text("No lead changes owner.", "没有线索变更归属。")
HANDED_OVER = Text("{count:# goes|# go} from one rep to another", "{count} 条换人")
PLACED = Text("{count:# that nobody had gets|# that nobody had get} an owner", "{count} 条由未分配变为有人负责")
RELEASED = Text("{count:# loses its owner and gets none|# lose their owners and get none}", "{count} 条不再分配")
ONLY_BASE = Text("{count:# lead is|# leads are} only in the first scenario.", "{count} 条线索只在第一个场景中。")
ONLY_OTHER = Text("{count:# lead is|# leads are} only in the second scenario.", "{count} 条线索只在第二个场景中。")
WHY = Text("Why: {causes}.", "原因：{causes}。")
COUNTED = Text("{cause} ({count:# lead|# leads})", "{cause}（{count} 条）")

CAUSE_LABELS: dict[str, Text] = {
    "lead_changed": Text("its own data changed", "线索自身的数据有变"),
    "family_changed": Text("its family changed", "所在客户组有变"),
    "rep_left": Text("its old rep is gone", "原归属人已不在"),
    "rep_joined": Text("its new rep is new", "新归属人是新加入的"),
    "rep_changed": Text("the data of its old or new rep changed", "原归属人或新归属人的数据有变"),
    "settings_changed": Text("the settings changed", "设置有变"),
    "rule_changed": Text("a rule changed", "规则有变"),
    "goal_changed": Text("a goal changed", "目标有变"),
    "knock_on": Text("other leads took or made room", "其他线索占用或腾出了余量"),
    "tied": Text("it makes no difference", "归谁都一样"),
    "rounded": Text("the whole plan, or the search, decided so", "由整个方案或搜索取舍"),
    "lead_joined": Text("it is a new lead", "新线索"),
    "lead_left": Text("it is no longer there", "线索已不在"),
}
"""The causes of one lead, for tables and in brackets."""
TODAY_LABELS: dict[str, Text] = {
    "placed": Text("nobody has it today", "目前无人负责"),
    "removed": Text("today’s owner may not have it", "当前归属人无权负责"),
    "family": Text("today’s owner may not have its whole family", "当前归属人无权负责整个客户组"),
    "row_full": Text("today’s owner has no room for it in the plan", "方案中当前归属人没有余量"),
    "needed": Text("others need it to reach what they are promised", "其他人需要它才能达到下限"),
    "lower_score": Text("today’s owner scores lower", "当前归属人得分较低"),
    "better_use": Text("today’s owner has better uses for the room", "当前归属人的余量另有更好的用途"),
    "not_worth_it": Text("nobody gains by it", "无人因此得益"),
    "tied": Text("it makes no difference", "归谁都一样"),
    "rounded": Text("the whole plan, or the search, decided so", "由整个方案或搜索取舍"),
}

# -- one move ---------------------------------------------------------------------------------------------------------

MOVE: dict[str, Text] = {
    "handed over": Text("{lead} goes from {base} to {other}: {why}.", "{lead} 由 {base} 转给 {other}：{why}。"),
    "placed": Text("{lead}, which nobody had, goes to {other}: {why}.", "{lead} 原未分配，现归 {other}：{why}。"),
    "released": Text("{lead} leaves {base}, and nobody gets it: {why}.", "{lead} 不再归 {base}，且未分配：{why}。"),
}
CHANGES: dict[str, Text] = {
    "lead_changed": Text("its own data changed ({fields})", "线索自身的数据有变（{fields}）"),
    "family_changed": Text("{lead} of the same family changed ({fields})", "同一客户组的 {lead} 有变（{fields}）"),
    "family_changed added": Text("{lead} is new in its family", "{lead} 新加入其客户组"),
    "family_changed removed": Text("{lead} is no longer in its family", "{lead} 已不在其客户组"),
    "family_changed otherwise": Text("its family changed", "所在客户组有变"),
    "rep_left": Text("{rep} is no longer there", "{rep} 已不在"),
    "rep_joined": Text("{rep} is new", "{rep} 是新加入的"),
    "rep_changed": Text("the data of {rep} changed ({fields})", "{rep} 的数据有变（{fields}）"),
    "settings_changed": Text("the settings changed ({fields})", "设置有变（{fields}）"),
    "rule_changed added": Text("the rule {name} is new", "新增了规则 {name}"),
    "rule_changed removed": Text("the rule {name} is gone", "取消了规则 {name}"),
    "rule_changed changed": Text("the rule {name} changed ({fields})", "规则 {name} 有变（{fields}）"),
    "goal_changed added": Text("the goal {name} is new", "新增了目标 {name}"),
    "goal_changed removed": Text("the goal {name} is gone", "取消了目标 {name}"),
    "goal_changed changed": Text("the goal {name} changed ({fields})", "目标 {name} 有变（{fields}）"),
    "tied": Text("it is worth the same either way", "归谁都一样"),
    "rounded": Text(
        "neither a change nor a price explains it; leads cannot be split, and the plan as a whole, or the search, "
        "decided",
        "变化与价格均不能解释；线索不可拆分，由整个方案或搜索取舍",
    ),
}
"""What changed, by code, with a variant for some."""
EFFECTS: dict[str, Text] = {
    "closed": Text("{change}, and {base} may not have it any more ({rules})", "{change}，{base} 不能再负责（{rules}）"),
    "closed nobody": Text(
        "{change}, and it may not stay unassigned any more ({rules})", "{change}，不能再不分配（{rules}）"
    ),
    "opened": Text(
        "{change}, and {other} may have it now, which {rules} forbade",
        "{change}，{other} 现在可以负责，此前 {rules} 不允许",
    ),
    "opened nobody": Text(
        "{change}, and it may stay unassigned now, which {rules} forbade",
        "{change}，现在可以不分配，此前 {rules} 不允许",
    ),
    "room old": Text("{change}, and {rep} has no room for it any more", "{change}，{rep} 已没有余量"),
    "room new": Text("{change}, and {rep} has room for it now", "{change}，{rep} 现在有了余量"),
    "need old": Text("{change}, and {rep} no longer needs it", "{change}，{rep} 不再需要它"),
    "need new": Text("{change}, and {rep} would fall short without it now", "{change}，{rep} 现在缺它就达不到下限"),
    "barred old": Text("{change}, and it does not fit with {rep} any more", "{change}，已不能再由 {rep} 负责"),
    "barred new": Text("{change}, and it fits with {rep} now", "{change}，现在可以由 {rep} 负责"),
    "worth": Text("{change}, which speaks for {other} by {points}", "{change}，使 {other} 的优势增加 {points}"),
    "worth nobody": Text("{change}, which speaks for leaving it by {points}", "{change}，使不分配的优势增加 {points}"),
}
"""A change with what it did."""
KNOCK_ON: dict[str, Text] = {
    "room old": Text("{rep} has no room for it any more ({rule}){because}", "{rep} 已没有余量（{rule}）{because}"),
    "room new": Text("{rep} has room for it now ({rule}){because}", "{rep} 现在有了余量（{rule}）{because}"),
    "need old": Text("{rep} no longer needs it ({rule}){because}", "{rep} 不再需要它（{rule}）{because}"),
    "need new": Text(
        "{rep} would fall short without it now ({rule}){because}", "{rep} 现在缺它就达不到下限（{rule}）{because}"
    ),
    "barred old": Text(
        "by {rule} it does not fit with {rep} any more{because}", "按 {rule}，已不能再由 {rep} 负责{because}"
    ),
    "barred new": Text("by {rule} it fits with {rep} now{because}", "按 {rule}，现在可以由 {rep} 负责{because}"),
    "price old": Text(
        "by the price of {rule} it costs {points} more with {rep} than before{because}",
        "按 {rule} 的价格，由 {rep} 负责比原来多费 {points}{because}",
    ),
    "price new": Text(
        "by the price of {rule} it costs {points} less with {rep} than before{because}",
        "按 {rule} 的价格，由 {rep} 负责比原来少费 {points}{because}",
    ),
    "worth": Text(
        "what others hold, or can do, speaks for the move by {points}",
        "因其他人的负载或能力有变，此变更的优势增加 {points}",
    ),
}
CAME = Text("; {lead} came to {rep} ({cause})", "；{lead} 转到 {rep} 名下（{cause}）")
WENT = Text("; {lead} left {rep} ({cause})", "；{lead} 已离开 {rep}（{cause}）")
BESIDES = Text("{why}; besides, {causes}", "{why}；此外，{causes}")
ONE_FIELD = Text("{field}: {before} → {after}", "{field}：由 {before} 改为 {after}")
HARD = Text("hard", "硬性")
"""A rule without a rate."""
MORE_FIELDS = Text("{count} more", "另有 {count} 项")

# -- what differs -----------------------------------------------------------------------------------------------------

NO_DIFFERENCE = Text("Data, rules and goals are the same.", "数据、规则与目标均相同。")
DIFFERENCES: dict[str, Text] = {
    "rules added": Text("The rule {name} is new.", "新增规则 {name}。"),
    "rules removed": Text("The rule {name} is gone.", "取消规则 {name}。"),
    "rules changed": Text("The rule {name} changed ({fields}).", "规则 {name} 有变（{fields}）。"),
    "goals added": Text("The goal {name} is new.", "新增目标 {name}。"),
    "goals removed": Text("The goal {name} is gone.", "取消目标 {name}。"),
    "goals changed": Text("The goal {name} changed ({fields}).", "目标 {name} 有变（{fields}）。"),
    "reps added": Text("{name} is new.", "{name} 是新加入的。"),
    "reps removed": Text("{name} is gone.", "{name} 已不在。"),
    "reps changed": Text("The data of {name} changed ({fields}).", "{name} 的数据有变（{fields}）。"),
}
SETTING_CHANGED = Text("The setting {fields}.", "设置 {fields}。")
LEADS_ADDED = Text("{count:# lead is|# leads are} new.", "新增 {count} 条线索。")
LEADS_REMOVED = Text("{count:# lead is|# leads are} gone.", "少了 {count} 条线索。")
LEADS_CHANGED = Text("The data of {count:# lead|# leads} changed: {columns}.", "{count} 条线索的数据有变：{columns}。")
COLUMN = Text("{column} ({count})", "{column}（{count} 条）")
LINKS_ADDED = Text("{count:# pair of leads is|# pairs of leads are} new neighbours.", "新增 {count} 对相邻关系。")
LINKS_REMOVED = Text(
    "{count:# pair of leads is|# pairs of leads are} no longer neighbours.", "少了 {count} 对相邻关系。"
)
MORE_DIFFERENCES = Text("{count:# more change|# more changes} of this kind.", "另有 {count} 处同类变化。")

# -- the page ---------------------------------------------------------------------------------------------------------

TITLE = Text("Comparison of two plans", "两个方案的比较")
TITLE_TODAY = Text("Today’s owners and the plan", "当前归属与方案的比较")
OUTCOME = Text("In short", "概要")
DIFFER = Text("What differs in data, rules and goals", "数据、规则与目标的差异")
TERMS = Text("Score by term", "分项得分")
LOADS = Text("Loads", "负载")
FAIR = Text("Fairness: load against fair target", "公平性：负载与公平目标之比")
CAUSES = Text("Why leads change owner", "变更归属的原因")
MOVES = Text("Leads that change owner", "变更归属的线索")

TERM, CHANGE, TOTAL = Text("term", "分项"), Text("change", "变化"), Text("total", "合计")
CAUSE, COUNT = Text("first cause", "首要原因"), Text("leads", "线索数")
LEAD, VALUE_OF, REASON = Text("lead", "线索"), Text("value", "金额"), Text("why", "原因")
REP, METRIC, FIGURE = Text("rep", "销售"), Text("metric", "指标"), Text("figure", "指数")
NOBODY = Text("nobody", "未分配")
MORE_MOVES = Text("{count:# more lead|# more leads}; the JSON lists them.", "另有 {count} 条线索，见 JSON。")
MORE_LOADS = Text("{count:# more load|# more loads} that changed less.", "另有 {count} 项负载变化较小。")
SAME_LOADS = Text("No load changes.", "负载没有变化。")
FIGURES: dict[str, Text] = {
    "min_ratio": Text("lowest", "最低"),
    "max_ratio": Text("highest", "最高"),
    "worst_deviation": Text("furthest off", "最大偏差"),
    "jain": Text("Jain (1: even)", "Jain 指数（1 为均等）"),
    "gini": Text("Gini (0: even)", "基尼系数（0 为均等）"),
    "envy_pairs": Text("envy pairs", "羡慕对数"),
}
"""Figures of fairness, as in the summary of a solve."""
