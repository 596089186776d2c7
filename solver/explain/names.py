"""Names that a question gets wrong: an error with a guess, in both languages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from scenarios.texts import Locale, Text

COMPARED = 20_000
"""Ids that a wrong one is compared with, at most."""

_TEXTS: dict[str, Text] = {
    "lead": Text("There is no lead {name!r}.", "没有线索 {name!r}。"),
    "rep": Text("There is no rep {name!r}.", "没有销售 {name!r}。"),
}
_MAYBE = Text(" Maybe {near!r} is meant.", "也许是指 {near!r}。")


class UnknownName(KeyError):  # noqa: N818  (the name says what it is)
    """A lead or rep that the scenario does not have.

    Parameters
    ----------
    what : {"lead", "rep"}
    name : str
        The id asked for.
    near : str, optional
        The id that looks most like it.
    """

    def __init__(self, what: str, name: str, near: str | None) -> None:
        super().__init__(name)
        self.what, self.name, self.near = what, name, near

    def message(self, locale: Locale = "en") -> str:
        """Return what is wrong, and a guess."""
        text = _TEXTS[self.what].format(locale, name=self.name)
        return text + (_MAYBE.format(locale, near=self.near) if self.near else "")

    def __str__(self) -> str:
        return self.message()


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name that looks most like another, whatever the case; None if none does."""
    folded = {n.casefold(): n for n in names}
    found = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    return folded[found[0]] if found else None
