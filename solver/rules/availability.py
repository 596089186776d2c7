"""Availability: a rep who is away for the whole period takes nothing."""

from __future__ import annotations

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
    unit = Text("lead with a rep who is away", "归属于缺席销售的线索数")
    blocks = Text("{rep} is away for the whole period", "{rep} 在整个周期内缺席")
    breach = Text("{rep} owns {lead} but is away for the whole period", "{rep} 在整个周期内缺席却拥有 {lead}")

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
