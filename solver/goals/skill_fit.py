"""Skill fit: how well the rep's levels match the skills a lead asks for."""

from __future__ import annotations

import numpy as np

from scenarios.goals import SkillFit
from scenarios.texts import Text
from solver.facts import Facts
from solver.goals.base import TermGoal
from solver.pairs import PairValues, Tabled


class SkillFitMaths(TermGoal[SkillFit]):
    """weight x mean over the required skills of level / highest level of any rep."""

    kind = "skill_fit"
    label = Text("skill fit", "技能匹配")

    def values(self, goal: SkillFit, facts: Facts) -> PairValues:
        """Compare each distinct requirement with each rep once."""
        codes, requirements = facts.requirements()
        fit = np.zeros((len(requirements), facts.m))
        for row, required in enumerate(requirements):
            for skill in required:
                held = np.array([rep.skills.get(skill, 0.0) for rep in facts.reps])
                fit[row] += held / max(held.max(initial=0.0), 1e-12) / len(required)
        return Tabled(np.full(facts.n, goal.weight), codes, fit)
