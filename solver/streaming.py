"""Prices of problems too large to hold their pairs: from a sample, then refined by full passes.

A full pass looks at every pair once, block by block, and gives the value of the dual, a subgradient, and the load that
the leads would put on each row if each went to its best rep at these prices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solver.dual import net_blocks, no_prices
from solver.limits import Watch
from solver.linear import linear_model, pair_list
from solver.methods.backend import run
from solver.pairs import Floats, Ints
from solver.problem import LoadRows, Problem

SAMPLE_PAIRS = 200_000
"""Pairs of the sample whose relaxation gives the first prices."""


@dataclass(frozen=True)
class Pass:
    """What a full pass found: the bound, each lead's choice (-1: none), and the loads of all blocks."""

    bound: float
    owner: Ints
    loads: tuple[Floats, ...]


def sample(problem: Problem, count: int, seed: int) -> Problem:
    """Return the problem of a random sample of items, with bounds scaled down to its size: its prices are the same."""
    rng = np.random.Generator(np.random.PCG64(seed))
    count = min(max(count, 1), problem.n_items)
    part = problem.part(np.sort(rng.choice(problem.n_items, size=count, replace=False)))
    return replace(part, rows=tuple(_scaled(b, count / problem.n_items) for b in part.rows), spreads=())


def sample_prices(problem: Problem, watch: Watch) -> tuple[Floats, ...]:
    """Return prices from the relaxation of a random sample that the simplex method solves in seconds."""
    part = sample(problem, SAMPLE_PAIRS // max(problem.m, 1), watch.limits.seed)
    model = linear_model(part, pair_list(part))
    relaxed = run(model, "GLOP", watch.left() / 3)
    if relaxed.status != "optimal":
        return no_prices(problem)
    return tuple(b.clip(p) for b, p in zip(problem.rows, model.prices(part, relaxed.duals), strict=True))


def _scaled(block: LoadRows, share: float) -> LoadRows:
    """Return the rows with all that is fixed scaled down."""
    worst = None if block.worst is None else block.worst * share
    rate = block.rate if block.worst is None else block.rate * share
    base, lower, upper = block.base * share, block.lower * share, block.upper * share
    return replace(block, base=base, lower=lower, upper=upper, worst=worst, rate=rate)


def full_pass(problem: Problem, prices: tuple[Floats, ...]) -> Pass:
    """Look at every pair once at the given prices."""
    owner = np.full(problem.n, -1, dtype=np.int64)
    bound = problem.offset() + sum(b.charge(p) for b, p in zip(problem.rows, prices, strict=True))
    required = problem.required_items
    loads = tuple(np.zeros((b.base.shape[0], problem.m)) for b in problem.rows)
    for part in net_blocks(problem, prices):
        choice = part.net.argmax(axis=1)
        best = part.net[np.arange(len(choice)), choice]
        takes = (best > 0) | (required[part.items] & np.isfinite(best))
        bound += float(np.where(required[part.items], best, np.maximum(best, 0.0)).sum())
        choice[~takes] = -1
        mine = choice[problem.item[part.leads] - part.items.start]
        owner[part.leads] = mine
        leads = np.flatnonzero(mine >= 0) + part.leads.start
        for block, load in zip(problem.rows, loads, strict=True):
            add_load(block, load, leads, owner[leads])
    return Pass(bound, owner, loads)


def add_load(block: LoadRows, load: Floats, leads: Ints, reps: Ints, sign: float = 1.0) -> None:
    """Add in place what some leads put on the loads of a block, (groups, reps)."""
    counts = block.group[leads] >= 0
    leads, reps = leads[counts], reps[counts]
    np.add.at(load, (block.group[leads], reps), sign * block.values.at(leads, reps))


def refine(problem: Problem, prices: tuple[Floats, ...], watch: Watch, passes: int) -> tuple[tuple[Floats, ...], Pass]:
    """Return better prices by projected subgradient steps, and the pass at the best of them.

    The step is Polyak's (1969): (bound - target) / |subgradient|^2, each row measured in its own size, towards a target
    a little below the best bound, which comes nearer whenever a step does not help.
    """
    best_prices, best = prices, full_pass(problem, prices)
    here, now = prices, best
    reach = 0.005
    for _ in range(passes):
        if watch.stop():
            break
        slopes = [_subgradient(b, p, load) for b, p, load in zip(problem.rows, here, now.loads, strict=True)]
        sizes = [_sizes(b, load) for b, load in zip(problem.rows, now.loads, strict=True)]
        norm = sum(float(((s / z) ** 2).sum()) for s, z in zip(slopes, sizes, strict=True))
        if norm <= 0:
            break
        target = best.bound - reach * max(abs(best.bound), 1.0)
        step = max(now.bound - target, 0.0) / norm
        here = tuple(b.clip(p - step * s / z**2) for b, p, s, z in zip(problem.rows, here, slopes, sizes, strict=True))
        now = full_pass(problem, here)
        if now.bound < best.bound:
            best_prices, best = here, now
        else:
            reach /= 1.5
            here, now = best_prices, best
        watch.tell("prices", None, best.bound)
    return best_prices, best


@dataclass(frozen=True)
class Choices:
    """The best reps of each item at some prices, (items, choices), -1 where there is none, and their net scores."""

    rep: Ints
    net: Floats

    def margin(self) -> Floats:
        """Return how far the second choice of each item, or staying unassigned, is behind the best, (items,)."""
        second = self.net[:, 1] if self.net.shape[1] > 1 else np.full(len(self.net), -np.inf)
        first = self.net[:, 0]
        return np.where(first > 0, first - np.maximum(second, 0.0), -first)


def choices_of(problem: Problem, prices: tuple[Floats, ...], width: int) -> Choices:
    """Return the best reps of each item at the prices."""
    width = min(width, problem.m)
    rep = np.full((problem.n_items, width), -1, dtype=np.int64)
    net = np.full((problem.n_items, width), -np.inf)
    for part in net_blocks(problem, prices):
        best = np.argpartition(-part.net, width - 1, axis=1)[:, :width]
        value = np.take_along_axis(part.net, best, axis=1)
        order = np.argsort(-value, axis=1, kind="stable")
        value = np.take_along_axis(value, order, axis=1)
        rep[part.items] = np.where(np.isfinite(value), np.take_along_axis(best, order, axis=1), -1)
        net[part.items] = value
    return Choices(rep, net)


def _subgradient(block: LoadRows, price: Floats, load: Floats) -> Floats:
    """Return the slope of the dual in each price: bound less activity, on the side that the price is on."""
    activity = block.activity(load)
    above = np.where(np.isfinite(block.upper), block.upper - activity, np.inf)
    below = np.where(np.isfinite(block.lower), block.lower - activity, -np.inf)
    slope = np.where(price > 0, above, np.where(price < 0, below, 0.0))
    free = price == 0  # at 0 the price may leave towards the side that is violated
    slope = np.where(free & (above < 0), above, slope)
    slope = np.where(free & (below > 0), below, slope)
    return np.where(np.isfinite(slope), slope, 0.0)


def _sizes(block: LoadRows, load: Floats) -> Floats:
    """Return the size of each row, so that hours and money take steps of the same proportion."""
    total = np.abs(load).sum(axis=1, keepdims=True) / max(1, load.shape[1])
    return np.broadcast_to(np.maximum(total, 1e-9), block.base.shape)
