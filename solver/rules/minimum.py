"""Minimum: each chosen rep gets at least so much."""

from __future__ import annotations

import numpy as np

from scenarios.rules import Minimum
from scenarios.texts import Text
from solver.facts import Facts
from solver.pairs import Floats, Ints
from solver.problem import LoadRows
from solver.rules.base import Parts, RuleMaths, Verdict, judge_loads, selected_rows


class MinimumMaths(RuleMaths[Minimum]):
    """One row per rep: what they carry + what they take >= the minimum."""

    kind = "minimum"
    unit = Text("unit of the metric short", "不足的指标单位数")
    blocks = Text(
        "others than {rep} need the lead to reach their minimum {metric}",
        "其他人需要该线索才能达到最低 {metric}，{rep} 不能接手",
    )
    breach = Text(
        "{rep} holds {load}, {amount} short of the minimum of {limit}",
        "{rep} 持有 {load}，距最低值 {limit} 还差 {amount}",
    )
    needed = Text(
        "{rep} would fall below the minimum of {limit}",
        "{rep} 会低于最低保障（{limit}）",
    )

    def parts(self, rule: Minimum, name: str, facts: Facts) -> Parts:
        """Return one row per rep."""
        row = LoadRows(
            name,
            rule.metric,
            facts.metric(rule.metric),
            selected_rows(facts.select_leads(rule.leads)),
            facts.carried(rule.metric)[None, :],
            _floors(rule, facts)[None, :],
            np.full((1, facts.m), np.inf),
            np.inf if rule.rate is None else rule.rate,
            labels=tuple(rep.id for rep in facts.reps),
        )
        return Parts(rows=(row,))

    def judge(self, rule: Minimum, facts: Facts, owner: Ints) -> Verdict:
        """Add up what each rep holds."""
        load = facts.loads(rule.metric, owner, facts.select_leads(rule.leads)) + facts.carried(rule.metric)
        return judge_loads(load, _floors(rule, facts), np.full(facts.m, np.inf), rule.metric)


def _floors(rule: Minimum, facts: Facts) -> Floats:
    return np.where(facts.select_reps(rule.reps), rule.at_least, -np.inf)
