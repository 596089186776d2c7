"""Contiguity: what each rep holds is in one piece."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from scenarios.rules import Contiguity
from scenarios.texts import Text
from solver.facts import Facts
from solver.pairs import Ints
from solver.rules.base import Breach, Parts, RuleMaths, Verdict


class ContiguityMaths(RuleMaths[Contiguity]):
    """Not linear in the pairs, so nothing is added to the problem: `solver.territory` draws by it, the judge judges.

    The other rules and the goals are then a relaxation, whose bounds hold for contiguous plans as well.
    """

    kind = "contiguity"
    unit = Text("further piece of a territory", "区域多出的片数")
    blocks = Text("{rep} has nothing next to the lead", "{rep} 没有与该线索相邻的线索")
    breach = Text(
        "what {rep} holds is in {load} pieces, not in one",
        "{rep} 持有的线索分成 {load} 片，未连成一片",
    )
    needed = Text("what {rep} holds would fall into pieces", "{rep} 持有的线索会断开")

    def parts(self, rule: Contiguity, name: str, facts: Facts) -> Parts:
        """Return nothing: pairs and loads cannot tell."""
        return Parts()

    def judge(self, rule: Contiguity, facts: Facts, owner: Ints) -> Verdict:
        """Count the pieces of what each rep holds."""
        chosen = np.append(facts.select_reps(rule.reps), False)
        held = np.flatnonzero(facts.select_leads(rule.leads) & chosen[owner])
        if not len(held):
            return Verdict()
        pieces = np.bincount(owner[held[np.unique(piece_of(facts, owner)[held], return_index=True)[1]]])
        split = np.flatnonzero(pieces > 1)
        places = tuple(Breach(-1, int(j), float(pieces[j] - 1), float(pieces[j]), 1.0) for j in split[:100])
        return Verdict(float((pieces[split] - 1).sum()), places)


def piece_of(facts: Facts, owner: Ints) -> Ints:
    """Return the number of the piece that each lead is in, (n,): linked leads of one rep share it.

    Leads of one item (a family that a hard rule keeps together) count as linked.
    """
    a, b = facts.links.T
    first = np.zeros(int(facts.item.max(initial=-1)) + 1, dtype=np.int64)
    everyone = np.arange(facts.n)
    first[facts.item[::-1]] = everyone[::-1]
    a, b = np.concatenate([a, everyone]), np.concatenate([b, first[facts.item]])
    same = owner[a] == owner[b]
    inside = sparse.csr_matrix((np.ones(int(same.sum())), (a[same], b[same])), shape=(facts.n, facts.n))
    return np.asarray(connected_components(inside, directed=False)[1], dtype=np.int64)
