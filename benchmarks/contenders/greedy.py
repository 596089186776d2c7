"""Greedy best-fit: see `dealing`."""

from __future__ import annotations

from benchmarks.contenders.dealing import BestFit
from benchmarks.race import Race


def run(race: Race) -> None:
    """Tell the one plan that comes out."""
    race.begin()
    owner = BestFit(race.instance).deal()
    race.tell(owner=race.instance.told(owner))
    race.stop()
