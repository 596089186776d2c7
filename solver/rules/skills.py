"""Skills: a rep holds every skill that a lead requires, at its level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scenarios.mappings import parse_mapping
from scenarios.rules import Skills
from scenarios.texts import Text
from solver.facts import Facts
from solver.pairs import Floats, Ints
from solver.rules.base import Parts, RuleMaths, Verdict, judge_pairs, removal_or_term


class SkillsMaths(RuleMaths[Skills]):
    """Removes the pairs in which a required skill is missing or too low."""

    kind = "skills"
    per_pair = True
    unit = Text("skill missing or too low", "缺少或不足的技能数")
    blocks = Text("{rep} lacks a required skill ({detail})", "{rep} 不具备所需技能（{detail}）")
    breach = Text("{rep} owns {lead} without the skills it requires", "{rep} 不具备 {lead} 要求的技能却归属于他")
    detail = Text("{skill} at level {needs}, has {has}", "{skill} 需 {needs} 级，现为 {has} 级")
    missing = Text("{skill} at level {needs}, has none", "{skill} 需 {needs} 级，尚不具备")

    def details(self, rule: Skills, facts: Facts, lead: int, rep: int) -> tuple[Mapping[str, object], ...]:
        """Return each skill that is missing (`has` is None) or too low."""
        required = parse_mapping(str(facts.leads["skills"][lead] or "")) or {}
        held = facts.reps[rep].skills
        return tuple(
            {"skill": skill, "needs": level, "has": held.get(skill)}
            for skill, level in required.items()
            if held.get(skill, -1.0) < level
        )

    def detail_text(self, fact: Mapping[str, Any]) -> Text:
        """Tell apart a skill that is too low from one that is missing."""
        return self.missing if fact["has"] is None else self.detail

    def parts(self, rule: Skills, name: str, facts: Facts) -> Parts:
        """Compare each distinct requirement with each rep once."""
        codes, missing = _missing(facts)
        chosen = facts.select_leads(rule.leads)
        missing = np.vstack([missing, np.zeros((1, facts.m))]) * facts.select_reps(rule.reps)
        return removal_or_term(name, rule.rate, np.where(chosen, codes, len(missing) - 1), missing)

    def judge(self, rule: Skills, facts: Facts, owner: Ints) -> Verdict:
        """Look at the skills of each chosen pair."""
        codes, missing = _missing(facts)
        leads = np.flatnonzero((owner >= 0) & facts.select_leads(rule.leads))
        leads = leads[facts.select_reps(rule.reps)[owner[leads]]]
        return judge_pairs(missing[codes[leads], owner[leads]], leads, owner[leads])


def _missing(facts: Facts) -> tuple[Ints, Floats]:
    """Return each lead's requirement, and how many of its skills each rep lacks, (requirements, m)."""
    codes, requirements = facts.requirements()
    missing = np.zeros((len(requirements), facts.m))
    for row, required in enumerate(requirements):
        for skill, level in required.items():
            held = np.array([rep.skills.get(skill, -1.0) for rep in facts.reps])
            missing[row] += held < level
    return codes, missing
