"""How even territories can become if only so much may change owner: balance against disruption.

Each point is a band, and the least that has to change owner within it: territories drawn at the cost of what leaves its
owner, with their bound. Then they are drawn once more by the goals, with what that takes as their budget.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import ceil, inf

import numpy as np

from scenarios.issues import ScenarioError
from scenarios.model import Scenario
from scenarios.rules import Band, Disruption, Minimum
from solver.check import judge
from solver.facts import COUNT, Facts
from solver.frontier.curve import between
from solver.frontier.fairest import SAME
from solver.frontier.measure import Measure
from solver.frontier.question import WIDEST, FrontierFault, question
from solver.frontier.sentences import USUAL
from solver.limits import Limits, Progress, StoppedBy, Watch
from solver.pairs import Bools, Floats, Ints
from solver.result import OPTIMAL_GAP, Plan
from solver.territory.compile import Ground, ground_of, placed
from solver.territory.problem import Territories
from solver.territory.rebalance import Rebalanced, rebalance
from solver.territory.refusals import refusals
from solver.territory.trade_points import Point, Reference, Step, TradeOff, proved, settled
from solver.territory.trade_task import asked_of, by_moves

POINTS = 6
NARROW = 0.01
"""The narrowest band that is tried before others in between."""
SCALE = 1e6
"""What all that has an owner costs if it moves: far from what whole numbers and tolerances of engines can lose."""
EACH = 3
"""Drawings of a point, as a rule."""
SOUGHT = 4.0
"""Weight of the part of the curve where a budget of the scenario ends."""


def balance_frontier(
    scenario: Scenario,
    metric: str,
    limits: Limits | None = None,
    *,
    counted: str | None = None,
    points: int = POINTS,
    listen: Callable[[Step], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> TradeOff:
    """Find how much has to change owner for territories to be so even, from what today's allow to the narrowest band.

    The scenario's bands on the metric, and its budgets in what is counted, give way; all else holds.

    Parameters
    ----------
    scenario : Scenario
        As `rebalance` takes it, with owners of today.
    metric : str
        What is to become even.
    limits : Limits, optional
        For all points together; two minutes by default. Certificates of prices come on top, as in `rebalance`.
    counted : str, optional
        In what is measured what changes owner: leads, hours, value or a numeric column; the metric by default.
    points : int
        How many bands are tried, from 2 to 100, none at all among them.
    listen : callable, optional
        Called with each `Step`, possibly from another thread.
    cancelled : callable, optional
        Asked now and then; once it says True the points so far are returned.

    Raises
    ------
    FrontierFault
        If there is no such metric, or no lead with an owner among the reps.
    ScenarioError
        With an issue for each rule and goal that no territory can be drawn by.
    ValueError
        If the number of points is out of range.
    """
    if not 2 <= points <= 100:
        raise ValueError(f"points must be from 2 to 100, not {points}")
    search = _Search(scenario, metric, counted or metric, points, Watch(limits or Limits(time=120.0), None, cancelled))
    search.listen = listen
    return search.run()


class _Search:
    """A frontier under way."""

    listen: Callable[[Step], None] | None = None

    def __init__(self, scenario: Scenario, metric: str, counted: str, most: int, watch: Watch) -> None:
        question(scenario, counted)  # refuses what is no metric
        self.asked, self.budgets = asked_of(scenario, metric, counted)
        if found := refusals(self.asked.banded(1.0)):
            raise ScenarioError(found)
        self.counted, self.most, self.watch = counted, most, watch
        self.facts = Facts(self.asked.base)
        everyone = np.arange(self.facts.n)
        self.owned: Bools = self.facts.owner >= 0
        amount = self.facts.metric(counted).at(everyone, np.maximum(self.facts.owner, 0))
        self.amount: Floats = np.where(self.owned, amount, 0.0)
        self.total = float(self.amount.sum())
        if self.total <= 0:
            raise FrontierFault("nothing_owned", "metric")
        self.measures = {metric: Measure(self.asked, self.facts)} | {
            rule.metric: Measure(question(self.asked.base, rule.metric), self.facts)
            for rule in self.asked.base.rules
            if isinstance(rule, Band) and rule.rate is None
        }
        self.points: list[Point] = []
        self.free: Reference | None = None

    def run(self) -> TradeOff:
        """Find the ends, and then points where the curve between them is least known."""
        self._point(None)
        wide = self.points[0]
        if wide.status != "infeasible" and wide.deviation > SAME:
            self._free()
            own = self.asked.own_tolerances() or [USUAL]
            for first in [*own[: max(self.most - 2, 0)], NARROW]:
                if SAME < first < wide.deviation - SAME and all(abs(p.width - first) > SAME for p in self.points):
                    self._ask(first)
            while self._going() and (tolerance := self._next()) is not None:
                self._point(tolerance)
        owner = self.facts.owner
        verdict = judge(placed(self.asked.base, {}), owner)
        today = self._reference(owner, verdict.feasible)
        return TradeOff(
            self.asked,
            self.counted,
            self.total,
            self.budgets,
            tuple(self.points),
            today,
            self.free,
            self._stopped(),
            self.watch.limits.seed,
            self.watch.seconds(),
        )

    # -- which bands ----------------------------------------------------------------------------------------------

    def _going(self) -> bool:
        return len(self.points) < self.most and self.watch.stop() is None

    def _ask(self, tolerance: float) -> None:
        if self._going():
            self._point(tolerance)

    def _next(self) -> float | None:
        """Return a tolerance where the curve is least known: the rectangle between two neighbours is the largest.

        Below the narrowest band that is kept the rectangle reaches to a band that is not, and to all moved.
        """
        curve = [point for point in self.points if point.owner is not None and not point.dominated]
        if not curve:
            return None
        last = curve[-1]
        failed = max((p.width for p in self.points if p.owner is None), default=0.0)
        spans = [(wide.deviation, narrow.width, wide.moved, narrow.moved) for wide, narrow in pairwise(curve)]
        spans.append((last.deviation, failed, last.moved, self.total))
        largest, best = 0.0, None
        for high, low, least, most in spans:
            middle = between(low, min(high, WIDEST))
            assert least is not None and most is not None
            if middle is None or most - least <= SAME * self.total:
                continue
            area = (most - least) * (np.sqrt(high) - np.sqrt(low))
            area *= SOUGHT if any(least <= budget < most for budget in self.budgets) else 1.0
            if area > largest and all(abs(point.width - middle) > SAME for point in self.points):
                largest, best = area, middle
        return best

    # -- solving ----------------------------------------------------------------------------------------------------

    def _limits(self) -> Limits:
        """Return the limits of one drawing: a part of the time that is left, or of all work."""
        limits = self.watch.limits
        each = 1 + (self.free is None) + EACH * (self.most - len(self.points) - 1)
        return replace(
            limits,
            time=None if limits.time is None else max(self.watch.left() / max(each, 2), 0.05),
            work=None if limits.work is None else limits.work / (EACH * self.most + 1),
        )

    def _point(self, tolerance: float | None) -> None:
        """Find what has to move within a band, and the best territories by the goals that move no more."""
        began = self.watch.seconds()
        point = self._least(tolerance)
        if point.owner is not None and point.moved is not None and self.watch.stop() != "cancel":
            budget = Disruption(metric=self.counted, at_most=point.moved)
            banded = self._banded(tolerance)
            scenario = banded.model_copy(update={"rules": (*banded.rules, budget)})
            found = self._rebalanced("goals", tolerance, scenario, point.owner)
            plan = found.result.plan
            if plan is not None:
                point = replace(
                    self._measured(point, plan.owner), objective=found.result.objective, bound=found.result.bound
                )
                if found.result.stopped_by != "proof" and point.stopped_by == "proof":
                    point = replace(point, stopped_by=found.result.stopped_by)
        self.points = settled([*self.points, replace(point, seconds=self.watch.seconds() - began)])

    def _banded(self, tolerance: float | None) -> Scenario:
        """Return the scenario with a band; without one, with a rule that always holds: proofs measure something."""
        banded = self.asked.banded(tolerance)
        always = Minimum(metric=COUNT, at_least=0.0)
        return banded if tolerance is not None else banded.model_copy(update={"rules": (*banded.rules, always)})

    def _least(self, tolerance: float | None) -> Point:
        """Draw territories within a band at the cost of what leaves its owner.

        They begin with those of a wider band, or today's; and with some that keep the band, where any are known, or
        else, if the first drawing finds none, with the best by the goals.
        """
        self._tell("least", tolerance, Progress(self.watch.seconds(), "compiled", None, None))
        ground = ground_of(self._banded(tolerance), self.watch.limits.seed)
        task = self._task(ground)
        width = inf if tolerance is None else tolerance
        found = self._drawn(ground, task, tolerance, self._wider(width))
        if found.status == "infeasible" or self._closed(found) or self.watch.stop() is not None:
            return found
        known = self._within(width)
        if known is None and found.owner is None:
            plan = self._rebalanced("goals", tolerance, self._banded(tolerance), self._wider(width)).result.plan
            known = None if plan is None else plan.owner
        if known is None:
            return found
        other = self._drawn(ground, task, tolerance, known)
        best = self._measured(other, known) if other.owner is None else other  # if the limit left it no time
        if found.moved is not None and best.moved is not None and found.moved <= best.moved:
            best = found
        least = max(found.moved_least or 0.0, other.moved_least or 0.0)
        return proved(replace(best, moved_least=least))

    def _drawn(self, ground: Ground, task: Territories, tolerance: float | None, start: Ints) -> Point:
        from solver.territory.draw import draw  # the engines load only when something is drawn

        def tell(moment: Progress) -> None:
            self._tell("least", tolerance, Progress(self.watch.seconds(), moment.phase, None, None))

        of_units = ground.compiled.owner_in_problem(start)[ground.problem.starts]
        drawn = ground.proved(draw(task, self._limits(), listen=tell, cancelled=self.watch.cancelled, start=of_units))
        if drawn.status == "infeasible":
            return Point(tolerance, "infeasible", "proof", 0.0, moved_least=None)
        stopped: StoppedBy = drawn.stopped_by  # type: ignore[assignment]
        least = self._whole(max(drawn.bound, 0.0) * self.total / SCALE)
        point = Point(tolerance, "no_plan_found", stopped, 0.0, moved_least=least)
        return point if drawn.centre is None else self._measured(point, ground.owner(drawn.centre))

    def _closed(self, point: Point) -> bool:
        """Tell whether what moves is as close to the least as is wished for."""
        if point.moved is None or point.moved_least is None:
            return False
        return point.moved - point.moved_least <= max(self.watch.limits.gap, OPTIMAL_GAP) * point.moved

    def _task(self, ground: Ground) -> Territories:
        """Return the territories of all reps, at the cost of what leaves its owner, whatever the goals say."""
        return by_moves(ground, self.amount[ground.compiled.lead_order], SCALE / self.total)

    def _whole(self, least: float) -> float:
        """Return the least that can move, rounded up where only whole numbers do."""
        if not (self.amount == np.round(self.amount)).all():
            return least
        return float(ceil(least - SAME * max(1.0, least)))

    def _wider(self, width: float) -> Ints:
        """Return the territories of the next wider band, or today's."""
        wider = [point.owner for point in self.points if point.owner is not None and point.deviation > width]
        return wider[-1] if wider else self.facts.owner

    def _within(self, width: float) -> Ints | None:
        """Return the territories known to keep a band that move least."""
        known = [(p.moved, k, p.owner) for k, p in enumerate(self.points) if p.owner is not None]
        known += [] if self.free is None else [(self.free.moved, -1, self.free.owner)]
        keep = [one for one in known if self._deviation(one[2]) <= width]
        return min(keep, key=lambda one: one[:2])[2] if keep else None

    def _free(self) -> None:
        """Draw the best territories by the goals, with the scenario's own bands and no budget."""
        if self.watch.stop() is not None:
            return
        own = min(self.asked.own_tolerances(), default=None)
        result = self._rebalanced("free", own, self._banded(own), self._wider(own or inf)).result
        if result.plan is None:
            return
        owner = result.plan.owner
        self.free = self._reference(owner, True, result.objective, result.bound)

    def _rebalanced(self, doing: str, tolerance: float | None, scenario: Scenario, start: Ints) -> Rebalanced:
        def tell(moment: Progress) -> None:
            self._tell(doing, tolerance, replace(moment, seconds=self.watch.seconds()))

        return rebalance(scenario, self._limits(), start=Plan(start, ()), listen=tell, cancelled=self.watch.cancelled)

    def _tell(self, doing: str, tolerance: float | None, progress: Progress) -> None:
        if self.listen is not None:
            self.listen(Step(len(self.points) + 1, self.most, doing, tolerance, progress))

    # -- measuring --------------------------------------------------------------------------------------------------

    def _measured(self, point: Point, owner: Ints) -> Point:
        """Return a point with these territories and their figures."""
        return proved(
            replace(
                point,
                owner=owner,
                moved=self._moved(owner),
                moved_leads=int((self.owned & (owner != self.facts.owner)).sum()),
                deviation=self._deviation(owner),
                deviations=self._deviations(owner),
            )
        )

    def _reference(
        self, owner: Ints, feasible: bool, objective: float | None = None, bound: float | None = None
    ) -> Reference:
        moved, off = self._moved(owner), self._deviation(owner)
        return Reference(owner, feasible, moved, off, self._deviations(owner), objective, bound)

    def _moved(self, owner: Ints) -> float:
        return float(self.amount[owner != self.facts.owner].sum())

    def _deviation(self, owner: Ints) -> float:
        return self.measures[self.asked.band.metric].tolerance(owner)

    def _deviations(self, owner: Ints) -> dict[str, float]:
        return {metric: measure.figures(owner)["worst_deviation"] for metric, measure in self.measures.items()}

    def _stopped(self) -> StoppedBy:
        """Return why it ended: the strongest limit that any point met."""
        if self.watch.stop() == "cancel":
            return "cancel"
        met = {point.stopped_by for point in self.points}
        limits: tuple[StoppedBy, ...] = ("time", "work", "gap")
        return next((reason for reason in limits if reason in met), "proof")
