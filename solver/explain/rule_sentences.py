"""Sentences about what rules cost, made from their records alone, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenarios.texts import Locale, Text
from solver.explain import rule_texts as texts
from solver.explain.conflict_texts import change_words
from solver.explain.others import MONEY
from solver.explain.words import metric_word, points, quantity, rule_word

Record = Mapping[str, Any]

SMALL = 0.05
"""A gap of no more than this part of what the prices say makes no difference that is worth a word."""
MANY = 1000.0
"""Money is told of by so many units."""


def rule_sentences(record: Record, locale: Locale, currency: str = "") -> list[str]:
    """Return what a rule costs, why, and what one unit of slack brings.

    Parameters
    ----------
    record : mapping
        Of a `RulePrice`, or of a `RuleCost` that was solved again.
    currency : str
        That of the scenario.
    """
    lines = [_gain(record, texts.PRICED, texts.SOLVED, locale, rule=rule_word(record["rule"], locale))]
    if record["leads"]:
        lines.append(texts.LEADS.format(locale, leads=record["leads"]))
    if record["dearest"] is not None:
        lines.append(_rows(record, locale, currency))
    slack = record["slack"]
    if slack is not None:
        change = texts.SLACK.format(locale, change=change_words(slack["change"], locale))
        lines.append(_joined([change, _gain(slack, texts.SLACK_PRICED, texts.SLACK_SOLVED, locale)], locale))
    return lines


def _gain(record: Record, priced: Mapping[str, Text], solved: Mapping[str, Text], locale: Locale, **fields: str) -> str:
    """Return what a change gains: what solving again has proved, or else what the prices have."""
    verdict, trial = record.get("verdict", "costs"), record.get("solved")
    told = []
    if trial is None or verdict == "free" or (trial["gain_between"] is None and trial["verdict"] != "no_plan"):
        told.append(_priced(record, verdict, priced, locale, **fields))
    if trial is not None and not (verdict == "free" and trial["verdict"] == "none"):
        told.append(_solved(trial, solved, locale, **fields))
    last = record if trial is None else trial
    if record["tiers"] > 1 and last.get("verdict") not in ("free", "none") and last["tier"] is not None:
        told.append(texts.IN_TIER.format(locale, tier=last["tier"]))
    return _joined(told, locale)


def _joined(told: list[str], locale: Locale) -> str:
    return ("" if locale == "zh-CN" else " ").join(told)


def _priced(record: Record, verdict: str, told: Mapping[str, Text], locale: Locale, **fields: str) -> str:
    by_prices, at_most = record["by_prices"], record["at_most"]
    still_open = max(at_most - by_prices, 0.0)
    if verdict == "costs" and still_open > SMALL * by_prices:
        verdict = "costs with a gap"
    figures = {"by_prices": by_prices, "at_most": at_most, "open": still_open}
    return told[verdict].format(locale, **{name: points(value, locale) for name, value in figures.items()}, **fields)


def _solved(trial: Record, told: Mapping[str, Text], locale: Locale, **fields: str) -> str:
    verdict, gain, between = trial["verdict"], trial["gain"], trial["gain_between"]
    if verdict == "undecided" and between is None:
        verdict = "unknown"
    elif verdict == "undecided" and not trial["found"]:
        verdict = "undecided and even"
    elif verdict in ("gain", "loss") and gain is None:
        verdict += " in a range"
    least, most = between or (0.0, 0.0)
    found = trial["found"] or 0.0
    figures = {"gain": gain or 0.0, "least": least, "most": most, "loss": -most, "loss_most": -least, "found": found}
    if gain is not None:
        figures["loss"] = -gain
    return told[verdict].format(locale, **{name: points(value, locale) for name, value in figures.items()}, **fields)


def _rows(record: Record, locale: Locale, currency: str) -> str:
    row = record["dearest"]
    metric = row["metric"]
    if row["group"]:
        of = texts.OF_GROUP
    elif row["rep"] is None:
        of = texts.OF_ALL
    else:
        of = texts.OF_REP if row["upper"] else texts.OF_REP_LOWER
    money = metric.partition("@")[0] in MONEY
    unit = MANY if money else 1.0
    return (texts.ROW if record["rows"] == 1 else texts.ROWS).format(
        locale,
        rows=record["rows"],
        of=of.format(locale, rep=row["rep"], group=row["group"], metric=metric_word(metric, locale)),
        unit=quantity(unit, metric, locale, currency=currency if money else ""),
        price=points(unit * abs(row["price"]), locale),
    )
