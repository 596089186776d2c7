"""How fair and how much worth a plan is, as the frontier's band sees it: in plain numpy, from the scenario."""

from __future__ import annotations

import numpy as np

from scenarios.goals import Value
from solver.facts import EXPECTED_VALUE, Facts
from solver.fairness import figures, fixed_targets, groups_of
from solver.frontier.question import Question
from solver.goals.value import ValueMaths
from solver.pairs import Floats, Ints, PairValues

BARRED = 1e6
"""Deviation, at least, of somebody who holds anything and whose target is 0: no band allows that."""


class Measure:
    """The loads of plans against the fair targets of a question's band.

    Parameters
    ----------
    facts : Facts
        Of the question's scenario, in any order of leads and reps: owners are in the same order.
    """

    def __init__(self, asked: Question, facts: Facts) -> None:
        band = asked.band
        self.facts, self.metric = facts, band.metric
        self.counted = facts.select_leads(band.leads)
        self.carried = facts.carried(band.metric)
        self.fixed: Floats | None = None
        if band.of == "leads":
            reps, target = fixed_targets(facts, band.metric, self.counted, band.reps)
            self.fixed = np.full(facts.m, np.nan)
            self.fixed[reps] = target
        self.groups = groups_of(facts, band.by, band.reps)
        self._money: PairValues | None = None

    def loads(self, owner: Ints) -> Floats:
        """Return each rep's load, (m,), what they carry included."""
        return self.facts.loads(self.metric, owner, self.counted) + self.carried

    def targets(self, load: Floats) -> Floats:
        """Return each rep's fair target at given loads, (m,); nan for those who are not compared."""
        if self.fixed is not None:
            return self.fixed
        target = np.full(self.facts.m, np.nan)
        for group in self.groups:
            target[group.reps] = group.entitlement * load[group.reps].sum()
        return target

    def deviations(self, load: Floats) -> Floats:
        """Return how far each load is from its target, (m,), as a part of it; 0 for those who are not compared.

        `BARRED` and more, the more they hold, for those who hold anything where the target is 0.
        """
        target = self.targets(load)
        off = np.zeros(len(load))
        aimed = np.isfinite(target) & (target > 0)
        off[aimed] = np.abs(load[aimed] / target[aimed] - 1.0)
        barred = np.isfinite(target) & (target <= 0) & (load > 0)
        off[barred] = BARRED + load[barred]
        return off

    def tolerance(self, owner: Ints) -> float:
        """Return the tolerance of the narrowest band that a plan keeps; infinite if it keeps none."""
        worst = float(self.deviations(self.loads(owner)).max(initial=0.0))
        return worst if worst < BARRED else np.inf

    def figures(self, owner: Ints) -> dict[str, float]:
        """Return how fair a plan is, as `plan.json` tells it: Jain, Gini, ratios and the worst deviation."""
        load = self.loads(owner)
        return figures(load, self.targets(load))

    def expected_value(self, owner: Ints) -> float:
        """Return the expected value of a plan in money, as the scenario's value goal sees it."""
        if self._money is None:
            goal = next((g for g in self.facts.scenario.goals if isinstance(g, Value)), None)
            self._money = (
                self.facts.metric(EXPECTED_VALUE)
                if goal is None
                else ValueMaths().values(goal.model_copy(update={"weight": 1.0}), self.facts)
            )
        leads = np.flatnonzero(owner >= 0)
        return float(self._money.at(leads, owner[leads]).sum())
