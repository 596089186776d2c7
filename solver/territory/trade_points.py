"""Points of balance against disruption, and what they prove about each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import Any

from solver.frontier.fairest import SAME
from solver.frontier.question import Question
from solver.limits import Progress, StoppedBy, gap_between
from solver.pairs import Ints
from solver.result import OPTIMAL_GAP, Status
from solver.solve import JudgeError


@dataclass(frozen=True)
class Point:
    """What is known of one band: the least that has to change owner, and territories that move no more than found.

    Parameters
    ----------
    tolerance : float, optional
        Of the band; None: without a band.
    status : str
        Of the search for the least: "optimal" where what moves is proved to be the least, "infeasible" where no
        territories keep the band: proved.
    moved_least : float, optional
        No territories within the band, or a narrower one, move less; None: there are none.
    owner : (n,) array of int, optional
        Rep of each lead, in the scenario's order.
    moved : float, optional
    moved_leads : int, optional
        How many leads change owner in these territories.
    deviations : dict
        By metric of a band: |load / fair share - 1| of the territory that is furthest off.
    objective, bound : float, optional
        Points of the goals, and what no territories within the band that move no more than `moved` can beat.
    dominated : bool
        Whether other territories are as even and move as little, and better in one of the two.
    """

    tolerance: float | None
    status: Status
    stopped_by: StoppedBy
    seconds: float
    moved_least: float | None = 0.0
    owner: Ints | None = None
    moved: float | None = None
    moved_leads: int | None = None
    deviation: float = inf
    deviations: dict[str, float] | None = None
    objective: float | None = None
    bound: float | None = None
    dominated: bool = False

    @property
    def width(self) -> float:
        """The tolerance; infinite without a band."""
        return inf if self.tolerance is None else self.tolerance

    @property
    def gap(self) -> float | None:
        """Proved distance of the points from their bound, as a fraction."""
        return None if self.objective is None or self.bound is None else gap_between(self.objective, self.bound)

    def record(self) -> dict[str, Any]:
        """Return the point JSON-ready, without its territories."""
        return {
            "tolerance": self.tolerance,
            "status": self.status,
            "stopped_by": self.stopped_by,
            "moved": self.moved,
            "moved_least": self.moved_least,
            "moved_leads": self.moved_leads,
            "worst_deviation": None if self.deviation == inf else self.deviation,
            "deviations": self.deviations,
            "objective": self.objective,
            "bound": self.bound,
            "gap": self.gap,
            "seconds": self.seconds,
            "dominated": self.dominated,
        }


@dataclass(frozen=True)
class Reference:
    """Territories beside the curve: those of today, or the best ones by the goals whatever changes owner."""

    owner: Ints
    feasible: bool
    moved: float
    deviation: float
    deviations: dict[str, float]
    objective: float | None = None
    bound: float | None = None


@dataclass(frozen=True)
class Step:
    """A moment: which of how many points is worked on, its tolerance (None: no band), and its progress.

    `doing` is "least", "goals", or "free" for the plan without a budget.
    """

    number: int
    of: int
    doing: str
    tolerance: float | None
    progress: Progress


@dataclass(frozen=True)
class TradeOff:
    """Balance against disruption: points from the widest band to the narrowest.

    Parameters
    ----------
    asked : Question
        Its base is without the bands and budgets that give way.
    counted : str
        Metric in which is measured what changes owner.
    owned : float
        As much of it has an owner among the reps today.
    budgets : tuple of float
        Budgets of the scenario itself, which gave way.
    """

    asked: Question
    counted: str
    owned: float
    budgets: tuple[float, ...]
    points: tuple[Point, ...]
    today: Reference
    free: Reference | None
    stopped_by: StoppedBy
    seed: int
    seconds: float

    @property
    def status(self) -> Status:
        """Whether there are territories at all."""
        return "feasible" if self.curve else self.points[0].status

    @cached_property
    def curve(self) -> tuple[Point, ...]:
        """The points that no other leaves without a reason, from the least moved to the most even."""
        return tuple(point for point in self.points if point.owner is not None and not point.dominated)


def settled(points: Sequence[Point]) -> list[Point]:
    """Let points learn from each other; return them from the widest band to the narrowest.

    Territories within a narrower band are some within a wider. What has to move within a wider band has to within a
    narrower, and where a wider one has no territories, a narrower has none.
    """
    ordered = sorted(points, key=lambda point: point.width, reverse=True)
    for k, point in enumerate(ordered):
        for other in ordered:
            if other.deviation <= point.width and _calmer(other, point):
                ordered[k] = point = _with_plan(point, other)
    for k in range(1, len(ordered)):
        ordered[k] = _with_bound(ordered[k], ordered[k - 1])
    return [replace(point, dominated=any(_beats(other, point) for other in ordered)) for point in ordered]


def _calmer(one: Point, other: Point) -> bool:
    """Tell whether the territories of a point move less than those of another, if that has any."""
    return one.moved is not None and (other.moved is None or one.moved < other.moved - 1e-9 * max(1.0, other.moved))


def _with_plan(point: Point, other: Point) -> Point:
    """Return a point with the territories of another, which keep its band; the bound of their points is not its own."""
    if point.status == "infeasible":
        raise JudgeError(f"a band of {point.tolerance} was proved to have no territories, and there are some within")
    figures = {name: getattr(other, name) for name in FIGURES}
    return proved(replace(point, status="feasible", bound=None, **figures))


FIGURES = ("owner", "moved", "moved_leads", "deviation", "deviations", "objective")
"""What a point knows of its territories."""


def _with_bound(narrow: Point, wide: Point) -> Point:
    """Return the narrower point with what is proved of a wider one."""
    if wide.moved_least is None:
        if narrow.owner is not None:
            raise JudgeError(f"a band of {wide.tolerance} was proved to have no territories, and there are some within")
        return replace(narrow, status="infeasible", stopped_by="proof", moved_least=None)
    if narrow.moved_least is None:
        return narrow
    return proved(replace(narrow, moved_least=max(narrow.moved_least, wide.moved_least)))


def proved(point: Point) -> Point:
    """Return a point with the status that follows from what is proved to move."""
    if point.moved is None or point.moved_least is None:
        return point
    room = max(OPTIMAL_GAP * point.moved, 1e-9)
    if point.moved_least > point.moved + room:
        raise JudgeError(f"{point.moved_least} was proved to move within {point.tolerance}, and {point.moved} does")
    least = min(point.moved_least, point.moved)
    return replace(point, moved_least=least, status="optimal" if point.moved - least <= room else "feasible")


def _beats(one: Point, other: Point) -> bool:
    """Tell whether a point leaves no reason for another one; of equal ones the narrower band stays."""
    if one is other or one.moved is None or other.moved is None:
        return False
    calmer, evener = other.moved - one.moved, other.deviation - one.deviation
    room = 1e-9 * max(1.0, other.moved)
    if calmer < -room or evener < -SAME:
        return False
    return calmer > room or evener > SAME or one.width < other.width
