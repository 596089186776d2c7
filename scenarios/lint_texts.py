"""What the lint says of rules and goals that do nothing, say nothing new or leave nothing; part of `ISSUE_TEXTS`."""

from __future__ import annotations

from scenarios.texts import IssueText
from scenarios.texts import issue_text as _t

LINT_TEXTS: dict[str, IssueText] = {
    # switched off
    "rate_zero": _t(
        "{rule!r} has the rate 0, so that breaking it costs nothing and it does nothing.",
        "{rule!r} 的罚分为 0，违反它没有代价，因此不起作用。",
        "it is switched off; to make it hard, leave the rate empty.",
        "是有意关闭的；如需作为硬规则，请把罚分留空。",
    ),
    "weight_zero": _t(
        "The goal {goal!r} has the weight 0, so that it does nothing.",
        "目标 {goal!r} 的权重为 0，因此不起作用。",
        "it is switched off; otherwise give it a weight.",
        "是有意关闭的；否则请为其设置权重。",
    ),
    # nothing to bite on
    "skills_not_required": _t(
        "{rule!r} rules nobody out: none of its leads requires a skill.",
        "{rule!r} 不会排除任何人：相关线索都没有技能要求。",
        "the column skills of the leads was not filled in.",
        "线索的技能列（skills）没有填写。",
    ),
    "skills_all_held": _t(
        "{rule!r} rules nobody out: each of its reps has every skill that its leads require.",
        "{rule!r} 不会排除任何人：相关销售都具备相关线索要求的全部技能。",
        "the levels are lower than meant; otherwise the rule can go.",
        "要求的等级填低了；否则可以去掉该规则。",
    ),
    "match_without_cells": _t(
        "{rule!r} rules nobody out: {lead_column} of its leads, or {rep_column} of its reps, is always blank, and "
        "a blank agrees with everything.",
        "{rule!r} 不会排除任何人：相关线索的 {lead_column} 或相关销售的 {rep_column} 全为空白，而空白视为全部匹配。",
        "one of the columns was not filled in; or a blank ought to agree with nothing, which is blank: none.",
        "其中一列没有填写；若空白不应匹配任何值，请设为 blank: none。",
    ),
    "match_always_agrees": _t(
        "{rule!r} rules nobody out: {lead_column} of its leads and {rep_column} of its reps always agree.",
        "{rule!r} 不会排除任何人：相关线索的 {lead_column} 与相关销售的 {rep_column} 总是匹配。",
        "the reps' cells list more values than meant; otherwise the rule can go.",
        "销售的单元格里列出了过多的值；否则可以去掉该规则。",
    ),
    "availability_without_period": _t(
        "{rule!r} rules nobody out: the scenario has no period, so that everybody counts as present.",
        "{rule!r} 不会排除任何人：场景没有设置周期，所有人都视为在岗。",
        "period_start and period_end were left out.",
        "漏填了 period_start 和 period_end。",
    ),
    "availability_without_dates": _t(
        "{rule!r} rules nobody out: none of its reps has a first or last day.",
        "{rule!r} 不会排除任何人：相关销售都没有填写在岗起止日期。",
        "available_from and available_to were not filled in.",
        "available_from 和 available_to 没有填写。",
    ),
    "protection_without_leads": _t(
        "{rule!r} protects nothing: none of its leads has both an owner among its reps and a protection that still "
        "lasts when the period begins.",
        "{rule!r} 没有保护任何线索：相关线索中，没有一条既有名单内的归属人、又在周期开始时仍处于保护期。",
        "the protections have run out, or the column protected_until was not filled in.",
        "保护期都已结束，或没有填写 protected_until 列。",
    ),
    "family_without_families": _t(
        "{rule!r} keeps nothing together: no two of its leads are of one family.",
        "{rule!r} 不起作用：相关线索中没有两条属于同一客户组。",
        "the column family was not filled in.",
        "客户组列（family）没有填写。",
    ),
    "wall_without_groups": _t(
        "{rule!r} keeps nothing apart: no two of its leads compete, and none competes with what a rep serves already.",
        "{rule!r} 不起作用：相关线索之间没有竞争关系，也不与销售已服务的客户竞争。",
        "the column competitor_group was not filled in.",
        "竞争组列（competitor_group）没有填写。",
    ),
    # bounds that cannot be reached
    "capacity_not_given": _t(
        "{rule!r} limits nothing: none of its reps has a capacity.",
        "{rule!r} 不起作用：相关销售都没有设置容量。",
        "the column capacity of the reps was not filled in; write leads:20;hours:40.",
        "销售的容量列（capacity）没有填写；写法如 leads:20;hours:40。",
    ),
    "capacity_never_binds": _t(
        "{rule!r} can never bind: each of its reps has room for all that they may take.",
        "{rule!r} 永远不会起约束：相关销售的容量都足以容纳其可接手的全部线索。",
        "the capacities are in another unit, or for a longer period.",
        "容量使用了其他单位，或对应更长的周期。",
    ),
    "minimum_never_binds": _t(
        "{rule!r} can never bind: it asks for {at_least} of {metric!r}, and each of its reps carries at least {least} "
        "already.",
        "{rule!r} 永远不会起约束：它要求 {metric!r} 至少 {at_least}，而相关销售每人已承担至少 {least}。",
        "it is meant on top of what they carry: what is carried counts.",
        "本意是在已承担的量之外再保证；已承担的量也计算在内。",
    ),
    "disruption_never_binds": _t(
        "{rule!r} can never bind: it lets {at_most} of {metric!r} change owner, and no more than {owned} has one.",
        "{rule!r} 永远不会起约束：允许变更归属的 {metric!r} 为 {at_most}，而有归属人的只有 {owned}。",
        "the budget is in another unit, or the column owner was not filled in.",
        "预算使用了其他单位，或没有填写归属人列（owner）。",
    ),
    "band_never_binds": _t(
        "{rule!r} can never bind: within {percent}% of the fair target lies everything from nothing to all there is.",
        "{rule!r} 永远不会起约束：公平目标上下 {percent}% 的范围已包含从零到全部的一切可能。",
        "a tolerance of 10% is written 0.1; or each rep is in a group alone.",
        "10% 的容差应写成 0.1；或每个销售单独成组。",
    ),
    "share_never_binds": _t(
        "{rule!r} can never bind: every plan keeps its floor and its ceiling.",
        "{rule!r} 永远不会起约束：任何方案都满足其下限和上限。",
        "its reps were left out, so that it speaks of everybody's share; or 0.3 is meant for 30%.",
        "漏填了 reps，规则变成针对所有人的份额；或本意是用 0.3 表示 30%。",
    ),
    "share_leaves_nothing": _t(
        "{rule!r} leaves nothing to assign: whatever is assigned of {metric}, all of it is with its reps, and that is "
        "more than its ceiling.",
        "{rule!r} 使任何线索都无法分配：无论分配多少 {metric}，都全部归于相关销售，超过其上限。",
        "its reps were left out, so that it speaks of everybody's share.",
        "漏填了 reps，规则变成针对所有人的份额。",
    ),
    "nothing_of_metric": _t(
        "{rule!r} does nothing: its leads have no {metric} to share out.",
        "{rule!r} 不起作用：相关线索没有可分配的 {metric}。",
        "the column was not filled in, or another metric is meant.",
        "该列没有填写，或本意是另一个指标。",
    ),
    # rules and goals beside each other
    "rule_twice": _t(
        "{rule!r} says the same as {other!r}, rule {number}.",
        "{rule!r} 与第 {number} 条规则 {other!r} 相同。",
        "it was copied, and was to be changed.",
        "它是复制来的，本应再作修改。",
    ),
    "rule_charged_twice": _t(
        "{rule!r} says the same as {other!r}, rule {number}, so that each violation is charged twice.",
        "{rule!r} 与第 {number} 条规则 {other!r} 相同，因此每次违反都会重复罚分。",
        "it was copied, and was to be changed.",
        "它是复制来的，本应再作修改。",
    ),
    "rule_implied": _t(
        "{rule!r} asks for nothing that {other!r}, rule {number}, does not ask for already.",
        "{rule!r} 的要求已全部包含在第 {number} 条规则 {other!r} 之中。",
        "an older rule was left in; otherwise it can go.",
        "旧规则没有删除；否则可以去掉它。",
    ),
    "goals_alike": _t(
        "No goal tells the reps apart: each lead earns the same points with everybody, so that rules and chance decide "
        "who gets it.",
        "没有目标能区分销售：每条线索归谁得分都相同，归属只由规则和随机决定。",
        "win rates are missing, or another goal such as continuity or balance.",
        "缺少赢单率，或缺少延续归属、均衡等其他目标。",
    ),
    # leads and reps that are left out
    "leads_without_rep": _t(
        "Hard rules leave nobody for {count:# lead, which stays|# leads, which stay} unassigned: "
        "{count:namely|such as} {lead!r}, by {rules}.",
        "硬规则使 {count} 条线索无人可接手，因而无法分配，例如 {lead!r}；所涉规则：{rules}。",
        "a cell is misspelt on either side, or one of the rules ought to have a rate.",
        "某一侧的单元格拼写有误，或其中一条规则应设置罚分。",
    ),
    "reps_without_lead": _t(
        "Hard rules leave no lead for {count:# rep|# reps}: {reps}.",
        "硬规则使 {count} 位销售没有任何线索可接手：{reps}。",
        "a cell is misspelt, or their leads are in another table.",
        "单元格拼写有误，或他们的线索在另一张表里。",
    ),
}
