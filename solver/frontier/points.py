"""Points of a frontier, and what they prove about each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from solver.limits import StoppedBy, gap_between
from solver.pairs import Ints
from solver.result import OPTIMAL_GAP, Plan, Result, Status, Tier
from solver.solve import JudgeError

HAIR = 1e-9
"""Points, or deviations, that differ by no more than this part are the same."""


@dataclass(frozen=True)
class Point:
    """What is known of the best plan within one band.

    Parameters
    ----------
    tolerance : float, optional
        Of the band; None: without a band.
    status : str
        As of a `Result`: "infeasible" is proved, "no_plan_found" proves nothing.
    owner : (n,) array of int, optional
        The plan, in the scenario's order.
    tiers : tuple of Tier
        Points and bounds; empty without a plan.
    limit : float, optional
        Points that no plan in a band as narrow as this can beat, in the last tier; None: nothing is proved.
    deviation : float
        The tolerance of the narrowest band that the plan keeps.
    figures : dict
        How fair the plan is; see `solver.fairness.figures`.
    expected_value : float
        In money.
    dominated : bool
        Whether another point has a plan that is as fair and worth as much, and better in one of the two.
    """

    tolerance: float | None
    status: Status
    stopped_by: StoppedBy
    seconds: float
    owner: Ints | None = None
    tiers: tuple[Tier, ...] = ()
    limit: float | None = None
    deviation: float = float("inf")
    figures: dict[str, float] | None = None
    expected_value: float | None = None
    dominated: bool = False

    @property
    def width(self) -> float:
        """The tolerance; infinite without a band."""
        return float("inf") if self.tolerance is None else self.tolerance

    @property
    def plan(self) -> Plan | None:
        """The plan, for a solve to begin with."""
        return None if self.owner is None else Plan(self.owner, self.tiers)

    @property
    def objective(self) -> float | None:
        """Points of the plan; with tiers of the last one."""
        return float(self.tiers[-1].objective) if self.tiers else None

    @property
    def bound(self) -> float | None:
        """Points that no plan can beat, with a plan or without; None: nothing is proved."""
        return _known(self.tiers[-1].bound if self.tiers else self.limit)

    @property
    def gap(self) -> float | None:
        """Proved distance of the plan from the bound, as a fraction."""
        return None if self.objective is None or self.bound is None else gap_between(self.objective, self.bound)

    def record(self) -> dict[str, Any]:
        """Return the point JSON-ready."""
        figures = self.figures or dict.fromkeys(("jain", "gini", "min_ratio", "max_ratio", "worst_deviation"))
        leads = None if self.owner is None else len(self.owner)
        assigned = None if self.owner is None else int((self.owner >= 0).sum())
        return {
            "tolerance": self.tolerance,
            "status": self.status,
            "stopped_by": self.stopped_by,
            "objective": self.objective,
            "bound": self.bound,
            "gap": self.gap,
            "tiers": [{"tier": t.tier, "objective": float(t.objective), "bound": _known(t.bound)} for t in self.tiers],
            "expected_value": self.expected_value,
            **figures,
            "assigned": assigned,
            "unassigned": None if leads is None or assigned is None else leads - assigned,
            "seconds": self.seconds,
            "dominated": self.dominated,
        }


def _known(bound: float | None) -> float | None:
    return float(bound) if bound is not None and isfinite(bound) else None


def point_of(tolerance: float | None, result: Result, seconds: float) -> Point:
    """Return what came of a solve, before its plan is measured."""
    if result.plan is None:
        return Point(tolerance, result.status, result.stopped_by, seconds)
    return Point(tolerance, result.status, result.stopped_by, seconds, result.plan.owner, result.plan.tiers)


def settle(points: Sequence[Point]) -> list[Point]:
    """Let points learn from each other; return them from the widest band to the narrowest.

    A plan within a narrower band, or one that happens to keep it, is also one within a wider: no point is worth less
    than a narrower one. What no plan beats within a wider band, none does within a narrower. Where a wider band is
    proved to have no plan, a narrower has none.
    """
    ordered = sorted(points, key=lambda point: point.width, reverse=True)
    for k, point in enumerate(ordered):
        for other in ordered:
            if other.width < point.width or (other.width > point.width >= other.deviation):
                ordered[k] = _with_plan(ordered[k], other)
    for k in range(1, len(ordered)):
        ordered[k] = _with_bound(ordered[k], ordered[k - 1])
    return [replace(point, dominated=any(_beats(other, point) for other in ordered)) for point in ordered]


def _with_plan(point: Point, other: Point) -> Point:
    """Return the point with the plan of another, which keeps its band, if that is worth more."""
    if other.owner is None:
        return point
    if point.status == "infeasible":
        raise JudgeError(f"a band of {point.tolerance} was proved to have no plan, and there is one within it")
    if point.owner is not None and _compare(other, point) <= 0:
        return point
    endless = float("inf")
    own = point.tiers or tuple(replace(tier, bound=endless, certified_bound=endless) for tier in other.tiers)
    tiers = tuple(
        replace(old, objective=new.objective, bound=max(old.bound, new.objective))
        for old, new in zip(own, other.tiers, strict=True)
    )
    return replace(
        point,
        status=_status(tiers),
        owner=other.owner,
        tiers=tiers,
        deviation=other.deviation,
        figures=other.figures,
        expected_value=other.expected_value,
    )


def _with_bound(narrow: Point, wide: Point) -> Point:
    """Return the narrower point with the bounds of a wider one where they are lower.

    A bound of a tier is for plans that keep what the earlier tiers achieved: it is passed on as long as the narrower
    point achieved as much there.
    """
    if narrow.owner is None:
        if wide.status == "infeasible":
            return replace(narrow, status="infeasible")
        known = [limit for limit in (wide.bound if len(wide.tiers) < 2 else None, narrow.limit) if limit is not None]
        return replace(narrow, limit=min(known, default=None)) if narrow.status != "infeasible" else narrow
    if not wide.tiers:
        return narrow
    tiers, same = [], True
    for mine, other in zip(narrow.tiers, wide.tiers, strict=True):
        bound = float(max(min(mine.bound, other.bound), mine.objective)) if same else mine.bound
        tiers.append(replace(mine, bound=bound))
        same = same and mine.objective >= other.objective - HAIR * max(1.0, abs(other.objective))
    return replace(narrow, tiers=tuple(tiers), status=_status(tuple(tiers)))


def _status(tiers: tuple[Tier, ...]) -> Status:
    proved = all(isfinite(t.bound) and gap_between(t.objective, t.bound) <= OPTIMAL_GAP for t in tiers)
    return "optimal" if proved else "feasible"


def _compare(one: Point, other: Point) -> int:
    """Return 1 if the first is worth more, -1 if less, 0 if they are worth the same; tiers in turn."""
    for mine, theirs in zip((t.objective for t in one.tiers), (t.objective for t in other.tiers), strict=True):
        if abs(mine - theirs) > HAIR * max(1.0, abs(mine), abs(theirs)):
            return 1 if mine > theirs else -1
    return 0


def _beats(one: Point, other: Point) -> bool:
    """Tell whether a point leaves no reason for another one; of equal plans the one with the narrowest band stays."""
    if one is other or one.owner is None or other.owner is None:
        return False
    lead = _compare(one, other)
    fairer = other.deviation - one.deviation
    if lead < 0 or fairer < -HAIR:
        return False
    return lead > 0 or fairer > HAIR or one.width < other.width
