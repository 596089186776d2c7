"""What results say, worked out of rows and steps: gaps, times to a quality, and ratios between contenders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from benchmarks.results import Moment, Row

OURS = ("plumbline", "files")
CLOSE = 1e-9
"""Points are reached when no more than this part of them is missing."""

FALSE = 1e-6
"""A bound is false when a plan passes it by more than this part."""


AT_BOUND = 1e-9
"""Closer than this part a plan is at the bound, and a multiple of its distance would be noise."""


@dataclass(frozen=True)
class Field:
    """The races of one instance, seed and limit, with their steps, and the best bound that is known of the instance.

    Parameters
    ----------
    instance : str
    seed : int
    limit : float
        Seconds.
    rows : mapping
        By contender.
    moments : mapping
        By contender.
    best : float, optional
        The most points of any plan that holds, of any contender at any limit.
    bound : float, optional
        The least bound that any contender claims at any limit, in points; none that a plan passes counts.
    pass_seconds : float, optional
        Seconds of one scoring pass over all pairs.
    """

    instance: str
    seed: int
    limit: float
    rows: Mapping[str, Row]
    moments: Mapping[str, Sequence[Moment]]
    best: float | None
    bound: float | None
    pass_seconds: float | None

    @property
    def ours(self) -> Row | None:
        """Plumbline's race, if it was run."""
        return next((self.rows[name] for name in OURS if name in self.rows), None)

    def behind(self, points: float) -> float | None:
        """Return how far points are behind the best bound, as a fraction of it; None where no bound is known."""
        return None if self.bound is None else gap(points, self.bound)

    def times_ours(self, row: Row) -> float | None:
        """Return how many times as far behind the best bound as Plumbline a plan is; None where that is at it."""
        if self.ours is None or not (row.holds and self.ours.holds):
            return None
        here, ours = (self.behind(r.objective) for r in (row, self.ours) if r.objective is not None)
        return None if ours is None or ours <= AT_BOUND or here is None else here / ours

    def false_bound(self, row: Row) -> bool:
        """Return whether a plan that holds passes the bound that a contender claims."""
        return row.bound is not None and self.best is not None and is_false(row.bound, self.best)

    def reached(self, contender: str, points: float) -> float | None:
        """Return the seconds after which a contender had a plan of so many points; None if it never had."""
        return reached(self.moments[contender], points)

    def seconds_to_gap(self, contender: str, target: float) -> float | None:
        """Return the seconds after which a contender's own plan and bound were this close; None if they never were."""
        both = ((m.seconds, m.objective, m.bound) for m in self.moments[contender])
        close = (
            s for s, points, bound in both if points is not None and bound is not None and gap(points, bound) <= target
        )
        return next(close, None)


def gap(points: float, bound: float) -> float:
    """Return (bound - points) / max(|bound|, 1), at least 0."""
    return max(0.0, (bound - points) / max(abs(bound), 1.0))


def is_false(bound: float, best: float) -> bool:
    """Return whether a plan of `best` points passes a bound by more than floating point may."""
    return bound < best - FALSE * max(1.0, abs(best))


def reached(moments: Iterable[Moment], points: float) -> float | None:
    """Return when the best plan first had so many points; None if it never had."""
    enough = points - CLOSE * max(1.0, abs(points))
    return next((m.seconds for m in moments if m.objective is not None and m.objective >= enough), None)


@dataclass(frozen=True)
class Duel:
    """Plumbline against one contender.

    Parameters
    ----------
    best_after : float, optional
        Seconds after which the contender had its best plan; None without a plan that holds.
    ours_after : float, optional
        Seconds after which Plumbline had one as good; None if it never had.
    """

    best_after: float | None
    ours_after: float | None

    @property
    def times_faster(self) -> float | None:
        """How many times sooner Plumbline was there; below 1: later."""
        if self.best_after is None or self.ours_after is None:
            return None
        return self.best_after / max(self.ours_after, 1e-3)


def duel(field: Field, contender: str) -> Duel:
    """Compare Plumbline with a contender that has a plan, by when both had a plan as good as the contender's best."""
    row, ours = field.rows[contender], field.ours
    if not row.holds or row.objective is None:
        return Duel(None, None)
    after = field.reached(contender, row.objective)
    best_after = row.seconds if after is None else after
    if ours is None or not ours.holds:
        return Duel(best_after, None)
    return Duel(best_after, field.reached(ours.settings.contender, row.objective))


def fields_of(rows: Sequence[Row], moments: Mapping[str, Sequence[Moment]]) -> list[Field]:
    """Group races by instance, seed and limit; of the same race the latest counts, whatever its code was."""
    latest: dict[tuple[str, int, float, str], Row] = {}
    for row in sorted(rows, key=lambda row: row.when):
        place = row.settings
        latest[place.instance, place.seed, place.limit, place.contender] = row
    best: dict[tuple[str, int], float] = {}
    for (instance, seed, _, _), row in latest.items():
        if row.holds and row.objective is not None:
            best[instance, seed] = max(row.objective, best.get((instance, seed), row.objective))
    bounds: dict[tuple[str, int], float] = {}
    passes: dict[tuple[str, int], float] = {}
    for (instance, seed, _, contender), row in latest.items():
        if row.bound is not None and not is_false(row.bound, best.get((instance, seed), -inf)):
            bounds[instance, seed] = min(row.bound, bounds.get((instance, seed), row.bound))
        if contender == "scoring" and "pass_seconds" in row.figures:
            passes[instance, seed] = row.figures["pass_seconds"]
    groups: dict[tuple[str, int, float], dict[str, Row]] = {}
    for (instance, seed, limit, contender), row in latest.items():
        if contender != "scoring":
            groups.setdefault((instance, seed, limit), {})[contender] = row
    return [
        Field(
            instance,
            seed,
            limit,
            found,
            {name: moments.get(row.run, ()) for name, row in found.items()},
            best.get((instance, seed)),
            bounds.get((instance, seed)),
            passes.get((instance, seed)),
        )
        for (instance, seed, limit), found in groups.items()
    ]
