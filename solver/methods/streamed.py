"""Method `streamed`: for any size. Prices by streaming; then what the prices leave open is decided exactly.

At good prices most leads have a clear best rep. Those are fixed; the ones with the smallest margins, as many as a
linear programme holds, are decided together under all the rows, which also gives better prices. A plan that breaks a
hard row is no plan, and the bound is that of the prices over all pairs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.dual import dual_bound
from solver.evaluate import better_of, block_load, evaluate
from solver.limits import Watch, gap_between
from solver.linear import LinearModel, PairList, linear_model
from solver.methods.backend import Answer, run
from solver.methods.base import Outcome
from solver.methods.rounding import row_costs
from solver.pairs import Bools, Floats, Ints
from solver.problem import LoadRows, Problem
from solver.repair import Repair
from solver.streaming import Choices, choices_of, refine, sample, sample_prices

SAMPLE = 20_000
"""Items of the sample on which a much larger problem is priced first."""
PASSES, FULL_PASSES = 60, 8
PRICING = 0.35
"""Part of the time for prices, at most; the rest is for the plan."""
CHOICES = 6
"""Reps that an open lead may go to: its best at the prices."""
OPEN_PAIRS = 36_000
"""Pairs that are decided together."""
ROOM = 0.95
"""Part of every hard row that fixed leads may take."""
ROUNDS = 8
"""So often the open leads are chosen anew, at better prices."""
STEPS = (1.0, 0.5, 0.2)
"""How far to go towards the prices of the open leads: the first step that helps."""
WORTH = 3e-4
"""A smaller part gained by a round calls for more open leads."""
INSIDE_BAND, INSIDE_BOUND = 0.1, 0.01
"""How far inside a band (part of its width) or a single bound (part of the room) batches aim."""
DRAWN = 2.0
"""What is opened for a rep below a floor, in multiples of what is missing."""
PATIENCE = 8
"""Neighbourhoods in a row without a gain that end the repair of what is open."""
DECIDING = 0.6
"""With a plan in hand, no new round begins after this part of the time that the prices leave."""


class Streamed:
    """Dual prices by streaming, and a linear programme over what they leave open."""

    name = "streamed"

    def supports(self, problem: Problem) -> bool:
        """Tell that any problem will do."""
        return True

    def solve(self, problem: Problem, watch: Watch, start: Ints | None = None) -> Outcome:
        """Price, then decide: a very large problem batch by batch, another as a whole."""
        prices, bound = first_prices(problem, watch)
        if np.isneginf(bound):
            return Outcome("proof", bound=bound)
        if problem.n_items > 2 * SAMPLE:
            best = better_of(problem, start, in_batches(problem, prices, start, watch))
            reached = best is not None and gap_between(evaluate(problem, best).objective, bound) <= watch.limits.gap
            return Outcome("gap" if reached else watch.stop() or "work", best, bound, prices)
        return self._as_a_whole(problem, prices, bound, start, watch)

    def _as_a_whole(
        self, problem: Problem, prices: tuple[Floats, ...], bound: float, start: Ints | None, watch: Watch
    ) -> Outcome:
        """Decide what the prices leave open, which gives better prices, and so on."""
        best, pairs, room = start, OPEN_PAIRS, watch.part(DECIDING)
        for _ in range(ROUNDS):
            if watch.stop() or (best is not None and room.stop()):
                break
            focus = _Open(problem, choices_of(problem, prices, CHOICES), pairs)
            relaxed = focus.relax(watch)
            before = bound
            prices, bound = focus.better_prices(relaxed, prices, bound)
            best = better_of(problem, best, focus.decide(relaxed, watch))
            incumbent = None if best is None else evaluate(problem, best).objective
            watch.tell("deciding", incumbent, bound)
            if incumbent is not None and gap_between(incumbent, bound) <= watch.limits.gap:
                return Outcome("gap", best, bound, prices)
            if gap_between(bound, before) < WORTH:
                pairs *= 2  # better prices are not to be had from so few
        return Outcome(watch.stop() or "work", best, bound, prices)


def in_batches(problem: Problem, prices: tuple[Floats, ...], start: Ints | None, watch: Watch) -> Ints:
    """Return a plan, decided in random batches of leads, each with its part of the room that is left in every row.

    Rows are sums, so that batches which keep to their parts make a plan that keeps to the whole; what one batch misses,
    the next ones make up for.
    """
    rng = np.random.Generator(np.random.PCG64(watch.limits.seed))
    batches = np.array_split(rng.permutation(problem.n_items), -(-problem.n_items // SAMPLE))
    owner = np.full(problem.n, -1, dtype=np.int64)
    loads = [np.zeros((b.base.shape[0], problem.m)) for b in problem.rows]
    settled = np.zeros(problem.n, dtype=bool) if problem.settled is None else problem.settled
    aim = replace(problem, rows=tuple(_inside(b) for b in problem.rows))
    for number, batch in enumerate(batches):
        items = np.sort(batch)
        leads, _ = problem.leads_of(items)
        part = aim.part(items)
        left = len(batches) - number
        rows = tuple(_part_of(b, load, left) for b, load in zip(part.rows, loads, strict=True))
        part = replace(part, rows=rows)
        focus = _Open(part, choices_of(part, prices, CHOICES), OPEN_PAIRS)
        mine = focus.decide_elastic(focus.relax(watch), watch.part(1.0 / left))
        kept = settled[leads]
        owner[leads] = mine if start is None else np.where(kept, start[leads], mine)
        for block, load in zip(part.rows, loads, strict=True):
            load += block_load(block, owner[leads], problem.m)
        watch.tell(f"batch {number + 1} of {len(batches)}", None, None)
    return owner


def _inside(block: LoadRows) -> LoadRows:
    """Return the rows a little inside their bounds, so that what roundings miss is not missed in the end.

    Only where the room is large beside a single lead: a count of three stays three.
    """
    if not block.hard or block.weights is not None:
        return block
    room = np.minimum(block.upper - block.base, block.upper - np.where(np.isfinite(block.lower), block.lower, -np.inf))
    room = np.where(np.isfinite(block.upper), room, np.where(np.isfinite(block.lower), block.lower - block.base, 0.0))
    both = np.isfinite(block.lower) & np.isfinite(block.upper)
    margin = np.where(room >= 20 * _largest(block), np.where(both, INSIDE_BAND, INSIDE_BOUND) * room, 0.0)
    return replace(block, lower=block.lower + margin, upper=block.upper - margin)


def _largest(block: LoadRows) -> float:
    """Return the largest amount of a single lead, at the first rep."""
    leads = np.flatnonzero(block.group >= 0)
    return float(np.abs(block.values.at(leads, np.zeros(len(leads), dtype=np.int64))).max(initial=0.0))


def _part_of(block: LoadRows, load: Floats, left: int) -> LoadRows:
    """Return the rows of a batch: the room that is left over the batches that are left, but one lead at least."""
    now = block.activity(load)
    step = _largest(block) if left > 1 and block.weights is None else 0.0
    upper = np.minimum(block.upper, now + np.maximum((block.upper - now) / left, step))
    share = np.maximum(block.lower - now, 0.0) / left
    lower = np.where(np.isfinite(share), now + np.where(share < 2 * step, 0.0, share), block.lower)
    if block.weights is not None:  # rows that weigh reps against each other keep to their side at any time
        lower, upper = now + (block.lower - now) / left, now + (block.upper - now) / left
    worst = None if block.worst is None else block.worst / left
    return replace(block, base=now, lower=lower, upper=upper, worst=worst)


def first_prices(problem: Problem, watch: Watch) -> tuple[tuple[Floats, ...], float]:
    """Return prices and their bound: by full passes, after the same on a sample where the problem is much larger."""
    if problem.n_items <= 2 * SAMPLE:
        prices, last = refine(problem, sample_prices(problem, watch), watch.part(PRICING), PASSES)
        return prices, last.bound
    part = sample(problem, SAMPLE, watch.limits.seed)
    quiet = replace(watch.part(PRICING), listen=None)  # the sample's points are not those of the whole
    prices, bound = first_prices(part, quiet)
    for _ in range(ROUNDS):
        if quiet.stop():
            break
        focus = _Open(part, choices_of(part, prices, CHOICES), OPEN_PAIRS)
        prices, bound = focus.better_prices(focus.relax(quiet), prices, bound)
    clipped = tuple(b.clip(p) for b, p in zip(problem.rows, prices, strict=True))
    prices, last = refine(problem, clipped, watch.part(PRICING), FULL_PASSES)
    return prices, last.bound


class _Open:
    """The part of a problem that the prices leave open; everything else is at its best rep."""

    def __init__(self, problem: Problem, choices: Choices, pairs: int) -> None:
        self.problem = problem
        margin = choices.margin()
        margin[problem.required_items & (choices.net[:, 0] <= 0)] = 0.0
        count = min(max(pairs // choices.rep.shape[1], 1), problem.n_items)
        place = np.where(choices.net[:, 0] > 0, choices.rep[:, 0], -1)
        opened = _crowded(problem, place, margin) | _wanted(problem, place, choices)
        opened[np.argsort(margin, kind="stable")[:count]] = True
        self.items = np.flatnonzero(opened)
        place[self.items] = -1
        self.fixed = place[problem.item]
        part = problem.part(self.items)
        bases = [b.activity(block_load(b, self.fixed, problem.m)) for b in problem.rows]
        self.part = replace(part, rows=tuple(replace(b, base=x) for b, x in zip(part.rows, bases, strict=True)))
        nearest = _pairs(self.part, choices, self.items)
        self.model = linear_model(self.part, nearest)
        self.soft = _elastic(self.part, nearest)
        self.elastic = linear_model(self.soft, nearest)

    def relax(self, watch: Watch) -> Answer:
        """Solve the linear relaxation of the open leads, with hard rows that give way at a very high price."""
        return run(self.elastic, "GLOP", watch.left() / 2)

    def better_prices(
        self, relaxed: Answer, prices: tuple[Floats, ...], bound: float
    ) -> tuple[tuple[Floats, ...], float]:
        """Return the prices of the relaxation, and their bound, if it is better than the one known."""
        if relaxed.status != "optimal":
            return prices, bound
        mine = self.elastic.prices(self.part, relaxed.duals)
        for step in STEPS:
            mixed = tuple(step * new + (1 - step) * old for new, old in zip(mine, prices, strict=True))
            value = dual_bound(self.problem, mixed)
            if value < bound:
                return mixed, value
        return prices, bound

    def decide(self, relaxed: Answer, watch: Watch) -> Ints | None:
        """Return a whole plan for all leads, from the relaxation of the open ones."""
        return self._repaired(self.part, self.model, relaxed, watch) if relaxed.status == "optimal" else None

    def decide_elastic(self, relaxed: Answer, watch: Watch) -> Ints:
        """Return the same, with hard rows that may give way; without a relaxation what is open stays unassigned."""
        return self._repaired(self.soft, self.elastic, relaxed, watch) if relaxed.status == "optimal" else self.fixed

    def _repaired(self, part: Problem, model: LinearModel, relaxed: Answer, watch: Watch) -> Ints:
        net = model.pairs.score - row_costs(self.elastic, relaxed.duals, part.n_items)
        rng = np.random.Generator(np.random.PCG64(watch.limits.seed))
        quiet = replace(watch.part(0.4), listen=None)  # its incumbents are of a part of the leads
        repair = Repair(part, model, net, quiet, relaxed.objective, rng, patience=PATIENCE)
        repair.run(relaxed.values[: len(model.pairs)])
        owner = self.fixed.copy()
        if repair.owner is not None:
            leads, _ = self.problem.leads_of(self.items)
            owner[leads] = repair.owner
        return owner


def _elastic(part: Problem, pairs: PairList) -> Problem:
    """Return the problem with hard rows made soft, at a rate that no score makes worth while."""
    dearest = 50.0 * float(np.abs(pairs.score).max(initial=1.0))

    def soft(block: LoadRows) -> LoadRows:
        if not block.hard:
            return block
        amount = np.abs(block.values.at(part.starts[pairs.item], pairs.rep))
        typical = float(np.median(amount[amount > 0])) if (amount > 0).any() else 1.0
        return replace(block, rate=dearest / typical)

    return replace(part, rows=tuple(soft(b) for b in part.rows))


def _crowded(problem: Problem, place: Ints, margin: Floats) -> Bools:
    """Return the items that do not fit at their best rep, (items,): a rep keeps those with the largest margins.

    Room is left in every hard row, so that what is open has somewhere to go.
    """
    crowded = np.zeros(problem.n_items, dtype=bool)
    owner = place[problem.item]
    leads = np.flatnonzero(owner >= 0)
    leads = leads[np.argsort(-margin[problem.item[leads]], kind="stable")]
    for block in problem.rows:
        if not block.hard:
            continue
        upper = most_per_rep(block, block_load(block, owner, problem.m))
        mine = leads[block.group[leads] >= 0]
        key = block.group[mine] * problem.m + owner[mine]
        total = running_sums(key, np.maximum(block.values.at(mine, owner[mine]), 0.0))
        crowded[problem.item[mine[total > ROOM * upper.ravel()[key]]]] = True
    return crowded


def _wanted(problem: Problem, place: Ints, choices: Choices) -> Bools:
    """Return the items that reps below a floor could draw, (items,): the smallest losses, twice what is missing."""
    wanted = np.zeros(problem.n_items, dtype=bool)
    owner = place[problem.item]
    order = np.argsort(choices.rep, axis=None, kind="stable")
    ends = np.searchsorted(choices.rep.ravel()[order], np.arange(problem.m + 1))
    loss = np.where(choices.rep >= 0, np.maximum(choices.net[:, :1], 0.0) - choices.net, np.inf).ravel()
    for block in problem.rows:
        if not block.hard:
            continue
        load = block_load(block, owner, problem.m)
        missing = np.maximum(_least_per_rep(block, load) - load, 0.0).max(axis=0, initial=0.0)
        for rep in np.flatnonzero(missing > 0).tolist():
            candidates = order[ends[rep] : ends[rep + 1]]
            candidates = candidates[np.argsort(loss[candidates], kind="stable")]
            items = candidates // choices.rep.shape[1]
            items = items[place[items] != rep]
            amount = block.values.at(problem.starts[items], np.full(len(items), rep))
            wanted[items[np.cumsum(amount) - amount < DRAWN * missing[rep]]] = True
    return wanted


def _least_per_rep(block: LoadRows, load: Floats) -> Floats:
    """Return the least load that the rows allow each rep, (groups, reps): the mirror of `most_per_rep`."""
    if block.weights is None:
        return np.where(np.isfinite(block.lower), block.lower - block.base, 0.0)
    least = np.zeros(load.shape)
    for k, weight in enumerate(block.weights):
        own = int(weight.argmax())
        if weight[own] > 0 and (weight > 0).sum() == 1:
            rest = block.base[:, k] + load @ weight - load[:, own] * weight[own]
            least[:, own] = np.maximum(least[:, own], (block.lower[:, k] - rest) / weight[own])
    return least


def most_per_rep(block: LoadRows, load: Floats) -> Floats:
    """Return the most load that the rows allow each rep, (groups, reps), with the other reps at their present loads."""
    upper = np.full(load.shape, np.inf)
    if block.weights is None:
        return block.upper - block.base
    for k, weight in enumerate(block.weights):
        own = int(weight.argmax())
        if weight[own] > 0 and (weight > 0).sum() == 1:
            rest = block.base[:, k] + load @ weight - load[:, own] * weight[own]
            upper[:, own] = np.minimum(upper[:, own], (block.upper[:, k] - rest) / weight[own])
    return upper


def running_sums(key: Ints, amount: Floats) -> Floats:
    """Return the sum of the amounts so far among equal keys, in the order given."""
    order = np.argsort(key, kind="stable")
    total = np.cumsum(amount[order])
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    before = np.repeat(total[starts] - amount[order][starts], np.diff(np.append(starts, len(order))))
    sums = np.empty(len(order))
    sums[order] = total - before
    return sums


def _pairs(part: Problem, choices: Choices, items: Ints) -> PairList:
    """Return the pairs of the open items with their best reps."""
    rep = np.sort(choices.rep[items], axis=1)
    row, column = np.nonzero(rep >= 0)
    reps = rep[row, column]
    score = np.zeros(len(row))
    leads, pair = part.leads_of(row)
    for term in part.terms:
        score += np.bincount(pair, weights=term.values.at(leads, reps[pair]), minlength=len(row))
    score -= np.bincount(pair, weights=part.unassigned[leads], minlength=len(row))
    return PairList(row, reps, score)
