"""The figures of a plan, whoever made it: what it is worth, how fair it is, what moves, and which rules it breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenarios import Scenario
from solver import judge
from solver.facts import EXPECTED_VALUE, Facts
from solver.fairness import figures, groups_of
from solver.pairs import Ints


@dataclass(frozen=True)
class Fairness:
    """How fair a plan is inside one group of reps, against even shares of what the group gets.

    Parameters
    ----------
    load : float
        What the group holds together.
    jain, min_ratio, max_ratio, worst_deviation : float
        As in `solver.fairness.figures`, of load / target.
    outside, reps : int
        How many of the group's reps are outside the fair band, and how many there are.
    """

    load: float
    jain: float
    min_ratio: float
    max_ratio: float
    worst_deviation: float
    outside: int
    reps: int


@dataclass(frozen=True)
class PlanFigures:
    """What the judge and the scenario say of a plan.

    Parameters
    ----------
    name : str
    expected_value : float
        Value times win rate, over the assigned leads, in the scenario's currency.
    assigned, moved : int
        Leads with a rep; leads with an owner today and another one, or none, in the plan.
    broken : mapping
        How often each hard rule is broken.
    fairness : mapping
        By group of reps.
    """

    name: str
    expected_value: float
    assigned: int
    moved: int
    broken: Mapping[str, int]
    fairness: Mapping[str, Fairness]

    @property
    def worst_deviation(self) -> float:
        """The worst deviation from the target in any group, as a part of the target."""
        return max(group.worst_deviation for group in self.fairness.values())

    @property
    def outside(self) -> int:
        """How many reps are outside the fair band."""
        return sum(group.outside for group in self.fairness.values())

    def behind(self, bound: float) -> float:
        """Return how far the expected value is behind a bound, as a fraction of it; negative: above it."""
        return (bound - self.expected_value) / bound

    def document(self, bound: float) -> dict[str, Any]:
        """Return the figures JSON-ready."""
        return {
            "expected_value": round(self.expected_value, 2),
            "behind_bound": self.behind(bound),
            "assigned": self.assigned,
            "moved": self.moved,
            "broken": dict(self.broken),
            "fairness": {name: vars(group) for name, group in self.fairness.items()},
        }


def figures_of(name: str, scenario: Scenario, owner: Ints, *, by: str, tolerance: float) -> PlanFigures:
    """Work out the figures of a plan.

    Parameters
    ----------
    owner : (leads,) array of int
        Rep of each lead, -1 for none.
    by : str
        Rep column whose values are the fairness groups.
    tolerance : float
        Half-width of the fair band, as a part of the target.
    """
    facts = Facts(scenario)
    load = facts.loads(EXPECTED_VALUE, owner, np.ones(facts.n, dtype=bool))
    fairness = {}
    for group in groups_of(facts, by, {}):
        held, target = load[group.reps], group.entitlement * load[group.reps].sum()
        told = figures(held, target)
        outside = np.abs(held - target) > tolerance * target * (1 + 1e-9)
        fairness[group.name] = Fairness(
            float(held.sum()),
            told["jain"],
            told["min_ratio"],
            told["max_ratio"],
            told["worst_deviation"],
            int(outside.sum()),
            len(held),
        )
    return PlanFigures(
        name,
        float(load.sum()),
        int((owner >= 0).sum()),
        int(((facts.owner >= 0) & (owner != facts.owner)).sum()),
        Counter(rule for rule, _ in judge(scenario, owner).breaches),
        fairness,
    )
