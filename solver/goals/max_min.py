"""Max-min: points for the worst-off rep of each fairness group."""

from __future__ import annotations

import numpy as np

from scenarios.goals import MaxMin
from scenarios.texts import Text
from solver.facts import Facts
from solver.fairness import fixed_targets
from solver.goals.base import GoalMaths
from solver.pairs import Floats, Ints
from solver.problem import LoadRows
from solver.rules.base import Parts, selected_rows


class MaxMinMaths(GoalMaths[MaxMin]):
    """weight x min(1, smallest load / target) per group, as 1 minus the worst relative shortfall.

    A linear row needs a fixed target: each rep's part of all the chosen leads, as if every one were assigned.
    """

    kind = "max_min"
    label = Text("the worst-off rep", "保障最少者")

    def parts(self, goal: MaxMin, name: str, facts: Facts) -> Parts:
        """Return one block per group, in which only the worst shortfall costs points."""
        leads = facts.select_leads(goal.leads)
        carried = facts.carried(goal.metric)
        rows = []
        for group, reps, target in _groups(goal, facts):
            weights = np.zeros((len(reps), facts.m))
            weights[np.arange(len(reps)), reps] = 1.0
            rows.append(
                LoadRows(
                    name,
                    goal.metric,
                    facts.metric(goal.metric),
                    selected_rows(leads),
                    carried[reps][None, :],
                    target[None, :],
                    np.full((1, len(reps)), np.inf),
                    goal.weight,
                    weights=weights,
                    worst=target,
                    labels=tuple(facts.reps[j].id for j in reps),
                    group_labels=(group,),
                )
            )
        return Parts(rows=tuple(rows), constant=goal.weight * len(rows))

    def points(self, goal: MaxMin, facts: Facts, owner: Ints) -> float:
        """Add up weight x the smallest ratio of each group."""
        load = facts.loads(goal.metric, owner, facts.select_leads(goal.leads)) + facts.carried(goal.metric)
        smallest = [float((load[reps] / target).min()) for _, reps, target in _groups(goal, facts)]
        return goal.weight * sum(min(1.0, ratio) for ratio in smallest)


def _groups(goal: MaxMin, facts: Facts) -> list[tuple[str, Ints, Floats]]:
    """Return name, reps and positive targets of each group."""
    reps, target = fixed_targets(facts, goal.metric, facts.select_leads(goal.leads), goal.reps)
    cells = facts.rep_cells(goal.by) if goal.by else [""] * facts.m
    words = np.array([str(cells[j] or "") for j in reps], dtype=object)
    groups = []
    for word in sorted(set(words)):
        inside = (words == word) & (target > 0)
        if inside.any():
            groups.append((word, reps[inside], target[inside]))
    return groups
