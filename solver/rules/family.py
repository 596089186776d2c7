"""Family: leads of one family stay together."""

from __future__ import annotations

import numpy as np

from scenarios.rules import Family
from scenarios.texts import Text
from solver.facts import Facts
from solver.pairs import Ints
from solver.problem import Spread
from solver.rules.base import Breach, Parts, RuleMaths, Verdict


class FamilyMaths(RuleMaths[Family]):
    """Hard families are merged into one item (`Facts.item`) before the solve; soft ones are a spread."""

    kind = "family"
    unit = Text("further owner of a family", "客户组的额外归属人数")
    blocks = Text("{rep} cannot take every lead of this family", "{rep} 无法接手该客户组的全部线索")
    breach = Text("the family of {lead} has more than one owner", "{lead} 所在的客户组有多个归属人")

    def parts(self, rule: Family, name: str, facts: Facts) -> Parts:
        """Return the spread of a soft rule; a hard one is in the items already."""
        if rule.rate is None:
            return Parts()
        return Parts(spreads=(Spread(name, _families(rule, facts), rule.rate),))

    def judge(self, rule: Family, facts: Facts, owner: Ints) -> Verdict:
        """Count the owners of each family."""
        family = _families(rule, facts)
        leads = np.flatnonzero(family >= 0)
        if len(leads) == 0:
            return Verdict()
        pairs = np.unique(np.stack([family[leads], owner[leads]]), axis=1)
        groups, owners = np.unique(pairs[0], return_counts=True)
        split = groups[owners > 1]
        first = [int(leads[np.argmax(family[leads] == g)]) for g in split[:100]]
        places = tuple(Breach(i, -1, float(k - 1)) for i, k in zip(first, owners[owners > 1], strict=False))
        return Verdict(float((owners - 1).sum()), places)


def _families(rule: Family, facts: Facts) -> Ints:
    """Return the family of each chosen lead, -1 for those without one."""
    codes, values = facts.codes("family")
    named = np.array([v is not None for v in values], dtype=bool)
    keep = facts.select_leads(rule.leads) & named[codes] if facts.n else np.zeros(0, dtype=bool)
    return np.where(keep, codes, -1)
