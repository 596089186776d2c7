"""Disruption: at most so much changes owner."""

from __future__ import annotations

import numpy as np

from scenarios.rules import Disruption
from scenarios.texts import Text
from solver.facts import Facts
from solver.pairs import Bools, Floats, Ints
from solver.problem import LoadRows
from solver.rules.base import TOLERANCE, Breach, Parts, RuleMaths, Verdict, selected_rows


class DisruptionMaths(RuleMaths[Disruption]):
    """One row: what stays with its owner >= what is owned - budget."""

    kind = "disruption"
    unit = Text("unit of the metric that changes owner beyond the budget", "超出变更预算的指标单位数")
    blocks = Text(
        "the budget for changes of owner is used up, so {rep} cannot take it",
        "变更预算已用完，{rep} 不能接手",
    )
    breach = Text(
        "changes of owner come to {load}, {amount} more than the budget of {limit}",
        "变更归属共 {load}，超出预算 {limit} 共 {amount}",
    )
    needed = Text("the budget for changes of owner would be exceeded by {excess}", "变更预算会超出 {excess}")

    def parts(self, rule: Disruption, name: str, facts: Facts) -> Parts:
        """Return the one row that counts what stays."""
        owned, amount = _owned(rule, facts)
        row = LoadRows(
            name,
            rule.metric,
            facts.at_owner(amount),
            selected_rows(owned),
            np.zeros((1, 1)),
            np.array([[float(amount[owned].sum()) - rule.at_most]]),
            np.full((1, 1), np.inf),
            np.inf if rule.rate is None else rule.rate,
            weights=np.ones((1, facts.m)),
            labels=("stays",),
        )
        return Parts(rows=(row,))

    def judge(self, rule: Disruption, facts: Facts, owner: Ints) -> Verdict:
        """Add up what has another owner than today, or none."""
        owned, amount = _owned(rule, facts)
        moved = float(amount[owned & (owner != facts.owner)].sum())
        excess = max(moved - rule.at_most, 0.0)
        if excess <= TOLERANCE * max(1.0, float(amount[owned].sum())):
            return Verdict(excess)
        return Verdict(excess, (Breach(-1, -1, excess, moved, rule.at_most, rule.metric),))


def _owned(rule: Disruption, facts: Facts) -> tuple[Bools, Floats]:
    """Return the leads that have one of the chosen owners today, and the amounts that count."""
    chosen = np.append(facts.select_reps(rule.reps), False)
    owned = facts.select_leads(rule.leads) & chosen[facts.owner]
    everyone = np.arange(facts.n)
    return owned, facts.metric(rule.metric).at(everyone, np.maximum(facts.owner, 0))
