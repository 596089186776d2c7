"""Value: the expected value of the lead with this rep."""

from __future__ import annotations

import numpy as np

from scenarios.goals import Value
from scenarios.texts import Text
from solver.facts import Facts, values_in
from solver.goals.base import TermGoal
from solver.pairs import PairValues, Tabled


class ValueMaths(TermGoal[Value]):
    """weight x value x win rate, times the away factor where the rep does not cover the lead's region."""

    kind = "value"
    label = Text("expected value", "期望价值")

    def values(self, goal: Value, facts: Facts) -> PairValues:
        """Return a table over the distinct pairs of win-rate kind and region."""
        codes, table = facts.win_rate
        scale = goal.weight * facts.lead_numbers("value")
        if goal.away_factor == 1.0:
            return Tabled(scale, codes, table)
        region, words = facts.codes("region")
        covered = facts.rep_values("region")
        factor = np.ones((len(words), facts.m))
        for row, word in enumerate(words):
            wanted = values_in(word)
            factor[row] = [goal.away_factor if wanted and held and wanted.isdisjoint(held) else 1.0 for held in covered]
        both = codes * max(len(words), 1) + region
        present, code = np.unique(both, return_inverse=True)
        kind, place = np.divmod(present, max(len(words), 1))
        return Tabled(scale, code, table[kind] * factor[place])
