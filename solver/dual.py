"""The dual bound: from any prices, a number that no plan can beat. Plain numpy; the judge uses it too.

For prices p of the load rows (Geoffrion 1974; Fisher 1981),

    L(p) = sum over items of max(0, max_j (s_ij - sum_r q_rij p_r))  +  sum_r (p_r^+ (u_r - b_r) - p_r^- (l_r - b_r))

is at least the value of every plan; an item that must be assigned drops the 0.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from solver.pairs import Floats, Ints
from solver.problem import LoadRows, Problem
from solver.profiles import CELLS, Piece

Prices = Sequence[Floats]
T = TypeVar("T")

THREADS = max(1, min(4, os.cpu_count() or 1))
"""NumPy lets go of the interpreter's lock inside its loops, so that threads share the blocks."""
PIECES = 64
"""Pieces of profiles that a thread takes in one go."""


@dataclass(frozen=True)
class NetBlock:
    """Some items with some reps: the net score of every pair, -inf where it is not eligible.

    Reps who are missing are eligible for none of the items.
    """

    items: Ints
    reps: Ints
    net: Floats


def over_blocks(problem: Problem, prices: Prices, work: Callable[[NetBlock], T]) -> list[T]:
    """Return what `work` makes of the net scores of all items, block by block, in an order of their own.

    Blocks are worked on side by side: `work` may write only what belongs to its own items.
    """
    cost = [block.to_reps(price) for block, price in zip(problem.rows, prices, strict=True)]
    profiles = problem.profiles
    pieces = profiles.pieces()
    bonus = profiles.bonus(cost)
    lots = [pieces[k : k + PIECES] for k in range(0, len(pieces), PIECES)]
    tasks: list[Callable[[], Iterator[NetBlock]]] = [
        partial(_profile_blocks, problem, lot, cost, bonus) for lot in lots
    ]
    odd, everyone = problem.odd, np.arange(problem.m)
    tasks += [
        partial(_odd_block, problem, odd, items, leads, cost, everyone) for items, leads in odd.item_blocks(CELLS)
    ]

    def done(task: Callable[[], Iterator[NetBlock]]) -> list[T]:
        return [work(block) for block in task()]

    if len(tasks) == 1:
        return done(tasks[0])
    with ThreadPoolExecutor(THREADS) as pool:
        return [result for results in pool.map(done, tasks) for result in results]


def _profile_blocks(
    problem: Problem, pieces: Sequence[Piece], cost: Prices, bonus: Floats | None
) -> Iterator[NetBlock]:
    for items, reps, net in problem.profiles.net(pieces, cost, bonus):
        yield NetBlock(items, reps, net)


def _odd_block(
    problem: Problem, odd: Problem, items: slice, leads: slice, cost: Prices, everyone: Ints
) -> Iterator[NetBlock]:
    net = odd.gather(net_scores(odd, leads, cost), items, leads)
    yield NetBlock(problem.profiles.rest[items], everyone, net)


@dataclass(frozen=True)
class BestTwo:
    """The best and the second-best rep of each item at some prices, -1 for none, with their net scores."""

    rep: Ints
    net: Floats
    second: Ints
    second_net: Floats


def best_two(problem: Problem, prices: Prices) -> BestTwo:
    """Look at every pair once and return each item's best two reps. Prices have to be valid.

    Of equal reps the first counts as the best.
    """
    rep, second = (np.full(problem.n_items, -1, dtype=np.int64) for _ in range(2))
    net, second_net = (np.full(problem.n_items, -np.inf) for _ in range(2))

    def work(block: NetBlock) -> None:
        if not len(block.reps):
            return
        rows = np.arange(len(block.items))
        for found, value in ((rep, net), (second, second_net)):
            best = block.net.argmax(axis=1)
            value[block.items] = points = block.net[rows, best]
            found[block.items] = np.where(np.isfinite(points), block.reps[best], -1)
            block.net[rows, best] = -np.inf

    over_blocks(problem, prices, work)
    return BestTwo(rep, net, second, second_net)


MOST_NEAR = 100
"""Near pairs of an item, at most."""


@dataclass(frozen=True)
class NearPairs:
    """Every pair whose net score is close to its item's best, sorted by item, and the best of each item.

    `best` is -inf where an item has no eligible rep. An item that is better left alone has the pairs close to 0.
    """

    item: Ints
    rep: Ints
    net: Floats
    best: Floats


def near_pairs(problem: Problem, prices: Prices, within: Floats) -> NearPairs:
    """Look at every pair once; return those within so many points, (items,), of their item's best, at valid prices.

    Of an item with more than `MOST_NEAR` of them these are the best, and of equals some by chance that is the same
    every time: without scores every pair is as good as any, and all of them together would fill the memory.
    """
    best = np.full(problem.n_items, -np.inf)
    idle = np.where(problem.required_items, -np.inf, 0.0)

    def work(block: NetBlock) -> tuple[Ints, Ints, Floats]:
        top = block.net.max(axis=1, initial=-np.inf)
        best[block.items] = top
        least = np.maximum(top, idle[block.items]) - within[block.items]
        _thin_out(block, least)
        flat = np.flatnonzero(block.net > least[:, None])  # what is not eligible is -inf, and never near
        row, column = np.divmod(flat, max(len(block.reps), 1))
        return block.items[row], block.reps[column], block.net.ravel()[flat]

    parts = over_blocks(problem, prices, work)
    item, rep, net = (np.concatenate([part[k] for part in parts]) for k in range(3))
    order = np.argsort(item, kind="stable")
    return NearPairs(item[order], rep[order], net[order], best)


def _thin_out(block: NetBlock, least: Floats) -> None:
    """Rule out, in place, the worst of the pairs above `least` where an item has too many."""
    if len(block.reps) <= MOST_NEAR:
        return
    many = np.flatnonzero((block.net > least[:, None]).sum(axis=1) > MOST_NEAR)
    if not len(many):
        return
    net = block.net[many]
    size = np.maximum(np.abs(net).max(axis=1, initial=0.0, where=np.isfinite(net)), 1.0)
    chance = (block.items[many, None] * 0x9E3779B1 + block.reps * 0x85EBCA6B) % 65_521 / 65_521
    with np.errstate(invalid="ignore"):
        order = np.argpartition(-(net + 1e-9 * size[:, None] * chance), MOST_NEAR, axis=1)
    np.put_along_axis(net, order[:, MOST_NEAR:], -np.inf, axis=1)
    block.net[many] = net


def net_scores(problem: Problem, leads: slice | Ints, cost: Prices) -> Floats:
    """Return the net score of each lead x rep, (leads, reps): score less what the loads cost; -inf if not eligible.

    `cost` holds, per block of load rows, what one unit of load costs each rep, (groups, reps).
    """
    net = problem.scores(leads)
    for block, price in zip(problem.rows, cost, strict=True):
        charge_block(net, block, price, leads)
    net[~problem.eligible(leads)] = -np.inf
    return net


def charge_block(net: Floats, block: LoadRows, price: Floats, leads: slice | Ints) -> None:
    """Subtract in place what the leads' loads in one block cost."""
    if not price.any():
        return
    group = block.group[leads]
    if price.shape[0] == 1 and (group >= 0).all():
        net -= block.values.block(leads) * price[0]
        return
    padded = np.vstack([price, np.zeros((1, price.shape[1]))])  # group -1 is charged nothing
    net -= block.values.block(leads) * padded[group]


def dual_bound(problem: Problem, prices: Prices) -> float:
    """Return L(p), in points, for any prices; they are first brought into their valid range.

    It is rounded up by what floating point can lose, so that it is a bound and not only nearly one.

    Returns
    -------
    float
        -inf where an item that must be assigned has no eligible rep: then there is no plan.
    """
    valid = [block.clip(price) for block, price in zip(problem.rows, prices, strict=True)]
    best = np.full(problem.n_items, -np.inf)

    def work(block: NetBlock) -> None:
        best[block.items] = block.net.max(axis=1, initial=-np.inf)

    over_blocks(problem, valid, work)
    return bound_of(problem, valid, best)


def bound_of(problem: Problem, prices: Prices, best: Floats) -> float:
    """Return L(p) from the best net score of each item, (items,)."""
    earned = np.where(problem.required_items, best, np.maximum(best, 0.0))
    charges = [block.charge(price) for block, price in zip(problem.rows, prices, strict=True)]
    total = problem.offset() + sum(charges) + float(earned.sum())
    return total + _rounding(problem, prices) if np.isfinite(total) else total


def _rounding(problem: Problem, prices: Prices) -> float:
    """Return an upper bound of the floating-point error of L(p), in points.

    Every sum of k numbers errs by at most k eps times the sum of their sizes (Higham 2002, section 4.2), and NumPy adds
    long ones pairwise.
    """
    sizes = [term.values.size() for term in problem.terms]
    size = sum(sizes) + float(np.abs(problem.unassigned).sum()) + abs(problem.constant)
    for block, price in zip(problem.rows, prices, strict=True):
        dearest = float(np.abs(block.to_reps(price)).max(initial=0.0))
        size += dearest * block.values.size() if dearest else 0.0
        bounds = np.where(price > 0, block.upper, np.where(price < 0, block.lower, 0.0)) - block.base * (price != 0)
        size += float(np.abs(price * bounds).sum())
    weighed = problem.m if any(block.weights is not None for block in problem.rows) else 0
    family = int(np.bincount(problem.item).max(initial=1)) if problem.n else 1
    steps = len(problem.terms) + 2 * len(problem.rows) + 2 * np.log2(max(problem.n, 2)) + weighed + family + 8
    return float(np.finfo(np.float64).eps * steps * size)


def no_prices(problem: Problem) -> tuple[Floats, ...]:
    """Return prices of 0 for every load row."""
    return tuple(np.zeros(block.base.shape) for block in problem.rows)
