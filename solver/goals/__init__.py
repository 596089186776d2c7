"""The mathematics of the goals: one file a goal. The list below is all there is to register."""

from __future__ import annotations

from typing import Any

from solver.goals.balance import BalanceMaths
from solver.goals.base import GoalMaths
from solver.goals.continuity import ContinuityMaths
from solver.goals.max_min import MaxMinMaths
from solver.goals.skill_fit import SkillFitMaths
from solver.goals.travel import TravelMaths
from solver.goals.urgency import UrgencyMaths
from solver.goals.value import ValueMaths

GOAL_MATHS: dict[str, GoalMaths[Any]] = {
    maths.kind: maths
    for maths in (
        ValueMaths(),
        SkillFitMaths(),
        ContinuityMaths(),
        TravelMaths(),
        UrgencyMaths(),
        BalanceMaths(),
        MaxMinMaths(),
    )
}

__all__ = ["GOAL_MATHS", "GoalMaths"]
