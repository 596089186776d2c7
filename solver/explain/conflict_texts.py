"""The sentences about conflicts and ways out, in English and Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.texts import Locale, Text

LISTED = 8
"""A sentence names this many leads or reps; the record names all."""

METRIC_WORDS = {
    "leads": Text("leads", "线索数"),
    "hours": Text("hours", "工时"),
    "value": Text("value", "金额"),
    "expected_value": Text("expected value", "预期金额"),
    "quality": Text("quality", "质量分"),
}

RELAXATION_TEXTS = {
    "raise_capacity": Text(
        "raise the capacity of {rep} from {before} to {after} {metric}",
        "将 {rep} 的{metric}容量从 {before} 提高到 {after}",
    ),
    "lower_minimum": Text(
        "lower the minimum of {rep} from {before} to {after} {metric} (“{rule}”)",
        "将 {rep} 的最低{metric}从 {before} 降到 {after}（“{rule}”）",
    ),
    "lower_minimum to nothing": Text(
        "drop the minimum of {before} {metric} for {rep} (“{rule}”)",
        "取消 {rep} 的最低{metric} {before}（“{rule}”）",
    ),
    "lower_floor": Text(
        "lower the floor of “{rule}” from {before} to {after}",
        "将“{rule}”的下限从 {before} 降到 {after}",
    ),
    "raise_ceiling": Text(
        "raise the ceiling of “{rule}” from {before} to {after}",
        "将“{rule}”的上限从 {before} 提高到 {after}",
    ),
    "widen_band": Text(
        "widen the fair band “{rule}” from ±{before} to ±{after}",
        "将公平区间“{rule}”从 ±{before} 放宽到 ±{after}",
    ),
    "raise_budget": Text(
        "let up to {after} instead of {before} {metric} change owner (“{rule}”)",
        "将允许变更归属的{metric}从 {before} 提高到 {after}（“{rule}”）",
    ),
    "drop_skill": Text("drop {skill} on {leads}", "{leads} 不再要求技能 {skill}"),
    "except_leads": Text("make an exception from “{rule}” for {leads}", "对{leads} 不执行“{rule}”"),
    "except_leads from pin": Text("release the pin of {leads} (“{rule}”)", "解除{leads} 的指定（“{rule}”）"),
    "except_leads from protection": Text(
        "end the protection of {leads} (“{rule}”)", "提前结束{leads} 的保护期（“{rule}”）"
    ),
    "except_leads from family": Text("let {leads} leave the family (“{rule}”)", "允许{leads} 脱离客户组（“{rule}”）"),
    "except_leads from wall": Text(
        "let {leads} share an owner with a competitor (“{rule}”)",
        "允许{leads} 与其竞争对手归属同一人（“{rule}”）",
    ),
    "drop_rule": Text("drop “{rule}”", "取消“{rule}”"),
}

CLASH_TEXTS = {
    "capacity": Text("“{rule}” limits what {reps} can take", "“{rule}”限制了 {reps} 的容量"),
    "skills": Text("“{rule}” asks for skills on {leads}", "“{rule}”对{leads} 有技能要求"),
    "availability": Text("“{rule}” keeps {leads} from reps who are away", "“{rule}”不允许{leads} 归属于缺席的销售"),
    "match": Text("“{rule}” asks that {leads} match their owner", "“{rule}”要求{leads} 与归属人匹配"),
    "exclusion": Text("“{rule}” keeps {leads} from some reps", "“{rule}”把{leads} 与某些销售排除开"),
    "pin": Text("“{rule}” pins {leads}", "“{rule}”指定了{leads} 的归属"),
    "protection": Text("“{rule}” protects {leads} for the owner", "“{rule}”为归属人保护{leads}"),
    "family": Text("“{rule}” keeps {leads} together", "“{rule}”要求{leads} 归属同一人"),
    "wall": Text("“{rule}” keeps {leads} apart as competitors", "“{rule}”要求隔离互相竞争的{leads}"),
    "share": Text("“{rule}” sets the share of some reps", "“{rule}”规定了部分销售的份额"),
    "band": Text("“{rule}” keeps loads near the fair target", "“{rule}”要求负载接近公平目标"),
    "disruption": Text("“{rule}” limits how much changes owner", "“{rule}”限制了变更的数量"),
    "minimum": Text("“{rule}” promises a minimum to {reps}", "“{rule}”保证了 {reps} 的最低量"),
}

NO_RULES = Text(
    "It is not proved that the rules are in conflict: the limit ran out first.",
    "在限制内未能证明规则之间存在冲突。",
)
PROVED = Text(
    "These rules cannot hold together, and without any one of them they could: {rules}.",
    "以下规则不能同时成立，去掉其中任何一条则可以：{rules}。",
)
UNPROVED = Text(
    "These rules cannot hold together; whether each of them is needed for that is not proved: {rules}.",
    "以下规则不能同时成立；是否每一条都必不可少尚未证明：{rules}。",
)
WAY_OUT = Text("Way out {number}: {steps}.", "出路 {number}：{steps}。")
MORE_STEPS = Text("make {count} more changes of this kind", "再做 {count} 处类似的调整")
NO_WAY_OUT = Text("No way out was found.", "未找到出路。")

LEADS = Text("leads {names}", "线索 {names}")
LEAD = Text("lead {names}", "线索 {names}")
MORE = Text("{names} and {more} more", "{names} 等（另有 {more} 个）")
ALL_LEADS = Text("all its leads", "其全部线索")
ALL_REPS = Text("all its reps", "其全部销售")


def relaxation_text(code: str, kind: str, after: float | None) -> Text:
    """Return the text of a relaxation: the special one for the case, or that of its code."""
    special = {
        "lower_minimum": "lower_minimum to nothing" if after is not None and after <= 0 else "",
        "except_leads": f"except_leads from {kind}",
    }
    return RELAXATION_TEXTS.get(special.get(code, ""), RELAXATION_TEXTS[code])


def metric_word(metric: str, locale: Locale) -> str:
    """Return the word for a metric, or for `metric@segment`; a column of the planner's is its own word."""
    name, at, segment = metric.partition("@")
    word = METRIC_WORDS[name].format(locale) if name in METRIC_WORDS else name
    return word + at + segment


def amount_text(amount: float | None, share: bool) -> str:
    """Return a number as people write it, a share in per cent."""
    if amount is None:
        return ""
    return f"{100 * amount:,.6g} %" if share else f"{amount:,.6g}"


def lead_words(leads: Sequence[str], locale: Locale) -> str:
    """Return `lead L1`, or `leads L1, L2, ...`; no leads stand for all that the rule means."""
    if not leads:
        return ALL_LEADS.format(locale)
    return (LEAD if len(leads) == 1 else LEADS).format(locale, names=listed(leads, locale))


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
        return "，并".join(parts)
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
