"""The head of a scenario: settings, rules and goals, read so that no fault hides another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError

from scenarios.formats.guess import guesses
from scenarios.formats.limits import ReadLimits
from scenarios.goals import GOAL_KINDS
from scenarios.issue_texts import ISSUE_TEXTS
from scenarios.issues import Issue, error, pointer
from scenarios.model import Scenario
from scenarios.rules import RULE_KINDS

PartName = Literal["rules", "goals"]
KINDS: dict[PartName, Mapping[str, type[BaseModel]]] = {"rules": RULE_KINDS, "goals": GOAL_KINDS}
_TABLES = ("leads", "reps", "links", "travel")
SETTINGS = tuple(name for name in Scenario.model_fields if name not in ("rules", "goals", *_TABLES))
COLUMN_TYPES = ("lead_columns", "rep_columns")
"""In files only: the types of the extra columns, ``{"name": "text" | "number"}``, which a table alone cannot tell."""

_MOST_PARTS: dict[PartName, int] = {"rules": 10_000, "goals": 1_000}
"""As many as `Scenario` holds."""
_CODES = {
    "missing": "missing_value",
    "literal_error": "not_a_choice",
    "greater_than_equal": "below_minimum",
    "less_than_equal": "above_maximum",
    "finite_number": "not_finite",
    "string_type": "not_text",
    "string_too_long": "too_long",
    "tuple_type": "not_a_list",
    "dict_type": "not_an_object",
    "model_type": "not_an_object",
    "extra_forbidden": "unknown_key",
}
_CODES_BY_START = {"float_": "not_a_number", "int_": "not_a_number", "date_": "not_a_date"}


@dataclass
class Head:
    """What the head says.

    Parameters
    ----------
    scenario : Scenario
        With no leads and no reps; what has a fault is at its default, or left out.
    kept : dict
        For each rule and goal that is there, its index in the source.
    column_types : dict
        By ``lead_columns`` and ``rep_columns``: the types of the extra columns.
    issues : list of Issue
        Every fault of the head.
    """

    scenario: Scenario
    kept: dict[PartName, list[int]] = field(default_factory=dict)
    column_types: dict[str, dict[str, str]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)


def read_head(document: Mapping[str, Any], limits: ReadLimits) -> Head:
    """Read settings, rules and goals; an entry that is missing is at its default."""
    known = (*SETTINGS, *KINDS, *COLUMN_TYPES)
    issues = [
        error("unknown_key", pointer(key), key=key, guesses=guesses(key, (*known, *_TABLES)))
        for key in document
        if key not in known
    ]
    head = Head(Scenario(), issues=issues)
    settings = {key: document[key] for key in SETTINGS if key in document}
    for key in ("period_start", "period_end"):  # pydantic takes a bare number for seconds since 1970
        if isinstance(settings.get(key), int | float):
            head.issues.append(error("not_a_date", pointer(key), column=key, value=settings.pop(key)))
    scenario, faults = _build(Scenario, settings, "")
    if scenario is None:
        bad = {issue.pointer.split("/")[1] for issue in faults}
        scenario = Scenario.model_validate({key: value for key, value in settings.items() if key not in bad})
    head.issues += faults
    parts = {part: _read_parts(part, document[part], limits, head) for part in KINDS if part in document}
    head.scenario = scenario.model_copy(update=parts)
    head.column_types = {key: _read_types(key, document.get(key, {}), head.issues) for key in COLUMN_TYPES}
    return head


def _read_parts(part: PartName, entries: Any, limits: ReadLimits, head: Head) -> tuple[BaseModel, ...]:
    if not isinstance(entries, list | tuple):
        head.issues.append(error("not_a_list", pointer(part), key=part))
        return ()
    most = min(limits.rules, _MOST_PARTS[part])
    if len(entries) > most:
        head.issues.append(error("too_many_rules", pointer(part), key=part, limit=most))
        return ()
    found: list[BaseModel] = []
    for index, entry in enumerate(entries):
        built, faults = _read_part(part, index, entry)
        head.issues += faults
        if built is not None:
            found.append(built)
            head.kept.setdefault(part, []).append(index)
    return tuple(found)


def _read_part(part: PartName, index: int, entry: Any) -> tuple[BaseModel | None, list[Issue]]:
    """Read one rule or goal; its kind comes first, as it says what else may stand there."""
    place = pointer(part, index)
    if not isinstance(entry, Mapping):
        return None, [error("not_an_object", place, key=part)]
    kind, kinds = entry.get("kind"), KINDS[part]
    if kind is None:
        return None, [error("missing_value", f"{place}/kind", column="kind")]
    if not isinstance(kind, str) or kind not in kinds:
        name = kind if isinstance(kind, str) else ""
        return None, [error("unknown_kind", f"{place}/kind", key=part, kind=name[:200], guesses=guesses(name, kinds))]
    return _build(kinds[kind], entry, place)


def _build(model: type[Any], values: Mapping[str, Any], place: str) -> tuple[Any, list[Issue]]:
    try:
        return model.model_validate(dict(values)), []
    except ValidationError as fault:
        issues = [_issue(dict(e), model, values, place) for e in fault.errors(include_url=False, include_input=False)]
    unique = {issue.pointer: issue for issue in reversed(issues)}  # a union names each of its members
    return None, list(reversed(unique.values()))


def _issue(fault: dict[str, Any], model: type[BaseModel], values: Any, place: str) -> Issue:
    """Turn one error of pydantic into an issue at the exact place in the source."""
    kind: str = fault["type"]
    missing = kind == "missing"
    path: list[str | int] = []
    value = values
    for step in fault["loc"]:  # steps that are not in the source name types, not places
        if isinstance(value, Mapping) and (step in value or missing):
            value = value.get(step)
        elif isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            continue
        path.append(step)
    where = place + pointer(*path)
    code = _CODES.get(kind) or next((c for start, c in _CODES_BY_START.items() if kind.startswith(start)), kind)
    column = str(path[0]) if path else str(values.get("kind", ""))
    shown = value if isinstance(value, int | float) and not isinstance(value, bool) else _shown(value)
    facts: dict[str, Any] = {"column": column, "value": shown, "key": str(path[-1]) if path else column}
    context = fault.get("ctx", {})
    match code:
        case "unknown_key":
            facts["guesses"] = guesses(facts["key"], model.model_fields)
        case "not_a_choice":
            facts["choices"] = list(get_args(model.model_fields[column].annotation))
        case "below_minimum":
            facts["minimum"] = context["ge"]
        case "above_maximum":
            facts["maximum"] = context["le"]
        case "too_long":
            facts["limit"] = context["max_length"]
        case _ if code not in ISSUE_TEXTS:
            code = "invalid_value"
    return error(code, where, **facts)


def _shown(value: Any) -> str:
    return "..." if isinstance(value, list | tuple | dict) else str(value)[:200]


def _read_types(key: str, types: Any, issues: list[Issue]) -> dict[str, str]:
    """Read the types of extra columns."""
    if not isinstance(types, Mapping):
        issues.append(error("not_an_object", pointer(key), key=key))
        return {}
    for column, kind in types.items():
        if kind not in ("text", "number"):
            facts = {"column": column, "value": _shown(kind), "choices": "text, number"}
            issues.append(error("not_a_choice", pointer(key, column), **facts))
    return {column: kind for column, kind in types.items() if kind in ("text", "number")}
