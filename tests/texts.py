"""Every text of the three packages, found by looking; and what is wrong with a sentence whatever it says."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType

import api
import scenarios
import solver
from scenarios.texts import Locale, Text

NOUNS = (
    "account", "byte", "cell", "change", "character", "claim", "column", "customer", "day", "entry", "error", "file",
    "goal", "hour", "issue", "kilometre", "lead", "line", "move", "pair", "place", "plan", "point", "rep", "row",
    "rule", "run", "second", "skill", "step", "thing", "trial", "unit", "value", "warning", "way",
)  # fmt: skip
"""What texts count."""
NAMES = {
    "after", "because", "because_of", "before", "but", "cause", "change", "column", "detail", "field", "fields", "file",
    "folder", "format", "goal", "group", "guess", "highest", "holds", "id", "key", "kind", "lead", "lead_column",
    "metric", "name", "near", "now", "of", "other", "owner", "path", "rep", "rep_column", "rule", "runner", "scenario",
    "skill", "table", "term", "why",
}  # fmt: skip
"""Fields that hold a name or a clause, and never a count."""

_MANY = "|".join(noun.removesuffix("y") + "ies" if noun == "entry" else noun + "s" for noun in NOUNS)
_WRONG_OF_ONE = re.compile(rf"(?<![\d.,/–-])1 (?:(?:more |other )?(?:{_MANY})|are|have|were|do)\b")
_WRONG_OF_TWO = re.compile(rf"(?<![\d.,/–-])2 (?:more |other )?(?:{'|'.join(NOUNS)})\b")
_LEFT_OVER = re.compile(
    r"[{}]|\bNone\b|\bnan\b|\bNaN\b|(?<! ) {2}(?! )|(?<!\.)\.\.(?!\.)| [,.;:](?: |$)|\(\)|(?<!\w)''(?!\w)"
    r"|[，。；：、]{2}|（）|“”|(?<=[\u4e00-\u9fff，。；：]) (?=[\u4e00-\u9fff，。；：])"
)


def wrong_in(sentence: str) -> list[str]:
    """Return what no sentence should hold: a field that was not filled in, a plural of one, doubled marks."""
    patterns = (_WRONG_OF_ONE, _WRONG_OF_TWO, _LEFT_OVER)
    return [found.group(0) for pattern in patterns if (found := pattern.search(sentence))]


@cache
def all_texts() -> dict[str, Text]:
    """Return every `Text` of the three packages by the place where it stands."""
    found: dict[str, Text] = {}
    seen: set[int] = set()
    for package in (scenarios, solver, api):
        for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            module = importlib.import_module(info.name)
            for name, text in _texts_of(module):
                if id(text) not in seen:
                    seen.add(id(text))
                    found[f"{info.name}.{name}"] = text
    return found


def _texts_of(module: ModuleType) -> Iterator[tuple[str, Text]]:
    for name, value in vars(module).items():
        if inspect.isclass(value):
            if value.__module__ == module.__name__:
                for field, part in vars(value).items():
                    yield from _walk(f"{name}.{field}", part)
        elif not isinstance(value, ModuleType):
            yield from _walk(name, value)


def _walk(name: str, value: object) -> Iterator[tuple[str, Text]]:
    if isinstance(value, Text):
        yield name, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _walk(f"{name}[{key}]", part)
    elif isinstance(value, tuple | list):
        for k, part in enumerate(value):
            yield from _walk(f"{name}[{k}]", part)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _walk(f"{name}.{field.name}", getattr(value, field.name))


def filled_with(text: Text, locale: Locale, /, **fields: object) -> str:
    """Return a text with these fields, and X in all others."""
    return text.format(locale, **{**dict.fromkeys(set().union(*text.fields()), "X"), **fields})
