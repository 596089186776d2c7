"""Texts of the explanations, English and Chinese side by side."""

from __future__ import annotations

from scenarios.texts import Text

# -- who gets the lead --------------------------------------------------------------------------------------------

GOES = Text("Goes to {rep}: {score} ({terms}).", "分给 {rep}：{score}（{terms}）。")
STAYS = Text("Stays with {rep}: {score} ({terms}).", "仍归 {rep}：{score}（{terms}）。")
MOVES = Text("Moves from {owner} to {rep}: {score} ({terms}).", "从 {owner} 转给 {rep}：{score}（{terms}）。")
LEFT = Text("Stays unassigned: {why}.", "未分配：{why}。")
LOST = Text("Leaves {owner} and is unassigned: {why}.", "不再归 {owner}，且未分配：{why}。")
NO_TERMS = Text("no goal counts here", "没有目标计分")

ASSIGNED_TEXTS: dict[str, Text] = {
    "pinned": Text("It is pinned to {rep}.", "该线索已指定给 {rep}。"),
    "protected": Text("It is protected: {rep} cannot lose it now.", "该线索在保护期内，{rep} 此时不会失去它。"),
    "family": Text(
        "Its family of {leads} stays together, for {family_points} in all.",
        "同一客户组的 {leads}归于一人，合计 {family_points}。",
    ),
    "only_choice_family": Text("Nobody else may take them all.", "没有其他人可以全部接手。"),
    "only_choice": Text("Nobody else may take it{removed}.", "没有其他人可以接手{removed}。"),
    "best_score": Text("Nobody who may take it scores higher{next}.", "可接手的人中没有更高分{next}。"),
    "best_net": Text(
        "{highest} would score {higher} ({highest_points}), but is worth more to other leads{next}.",
        "{highest} 的得分 {higher}（{highest_points}），但用在其他线索上更值{next}。",
    ),
    "best_net_next": Text(
        "{highest} would score {higher} ({highest_points}), but {but}{priced}; all told, that is {margin} behind.",
        "{highest} 的得分 {higher}（{highest_points}），但 {but}{priced}；合计反而落后 {margin}。",
    ),
    "tied": Text(
        "{runner} comes out equal: prices alone do not decide between the two, the plan as a whole did.",
        "{runner} 与之不相上下：仅凭价格无法在两人之间定夺，由整个方案取舍。",
    ),
    "tied_full": Text(
        "{runner} comes out equal, so prices alone do not decide; but {but}.",
        "{runner} 与之不相上下，仅凭价格无法定夺；但 {but}。",
    ),
    "rounded": Text(
        "By the prices {runner} would be {margin} better; prices alone do not decide here, for a lead cannot be "
        "split, and the plan as a whole did.",
        "按影子价格，{runner} 高出 {margin}；但线索不可拆分，仅凭价格无法定夺，由整个方案取舍。",
    ),
    "rounded_full": Text(
        "By the prices {runner} would be {margin} better, but {but}: prices alone do not decide here.",
        "按影子价格，{runner} 高出 {margin}，但 {but}：仅凭价格无法定夺。",
    ),
    "rounded_left": Text(
        "By the prices it would be {margin} better left alone; prices alone do not decide here, the plan as a whole "
        "did.",
        "按影子价格，不分配反而高出 {margin}；仅凭价格无法定夺，由整个方案取舍。",
    ),
}
"""The second sentence of an assigned lead, by reason; some reasons have a variant."""

NEXT_EQUAL = Text("; {runner} comes out equal", "；{runner} 与之不相上下")
NEXT = Text("; next is {runner}, {margin} behind{because}", "；其次是 {runner}，落后 {margin}{because}")
BECAUSE = Text(" because {but}", "，因为 {but}")
MOSTLY = Text(", above all in {term} ({asked} against {chosen})", "，主要差在 {term}（{asked} 对 {chosen}）")
DESPITE = Text(
    " all told; {term} speaks most for {rep} ({chosen} against {asked})",
    "（合计）；{term} 最有利于 {rep}（{chosen} 对 {asked}）",
)
"""The same where prices or other terms speak for the runner-up, so that less is left of the difference."""
BESIDES = Text("; moreover, {but}", "；此外，{but}")
ROOM = Text("; making room would cost {cost}", "；腾出余量要付出 {cost}")
TIER = Text("; leads of a higher tier come first", "；更高优先级的线索在先")
PRICED = Text(" ({why})", "（{why}）")
PRICED_BY_IT = Text(" ({points} at its price)", "（按其价格计 {points}）")
PRICED_TOO = Text("; moreover, {why}", "；此外，{why}")
HAIR = Text("a hair", "极少")
"""A margin that is too small to put in figures beside the score."""
HIGHER, HAIR_HIGHER = Text("higher", "更高"), Text("a hair higher", "略高")
REMOVED = Text(" ({counts})", "（{counts}）")
REMOVED_BY = Text("{rule} rules out {count:# rep|# reps}", "{rule} 排除 {count} 人")

# -- why nobody has it --------------------------------------------------------------------------------------------

UNASSIGNED_TEXTS: dict[str, Text] = {
    "no_eligible_rep": Text("no rep may take it ({counts})", "没有人可以接手（{counts}）"),
    "no_eligible_rep_near": Text(
        "no rep may take it ({counts}); the closest: {why}",
        "没有人可以接手（{counts}）；最接近者：{why}",
    ),
    "nobody": Text("there is no rep", "没有任何销售"),
    "family": Text("no rep may take all {leads} of its family", "没有人可以接手其客户组的全部 {leads}"),
    "not_worth_it": Text(
        "no rep would do better than leaving it; the best, {near}, would earn {points}",
        "分给任何人都不如不分配；其中最好的 {near} 可得 {points}",
    ),
    "no_room": Text(
        "nobody who would gain by it has room; {near} would earn {points}, but {but}{unless}",
        "能因此得分的人都没有余量；{near} 可得 {points}，但 {but}{unless}",
    ),
    "price_too_high": Text(
        "the room it needs is worth more to other leads; {near} would earn {points}, but the room costs {cost}{unless}",
        "所需的余量用在其他线索上更值；{near} 可得 {points}，但所占余量值 {cost}{unless}",
    ),
    "rounded": Text(
        "by the prices {near} would still gain {margin}, but prices alone do not decide here: the plan as a whole "
        "decided otherwise",
        "按影子价格，{near} 仍可得益 {margin}，但仅凭价格无法定夺，整个方案另有取舍",
    ),
    "rounded_full": Text(
        "by the prices {near} would still gain {margin}, but {but}: prices alone do not decide here",
        "按影子价格，{near} 仍可得益 {margin}，但 {but}：仅凭价格无法定夺",
    ),
}
"""Why a lead is unassigned, by reason."""

# -- what speaks against a rep --------------------------------------------------------------------------------------

COSTS: dict[str, Text] = {
    "hours": Text(
        "the time of {rep} ({amount}) costs {points}, {price} per hour",
        "{rep} 的时间（{amount}）值 {points}，每小时 {price}",
    ),
    "hours_more": Text(
        "the time of {rep} ({amount}) costs {points}, {more} more than that of {chosen}",
        "{rep} 的时间（{amount}）值 {points}，比 {chosen} 的多 {more}",
    ),
    "leads": Text("a place with {rep} costs {points}", "{rep} 的一个名额值 {points}"),
    "leads_more": Text(
        "a place with {rep} costs {points}, {more} more than with {chosen}",
        "{rep} 的一个名额值 {points}，比 {chosen} 的多 {more}",
    ),
    "other": Text("{rule} counts {points} against {rep}", "{rule} 对 {rep} 不利，计 {points}"),
    "favours": Text("{rule} favours {chosen} by {points}", "{rule} 有利于 {chosen}，计 {points}"),
}
"""What a price says against a rep."""

OTHER_TEXTS: dict[str, Text] = {
    "removed": Text("{why}, by the rule {rule}", "按规则 {rule}，{why}"),
    "family": Text(
        "{rep} cannot take {because_of} of the same family: {why}, by the rule {rule}",
        "{rep} 无法接手同一客户组的 {because_of}：按规则 {rule}，{why}",
    ),
    "row_full": Text("{rep} would earn {points}, but {but}", "{rep} 可得 {points}，但 {but}"),
    "needed": Text("{rep} would earn {points}, but {but}", "{rep} 可得 {points}，但 {but}"),
    "lower_score": Text(
        "{rep} would earn {points}, {less} less than {chosen}{term}", "{rep} 可得 {points}，比 {chosen} 少 {less}{term}"
    ),
    "better_use": Text(
        "{rep} would earn {points}, but {but}: {margin} behind {chosen} in all",
        "{rep} 可得 {points}，但 {but}，合计比 {chosen} 落后 {margin}",
    ),
    "better_use_left": Text("{rep} would earn {points}, but {but}", "{rep} 可得 {points}，但 {but}"),
    "not_worth_it": Text("{rep} would earn {points}: no gain over leaving it", "{rep} 可得 {points}，并不优于不分配"),
    "tied": Text(
        "{rep} is as good as {chosen} here: prices alone do not decide, the plan as a whole did",
        "{rep} 与 {chosen} 在此不相上下：仅凭价格无法定夺，由整个方案取舍",
    ),
    "rounded": Text(
        "by the prices {rep} would be {margin} better than {chosen}; but prices alone do not decide here, and the "
        "plan as a whole decided otherwise",
        "按影子价格，{rep} 比 {chosen} 高出 {margin}；但仅凭价格无法定夺，整个方案另有取舍",
    ),
    "chosen": Text("{rep} has it, for {points}", "正是由 {rep} 负责，得 {points}"),
}
"""Why a rep did not get the lead, by reason."""

ALSO = Text("; moreover, {why}, by the rule {rule}", "；此外，按规则 {rule}，{why}")
ALLOWED = Text(" To allow it, {changes}.", "若要允许：{changes}。")
"""What lifts every obstacle of the move, all of it together."""
OR_SKILL = Text(
    "{change} (or bring {rep} to level {level} in {skill})", "{change}（或使 {rep} 的 {skill} 达到 {level} 级）"
)
HAS_IT = Text(" {chosen} has it, for {points}.", "现由 {chosen} 负责，得 {points}。")
NOBODY_HAS_IT = Text(" Nobody has it.", "目前无人负责。")
NOBODY = Text("leaving it", "不分配")
THIS = Text("this lead", "该线索")
UNNAMED = Text("other leads need the room more", "其他线索更需要这些余量")
UNASSIGNED_TERM = Text("unassigned", "未分配")


SHORT: dict[str, Text] = {
    "not_worth_it": Text("no rep would do better than leaving it", "分给任何人都不如不分配"),
    "no_room": Text("nobody who would gain by it has room", "能因此得分的人都没有余量"),
    "price_too_high": Text("the room it needs is worth more to other leads", "所需的余量用在其他线索上更值"),
    "rounded": Text("prices alone do not decide here, the plan as a whole did", "仅凭价格无法定夺，由整个方案取舍"),
}
"""The same where the record tells of no other rep."""
