"""Band: each rep's load lies within a tolerance around their fair target."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scenarios.goals import Balance
from scenarios.rules import Band
from scenarios.selection import Selection
from scenarios.texts import Text
from solver.facts import Facts
from solver.fairness import fixed_targets, groups_of
from solver.pairs import Bools, Floats, Ints
from solver.problem import LoadRows
from solver.rules.base import Parts, RuleMaths, Verdict, judge_loads, selected_rows


class BandMaths(RuleMaths[Band]):
    """Two rows per rep: load >= (1 - tolerance) target and load <= (1 + tolerance) target."""

    kind = "band"
    unit = Text("unit of the metric outside the band", "超出公平区间的指标单位数")
    blocks = Text("{rep} has reached the top of the fair band on {metric}", "{rep} 的 {metric} 已达公平区间上限")
    breach = Text(
        "{rep} holds {load}, {amount} outside the fair band that ends at {limit}",
        "{rep} 持有 {load}，超出公平区间边界 {limit} 共 {amount}",
    )
    full = Text(
        "{rep} would rise above the fair band on {metric} (at most {bound})",
        "{rep} 的 {metric} 会高于公平区间（上限 {bound}）",
    )
    needed = Text(
        "{rep} would fall below the fair band on {metric} (at least {bound})",
        "{rep} 的 {metric} 会低于公平区间（下限 {bound}）",
    )

    def parts(self, rule: Band, name: str, facts: Facts) -> Parts:
        """Return the rows of every fairness group."""
        rate = np.inf if rule.rate is None else rule.rate
        leads = facts.select_leads(rule.leads)
        if rule.of == "leads":
            reps, target = fixed_targets(facts, rule.metric, leads, rule.reps)
            return Parts(rows=(_fixed_rows(name, facts, rule, leads, reps, target, rate),))
        return Parts(rows=tuple(band_rows(name, facts, rule, leads, rule.reps, rate)))

    def judge(self, rule: Band, facts: Facts, owner: Ints) -> Verdict:
        """Compare each load with its target, which follows from what the group gets."""
        leads = facts.select_leads(rule.leads)
        load = facts.loads(rule.metric, owner, leads) + facts.carried(rule.metric)
        if rule.of == "leads":
            reps, target = fixed_targets(facts, rule.metric, leads, rule.reps)
            return judge_band(load[reps], target, rule.tolerance, rule.metric, reps)
        verdicts = [
            judge_band(load[g.reps], g.entitlement * load[g.reps].sum(), rule.tolerance, rule.metric, g.reps)
            for g in groups_of(facts, rule.by, rule.reps)
        ]
        return Verdict(sum(v.total for v in verdicts), tuple(b for v in verdicts for b in v.breaches))


def judge_band(load: Floats, target: Floats, tolerance: float, metric: str, reps: Ints) -> Verdict:
    """Return the verdict on loads against (1 +- tolerance) x target."""
    return judge_loads(load, (1 - tolerance) * target, (1 + tolerance) * target, metric, reps)


def band_rows(
    name: str, facts: Facts, rule: Band | Balance, leads: Bools, reps: Selection, rate: float
) -> Iterator[LoadRows]:
    """Yield one block per fairness group whose target follows from what the group gets.

    With entitlement e and tolerance d, and sums over the group G, carried loads included:

        load_j - (1 - d) e_j sum_G load >= 0        load_j - (1 + d) e_j sum_G load <= 0
    """
    carried = facts.carried(rule.metric)
    for group in groups_of(facts, rule.by, reps):
        size = len(group.reps)
        own = np.zeros((size, facts.m))
        own[np.arange(size), group.reps] = 1.0
        member = np.zeros(facts.m)
        member[group.reps] = 1.0
        fair = np.outer(group.entitlement, member)
        weights = np.vstack([own - (1 - rule.tolerance) * fair, own - (1 + rule.tolerance) * fair])
        yield LoadRows(
            name,
            rule.metric,
            facts.metric(rule.metric),
            selected_rows(leads),
            (weights @ carried)[None, :],
            np.repeat([0.0, -np.inf], size)[None, :],
            np.repeat([np.inf, 0.0], size)[None, :],
            rate,
            weights=weights,
            labels=tuple(f"{facts.reps[j].id} {side}" for side in ("lower", "upper") for j in group.reps),
        )


def _fixed_rows(name: str, facts: Facts, rule: Band, leads: Bools, reps: Ints, target: Floats, rate: float) -> LoadRows:
    lower, upper = np.full(facts.m, -np.inf), np.full(facts.m, np.inf)
    lower[reps], upper[reps] = (1 - rule.tolerance) * target, (1 + rule.tolerance) * target
    return LoadRows(
        name,
        rule.metric,
        facts.metric(rule.metric),
        selected_rows(leads),
        facts.carried(rule.metric)[None, :],
        lower[None, :],
        upper[None, :],
        rate,
        labels=tuple(rep.id for rep in facts.reps),
    )
