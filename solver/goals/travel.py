"""Travel: points lost per kilometre, or per unit of a given table, or its square, between the lead and the rep."""

from __future__ import annotations

import numpy as np

from scenarios.goals import Travel
from scenarios.texts import Text
from solver.facts import Facts
from solver.goals.base import TermGoal
from solver.pairs import Floats, Kilometres, Measured, PairValues, unit_vectors


class TravelMaths(TermGoal[Travel]):
    """-weight x metric of the lead x (great-circle kilometres or what is given) ^ power; 0 where a place is unknown."""

    kind = "travel"
    label = Text("travel", "路程")

    def values(self, goal: Travel, facts: Facts) -> PairValues:
        """Return the weighted distances."""
        if goal.measured_by is not None:
            key, amount, most = facts.travel(goal.measured_by)
            factor = np.full(facts.n, -goal.weight) * (1.0 if (by := weights_of(goal, facts)) is None else by)
            return Measured(key, amount**goal.power, most**goal.power, factor, facts.m)
        lat = np.array([np.nan if r.lat is None else r.lat for r in facts.reps], dtype=np.float64)
        lon = np.array([np.nan if r.lon is None else r.lon for r in facts.reps], dtype=np.float64)
        return travel_to(goal, facts, unit_vectors(lat, lon))


def travel_to(goal: Travel, facts: Facts, places: Floats) -> Kilometres:
    """Return the points of each lead at each of some places, (k, 3), as if there were a rep."""
    return Kilometres(facts.places, places, -goal.weight, weights_of(goal, facts), goal.power)


def weights_of(goal: Travel, facts: Facts) -> Floats | None:
    """Return what the way of each lead is multiplied by, (n,); None: by nothing."""
    if goal.weighted_by is None:
        return None
    leads = np.arange(facts.n)
    return facts.metric(goal.weighted_by).at(leads, np.zeros_like(leads))
