"""Match: a column of the lead agrees with a column of the rep."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scenarios.rules import Match
from scenarios.texts import Text
from solver.facts import Facts, cell_of, values_in
from solver.pairs import Floats, Ints
from solver.rules.base import Parts, RuleMaths, Verdict, judge_pairs, removal_or_term


class MatchMaths(RuleMaths[Match]):
    """Removes the pairs whose cells do not agree."""

    kind = "match"
    per_pair = True
    unit = Text("lead that does not match", "不匹配的线索数")
    blocks = Text("{rep} does not match {lead} ({detail})", "{rep} 与 {lead} 不匹配（{detail}）")
    breach = Text("{rep} owns {lead} though the two do not match", "{lead} 与 {rep} 不匹配，却归属于其名下")

    detail = Text(
        "the {column} of {lead} is {wanted}, the {rep_column} of {rep} is {held}",
        "{lead} 的 {column} 为 {wanted}，{rep} 的 {rep_column} 为 {held}",
    )

    def details(self, rule: Match, facts: Facts, lead: int, rep: int) -> tuple[Mapping[str, object], ...]:
        """Return the two cells that do not agree; None is a blank."""
        wanted, held = facts.leads[rule.lead_column][lead], cell_of(facts.reps[rep], rule.rep_column)
        return ({"column": rule.lead_column, "wanted": wanted, "rep_column": rule.rep_column, "held": held},)

    def parts(self, rule: Match, name: str, facts: Facts) -> Parts:
        """Compare each distinct value of the lead column with each rep once."""
        codes, values = facts.codes(rule.lead_column)
        apart = np.zeros((len(values) + 1, facts.m))  # the last row is for leads that are not meant
        for row, value in enumerate(values):
            apart[row] = _apart(rule, facts, value)
        code = np.where(facts.select_leads(rule.leads), codes, len(values))
        return removal_or_term(name, rule.rate, code, apart)

    def judge(self, rule: Match, facts: Facts, owner: Ints) -> Verdict:
        """Compare the cells of each chosen pair."""
        codes, values = facts.codes(rule.lead_column)
        leads = np.flatnonzero((owner >= 0) & facts.select_leads(rule.leads))
        units = np.zeros(len(leads))
        for row, value in enumerate(values):
            here = codes[leads] == row
            units[here] = _apart(rule, facts, value)[owner[leads[here]]]
        return judge_pairs(units, leads, owner[leads])


def _apart(rule: Match, facts: Facts, value: str | float | None) -> Floats:
    """Return 1 for the reps who do not agree with a value of the lead column."""
    wanted = values_in(value)
    blank_apart = rule.blank == "none"
    apart = [
        blank_apart if not held or not wanted else wanted.isdisjoint(held) for held in facts.rep_values(rule.rep_column)
    ]
    return (np.array(apart, dtype=bool) & facts.select_reps(rule.reps)).astype(np.float64)
