"""Two languages side by side: the smallest thing that a text catalogue can be. Numbers and plurals are the CLDR's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from numbers import Real
from string import Formatter
from typing import Literal

from scenarios.amounts import full, plural, written

Locale = Literal["en", "zh-CN"]
LOCALES: tuple[Locale, ...] = ("en", "zh-CN")
MORE = "..."
"""In a list of names: there are others."""


@dataclass(frozen=True)
class Text:
    """One sentence template in every language that users read.

    Both languages stand in one place, so that neither can be forgotten; a test checks that they use the
    same fields. A field takes a word as it is and a number in the language's form:

    - ``{count}`` is "1,234";
    - ``{count:# lead|# leads}`` is "1 lead" or "1,234 leads": one form for each plural category of the language;
    - ``{name!r}`` is a name in quotation marks;
    - ``{names}``, a list, is the names in it, each in quotation marks; ``{names:; similar: *}`` is nothing where there
      are none, and else the names with what stands around the asterisk;
    - ``{line:d}`` is what Python makes of it, for numbers that are names.

    A blank between a Chinese word and a field stands only where the field begins, or ends, with a letter or figure.
    """

    en: str
    zh: str

    def template(self, locale: Locale) -> str:
        """Return the template in a language."""
        return self.zh if locale == "zh-CN" else self.en

    def format(self, locale: Locale, /, **fields: object) -> str:
        """Return the sentence in `locale` with its `fields` filled in."""
        told: list[str] = []
        for piece in pieces(self.template(locale)):
            if isinstance(piece, str):
                told.append(piece)
                continue
            text = piece.filled(fields, locale)
            told += [" "] if piece.blank_before and is_latin(text[:1]) else []
            told.append(text)
            told += [" "] if piece.blank_after and is_latin(text[-1:]) else []
        return "".join(told)

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
    perhaps = "也许 " if is_latin(maybe_zh[:1]) else "也许"
    return IssueText(Text(en, zh), Text("Maybe " + maybe_en, perhaps + maybe_zh))


@dataclass(frozen=True)
class Field:
    """A place in a template that is filled in; see `Text`.

    `blank_before` and `blank_after` say where a blank stands if what is beside it there is a letter or figure.
    """

    name: str
    form: str
    quoted: bool
    blank_before: bool = False
    blank_after: bool = False

    def filled(self, fields: Mapping[str, object], locale: Locale) -> str:
        """Return what stands there in a sentence."""
        value = fields[self.name]
        if isinstance(value, str) and not self.quoted:
            return value
        if isinstance(value, list | tuple):
            return names_listed(value, self.form, locale)
        if self.quoted:
            return quoted(value, locale)
        if isinstance(value, Real | Decimal) and not isinstance(value, bool):
            if "#" in self.form or "|" in self.form:
                return plural(value, self.form.split("|"), locale)
            if not self.form:
                return written(full(value), locale)
        return format(value, self.form)


@cache
def pieces(template: str) -> tuple[str | Field, ...]:
    """Return a template in pieces: what stands as it is, and fields."""
    found: list[str | Field] = []
    for literal, name, form, conversion in Formatter().parse(template):
        after = literal[:1] == " " and is_wide(literal[1:2])
        before = literal[-1:] == " " and is_wide(literal[-2:-1])
        if after and found and isinstance(found[-1], Field):
            found[-1] = replace(found[-1], blank_after=True)
            literal = literal[1:]
        if before and name:
            literal = literal[:-1]
        found += [literal] if literal else []
        found += [Field(name, form or "", conversion == "r", before)] if name else []
    return tuple(found)


def is_wide(character: str) -> bool:
    """Tell whether a character is a Chinese one, or full-width punctuation, which stands without blanks."""
    return character > "\u2000"


def is_latin(character: str) -> bool:
    """Tell whether a character, such as a letter or a figure, is set off from Chinese ones by a blank."""
    return "" < character <= "\u2000"


def _fields(template: str) -> set[str]:
    return {piece.name for piece in pieces(template) if isinstance(piece, Field)}


def quoted(value: object, locale: Locale) -> str:
    """Return a name in quotation marks, with escapes for what nobody would see; what is no text as Python writes it."""
    if value == "":
        return BLANK.format(locale)
    text = repr(value)
    return f"“{text[1:-1]}”" if locale == "zh-CN" and isinstance(value, str) else text


def names_listed(names: Sequence[object], form: str, locale: Locale) -> str:
    """Return names in a sentence, each in quotation marks; `MORE` at their end stands for others. See `Text`."""
    told = [quoted(str(name), locale) for name in names if name != MORE]
    listed = ("、" if locale == "zh-CN" else ", ").join(told)
    if MORE in names:
        listed = AND_OTHERS.format(locale, names=listed)
    if form:
        return form.replace("*", listed) if listed else ""
    return listed or NONE.format(locale)


def locale_of(wish: str) -> Locale:
    """Map a language tag such as `zh`, `zh-Hans` or `en-GB` to a language that we speak."""
    return "zh-CN" if wish.strip().lower().startswith("zh") else "en"


NONE = Text("none", "无")
BLANK = Text("(blank)", "（空白）")
AND_OTHERS = Text("{names} and others", "{names}等")
