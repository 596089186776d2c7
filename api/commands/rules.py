"""`plumbline rules`: what each rule of a plan costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Line

from api.commands.terminal import Refusal, console, print_json
from api.commands.why import open_plan
from api.rule_costs import sentences
from api.summary_words import headed, indented, plain_table
from scenarios.amounts import number
from scenarios.texts import Locale, Text
from solver.explain.words import rule_word
from solver.limits import Limits

_HEADS = {
    "rule": Text("rule", "规则"),
    "by_prices": Text("by the prices", "按影子价格"),
    "at_most": Text("at most", "至多"),
    "solved": Text("solved again", "重新求解"),
}
_TITLE = Text("What a plan could gain without each rule, in points", "去掉每条规则，方案可增加的分数")
_FREE = Text("Without cost: {rules}.", "没有代价的规则：{rules}。")
_NONE = Text("The scenario has no rules.", "场景没有规则。")
_TIER = Text("{figure} (tier {tier})", "{figure}（优先级 {tier}）")
_NO_PLAN = Text("no plan", "无可行方案")
_OPEN = Text("not decided", "未判定")
_RANGE = Text("{least} to {most}", "{least} 至 {most}")


def tell_rules(folder: Path, limits: Limits | None, as_json: bool, locales: Sequence[Locale]) -> None:
    """Print what each rule costs by the prices; with limits, solve again without each, and with one unit of slack.

    Raises
    ------
    Refusal
        If the folder cannot be read, or a rep has an id that no rule can name.
    """
    locale = locales[0]
    scenario, result, explainer = open_plan(folder, locale)
    if limits is None:
        records = [price.record() for price in explainer.rule_prices()]
    else:
        from solver.explain.rule_trials import verify_rules

        try:
            records = [cost.record() for cost in verify_rules(scenario, result, limits)]
        except ValueError as fault:  # an id that the search cannot speak of
            raise Refusal(str(fault)) from fault
    texts = [{each: sentences(record, scenario, each) for each in locales} for record in records]
    if as_json:
        told = [{"record": record, "text": text} for record, text in zip(records, texts, strict=True)]
        print_json(orjson.dumps({"rules": told}, option=orjson.OPT_INDENT_2))
        return
    if not records:
        console().print(_NONE.format(locale))
        return
    parts: list[RenderableType] = [Line(_TITLE.format(locale), "bold cyan"), indented(_table(records, locale))]
    for record, text in zip(records, texts, strict=True):
        if not _is_free(record):
            lines = Group(*(Line(sentence) for sentence in text[locale]))
            parts += [Line(""), headed(rule_word(record["rule"], locale), lines)]
    free = [rule_word(record["rule"], locale) for record in records if _is_free(record)]
    if free:
        names = ("、" if locale == "zh-CN" else ", ").join(free)
        parts += [Line(""), Line(_FREE.format(locale, rules=names))]
    console().print(Group(*parts))


def _is_free(record: dict[str, Any]) -> bool:
    """Tell whether it is proved that a rule costs nothing."""
    verdict = record["solved"]["verdict"] if "solved" in record else record["verdict"]
    return verdict in ("free", "none")


def _table(records: list[dict[str, Any]], locale: Locale) -> Table:
    solved = any("solved" in record for record in records)
    columns = [name for name in _HEADS if solved or name != "solved"]
    table = plain_table(*(_HEADS[name].format(locale) for name in columns))
    for record in records:
        cells = [rule_word(record["rule"], locale), *(_in_tier(record, record[name], locale) for name in columns[1:3])]
        if solved:
            cells.append(_solved(record, locale))
        table.add_row(*cells)
    return table


def _in_tier(record: dict[str, Any], value: float, locale: Locale) -> str:
    figure = number(value, locale)
    return _TIER.format(locale, figure=figure, tier=record["tier"]) if record["tiers"] > 1 and value else figure


def _solved(record: dict[str, Any], locale: Locale) -> str:
    trial = record["solved"]
    if trial["verdict"] == "no_plan":
        return _NO_PLAN.format(locale)
    if trial["gain_between"] is None:
        return _OPEN.format(locale)
    least, most = (number(value, locale) for value in trial["gain_between"])
    value = trial["gain"]
    figure = _RANGE.format(locale, least=least, most=most) if value is None else number(value, locale)
    tiers = record["tiers"] > 1 and trial["verdict"] != "none"
    return _TIER.format(locale, figure=figure, tier=trial["tier"]) if tiers else figure
