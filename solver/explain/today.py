"""Today's owners against a plan: why each lead that moves does not stay with its owner. Columns, for all at once."""

from __future__ import annotations

import numpy as np

from solver.explain.explainer import Explainer
from solver.explain.full_rows import full_rows
from solver.explain.reasons import OTHERS, TIE
from solver.explain.steps import NEW, OLD, Moved
from solver.pairs import Floats, Ints

TODAY: dict[str, str] = {"placed": "nobody has it today", **OTHERS}
"""Why a lead does not stay with its owner of today: a key of `OTHERS`, what speaks against the owner in the plan."""
INDEX: dict[str, int] = {code: k for k, code in enumerate(TODAY)}


def reasons_today(plan: Explainer, moved: Moved) -> Ints:
    """Return why each lead that has another owner today moves, (n,), as places in `TODAY`; see `solver.explain.others`.

    The owners of `moved` are indices of the scenario's reps on both sides, for it is the same scenario.
    """
    priced = plan.priced
    problem = priced.problem
    back = np.empty(problem.m + 1, dtype=np.int64)
    back[priced.compiled.rep_order], back[-1] = np.arange(problem.m), -1
    old, new = (back[moved.owner[pair]] for pair in (OLD, NEW))
    leads = priced.place[moved.rows[1]]
    items = problem.item[leads]
    own, family = np.zeros(len(leads), dtype=bool), np.zeros(len(leads), dtype=bool)
    all_leads, which = problem.leads_of(items)
    held = old >= 0
    for removal in problem.removals:
        own |= held & removal.table[removal.code[leads], old]
        barred = removal.table[removal.code[all_leads], old[which]] & held[which]
        family |= np.bincount(which, barred, len(leads)) > 0
    old_score, old_net = _of_items(plan, all_leads, which, old)
    new_score, new_net = _of_items(plan, all_leads, which, new)
    behind, less = new_net - old_net, new_score - old_score
    close = TIE * np.maximum(1.0, np.abs(new_net))
    code = np.where(less >= behind - less, INDEX["lower_score"], INDEX["better_use"])
    code[np.abs(behind) <= close] = INDEX["tied"]
    code[behind < -close] = INDEX["rounded"]
    code[(new < 0) & (less >= -close)] = INDEX["not_worth_it"]
    tested = np.isin(code, [INDEX[c] for c in ("better_use", "tied", "rounded")]) & held & ~family
    some = np.flatnonzero(tested)
    hit, hits = full_rows(priced, items[some], old[some])
    code[some[hit]] = np.where(hits.upper, INDEX["row_full"], INDEX["needed"])
    code[family] = INDEX["family"]
    code[own] = INDEX["removed"]
    code[~held] = INDEX["placed"]
    return code


def _of_items(plan: Explainer, leads: Ints, which: Ints, reps: Ints) -> tuple[Floats, Floats]:
    """Return score and net of each item with a rep, over its leads of the tier that decides it; -1 is leaving it."""
    priced = plan.priced
    tier = priced.item_tier[priced.problem.item[leads]]
    score, net = priced.figures(leads, tier, reps[which])
    counts = priced.problem.tier[leads] == tier
    parts = np.where(counts, score, 0.0), np.where(counts, net, net - score)
    total, left = (np.bincount(which, values, len(reps)).astype(np.float64) for values in parts)
    return total, left
