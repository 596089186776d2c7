"""Others: why each of the other reps did not get a lead. Worked out for many pairs at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from solver.explain.priced import Charge, PricedPlan, Reading
from solver.explain.reasons import OTHER_INDEX, TIE
from solver.explain.rooms import Moves
from solver.pairs import Bools, Floats, Ints, PairValues
from solver.rules import RULE_MATHS

Record = dict[str, Any]

DIGITS = 9
"""Decimals of the numbers in a record: enough to add up, and without the noise of floating point."""
MONEY = ("value", "expected_value")
"""Metrics in the currency of the scenario."""


@dataclass(frozen=True)
class Pairs:
    """Some pairs of a reading: the lead's place in it, the rep, and the code of why the rep did not get the lead."""

    at: Ints
    rep: Ints
    code: Ints
    behind: Floats
    detail: list[Record | None]
    price: list[Record | None]


@dataclass(frozen=True)
class Against:
    """Some `pairs`, by place, against which one block of rows speaks most: the load, the price of a unit, the cost of
    both, and what the choice pays for its load (`own`); rounded as in records.
    """

    pairs: Ints
    amount: Floats
    price: Floats
    cost: Floats
    own: Floats


def dearest(priced: PricedPlan, leads: Ints, tier: Ints, reps: Ints, chosen: Ints) -> Iterator[tuple[Charge, Against]]:
    """Yield each block of rows with the pairs against which its price speaks most, compared with the choice (-1: none).

    Of the blocks that cost a pair more than they cost the choice the first dearest one speaks; there may be none.
    """
    for number, charges in priced.charges.items():
        some = np.flatnonzero(tier == number)
        if len(some) == 0 or not charges:
            continue
        most, which = np.zeros(len(some)), np.full(len(some), -1)
        parts = []
        for k, charge in enumerate(charges):
            amount, price = charge.amounts(leads[some], reps[some])
            own_amount, own_price = charge.amounts(leads[some], np.maximum(chosen[some], 0))
            own = np.where(chosen[some] >= 0, own_amount * own_price, 0.0)
            more = amount * price - own
            which[more > most], most = k, np.maximum(most, more)
            parts.append((amount, price, own))
        for k, charge in enumerate(charges):
            mine = np.flatnonzero((which == k) & (most > TIE))
            amount, price, own = (column[mine] for column in parts[k])
            figures = (column.round(DIGITS) for column in (amount, price, amount * price, own))
            yield charge, Against(some[mine], *figures)


def codes_by_price(behind: Floats, less: Floats, chosen_net: Floats, taken: Bools) -> Ints:
    """Return why eligible reps do not have some items, as far as prices tell.

    Parameters
    ----------
    behind, less : arrays
        By how much net and score are below those of the choice.
    chosen_net : array
        Net of the choice.
    taken : array of bool
        Whether somebody has the item.
    """
    close = TIE * np.maximum(1.0, np.abs(chosen_net))
    code = np.where(less >= behind - less, OTHER_INDEX["lower_score"], OTHER_INDEX["better_use"]).astype(np.int64)
    code[np.abs(behind) <= close] = OTHER_INDEX["tied"]
    code[behind < -close] = OTHER_INDEX["rounded"]
    code[~taken & (less >= -close)] = OTHER_INDEX["not_worth_it"]
    return code


def telling_terms(priced: PricedPlan, items: Ints, chosen: Ints, runner: Ints) -> tuple[Ints, Floats, Floats]:
    """Return the term that speaks most for each item's choice against its runner-up, and the points of both by it.

    The first of equals; -1 where none does, or one of the two is nobody (-1). Rounded as in records. Of a family, the
    leads of its most urgent tier count, as they do in what decides it.
    """
    problem = priced.problem
    found = np.full(len(items), -1, dtype=np.int64), np.zeros(len(items)), np.zeros(len(items))
    told = np.flatnonzero((chosen >= 0) & (runner >= 0))
    if not len(told) or not problem.terms:
        return found
    leads, which = problem.leads_of(items[told])
    counts = problem.tier[leads] == priced.item_tier[items[told]][which]

    def points(values: PairValues, reps: Ints) -> Floats:
        total = np.bincount(which, values.at(leads, reps[told][which]) * counts, len(told))
        return total.astype(np.float64).round(DIGITS)

    own, others = (np.array([points(term.values, reps) for term in problem.terms]) for reps in (chosen, runner))
    most = (own - others).argmax(axis=0)
    figures = (side[most, np.arange(len(told))] for side in (own, others))
    for column, values in zip(found, (most, *figures), strict=True):
        column[told] = values
    found[0][told] = np.where(found[1][told] > found[2][told], most, -1)
    return found


def price_head(priced: PricedPlan, charge: Charge) -> Record:
    """Return what the record of a price says of its block of rows."""
    rows = charge.rows
    return {"rule": rows.rule, "kind": priced.kind(rows.rule), "metric": rows.metric}


class Others:
    """Finds what speaks against pairs of a priced plan."""

    def __init__(self, priced: PricedPlan) -> None:
        self.priced = priced
        self.ids: list[str] = priced.rep_ids.tolist()
        self.removals = priced.problem.removals
        self._details: dict[tuple[int, int, int], Record] = {}
        self._held: dict[int, dict[tuple[int, int], str]] = {}

    def pairs(self, reading: Reading, at: Ints, rep: Ints) -> Pairs:
        """Find why each rep does not have the lead: `at` is the lead's place in the reading."""
        item = reading.row[at]
        chosen_net, chosen_score = reading.chosen_net[item], reading.chosen_score[item]
        net, score = reading.item_net[item, rep], reading.item_score[item, rep]
        behind, less = chosen_net - net, chosen_score - score
        code = codes_by_price(behind, less, chosen_net, reading.chosen[item] >= 0)
        eligible = reading.item_eligible[item, rep]
        code[~eligible] = OTHER_INDEX["family"]
        code[~reading.eligible[at, rep]] = OTHER_INDEX["removed"]
        detail: list[Record | None] = [None] * len(at)
        price = self._find_prices(reading, at, rep, eligible)
        self._test_rows(reading, at, rep, code, detail)
        for k in np.flatnonzero(code == OTHER_INDEX["removed"]).tolist():
            detail[k] = self._removed(int(reading.leads[at[k]]), int(rep[k]))
        for k in np.flatnonzero(code == OTHER_INDEX["family"]).tolist():
            detail[k] = self._removed_family(reading, int(at[k]), int(rep[k]))
        return Pairs(at, rep, code, behind, detail, price)

    def _test_rows(self, reading: Reading, at: Ints, rep: Ints, code: Ints, detail: list[Record | None]) -> None:
        """Test the moves that prices or the search speak against: would they break a hard row?"""
        tested = np.isin(code, [OTHER_INDEX[c] for c in ("better_use", "tied", "rounded")])
        tested &= rep != reading.chosen[reading.row[at]]
        some = np.flatnonzero(tested)
        rooms = self.priced.rooms
        if len(some) == 0 or not rooms.blocks:
            return
        item = reading.row[at[some]]
        size = reading.size[item]
        first = np.cumsum(reading.size) - reading.size
        move = np.repeat(np.arange(len(some)), size)
        within = np.arange(len(move)) - np.repeat(np.cumsum(size) - size, size)
        moves = Moves(len(some), move, reading.leads[first[item][move] + within], reading.chosen[item], rep[some])
        hits = rooms.moves(moves)
        for k in np.flatnonzero(hits.block >= 0).tolist():
            place = int(some[k])
            upper = bool(hits.upper[k])
            code[place] = OTHER_INDEX["row_full" if upper else "needed"]
            where = int(hits.block[k]), int(hits.group[k]), int(hits.row[k])
            leads = moves.lead[move == k] if len(move) > len(some) else moves.lead[k : k + 1]
            detail[place] = self._row(*where, upper, float(hits.excess[k]), leads, moves.source[k], moves.target[k])

    def _row(
        self, block: int, group: int, row: int, upper: bool, excess: float, leads: Ints, source: int, target: int
    ) -> Record:
        """Describe a hard row that a move would break: what it holds, what the move adds, and where it ends.

        Where the row is about one rep, load and limit are those of the rep's own load.
        """
        room = self.priced.rooms.blocks[block]
        rows = room.rows
        rep = self.priced.row_rep(rows, row)
        leads = leads[rows.group[leads] == group]
        gained = float(rows.values.at(leads, np.full(len(leads), target)).sum())
        lost = float(rows.values.at(leads, np.full(len(leads), source)).sum()) if source >= 0 else 0.0
        if rep >= 0:
            load = float(room.load[group, rep])
            load += float(
                rows.base[group, row] if rows.weights is None else self.priced.facts.carried(rows.metric)[rep]
            )
            amount = gained * (rep == target) - lost * (rep == source)
        else:
            assert rows.weights is not None
            load = float(room.activity[group, row])
            amount = gained * rows.weights[row, target] - (lost * rows.weights[row, source] if source >= 0 else 0.0)
        limit = load + amount + (-excess if upper else excess)
        if rows.weights is None:
            limit = float((rows.upper if upper else rows.lower)[group, row])
        kind = self.priced.kind(rows.rule)
        detail = {
            "metric": rows.metric,
            "currency": self._currency(rows.metric),
            "row": rows.labels[row],
            "group": rows.group_labels[group],
            "rep": self.ids[rep] if rep >= 0 else None,
            "load": round(load, DIGITS),
            "amount": round(float(amount), DIGITS),
            "limit": round(float(limit), DIGITS),
            "excess": round(excess, DIGITS),
        }
        if kind == "wall":
            detail["holds"] = self._competitors(block).get((group, rep))
        return {"rule": rows.rule, "kind": kind, "detail": detail}

    def _currency(self, metric: str) -> str:
        """Return the currency of a metric that is money; empty for any other."""
        return self.priced.scenario.currency if metric.partition("@")[0] in MONEY else ""

    def _competitors(self, block: int) -> dict[tuple[int, int], str]:
        """Return a lead of each competitor group (by index) that each rep holds in the plan, for a wall."""
        if block not in self._held:
            group, owner = self.priced.rooms.blocks[block].rows.group, self.priced.owner
            leads = np.flatnonzero((group >= 0) & (owner >= 0))
            ids = self.priced.facts.leads["id"].gather(leads).to_list()
            self._held[block] = dict(
                zip(zip(group[leads].tolist(), owner[leads].tolist(), strict=True), ids, strict=True)
            )
        return self._held[block]

    def _find_prices(self, reading: Reading, at: Ints, rep: Ints, wanted: Bools) -> list[Record | None]:
        """Return the row whose price speaks most against each of the wanted reps, where one does."""
        found: list[Record | None] = [None] * len(at)
        some = np.flatnonzero(wanted)
        leads, reps, chosen = reading.leads[at[some]], rep[some], reading.chosen[reading.row[at[some]]]
        for charge, against in dearest(self.priced, leads, reading.tier[at[some]], reps, chosen):
            head = price_head(self.priced, charge)
            mine = against.pairs
            lists = (column.tolist() for column in (against.price, against.amount, against.cost, against.own))
            names = charge.named(leads[mine], reps[mine])
            for k, (row, group), cost, load, points, own in zip(some[mine].tolist(), names, *lists, strict=True):
                found[k] = {
                    **head,
                    "row": row,
                    "group": group,
                    "price": cost,
                    "amount": load,
                    "points": points,
                    "chosen_points": own,
                }
        return found

    def _removed(self, lead: int, rep: int) -> Record:
        """Say which rules remove a pair, the first one foremost."""
        found = []
        for index, removal in enumerate(self.removals):
            code = int(removal.code[lead])
            if removal.table[code, rep]:
                key = (index, code, rep)
                if key not in self._details:
                    self._details[key] = self._broken(removal.rule, lead, rep)
                found.append(self._details[key])
        return {**found[0], "also": found[1:]}

    def _broken(self, name: str, lead: int, rep: int) -> Record:
        rule = self.priced.rules[name]
        facts: Sequence[Mapping[str, object]] = RULE_MATHS[rule.kind].details(rule, self.priced.facts, lead, rep)
        return {"rule": name, "kind": rule.kind, "detail": [dict(f) for f in facts]}

    def _removed_family(self, reading: Reading, at: int, rep: int) -> Record:
        """Say which other lead of the family the rep cannot take, and why."""
        family = np.flatnonzero(reading.row == reading.row[at])
        other = int(reading.leads[family[~reading.eligible[family, rep]][0]])
        return {**self._removed(other, rep), "because_of": str(self.priced.facts.leads["id"][other])}
