"""Words and amounts of explanations, in English and Chinese; figures are written by `scenarios.amounts`."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from scenarios.amounts import few, full, money, number, percent
from scenarios.texts import Locale, Text

__all__ = [
    "EVERY_LEAD",
    "EXACT",
    "METRIC_WORDS",
    "RULE_WORDS",
    "cell",
    "joined",
    "metric_word",
    "money",
    "number",
    "percent",
    "points",
    "quantity",
    "rule_word",
    "sentence_case",
    "way_words",
]

METRIC_WORDS: dict[str, Text] = {
    "leads": Text("leads", "线索数"),
    "hours": Text("hours", "工时"),
    "value": Text("value", "金额"),
    "expected_value": Text("expected value", "期望价值"),
    "quality": Text("quality", "质量分"),
    "points": Text("points", "分"),
}
"""Metrics that every scenario knows; a column of the planner's own keeps its name."""

QUANTITIES: dict[str, Text] = {
    "leads": Text("{amount:# lead|# leads}{part}", "{amount} 条线索{part}"),
    "hours": Text("{amount:# hour|# hours}{part}", "{amount} 小时{part}"),
    "points": Text("{amount:# point|# points}{part}", "{amount} 分{part}"),
}
"""An amount of what is counted in a unit of its own."""

QUANTITY = Text("{amount} of {metric}", "{metric} {amount}")
OWN_QUANTITY = Text("{amount} {metric}", "{metric} {amount}")
"""An amount of another metric that every scenario knows, and of a column of the planner's own."""

EVERY_LEAD = "every lead has an owner"
"""Name of the rule that a plan of territories adds to those of the scenario."""
RULE_WORDS: dict[str, Text] = {
    EVERY_LEAD: Text(EVERY_LEAD, "每条线索都有归属"),
    "capacity": Text("capacity", "容量"),
    "skills": Text("skills", "技能"),
    "availability": Text("availability", "在岗"),
    "match": Text("match", "匹配"),
    "exclusion": Text("exclusion", "排除"),
    "pin": Text("pin", "指定"),
    "protection": Text("protection", "保护期"),
    "family": Text("family", "客户组"),
    "wall": Text("wall", "隔离"),
    "share": Text("share", "份额"),
    "band": Text("fair band", "公平区间"),
    "disruption": Text("disruption", "变更预算"),
    "minimum": Text("minimum", "最低保障"),
    "contiguity": Text("contiguity", "连片"),
    "balance": Text("balance", "均衡"),
    "max_min": Text("the worst-off rep", "保障最少者"),
}
"""Words for rules and goals to which the planner gave no name, and for the one rule that we add."""

WAYS: dict[str, Text] = {
    "minutes": Text("{amount:# minute|# minutes}", "{amount} 分钟"),
    "hours": Text("{amount:# hour|# hours}", "{amount} 小时"),
    "km": Text("{amount} km", "{amount} 公里"),
    "miles": Text("{amount:# mile|# miles}", "{amount} 英里"),
}
"""How far it is, by the name of the measure; another name is its own unit."""
WAY = Text("{amount} {unit}", "{amount} {unit}")

EMPTY = Text("empty", "空")
PART = Text(" ({part})", "（{part}）")
EXACT = 6
"""Figures of an amount that somebody is to type in."""


def points(value: float, locale: Locale) -> str:
    """Return an amount of points, with the word: "41.2 points"."""
    return _points(few(value), locale)


@lru_cache(maxsize=100_000)
def _points(amount: Decimal, locale: Locale) -> str:
    """Words of a figure: a million leads have a few thousand of them."""
    return QUANTITIES["points"].format(locale, amount=amount, part="")


def metric_word(metric: str, locale: Locale) -> str:
    """Return the word for a metric; `hours@Enterprise` is "hours (Enterprise)"."""
    base = metric.partition("@")[0]
    text = METRIC_WORDS.get(base)
    return (base if text is None else text.format(locale)) + _part(metric, locale)


def _part(metric: str, locale: Locale) -> str:
    part = metric.partition("@")[2]
    return PART.format(locale, part=part) if part else ""


def rule_word(name: str, locale: Locale) -> str:
    """Return a rule's name in quotes; a rule without one goes by its kind."""
    kind, _, count = name.rpartition(" ")
    text = RULE_WORDS.get(name) or (RULE_WORDS.get(kind) if count.isdigit() else None)
    if text is None:
        return f"“{name}”"
    word = text.format(locale)
    return f"“{word} {count}”" if count.isdigit() and name not in RULE_WORDS else f"“{word}”"


def cell(value: object, locale: Locale) -> str:
    """Return a fact of a detail: a number, a word, or "empty"."""
    if value is None or value == "":
        return EMPTY.format(locale)
    return number(value, locale) if isinstance(value, float | int) else str(value)


def quantity(value: float, metric: str, locale: Locale, *, currency: str = "", figures: int | None = None) -> str:
    """Return an amount of a metric, with its unit: "1 lead", "9 hours (Enterprise)", "26,475 of value".

    Parameters
    ----------
    currency : str
        That of the metric, where it is money: "€26,475".
    figures : int, optional
        How many to give; None: the few that people read.
    """
    amount = few(value) if figures is None else full(value, figures)
    base, part = metric.partition("@")[0], _part(metric, locale)
    if currency:
        return money(float(amount), currency, locale) + part
    if base in QUANTITIES:
        return QUANTITIES[base].format(locale, amount=amount, part=part)
    form = QUANTITY if base in METRIC_WORDS else OWN_QUANTITY
    return form.format(locale, amount=amount, metric=metric_word(metric, locale))


def way_words(way: float, unit: str, locale: Locale, *, brackets: bool = False) -> str:
    """Return how far it is: "42 minutes", or " (42 minutes)"."""
    text = WAYS.get(unit.casefold(), WAY).format(locale, amount=few(way), unit=unit)
    return PART.format(locale, part=text) if brackets else text


def sentence_case(text: str, name: str) -> str:
    """Return a sentence with a capital at its start, unless it starts with a name."""
    return text if text.startswith(name) else text[:1].upper() + text[1:]


def joined(parts: list[str], locale: Locale) -> str:
    """Return a list in a sentence."""
    return ("、" if locale == "zh-CN" else ", ").join(parts)
