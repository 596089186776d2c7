"""Protection: a lead stays with its owner until the day it is protected to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scenarios.rules import Protection
from scenarios.texts import Text
from solver.facts import Facts
from solver.pairs import Bools, Ints
from solver.rules.base import Breach, Parts, RuleMaths, Verdict, removal_or_term


class ProtectionMaths(RuleMaths[Protection]):
    """Removes all reps but the owner, and requires an owner."""

    kind = "protection"
    per_pair = True
    unit = Text("protected lead elsewhere or unassigned", "离开归属人的受保护线索数")
    blocks = Text(
        "{lead} is protected, so {rep} cannot take it ({detail})", "{lead} 在保护期内，{rep} 不能接手（{detail}）"
    )
    breach = Text("{lead} is protected but has left its owner", "{lead} 在保护期内却离开了归属人")

    detail = Text("for {owner} until {until}", "归属 {owner}，至 {until}")

    def details(self, rule: Protection, facts: Facts, lead: int, rep: int) -> tuple[Mapping[str, object], ...]:
        """Return whom the lead is protected for, and until when."""
        return ({"owner": facts.leads["owner"][lead], "until": str(facts.leads["protected_until"][lead])},)

    def parts(self, rule: Protection, name: str, facts: Facts) -> Parts:
        """Remove every rep but the owner from each protected lead."""
        protected = _protected(rule, facts)
        owner = np.where(protected, facts.owner, -1)
        present = np.unique(owner)
        units = np.ones((len(present), facts.m))
        for row, rep in enumerate(present):
            units[row, slice(None) if rep < 0 else rep] = 0.0
        return removal_or_term(name, rule.rate, np.searchsorted(present, owner), units, required=protected)

    def judge(self, rule: Protection, facts: Facts, owner: Ints) -> Verdict:
        """Look for protected leads that are not with their owner."""
        gone = np.flatnonzero(_protected(rule, facts) & (owner != facts.owner))
        places = tuple(Breach(int(i), int(owner[i]), 1.0) for i in gone[:100])
        return Verdict(float(len(gone)), places)


def _protected(rule: Protection, facts: Facts) -> Bools:
    """Return the protected leads that are meant; `reps` chooses by owner."""
    chosen = np.append(facts.select_reps(rule.reps), False)
    mine: Bools = chosen[facts.owner]
    return facts.protected & facts.select_leads(rule.leads) & mine
