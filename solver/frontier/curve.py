"""The frontier: what fairness costs. Plans within narrower and narrower bands, each begun from its neighbour's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np

from scenarios.model import Scenario
from solver.check import judge
from solver.facts import Facts
from solver.frontier.fairest import SAME, Fairest, evened, fairest
from solver.frontier.measure import Measure
from solver.frontier.points import Point, point_of, settle
from solver.frontier.question import WIDEST, Question, question
from solver.frontier.record import Frontier, Today
from solver.frontier.sentences import USUAL
from solver.limits import Limits, Progress, StoppedBy, Watch
from solver.pairs import Ints
from solver.result import Plan, Tier
from solver.solve import solve

POINTS = 8
LEAST = 1e-4
"""Deviations below need no narrower band."""


@dataclass(frozen=True)
class Step:
    """A moment of a frontier: which of how many points is worked on, its tolerance (None: no band), and its progress.

    `doing` is "point", or "fairest" while the fair end is looked for.
    """

    number: int
    of: int
    doing: str
    tolerance: float | None
    progress: Progress


def frontier(
    scenario: Scenario,
    metric: str,
    *,
    by: str | None = None,
    points: int = POINTS,
    limits: Limits | None = None,
    listen: Callable[[Step], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Frontier:
    """Find the best plans from no band at all to the fairest plan.

    Parameters
    ----------
    scenario : Scenario
    metric : str
        leads, hours, value, expected_value, quality or a numeric column of the leads.
    by : str, optional
        Rep column whose values form the fairness groups; "": all reps together; None: as the scenario's own band on
        the metric has it.
    points : int
        How many bands are tried, from 2 to 100, no band and the narrowest among them.
    limits : Limits, optional
        For all of them together; two minutes by default.
    listen : callable, optional
        Called with each `Step`, possibly from another thread.
    cancelled : callable, optional
        Asked now and then; once it says True the points so far are returned.

    Raises
    ------
    FrontierFault
        If there is no such metric or column, or nobody to compare.
    ValueError
        If the number of points is out of range.
    """
    if not 2 <= points <= 100:
        raise ValueError(f"points must be from 2 to 100, not {points}")
    asked = question(scenario, metric, by)
    return _Curve(asked, points, Watch(limits or Limits(time=120.0), None, cancelled), listen).run()


class _Curve:
    """A frontier under way."""

    def __init__(self, asked: Question, most: int, watch: Watch, listen: Callable[[Step], None] | None) -> None:
        self.asked, self.most, self.watch, self.listen = asked, most, watch, listen
        self.measure = Measure(asked, Facts(asked.base))
        self.points: list[Point] = []
        self.end: Fairest | None = None

    def run(self) -> Frontier:
        """Find the ends, and then points where the curve between them is least known."""
        self._point(None)
        free = self.points[0]
        if free.owner is not None and free.deviation > SAME:
            self._fair_end(free.owner)
            for first in self._first(free.deviation):
                self._ask(first)
            self._end_point()
            self._below_the_end()
            while self._going() and (tolerance := self._next()) is not None:
                self._point(tolerance)
        stopped = self.watch.stop()
        return Frontier(
            self.asked,
            tuple(self.points),
            self.end,
            self._today(),
            "cancel" if stopped == "cancel" else self._stopped(),
            self.watch.limits.seed,
            self.watch.seconds(),
        )

    # -- which bands ----------------------------------------------------------------------------------------------

    def _going(self) -> bool:
        return len(self.points) < self.most and self.watch.stop() is None

    def _ask(self, tolerance: float) -> None:
        """Solve within a band, unless enough is done or it was asked for before."""
        if self._going() and all(abs(point.width - tolerance) > SAME for point in self.points):
            self._point(tolerance)

    def _first(self, widest: float) -> list[float]:
        """Return the tolerances of the scenario's own bands, or a usual one; one point is left for the fair end."""
        own = [t for t in self.asked.own_tolerances() if SAME < t < widest - SAME]
        if not own and widest > USUAL:
            own = [USUAL]
        return own[: max(self.most - 2, 0)]

    def _fair_end(self, free: Ints) -> None:
        """Find the fairest plan."""
        if self.watch.stop() is not None:
            return
        self._tell("fairest", None, Progress(self.watch.seconds(), "fairest", None, None))
        self.end = fairest(self.asked, free, self._share(self._left() + 1))

    def _end_point(self) -> None:
        """Find the best plan that is as fair as the fairest, beginning with a narrow one evened out, or the fairest."""
        if self.end is None or self.end.tolerance > WIDEST or self.watch.stop() == "cancel":
            return
        start, near = self.end.owner, self._neighbour(self.end.tolerance)
        if near is not None and not self.end.proved and self.watch.stop() is None:
            other = evened(self.asked, near.owner, self.end.tolerance, self._share(2 * self._left()))
            start = max(start, other, key=partial(self._standing, self.end.tolerance))
        self._point(self.end.tolerance, start)

    def _standing(self, tolerance: float, owner: Ints) -> tuple[float, ...]:
        """Return how good a plan is within a band, the better the larger: whether it is one, then points by tier."""
        judgement = judge(self.asked.banded(tolerance), owner)
        return float(judgement.feasible), *(points for _, points in sorted(judgement.tiers.items()))

    def _below_the_end(self) -> None:
        """See whether any plan keeps a band just narrower than the fairest plan, where that is proved to be fairest."""
        if self.end is None or not self.end.proved:
            return
        narrower = self.end.tolerance - self._least_step(self.end.owner)
        closer = [point for point in self.points if point.width <= narrower and point.owner is not None]
        if narrower > max(LEAST, 0.9 * self.end.tolerance) and not closer and self._going():
            self._point(narrower)
            self.end = replace(self.end, below=narrower)

    def _least_step(self, owner: Ints) -> float:
        """Return how much narrower a band has to be so that the judge, who allows for rounding, sees the difference."""
        target = self.measure.targets(self.measure.loads(owner))
        return 4 * SAME / min(1.0, float(target[target > 0].min(initial=1.0)))

    def _next(self) -> float | None:
        """Return a tolerance in the middle of where the curve is least known; None where it is known.

        Between two points the curve lies in the rectangle that they span, as it never falls from left to right. The
        width counts by its square root: narrow bands are closer together.
        """
        known = [point for point in self.points if point.owner is not None]
        largest, best = 0.0, None
        for wide, narrow in pairwise(known):
            low, high = narrow.width, min(wide.deviation, WIDEST)
            middle = between(low, high)
            if middle is None or wide.objective is None or narrow.objective is None:
                continue
            size = max(1.0, abs(wide.objective))
            drop = sum(w.objective - n.objective for w, n in zip(wide.tiers, narrow.tiers, strict=True))
            area = drop * (np.sqrt(high) - np.sqrt(low))
            if drop > 1e-7 * size and area > largest:
                largest, best = area, middle
        return best

    # -- solving ----------------------------------------------------------------------------------------------------

    def _share(self, parts: int) -> Watch:
        """Return a watch for one of so many parts of the time that is left."""
        share = self.watch.part(1.0 / parts)
        if self.watch.limits.work is None:
            return share
        return replace(share, limits=replace(share.limits, work=self.watch.limits.work / (self.most + 1)))

    def _left(self) -> int:
        """Return how many points are still to be found, this one among them."""
        return max(self.most - len(self.points), 1)

    def _point(self, tolerance: float | None, start: Ints | None = None) -> None:
        """Find the best plan within a band, beginning with a plan that is known to keep it, or with a neighbour's."""
        began = self.watch.seconds()
        limits = self.watch.limits
        # The fair end has a part of its own, until it is found.
        parts = self._left() + (self.end is None)
        limits = replace(
            limits,
            time=None if limits.time is None else max(self.watch.left() / parts, 0.01),
            work=None if limits.work is None else limits.work / (self.most + 1),
        )
        plan = None if tolerance is None else self._neighbour(tolerance)
        if start is not None:
            plan = Plan(start, () if plan is None else plan.tiers)

        def tell(progress: Progress) -> None:
            self._tell("point", tolerance, replace(progress, seconds=self.watch.seconds()))

        result = solve(self.asked.banded(tolerance), limits, start=plan, listen=tell, cancelled=self.watch.cancelled)
        found = point_of(tolerance, result, self.watch.seconds() - began)
        if found.owner is None and start is not None:
            found = self._by_hand(found, start)
        self.points = settle([*self.points, self._measured(found)])

    def _neighbour(self, tolerance: float) -> Plan | None:
        """Return the plan of the nearest narrower point, or the fairest plan, or that of the nearest wider point."""
        known = [point for point in self.points if point.owner is not None]
        narrower = [point for point in known if point.width < tolerance]
        wider = [point for point in known if point.width > tolerance]
        if narrower:
            return narrower[0].plan
        if self.end is not None and self.end.tolerance < tolerance:
            return Plan(self.end.owner, wider[-1].tiers if wider else ())
        return wider[-1].plan if wider else None

    def _by_hand(self, found: Point, start: Ints) -> Point:
        """Return a point whose solve has found no plan with the plan that it began with, if the judge passes it."""
        judgement = judge(self.asked.banded(found.tolerance), start)
        if not judgement.feasible:
            return found
        endless = float("inf")
        tiers = tuple(Tier(tier, points, endless, endless) for tier, points in sorted(judgement.tiers.items()))
        return replace(found, status="feasible", owner=start, tiers=tiers)

    def _measured(self, point: Point) -> Point:
        """Return a point with the figures of its plan."""
        if point.owner is None:
            return point
        return replace(
            point,
            deviation=self.measure.tolerance(point.owner),
            figures=self.measure.figures(point.owner),
            expected_value=self.measure.expected_value(point.owner),
        )

    def _tell(self, doing: str, tolerance: float | None, progress: Progress) -> None:
        if self.listen is not None:
            self.listen(Step(len(self.points) + 1, self.most, doing, tolerance, progress))

    # -- the whole ----------------------------------------------------------------------------------------------------

    def _stopped(self) -> StoppedBy:
        """Return why it ended: the strongest limit that any point met."""
        met = {point.stopped_by for point in self.points if point.status in ("feasible", "no_plan_found")}
        limits: tuple[StoppedBy, ...] = ("time", "work", "gap")
        return next((reason for reason in limits if reason in met), "proof")

    def _today(self) -> Today | None:
        """Return how today's owners compare, where any lead has one."""
        owner = self.measure.facts.owner
        if not (owner >= 0).any():
            return None
        judgement = judge(self.asked.base, owner)
        return Today(
            judgement.feasible,
            dict(judgement.tiers),
            self.measure.expected_value(owner),
            self.measure.figures(owner),
            int((owner >= 0).sum()),
            len(owner),
        )


def between(low: float, high: float) -> float | None:
    """Return a tolerance between two, at the mean of their square roots, in as few figures as tell them apart."""
    if high - low <= max(SAME, 0.02 * high):
        return None
    middle = float(((np.sqrt(low) + np.sqrt(high)) / 2) ** 2)
    for figures in (1, 2, 3, 4, 6):
        short = float(f"{middle:.{figures}g}")
        if low + 0.2 * (high - low) < short < high - 0.2 * (high - low):
            return short
    return middle
