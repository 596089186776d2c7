"""What each rule costs, by the prices: how much more a plan could be worth without it, or with one unit of slack.

Any prices bound every plan (weak duality, `solver.dual`), under other rules too. So L(p) with the rows and removals of
one rule taken out, at the same prices of all other rows, less the points of the plan, is a proved upper bound of what
dropping the rule can gain. It consists of what L(p) rises by and of what the plan's own gap leaves open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property

import numpy as np

from scenarios.model import Scenario
from scenarios.rules import Rule
from solver.compile import compile_scenario, names_of, parts_of, problem_of
from solver.dual import NetBlock, over_blocks
from solver.explain.others import DIGITS, Record
from solver.explain.priced import PricedPlan
from solver.explain.relaxation import Relaxation
from solver.pairs import Bools, Floats, Ints, Tabled
from solver.problem import LoadRows, Problem
from solver.result import OPTIMAL_GAP, Plan, Tier
from solver.row_prices import prices_to_arrays
from solver.rules import RULE_MATHS, Parts
from solver.tiers import stage

NOTHING = 2.5 * OPTIMAL_GAP
"""A gain of no more than this part of the points (at least of 1 point) is none: what two optimal plans leave open."""


@dataclass(frozen=True)
class Gain:
    """What a change of the rules can gain in one priority tier, in points, where the more urgent tiers gain nothing.

    `by_prices` is what L(p) rises by, and `at_most` what no plan under the changed rules has over this one. A gain up
    to `nothing` is none.
    """

    tier: int
    by_prices: float
    at_most: float
    nothing: float

    def record(self) -> Record:
        """Return it JSON-ready."""
        return {"tier": self.tier, "by_prices": round(self.by_prices, DIGITS), "at_most": round(self.at_most, DIGITS)}


def first_gain(gains: Sequence[Gain]) -> Gain:
    """Return the gain in the first tier that has any by the prices; or else in the first that may have any."""
    for gain in gains:
        if gain.by_prices > gain.nothing:
            return gain
    return next((gain for gain in gains if gain.at_most > gain.nothing), gains[-1])


@dataclass(frozen=True)
class RowWorth:
    """A load row with a price: the one rep whose load it bounds (None: of several), which side binds, and the price."""

    rep: str | None
    metric: str
    group: str
    row: str
    upper: bool
    price: float


@dataclass(frozen=True)
class Slack:
    """One unit of slack where it is worth most, and what it can gain in each tier."""

    change: Relaxation
    gains: tuple[Gain, ...]


@dataclass(frozen=True)
class RulePrice:
    """What one rule costs by the prices.

    Parameters
    ----------
    rule, kind : str
        Name and kind.
    index : int
        Position in `scenario.rules`.
    hard : bool
        Whether it has no rate.
    drop : tuple of Gain
        What dropping it can gain, by tier.
    leads : int, optional
        For rules about pairs and families: how many leads (families count once) would have a better net with a rep
        whom only this rule keeps from them; their gains add up to `by_prices`.
    rows : tuple of RowWorth
        Its scarce rows in the first tier that has any, the dearest first.
    slack : Slack, optional
        One unit of slack; None where by the prices none is worth anything.
    """

    rule: str
    kind: str
    index: int
    hard: bool
    drop: tuple[Gain, ...]
    leads: int | None
    rows: tuple[RowWorth, ...]
    slack: Slack | None

    @property
    def verdict(self) -> str:
        """`free`: proved to cost nothing; `free_by_prices`: nothing by the prices; `costs`: it may cost something."""
        if all(gain.at_most <= gain.nothing for gain in self.drop):
            return "free"
        return "free_by_prices" if all(gain.by_prices <= gain.nothing for gain in self.drop) else "costs"

    def record(self) -> Record:
        """Return it JSON-ready; the figures on top are those of the first tier in which it costs something."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "index": self.index,
            "hard": self.hard,
            "verdict": self.verdict,
            **first_gain(self.drop).record(),
            "tiers": len(self.drop),
            "by_tier": [gain.record() for gain in self.drop],
            "leads": self.leads,
            "rows": len(self.rows),
            "one_more_of_each": round(sum(abs(row.price) for row in self.rows), DIGITS),
            "dearest": asdict(self.rows[0]) if self.rows else None,
            "slack": None
            if self.slack is None
            else {
                "change": self.slack.change.record(),
                **first_gain(self.slack.gains).record(),
                "tiers": len(self.slack.gains),
            },
        }


class RulePrices:
    """Prices the rules of a plan. Leads are in the scenario's order here, and items are numbered as compiled."""

    def __init__(self, priced: PricedPlan, plan: Plan) -> None:
        self.priced, self.plan = priced, plan
        self.scenario, self.facts = priced.scenario, priced.facts
        self.order = priced.compiled.lead_order
        self.names = names_of(self.scenario.rules)
        self.achieved = {tier.tier: tier.objective for tier in plan.tiers}

    @cached_property
    def parts(self) -> list[Parts]:
        """What each rule and goal adds to the problem."""
        return parts_of(self.facts)

    @cached_property
    def item(self) -> Ints:
        """The item of each lead, (n,)."""
        item = np.empty(self.facts.n, dtype=np.int64)
        item[self.order] = self.priced.problem.item
        return item

    def drop(self, index: int) -> list[tuple[float, Floats]]:
        """Return what L(p) rises by when a rule is dropped, by tier: for the bounds of its rows, and by item."""
        rule, part = self.scenario.rules[index], self.parts[index]
        if rule.kind == "family" and rule.rate is None:
            compiled = compile_scenario(without(self.scenario, index))
            problem, order = compiled.problem, compiled.lead_order
        else:
            problem = problem_of(self.facts, self.parts[:index] + self.parts[index + 1 :])
            order = self.order
        return [self.rise(tier, problem, order, self.touched(rule, part, tier)) for tier in self.plan.tiers]

    def change(self, index: int, rule: Rule) -> list[tuple[float, Floats]]:
        """Return what L(p) rises by when a rule gets other numbers, by tier; of the same leads and reps."""
        part = RULE_MATHS[rule.kind].parts(rule, self.names[index], self.facts)
        problem = problem_of(self.facts, [*self.parts[:index], part, *self.parts[index + 1 :]])
        return [self.rise(tier, problem, self.order, self.touched(rule, part, tier)) for tier in self.plan.tiers]

    def gain(self, tier: Tier, rise: float) -> Gain:
        """Return what can be gained in a tier if L(p) rises by so many points."""
        nothing = NOTHING * max(1.0, abs(tier.objective), abs(tier.bound))
        at_most = tier.certified_bound + rise - tier.objective
        return Gain(tier.tier, max(rise, 0.0), max(at_most, 0.0), nothing)

    def prices(self, rows: Sequence[LoadRows], tier: Tier) -> list[Floats]:
        """Return the prices of some blocks in a tier, (groups, rows) each."""
        return prices_to_arrays(replace(self.priced.problem, rows=tuple(rows)), tier.prices)

    def rows(self, part: Parts) -> tuple[RowWorth, ...]:
        """Return the rows of a rule with a price in the first tier that has any, the dearest first."""
        for tier in self.plan.tiers:
            found = []
            for block, price in zip(part.rows, self.prices(part.rows, tier), strict=True):
                for group, row in np.argwhere(price != 0).tolist():
                    rep = self.priced.row_rep(block, row)
                    name = self.facts.reps[rep].id if rep >= 0 else None
                    worth = float(price[group, row])
                    found.append(
                        RowWorth(name, block.metric, block.group_labels[group], block.labels[row], worth > 0, worth)
                    )
            if found:
                return tuple(sorted(found, key=lambda row: (-abs(row.price), row.metric, row.group, row.row)))
        return ()

    def touched(self, rule: Rule, part: Parts, tier: Tier) -> Bools:
        """Return the leads that a rule bears on at the prices of a tier, whole families, (n,)."""
        mask = np.zeros(self.facts.n, dtype=bool)
        for removal in part.removals:
            mask |= _any(removal.table)[removal.code]
        for term in part.terms:
            assert isinstance(term.values, Tabled)
            mask |= _any(term.values.table)[term.values.code]
        if part.required is not None:
            mask |= part.required
        if part.unassigned is not None:
            mask |= part.unassigned != 0
        for block, price in zip(part.rows, self.prices(part.rows, tier), strict=True):
            mask |= (block.group >= 0) & _any(price)[block.group]
        if rule.kind == "family" and rule.rate is None:
            mask |= self.facts.select_leads(rule.leads) & (np.bincount(self.facts.item)[self.facts.item] > 1)
        found = np.zeros(self.facts.n, dtype=bool)
        found[self.order] = mask
        whole: Bools = np.isin(self.item, self.item[found])
        return whole

    # -- weak duality -------------------------------------------------------------------------------------------------

    def rise(self, tier: Tier, problem: Problem, order: Ints, leads: Bools) -> tuple[float, Floats]:
        """Return what L(p) of a tier rises by in another problem that differs in some leads only."""
        charge, worth = self._before[tier.tier]
        after, better = self._worth(problem, order, tier, leads)
        difference = better - np.where(leads, worth, 0.0)
        return after - charge, np.bincount(self.item, difference, self.priced.problem.n_items).astype(np.float64)

    @cached_property
    def _before(self) -> dict[int, tuple[float, Floats]]:
        everyone, problem = np.ones(self.facts.n, dtype=bool), self.priced.problem
        return {tier.tier: self._worth(problem, self.order, tier, everyone) for tier in self.plan.tiers}

    def _worth(self, problem: Problem, order: Ints, tier: Tier, leads: Bools) -> tuple[float, Floats]:
        """Return the parts of L(p): what the bounds of all rows cost, and what each of some items is worth at most.

        The latter stands at the item's first lead in the problem, (n,).
        """
        part = stage(problem, tier.tier, self.achieved)
        prices = [block.clip(p) for block, p in zip(part.rows, prices_to_arrays(part, tier.prices), strict=True)]
        charge = sum(block.charge(price) for block, price in zip(part.rows, prices, strict=True))
        worth = np.zeros(problem.n)
        items = np.unique(problem.item[leads[order]])
        if len(items) < problem.n_items:
            part = part.part(items)
        if len(items):
            best = np.full(len(items), -np.inf)

            def work(block: NetBlock) -> None:
                best[block.items] = block.net.max(axis=1, initial=-np.inf)

            over_blocks(part, prices, work)
            earned = np.where(part.required_items, best, np.maximum(best, 0.0))
            worth[order[problem.starts[items]]] = earned + np.add.reduceat(part.unassigned, part.starts)
        return charge, worth


def _any(table: Floats | Bools) -> Bools:
    """Return which rows of a table have anything but zeros."""
    return np.asarray(table.any(axis=1), dtype=bool)


def without(scenario: Scenario, index: int) -> Scenario:
    """Return a scenario without one of its rules; the others keep their names."""
    named = [
        rule.model_copy(update={"name": name})
        for rule, name in zip(scenario.rules, names_of(scenario.rules), strict=True)
    ]
    return scenario.model_copy(update={"rules": (*named[:index], *named[index + 1 :])})
