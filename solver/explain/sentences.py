"""Sentences: explanations in words, made from records alone, in English and Chinese.

What a record says in codes and numbers is all that a sentence may use; the texts are in `explain_texts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenarios.texts import Locale
from solver.explain import explain_texts as texts
from solver.explain.clauses import (
    against_words,
    allowed_words,
    broken_words,
    counts_words,
    mostly_words,
    price_words,
    row_words,
    term_difference_words,
    terms_words,
)
from solver.explain.reasons import TIE
from solver.explain.words import points, quantity, rule_word, sentence_case

Record = Mapping[str, Any]

HAIRS = 0.001
"""A margin of less than this part of the score is not told in figures."""
OUTWEIGHED = 1.05
"""How many times the difference in net one term makes that prices or other terms have outweighed in part."""


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
    head = texts.GOES if owner is None else texts.STAYS if owner == rep else texts.MOVES
    parts = [
        head.format(
            locale,
            rep=rep,
            owner=owner,
            score=points(record["score"], locale),
            terms=terms_words(record["terms"], locale),
        )
    ]
    if record["reason"] == "family":
        family = record["family"]
        together = points(family["score"], locale)
        leads = quantity(family["leads"], "leads", locale)
        parts.append(texts.ASSIGNED_TEXTS["family"].format(locale, leads=leads, family_points=together))
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
            reason, fields["but"] = reason + "_full", row_words(entry, locale)
    elif reason in ("best_score", "best_net"):
        fields["next"] = _next(record, entry, locale)
        if reason == "best_net":
            highest, own = record["highest"], record.get("family", record)["score"]
            higher = texts.HAIR_HIGHER if highest["score"] - own < HAIRS * abs(own) else texts.HIGHER
            fields |= {"highest": highest["rep"], "highest_points": points(highest["score"], locale)}
            fields["higher"] = higher.format(locale)
            if highest["rep"] == runner and entry is not None:
                reason = "best_net_next"
                fields |= _higher(record, entry, locale)
    elif reason == "only_choice":
        counts = counts_words(record["removed"], locale)
        fields["removed"] = texts.REMOVED.format(locale, counts=counts) if counts else ""
    return texts.ASSIGNED_TEXTS[reason].format(locale, **fields)


def _higher(record: Record, entry: Record, locale: Locale) -> dict[str, object]:
    """Return what speaks against a rep with a higher score: a full row with its price, or the price alone."""
    full = entry["reason"] in ("row_full", "needed")
    price = price_words(entry, record["rep"], locale)
    text = row_words(entry, locale) if full else price or texts.UNNAMED.format(locale)
    return {
        "but": text,
        "priced": _priced(entry, price, locale) if full and price else "",
        "margin": _margin(record["margin"], record["score"], locale),
    }


def _priced(entry: Record, price: str, locale: Locale) -> str:
    """Return the price beside a full row: its own, in brackets, or that of another rule."""
    if entry["price"]["rule"] != entry["rule"]:
        return texts.PRICED_TOO.format(locale, why=price)
    if entry["kind"] == "capacity":
        return texts.PRICED.format(locale, why=price)
    price_of_both = entry["price"]["points"] - entry["price"]["chosen_points"]
    return texts.PRICED_BY_IT.format(locale, points=points(price_of_both, locale))


def _next(record: Record, entry: Record | None, locale: Locale) -> str:
    """Return the part about the runner-up, empty where there is none."""
    runner, margin = record["runner_up"], record["margin"]
    if runner is None or margin is None:
        return ""
    because = ""
    if entry is not None:
        if abs(entry["difference"]) <= TIE:
            return texts.NEXT_EQUAL.format(locale, runner=runner)
        margin, mostly = entry["difference"], record["mostly"]
        if entry["reason"] == "lower_score" and mostly is not None:
            ahead = mostly["points"] - mostly["runner_up_points"]
            text = texts.DESPITE if ahead > OUTWEIGHED * margin else texts.MOSTLY
            because = mostly_words(text, mostly, mostly["runner_up_points"], mostly["points"], record["rep"], locale)
        if entry["reason"] in ("better_use", "row_full", "needed"):
            price = price_words(entry, record["rep"], locale)
            text = texts.BECAUSE if price or entry["reason"] == "better_use" else texts.BESIDES
            because = text.format(locale, but=price or against_words(entry, record["rep"], locale))
    return texts.NEXT.format(locale, runner=runner, margin=_margin(margin, record["score"], locale), because=because)


def _margin(value: float, score: float, locale: Locale) -> str:
    """Return a margin in points; one that is nothing beside the score is only named."""
    return texts.HAIR.format(locale) if value < HAIRS * abs(score) else points(value, locale)


def _unassigned(record: Record, locale: Locale) -> str:
    reason = record["reason"]
    entry = record["others"][0] if record["others"] else None
    fields: dict[str, object] = {"counts": counts_words(record["removed"], locale)}
    if "family" in record:
        fields["leads"] = quantity(record["family"]["leads"], "leads", locale)
    if reason == "no_eligible_rep":
        if not record["removed"]:
            reason = "nobody"
        elif entry is not None and entry["reason"] == "removed" and not entry["also"]:
            reason = "no_eligible_rep_near"
            fields["why"] = broken_words(entry, entry["rep"], locale)
    elif reason != "family":
        entry = _telling(record, entry)
        if entry is not None:
            fields |= {"near": entry["rep"], "points": points(entry["score"], locale)}
            cost = points(entry["score"] - entry["net"], locale)
            fields |= {"but": against_words(entry, None, locale), "cost": cost}
            fields["margin"] = _margin(abs(entry["difference"]), entry["score"], locale)
            if record["tier"] > 1:
                fields["unless"] = texts.TIER.format(locale)
            else:
                costly = reason == "no_room" and entry["difference"] >= 0
                fields["unless"] = texts.ROOM.format(locale, cost=cost) if costly else ""
            if reason == "rounded" and entry["reason"] in ("row_full", "needed"):
                reason = "rounded_full"
        else:
            return _short(record, locale)
    why = texts.UNASSIGNED_TEXTS[reason].format(locale, **fields)
    return _left(record, why, locale)


def _telling(record: Record, entry: Record | None) -> Record | None:
    """Return the rep whose case explains best why the lead is left: for want of room, the first without any."""
    wanted = {"no_room": ("row_full", "needed"), "price_too_high": ("better_use",), "rounded": ("rounded",)}
    for other in record["others"]:
        if other["reason"] in wanted.get(record["reason"], ()):
            return dict(other)
    return entry


def _short(record: Record, locale: Locale) -> str:
    return _left(record, texts.SHORT[record["reason"]].format(locale), locale)


def _left(record: Record, why: str, locale: Locale) -> str:
    head = texts.LEFT if record["owner"] is None else texts.LOST
    return head.format(locale, owner=record["owner"], why=why)


def _why_not(record: Record, locale: Locale) -> str:
    chosen, asked, reason = record["chosen"], record["asked"], record["reason"]
    holder = chosen["rep"] or texts.NOBODY.format(locale)
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
    lead = record.get("because_of")
    if reason in ("removed", "family"):
        fields["why"] = broken_words(record, asked["rep"], locale, lead)
    elif reason == "lower_score":
        fields["term"] = term_difference_words(asked["terms"], chosen["terms"], locale)
    else:
        fields["but"] = against_words({**record, "rep": asked["rep"]}, chosen["rep"], locale)
        if reason == "better_use" and chosen["rep"] is None:
            reason = "better_use_left"
    text = sentence_case(texts.OTHER_TEXTS[reason].format(locale, **fields), asked["rep"])
    for more in record["also"]:
        text += texts.ALSO.format(
            locale, why=broken_words(more, asked["rep"], locale, lead), rule=rule_word(more["rule"], locale)
        )
    text += "。" if locale == "zh-CN" else "."
    if record["reason"] in ("removed", "family", "row_full", "needed"):
        text += allowed_words(record["changes"], locale)
    if record["reason"] == "chosen":
        return text
    if chosen["rep"] is None:
        return text + texts.NOBODY_HAS_IT.format(locale)
    return text + texts.HAS_IT.format(locale, chosen=chosen["rep"], points=points(chosen["score"], locale))
