"""Sentences about one rep, made from the record alone, in English and Chinese."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from scenarios.texts import Locale
from solver.explain import rep_texts as texts
from solver.explain.others import MONEY
from solver.explain.sentences import sentence
from solver.explain.words import joined, number, points, quantity, rule_word

Record = Mapping[str, Any]

SMALL = 0.05
"""A gap of no more than this part of a price makes no difference that is worth a word."""
STOPS = 3
"""Reasons why a rep has not more that are told of in words."""


def rep_sentences(record: Record, locale: Locale) -> list[str]:
    """Return why a rep has this load, and why not more, from what `Explainer.rep` returns.

    The last sentences, as many as there are in `missed`, are each about one lead that the rep did not get.
    """
    missed = [texts.MISSED.format(locale, lead=each["lead"], why=sentence(each, locale)) for each in record["missed"]]
    return [*_has(record, locale), *_loads(record, locale), *_rules(record, locale), *_more(record, locale), *missed]


def _has(record: Record, locale: Locale) -> list[str]:
    """Return how many leads the rep gets, and why these."""
    rep = record["rep"]
    lines = []
    if record["leads"]:
        new = record["leads"] - record["kept"]
        score = points(record["score"], locale)
        lines.append(
            texts.GETS.format(locale, rep=rep, leads=record["leads"], score=score, kept=record["kept"], new=new)
        )
    else:
        lines.append(texts.NOTHING.format(locale, rep=rep))
    if record["lost"]:
        lines.append(texts.LOST.format(locale, rep=rep, lost=record["lost"]))
    if record["reasons"]:
        reasons = [texts.REASON_TEXTS[code].format(locale, count=count) for code, count in record["reasons"].items()]
        lines.append(texts.REASONS.format(locale, reasons=_listed(reasons, locale)))
    return lines


def _listed(parts: list[str], locale: Locale) -> str:
    return ("；" if locale == "zh-CN" else "; ").join(parts)


# -- what the rep holds -----------------------------------------------------------------------------------------------


def _loads(record: Record, locale: Locale) -> list[str]:
    """Return what the rep holds of each metric that is bounded, or fairly shared."""
    told = []
    for load in record["loads"]:
        amounts = {
            name: _amount(load[name], load["metric"], record, locale)
            for name in ("load", "target", "lower", "upper")
            if load[name] is not None
        }
        bounds = [texts.BOUNDS["target"].format(locale, target=amounts["target"])] if "target" in amounts else []
        sides = [name for name in ("lower", "upper") if name in amounts]
        if sides:
            text = texts.BOUNDS["both" if len(sides) == 2 else sides[0]]
            bounds.append(text.format(locale, **{name: amounts[name] for name in sides}))
        if bounds:
            bound = ("，" if locale == "zh-CN" else ", ").join(bounds)
            told.append(texts.WITH.format(locale, load=amounts["load"], bounds=bound))
    return [texts.HOLDS.format(locale, rep=record["rep"], loads=_listed(told, locale))] if told else []


def _rules(record: Record, locale: Locale) -> list[str]:
    """Return each bound that binds, and what a unit of it is worth."""
    lines = [_bound(rule, record, locale) for rule in record["rules"] if rule["binds"] is not None]
    for share in record["shares"]:
        if share["price"]:
            side = "upper" if share["price"] > 0 else "lower"
            units = unit_of(max(share["load"], share["lower"] or 0.0, share["upper"] or 0.0))
            unit = _amount(units, share["metric"], record, locale)
            price = points(units * abs(share["price"]), locale)
            word = rule_word(share["rule"], locale)
            lines.append(texts.SHARE[side].format(locale, rule=word, rep=record["rep"], unit=unit, price=price))
    return lines or [texts.FREE.format(locale, rep=record["rep"])]


def _bound(rule: Record, record: Record, locale: Locale) -> str:
    side, metric, word = rule["side"], rule["metric"], rule_word(rule["rule"], locale)
    fields: dict[str, object] = {
        "rule": word,
        "group": rule["group"],
        "limit": _amount(rule["limit"], metric, record, locale),
    }
    money = metric.partition("@")[0] in MONEY and record["currency"]
    fields["load"] = _amount(rule["load"], metric, record, locale) if money else number(rule["load"], locale)
    if rule["binds"] == "full":
        return texts.FULL[side].format(locale, **fields)
    head = texts.BINDS["group" if rule["kind"] == "wall" else side].format(locale, **fields)
    units = unit_of(rule["limit"])
    price = units * abs(rule["price"])
    still_open = rule["looser_gains_at_most"] - abs(rule["price"])
    short = still_open > SMALL * price
    tail = texts.WORTH[f"{side} by price" if short else side].format(
        locale,
        unit=_amount(units, metric, record, locale),
        price=points(price, locale),
        gain=points(price + still_open, locale),
        cost=points(max(price - still_open, 0.0), locale),
    )
    text = head + ("" if locale == "zh-CN" else " ") + tail
    return text if rule["tier"] == 1 else texts.IN_TIER.format(locale, tier=rule["tier"], text=text)


def unit_of(limit: float) -> float:
    """Return how much of a metric to give a price for: one, or about a tenth of what is in thousands."""
    size = abs(limit)
    return 10.0 ** (math.floor(math.log10(size)) - 1) if size >= 1000 else 1.0


def _amount(value: float, metric: str, record: Record, locale: Locale) -> str:
    currency = record["currency"] if metric.partition("@")[0] in MONEY else ""
    return quantity(value, metric, locale, currency=currency)


# -- why not more -----------------------------------------------------------------------------------------------------


def _more(record: Record, locale: Locale) -> list[str]:
    """Return how the other leads divide, and what stops the rep from having more."""
    more, rep = record["more"], record["rep"]
    parts = []
    for name, text in texts.PARTS.items():
        if more[name]:
            counts = [
                texts.RULE_COUNT.format(locale, rule=rule_word(rule, locale), count=count)
                for rule, count in list(more["removed"].items())[:STOPS]
            ]
            rules = texts.RULES.format(locale, counts=joined(counts, locale)) if counts else ""
            gain = points(more["points"], locale)
            parts.append(text.format(locale, count=more[name], rep=rep, rules=rules, points=gain))
    lines = []
    if parts:
        lines.append(texts.DIVIDE.format(locale, others=more["others"], parts=_listed(parts, locale)))
    if not more["stops"]:
        why = texts.MORE_TEXTS[more["reason"]].format(locale, rep=rep)
    else:
        stops = [_stop(stop, rep, locale) for stop in more["stops"][:STOPS]]
        why = _listed(stops, locale)
        if more["tested"] < more["better_here"]:
            why += texts.TESTED.format(locale, tested=more["tested"])
    return [*lines, texts.MORE.format(locale, why=why)]


def _stop(stop: Record, rep: str, locale: Locale) -> str:
    reason = stop["reason"]
    special = f"{reason} {stop['kind']}" if stop["rule"] else f"{reason}_plain"
    text = texts.MORE_TEXTS.get(special, texts.MORE_TEXTS[reason])
    why = text.format(locale, rep=rep, rule=rule_word(stop["rule"] or "", locale))
    return texts.STOP.format(
        locale, why=why, leads=stop["leads"], points=points(stop["points"], locale), best=stop["best"]
    )
