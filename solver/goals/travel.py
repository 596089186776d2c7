"""Travel: points lost per kilometre between the lead and the rep."""

from __future__ import annotations

import numpy as np

from scenarios.goals import Travel
from scenarios.texts import Text
from solver.facts import Facts
from solver.goals.base import TermGoal
from solver.pairs import Kilometres, PairValues, unit_vectors


class TravelMaths(TermGoal[Travel]):
    """-weight x great-circle kilometres; 0 where a place is unknown."""

    kind = "travel"
    label = Text("travel", "路程")

    def values(self, goal: Travel, facts: Facts) -> PairValues:
        """Return the weighted distances."""
        lat = np.array([np.nan if r.lat is None else r.lat for r in facts.reps], dtype=np.float64)
        lon = np.array([np.nan if r.lon is None else r.lon for r in facts.reps], dtype=np.float64)
        return Kilometres(facts.places, unit_vectors(lat, lon), -goal.weight)
