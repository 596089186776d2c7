"""Travel: points lost per kilometre, or square kilometre, between the lead and the rep."""

from __future__ import annotations

import numpy as np

from scenarios.goals import Travel
from scenarios.texts import Text
from solver.facts import Facts
from solver.goals.base import TermGoal
from solver.pairs import Floats, Kilometres, PairValues, unit_vectors


class TravelMaths(TermGoal[Travel]):
    """-weight x metric of the lead x great-circle kilometres ^ power; 0 where a place is unknown."""

    kind = "travel"
    label = Text("travel", "路程")

    def values(self, goal: Travel, facts: Facts) -> PairValues:
        """Return the weighted distances."""
        lat = np.array([np.nan if r.lat is None else r.lat for r in facts.reps], dtype=np.float64)
        lon = np.array([np.nan if r.lon is None else r.lon for r in facts.reps], dtype=np.float64)
        return travel_to(goal, facts, unit_vectors(lat, lon))


def travel_to(goal: Travel, facts: Facts, places: Floats) -> Kilometres:
    """Return the points of each lead at each of some places, (k, 3), as if there were a rep."""
    leads = np.arange(facts.n)
    weights = None if goal.weighted_by is None else facts.metric(goal.weighted_by).at(leads, np.zeros_like(leads))
    return Kilometres(facts.places, places, -goal.weight, weights, goal.power)
