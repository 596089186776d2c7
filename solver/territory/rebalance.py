"""Rebalance: a scenario in, territories out, judged as every plan is, with their proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from scenarios.issues import ScenarioError
from scenarios.model import Scenario
from solver.check import judge
from solver.dual import dual_bound
from solver.limits import Limits, Progress, StoppedBy, Watch, gap_between
from solver.pairs import Floats, Ints
from solver.result import OPTIMAL_GAP, Plan, Result, Status, Tier
from solver.row_prices import prices_to_list
from solver.solve import JudgeError
from solver.territory.compile import Ground, Place, ground_of, placed
from solver.territory.problem import Drawn
from solver.territory.refusals import refusals
from solver.territory.seats import any_places, first_places, moved_to_middle
from solver.territory.worst_off import Drawing, raised

ROUNDS = 6
"""Times, at most, that seats move to the middle of their territories and these are drawn again."""
DRAWING, ROUND, BOUNDING = 0.85, 0.4, 0.5
"""Parts of the time: for all drawing, for one round of what is left, and of that for the bound of all places."""
ABOUT_LOADS = ("unit_nowhere", "unit_too_large", "too_little_room", "too_little_to_share")
"""Codes of reasons in which it plays no part whether territories are in one piece."""
STEADY = 1e-4
"""Seats stay where they are once a round gains no more than this part."""


@dataclass(frozen=True)
class Rebalanced:
    """A plan of territories.

    Parameters
    ----------
    scenario : Scenario
        The allocation that it is a plan of: the scenario with the reps at their centres and an owner for every lead.
        Prices, explanations, `check` and `why` are about this one.
    result : Result
        As of `solve`. The bound is over all places of the seats; the part that prices certify is for these places.
    centres : mapping
        By rep id, for those whose place was found: the id of the lead where it is.
    neighbours : str
        Where neighbours come from: "links", "places", or "" where no rule asks for them.
    reason : dict, optional
        Why there is no plan: a code and its figures.
    """

    scenario: Scenario
    result: Result
    centres: Mapping[str, str] = field(default_factory=dict)
    neighbours: str = ""
    reason: dict[str, object] | None = None

    @property
    def places(self) -> dict[str, Place]:
        """Latitude and longitude of the places that were found, by rep id."""
        found = {rep.id: (rep.lat, rep.lon) for rep in self.scenario.reps if rep.id in self.centres}
        return {rep: (lat, lon) for rep, (lat, lon) in found.items() if lat is not None and lon is not None}


def rebalance(
    scenario: Scenario,
    limits: Limits | None = None,
    *,
    start: Plan | None = None,
    listen: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Rebalanced:
    """Draw territories: every lead gets an owner, all hard rules hold, and reps without a place get one.

    Parameters
    ----------
    scenario : Scenario
        Leads are the units. Reps without `lat` and `lon` are seats, if a goal speaks of travel.
    limits : Limits, optional
        When to stop; a minute by default.
    start : Plan, optional
        A plan of the same leads and reps to begin with; it need not be feasible. Seats that are all alike begin anew.
    listen : callable, optional
        Called with each `Progress`, possibly from another thread.
    cancelled : callable, optional
        Asked now and then; once it says True the best plan so far is returned.

    Raises
    ------
    ScenarioError
        With an issue for each rule and goal that no territory can be drawn by.
    JudgeError
        If the judge finds fault with the plan.
    """
    if found := refusals(scenario):
        raise ScenarioError(found)
    watch = Watch(limits or Limits(), listen, cancelled)
    ground = ground_of(scenario, watch.limits.seed)
    compiled = watch.seconds()
    watch.tell("compiled", None, None)
    drawing = _best(ground, watch, None if start is None else _units(ground, start))
    drew = watch.seconds()
    neighbours = "" if ground.links is None else "links" if scenario.links.height else "places"
    seconds = {"compile": compiled, "solve": drew - compiled}
    if drawing.drawn.centre is None:
        result = _without_plan(drawing.drawn, watch.limits.seed, seconds)
        return Rebalanced(ground.facts.scenario, result, neighbours=neighbours, reason=_named(ground, drawing.drawn))
    centres = _centres(ground, drawing)
    final = placed(scenario, _places(scenario, centres))
    watch.tell("prices", None, None)
    result = _judged(ground, drawing, final, watch, seconds)
    return Rebalanced(final, result, centres, neighbours)


def without_pieces(scenario: Scenario, found: Rebalanced) -> Scenario | None:
    """Return the allocation whose conflicts tell why there are no territories; None if pieces may have a part in it.

    It is the scenario with an owner for every lead, and without the rules that ask for one piece.
    """
    code = None if found.reason is None else found.reason.get("code")
    if found.result.status != "infeasible" or (found.neighbours and code not in ABOUT_LOADS):
        return None
    rules = tuple(r.model_copy(update={"rate": 0.0}) if r.kind == "contiguity" else r for r in scenario.rules)
    return placed(scenario.model_copy(update={"rules": rules}), {})


# -- drawing --------------------------------------------------------------------------------------------------------


def _units(ground: Ground, start: Plan) -> Ints:
    """Return the rep of each unit, -1 for none, in a plan: of a family that of its first lead."""
    owner = ground.compiled.owner_in_problem(start.owner)
    return owner[ground.problem.starts]


def _best(ground: Ground, watch: Watch, start: Ints | None) -> Drawing:
    """Draw, once or, for a goal about the worst-off rep, with higher and higher floors."""
    if ground.worst_off is None:
        return _draw(ground, watch, start)

    def draw(floors: Floats, part: Watch, begin: Ints | None) -> Drawing:
        return _draw(ground.with_floors(floors), part, begin)

    return raised(ground.worst_off, draw, watch, start, ground.points)


def _draw(ground: Ground, watch: Watch, start: Ints | None) -> Drawing:
    """Draw around given places; around seats that are all alike; or, where places are mixed, by turns."""
    at = np.full(ground.m, -1, dtype=np.int64)
    if not ground.seats.any():
        return Drawing(_drawn(ground, ground.task(ground.homes), watch, DRAWING, start), ground.homes, at)
    if not ground.alike:
        return _by_turns(ground, watch, start)
    task = ground.seat_task()
    drawn = _drawn(ground, task, watch, DRAWING)
    if drawn.centre is None:
        return Drawing(drawn, ground.homes, at)
    seats, territory = np.unique(drawn.centre, return_inverse=True)
    rep = _reps_of(ground, ground.candidates[seats], territory)
    at[rep] = ground.candidates[seats]
    places = ground.spots[at]
    return Drawing(_again(ground, drawn, rep[territory], places), places, at)


def _drawn(ground: Ground, task: Any, watch: Watch, share: float, start: Ints | None = None) -> Drawn:
    """Draw in a part of the time that is left, and tell progress in points."""
    from solver.territory.draw import draw  # the engines load only when something is drawn

    part = watch.part(share)
    left = None if watch.limits.time is None else max(part.left(), 0.05)
    shift, listen = watch.seconds(), watch.listen

    def tell(moment: Progress) -> None:
        cost, bound = moment.incumbent, moment.bound
        if listen is not None:
            listen(
                Progress(
                    shift + moment.seconds,
                    moment.phase,
                    None if cost is None or not np.isfinite(cost) else ground.points(cost),
                    None if bound is None or not np.isfinite(bound) or ground.strict else ground.points(bound),
                )
            )

    limits = replace(watch.limits, time=left)
    return ground.proved(draw(task, limits, listen=tell, cancelled=watch.cancelled, start=start))


def _reps_of(ground: Ground, seats: Ints, territory: Ints) -> Ints:
    """Return the rep of each territory: who has most of it today, or else as they are listed, from west to east."""
    east = ground.spots[seats]
    order = np.argsort(np.arctan2(east[:, 1], east[:, 0]), kind="stable")
    reps = np.argsort(ground.compiled.rep_order)
    kept = np.zeros((ground.m, ground.m))
    known = ground.before >= 0
    size = ground.amounts[known, 0] if ground.metrics else np.ones(int(known.sum()))
    np.add.at(kept, (territory[known], ground.before[known]), size)
    rows, columns = linear_sum_assignment(-kept[order][:, reps])
    found = np.empty(ground.m, dtype=np.int64)
    found[order[rows]] = reps[columns]
    return found


def _again(ground: Ground, drawn: Drawn, of_units: Ints, places: Floats) -> Drawn:
    """Return what was drawn with reps for centres, at its exact cost."""
    cost = float(ground.task(places).cost_of(np.arange(len(of_units)), of_units).sum())
    return replace(drawn, centre=of_units, cost=cost, bound=min(drawn.bound, cost))


def _by_turns(ground: Ground, watch: Watch, start: Ints | None) -> Drawing:
    """Draw around first places, move the seats to the middle, draw again; then bound what any places could do.

    Places change costs and nothing else, so that a proof of there being no plan around some is one around all.
    """
    places, best = first_places(ground), None
    for _ in range(ROUNDS):
        drawn = _drawn(ground, ground.task(places), watch, ROUND, start)
        if drawn.centre is None:
            best = best or Drawing(drawn, places, np.full(ground.m, -1, dtype=np.int64))
            break
        start = drawn.centre
        places, at = moved_to_middle(ground, places, start)
        fresh = Drawing(_again(ground, drawn, start, places), places, at)
        before = np.inf if best is None else best.drawn.cost
        best = fresh if fresh.drawn.cost < before else best
        if watch.stop() or fresh.drawn.cost > before - STEADY * max(abs(before), 1.0):
            break
    assert best is not None
    if best.drawn.centre is None:
        return best
    bound = _drawn(ground, any_places(ground), watch, BOUNDING).bound if not watch.stop() else -np.inf
    bound = min(bound, best.drawn.cost)
    return replace(best, drawn=replace(best.drawn, bound=bound, stopped_by=watch.stop() or best.drawn.stopped_by))


# -- what came of it ------------------------------------------------------------------------------------------------


def _named(ground: Ground, drawn: Drawn) -> dict[str, object] | None:
    """Return the reason why nothing was drawn, with leads and metrics by their names instead of numbers."""
    if drawn.reason is None:
        return None
    named = {name: value for name, value in drawn.reason.items() if name != "faults"}  # of numbers, not names
    if isinstance(unit := named.pop("unit", None), int):
        named["lead"] = str(ground.facts.leads["id"][int(ground.problem.starts[unit])])
    if isinstance(metric := named.get("metric"), int):
        named["metric"] = ground.metrics[metric]
    return named


def _centres(ground: Ground, drawing: Drawing) -> dict[str, str]:
    """Return the lead where each seat is, by rep id."""
    ids = ground.facts.leads["id"]
    first = ground.problem.starts
    return {ground.facts.reps[j].id: str(ids[int(first[drawing.at[j]])]) for j in np.flatnonzero(drawing.at >= 0)}


def _places(scenario: Scenario, centres: Mapping[str, str]) -> dict[str, Place]:
    """Return the place of each centre, by rep id."""
    table = scenario.leads.select("id", "lat", "lon").filter(scenario.leads["id"].is_in(list(centres.values())))
    spots = {lead: (lat, lon) for lead, lat, lon in table.iter_rows()}
    return {rep: spots[lead] for rep, lead in centres.items()}


def _judged(ground: Ground, drawing: Drawing, final: Scenario, watch: Watch, seconds: dict[str, float]) -> Result:
    """Return the result, once the judge has passed the plan; its prices are those of the allocation at the centres."""
    began = watch.seconds()
    drawn = drawing.drawn
    assert drawn.centre is not None
    owner = ground.owner(drawn.centre)
    judgement = judge(final, owner)
    if not judgement.feasible:
        raise JudgeError(f"the plan breaks hard rules: {judgement.breaches[:5]}")
    points = judgement.objective
    if abs(points - ground.points(drawn.cost)) > 1e-6 * max(1.0, abs(points)):
        raise JudgeError(f"the judge finds {points} points, the drawing {ground.points(drawn.cost)}")
    prices, certified = _priced(final, watch)
    bound = ground.points(drawn.bound)
    if not ground.seats.any():
        bound = min(bound, certified)
    bound = max(bound, points)
    optimal = gap_between(points, bound) <= OPTIMAL_GAP
    (tier,) = judgement.tiers
    by_prices = not ground.seats.any() and certified <= bound + 1e-9 * max(1.0, abs(bound))
    return Result(
        "optimal" if optimal else "feasible",
        "proof" if optimal else drawn.stopped_by,  # type: ignore[arg-type]
        Plan(owner, (Tier(tier, points, bound, certified, prices),)),
        points,
        bound,
        certified,
        "prices" if by_prices else "search",
        drawn.method,
        watch.limits.seed,
        {**seconds, "check": watch.seconds() - began},
        _versions(),
    )


def _priced(final: Scenario, watch: Watch) -> tuple[Any, float]:
    """Return the prices of the allocation at the centres, and the bound that they certify for these centres."""
    from solver.compile import compile_scenario
    from solver.master import refine
    from solver.prices import Smoothed, price

    problem = compile_scenario(final, watch.limits.seed).problem
    part = Watch(replace(watch.limits, time=PRICING), None, watch.cancelled)
    priced = refine(problem, Smoothed(problem), price(problem, part), part)
    listed = prices_to_list(problem, priced.prices)
    return listed, dual_bound(problem, priced.prices)


PRICING = 30.0
"""Most seconds for the prices, which come on top of the time for the drawing."""


def _without_plan(drawn: Drawn, seed: int, seconds: dict[str, float]) -> Result:
    status: Status = "infeasible" if drawn.status == "infeasible" else "no_plan_found"
    stopped: StoppedBy = drawn.stopped_by  # type: ignore[assignment]
    return Result(status, stopped, None, None, None, None, None, drawn.method, seed, seconds, _versions())


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("plumbline", "ortools", "numpy", "polars")}
