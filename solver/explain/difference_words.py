"""What differs between two scenarios, as a record and in words."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.differences import Differences
from scenarios.model import Scenario
from scenarios.texts import Locale
from solver.compile import names_of
from solver.explain import compare_texts as texts
from solver.explain.compare_sentences import field_words, goal_word
from solver.explain.others import Record
from solver.explain.words import joined, rule_word

TOLD = 10
"""Changes of one kind that are told of in words."""


def difference_record(found: Differences, base: Scenario, other: Scenario) -> Record:
    """Return differences as a JSON-ready record; rules and goals go by the names that explanations use."""
    parts: dict[str, list[Record]] = {}
    for what in ("rules", "goals"):
        names = [names_of(getattr(side, what)) for side in (base, other)]
        parts[what] = [
            {
                "what": part.what,
                "name": names[1][part.other] if part.other >= 0 else names[0][part.base],
                "kind": part.kind,
                "fields": [f.record() for f in part.fields],
            }
            for part in getattr(found, what)
            if part.what != "same"
        ]
    leads = found.leads
    return {
        "same": found.none,
        "settings": [f.record() for f in found.settings],
        **parts,
        "reps": [{"what": r.what, "name": r.id, "fields": [f.record() for f in r.fields]} for r in found.reps],
        "leads": {
            "both": len(leads.base),
            "added": len(leads.only_other),
            "removed": len(leads.only_base),
            "changed": int(leads.changed.sum()),
            "columns": {column: int(changed.sum()) for column, changed in leads.columns.items()},
        },
        "links": {"added": found.links.added, "removed": found.links.removed},
    }


def difference_sentences(record: Record, locale: Locale) -> list[str]:
    """Return a record of differences in words, a sentence each; one sentence if nothing differs."""
    return list(_sentences(record, locale)) or [texts.NO_DIFFERENCE.format(locale)]


def _sentences(record: Record, locale: Locale) -> Iterator[str]:
    for field in record["settings"]:
        yield texts.SETTING_CHANGED.format(locale, fields=field_words([field], locale))
    for group in ("rules", "goals", "reps"):
        for what in ("removed", "added", "changed"):
            yield from _parts(group, what, [part for part in record[group] if part["what"] == what], locale)
    leads = record["leads"]
    for text, count in ((texts.LEADS_ADDED, leads["added"]), (texts.LEADS_REMOVED, leads["removed"])):
        if count:
            yield text.format(locale, count=count)
    if leads["changed"]:
        columns = [texts.COLUMN.format(locale, column=c, count=n) for c, n in leads["columns"].items()]
        yield texts.LEADS_CHANGED.format(locale, count=leads["changed"], columns=joined(columns, locale))
    links = record["links"]
    for text, count in ((texts.LINKS_ADDED, links["added"]), (texts.LINKS_REMOVED, links["removed"])):
        if count:
            yield text.format(locale, count=count)


def _parts(group: str, what: str, parts: list[Record], locale: Locale) -> Iterator[str]:
    for part in parts[:TOLD]:
        yield texts.DIFFERENCES[f"{group} {what}"].format(
            locale,
            name=_name(group, part, locale),
            fields=field_words(part["fields"], locale),
        )
    if len(parts) > TOLD:
        yield texts.MORE_DIFFERENCES.format(locale, count=len(parts) - TOLD)


def _name(group: str, part: Record, locale: Locale) -> str:
    """Return what a rule, a goal or a rep is called in a sentence."""
    if group == "reps":
        return str(part["name"])
    return rule_word(part["name"], locale) if group == "rules" else goal_word(part["kind"], locale)
