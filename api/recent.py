"""What was asked for last, kept ready as far as there is room."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

PLAN_LEADS = 200
"""What is kept of a plan takes some 50 KiB, and a quarter of a KiB for each lead: as if it had so many more leads."""


class Recent(Generic[K, V]):
    """Values by key; the one that was not asked for longest goes first.

    Parameters
    ----------
    most_leads : int
        Leads of all that is kept together, where each plan counts `PLAN_LEADS` more; the last one always is kept.
    """

    def __init__(self, most_leads: int) -> None:
        self._most, self._total = most_leads, 0
        self._kept: OrderedDict[K, tuple[int, V]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return what is kept, and keep it longer."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key][1]

    def keep(self, key: K, value: V, *, leads: int) -> None:
        """Keep a value that has so many leads."""
        self.drop(key)
        self._kept[key] = (leads + PLAN_LEADS, value)
        self._total += leads + PLAN_LEADS
        while len(self._kept) > 1 and self._total > self._most:
            self.drop(next(iter(self._kept)))

    def drop(self, key: K) -> None:
        """Keep it no longer."""
        self._total -= self._kept.pop(key, (0, None))[0]
