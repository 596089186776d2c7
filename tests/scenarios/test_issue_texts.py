"""The texts of issues: whole in both languages, and none that nothing says."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from scenarios.issue_texts import ISSUE_TEXTS
from scenarios.texts import IssueText

ROOT = Path(__file__).parents[2]
TEXTS = {"issue_texts.py", "check_texts.py", "lint_texts.py"}


@cache
def _strings() -> frozenset[str]:
    """Return every string in the code of the three packages, but for the texts themselves."""
    files = (path for package in ("scenarios", "solver", "api") for path in (ROOT / package).rglob("*.py"))
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in files if path.name not in TEXTS)
    constants = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return frozenset(node.value for node in constants if isinstance(node.value, str))


@pytest.mark.parametrize(("code", "text"), ISSUE_TEXTS.items(), ids=ISSUE_TEXTS)
def test_says_the_same_in_both_languages(code: str, text: IssueText) -> None:
    for sentence in (text.message, text.maybe):
        english, chinese = sentence.fields()
        assert english == chinese
        assert any("\u4e00" <= character <= "\u9fff" for character in sentence.zh)
        assert not any("\u4e00" <= character <= "\u9fff" for character in sentence.en)


@pytest.mark.parametrize("text", ISSUE_TEXTS.values(), ids=ISSUE_TEXTS)
def test_guesses_what_to_do(text: IssueText) -> None:
    assert text.maybe.en.startswith("Maybe ")
    assert text.maybe.zh.startswith("也许")
    assert (text.message.en[-1], text.maybe.en[-1]) == (".", ".")
    assert (text.message.zh[-1], text.maybe.zh[-1]) == ("。", "。")


@pytest.mark.parametrize("code", ISSUE_TEXTS)
def test_is_said_somewhere(code: str) -> None:
    assert code in _strings()
