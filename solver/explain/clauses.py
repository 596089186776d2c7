"""Clauses: the parts of which sentences about leads are made, each from a part of a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.texts import Locale, Text
from solver.explain import explain_texts as texts
from solver.explain.conflict_texts import MORE_STEPS, change_words
from solver.explain.conflict_texts import joined as joined_by_and
from solver.explain.words import (
    QUANTITIES,
    cell,
    joined,
    metric_word,
    number,
    points,
    quantity,
    rule_word,
    way_words,
)
from solver.goals import GOAL_MATHS
from solver.pairs import Bools, Floats
from solver.rules import RULE_MATHS

Record = Mapping[str, Any]

CHANGES = 4
"""A sentence names this many changes; the record names all."""


def terms_words(terms: list[Record], locale: Locale) -> str:
    """Return the terms that count, the largest first: "expected value 36.2, stays with the owner 5"."""
    most = max((abs(t["points"]) for t in terms), default=0.0)
    told = sorted((t for t in terms if abs(t["points"]) > 0.001 * most), key=lambda t: -abs(t["points"]))
    if not told:
        return texts.NO_TERMS.format(locale)
    return joined([_term_words(t, locale) for t in told], locale)


def _term_words(term: Record, locale: Locale) -> str:
    """Return one term: "travel -4.2 (42 minutes)"."""
    text = f"{term_word(term['name'], term['kind'], locale)} {number(term['points'], locale)}"
    return text if term.get("way") is None else text + way_words(term["way"], term["unit"], locale, brackets=True)


def term_word(name: str, kind: str, locale: Locale) -> str:
    """Return what a term of the score is called."""
    goal = GOAL_MATHS.get(kind)
    if goal is not None:
        return goal.label.format(locale)
    return texts.UNASSIGNED_TERM.format(locale) if kind == "unassigned" else rule_word(name, locale)


def term_difference_words(asked: list[Record], chosen: list[Record], locale: Locale) -> str:
    """Return the term in which two scores differ most."""
    mine = {t["name"]: t for t in asked}
    pairs = [(mine[t["name"]]["points"], t) for t in chosen if t["name"] in mine]
    if not pairs:
        return ""
    points_asked, term = max(pairs, key=lambda pair: pair[1]["points"] - pair[0])
    return mostly_words(texts.MOSTLY, term, points_asked, term["points"], "", locale)


def mostly_words(text: Text, term: Record, asked: float, chosen: float, rep: str, locale: Locale) -> str:
    """Return the part that names a term and the points of two reps by it."""
    figures = {"asked": number(asked, locale), "chosen": number(chosen, locale)}
    return text.format(locale, term=term_word(term["name"], term["kind"], locale), rep=rep, **figures)


def counts_words(removed: Mapping[str, int], locale: Locale) -> str:
    """Return how many reps each rule rules out, the three strictest rules."""
    most = sorted(removed.items(), key=lambda pair: -pair[1])[:3]
    return joined(
        [texts.REMOVED_BY.format(locale, rule=rule_word(rule, locale), count=count) for rule, count in most], locale
    )


def against_words(entry: Record, chosen: str | None, locale: Locale) -> str:
    """Return what speaks against a rep: a full row, or a price."""
    if entry["reason"] in ("row_full", "needed"):
        return row_words(entry, locale)
    return price_words(entry, chosen, locale) or texts.UNNAMED.format(locale)


def price_words(entry: Record, chosen: str | None, locale: Locale) -> str:
    """Return which price speaks most against a rep; empty where none does."""
    price = entry["price"]
    if price is None:
        return ""
    cost, own = price["points"], price["chosen_points"]
    more = cost - own
    base = price["metric"].partition("@")[0]
    key = str(price_key(price["kind"], base, np.array([cost]), np.array([own]), np.array([chosen is not None]))[0])
    cost = {"favours": -own, "other": more}.get(key, cost)
    return texts.COSTS[key].format(
        locale,
        rep=entry["rep"],
        chosen=chosen,
        rule=rule_word(price["rule"], locale),
        points=points(cost, locale),
        more=points(more, locale),
        price=number(price["price"], locale),
        amount=quantity(price["amount"], base, locale),
    )


def price_key(kind: str, base: str, cost: Floats, own: Floats, chosen: Bools) -> NDArray[np.str_]:
    """Return which of the texts in `texts.COSTS` suits each price: of a rule of some kind and metric, at a load's cost.

    `own` is what the choice pays for its load; `chosen` is False where the choice is nobody.
    """
    if kind == "capacity" and base in texts.COSTS:
        key = np.where(own > 0.1 * cost, f"{base}_more", base)
    else:
        key = np.full(len(cost), "other")
    return np.where(chosen & (-own > cost), "favours", key)


def row_words(entry: Record, locale: Locale) -> str:
    """Return what a move would do to a hard row."""
    detail, maths = entry["detail"], RULE_MATHS[entry["kind"]]
    text = maths.full_text(detail) if entry["reason"] == "row_full" else maths.needed
    metric, currency = detail["metric"], detail["currency"]
    limit, excess = (quantity(detail[name], metric, locale, currency=currency) for name in ("limit", "excess"))
    in_units = currency or metric.partition("@")[0] in QUANTITIES
    return text.format(
        locale,
        rep=detail["rep"] or entry["rep"],
        metric=metric_word(metric, locale),
        group=detail["group"],
        holds=detail.get("holds"),
        rule=rule_word(entry["rule"], locale),
        left=number(detail["limit"] - detail["load"], locale),
        amount=number(detail["amount"], locale),
        limit=limit,
        bound=limit if in_units else number(detail["limit"], locale),  # where the metric is named beside it
        excess=excess,
    )


def broken_words(entry: Record, rep: str, locale: Locale, lead: str | None = None) -> str:
    """Return why a hard rule removes a pair of a rep and this lead, or another one of its family."""
    maths = RULE_MATHS[entry["kind"]]
    pair = {"rep": rep, "lead": lead or texts.THIS.format(locale)}
    details = [
        maths.detail_text(fact).format(locale, **pair, **{name: cell(value, locale) for name, value in fact.items()})
        for fact in entry["detail"]
    ]
    return maths.blocks.format(locale, **pair, metric="", detail=maths.between.format(locale).join(details))


def allowed_words(changes: list[Record], locale: Locale) -> str:
    """Return the sentence that says which changes would lift all that stands in the way."""
    steps = []
    for change in changes[:CHANGES]:
        step = change_words(change, locale)
        if "or_level" in change:
            level = number(change["or_level"], locale)
            step = texts.OR_SKILL.format(locale, change=step, rep=change["or_rep"], skill=change["skill"], level=level)
        steps.append(step)
    if len(changes) > CHANGES:
        steps.append(MORE_STEPS.format(locale, count=len(changes) - CHANGES))
    return texts.ALLOWED.format(locale, changes=joined_by_and(steps, locale)) if steps else ""
