"""Comparisons in words, made from their records, in English and Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scenarios.amounts import money, number, percent
from scenarios.texts import Locale
from solver.explain import compare_texts as texts
from solver.explain.others import MONEY
from solver.explain.words import QUANTITIES, cell, joined, metric_word, points, quantity, rule_word
from solver.goals import GOAL_MATHS
from solver.rules import RULE_MATHS

if TYPE_CHECKING:
    from solver.explain.compare import Comparison

Record = Mapping[str, Any]

FIELDS = 3
"""Changed values that a sentence tells of."""
CAUSES = 4
"""Causes that the outcome names."""
MOST_PLACES = 100
"""Places that a judge lists; where there are so many, there may be more."""
SMALL = 5e-4
"""Part of a share below which fairness figures are called the same."""


def sentences(found: Comparison, locale: Locale) -> list[str]:
    """Return the outcome of a comparison."""
    lines = [*_scores(found, locale), *_kept(found, locale)]
    lines.append(_value_sentence(found.expected_value, locale))
    if found.today and found.scores[0].broken:
        lines.append(texts.NO_PLAN_TODAY.format(locale))
        lines += [_broken(broken.record(), found, locale) for broken in found.scores[0].broken]
    return [*lines, *_moved(found, locale), *_fairness(found, locale)]


def move_sentence(found: Comparison, record: Record, locale: Locale) -> str:
    """Return one of `Comparison.described` in words."""
    fields = {"lead": record["lead"], "base": record["base"], "other": record["other"]}
    kind = "handed over" if record["base"] and record["other"] else "placed" if record["other"] else "released"
    return texts.MOVE[kind].format(locale, **fields, why=why_words(found, record, locale).rstrip(".。"))


def why_words(found: Comparison, record: Record, locale: Locale) -> str:
    """Return why a lead moves, as a part of a sentence: its first cause in full, and what the others are.

    Where today's owners are compared: what speaks against the owner of today, in whole sentences.
    """
    causes = record["causes"]
    if found.today:
        asked = record["why_not"]
        return found.other.sentence(asked, locale) if asked else cause_label(causes[0]["code"], True, locale)
    why = _cause(record, causes[0], locale)
    others = [c["code"] for c in causes[1:] if c["code"] != causes[0]["code"]]
    if not others:
        return why
    labels = [texts.CAUSE_LABELS[code].format(locale) for code in dict.fromkeys(others)]
    return texts.BESIDES.format(locale, why=why, causes=joined(labels, locale))


def cause_label(code: str, today: bool, locale: Locale) -> str:
    """Return the word for a cause."""
    return (texts.TODAY_LABELS if today else texts.CAUSE_LABELS)[code].format(locale)


def goal_word(kind: str, locale: Locale) -> str:
    """Return what a goal is called, in quotes as rules are."""
    return f"“{GOAL_MATHS[kind].label.format(locale)}”"


def field_words(fields: Sequence[Record], locale: Locale) -> str:
    """Return what changed, value by value: the first few, and how many more there are."""
    told = [
        texts.ONE_FIELD.format(
            locale, field=f["field"], **{side: _side_words(f["field"], f[side], locale) for side in ("before", "after")}
        )
        for f in fields[:FIELDS]
    ]
    if len(fields) > FIELDS:
        told.append(texts.MORE_FIELDS.format(locale, count=len(fields) - FIELDS))
    return ("；" if locale == "zh-CN" else "; ").join(told)


# -- what it is worth -------------------------------------------------------------------------------------------------


def _value_sentence(value: Record, locale: Locale) -> str:
    currencies = {"base": value["base_currency"], "other": value["currency"]}
    told = {side: money(value[side], currency, locale) for side, currency in currencies.items()}
    if told["base"] == told["other"]:
        return texts.VALUE_SAME.format(locale, **told)
    if currencies["base"] != currencies["other"] or not value["base"]:
        return texts.VALUE_OTHERWISE.format(locale, **told)
    change = percent(value["change"] / value["base"], locale)
    return texts.VALUE.format(locale, **told, change=f"+{change}" if value["change"] > 0 else change)


def _scores(found: Comparison, locale: Locale) -> list[str]:
    forms = texts.SCORE_TODAY if found.today else texts.SCORE
    lines = []
    for row in found.tiers:
        tier = texts.OF_TIER.format(locale, number=row["tier"]) if len(found.tiers) > 1 else ""
        if row["change"] is None:
            side = "only other" if row["base"] is None else "only base"
            lines.append(texts.SCORE[side].format(locale, number=row["tier"]))
            continue
        way = "same" if found.is_same(row) else "more" if row["change"] > 0 else "less"
        told = {side: points(row[side], locale) for side in ("base", "other")}
        lines.append(forms[way].format(locale, **told, change=points(abs(row["change"]), locale), tier=tier))
    if any(part.what != "same" for part in found.differences.goals):
        return [*lines, texts.OTHER_GOALS.format(locale)]
    return lines + _proved(found, locale)


def _proved(found: Comparison, locale: Locale) -> list[str]:
    """Return what is proved of the best plans that are possible, in the last tier."""
    row = found.tiers[-1]
    if row["other_bound"] is not None and found.differences.none:
        text = texts.PROVED["today" if found.today else "same scenario"]
        return [text.format(locale, bound=points(row["other_bound"], locale))]
    if row["best_between"] is None:
        return []
    low, high = row["best_between"]
    if found.close(low, high):
        return [texts.PROVED["exact"].format(locale)]
    way = "more" if low > 0 else "less" if high < 0 else "open"
    ends = sorted((abs(low), abs(high))) if way != "open" else (low, high)
    return [texts.PROVED[way].format(locale, low=points(ends[0], locale), high=points(ends[1], locale))]


def _kept(found: Comparison, locale: Locale) -> list[str]:
    kept = found.kept
    if kept is None:
        return []
    if kept["broken"]:
        rules = joined([rule_word(broken["rule"], locale) for broken in kept["broken"]], locale)
        return [texts.KEPT_BROKEN.format(locale, rules=rules)]
    worth = sum(tier["points"] for tier in kept["tiers"])
    gain = sum(row["other"] or 0.0 for row in found.tiers) - worth
    told = points(worth, locale)
    if found.close(gain, 0.0, worth):
        return [texts.KEPT_AS_GOOD.format(locale, points=told)]
    return [texts.KEPT.format(locale, points=told, gain=points(gain, locale))]


def _broken(record: Record, found: Comparison, locale: Locale) -> str:
    """Return which hard rule today's owners break, by how much, and one of the places."""
    place, total = record["places"][0], ""
    if record["metric"] is not None:
        total = _amount(record["amount"], record["metric"], found, locale)
        total = texts.BY_AMOUNT.format(locale, amount=total)
    metric = place["metric"] or "leads"
    sized = metric in MONEY or metric.partition("@")[0] in QUANTITIES or locale == "en"
    breach = RULE_MATHS[record["kind"]].breach.format(
        locale,
        lead=place["lead"],
        rep=place["rep"],
        metric=metric_word(place["metric"], locale),
        group=place["metric"],
        **{
            name: _amount(place[name], metric, found, locale) if sized else number(place[name], locale)
            for name in ("load", "amount", "limit")
        },
    )
    count = record["breaches"]
    if count > 1:
        breach = texts.SUCH_AS.format(locale, breach=breach)
    places = (texts.PLACES if count < MOST_PLACES else texts.MANY_PLACES).format(locale, count=count)
    rule = rule_word(record["rule"], locale)
    return texts.BROKEN.format(locale, rule=rule, amount=total, places=places, breach=breach)


def _amount(value: float, metric: str, found: Comparison, locale: Locale) -> str:
    currency = found.other.scenario.currency if metric in MONEY else ""
    return quantity(value, metric, locale, currency=currency)


def _fairness(found: Comparison, locale: Locale) -> Iterable[str]:
    for metric, row in found.fairness.items():
        before, after = row["base"], row["other"]
        if before is None or after is None:
            continue
        ends = {"low": after["min_ratio"], "high": after["max_ratio"]}
        ends |= {"low_before": before["min_ratio"], "high_before": before["max_ratio"]}
        same = all(abs(ends[name] - ends[f"{name}_before"]) < SMALL for name in ("low", "high"))
        told = {name: percent(round(ratio, 3), locale) for name, ratio in ends.items()}
        text = texts.FAIRNESS_SAME if same else texts.FAIRNESS
        yield text.format(locale, metric=metric_word(metric, locale), **told)


# -- who moves --------------------------------------------------------------------------------------------------------


def _moved(found: Comparison, locale: Locale) -> Iterable[str]:
    moves, leads = found.moves, found.differences.leads
    if not moves.height:
        yield (texts.NOT_MOVED if len(leads.base) else texts.NO_COMMON_LEADS).format(locale)
    else:
        placed, released = moves["base"].null_count(), moves["other"].null_count()
        counts = (
            (texts.HANDED_OVER, moves.height - placed - released),
            (texts.PLACED, placed),
            (texts.RELEASED, released),
        )
        yield texts.MOVED.format(
            locale,
            moved=moves.height,
            both=len(leads.base),
            value=money(float(moves["value"].sum()), found.other.scenario.currency, locale),
            parts=joined([text.format(locale, count=count) for text, count in counts if count], locale),
        )
        told = [
            texts.COUNTED.format(locale, cause=cause_label(code, found.today, locale), count=count)
            for code, count in list(found.causes.items())[:CAUSES]
        ]
        yield texts.WHY.format(locale, causes=joined(told, locale))
    for text, rows in ((texts.ONLY_BASE, leads.only_base), (texts.ONLY_OTHER, leads.only_other)):
        if len(rows):
            yield text.format(locale, count=len(rows))


# -- one move ---------------------------------------------------------------------------------------------------------


def _cause(record: Record, cause: Record, locale: Locale) -> str:
    """Return one cause in full."""
    if cause["code"] == "knock_on":
        return _knock_on(cause, locale)
    change = _change(cause, locale)
    effect = cause.get("effect")
    if effect is None or cause["code"] in ("rep_left", "rep_joined") or (effect == "worth" and not cause["points"]):
        return change
    row = cause.get("row")
    form = effect if row is None else f"{effect} {row['side']}"
    if row is None and record["base" if effect == "closed" else "other"] is None:
        form += " nobody"
    return texts.EFFECTS[form].format(
        locale,
        change=change,
        base=record["base"],
        other=record["other"],
        rep=None if row is None else row["rep"],
        rules=joined([rule_word(name, locale) for name in cause.get("by", ())], locale),
        points=points(cause["points"], locale),
    )


def _change(cause: Record, locale: Locale) -> str:
    """Return what changed."""
    code, what = cause["code"], cause.get("what", "")
    form = f"{code} {what}".strip()
    if code == "family_changed" and "lead" not in cause:
        form = "family_changed otherwise"
    return texts.CHANGES[form].format(
        locale,
        lead=cause.get("lead"),
        rep=cause.get("rep"),
        name=_part_word(cause, locale) if "name" in cause else "",
        fields=field_words(cause.get("fields", ()), locale),
    )


def _part_word(cause: Record, locale: Locale) -> str:
    if cause["code"] == "goal_changed":
        return goal_word(cause["kind"], locale)
    return rule_word(cause["name"], locale)


def _knock_on(cause: Record, locale: Locale) -> str:
    row, because = cause["row"], ""
    if row is None:
        return texts.KNOCK_ON["worth"].format(locale, points=points(cause["points"], locale))
    if cause["because"] is not None:
        text = texts.CAME if row["side"] == "old" else texts.WENT
        label = texts.CAUSE_LABELS[cause["because"]["code"]].format(locale)
        because = text.format(locale, lead=cause["because"]["lead"], rep=row["rep"], cause=label)
    return texts.KNOCK_ON[f"{cause['effect']} {row['side']}"].format(
        locale,
        rep=row["rep"],
        rule=rule_word(row["rule"], locale),
        points=points(row.get("points", 0.0), locale),
        because=because,
    )


def _side_words(field: str, value: Any, locale: Locale) -> str:
    return texts.HARD.format(locale) if field == "rate" and value is None else _value(value, locale)


def _value(value: Any, locale: Locale) -> str:
    """Return a value as a planner wrote it."""
    if isinstance(value, Mapping):
        parts = [f"{name}: {_value(part, locale)}" for name, part in value.items()]
        return joined(parts, locale) if parts else cell(None, locale)
    if isinstance(value, list | tuple):
        return joined([_value(part, locale) for part in value[:FIELDS]], locale) + ("…" if len(value) > FIELDS else "")
    if isinstance(value, bool):
        return str(value).lower()
    return cell(value, locale) if not isinstance(value, float) else number(value, locale)
