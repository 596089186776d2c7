"""Exclusion: the chosen leads never go to the chosen reps."""

from __future__ import annotations

import numpy as np

from scenarios.rules import Exclusion
from scenarios.texts import Text
from solver.facts import Facts
from solver.pairs import Ints
from solver.rules.base import Parts, RuleMaths, Verdict, judge_pairs, removal_or_term


class ExclusionMaths(RuleMaths[Exclusion]):
    """Removes the pairs of the chosen leads and the chosen reps."""

    kind = "exclusion"
    per_pair = True
    unit = Text("lead with an excluded rep", "归属于被排除销售的线索数")
    blocks = Text("{rep} is excluded from {lead}", "{rep} 被排除在 {lead} 之外")
    breach = Text("{rep} owns {lead} though excluded from it", "{rep} 已被排除，{lead} 却归属于其名下")

    def parts(self, rule: Exclusion, name: str, facts: Facts) -> Parts:
        """Remove all pairs of a chosen lead and a chosen rep."""
        units = np.zeros((2, facts.m))
        units[1] = facts.select_reps(rule.reps)
        return removal_or_term(name, rule.rate, facts.select_leads(rule.leads).astype(np.int64), units)

    def judge(self, rule: Exclusion, facts: Facts, owner: Ints) -> Verdict:
        """Look for chosen leads with chosen reps."""
        leads = np.flatnonzero((owner >= 0) & facts.select_leads(rule.leads))
        return judge_pairs(facts.select_reps(rule.reps)[owner[leads]].astype(np.float64), leads, owner[leads])
