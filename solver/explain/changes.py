"""Changes: what it would take to give a lead to a rep, read off the plan.

Which rules stand in the way, and how far must each yield? Nothing is solved again: all other leads stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from solver.compile import names_of
from solver.explain.broken import relaxations_of
from solver.explain.priced import PricedPlan
from solver.explain.relaxation import Relaxation, merged
from solver.explain.rooms import Moves
from solver.pairs import Ints
from solver.rules import RULE_MATHS, Breach


def changes_for_move(priced: PricedPlan, lead: int, rep: int) -> tuple[Relaxation, ...]:
    """Return the changes under which the plan may give a lead, and its family, to a rep and stay as it is otherwise.

    Each is the smallest that lifts its obstacle, all of them together are needed; there are none where nothing forbids
    the move. `lead` and `rep` are indices of the compiled problem.
    """
    problem = priced.problem
    leads, _ = problem.leads_of(problem.item[lead : lead + 1])
    owner = priced.owner.copy()
    owner[leads] = rep
    names = names_of(priced.scenario.rules)
    broken: list[tuple[int, Breach]] = []
    walls: list[Relaxation] = []
    for removal in problem.removals:
        index = names.index(removal.rule)
        broken += [(index, Breach(int(i), rep, 1.0)) for i in leads[removal.table[removal.code[leads], rep]]]
    for name in _full(priced, leads, rep):
        index, rule = names.index(name), priced.rules[name]
        breaches = RULE_MATHS[rule.kind].judge(rule, priced.facts, owner).breaches
        if rule.kind == "wall":
            walls += _through_wall(priced, index, leads, breaches)
        else:
            broken += [(index, breach) for breach in breaches]
    found = relaxations_of(priced.scenario, owner, broken, priced.facts)
    return merged(replace(one, rule=names[one.index]) for one in (*_once(found), *walls))


def _once(found: list[Relaxation]) -> list[Relaxation]:
    """Leave out what two rules ask for alike: a capacity that is raised, or a skill that is dropped, is so for both."""
    kept: dict[object, Relaxation] = {}
    for one in found:
        of_rule = one.index if one.code not in ("raise_capacity", "drop_skill") else -1
        place = (one.code, of_rule, one.leads, one.rep, one.metric, one.skill)
        before = kept.setdefault(place, one)
        if (one.after or 0.0) > (before.after or 0.0):
            kept[place] = one
    return list(kept.values())


def _full(priced: PricedPlan, leads: Ints, rep: int) -> list[str]:
    """Return the rules of the hard rows that the move would break."""
    source = priced.owner[leads[:1]]
    moves = Moves(1, np.zeros(len(leads), dtype=np.int64), leads, source, np.array([rep]))
    return priced.rooms.broken_rules(moves)


def _through_wall(priced: PricedPlan, index: int, leads: Ints, breaches: tuple[Breach, ...]) -> Iterator[Relaxation]:
    """Except the leads that are to move, rather than a competitor that is there already."""
    groups = priced.facts.leads["competitor_group"].gather(leads).to_list()
    full = {breach.metric for breach in breaches}
    ids = priced.facts.leads["id"].gather(leads).to_list()
    mine = tuple(sorted(i for i, group in zip(ids, groups, strict=True) if group in full))
    if mine:
        yield Relaxation("except_leads", "", index, "wall", float(len(mine)), leads=mine)


def change_records(priced: PricedPlan, rep: int, changes: tuple[Relaxation, ...]) -> list[dict[str, Any]]:
    """Return changes as JSON-ready records; a skill that need not be dropped if the rep had it comes with the level."""
    return [_with_level(priced, rep, one) if one.code == "drop_skill" else one.record() for one in changes]


def _with_level(priced: PricedPlan, rep: int, change: Relaxation) -> dict[str, Any]:
    codes, requirements = priced.facts.requirements()
    mine = np.flatnonzero(priced.facts.select_leads({"id": change.leads}))
    level = max(requirements[code][change.skill] for code in codes[mine].tolist())
    return {**change.record(), "or_rep": priced.facts.reps[rep].id, "or_level": level}
