"""Texts of the explanations, English and Chinese side by side."""

from __future__ import annotations

from scenarios.texts import Text

# -- who gets the lead --------------------------------------------------------------------------------------------

GOES = Text("Goes to {rep}: {score} ({terms}).", "分给 {rep}：{score}（{terms}）。")
STAYS = Text("Stays with {rep}: {score} ({terms}).", "仍归 {rep}：{score}（{terms}）。")
MOVES = Text("Moves from {owner} to {rep}: {score} ({terms}).", "从 {owner} 转给 {rep}：{score}（{terms}）。")
LEFT = Text("Stays unassigned: {why}.", "未分配：{why}。")
LOST = Text("Leaves {owner} and is unassigned: {why}.", "离开 {owner} 后未分配：{why}。")
NO_TERMS = Text("no goal speaks of it", "没有目标涉及")

ASSIGNED_TEXTS: dict[str, Text] = {
    "pinned": Text("It is pinned to {rep}.", "该线索已指定给 {rep}。"),
    "protected": Text("It is protected: {rep} cannot lose it now.", "该线索在保护期内，{rep} 此时不会失去它。"),
    "family": Text(
        "Its family of {leads} leads stays together, for {family_points} in all.",
        "同一客户组的 {leads} 条线索归于一人，合计 {family_points}。",
    ),
    "only_choice_family": Text("Nobody else may take them all.", "其他人都不能接手全部。"),
    "only_choice": Text("Nobody else may take it{removed}.", "其他人都不能接手{removed}。"),
    "best_score": Text("Nobody who may take it scores higher{next}.", "可接手的人中没有更高分{next}。"),
    "best_net": Text(
        "{highest} would score higher ({highest_points}), but is worth more on other leads{next}.",
        "{highest} 的得分更高（{highest_points}），但用在其他线索上更值{next}。",
    ),
    "best_net_next": Text(
        "{highest} would score higher ({highest_points}), but {but}{priced}; in all it is {margin} behind.",
        "{highest} 的得分更高（{highest_points}），但{but}{priced}；合计落后{margin}。",
    ),
    "tied": Text(
        "{runner} comes out equal; the plan as a whole decided between the two.",
        "{runner} 与之不相上下，由整个方案在两人之间取舍。",
    ),
    "tied_full": Text("{runner} comes out equal, but {but}.", "{runner} 与之不相上下，但{but}。"),
    "rounded": Text(
        "By the prices {runner} would be {margin} better; a lead cannot be split, and the plan as a whole decided. "
        "A price is an argument here, not a proof.",
        "按影子价格，{runner} 会好{margin}；但线索不可拆分，由整个方案取舍。此处价格只是依据，并非证明。",
    ),
    "rounded_full": Text(
        "By the prices {runner} would be {margin} better, but {but}. A price is an argument here, not a proof.",
        "按影子价格，{runner} 会好{margin}，但{but}。此处价格只是依据，并非证明。",
    ),
    "rounded_left": Text(
        "By the prices it would be {margin} better left alone; the plan as a whole decided. "
        "A price is an argument here, not a proof.",
        "按影子价格，不分配会好{margin}；由整个方案取舍。此处价格只是依据，并非证明。",
    ),
}
"""The second sentence of an assigned lead, by reason; some reasons have a variant."""

NEXT_EQUAL = Text("; {runner} comes out equal", "；{runner} 与之不相上下")
NEXT = Text("; next is {runner}, {margin} behind{because}", "；其次是 {runner}，落后{margin}{because}")
BECAUSE = Text(" because {but}", "，因为{but}")
BESIDES = Text("; moreover, {but}", "；况且{but}")
ROOM = Text("; to make room would cost {cost}", "；腾出余量要付出 {cost}")
TIER = Text("; leads of a higher tier come first", "；更高优先级的线索在先")
PRICED = Text(" ({why})", "（{why}）")
PRICED_BY_IT = Text(" ({points} at its price)", "（按其价格计 {points}）")
PRICED_TOO = Text("; moreover, {why}", "；况且{why}")
HAIR = Text("a hair", "一丝")
"""A margin that is too small to put in figures beside the score."""
REMOVED = Text(" ({counts})", "（{counts}）")
REMOVED_BY = Text("{rule} rules out {count}", "{rule}排除 {count} 人")

# -- why nobody has it --------------------------------------------------------------------------------------------

UNASSIGNED_TEXTS: dict[str, Text] = {
    "no_eligible_rep": Text("no rep may take it ({counts})", "没有人可以接手（{counts}）"),
    "no_eligible_rep_near": Text(
        "no rep may take it ({counts}); the closest: {why}",
        "没有人可以接手（{counts}）；最接近者：{why}",
    ),
    "nobody": Text("there is no rep", "没有任何销售"),
    "family": Text("no rep may take all {leads} leads of its family", "没有人可以接手其客户组的全部 {leads} 条线索"),
    "not_worth_it": Text(
        "nobody would gain by it; the best, {near}, would earn {points}", "无人因此得益；最好的 {near} 也只有 {points}"
    ),
    "no_room": Text(
        "nobody who would gain by it has room; {near} would earn {points}, but {but}{unless}",
        "能因此得益的人都没有余量；{near} 可得 {points}，但{but}{unless}",
    ),
    "price_too_high": Text(
        "its places are worth more to other leads; {near} would earn {points}, but the places cost {cost}{unless}",
        "所需的余量用在其他线索上更值；{near} 可得 {points}，但所占余量值 {cost}{unless}",
    ),
    "rounded": Text(
        "by the prices {near} would still gain {margin}, but the plan as a whole decided otherwise; "
        "a price is an argument here, not a proof",
        "按影子价格，{near} 仍可得益{margin}，但整个方案另有取舍；此处价格只是依据，并非证明",
    ),
    "rounded_full": Text(
        "by the prices {near} would still gain {margin}, but {but}; a price is an argument here, not a proof",
        "按影子价格，{near} 仍可得益{margin}，但{but}；此处价格只是依据，并非证明",
    ),
}
"""Why a lead is unassigned, by reason."""

# -- what speaks against a rep --------------------------------------------------------------------------------------

COSTS: dict[str, Text] = {
    "hours": Text("{amount} of {rep} cost {points}, {price} each", "{rep} 的 {amount}值 {points}，每工时 {price}"),
    "hours_more": Text(
        "{amount} of {rep} cost {points}, {more} more than those of {chosen}",
        "{rep} 的 {amount}值 {points}，比 {chosen} 的多 {more}",
    ),
    "leads": Text("a place with {rep} costs {points}", "{rep} 的一个名额值 {points}"),
    "leads_more": Text(
        "a place with {rep} costs {points}, {more} more than with {chosen}",
        "{rep} 的一个名额值 {points}，比 {chosen} 的多 {more}",
    ),
    "other": Text("{rule} counts {points} against {rep}", "{rule}对 {rep} 不利，计 {points}"),
    "favours": Text("{rule} favours {chosen} by {points}", "{rule}有利于 {chosen}，计 {points}"),
}
"""What a price says against a rep."""

OTHER_TEXTS: dict[str, Text] = {
    "removed": Text("{why}, by the rule {rule}", "按规则{rule}，{why}"),
    "family": Text(
        "{rep} cannot take {because_of} of the same family: {why}, by the rule {rule}",
        "{rep} 无法接手同一客户组的 {because_of}：按规则{rule}，{why}",
    ),
    "row_full": Text("{rep} would earn {points}, but {but}", "{rep} 可得 {points}，但{but}"),
    "needed": Text("{rep} would earn {points}, but {but}", "{rep} 可得 {points}，但{but}"),
    "lower_score": Text(
        "{rep} would earn {points}, {less} less than {chosen}{term}", "{rep} 可得 {points}，比 {chosen} 少 {less}{term}"
    ),
    "better_use": Text(
        "{rep} would earn {points}, but {but}: {margin} behind {chosen} in all",
        "{rep} 可得 {points}，但{but}，合计落后 {chosen}{margin}",
    ),
    "better_use_left": Text("{rep} would earn {points}, but {but}", "{rep} 可得 {points}，但{but}"),
    "not_worth_it": Text("{rep} would earn {points}: no gain over leaving it", "{rep} 可得 {points}，不如不分配"),
    "tied": Text(
        "{rep} is as good as {chosen} here; the plan as a whole decided between the two",
        "{rep} 与 {chosen} 在此不相上下，由整个方案取舍",
    ),
    "rounded": Text(
        "by the prices {rep} would be {margin} better than {chosen}; the plan as a whole decided otherwise, "
        "for a price is an argument, not a proof",
        "按影子价格，{rep} 会比 {chosen} 好{margin}；但整个方案另有取舍，价格只是依据，并非证明",
    ),
    "chosen": Text("{rep} has it, for {points}", "正是由 {rep} 负责，得 {points}"),
}
"""Why a rep did not get the lead, by reason."""

ALSO = Text("; moreover, {why}, by the rule {rule}", "；此外，按规则{rule}，{why}")
MOSTLY = Text(", mostly in {term}: {asked} against {chosen}", "，主要差在{term}：{asked} 对 {chosen}")
HAS_IT = Text(" {chosen} has it, for {points}.", "现由 {chosen} 负责，得 {points}。")
NOBODY_HAS_IT = Text(" Nobody has it.", "目前无人负责。")
NOBODY = Text("leaving it", "不分配")
UNNAMED = Text("other leads need the room more", "其他线索更需要这些余量")
UNASSIGNED_TERM = Text("unassigned", "未分配")


SHORT: dict[str, Text] = {
    "not_worth_it": Text("nobody would gain by it", "无人因此得益"),
    "no_room": Text("nobody who would gain by it has room", "能因此得益的人都没有余量"),
    "price_too_high": Text("its places are worth more to other leads", "所需的余量用在其他线索上更值"),
    "rounded": Text("the plan as a whole decided so", "由整个方案取舍"),
}
"""The same where the record tells of no other rep."""
