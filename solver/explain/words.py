"""Words and numbers of explanations: rounded for people, in English and Chinese."""

from __future__ import annotations

from scenarios.texts import Locale, Text

METRIC_WORDS: dict[str, Text] = {
    "leads": Text("leads", "线索数"),
    "hours": Text("hours", "工时"),
    "value": Text("value", "金额"),
    "expected_value": Text("expected value", "期望价值"),
    "quality": Text("quality", "质量分"),
    "points": Text("points", "分"),
}
"""Metrics that every scenario knows; a column of the planner's own keeps its name."""

COUNTED = ("leads", "hours")
"""Metrics whose word is a plural."""

RULE_WORDS: dict[str, Text] = {
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
    "balance": Text("balance", "均衡"),
    "max_min": Text("the worst-off rep", "保障最少者"),
}
"""Words for rules and goals to which the planner gave no name."""

NOTHING = Text("none", "无")


def number(value: float) -> str:
    """Return a number for people: three or four figures, no noise, thousands separated."""
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 9.95:
        return f"{value:.1f}".removesuffix(".0")
    if size < 1e-6:
        return "0"
    text = f"{value:.2g}"
    return text if "e" not in text else f"{value:.8f}".rstrip("0")


def points(value: float, locale: Locale) -> str:
    """Return an amount of points, with the word: "41.2 points"."""
    figure = number(value)
    if locale == "zh-CN":
        return f"{figure} 分"
    return f"{figure} point" if figure in ("1", "-1") else f"{figure} points"


def metric_word(metric: str, locale: Locale, count: float = 2.0) -> str:
    """Return the word for a metric, for a count of it; `hours@Enterprise` is "hours (Enterprise)"."""
    base, at, segment = metric.partition("@")
    text = METRIC_WORDS.get(base)
    word = text.format(locale) if text is not None else base
    if count == 1.0 and locale == "en" and base in COUNTED:
        word = word.removesuffix("s")
    if not at:
        return word
    return f"{word}（{segment}）" if locale == "zh-CN" else f"{word} ({segment})"


def rule_word(name: str, locale: Locale) -> str:
    """Return a rule's name in quotes; a rule without one goes by its kind."""
    kind, _, count = name.rpartition(" ")
    text = RULE_WORDS.get(name) or (RULE_WORDS.get(kind) if count.isdigit() else None)
    if text is None:
        return f"“{name}”"
    word = text.format(locale)
    return f"“{word} {count}”" if count.isdigit() and name not in RULE_WORDS else f"“{word}”"


def cell(value: object, locale: Locale) -> str:
    """Return a fact of a detail: a number, a word, or "none"."""
    if value is None or value == "":
        return NOTHING.format(locale)
    return number(value) if isinstance(value, float | int) else str(value)


def quantity(value: float, metric: str, locale: Locale) -> str:
    """Return an amount of a metric, with its unit: "1 lead", "9 hours", "26,475 of value"."""
    base = metric.partition("@")[0]
    figure = number(value)
    if locale == "zh-CN":
        units = {"leads": "条线索", "hours": "工时"}
        return f"{figure} {units[base]}" if base in units else f"{metric_word(metric, locale)} {figure}"
    if base in COUNTED:
        return f"{figure} {metric_word(base, locale, 1.0 if figure == '1' else 2.0)}"
    return f"{figure} of {metric_word(metric, locale)}"


def sentence_case(text: str, name: str) -> str:
    """Return a sentence with a capital at its start, unless it starts with a name."""
    return text if text.startswith(name) else text[:1].upper() + text[1:]


def joined(parts: list[str], locale: Locale) -> str:
    """Return a list in a sentence."""
    return ("、" if locale == "zh-CN" else ", ").join(parts)
