"""The reference: ``python -m api.reference docs`` writes what the code itself knows best.

That is `openapi.json` beside this module, and tables of all fields, rules, goals, issues, problems and settings
in ``docs/reference/``. All of it is committed; a test fails when it is out of date.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import orjson
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from api.app import create_app
from api.field_fault_texts import FIELD_FAULTS
from api.problem_texts import PROBLEMS
from api.run_fault_texts import RUN_FAULTS
from api.settings import Settings
from scenarios.goals import GOAL_KINDS
from scenarios.issue_texts import ISSUE_TEXTS
from scenarios.model import Lead, Rep, Scenario
from scenarios.rules import RULE_KINDS

OPENAPI = Path(__file__).with_name("openapi.json")
_NOTE = "<!-- Written by `make docs`; change the descriptions in the code instead. -->"


def openapi_bytes() -> bytes:
    """Return the description of the service, as it is committed."""
    document = create_app(Settings(database=":memory:")).openapi()
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(document, option=options)


def pages() -> dict[str, str]:
    """Return the pages of the reference by file name."""
    return {
        "scenario.md": _scenario(),
        "rules.md": _kinds("Rules", RULE_KINDS),
        "goals.md": _kinds("Goals", GOAL_KINDS),
        "issues.md": _issues(),
        "problems.md": _problems(),
        "settings.md": _settings(),
    }


def _scenario() -> str:
    parts = ["# Scenario"]
    for model in (Scenario, Lead, Rep):
        parts += [f"## {model.__name__}", _first_paragraph(model), _fields(model)]
    return _page(parts)


def _kinds(title: str, kinds: Mapping[str, type[BaseModel]]) -> str:
    parts = [f"# {title}"]
    for kind, model in kinds.items():
        parts += [f"## `{kind}`", _whole_text(model), _fields(model)]
    return _page(parts)


def _issues() -> str:
    rows = [
        (f"`{code}`", text.message.en, text.maybe.en, text.message.zh, text.maybe.zh)
        for code, text in sorted(ISSUE_TEXTS.items())
    ]
    about = "What reading and validating can find. A word in braces stands for a fact of the case."
    return _page(["# Issues", about, _table(("code", "message", "maybe", "说明", "也许"), rows)])


def _problems() -> str:
    answers = [
        (str(text.status), f"`{code}`", text.title.en, text.detail.en, text.title.zh, text.detail.zh)
        for code, text in sorted(PROBLEMS.items(), key=lambda item: (item[1].status, item[0]))
    ]
    faults = [(f"`{code}`", text.en, text.zh) for code, text in sorted(RUN_FAULTS.items())]
    fields = [(f"`{code}`", text.en, text.zh) for code, text in FIELD_FAULTS.items() if not code.startswith("_")]
    return _page(
        [
            "# Problems",
            "Errors of the HTTP service. The `type` is `urn:plumbline:problem:` and the code, with `-` for `_`.",
            _table(("status", "code", "title", "detail", "标题", "说明"), answers),
            "## Faults of a run",
            "The `error` of a run that failed, or that had to be ended after a cancel.",
            _table(("code", "message", "说明"), faults),
            "## Faults of a request",
            "Codes in `errors[]` of `request_invalid` and `patch_failed`; others are those of pydantic.",
            _table(("code", "message", "说明"), fields),
        ]
    )


def _settings() -> str:
    rows = [
        (f"`PLUMBLINE_{name.upper()}`", _type(field.annotation), _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    about = (
        "What an operator may set, in the environment of `plumbline serve` and `plumbline worker`. With `_FILE` at the "
        "end of its name, a variable holds the name of a file that has the setting; it goes before the setting itself."
    )
    return _page(["# Settings", about, _table(("variable", "type", "default", "meaning"), rows)])


def _page(parts: Iterable[str]) -> str:
    first, *rest = parts
    return "\n\n".join((first, _NOTE, *rest)) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _fields(model: type[BaseModel]) -> str:
    rows = [
        (f"`{name}`", _type(field.annotation), _default(field), field.description or "")
        for name, field in model.model_fields.items()
        if name != "kind"
    ]
    return _table(("field", "type", "default", "meaning"), rows)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default is PydanticUndefined or field.default in (None, "", ()):
        return ""
    if isinstance(field.default, tuple):
        return ", ".join(f"`{part.kind}`" for part in field.default)
    return f"`{field.default}`"


_WORDS = {
    "str": "text",
    "float": "number",
    "int": "whole number",
    "date": "date",
    "DataFrame": "table",
    "bool": "`True` or `False`",
    "tuple": "list",
}


def _type(annotation: Any) -> str:
    """Return a type in a planner's words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(inner[0])
    if origin is Literal:
        return " or ".join(f"`{choice}`" for choice in inner)
    if origin in (Union, types.UnionType):
        kinds = list(dict.fromkeys(_type(part) for part in inner if part is not type(None)))
        return " or ".join(kinds) if len(kinds) < 4 else "one of several kinds"
    if origin is dict:
        return f"{_type(inner[0])} → {_type(inner[1])}"
    if origin is tuple:
        return f"list of {_type(inner[0])}"
    name = getattr(annotation, "__name__", str(annotation))
    return _WORDS.get(name, name)


def _first_paragraph(model: type[BaseModel]) -> str:
    return _whole_text(model).split("\n\n")[0]


def _whole_text(model: type[BaseModel]) -> str:
    return "\n".join(line.strip() for line in (model.__doc__ or "").strip().splitlines())


def main(arguments: Sequence[str]) -> None:
    """Write everything; the argument is the folder of the documentation."""
    folder = Path(arguments[0] if arguments else "docs") / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    OPENAPI.write_bytes(openapi_bytes())
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
