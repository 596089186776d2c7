"""Columns: what a row model (`Lead`, `Rep`) says about each column of its table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args, get_origin

import annotated_types as at
from pydantic import BaseModel
from pydantic.fields import FieldInfo

Kind = Literal["text", "number", "integer", "date", "mapping"]

TEXT_LIMIT = 1_000
"""Characters of one text cell, where the model does not say less."""
NAME_LIMIT = 200
"""Characters of the name of an extra column."""


@dataclass(frozen=True)
class Column:
    """One column of a table: its type, its limits, and what an empty cell means."""

    name: str
    kind: Kind
    default: Any = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    longest: int = TEXT_LIMIT
    description: str = ""


@cache
def columns_of(model: type[BaseModel]) -> dict[str, Column]:
    """Return the columns that a row model describes, by name, in its order."""
    return {name: _column(name, info) for name, info in model.model_fields.items()}


def _column(name: str, info: FieldInfo) -> Column:
    bare, metadata = unwrap(info.annotation, list(info.metadata))
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    facts: dict[str, Any] = {
        "default": default,
        "required": info.is_required(),
        "description": info.description or "",
    }
    if get_origin(bare) is Literal:
        return Column(name, "text", choices=get_args(bare), **facts)
    if get_origin(bare) is dict:
        _, of_values = unwrap(get_args(bare)[1], [])
        return Column(name, "mapping", **facts, **_limits(of_values))
    kinds: dict[Any, Kind] = {str: "text", float: "number", int: "integer", dt.date: "date"}
    return Column(name, kinds[bare], **facts, **_limits(metadata))


def unwrap(annotation: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:
    """Take `Annotated` and `| None` off a type and collect the metadata on the way."""
    while True:
        if hasattr(annotation, "__metadata__"):
            metadata += list(annotation.__metadata__)
            annotation = annotation.__origin__
        elif type(None) in get_args(annotation):
            annotation = next(a for a in get_args(annotation) if a is not type(None))
        else:
            return annotation, metadata


def _limits(metadata: list[Any]) -> dict[str, Any]:
    limits: dict[str, Any] = {}  # of numbers alone, where bounds are given as what can be compared
    for item in metadata:
        for part in (item, *getattr(item, "metadata", ())):
            match part:
                case at.Ge(ge=low):
                    limits["minimum"] = float(low)  # type: ignore[arg-type]
                case at.Le(le=high):
                    limits["maximum"] = float(high)  # type: ignore[arg-type]
                case at.MaxLen(max_length=longest):
                    limits["longest"] = longest
    return limits
