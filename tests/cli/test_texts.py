"""The texts of the command line: both languages, the same fields, and one for every reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType

import pytest

from api import files, folders, issue_lines, summary_texts
from api.commands import checking, claims, compare, curve, progress, sources, supply, terminal, why
from scenarios.texts import Text
from solver.check import Claim
from solver.explain.reasons import UNASSIGNED

MODULES = [
    files,
    folders,
    issue_lines,
    summary_texts,
    checking,
    claims,
    compare,
    progress,
    sources,
    curve,
    supply,
    terminal,
    why,
]


def texts_of(module: ModuleType) -> Iterator[Text]:
    def walk(value: object) -> Iterator[Text]:
        if isinstance(value, Text):
            yield value
        elif isinstance(value, Mapping):
            for part in value.values():
                yield from walk(part)
        elif isinstance(value, tuple):
            for part in value:
                yield from walk(part)

    for value in vars(module).values():
        yield from walk(value)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_both_languages_use_the_same_fields(module: ModuleType) -> None:
    texts = list(texts_of(module))
    assert texts
    for text in texts:
        english, chinese = text.fields()
        assert english == chinese, text
        assert bool(text.en) == bool(text.zh), text


def test_every_reason_to_leave_a_lead_has_a_heading() -> None:
    assert set(summary_texts.LEFT_REASONS) == set(UNASSIGNED)


def test_every_claim_of_the_judge_has_a_name_in_both_languages() -> None:
    """The names in `solver.check`, with the tier that they may be of."""
    for name in ("every hard rule holds", "objective of tier 2", "certified bound of tier 2", "bound of tier 2"):
        for locale in ("en", "zh-CN"):
            assert checking._name(name, locale) != name
    report = checking._report([Claim("bound of tier 2", 5.0, 6.0, True, "search")], "en")
    assert report.renderables
