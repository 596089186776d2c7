"""What the issues say that the checks of a whole scenario find; part of `ISSUE_TEXTS`."""

from __future__ import annotations

from scenarios.texts import IssueText
from scenarios.texts import issue_text as _t

CHECK_TEXTS: dict[str, IssueText] = {
    # tables: ids, owners, dates
    "no_reps": _t(
        "There are no reps, so nobody can own a lead.",
        "没有任何销售，因此无人可以负责线索。",
        "the table of reps is empty or has another name.",
        "销售表为空，或使用了别的名称。",
    ),
    "no_leads": _t(
        "There are no leads, so there is nothing to assign.",
        "没有任何线索，因此无需分配。",
        "the table of leads is empty or has another name.",
        "线索表为空，或使用了别的名称。",
    ),
    "duplicate_rule_name": _t(
        "Several rules are called {name!r}.",
        "有多条规则都名为 {name!r}。",
        "a rule was copied; give each a name of its own, for explanations use it.",
        "规则是复制来的；解释会引用规则名，请让每条规则的名称唯一。",
    ),
    "owner_not_a_rep": _t(
        "{count:# lead has|# leads have} the owner {owner!r}, who is not among the reps; that counts as nobody.",
        "有 {count} 条线索的归属人 {owner!r} 不在销售名单中，按无人归属处理。",
        "they left, or the id is spelled differently{near:; similar ids: *}.",
        "该归属人已离职，或编号写法不同{near:；相近的编号：*}。",
    ),
    "protected_without_owner": _t(
        "{count:# lead is protected but has|# leads are protected but have} no owner, so the protection does nothing.",
        "有 {count} 条线索设置了保护期却没有归属人，保护不起作用。",
        "the column owner was not filled in.",
        "归属人列（owner）没有填写。",
    ),
    "period_reversed": _t(
        "The period ends on {end}, before it starts on {start}.",
        "周期的结束日 {end} 早于开始日 {start}。",
        "the two dates were swapped.",
        "两个日期填反了。",
    ),
    "availability_reversed": _t(
        "{rep!r} is available to {end}, which is before {start}, the first day.",
        "{rep!r} 的在岗结束日 {end} 早于开始日 {start}。",
        "the two dates were swapped.",
        "两个日期填反了。",
    ),
    "rep_absent": _t(
        "{rep!r} is away for the whole period.",
        "{rep!r} 在整个周期内都不在岗。",
        "they are on leave; otherwise check available_from and available_to.",
        "该销售正在休假；否则请检查 available_from 和 available_to。",
    ),
    "win_rate_missing": _t(
        "{rep!r} has no win rate for {count:# value that occurs|# values that occur} in {column}: {values}.",
        "{rep!r} 缺少 {column} 中 {count} 个取值的赢单率：{values}。",
        "one rate for any other value will do: add *:0.2, with the rate you expect.",
        "可以为其余取值补一个通用赢单率，例如 *:0.2（按预期填写）。",
    ),
    "carried_over_capacity": _t(
        "In {metric!r}, {rep!r} already carries {carried}, above the capacity of {capacity}.",
        "{rep!r} 在 {metric!r} 上已承担 {carried}，超过容量 {capacity}。",
        "raise the capacity, take some of it away first, or give the capacity rule a rate.",
        "应提高容量、先移出一部分，或为容量规则设置罚分。",
    ),
    # names that rules, goals and capacities use
    "unknown_column_used": _t(
        "There is no column {column!r} in the table of {table}.",
        "表 {table} 中没有列 {column!r}。",
        "it is spelled differently{near:; similar columns: *}.",
        "写法不同{near:；相近的列：*}。",
    ),
    "selects_nothing": _t(
        "No row of {table} has {value!r} in the column {column}.",
        "表 {table} 的列 {column} 中没有取值 {value!r}。",
        "it is spelled differently{near:; similar values: *}.",
        "写法不同{near:；相近的取值：*}。",
    ),
    "selection_is_empty": _t(
        "{rule!r} speaks of no row of {table}: no row meets all its conditions.",
        "{rule!r} 没有选中 {table} 的任何行：没有一行同时满足全部条件。",
        "two conditions rule each other out; drop one, or write two rules.",
        "有两个条件互相排斥；请去掉一个，或写成两条规则。",
    ),
    "dangling_id": _t(
        "{rule!r} names the id {id!r}, which is not among the {table}.",
        "{rule!r} 引用了编号 {id!r}，但 {table} 中没有它。",
        "it is gone since the rule was written, or is spelled differently{near:; similar ids: *}.",
        "写规则之后它已被移除，或写法不同{near:；相近的编号：*}。",
    ),
    "unknown_metric": _t(
        "There is no metric {metric!r}; known are {known}.",
        "没有指标 {metric!r}；已知的指标有 {known}。",
        "it is spelled differently, or the leads lack a column{near:; similar metrics: *}.",
        "写法不同，或线索表缺少该列{near:；相近的指标：*}。",
    ),
    "metric_not_numeric": _t(
        "The column {metric!r} of the leads does not hold numbers, so it cannot be a metric.",
        "线索的列 {metric!r} 不是数值，不能作为指标。",
        "it is empty, or a unit or a thousands separator got into a cell.",
        "该列为空，或某个单元格里混入了单位或千分位符号。",
    ),
    "unknown_segment": _t(
        "{metric!r} is about the segment {segment!r}, in which there is no lead.",
        "{metric!r} 针对细分 {segment!r}，但没有线索属于它。",
        "it is spelled differently{near:; similar segments: *}.",
        "写法不同{near:；相近的细分：*}。",
    ),
    "capacity_nobody_has": _t(
        "{rule!r} limits {metric!r}, but none of its reps has such a capacity.",
        "{rule!r} 限制 {metric!r}，但相关销售都没有设置该容量。",
        "it is spelled differently{near:; capacities given: *}.",
        "写法不同{near:；已设置的相近容量：*}。",
    ),
    "negative_metric": _t(
        "{column} is {value}; a load cannot be measured in negative numbers.",
        "{column} 为 {value}；负载不能用负数衡量。",
        "a sign is wrong, or the column is no amount.",
        "符号写反了，或该列并不是数量。",
    ),
    "metric_missing": _t(
        "{column} is a metric but empty for {count:# lead|# leads}, where it counts as 0.",
        "{column} 用作指标，但有 {count} 条线索的该列为空，按 0 计。",
        "nothing was graded or measured there yet.",
        "尚未评分或计量。",
    ),
    # what the leads ask for
    "skill_nobody_has": _t(
        "No rep has the skill {skill!r}; {count:# lead that requires it stays|# leads that require it stay} "
        "unassigned.",
        "没有销售具备技能 {skill!r}；要求该技能的 {count} 条线索将无法分配。",
        "it is spelled differently{near:; similar skills: *}.",
        "写法不同{near:；相近的技能：*}。",
    ),
    "skill_level_nobody_has": _t(
        "No rep has {skill!r} at level {level}, the highest is {highest}; "
        "{count:# lead that requires it stays|# leads that require it stay} unassigned.",
        "没有销售的 {skill!r} 达到 {level} 级，最高为 {highest} 级；要求该等级的 {count} 条线索将无法分配。",
        "the levels of leads and reps are on different scales.",
        "线索与销售的技能等级采用了不同的尺度。",
    ),
    "tier_nobody_serves": _t(
        "No rep may take {count:the only lead|any of the # leads} of tier {tier}.",
        "优先级 {tier} 的 {count} 条线索没有任何销售可以接手。",
        "a match or a skill rule is too strict; ask why-not for such a lead, or give that rule a rate.",
        "匹配或技能规则过严；可对这样的线索查询 why-not，或为该规则设置罚分。",
    ),
    "protection_impossible": _t(
        "{lead!r} is protected for its owner {owner!r}, who may not have it by {rules}.",
        "{lead!r} 处于归属人 {owner!r} 的保护期，但规则 {rules} 不允许其拥有。",
        "end the protection, change the owner, or give one of these rules a rate.",
        "应结束保护、变更归属人，或为其中一条规则设置罚分。",
    ),
    "pins_disagree": _t(
        "The pins {rules} leave no rep for {lead!r}.",
        "指定规则 {rules} 没有给 {lead!r} 留下任何销售。",
        "an older pin was forgotten; keep one of them.",
        "忘了删除旧的指定规则；请只保留一条。",
    ),
    "pin_impossible": _t(
        "{lead!r} is pinned to {reps}, who may not have it by {rules}.",
        "{lead!r} 被指定给 {reps}，但规则 {rules} 不允许其拥有。",
        "drop the pin, or give one of these rules a rate.",
        "应取消指定，或为其中一条规则设置罚分。",
    ),
    "pin_to_everyone": _t(
        "{rule!r} pins leads to no rep in particular, so it only demands that they are assigned.",
        "{rule!r} 没有指明销售，因此只要求这些线索必须分配。",
        "its reps were left out.",
        "漏填了 reps。",
    ),
    # amounts
    "demand_exceeds_capacity": _t(
        "In {metric!r}, the leads need {demand}, but the reps can take {room} more; some leads stay unassigned.",
        "在 {metric!r} 上，线索共需 {demand}，但销售只能再承担 {room}；部分线索将无法分配。",
        "a capacity is in another unit; otherwise more capacity is needed.",
        "容量使用了其他单位；否则需要增加容量。",
    ),
    "forced_over_capacity": _t(
        "In {metric!r}, pins and protections force {forced} on {rep!r}, who carries {carried} and has a capacity of "
        "{capacity}.",
        "在 {metric!r} 上，指定和保护规则迫使 {rep!r} 再承担 {forced}，而其已承担 {carried}，容量为 {capacity}。",
        "raise the capacity, or pin and protect fewer leads.",
        "应提高容量，或减少指定和受保护的线索。",
    ),
    "minimum_unreachable": _t(
        "{rule!r} asks for {needed} more of {metric!r} for {reps}, but {reach} is all there is for them.",
        "{rule!r} 要求 {reps} 的 {metric!r} 再增加 {needed}，但最多只有 {reach} 可用。",
        "lower the minimum, loosen what keeps leads from them, or give the rule a rate.",
        "应降低最低值、放宽限制其接手线索的规则，或为该规则设置罚分。",
    ),
    "band_unreachable": _t(
        "{rule!r} asks for {needed} more of {metric!r} for {rep!r}, but {reach} is all there is for them.",
        "{rule!r} 要求 {rep!r} 的 {metric!r} 再增加 {needed}，但最多只有 {reach} 可用。",
        "widen the band, take it of what is assigned, or give the rule a rate.",
        "应放宽公平区间、改为按已分配总量计算，或为该规则设置罚分。",
    ),
    "share_unreachable": _t(
        "The floor of {rule!r} is {needed} of {metric!r} for {reps}, but {reach} is all there is for them.",
        "{rule!r} 的下限要求 {reps} 的 {metric!r} 达到 {needed}，但最多只有 {reach} 可用。",
        "lower the floor, take it of what is assigned, or give the rule a rate.",
        "应降低下限、改为按已分配总量计算，或为该规则设置罚分。",
    ),
    "floors_above_whole": _t(
        "The floors of {rules} add up to {total}%, more than the whole.",
        "{rules} 的下限合计为 {total}%，超过总量。",
        "one of them is meant as a ceiling.",
        "其中一条本意是上限。",
    ),
    # goals and fairness
    "nothing_to_aim_at": _t(
        "No goal has a weight and no rule a rate, so all plans are equally good.",
        "没有任何目标设置权重，也没有规则设置罚分，因此所有方案同样好。",
        "a goal was switched off with weight 0.",
        "某个目标的权重被设为 0 而关闭。",
    ),
    "value_without_values": _t(
        "The goal value earns nothing: every lead has the value 0.",
        "目标 value 不起作用：所有线索的价值均为 0。",
        "the column value has another name.",
        "价值列（value）使用了别的名称。",
    ),
    "skill_fit_without_skills": _t(
        "The goal skill_fit earns nothing: no lead requires a skill, or no rep has one.",
        "目标 skill_fit 不起作用：没有线索要求技能，或没有销售具备技能。",
        "the column skills has another name in one of the tables.",
        "其中一张表的 skills 列使用了别的名称。",
    ),
    "continuity_without_owners": _t(
        "The goal continuity earns nothing: no lead is owned by one of the reps.",
        "目标 continuity 不起作用：没有线索归属于名单中的销售。",
        "the column owner is missing, or holds names instead of ids.",
        "缺少 owner 列，或其中填的是姓名而不是编号。",
    ),
    "urgency_without_urgencies": _t(
        "The goal urgency earns nothing: no lead is urgent.",
        "目标 urgency 不起作用：没有任何紧急线索。",
        "the column urgency has another name.",
        "紧急度列（urgency）使用了别的名称。",
    ),
    "rep_without_place": _t(
        "{rep!r} has no place, but the goal travel counts kilometres: only `rebalance` can find one.",
        "{rep!r} 没有位置，但目标 travel 需要计算里程：只有 `rebalance` 能为其选址。",
        "the columns lat and lon were not filled in.",
        "位置列（lat 和 lon）没有填写。",
    ),
    "leads_without_place": _t(
        "{count:# lead has|# leads have} no place, so {count:its|their} travel counts as 0.",
        "有 {count} 条线索没有位置，其路程按 0 计。",
        "an address was not found.",
        "未能查到地址坐标。",
    ),
    "half_a_place": _t(
        "{id!r} has only one half of a place: {column} is missing.",
        "{id!r} 的位置不完整：缺少 {column}。",
        "latitude and longitude got into one cell.",
        "经纬度被写进了同一个单元格。",
    ),
    "no_entitlement": _t(
        "Nobody whom {rule!r} compares is entitled to anything: shares, FTE, presence or ramp-up are all 0.",
        "{rule!r} 所比较的销售都没有应得份额：份额、工时比例、在岗时间或爬坡系数全为 0。",
        "they are all away; leave them out, or give someone a share.",
        "他们都不在岗；请将其排除，或为其中某人设置份额。",
    ),
    "no_entitlement_in_group": _t(
        "Nobody in the fairness group {group!r} of {rule!r} is entitled to anything: shares, FTE, "
        "presence or ramp-up are all 0.",
        "{rule!r} 的公平组 {group!r} 中无人有应得份额：份额、工时比例、在岗时间或爬坡系数全为 0。",
        "the whole group is away; leave it out, or give someone a share.",
        "整组都不在岗；请排除该组，或为其中某人设置份额。",
    ),
    "quality_without_source": _t(
        "Quality is balanced, but for {count:# lead|# leads} nobody is named who did the grading.",
        "方案按质量均衡，但有 {count} 条线索未注明评分方。",
        "the column quality_source was not filled in; neutral grading asks for it.",
        "评分来源列（quality_source）没有填写；中立评分需要注明评分方。",
    ),
    # territories
    "travel_table_missing": _t(
        "The goal travel is measured by {column!r}, but there is no table travel.",
        "目标 travel 以 {column!r} 度量，但没有路程表（travel）。",
        "the file travel.csv or the sheet travel is missing or empty.",
        "缺少文件 travel.csv 或工作表“路程”，或其内容为空。",
    ),
    "unknown_measure": _t(
        "The goal travel is measured by {column!r}, which is no numeric column of the table travel.",
        "目标 travel 以 {column!r} 度量，但路程表（travel）中没有这一数值列。",
        "one of these is meant: {known}{near:; most like it: *}.",
        "是指其中之一：{known}{near:；最相近的：*}。",
    ),
    "travel_unused": _t(
        "There is a table travel, but no goal is measured by it.",
        "有路程表（travel），但没有目标以它度量。",
        "the goal travel lacks its field measured_by; it can be: {known}.",
        "目标 travel 没有填写 measured_by；可选：{known}。",
    ),
    "travel_of_unknown_lead": _t(
        "{count:# row|# rows} of the table travel {count:names|name} a lead that is not there, first {id!r}; nothing "
        "comes of {count:it|them}.",
        "路程表（travel）中有 {count} 行的线索不存在，首个是 {id!r}；这些行不起作用。",
        "the table was made for more leads than these{near:; similar ids: *}.",
        "该表包含了更多的线索{near:；相近的编号：*}。",
    ),
    "travel_of_unknown_rep": _t(
        "{count:# row|# rows} of the table travel {count:names|name} a rep who is not there, first {id!r}; nothing "
        "comes of {count:it|them}.",
        "路程表（travel）中有 {count} 行的销售不存在，首个是 {id!r}；这些行不起作用。",
        "the table was made for more reps than these{near:; similar ids: *}.",
        "该表包含了更多的销售{near:；相近的编号：*}。",
    ),
    "travel_twice": _t(
        "The table travel has the lead {lead!r} and the rep {rep!r} more than once.",
        "路程表（travel）中线索 {lead!r} 与销售 {rep!r} 重复出现。",
        "two exports were joined; keep one row of each pair.",
        "合并了两次导出；每对只保留一行。",
    ),
    "travel_missing": _t(
        "{count:# pair|# pairs} of {leads:# lead|# leads} with reps who may take {leads:it|them} {count:has|have} no "
        "{column} in the table travel, first {lead!r} with {rep!r}.",
        "路程表（travel）缺少 {count} 对线索与可接收它的销售的 {column}，涉及 {leads} 条线索，首个是 {lead!r} 与 "
        "{rep!r}。",
        "they are too far apart for the program that made the table; a hard rule can keep such pairs apart.",
        "两者相距太远，生成该表的程序没有给出；可用硬规则排除这些组合。",
    ),
    "link_to_nobody": _t(
        "The link names {id!r}, which is no lead.",
        "相邻关系中的 {id!r} 不是线索。",
        "the id is misspelt, or its row is missing{near:; most like it: *}.",
        "编号拼写有误，或缺少该行{near:；最相近的：*}。",
    ),
    "link_to_itself": _t(
        "{count:# link joins a lead with itself|# links join a lead with itself}, the first one {id!r}; nothing comes "
        "of it.",
        "有 {count} 条相邻关系把线索与其自身相连，第一条是 {id!r}；不起作用。",
        "one of its ends is mistyped.",
        "其中一端写错了。",
    ),
    "lead_without_neighbour": _t(
        "{count:# lead has|# leads have} no neighbour, the first one {id!r}, but territories are to be in one piece.",
        "区域须连成一片，但有 {count} 条线索没有相邻者，第一条是 {id!r}。",
        "it is an island; link it with where its rep comes from.",
        "它是孤岛；请与其销售出发之处建立相邻关系。",
    ),
    "neighbours_unknown": _t(
        "{rule!r} asks for territories in one piece, but nothing tells the neighbours: there are no links, and "
        "{count:# lead has|# leads have} no place.",
        "{rule!r} 要求区域连成一片，但无法得知哪些线索相邻：没有相邻关系表，且有 {count} 条线索没有位置。",
        "the table links is missing, or the columns lat and lon were not filled in.",
        "缺少相邻关系表（links），或位置列（lat 和 lon）没有填写。",
    ),
    "contiguity_by_rebalance": _t(
        "{rule!r} asks for territories in one piece; only `rebalance` can see to it, and `solve` refuses.",
        "{rule!r} 要求区域连成一片；只有 `rebalance` 能保证，`solve` 会拒绝。",
        "the rule is for the quarter's territories, and not for a cycle of leads.",
        "这条规则用于季度区域划分，而不是线索的分配周期。",
    ),
}
