"""The terminal: consoles, languages, and refusals."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text as Line

from api.folders import FolderFault, check_place
from scenarios.texts import Locale, Text, locale_of

if TYPE_CHECKING:
    from solver.limits import Limits

PIPED_WIDTH = 100
"""Columns where there is no terminal to ask."""

WRONG = 2
"""Exit code: what was given is wrong."""
FAILED = 1
"""Exit code: a claim does not hold, or something could not be done."""

_UNKNOWN_LOCALE = Text(
    "There is no language {wish!r} here; there are en and zh-CN.", "没有语言 {wish!r}；可用的有 en 和 zh-CN。"
)


class Refusal(Exception):  # noqa: N818  (it is no error of ours)
    """A request that cannot be met, with the line that says why, and the exit code."""

    def __init__(self, line: str, code: int = WRONG) -> None:
        super().__init__(line)
        self.line, self.code = line, code


def refuse_place(folder: Path | None, mark: str, ours: Collection[str], locale: Locale) -> None:
    """Refuse a folder that cannot be written, as `check_place` finds, before any time is spent on what it is for."""
    if folder is None:
        return
    try:
        check_place(folder, mark, ours)
    except FolderFault as fault:
        raise Refusal(fault.message(locale), FAILED if fault.code == "unwritable" else WRONG) from fault


def console(*, errors: bool = False) -> Console:
    """Return a console for the output, or for what is beside it; nothing in a text is taken for markup."""
    made = Console(stderr=errors, markup=False, highlight=False, emoji=False, soft_wrap=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = PIPED_WIDTH
    return made


def refuse(refusal: Refusal) -> None:
    """Say why a request cannot be met."""
    console(errors=True).print(Line.assemble(("plumbline: ", "bold red"), refusal.line), soft_wrap=True)


def locales_of(wish: str) -> tuple[Locale, ...]:
    """Return the languages of a list such as `en,zh-CN`, each once, in its order.

    Raises
    ------
    Refusal
        If it names a language that we do not speak.
    """
    wishes = [part.strip() for part in wish.split(",") if part.strip()]
    for one in wishes:
        if one.lower().replace("_", "-").partition("-")[0] not in ("en", "zh"):
            raise Refusal(_UNKNOWN_LOCALE.format("en", wish=one))
    if not wishes:
        raise Refusal(_UNKNOWN_LOCALE.format("en", wish=wish))
    return tuple(dict.fromkeys(locale_of(one) for one in wishes))


def limits_of(**wishes: Any) -> Limits:
    """Return the limits that were asked for.

    Raises
    ------
    Refusal
        If a number is out of range.
    """
    from solver.limits import Limits

    try:
        return Limits(**wishes)
    except ValueError as fault:
        raise Refusal(f"--{fault}".replace("--time", "--time-limit", 1)) from fault


def print_json(data: bytes) -> None:
    """Print JSON as it is, in UTF-8 whatever the terminal."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.buffer.flush()
