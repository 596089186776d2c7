"""Sentences: explanations in words, made from records alone, in English and Chinese.

What a record says in codes and numbers is all that a sentence may use; the texts are in `explain_texts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.texts import Locale
from solver.explain.explain_texts import (
    ALSO,
    ASSIGNED_TEXTS,
    BECAUSE,
    BESIDES,
    COSTS,
    GOES,
    HAIR,
    HAS_IT,
    LEFT,
    LOST,
    MOSTLY,
    MOVES,
    NEXT,
    NEXT_EQUAL,
    NO_TERMS,
    NOBODY,
    NOBODY_HAS_IT,
    OTHER_TEXTS,
    PRICED,
    PRICED_BY_IT,
    PRICED_TOO,
    REMOVED,
    REMOVED_BY,
    ROOM,
    SHORT,
    STAYS,
    TIER,
    UNASSIGNED_TERM,
    UNASSIGNED_TEXTS,
    UNNAMED,
)
from solver.explain.reasons import TIE
from solver.explain.words import cell, joined, metric_word, number, points, quantity, rule_word, sentence_case
from solver.goals import GOAL_MATHS
from solver.pairs import Bools, Floats
from solver.rules import RULE_MATHS

Record = Mapping[str, Any]


def sentence(record: Record, locale: Locale) -> str:
    """Return an explanation in words.

    Parameters
    ----------
    record : mapping
        What `Explainer.lead`, `Explainer.why_not` or a line of ``explanations.jsonl`` (its `numbers` within) holds.
    locale : {"en", "zh-CN"}
        Language.
    """
    if "asked" in record:
        return _why_not(record, locale)
    if "numbers" in record:
        record = {**record["numbers"], "lead": record["lead"], "rep": record["rep"], "reason": record["reason"]}
    return _unassigned(record, locale) if record["rep"] is None else _assigned(record, locale)


def _assigned(record: Record, locale: Locale) -> str:
    owner, rep = record["owner"], record["rep"]
    head = GOES if owner is None else STAYS if owner == rep else MOVES
    parts = [
        head.format(
            locale, rep=rep, owner=owner, score=points(record["score"], locale), terms=_terms(record["terms"], locale)
        )
    ]
    if record["reason"] == "family":
        family = record["family"]
        together = points(family["score"], locale)
        parts.append(ASSIGNED_TEXTS["family"].format(locale, leads=family["leads"], family_points=together))
        reason = family["reason"]
        parts.append(_decision(record, "only_choice_family" if reason == "only_choice" else reason, locale))
    else:
        parts.append(_decision(record, record["reason"], locale))
    return ("" if locale == "zh-CN" else " ").join(parts)


def _decision(record: Record, reason: str, locale: Locale) -> str:
    """Return the sentence about the choice between this rep and others."""
    runner, margin = record["runner_up"], record["margin"]
    fields: dict[str, object] = {"rep": record["rep"], "runner": runner}
    entry = record["others"][0] if record["others"] and record["others"][0]["rep"] == runner else None
    if reason in ("tied", "rounded"):
        fields["margin"] = _margin(abs(margin), record["score"], locale)
        if reason == "rounded" and (runner is None or (entry is not None and entry["difference"] > margin + TIE)):
            reason = "rounded_left"
        elif entry is not None and entry["reason"] in ("row_full", "needed"):
            reason, fields["but"] = reason + "_full", _after(_row(entry, locale), locale)
    elif reason in ("best_score", "best_net"):
        fields["next"] = _next(record, entry, locale)
        if reason == "best_net":
            highest = record["highest"]
            fields |= {"highest": highest["rep"], "highest_points": points(highest["score"], locale)}
            if highest["rep"] == runner and entry is not None:
                reason = "best_net_next"
                fields |= _higher(record, entry, locale)
    elif reason == "only_choice":
        counts = counts_words(record["removed"], locale)
        fields["removed"] = REMOVED.format(locale, counts=counts) if counts else ""
    return ASSIGNED_TEXTS[reason].format(locale, **fields)


def _higher(record: Record, entry: Record, locale: Locale) -> dict[str, object]:
    """Return what speaks against a rep with a higher score: a full row with its price, or the price alone."""
    full = entry["reason"] in ("row_full", "needed")
    price = _price(entry, record["rep"], locale)
    text = _row(entry, locale) if full else price or UNNAMED.format(locale)
    return {
        "but": _after(text, locale),
        "priced": _priced(entry, price, locale) if full and price else "",
        "margin": _margin(record["margin"], record["score"], locale),
    }


def _priced(entry: Record, price: str, locale: Locale) -> str:
    """Return the price beside a full row: its own, in brackets, or that of another rule."""
    if entry["price"]["rule"] != entry["rule"]:
        return PRICED_TOO.format(locale, why=_after(price, locale))
    if entry["kind"] == "capacity":
        return PRICED.format(locale, why=price)
    price_of_both = entry["price"]["points"] - entry["price"]["chosen_points"]
    return PRICED_BY_IT.format(locale, points=points(price_of_both, locale))


def _next(record: Record, entry: Record | None, locale: Locale) -> str:
    """Return the part about the runner-up, empty where there is none."""
    runner, margin = record["runner_up"], record["margin"]
    if runner is None or margin is None:
        return ""
    because = ""
    if entry is not None:
        if abs(entry["difference"]) <= TIE:
            return NEXT_EQUAL.format(locale, runner=runner)
        margin = entry["difference"]
        if entry["reason"] in ("better_use", "row_full", "needed"):
            price = _price(entry, record["rep"], locale)
            text = BECAUSE if price or entry["reason"] == "better_use" else BESIDES
            because = text.format(locale, but=_after(price or _against(entry, record["rep"], locale), locale))
    return NEXT.format(locale, runner=runner, margin=_margin(margin, record["score"], locale), because=because)


def _margin(value: float, score: float, locale: Locale) -> str:
    """Return a margin in points; one that is nothing beside the score is only named."""
    return HAIR.format(locale) if value < 0.001 * abs(score) else _after(points(value, locale), locale)


def _unassigned(record: Record, locale: Locale) -> str:
    reason = record["reason"]
    entry = record["others"][0] if record["others"] else None
    fields: dict[str, object] = {"counts": counts_words(record["removed"], locale)}
    if "family" in record:
        fields["leads"] = record["family"]["leads"]
    if reason == "no_eligible_rep":
        if not record["removed"]:
            reason = "nobody"
        elif entry is not None and entry["reason"] == "removed" and not entry["also"]:
            reason = "no_eligible_rep_near"
            fields["why"] = _broken(entry, entry["rep"], locale)
    elif reason != "family":
        entry = _telling(record, entry)
        if entry is not None:
            fields |= {"near": entry["rep"], "points": points(entry["score"], locale)}
            cost = points(entry["score"] - entry["net"], locale)
            fields |= {"but": _after(_against(entry, None, locale), locale), "cost": cost}
            fields["margin"] = _margin(abs(entry["difference"]), entry["score"], locale)
            if record["tier"] > 1:
                fields["unless"] = TIER.format(locale)
            else:
                costly = reason == "no_room" and entry["difference"] >= 0
                fields["unless"] = ROOM.format(locale, cost=cost) if costly else ""
            if reason == "rounded" and entry["reason"] in ("row_full", "needed"):
                reason = "rounded_full"
        else:
            return _short(record, locale)
    why = UNASSIGNED_TEXTS[reason].format(locale, **fields)
    return _left(record, why, locale)


def _telling(record: Record, entry: Record | None) -> Record | None:
    """Return the rep whose case explains best why the lead is left: for want of room, the first without any."""
    wanted = {"no_room": ("row_full", "needed"), "price_too_high": ("better_use",), "rounded": ("rounded",)}
    for other in record["others"]:
        if other["reason"] in wanted.get(record["reason"], ()):
            return dict(other)
    return entry


def _short(record: Record, locale: Locale) -> str:
    return _left(record, SHORT[record["reason"]].format(locale), locale)


def _left(record: Record, why: str, locale: Locale) -> str:
    head = LEFT if record["owner"] is None else LOST
    return head.format(locale, owner=record["owner"], why=why)


def _why_not(record: Record, locale: Locale) -> str:
    chosen, asked, reason = record["chosen"], record["asked"], record["reason"]
    holder = chosen["rep"] or NOBODY.format(locale)
    fields: dict[str, object] = {
        "rep": asked["rep"],
        "chosen": holder,
        "points": points(asked["score"], locale),
        "less": points(chosen["score"] - asked["score"], locale),
        "margin": _margin(abs(record["difference"]), asked["score"], locale),
        "rule": rule_word(record["rule"] or "", locale),
        "because_of": record.get("because_of", ""),
        "term": "",
    }
    if reason in ("removed", "family"):
        fields["why"] = _broken(record, asked["rep"], locale)
    elif reason == "lower_score":
        fields["term"] = _term_difference(asked["terms"], chosen["terms"], locale)
    else:
        fields["but"] = _after(_against({**record, "rep": asked["rep"]}, chosen["rep"], locale), locale)
        if reason == "better_use" and chosen["rep"] is None:
            reason = "better_use_left"
    text = sentence_case(OTHER_TEXTS[reason].format(locale, **fields), asked["rep"])
    for more in record["also"]:
        text += ALSO.format(locale, why=_broken(more, asked["rep"], locale), rule=rule_word(more["rule"], locale))
    text += "。" if locale == "zh-CN" else "."
    if record["reason"] == "chosen":
        return text
    if chosen["rep"] is None:
        return text + NOBODY_HAS_IT.format(locale)
    return text + HAS_IT.format(locale, chosen=chosen["rep"], points=points(chosen["score"], locale))


def _after(text: str, locale: Locale) -> str:
    """Return a clause to stand after a Chinese word: a Latin letter or digit is set off by a space."""
    return f" {text}" if locale == "zh-CN" and text[:1].isascii() and text[:1].isalnum() else text


# -- parts ------------------------------------------------------------------------------------------------------------


def _terms(terms: list[Record], locale: Locale) -> str:
    """Return the terms that count, the largest first: "expected value 36.2, stays with the owner 5"."""
    most = max((abs(t["points"]) for t in terms), default=0.0)
    told = sorted((t for t in terms if abs(t["points"]) > 0.001 * most), key=lambda t: -abs(t["points"]))
    if not told:
        return NO_TERMS.format(locale)
    return joined([f"{term_word(t['name'], t['kind'], locale)} {number(t['points'])}" for t in told], locale)


def term_word(name: str, kind: str, locale: Locale) -> str:
    """Return what a term of the score is called."""
    goal = GOAL_MATHS.get(kind)
    if goal is not None:
        return goal.label.format(locale)
    return UNASSIGNED_TERM.format(locale) if kind == "unassigned" else rule_word(name, locale)


def _term_difference(asked: list[Record], chosen: list[Record], locale: Locale) -> str:
    """Return the term in which two scores differ most."""
    mine = {t["name"]: t for t in asked}
    pairs = [(mine[t["name"]]["points"], t) for t in chosen if t["name"] in mine]
    if not pairs:
        return ""
    points_asked, term = max(pairs, key=lambda pair: pair[1]["points"] - pair[0])
    return MOSTLY.format(
        locale,
        term=term_word(term["name"], term["kind"], locale),
        asked=number(points_asked),
        chosen=number(term["points"]),
    )


def counts_words(removed: Mapping[str, int], locale: Locale) -> str:
    """Return how many reps each rule rules out, the three strictest rules."""
    most = sorted(removed.items(), key=lambda pair: -pair[1])[:3]
    return joined(
        [REMOVED_BY.format(locale, rule=rule_word(rule, locale), count=count) for rule, count in most], locale
    )


def _against(entry: Record, chosen: str | None, locale: Locale) -> str:
    """Return what speaks against a rep: a full row, or a price."""
    if entry["reason"] in ("row_full", "needed"):
        return _row(entry, locale)
    return _price(entry, chosen, locale) or UNNAMED.format(locale)


def _price(entry: Record, chosen: str | None, locale: Locale) -> str:
    """Return which price speaks most against a rep; empty where none does."""
    price = entry["price"]
    if price is None:
        return ""
    cost, own = price["points"], price["chosen_points"]
    more = cost - own
    base = price["metric"].partition("@")[0]
    key = str(price_key(price["kind"], base, np.array([cost]), np.array([own]), np.array([chosen is not None]))[0])
    cost = {"favours": -own, "other": more}.get(key, cost)
    return COSTS[key].format(
        locale,
        rep=entry["rep"],
        chosen=chosen,
        rule=rule_word(price["rule"], locale),
        points=points(cost, locale),
        more=points(more, locale),
        price=number(price["price"]),
        amount=quantity(price["amount"], base, locale),
    )


def price_key(kind: str, base: str, cost: Floats, own: Floats, chosen: Bools) -> NDArray[np.str_]:
    """Return which of the texts in `COSTS` suits each price: of a rule of some kind and metric, at a load's cost.

    `own` is what the choice pays for its load; `chosen` is False where the choice is nobody.
    """
    if kind == "capacity" and base in COSTS:
        key = np.where(own > 0.1 * cost, f"{base}_more", base)
    else:
        key = np.full(len(cost), "other")
    return np.where(chosen & (-own > cost), "favours", key)


def _row(entry: Record, locale: Locale) -> str:
    """Return what a move would do to a hard row."""
    detail, maths = entry["detail"], RULE_MATHS[entry["kind"]]
    text = maths.full if entry["reason"] == "row_full" else maths.needed
    return text.format(
        locale,
        rep=detail["rep"] or entry["rep"],
        metric=metric_word(detail["metric"], locale, detail["limit"]),
        group=detail["group"],
        rule=rule_word(entry["rule"], locale),
        left=_left_over(detail, locale),
        excess=_after(quantity(detail["excess"], detail["metric"], locale), locale),
        **{name: number(detail[name]) for name in ("load", "amount", "limit")},
    )


def _left_over(detail: Record, locale: Locale) -> str:
    figure = number(max(detail["limit"] - detail["load"], 0.0))
    return "none" if figure == "0" and locale == "en" else figure


def _broken(entry: Record, rep: str, locale: Locale) -> str:
    """Return why a hard rule removes a pair."""
    maths = RULE_MATHS[entry["kind"]]
    details = [
        maths.detail.format(locale, **{name: cell(value, locale) for name, value in fact.items()})
        for fact in entry["detail"]
    ]
    return maths.blocks.format(locale, rep=rep, metric="", detail=("；" if locale == "zh-CN" else "; ").join(details))
