"""Availability: a rep who is away for the whole period takes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scenarios.rules import Availability
from scenarios.texts import Text
from solver.facts import Facts
from solver.pairs import Bools, Ints
from solver.rules.base import Parts, RuleMaths, Verdict, judge_pairs, removal_or_term


class AvailabilityMaths(RuleMaths[Availability]):
    """Removes the pairs of reps who are not there on any day."""

    kind = "availability"
    per_pair = True
    unit = Text("lead with a rep who is away", "归属于不在岗销售的线索数")
    blocks = Text("{rep} is away for the whole period ({detail})", "{rep} 在整个周期内不在岗（{detail}）")
    breach = Text(
        "{rep} owns {lead} but is away for the whole period", "{rep} 在整个周期内不在岗，{lead} 却归属于其名下"
    )
    detail = Text("back on {available_from}, after its end on {end}", "{available_from} 才到岗，而周期至 {end} 结束")
    gone = Text(
        "gone after {available_to}, before its start on {start}", "{available_to} 已离岗，而周期自 {start} 开始"
    )
    never = Text("there from {available_from} to {available_to}", "在岗日期 {available_from} 至 {available_to}")

    def details(self, rule: Availability, facts: Facts, lead: int, rep: int) -> tuple[Mapping[str, object], ...]:
        """Return the days between which the rep is there, and those of the period; None where none is given."""
        days = {"available_from": facts.reps[rep].available_from, "available_to": facts.reps[rep].available_to}
        period = {"start": facts.scenario.period_start, "end": facts.scenario.period_end}
        return ({name: None if day is None else day.isoformat() for name, day in (days | period).items()},)

    def detail_text(self, fact: Mapping[str, Any]) -> Text:
        """Tell apart a rep who comes too late from one who is gone."""
        late, gone = fact["available_from"], fact["available_to"]
        if late is not None and late > fact["end"]:
            return self.detail
        return self.gone if gone is not None and gone < fact["start"] else self.never

    def parts(self, rule: Availability, name: str, facts: Facts) -> Parts:
        """Remove the chosen leads from the absent reps."""
        chosen = facts.select_leads(rule.leads).astype(np.int64)
        units = np.zeros((2, facts.m))
        units[1] = _away(rule, facts)
        return removal_or_term(name, rule.rate, chosen, units)

    def judge(self, rule: Availability, facts: Facts, owner: Ints) -> Verdict:
        """Look for leads with absent reps."""
        leads = np.flatnonzero((owner >= 0) & facts.select_leads(rule.leads))
        return judge_pairs(_away(rule, facts)[owner[leads]].astype(np.float64), leads, owner[leads])


def _away(rule: Availability, facts: Facts) -> Bools:
    return (facts.presence <= 0) & facts.select_reps(rule.reps)
