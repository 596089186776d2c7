"""Share: the chosen reps together get a share of a metric."""

from __future__ import annotations

import numpy as np

from scenarios.rules import ShareOf
from scenarios.texts import Text
from solver.facts import Facts
from solver.pairs import Ints
from solver.problem import LoadRows
from solver.rules.base import TOLERANCE, Breach, Parts, RuleMaths, Verdict, selected_rows


class ShareMaths(RuleMaths[ShareOf]):
    """At most two rows, the floor and the ceiling, on the load of the chosen reps together."""

    kind = "share"
    unit = Text("unit of the metric", "指标单位数")
    blocks = Text("the share that {rep} belongs to is full", "{rep} 所属群体的份额已满")
    breach = Text(
        "the chosen reps hold {load}, {amount} away from their share of {limit}",
        "所选销售共持有 {load}，与份额 {limit} 相差 {amount}",
    )
    full = Text("the ceiling of {rule} would be exceeded by {excess}", "{rule} 会超出上限 {excess}")
    needed = Text("the floor of {rule} would be missed by {excess}", "{rule} 会比下限少 {excess}")

    def parts(self, rule: ShareOf, name: str, facts: Facts) -> Parts:
        """Return the rows: of the assigned total, or of the fixed total of the chosen leads."""
        leads, reps = facts.select_leads(rule.leads), facts.select_reps(rule.reps).astype(np.float64)
        total = float(facts.lead_total(rule.metric, leads)) if rule.of == "leads" else 0.0
        weights, lower, upper, labels = [], [], [], []
        for share, at_least in ((rule.floor, True), (rule.ceiling, False)):
            if share is None:
                continue
            weights.append(reps if rule.of == "leads" else reps - share)
            lower.append(share * total if at_least else -np.inf)
            upper.append(np.inf if at_least else share * total)
            labels.append("floor" if at_least else "ceiling")
        row = LoadRows(
            name,
            rule.metric,
            facts.metric(rule.metric),
            selected_rows(leads),
            np.zeros((1, len(labels))),
            np.array([lower]),
            np.array([upper]),
            np.inf if rule.rate is None else rule.rate,
            weights=np.array(weights),
            labels=tuple(labels),
        )
        return Parts(rows=(row,))

    def judge(self, rule: ShareOf, facts: Facts, owner: Ints) -> Verdict:
        """Compare the load of the chosen reps with their share of the total."""
        leads = facts.select_leads(rule.leads)
        loads = facts.loads(rule.metric, owner, leads)
        load = float(loads[facts.select_reps(rule.reps)].sum())
        total = float(facts.lead_total(rule.metric, leads)) if rule.of == "leads" else float(loads.sum())
        low = 0.0 if rule.floor is None else rule.floor * total
        high = np.inf if rule.ceiling is None else rule.ceiling * total
        excess = max(low - load, 0.0) + max(load - high, 0.0)
        if excess <= TOLERANCE * max(1.0, total):
            return Verdict(excess)
        return Verdict(excess, (Breach(-1, -1, excess, load, low if load < low else high, rule.metric),))
