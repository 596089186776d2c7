"""Why a rep has this load, and why not more: one rep against all leads, as columns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scenarios.rules import ShareOf
from solver.explain.loads import Account, Loads
from solver.explain.others import DIGITS, Record, codes_by_price, dearest
from solver.explain.priced import PricedPlan
from solver.explain.reasons import OTHER_INDEX, OTHER_REASONS, REASONS, TIE
from solver.explain.records import Recorder
from solver.explain.rep_rows import RepRows
from solver.explain.rooms import Moves
from solver.pairs import Bools, Floats, Ints
from solver.problem import BLOCK_CELLS
from solver.result import Plan

TOLD = 5
"""Leads that a rep did not get of which a record tells in full."""
TESTED = 2_000
"""Leads that would score higher with a rep of which it is tested what stops them: the first of them, by gain."""


@dataclass(frozen=True)
class Column:
    """One rep against all items: which are the rep's own, and which the rep may take; score and net of each with the
    rep, and with whoever has it in the plan.
    """

    mine: Bools
    allowed: Bools
    score: Floats
    net: Floats
    now_score: Floats
    now_net: Floats

    @property
    def gain(self) -> Floats:
        """Points of the score by which each item is better with the rep, (items,)."""
        return self.score - self.now_score


class Reps:
    """Makes the records of the reps of a priced plan."""

    def __init__(self, priced: PricedPlan, plan: Plan, recorder: Recorder, loads: Loads) -> None:
        self.priced, self.recorder, self.loads = priced, recorder, loads
        self.rows = RepRows(priced, plan)

    def record(self, rep: int) -> Record:
        """Return what a rep holds, what binds it, and why it is not more; JSON-ready."""
        priced, owner = self.priced, self.priced.owner
        mine, today = owner == rep, priced.facts.owner == rep
        removed = self._removed(rep)
        barred = np.zeros(priced.problem.n, dtype=bool)
        for mask in removed.values():
            barred |= mask
        column = self._column(rep, barred)
        score = self._now[2][mine]
        return {
            "rep": self.recorder.ids[rep],
            "currency": priced.scenario.currency,
            "leads": int(mine.sum()),
            "kept": int((mine & today).sum()),
            "lost": int((today & ~mine).sum()),
            "score": round(float(score.sum()), DIGITS),
            "reasons": self._reasons(np.flatnonzero(column.mine)),
            "loads": [self._load(metric, account, rep) for metric, account in self.loads.accounts.items()],
            "rules": self.rows.records(rep, np.flatnonzero(mine), np.flatnonzero(~mine & ~barred)),
            "shares": self._shares(rep),
            **self._more(rep, column, {rule: int((mask & ~mine).sum()) for rule, mask in removed.items()}),
        }

    # -- the rep's own ------------------------------------------------------------------------------------------------

    def _reasons(self, items: Ints) -> dict[str, int]:
        """Return why the rep has the leads of some items: how many for each reason, the most frequent first."""
        counts: Counter[str] = Counter()
        step = max(1, BLOCK_CELLS // max(self.priced.problem.m, 1))
        for first in range(0, len(items), step):
            reason = self.priced.read(items[first : first + step]).reason
            counts.update(REASONS[code] for code in reason.tolist())
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

    def _load(self, metric: str, account: Account, rep: int) -> Record:
        figures = {name: float(getattr(account, name)[rep]) for name in ("load", "target", "lower", "upper")}
        return {"metric": metric, **{k: round(v, DIGITS) if np.isfinite(v) else None for k, v in figures.items()}}

    def _shares(self, rep: int) -> list[Record]:
        """Return the shares that the rep counts in, as `Loads.shares` has them."""
        rules, facts = self.priced.rules, self.priced.facts
        return [
            row
            for row in self.loads.shares().to_dicts()
            if isinstance(rule := rules[row["rule"]], ShareOf) and facts.select_reps(rule.reps)[rep]
        ]

    # -- all other leads ----------------------------------------------------------------------------------------------

    @cached_property
    def _tier(self) -> Ints:
        """The tier at whose prices each lead is read, (n,)."""
        return self.priced.item_tier[self.priced.problem.item]

    @cached_property
    def _now(self) -> tuple[Floats, Floats, Floats]:
        """Score and net of each item with its rep of the plan, and each lead's own score."""
        score, net = self.priced.figures(np.arange(self.priced.problem.n), self._tier, self.priced.owner)
        return *self._of_items(score, net), score

    def _of_items(self, score: Floats, net: Floats) -> tuple[Floats, Floats]:
        """Add up leads to items as `PricedPlan.read` does."""
        problem = self.priced.problem
        if problem.n_items == problem.n:
            return score, net
        counts = problem.tier == self._tier
        return (
            np.add.reduceat(np.where(counts, score, 0.0), problem.starts),
            np.add.reduceat(np.where(counts, net, net - score), problem.starts),
        )

    def _removed(self, rep: int) -> dict[str, Bools]:
        """Return which leads each hard rule keeps from the rep, (n,)."""
        found: dict[str, Bools] = {}
        for removal in self.priced.problem.removals:
            mask = removal.table[removal.code, rep]
            if mask.any():
                found[removal.rule] = found.get(removal.rule, np.zeros(len(mask), dtype=bool)) | mask
        return found

    def _column(self, rep: int, barred: Bools) -> Column:
        priced, problem = self.priced, self.priced.problem
        if not problem.n:
            none = np.zeros(0)
            return Column(none > 0, none > 0, none, none, none, none)
        figures = priced.figures(np.arange(problem.n), self._tier, np.full(problem.n, rep))
        allowed = ~np.logical_or.reduceat(barred, problem.starts)
        return Column(priced.owner[problem.starts] == rep, allowed, *self._of_items(*figures), *self._now[:2])

    def _more(self, rep: int, column: Column, removed: dict[str, int]) -> Record:
        """Return how the leads that the rep has not divide, what stops more, and the best of them."""
        priced, starts = self.priced, self.priced.problem.starts
        size, taken = priced.ends - starts, priced.owner[starts] >= 0
        rest = ~column.mine & column.allowed
        wished = rest & (column.gain > TIE * np.maximum(1.0, np.abs(column.now_net)))
        by_gain = np.lexsort((-column.gain, priced.item_tier))
        wishes = by_gain[wished[by_gain]]
        stops = self._stops(rep, column, wishes[:TESTED])
        others = int(size[~column.mine].sum())
        counts = {
            "others": others,
            "removed": dict(sorted(removed.items(), key=lambda pair: -pair[1])),
            "not_eligible": int(size[~column.mine & ~column.allowed].sum()),
            "better_elsewhere": int(size[rest & ~wished & taken].sum()),
            "better_left": int(size[rest & ~wished & ~taken].sum()),
            "better_here": int(size[wished].sum()),
            "points": round(float(column.gain[wished].sum()), DIGITS),
            "tested": int(size[wishes[:TESTED]].sum()),
        }
        best = by_gain[rest[by_gain]][:TOLD]
        missed = [self.recorder.pair(lead, rep) for lead in starts[best].tolist()]
        return {"more": {"reason": _main(counts, stops), **counts, "stops": stops}, "missed": missed}

    def _stops(self, rep: int, column: Column, items: Ints) -> list[Record]:
        """Return what keeps items from a rep with whom they would score higher, by reason and rule.

        The row that a move would break, as `Others` has it; or else what the prices say.
        """
        priced, problem = self.priced, self.priced.problem
        if not len(items):
            return []
        starts = problem.starts[items]
        source, target = priced.owner[starts], np.full(len(items), rep)
        behind, less = column.now_net[items] - column.net[items], -column.gain[items]
        code = codes_by_price(behind, less, column.now_net[items], source >= 0)
        rule = np.full(len(items), "", dtype=object)
        for charge, against in dearest(priced, starts, self._tier[starts], target, source):
            rule[against.pairs] = charge.rows.rule
        leads, move = problem.leads_of(items)
        hits = priced.rooms.moves(Moves(len(items), move, leads, source, target))
        for k in np.flatnonzero(hits.block >= 0).tolist():
            code[k] = OTHER_INDEX["row_full" if hits.upper[k] else "needed"]
            rule[k] = priced.rooms.blocks[hits.block[k]].rows.rule
        size, ids = (priced.ends - problem.starts)[items], priced.facts.leads["id"]
        groups: dict[tuple[int, str], Record] = {}
        for k, key in enumerate(zip(code.tolist(), rule.tolist(), strict=True)):
            stop = groups.setdefault(
                key,
                {"reason": OTHER_REASONS[key[0]], "rule": key[1] or None, "kind": priced.kind(key[1]) or None,
                 "leads": 0, "points": 0.0, "best": str(ids[int(starts[k])])},
            )  # fmt: skip
            stop["leads"] += int(size[k])
            stop["points"] += float(column.gain[items[k]])
        for stop in groups.values():
            stop["points"] = round(stop["points"], DIGITS)
        return sorted(groups.values(), key=lambda stop: -stop["points"])


def _main(counts: Record, stops: list[Record]) -> str:
    """Return the one reason why a rep has not more: what stops most points, or why nothing is to be had."""
    if stops:
        return str(stops[0]["reason"])
    if counts["others"] == 0:
        return "has_all"
    if counts["others"] == counts["not_eligible"]:
        return "not_eligible"
    return "better_elsewhere" if counts["better_elsewhere"] >= counts["better_left"] else "better_left"
