"""Balance: points lost per unit by which a load misses its fair target."""

from __future__ import annotations

from scenarios.goals import Balance
from scenarios.texts import Text
from solver.facts import Facts
from solver.fairness import groups_of
from solver.goals.base import GoalMaths
from solver.pairs import Ints
from solver.rules.band import band_rows, judge_band
from solver.rules.base import Parts


class BalanceMaths(GoalMaths[Balance]):
    """A soft fair band whose rate is the weight."""

    kind = "balance"
    label = Text("balance", "均衡")

    def parts(self, goal: Balance, name: str, facts: Facts) -> Parts:
        """Return the rows of every fairness group."""
        return Parts(rows=tuple(band_rows(name, facts, goal, facts.select_leads(goal.leads), goal.reps, goal.weight)))

    def points(self, goal: Balance, facts: Facts, owner: Ints) -> float:
        """Charge each unit outside the tolerance."""
        load = facts.loads(goal.metric, owner, facts.select_leads(goal.leads)) + facts.carried(goal.metric)
        missed = 0.0
        for group in groups_of(facts, goal.by, goal.reps):
            target = group.entitlement * load[group.reps].sum()
            missed += judge_band(load[group.reps], target, goal.tolerance, goal.metric, group.reps).total
        return -goal.weight * missed
