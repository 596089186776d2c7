"""Wall: no rep holds two leads of one competitor group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scenarios.rules import Wall
from scenarios.texts import Text
from solver.facts import Facts
from solver.pairs import Floats, Ints, PerLead
from solver.problem import LoadRows
from solver.rules.base import Breach, Parts, RuleMaths, Verdict


class WallMaths(RuleMaths[Wall]):
    """One row per competitor group and rep: customers held <= 1."""

    kind = "wall"
    unit = Text("competitor beyond the first", "超出一个的竞争客户数")
    blocks = Text("{rep} serves a competitor ({detail})", "{rep} 已服务其竞争对手（{detail}）")
    breach = Text("{rep} holds {load} competing customers of one group", "{rep} 持有同一竞争组的 {load} 个客户")
    full = Text("{rep} already serves a competitor of the group “{group}”", "{rep} 已服务竞争组“{group}”中的客户")
    held = Text(
        "{rep} already holds {holds} of the competitor group “{group}”", "{rep} 已持有竞争组“{group}”中的 {holds}"
    )

    def full_text(self, detail: Mapping[str, Any]) -> Text:
        """Name the competitor where it is a lead of the plan."""
        return self.full if detail.get("holds") is None else self.held

    def parts(self, rule: Wall, name: str, facts: Facts) -> Parts:
        """Return the rows; a family that is one item counts as one customer."""
        group, words = _groups(rule, facts)
        if not words:
            return Parts()
        key = group * (facts.n + 1) + facts.item
        _, back, size = np.unique(key, return_inverse=True, return_counts=True)
        shape = (len(words), facts.m)
        limit = np.where(facts.select_reps(rule.reps), 1.0, np.inf)
        row = LoadRows(
            name,
            "leads",
            PerLead(1.0 / size[back]),
            group,
            _held(words, facts),
            np.broadcast_to(-np.inf, shape),
            np.broadcast_to(limit, shape),
            np.inf if rule.rate is None else rule.rate,
            labels=tuple(rep.id for rep in facts.reps),
            group_labels=words,
        )
        return Parts(rows=(row,))

    def judge(self, rule: Wall, facts: Facts, owner: Ints) -> Verdict:
        """Count the distinct customers of each group with each rep."""
        group, words = _groups(rule, facts)
        chosen = np.append(facts.select_reps(rule.reps), False)
        leads = np.flatnonzero((group >= 0) & chosen[owner])
        customers = np.unique(np.stack([group[leads], owner[leads], facts.item[leads]]), axis=1)
        held = np.zeros((len(words), facts.m))
        np.add.at(held, (customers[0], customers[1]), 1.0)
        held += _held(words, facts)
        excess = np.where(chosen[:-1], np.maximum(held - 1.0, 0.0), 0.0)
        bad = np.argwhere(excess > 0)[:100]
        places = tuple(Breach(-1, int(j), float(excess[g, j]), float(held[g, j]), 1.0, words[g]) for g, j in bad)
        return Verdict(float(excess.sum()), places)


def _groups(rule: Wall, facts: Facts) -> tuple[Ints, tuple[str, ...]]:
    """Return the competitor group of each chosen lead (-1: none), and the groups' names."""
    codes, values = facts.codes("competitor_group")
    blanks = sum(v is None for v in values)  # a blank sorts first
    keep = facts.select_leads(rule.leads)
    return np.where(keep, codes - blanks, -1), tuple(str(v) for v in values[blanks:])


def _held(words: tuple[str, ...], facts: Facts) -> Floats:
    """Return 1 where a rep already serves a competitor group, (groups, m)."""
    held = np.zeros((len(words), facts.m))
    index = {word: g for g, word in enumerate(words)}
    for j, groups in enumerate(facts.rep_values("competitor_groups")):
        for word in groups & index.keys():
            held[index[word], j] = 1.0
    return held
