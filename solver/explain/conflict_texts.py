"""The sentences about conflicts and ways out, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.amounts import full, percent, written
from scenarios.texts import Locale, Text
from solver.explain.words import EXACT, QUANTITIES, metric_word, quantity, rule_word

LISTED = 8
"""A sentence names this many leads or reps; the record names all."""
LARGEST = 2
"""And the amounts of this many leads that are too large."""

RELAXATION_TEXTS = {
    "raise_capacity": Text(
        "raise the capacity of {rep} from {before} to {after}",
        "将 {rep} 的容量从 {before} 提高到 {after}",
    ),
    "lower_minimum": Text(
        "lower the minimum of {rep} from {before} to {after} ({rule})",
        "将 {rep} 的最低保障从 {before} 降到 {after}（{rule}）",
    ),
    "lower_minimum to nothing": Text(
        "drop the minimum of {now} for {rep} ({rule})",
        "取消 {rep} 的最低保障 {now}（{rule}）",
    ),
    "lower_floor": Text(
        "lower the floor of {rule} from {before} to {after}",
        "将 {rule} 的下限从 {before} 降到 {after}",
    ),
    "raise_ceiling": Text(
        "raise the ceiling of {rule} from {before} to {after}",
        "将 {rule} 的上限从 {before} 提高到 {after}",
    ),
    "widen_band": Text(
        "widen the fair band {rule} from ±{before} to ±{after}",
        "将公平区间 {rule} 从 ±{before} 放宽到 ±{after}",
    ),
    "raise_budget": Text(
        "raise the budget of {rule} from {before} to {after}",
        "将 {rule} 的变更预算从 {before} 提高到 {after}",
    ),
    "drop_skill": Text("drop the skill {skill} on {leads}", "取消 {leads} 的技能要求 {skill}"),
    "except_leads": Text("make an exception from {rule} for {leads}", "对 {leads} 不执行 {rule}"),
    "except_leads from pin": Text("release the pin of {leads} ({rule})", "解除 {leads} 的指定（{rule}）"),
    "except_leads from protection": Text(
        "end the protection of {leads} ({rule})", "提前结束 {leads} 的保护期（{rule}）"
    ),
    "except_leads from family": Text("let {leads} leave the family ({rule})", "允许 {leads} 脱离客户组（{rule}）"),
    "except_leads from wall": Text(
        "let {leads} share an owner with a competitor ({rule})",
        "允许 {leads} 与其竞争对手归属同一人（{rule}）",
    ),
    "drop_rule": Text("drop {rule}", "取消 {rule}"),
}

CLASH_TEXTS = {
    "capacity": Text("{rule} limits what {reps} can take", "{rule} 限制了 {reps} 的容量"),
    "skills": Text("{rule} asks for skills on {leads}", "{rule} 对 {leads} 有技能要求"),
    "availability": Text("{rule} keeps {leads} from reps who are away", "{rule} 不允许 {leads} 归属于不在岗的销售"),
    "match": Text("{rule} keeps {leads} from reps who do not match", "{rule} 不允许 {leads} 归属于不匹配的销售"),
    "exclusion": Text("{rule} keeps {leads} from some reps", "{rule} 把 {leads} 与某些销售排除开"),
    "pin": Text("{rule} pins {leads}", "{rule} 指定了 {leads} 的归属"),
    "protection": Text("{rule} protects {leads} for the owner", "{rule} 为归属人保护 {leads}"),
    "family": Text("{rule} keeps {leads} together", "{rule} 要求 {leads} 归属同一人"),
    "wall": Text(
        "{rule} keeps {leads} from reps who serve a competitor", "{rule} 不允许 {leads} 与其竞争对手归属同一人"
    ),
    "share": Text("{rule} sets the share of some reps", "{rule} 规定了部分销售的份额"),
    "band": Text("{rule} keeps loads near the fair target", "{rule} 要求负载接近公平目标"),
    "disruption": Text("{rule} limits how much may change owner", "{rule} 限制了变更的数量"),
    "minimum": Text("{rule} promises a minimum to {reps}", "{rule} 保证了 {reps} 的最低量"),
    "contiguity": Text("{rule} keeps each territory in one piece", "{rule} 要求每个区域连成一片"),
}

TOO_LARGE = Text(
    "{lead} alone is {amount}, and there is room for {most} at most",
    "仅 {lead} 一条就有 {amount}，而最多只能容纳 {most}",
)
MORE_TOO_LARGE = Text("{count:# more lead is|# more leads are} too large", "另有 {count} 条线索过大")
ASIDE = Text("{rule} ({remark})", "{rule}（{remark}）")

NO_RULES = Text(
    "It is not proved that the rules are in conflict: the limit ran out first.",
    "在限制内未能证明规则之间存在冲突。",
)
PROVED = Text(
    "These rules cannot hold together, and without any one of them the others could: {rules}.",
    "以下规则不能同时成立，去掉其中任何一条，其余即可成立：{rules}。",
)
ALONE = Text(
    "This rule cannot hold, even without any other: {rules}.", "即使没有其他规则，以下规则本身也不能成立：{rules}。"
)
UNPROVED = Text(
    "These rules cannot hold together; whether each of them is needed for that is not proved: {rules}.",
    "以下规则不能同时成立；是否每一条都必不可少尚未证明：{rules}。",
)
WAY_OUT = Text("Way out {number}: {steps}.", "出路 {number}：{steps}。")
MORE_STEPS = Text("make {count:# more change|# more changes} of this kind", "再做 {count} 处类似的调整")
NO_WAY_OUT = Text("No way out was found.", "未找到出路。")

SIZED = Text("{amount} of {metric}", "{amount}（{metric}）")
NOUN = Text("lead", "线索")
LEADS = Text("leads {names}", "线索 {names}")
LEAD = Text("lead {names}", "线索 {names}")
MORE = Text("{names} and {more} more", "{names} 等（另有 {more} 个）")
ALL_LEADS = Text("all its leads", "其全部线索")
ALL_REPS = Text("all its reps", "其全部销售")


def clash_words(clash: Mapping[str, Any], locale: Locale) -> str:
    """Return what a rule in a conflict asks, from its record, as a part of a sentence."""
    rule = CLASH_TEXTS[clash["kind"]].format(
        locale,
        rule=rule_word(clash["rule"], locale),
        leads=lead_words(clash.get("leads", ()), locale),
        reps=rep_words(clash.get("reps", ()), locale),
    )
    large = clash.get("too_large", ())
    return ASIDE.format(locale, rule=rule, remark=_large_words(large, locale)) if large else rule


def _large_words(large: Sequence[Mapping[str, Any]], locale: Locale) -> str:
    """Return which leads are more than a rule leaves room for: the largest in amounts, the rest counted."""
    largest = sorted(large, key=lambda lead: -lead["amount"])[:LARGEST]
    parts = [
        TOO_LARGE.format(
            locale,
            lead=lead["lead"],
            amount=quantity(lead["amount"], lead["metric"], locale),
            most=quantity(lead["most"], lead["metric"], locale),
        )
        for lead in largest
    ]
    if len(large) > len(largest):
        parts.append(MORE_TOO_LARGE.format(locale, count=len(large) - len(largest)))
    return ("；" if locale == "zh-CN" else "; ").join(parts)


def change_words(change: Mapping[str, Any], locale: Locale) -> str:
    """Return what a relaxation does, from its record, as a part of a sentence."""
    metric: str = change.get("metric", "")
    before, after = change.get("before", 0.0), change.get("after", 0.0)
    if change["code"] in ("lower_floor", "raise_ceiling", "widen_band"):
        told = [percent(amount, locale, EXACT) for amount in (before, after)]
        amounts = {"before": told[0], "after": told[1]}
    elif "before" in change:
        amounts = {
            "before": written(full(before, EXACT), locale),
            "now": _sized(before, metric, locale),
            "after": _sized(after, metric, locale),
        }
    else:
        amounts = {}
    return _text(change).format(
        locale,
        rule=rule_word(change["rule"], locale),
        rep=change.get("rep", ""),
        skill=change.get("skill", ""),
        leads=lead_words(change.get("leads", ()), locale),
        **amounts,
    )


def _sized(amount: float, metric: str, locale: Locale) -> str:
    """Return an amount as people type it in, with its unit behind it."""
    if metric.partition("@")[0] in QUANTITIES:
        return quantity(amount, metric, locale, figures=EXACT)
    return SIZED.format(locale, amount=full(amount, EXACT), metric=metric_word(metric, locale))


def _text(change: Mapping[str, Any]) -> Text:
    """Return the special text for the case, or else that of the code."""
    special = {
        "lower_minimum": "lower_minimum to nothing" if change.get("after", 1.0) <= 0 else "",
        "except_leads": f"except_leads from {change['kind']}",
    }
    code = change["code"]
    return RELAXATION_TEXTS.get(special.get(code, ""), RELAXATION_TEXTS[code])


def lead_words(leads: Sequence[str], locale: Locale) -> str:
    """Return `lead L1`, or `leads L1, L2, ...`; no leads stand for all that the rule means."""
    if not leads:
        return ALL_LEADS.format(locale)
    names = listed(leads, locale)
    if names.startswith(NOUN.format(locale)):  # such as 线索-07, which says itself what it is
        return names
    return (LEAD if len(leads) == 1 else LEADS).format(locale, names=names)


def rep_words(reps: Sequence[str], locale: Locale) -> str:
    """Return the reps' names; none stand for all that the rule means."""
    return listed(reps, locale) if reps else ALL_REPS.format(locale)


def listed(names: Sequence[str], locale: Locale) -> str:
    """Return the first few names, and how many more there are."""
    first = ("、" if locale == "zh-CN" else ", ").join(names[:LISTED])
    return first if len(names) <= LISTED else MORE.format(locale, names=first, more=len(names) - LISTED)


def joined(parts: Sequence[str], locale: Locale) -> str:
    """Return parts of a sentence joined by `and`."""
    if locale == "zh-CN":
        return parts[0] if len(parts) == 1 else "，".join(parts[:-1]) + "，并" + parts[-1]
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
