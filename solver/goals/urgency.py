"""Urgency: urgent leads to the strongest."""

from __future__ import annotations

from scenarios.goals import Urgency
from scenarios.texts import Text
from solver.facts import Facts
from solver.goals.base import TermGoal
from solver.pairs import PairValues, Tabled


class UrgencyMaths(TermGoal[Urgency]):
    """weight x urgency x win rate."""

    kind = "urgency"
    label = Text("urgency", "紧急度")

    def values(self, goal: Urgency, facts: Facts) -> PairValues:
        """Return the urgency times the win rates."""
        codes, table = facts.win_rate
        return Tabled(goal.weight * facts.lead_numbers("urgency"), codes, table)
