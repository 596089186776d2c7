"""The load rows about one rep: what the rep holds against each bound, and what the bound is worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np

from solver.evaluate import block_load, row_size
from solver.explain.others import DIGITS, Record
from solver.explain.priced import ABOUT_ONE_REP, PricedPlan
from solver.explain.rule_prices import NOTHING
from solver.pairs import Floats, Ints
from solver.problem import LoadRows
from solver.result import Plan
from solver.rules.base import TOLERANCE

Side = Literal["upper", "lower"]


class RepRows:
    """The load rows of a priced plan, rep by rep."""

    def __init__(self, priced: PricedPlan, plan: Plan) -> None:
        self.priced = priced
        self.open = {tier.tier: max(tier.certified_bound - tier.objective, 0.0) for tier in plan.tiers}
        self.nothing = {tier.tier: NOTHING * max(1.0, abs(tier.objective)) for tier in plan.tiers}
        last = priced.tiers[-1]
        self.prices: dict[int, dict[int, Floats]] = {}
        for tier, prices in priced.prices.items():
            blocks = [block for block in priced.problem.rows if block.hard or tier == last]
            for block, price in zip(blocks, prices, strict=True):
                self.prices.setdefault(id(block), {})[tier] = price

    def records(self, rep: int, mine: Ints, others: Ints) -> list[Record]:
        """Return the bounds on a rep's loads, those that bind first.

        Parameters
        ----------
        mine, others : array of int
            Leads that the rep has, and leads that the rep may take and has not.
        """
        found = [
            record
            for block in self.priced.problem.rows
            if self.priced.kind(block.rule) in ABOUT_ONE_REP
            for record in self._block(block, rep, mine, others)
        ]
        return sorted(found, key=lambda record: (record["binds"] is None, -abs(record["price"])))

    def _block(self, block: LoadRows, rep: int, mine: Ints, others: Ints) -> Iterator[Record]:
        load = block_load(block, self.priced.owner, self.priced.problem.m)
        activity, spare = block.activity(load), TOLERANCE * row_size(block, load)
        prices = self.prices.get(id(block), {})
        rows = [rep] if block.weights is None else [
            row for row in range(len(block.labels)) if self.priced.row_rep(block, row) == rep
        ]  # fmt: skip
        wall = self.priced.kind(block.rule) == "wall"
        for row in rows:
            for group in range(len(load)):
                carried = block.base[group, row] if block.weights is None else self._carried(block, rep)
                own = float(load[group, rep] + carried)
                for side, bound in (("upper", block.upper[group, row]), ("lower", block.lower[group, row])):
                    if not np.isfinite(bound):
                        continue
                    tier, price = self._price(prices, side, group, row, max(abs(float(bound)), abs(own), 1.0))
                    left = abs(float(bound - activity[group, row]))
                    if (activity[group, row] > bound) == (side == "upper"):
                        left = 0.0  # at the end, or beyond that of a soft rule
                    weight = 1.0 if block.weights is None else float(block.weights[row, rep])
                    smallest = _smallest(block, group, rep, others if side == "upper" else mine)
                    fits = weight <= 0 or not np.isfinite(smallest) or weight * smallest <= left + spare[group, row]
                    full = block.hard and not fits
                    if wall and not price:
                        continue  # a group of which the rep holds none, or the one
                    yield {
                        "rule": block.rule,
                        "kind": self.priced.kind(block.rule),
                        "metric": block.metric,
                        "group": block.group_labels[group],
                        "rate": None if block.hard else block.rate,
                        "side": side,
                        "load": round(own, DIGITS),
                        "limit": round(own + float(bound - activity[group, row]), DIGITS),
                        "binds": "price" if price else "full" if full else None,
                        **self._worth(tier, price),
                    }

    def _carried(self, block: LoadRows, rep: int) -> float:
        return float(self.priced.facts.carried(block.metric)[rep])

    def _price(self, prices: Mapping[int, Floats], side: str, group: int, row: int, size: float) -> tuple[int, float]:
        """Return the price of one side of a row in the first tier that has one; the last tier where none has.

        A price at which not even so much load, the row's `size`, is worth anything is none.
        """
        for tier, price in prices.items():
            value = float(price[group, row])
            if abs(value) * size > self.nothing[tier] and (value > 0) == (side == "upper"):
                return tier, value
        return self.priced.tiers[-1], 0.0

    def _worth(self, tier: int, price: float) -> Record:
        """Return what a price proves of one unit more of room, and of one less."""
        return {
            "price": round(price, DIGITS),
            "tier": self.priced.tiers.index(tier) + 1,
            "looser_gains_at_most": round(abs(price) + self.open[tier], DIGITS),
            "tighter_costs_at_least": round(max(abs(price) - self.open[tier], 0.0), DIGITS),
        }


def _smallest(block: LoadRows, group: int, rep: int, leads: Ints) -> float:
    """Return the smallest load above 0 that one of some leads is to a rep in a row; infinite where there is none."""
    counted = leads[block.group[leads] == group]
    amount = block.values.at(counted, np.full(len(counted), rep))
    return float(amount[amount > 0].min(initial=np.inf))
