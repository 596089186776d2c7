"""Two languages side by side: the smallest thing that a text catalogue can be."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import Literal

Locale = Literal["en", "zh-CN"]
LOCALES: tuple[Locale, ...] = ("en", "zh-CN")


@dataclass(frozen=True)
class Text:
    """One sentence template in every language that users read.

    Both languages stand in one place, so that neither can be forgotten; a test checks that they use the
    same fields.
    """

    en: str
    zh: str

    def format(self, locale: Locale, /, **fields: object) -> str:
        """Return the sentence in `locale` with its `fields` filled in."""
        template = self.zh if locale == "zh-CN" else self.en
        return template.format(**fields)

    def fields(self) -> tuple[set[str], set[str]]:
        """Return the names of the fields that each language uses."""
        return _fields(self.en), _fields(self.zh)


@dataclass(frozen=True)
class IssueText:
    """The sentence that says what is wrong, and the one that begins with "Maybe"."""

    message: Text
    maybe: Text


def issue_text(en: str, zh: str, maybe_en: str, maybe_zh: str) -> IssueText:
    """Return the text of an issue; the guesses are given without the "Maybe" that they begin with."""
    return IssueText(Text(en, zh), Text("Maybe " + maybe_en, "也许" + maybe_zh))


def _fields(template: str) -> set[str]:
    return {name.partition(".")[0].partition("[")[0] for _, name, _, _ in Formatter().parse(template) if name}


def locale_of(wish: str) -> Locale:
    """Map a language tag such as `zh`, `zh-Hans` or `en-GB` to a language that we speak."""
    return "zh-CN" if wish.strip().lower().startswith("zh") else "en"
