"""Continuity: points for a lead that stays with its owner of today."""

from __future__ import annotations

import numpy as np

from scenarios.goals import Continuity
from scenarios.texts import Text
from solver.facts import Facts
from solver.goals.base import TermGoal
from solver.pairs import PairValues


class ContinuityMaths(TermGoal[Continuity]):
    """weight points at the owner."""

    kind = "continuity"
    label = Text("staying with the owner", "延续归属")

    def values(self, goal: Continuity, facts: Facts) -> PairValues:
        """Return the weight at each lead's owner."""
        return facts.at_owner(np.full(facts.n, goal.weight))
