"""Texts of balance against disruption, English and Chinese side by side."""

from __future__ import annotations

from scenarios.texts import Text

INFEASIBLE = Text(
    "No territories exist, with a band or without: the other rules cannot all hold. This is proved.",
    "无论是否设公平区间都不存在可行的区域划分：其余规则无法全部成立，已证明。",
)
NO_PLAN_FOUND = Text(
    "No territories were found before the limit ran out; nothing is proved.",
    "在达到限制之前未找到可行的区域划分；未证明任何结论。",
)
MOVES = {
    "nothing": Text(
        "Within {tolerance} of the fair share nothing has to change owner.",
        "要使各区与公平份额相差不超过 {tolerance}，无需变更任何归属。",
    ),
    "exact": Text(
        "Within {tolerance} of the fair share {moved} ({part}) has to change owner: no territories move less, proved.",
        "要使各区与公平份额相差不超过 {tolerance}，须变更归属：{moved}（{part}）；已证明不能更少。",
    ),
    "between": Text(
        "Within {tolerance} of the fair share at least {least} ({least_part}) has to change owner: proved; the "
        "territories found move {moved} ({part}).",
        "要使各区与公平份额相差不超过 {tolerance}，至少须变更归属：{least}（{least_part}），已证明；"
        "找到的划分变更：{moved}（{part}）。",
    ),
    "infeasible": Text(
        "Within {tolerance} of the fair share there are no territories: proved.",
        "不存在各区与公平份额相差不超过 {tolerance} 的划分，已证明。",
    ),
    "no_plan_found": Text(
        "Within {tolerance} of the fair share no territories were found before the limit ran out; they would move at "
        "least {least} ({least_part}): proved.",
        "达到限制之前未找到各区与公平份额相差不超过 {tolerance} 的划分；若存在，"
        "至少须变更归属：{least}（{least_part}），已证明。",
    ),
}
TODAY = Text(
    "Today the territory furthest off is {deviation} from its fair share of {metric}.",
    "目前偏离最大的区域与其公平份额（{metric}）相差 {deviation}。",
)
TODAY_BREAKS = Text(
    "Today's owners break other hard rules, or leave leads without an owner.",
    "目前的归属违反其他硬性规则，或有线索无人负责。",
)
BUDGET = {
    "found": Text(
        "With the budget of {budget} the most even territories found are {deviation} off.",
        "在 {budget} 的变更预算内，找到的最均衡的划分最大偏差为 {deviation}。",
    ),
    "proved": Text(
        "With the budget of {budget} the most even territories found are {deviation} off; within {low} there are none: "
        "proved.",
        "在 {budget} 的变更预算内，找到的最均衡的划分最大偏差为 {deviation}；偏差不超过 {low} 的不存在，已证明。",
    ),
    "none": Text(
        "With the budget of {budget} no territories were found.",
        "在 {budget} 的变更预算内未找到可行的划分。",
    ),
}
FREE = Text(
    "Drawn by the goals alone, without a budget, the territories found change the owner of {moved} ({part}); the one "
    "furthest off is {deviation} from its fair share.",
    "只按目标、不设变更预算，找到的划分变更归属：{moved}（{part}）；最大偏差为 {deviation}。",
)
REPLACED = Text("The points of the curve take the place of {parts}.", "曲线上的各点取代了{parts}。")
