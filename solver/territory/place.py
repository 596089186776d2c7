"""Where a new lead goes between two plans: to the territory where it is worth most at the plan's prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from scenarios.model import Lead, Scenario, TravelRow
from scenarios.table import lead_frame, travel_frame
from scenarios.texts import Locale
from solver.compile import compile_scenario
from solver.dual import net_scores
from solver.explain import Explainer, explain
from solver.facts import Facts
from solver.neighbours import neighbours
from solver.pairs import Bools
from solver.result import Plan, Result, Tier
from solver.row_prices import prices_to_arrays


@dataclass(frozen=True)
class Placed:
    """Where a new lead goes.

    Parameters
    ----------
    lead : str
    rep : str, optional
        None where nobody may take it.
    net : float, optional
        Points of the lead with the rep, less what its load costs at the plan's prices.
    beside : tuple of str
        Reps whose territory it lies next to; only these were asked where territories are to be in one piece.
    explainer : Explainer
        Tells why, as of any lead.
    """

    lead: str
    rep: str | None
    net: float | None
    beside: tuple[str, ...]
    explainer: Explainer

    def sentence(self, locale: Locale = "en") -> str:
        """Return why it goes there."""
        return self.explainer.sentence(self.explainer.lead(self.lead), locale)


def place(
    scenario: Scenario,
    result: Result,
    lead: Lead | Mapping[str, Any],
    ways: Mapping[str, Mapping[str, float]] | None = None,
) -> Placed:
    """Return the rep for a lead that no plan knows yet; nothing is solved.

    With straight distances and their prices this is the cell of the power diagram in which the lead lies (Aurenhammer
    1987).

    Parameters
    ----------
    scenario : Scenario
        With the reps at their centres: `Rebalanced.scenario`.
    result : Result
        With a plan: `Rebalanced.result`.
    ways : mapping, optional
        By rep id how far it is to the lead, such as ``{"minutes": 42}``, where a goal is measured by a table.

    Raises
    ------
    ValueError
        If there is no plan, the lead is known, or it is not known how far it is to some rep.
    """
    if result.plan is None:
        raise ValueError("there is no plan to place a lead in")
    fresh = lead_frame([lead], Lead)
    name = str(fresh["id"][0])
    if name in scenario.leads["id"]:
        raise ValueError(f"the plan has the lead {name!r} already")
    fresh = pl.concat([scenario.leads.clear(), fresh], how="diagonal_relaxed").select(scenario.leads.columns)
    travel = travel_frame([{"lead": name, "rep": rep, **far} for rep, far in (ways or {}).items()], TravelRow)
    for goal in scenario.goals:
        if goal.kind == "travel" and goal.weight > 0 and (unit := goal.measured_by) is not None:
            given = set(travel.drop_nulls(unit)["rep"].to_list()) if unit in travel.columns else set()
            if far := [rep.id for rep in scenario.reps if rep.id not in given]:
                raise ValueError(f"it is not known how many {unit} it is from {name!r} to {far[0]!r}")
    alone = scenario.model_copy(update={"leads": fresh, "links": scenario.links.clear(), "travel": travel})
    compiled = compile_scenario(alone, result.seed)
    problem = compiled.problem
    prices = prices_to_arrays(problem, result.plan.prices)
    net = net_scores(problem, slice(0, 1), [b.to_reps(p) for b, p in zip(problem.rows, prices, strict=True)])[0]
    touched = _touched(scenario, result.plan, fresh)
    open_to = problem.eligible(slice(0, 1))[0] & (touched[compiled.rep_order] if touched.any() else True)
    best = int(np.where(open_to, net, -np.inf).argmax()) if open_to.any() else -1
    rep = -1 if best < 0 else int(compiled.rep_order[best])
    tiers = tuple(Tier(t.tier, 0.0, 0.0, 0.0, t.prices) for t in result.plan.tiers)
    return Placed(
        name,
        None if rep < 0 else scenario.reps[rep].id,
        None if rep < 0 else float(net[best]),
        tuple(scenario.reps[j].id for j in np.flatnonzero(touched)),
        explain(alone, Plan(np.array([rep]), tiers), result.seed),
    )


def _touched(scenario: Scenario, plan: Plan, fresh: pl.DataFrame) -> Bools:
    """Return the reps whose territory the lead lies next to, (reps,), where a rule asks for one piece; else nobody."""
    touched = np.zeros(len(scenario.reps), dtype=bool)
    if not any(rule.kind == "contiguity" and rule.rate is None for rule in scenario.rules):
        return touched
    columns = ("id", "lat", "lon")
    places = pl.concat([scenario.leads.select(columns), fresh.select(columns)])
    links = neighbours(Facts(Scenario(leads=places)).places, longest=0.0)
    new = scenario.leads.height
    beside = links[(links == new).any(axis=1)].ravel()
    owner = plan.owner[beside[beside != new]]
    touched[owner[owner >= 0]] = True
    return touched
