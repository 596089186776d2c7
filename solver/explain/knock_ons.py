"""Knock-ons: the row that made a lead move though no change speaks of it, and the lead that it can be traced to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scenarios.differences import Differences
from solver.compile import names_of
from solver.explain.causes import CAUSES, PRICES, Causes
from solver.explain.full_rows import full_rows
from solver.explain.others import DIGITS, Record
from solver.explain.priced import PricedPlan
from solver.explain.steps import NEW, OLD
from solver.pairs import Ints
from solver.problem import LoadRows

OWN = ("lead_changed", "family_changed", "rep_left", "rep_joined", "rep_changed", "rule_changed", "goal_changed")
"""Causes of a lead's own, to which the knock-on of another can be traced."""
JOINED, LEFT = "lead_joined", "lead_left"
"""In place of a cause: the lead is only in the other scenario, or only in the base."""

Key = tuple[str, int, str, str]


@dataclass
class _Toll:
    """What rows of one rule and metric cost a pair: points in all, the price of a unit, and the rows."""

    points: float
    price: float
    rows: LoadRows


@dataclass(frozen=True)
class _Row:
    """A row that made a lead move, the pair whose rep it is about, and its record."""

    effect: str
    rows: LoadRows
    pair: int
    record: Record


class KnockOns:
    """Tells of knock-ons, one move at a time."""

    def __init__(self, base: PricedPlan, other: PricedPlan, differences: Differences, causes: Causes) -> None:
        self.ends, self.differences, self.causes, self.moved = (base, other), differences, causes, causes.moved
        self.ids = [[*(rep.id for rep in end.scenario.reps), ""] for end in self.ends]
        self.same = [dict(self._unchanged(side)) for side in (0, 1)]

    def of(self, k: int) -> Record:
        """Return the row that is full, or whose price gave most to the new pair, and `because` of which lead.

        `because` names the largest lead that came to the old rep, or left the new one, and counts in the row, among
        those with a cause of their own and those that one of the scenarios lacks; null where there is none.
        """
        found = self._full(k) if self.causes.blamed[k] == PRICES else self._dearer(k)
        if found is None:
            return {"row": None, "because": None}
        return {"effect": found.effect, "row": found.record, "because": self._traced(found, k)}

    def full(self, k: int) -> Record:
        """Return the hard row that was counted for what changed, and its effect."""
        found = self._full(k)
        return {} if found is None else {"effect": found.effect, "row": found.record}

    def _unchanged(self, side: int) -> list[tuple[str, tuple[str, int]]]:
        """Return the rules and goals that are the same in both scenarios, by the name that one of them uses."""
        scenario = self.ends[side].scenario
        return [
            (names_of(getattr(scenario, what))[(part.base, part.other)[side]], (what, k))
            for what in ("rules", "goals")
            for k, part in enumerate(getattr(self.differences, what))
            if part.what == "same"
        ]

    def _rep(self, side: int, pair: int, k: int) -> int:
        """Return the old or the new rep as one plan's problem numbers it; -1 for nobody, and for who is not there."""
        return self.ends[side].facts.rep_index.get(self.ids[pair][self.moved.owner[pair, k]], -1)

    def _lead(self, side: int, k: int) -> int:
        return int(self.ends[side].place[self.moved.rows[side, k]])

    # -- the row ------------------------------------------------------------------------------------------------------

    def _full(self, k: int) -> _Row | None:
        """Return the row that the old pair would break in the other plan, or the new pair in the base.

        Its upper bound: there is no `room` with the rep in question. Its lower bound: the other rep is in `need` of it.
        A row about several reps: it is `barred`.
        """
        pair = int(self.causes.full[k])
        side = 1 - pair
        end = self.ends[side]
        item = end.problem.item[[self._lead(side, k)]]
        _, hits = full_rows(end, item, np.array([self._rep(side, pair, k)]))
        if not len(hits.block):
            return None
        rows, row, upper = end.rooms.blocks[int(hits.block[0])].rows, int(hits.row[0]), bool(hits.upper[0])
        rep = end.row_rep(rows, row)
        about = next((p for p in (OLD, NEW) if rep >= 0 and rep == self._rep(side, p, k)), None)
        if about is None:
            return _Row("barred", rows, pair, self._record(side, rows, pair, k))
        effect = "room" if upper else "need"
        return _Row(effect, rows, about, self._record(side, rows, about, k))

    def _dearer(self, k: int) -> _Row | None:
        """Return the row whose price gave most to the new pair: dearer with the old rep, or cheaper with the new."""
        best, most = None, 0.0
        for pair in (OLD, NEW):
            if self.causes.loaded[pair, k]:
                continue  # that is the doing of the rep's own data
            tolls = [self._tolls(side, pair, k) for side in (0, 1)]
            for key in dict.fromkeys((*tolls[0], *tolls[1])):
                before, after = (side.get(key) for side in tolls)
                points = [toll.points if toll else 0.0 for toll in (before, after)]
                gain = (points[1] - points[0]) * (1 if pair == OLD else -1)
                if gain > most:
                    side, toll = (1, after) if after else (0, before)
                    assert toll is not None
                    most = gain
                    prices = [round(each.price, DIGITS) if each else 0.0 for each in (before, after)]
                    record = self._record(side, toll.rows, pair, k)
                    record |= {"points": round(gain, DIGITS), "price_before": prices[0], "price_after": prices[1]}
                    best = _Row("price", toll.rows, pair, record)
        return best

    def _tolls(self, side: int, pair: int, k: int) -> dict[Key, _Toll]:
        """Return what the rows of unchanged rules and goals cost a pair in one plan."""
        end, lead, rep = self.ends[side], self._lead(side, k), self._rep(side, pair, k)
        tolls: dict[Key, _Toll] = {}
        for charge in end.charges[int(end.item_tier[end.problem.item[lead]])] if rep >= 0 else ():
            if charge.rows.rule not in self.same[side]:
                continue
            amount, price = (float(x[0]) for x in charge.amounts(np.array([lead]), np.array([rep])))
            group = max(int(charge.rows.group[lead]), 0)
            key = (*self.same[side][charge.rows.rule], charge.rows.metric, charge.rows.group_labels[group])
            toll = tolls.setdefault(key, _Toll(0.0, 0.0, charge.rows))
            toll.points, toll.price = toll.points + amount * price, toll.price + price
        return tolls

    def _record(self, side: int, rows: LoadRows, pair: int, k: int) -> Record:
        """Return what names a row: its rule and metric, and the rep in question."""
        return {
            "rule": rows.rule,
            "kind": self.ends[side].kind(rows.rule),
            "metric": rows.metric,
            "side": ("old", "new")[pair],
            "rep": self.ids[pair][self.moved.owner[pair, k]],
        }

    # -- where it comes from ------------------------------------------------------------------------------------------

    def _traced(self, found: _Row, k: int) -> Record | None:
        """Return the largest lead with a cause of its own that came to the old rep, or left the new one.

        Whoever came took room, or made it needless that this lead is there; whoever left made room, or a need.
        """
        pair, side = (OLD, 1) if found.pair == OLD else (NEW, 0)
        end, rep = self.ends[side], self._rep(side, pair, k)
        mine = (found.rows.rule, found.rows.metric)
        rows = next((r for r in end.problem.rows if r is found.rows or (r.rule, r.metric) == mine), None)
        if rep < 0 or rows is None:
            return None
        leads, causes = self._roots[side]
        leads = leads[(end.owner[leads] == rep) & (rows.group[leads] >= 0)]
        if not len(leads):
            return None
        lead = int(leads[int(np.argmax(rows.values.at(leads, np.full(len(leads), rep))))])
        return {"lead": str(end.facts.leads["id"][lead]), "code": causes[lead]}

    @cached_property
    def _roots(self) -> list[tuple[Ints, dict[int, str]]]:
        """The leads of either plan that moved for a cause of their own, or that the other scenario lacks."""
        codes = list(CAUSES)
        first, _ = self.causes.codes()
        own = np.isin(first, [codes.index(code) for code in OWN])
        found, roots = self.differences.leads, []
        for end, rows, alone, word in zip(
            self.ends, self.moved.rows, (found.only_base, found.only_other), (LEFT, JOINED), strict=True
        ):
            named = dict(zip(end.place[rows[own]].tolist(), (codes[c] for c in first[own]), strict=True))
            named |= dict.fromkeys(end.place[alone].tolist(), word)
            roots.append((np.array(sorted(named), dtype=np.int64), named))
        return roots
