"""A plan read at its prices: the figures and reasons of some leads with every rep. `survey` has those of all leads.

With priority tiers a lead is read at the prices of its own tier's stage: that is where it was decided, for a later
stage may move it only if its tier loses nothing. A family is read at its most urgent lead's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scenarios.goals import Goal, Travel
from scenarios.model import Scenario
from scenarios.rules import Rule
from solver.compile import Compiled, names_of
from solver.dual import charge_block
from solver.explain.reasons import INDEX, TIE
from solver.explain.rooms import Rooms
from solver.pairs import Bools, Floats, Ints, Measured
from solver.problem import LoadRows, Term
from solver.result import Plan
from solver.row_prices import prices_to_arrays
from solver.tiers import stage, tiers_of

ABOUT_ONE_REP = ("capacity", "band", "minimum", "wall", "balance", "max_min")
"""Rules and goals whose rows bound one rep's load, even where they weigh the others'."""


NOISE = 1e-10
"""Nets that differ by no more than this part are equal: floating-point sums depend on how many are made at once."""


@dataclass(frozen=True)
class Charge:
    """A block of load rows with prices: what a unit of load costs each rep, (groups, reps), and which row says so."""

    rows: LoadRows
    price: Floats
    cost: Floats
    row: Ints

    @classmethod
    def of(cls, rows: LoadRows, price: Floats) -> Charge:
        """Read prices, (groups, rows), rep by rep; the row that is named is the one that costs the rep most."""
        cost = rows.to_reps(price)
        if rows.weights is None:
            return cls(rows, price, cost, np.broadcast_to(np.arange(cost.shape[1]), cost.shape))
        main = [np.abs(p[:, None] * rows.weights).argmax(axis=0) for p in price]
        return cls(rows, price, cost, np.array(main, dtype=np.int64).reshape(cost.shape))

    def named(self, leads: Ints, reps: Ints) -> list[tuple[str, str]]:
        """Return the row and the group that set the price of each pair, by their labels."""
        group = np.maximum(self.rows.group[leads], 0)
        rows, labels, groups = self.row[group, reps].tolist(), self.rows.labels, self.rows.group_labels
        return [(labels[row], groups[g]) for row, g in zip(rows, group.tolist(), strict=True)]

    def amounts(self, leads: Ints, reps: Ints) -> tuple[Floats, Floats]:
        """Return the load of each pair, and what a unit of it costs; both are 0 where the lead does not count."""
        group = self.rows.group[leads]
        inside = group >= 0
        amount = np.where(inside, self.rows.values.at(leads, reps), 0.0)
        return amount, np.where(inside, self.cost[np.maximum(group, 0), reps], 0.0)


@dataclass(frozen=True)
class Reading:
    """Some items and all their leads, at prices: figures of leads first, then of items (families are one item).

    `score`, `net` and `eligible` are (leads, reps); `item_*` the same over (items, reps), where a family is judged by
    its most urgent tier, which is the `tier` of each of its leads here. `row` is the item of each lead, counted from 0.
    Per item: `size` in leads, the `chosen` rep (-1: none), the points and net of that choice, the best other rep (-1:
    none), `margin`, the net of the choice less that of the best alternative (nan: there is none), and `decision`, an
    index into `REASONS`; `reason` is each lead's.
    """

    leads: Ints
    row: Ints
    tier: Ints
    size: Ints
    score: Floats
    net: Floats
    eligible: Bools
    item_score: Floats
    item_net: Floats
    item_eligible: Bools
    chosen: Ints
    chosen_score: Floats
    chosen_net: Floats
    runner_up: Ints
    margin: Floats
    decision: Ints
    reason: Ints


class PricedPlan:
    """A scenario's plan in the order of the compiled problem, with the prices that go with it."""

    def __init__(self, scenario: Scenario, plan: Plan, compiled: Compiled) -> None:
        self.scenario, self.compiled = scenario, compiled
        self.problem, self.facts = compiled.problem, compiled.facts
        self.rep_ids = np.array([rep.id for rep in self.facts.reps], dtype=object)
        self.rules: dict[str, Rule] = dict(zip(names_of(scenario.rules), scenario.rules, strict=True))
        self.goals: dict[str, Goal] = dict(zip(names_of(scenario.goals), scenario.goals, strict=True))
        self.place = np.empty(self.problem.n, dtype=np.int64)  # of each lead of the scenario, in the problem
        self.place[compiled.lead_order] = np.arange(self.problem.n)
        back = np.full(self.problem.m + 1, -1, dtype=np.int64)  # the last place is for nobody: index -1
        back[compiled.rep_order] = np.arange(self.problem.m)
        self.owner: Ints = back[plan.owner[compiled.lead_order]]
        listed = {tier.tier: tier.prices for tier in plan.tiers}
        self.tiers = tiers_of(self.problem)
        self.charges: dict[int, list[Charge]] = {}
        self.prices: dict[int, tuple[Floats, ...]] = {}
        for tier in self.tiers:
            part = stage(self.problem, tier, {})
            prices = self.prices[tier] = tuple(prices_to_arrays(part, listed.get(tier, ())))
            blocks = [r for r in self.problem.rows if r.hard or tier == self.tiers[-1]]  # the stage's, as they are
            self.charges[tier] = [Charge.of(r, p) for r, p in zip(blocks, prices, strict=True) if p.any()]

    def kind(self, name: str) -> str:
        """Return the kind of the rule or goal of that name."""
        part = self.rules.get(name) or self.goals.get(name)
        return part.kind if part is not None else ""

    def term_kind(self, name: str) -> str:
        """Return the kind of the goal, or else of the soft rule, that a term of the score comes from."""
        part = self.goals.get(name) or self.rules.get(name)
        return part.kind if part is not None else ""

    def unit(self, name: str) -> str | None:
        """Return what a term of travel is measured in by the given table, such as minutes; None for any other term."""
        goal = self.goals.get(name)
        return goal.measured_by if isinstance(goal, Travel) else None

    def ways(self, term: Term, leads: Ints, reps: Ints) -> Floats:
        """Return how far it is between pairs, (k,), in the unit of a term; nan where that is not given."""
        goal = self.goals.get(term.name)
        if not isinstance(goal, Travel) or not isinstance(term.values, Measured):
            return np.full(len(leads), np.nan)
        return term.values.amounts(leads, reps, np.nan) ** (1.0 / goal.power)

    def row_rep(self, rows: LoadRows, row: int) -> int:
        """Return the rep whose load a row bounds; -1 for a row about several reps together."""
        if rows.weights is None:
            return row
        if self.kind(rows.rule) not in ABOUT_ONE_REP:
            return -1
        label = rows.labels[row]
        return self.facts.rep_index.get(label, self.facts.rep_index.get(label.rpartition(" ")[0], -1))

    @cached_property
    def rooms(self) -> Rooms:
        """What the hard rows of the plan still admit."""
        return Rooms(self.problem, self.owner)

    @cached_property
    def ends(self) -> Ints:
        """First lead after each item."""
        return np.append(self.problem.starts[1:], self.problem.n)

    @cached_property
    def item_tier(self) -> Ints:
        """The most urgent tier of each item, whose stage decides it."""
        problem = self.problem
        return np.minimum.reduceat(problem.tier, problem.starts) if problem.n else problem.tier

    def figures(self, leads: Ints, tier: Ints, reps: Ints) -> tuple[Floats, Floats]:
        """Return score and net of some pairs, term by term as the judge adds them up; rep -1 is leaving the lead.

        `tier` is the tier at whose prices each lead is read.
        """
        score, taken = self.problem.unassigned[leads].copy(), reps >= 0
        some, who = leads[taken], reps[taken]
        score[taken] = sum((t.values.at(some, who) for t in self.problem.terms), np.zeros(len(who)))
        net = score.copy()
        for number, charges in self.charges.items():
            mine = taken & (tier == number)
            for charge in charges:
                amount, cost = charge.amounts(leads[mine], reps[mine])
                net[mine] -= amount * cost
        return score, net

    def read(self, items: Ints) -> Reading:
        """Read some items, given in increasing order."""
        problem = self.problem
        size = self.ends[items] - problem.starts[items]
        first = np.cumsum(size) - size
        row = np.repeat(np.arange(len(items)), size)
        leads = problem.starts[items][row] + np.arange(len(row)) - first[row]
        unassigned, tier = problem.unassigned[leads], self.item_tier[items][row]
        score = problem.scores(leads) + unassigned[:, None]
        net = self._net(leads, tier, score)
        eligible = problem.eligible(leads)
        if len(leads) == len(items):
            item_score, item_net, item_eligible, nobody = score, net, eligible, unassigned
        else:
            counts = (problem.tier[leads] == tier)[:, None]
            item_score = np.add.reduceat(np.where(counts, score, 0.0), first, axis=0)
            item_net = np.add.reduceat(np.where(counts, net, net - score), first, axis=0)
            item_eligible = np.logical_and.reduceat(eligible, first, axis=0)
            nobody = np.add.reduceat(np.where(counts[:, 0], unassigned, 0.0), first)
        chosen = self.owner[leads[first]]
        runner_up, best = _best_other(item_net, item_eligible, chosen)
        chosen_score, chosen_net = (_at(values, chosen, nobody) for values in (item_score, item_net))
        free = (chosen >= 0) & ~problem.required_items[items]
        alternative = np.maximum(best, np.where(free, nobody, -np.inf))
        with np.errstate(invalid="ignore"):
            margin = np.where(alternative > -np.inf, chosen_net - alternative, np.nan)
        close = TIE * np.maximum(1.0, np.abs(chosen_net))
        taken = chosen >= 0
        decision = np.zeros(len(items), dtype=np.int64)
        if taken.any():
            decision[taken] = assigned_decision(
                np.where(item_eligible[taken], item_score[taken], -np.inf).max(axis=1, initial=-np.inf),
                chosen_score[taken],
                chosen_net[taken],
                best[taken],
                margin[taken],
            )
        left = np.flatnonzero(~taken)
        if len(left):
            blocked = self._blocked(leads, row, left)
            decision[left] = _unassigned(
                item_score[left] - nobody[left, None],
                item_net[left] - nobody[left, None],
                item_eligible[left],
                blocked,
                close[left],
            )
        reason = self.lead_reasons(leads, decision[row], size[row], taken[row])
        return Reading(
            leads,
            row,
            tier,
            size,
            score,
            net,
            eligible,
            item_score,
            item_net,
            item_eligible,
            chosen,
            chosen_score,
            chosen_net,
            runner_up,
            margin,
            decision,
            reason,
        )

    def _net(self, leads: Ints, tier: Ints, score: Floats) -> Floats:
        """Return the score less what the loads cost at the prices of the tier that decides each lead."""
        net = score.copy()
        for number, charges in self.charges.items():
            if len(self.tiers) == 1:
                for charge in charges:
                    charge_block(net, charge.rows, charge.cost, leads)
                continue
            mine = np.flatnonzero(tier == number)
            part = net[mine]
            for charge in charges:
                charge_block(part, charge.rows, charge.cost, leads[mine])
            net[mine] = part
        return net

    def _blocked(self, leads: Ints, row: Ints, items: Ints) -> Bools:
        """Return which reps would break a hard row with each of the unassigned items."""
        number = np.full(int(row[-1]) + 1, -1, dtype=np.int64)
        number[items] = np.arange(len(items))
        mine = number[row] >= 0
        return self.rooms.additions(number[row[mine]], leads[mine])

    def lead_reasons(self, leads: Ints, decision: Ints, size: Ints, taken: Bools) -> Ints:
        """Return each lead's reason, from the decision about its item, the item's size, and whether it is taken."""
        reason = decision.copy()
        reason[taken & (size > 1)] = INDEX["family"]
        for kind, code in (("protection", "protected"), ("pin", "pinned")):
            for removal in self.problem.removals:
                if self.kind(removal.rule) == kind:
                    alone = ((~removal.table).sum(axis=1) == 1) & removal.table.any(axis=1)
                    reason[taken & alone[removal.code[leads]]] = INDEX[code]
        split = np.flatnonzero(~taken & (size > 1) & (decision == INDEX["no_eligible_rep"]))
        able = self.problem.eligible(leads[split]).any(axis=1)
        reason[split[able]] = INDEX["family"]
        return reason


def _at(values: Floats, chosen: Ints, nobody: Floats) -> Floats:
    """Return the value of each item's choice; that of nobody where nobody has it."""
    if values.shape[1] == 0:
        return nobody
    return np.where(chosen >= 0, values[np.arange(len(chosen)), np.maximum(chosen, 0)], nobody)


def _best_other(net: Floats, eligible: Bools, chosen: Ints) -> tuple[Ints, Floats]:
    """Return the eligible rep with the highest net who is not the chosen one (-1: none), and that net."""
    others = np.where(eligible, net, -np.inf)
    taken = np.flatnonzero(chosen >= 0)
    others[taken, chosen[taken]] = -np.inf
    return first_best(others)


def first_best(values: Floats) -> tuple[Ints, Floats]:
    """Return the place of the highest value in each row, the first of equals (-1: all are -inf), and the value.

    `values` is a block of one's own: it is written to on the way, and left as it was.
    """
    if values.shape[1] == 0:
        return np.full(len(values), -1, dtype=np.int64), np.full(len(values), -np.inf)
    rows, place = np.arange(len(values)), values.argmax(axis=1)
    best = values[rows, place]
    values[rows, place] = -np.inf
    equal = best - NOISE * np.maximum(1.0, np.abs(best))
    tied = np.flatnonzero((values.max(axis=1) >= equal) & (best > -np.inf))
    values[rows, place] = best
    place[tied] = (values[tied] >= equal[tied, None]).argmax(axis=1)
    return np.where(best > -np.inf, place, -1), best


def assigned_decision(highest: Floats, chosen_score: Floats, chosen_net: Floats, best: Floats, margin: Floats) -> Ints:
    """Return the decision about assigned items.

    `highest` is the highest score of any eligible rep, `best` the highest net of another one (-inf: there is none).
    """
    close = TIE * np.maximum(1.0, np.abs(chosen_net))
    decision = np.where(chosen_score >= highest - close, INDEX["best_score"], INDEX["best_net"])
    decision[best >= chosen_net - close] = INDEX["tied"]
    decision[margin < -close] = INDEX["rounded"]
    decision[best == -np.inf] = INDEX["only_choice"]
    return decision.astype(np.int64)


def _unassigned(gain: Floats, net: Floats, eligible: Bools, blocked: Bools, close: Floats) -> Ints:
    """Return the decision about each unassigned item, from what each rep would gain over leaving it."""
    gaining = eligible & (gain > close[:, None])
    room = gaining & ~blocked
    worth = room & (net > close[:, None])
    decision = np.full(len(gain), INDEX["price_too_high"], dtype=np.int64)
    decision[worth.any(axis=1)] = INDEX["rounded"]
    decision[~room.any(axis=1)] = INDEX["no_room"]
    decision[~gaining.any(axis=1)] = INDEX["not_worth_it"]
    decision[~eligible.any(axis=1)] = INDEX["no_eligible_rep"]
    return decision
