"""Texts about one rep: why this load, and why not more. English and Chinese side by side."""

from __future__ import annotations

from scenarios.texts import Text

NOTHING = Text("{rep} gets no lead.", "{rep} 没有分到线索。")
GETS = Text(
    "{rep} gets {leads:# lead|# leads}, {score} in all: {kept:# stays|# stay} and {new:# is new|# are new}.",
    "{rep} 得到 {leads} 条线索，合计 {score}：保留 {kept} 条，新增 {new} 条。",
)
LOST = Text(
    "{lost:# lead of today goes|# leads of today go} from {rep} to others, or to nobody.",
    "有 {lost} 条线索离开 {rep}。",
)

REASONS = Text("Why these: {reasons}.", "这些线索归其所有的原因：{reasons}。")
REASON_TEXTS: dict[str, Text] = {
    "pinned": Text("{count:# is|# are} pinned", "{count} 条由规则指定"),
    "protected": Text("{count:# is|# are} protected", "{count} 条处于保护期"),
    "family": Text("{count:# belongs|# belong} to a family that stays together", "{count} 条随其客户组一并分配"),
    "only_choice": Text("nobody else may take {count}", "{count} 条无其他人可接手"),
    "best_score": Text("nobody scores higher with {count}", "{count} 条无人得分更高"),
    "best_net": Text(
        "with {count} somebody else would score higher, but is worth more elsewhere",
        "{count} 条虽有他人得分更高，但其余量另有更值的用处",
    ),
    "tied": Text("with {count} somebody else comes out equal", "{count} 条另有他人不相上下"),
    "rounded": Text(
        "with {count} the plan as a whole decided against the prices", "{count} 条与影子价格相左，由整个方案取舍"
    ),
}
"""Why a rep has some leads, by reason."""

HOLDS = Text("{rep} holds {loads}.", "{rep} 的负载：{loads}。")
BOUNDS: dict[str, Text] = {
    "target": Text("fair target {target}", "公平目标 {target}"),
    "lower": Text("at least {lower}", "至少 {lower}"),
    "upper": Text("at most {upper}", "至多 {upper}"),
    "both": Text("from {lower} to {upper}", "{lower} 至 {upper}"),
}
WITH = Text("{load} ({bounds})", "{load}（{bounds}）")

BINDS: dict[str, Text] = {
    "upper": Text("{rule} is scarce, with {load} of {limit}:", "{rule}稀缺（{load}，上限 {limit}）："),
    "lower": Text("{rule} asks for at least {limit}, with {load} held:", "{rule}要求至少 {limit}（现有 {load}）："),
    "group": Text("{rule} is scarce for {group}:", "{rule}对 {group} 稀缺："),
}
WORTH: dict[str, Text] = {
    "upper": Text(
        "{unit} more of room gains at most {gain}, {unit} less costs at least {cost}.",
        "每放宽 {unit}，至多增加 {gain}；每收紧 {unit}，至少损失 {cost}。",
    ),
    "lower": Text(
        "asking for {unit} less gains at most {gain}, for {unit} more costs at least {cost}.",
        "下限每降低 {unit}，至多增加 {gain}；每提高 {unit}，至少损失 {cost}。",
    ),
    "upper by price": Text(
        "by its price {unit} more of room is worth {price}; proved is that it gains at most {gain}.",
        "按影子价格，每放宽 {unit} 值 {price}；已证明至多增加 {gain}。",
    ),
    "lower by price": Text(
        "by its price asking for {unit} less is worth {price}; proved is that it gains at most {gain}.",
        "按影子价格，下限每降低 {unit} 值 {price}；已证明至多增加 {gain}。",
    ),
}
"""What a price proves; the shorter texts where the plan's own gap is small beside it."""
FULL: dict[str, Text] = {
    "upper": Text(
        "{rule} is full, with {load} of {limit}: no further lead fits, but by the prices more room is worth nothing.",
        "{rule}已满（{load}，上限 {limit}）：再也放不下任何一条线索；但按影子价格，更多余量并不值分。",
    ),
    "lower": Text(
        "{rule} just holds, with {load} of {limit} asked for: no lead can be spared, but by the prices this is free.",
        "{rule}刚好满足（{load}，下限 {limit}）：少任何一条都不行；但按影子价格，这没有代价。",
    ),
}
IN_TIER = Text("In priority tier {tier}: {text}", "优先级 {tier}：{text}")
FREE = Text("No rule binds {rep}.", "没有规则约束 {rep}。")
SHARE: dict[str, Text] = {
    "lower": Text(
        "{rule} asks {rep} and others for more: {unit} less asked is worth {price} by its price.",
        "{rule}要求 {rep} 等人多得：按影子价格，每放宽 {unit} 值 {price}。",
    ),
    "upper": Text(
        "{rule} allows {rep} and others no more: {unit} more of room is worth {price} by its price.",
        "{rule}不许 {rep} 等人再多：按影子价格，每放宽 {unit} 值 {price}。",
    ),
}

DIVIDE = Text("Of the {others:# other lead|# other leads} {parts}.", "其余 {others} 条线索中，{parts}。")
PARTS: dict[str, Text] = {
    "not_eligible": Text(
        "{count} {count:is|are} out of reach by hard rules{rules}", "{count} 条因硬规则无法接手{rules}"
    ),
    "better_elsewhere": Text(
        "{count} {count:scores|score} no higher with {rep} than where {count:it is|they are}",
        "{count} 条归 {rep} 的得分不高于现有归属",
    ),
    "better_left": Text(
        "{count} {count:is|are} not worth it: {rep} would gain nothing by {count:it|them}",
        "{count} 条由 {rep} 接手也没有增益",
    ),
    "better_here": Text(
        "{count} would score higher with {rep}, by {points} in all", "{count} 条若归 {rep} 得分更高，合计多 {points}"
    ),
}
RULES = Text(" ({counts})", "（{counts}）")
RULE_COUNT = Text("{rule} {count}", "{rule} {count} 条")

MORE = Text("Why not more: {why}.", "为何没有更多：{why}。")
MORE_TEXTS: dict[str, Text] = {
    "has_all": Text("there is no other lead", "没有其他线索"),
    "not_eligible": Text("hard rules leave {rep} no other lead", "硬规则没有给 {rep} 留下其他线索"),
    "better_elsewhere": Text(
        "what {rep} may take scores at least as high where it is", "{rep} 可接手的线索，现有归属的得分都不低于 {rep}"
    ),
    "better_left": Text("what {rep} may take is not worth it", "{rep} 可接手的线索都没有增益"),
    "row_full": Text("{rule} would be passed", "会超出{rule}"),
    "row_full wall": Text("{rep} serves a competitor, by {rule}", "按{rule}，{rep} 已服务其竞争对手"),
    "needed": Text("their reps would miss {rule}", "现有归属人会达不到{rule}"),
    "needed share": Text("{rule} would be missed", "会达不到{rule}"),
    "needed disruption": Text("the budget of {rule} would be passed", "会超出{rule}的变更预算"),
    "better_use": Text(
        "the places are worth more to other leads, by the price of {rule}", "按{rule}的价格，余量用在其他线索上更值"
    ),
    "better_use_plain": Text("the places are worth more to other leads", "余量用在其他线索上更值"),
    "tied": Text("somebody else comes out equal, and the plan as a whole decided", "另有他人不相上下，由整个方案取舍"),
    "rounded": Text("the plan as a whole decided against the prices", "整个方案的取舍与影子价格相左"),
}
"""What stops a rep from having more, by reason."""
STOP = Text(
    "with {leads} of them {why} ({points}), {leads:namely|such as} {best}",
    "其中 {leads} 条，{why}（{points}），例如 {best}",
)
TESTED = Text(" (told of the {tested} that gain most)", "（仅就增益最大的 {tested} 条而言）")
MISSED = Text("{lead}: {why}", "{lead}：{why}")
