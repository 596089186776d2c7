"""Capacity: no rep takes more of a metric than they can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scenarios.rules import Capacity
from scenarios.texts import Text
from solver.facts import Facts
from solver.pairs import Bools, Floats, Ints
from solver.problem import LoadRows
from solver.rules.base import Breach, Parts, RuleMaths, Verdict, judge_loads, selected_rows


class CapacityMaths(RuleMaths[Capacity]):
    """One row per rep and capacity: what they carry + what they take <= capacity."""

    kind = "capacity"
    unit = Text("unit of the metric too much", "超出的指标单位数")
    blocks = Text("{rep} has no {metric} left", "{rep} 的 {metric} 容量已用完")
    breach = Text(
        "{rep} holds {load}, {amount} above the capacity of {limit}",
        "{rep} 持有 {load}，超出容量 {limit} 共 {amount}",
    )
    full = Text(
        "{rep} has {left} of {limit} left, and this takes {amount}",
        "{rep} 的容量（{limit}）只剩 {left}，而这次分配需要 {amount}",
    )
    spent = Text("{rep} is at the limit of {limit}", "{rep} 的容量（{limit}）已用完")

    def full_text(self, detail: Mapping[str, Any]) -> Text:
        """Tell apart whether anything is left."""
        return self.spent if detail["load"] >= detail["limit"] else self.full

    def parts(self, rule: Capacity, name: str, facts: Facts) -> Parts:
        """Return one block of rows per capacity that any chosen rep names."""
        rows = []
        for key in _keys(rule, facts):
            leads, metric = _counted(rule, facts, key)
            base, upper = facts.carried(key), _limits(rule, facts, key)
            rows.append(
                LoadRows(
                    name,
                    key,
                    facts.metric(metric),
                    selected_rows(leads),
                    base[None, :],
                    np.full((1, facts.m), -np.inf),
                    upper[None, :],
                    np.inf if rule.rate is None else rule.rate,
                    labels=tuple(rep.id for rep in facts.reps),
                )
            )
        return Parts(rows=tuple(rows))

    def judge(self, rule: Capacity, facts: Facts, owner: Ints) -> Verdict:
        """Add up what each rep holds of each capacity."""
        total = 0.0
        breaches: list[Breach] = []
        for key in _keys(rule, facts):
            leads, metric = _counted(rule, facts, key)
            load = facts.loads(metric, owner, leads) + facts.carried(key)
            verdict = judge_loads(load, np.full(facts.m, -np.inf), _limits(rule, facts, key), key)
            total += verdict.total
            breaches += verdict.breaches
        return Verdict(total, tuple(breaches))


def _keys(rule: Capacity, facts: Facts) -> list[str]:
    given = dict.fromkeys(key for rep in facts.reps for key in sorted(rep.capacity))
    return sorted(key for key in given if not rule.metrics or key in rule.metrics)


def _limits(rule: Capacity, facts: Facts, key: str) -> Floats:
    chosen = facts.select_reps(rule.reps)
    limits = np.array([rep.capacity.get(key, np.inf) for rep in facts.reps])
    return np.where(chosen, limits, np.inf)


def _counted(rule: Capacity, facts: Facts, key: str) -> tuple[Bools, str]:
    """Return which leads count towards `metric` or `metric@segment`, and the metric."""
    metric, at, segment = key.partition("@")
    leads = facts.select_leads(rule.leads)
    if at:
        leads = leads & facts.select_leads({"segment": (segment,)})
    return leads, metric
