"""What every goal has to give: its part of the problem, its points for a plan, and its word."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

import numpy as np

from scenarios.texts import Text
from solver.facts import Facts
from solver.pairs import Ints, PairValues
from solver.problem import Term
from solver.rules.base import Parts

G = TypeVar("G")


class GoalMaths(ABC, Generic[G]):
    """The mathematics of one kind of goal.

    `parts` gives its terms of the score or its soft rows; `points` what a plan earns by it, from the scenario and not
    from those rows; `label` is its word in explanations.
    """

    kind: ClassVar[str]
    label: ClassVar[Text]

    @abstractmethod
    def parts(self, goal: G, name: str, facts: Facts) -> Parts:
        """Return what the goal adds to the problem."""

    @abstractmethod
    def points(self, goal: G, facts: Facts, owner: Ints) -> float:
        """Return the points of a plan; `owner` is the rep of each lead, -1 for none."""


class TermGoal(GoalMaths[G]):
    """A goal that is a term of the score: pair by pair."""

    @abstractmethod
    def values(self, goal: G, facts: Facts) -> PairValues:
        """Return the points of each pair."""

    def parts(self, goal: G, name: str, facts: Facts) -> Parts:
        """Return the term."""
        return Parts(terms=(Term(name, self.values(goal, facts)),))

    def points(self, goal: G, facts: Facts, owner: Ints) -> float:
        """Add up the points of the chosen pairs."""
        leads = np.flatnonzero(owner >= 0)
        return float(self.values(goal, facts).at(leads, owner[leads]).sum())
