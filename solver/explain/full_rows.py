"""Full rows: which hard rows of a plan have no room for some leads with another rep, and whether another rule would."""

from __future__ import annotations

import numpy as np
import polars as pl

from scenarios.model import Scenario
from scenarios.rules import Rule
from solver.evaluate import block_load
from solver.explain.priced import PricedPlan
from solver.explain.rooms import Hits, Moves, Room
from solver.facts import Facts
from solver.pairs import Bools, Ints
from solver.rules import RULE_MATHS


def full_rows(end: PricedPlan, items: Ints, target: Ints) -> tuple[Ints, Hits]:
    """Return which of some items cannot go to a rep, as a hard row of the plan says, and the first such row of each.

    Parameters
    ----------
    end : PricedPlan
    items : (k,) array of int
        Items of the problem; each goes in thought, alone, from where it is.
    target : (k,) array of int
        Where it goes; -1: nowhere, and then nothing is full.
    """
    able = np.flatnonzero(target >= 0)
    hits = end.rooms.moves(_moves(end, items[able], target[able]))
    hit = hits.block >= 0
    return able[hit], Hits(*(getattr(hits, name)[hit] for name in ("block", "group", "row", "upper", "excess")))


def fits(end: PricedPlan, items: Ints, target: Ints, rule: Rule, facts: Facts) -> Bools:
    """Return which of some items could go to a rep as far as a rule is concerned, read with given facts, (k,).

    `facts` is of the plan's scenario, or of one that has the same leads and reps, in the order of the problem.
    """
    moves = _moves(end, items, target)
    fit = np.ones(moves.count, dtype=bool)
    try:
        rows = RULE_MATHS[rule.kind].parts(rule, "", facts).rows
    except pl.exceptions.ColumnNotFoundError:  # it speaks of a column that only the other scenario has
        return fit
    for block in rows:
        if block.hard:
            fit[Room(block, block_load(block, end.owner, facts.m)).moves(moves)[0]] = False
    return fit


def facts_with_reps_of(end: PricedPlan, other: Scenario) -> Facts:
    """Return the facts of a plan's scenario with the data of its reps as another scenario has them."""
    data = {rep.id: rep for rep in other.reps}
    scenario = end.scenario.model_copy(update={"reps": tuple(data.get(rep.id, rep) for rep in end.scenario.reps)})
    return Facts(scenario, end.compiled.lead_order, end.compiled.rep_order)


def _moves(end: PricedPlan, items: Ints, target: Ints) -> Moves:
    leads, which = end.problem.leads_of(items)
    return Moves(len(items), which, leads, end.owner[end.problem.starts[items]], target)
