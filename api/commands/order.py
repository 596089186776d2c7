"""What is asked of a command that writes a plan, and where the plan goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.commands.terminal import refuse_place
from api.files import OURS, PLAN
from scenarios.texts import Locale
from solver import Limits
from solver.explain.conflict import Conflict


@dataclass(frozen=True)
class Order:
    """The source of a scenario, how long to work on it, and the folder for the plan."""

    source: str
    folder: Path | None
    limits: Limits
    locales: Sequence[Locale]

    @property
    def locale(self) -> Locale:
        """The language of what is printed."""
        return self.locales[0]

    def check_place(self) -> None:
        """Refuse a folder that cannot be written before any time is spent on solving."""
        refuse_place(self.folder, PLAN, OURS, self.locale)

    def told(self, conflict: Conflict | None) -> dict[str, Any] | None:
        """Return the record of a conflict with its sentences by language."""
        if conflict is None:
            return None
        return {**conflict.record(), "sentences": {locale: conflict.sentences(locale) for locale in self.locales}}
