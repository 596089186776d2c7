"""Pin: the chosen leads go to one of the chosen reps, and to nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scenarios.rules import Pin
from scenarios.texts import Text
from solver.facts import Facts
from solver.pairs import Ints
from solver.rules.base import Breach, Parts, RuleMaths, Verdict, removal_or_term

NAMED = 5
"""Reps that a lead is pinned to who are named."""


class PinMaths(RuleMaths[Pin]):
    """Removes all other reps, and requires an owner."""

    kind = "pin"
    per_pair = True
    unit = Text("lead elsewhere or unassigned", "归属他人或未分配的线索数")
    blocks = Text("{lead} is pinned to others than {rep} ({detail})", "{lead} 已指定给 {rep} 以外的人（{detail}）")
    between = Text(", ", "、")
    breach = Text("{lead} is not with the reps it is pinned to", "{lead} 未归属于指定的销售")

    detail = Text("{to}", "{to}")
    more = Text("{more} more", "另有 {more} 人")
    nobody = Text("nobody fits", "没有人符合")

    def details(self, rule: Pin, facts: Facts, lead: int, rep: int) -> tuple[Mapping[str, object], ...]:
        """Return the reps that the lead is pinned to, the first few by name, and how many more there are."""
        names = sorted(facts.reps[j].id for j in np.flatnonzero(facts.select_reps(rule.reps)))
        told = [{"to": name} for name in names[:NAMED]]
        return (*told, *([{"more": len(names) - len(told)}] if len(names) > len(told) or not told else []))

    def detail_text(self, fact: Mapping[str, Any]) -> Text:
        """Tell a name from the number of the others."""
        if "to" in fact:
            return self.detail
        return self.more if fact["more"] else self.nobody

    def parts(self, rule: Pin, name: str, facts: Facts) -> Parts:
        """Remove every rep that the lead is not pinned to."""
        pinned = facts.select_leads(rule.leads)
        units = np.zeros((2, facts.m))
        units[1] = ~facts.select_reps(rule.reps)
        return removal_or_term(name, rule.rate, pinned.astype(np.int64), units, required=pinned)

    def judge(self, rule: Pin, facts: Facts, owner: Ints) -> Verdict:
        """Look for pinned leads with other reps or with nobody."""
        wanted = np.append(facts.select_reps(rule.reps), False)  # the last place is for nobody: index -1
        elsewhere = np.flatnonzero(facts.select_leads(rule.leads) & ~wanted[owner])
        places = tuple(Breach(int(i), int(owner[i]), 1.0) for i in elsewhere[:100])
        return Verdict(float(len(elsewhere)), places)
