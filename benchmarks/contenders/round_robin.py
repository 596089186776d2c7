"""Round robin: see `dealing`."""

from __future__ import annotations

from benchmarks.contenders.dealing import RoundRobin
from benchmarks.race import Race


def run(race: Race) -> None:
    """Tell the one plan that comes out."""
    race.begin()
    owner = RoundRobin(race.instance).deal()
    race.tell(owner=race.instance.told(owner))
    race.stop()
