"""The dual bound: from any prices, a number that no plan can beat. Plain numpy; the judge uses it too.

For prices p of the load rows (Geoffrion 1974; Fisher 1981),

    L(p) = sum over items of max(0, max_j (s_ij - sum_r q_rij p_r))  +  sum_r (p_r^+ (u_r - b_r) - p_r^- (l_r - b_r))

is at least the value of every plan; an item that must be assigned drops the 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from solver.pairs import Bools, Floats, Ints
from solver.problem import LoadRows, Problem

Prices = Sequence[Floats]


@dataclass(frozen=True)
class NetBlock:
    """Some items at given prices: net score of every pair, -inf where it is not eligible."""

    items: slice
    leads: slice
    net: Floats


def net_blocks(problem: Problem, prices: Prices) -> Iterator[NetBlock]:
    """Yield the net scores of all items, block by block."""
    cost = [block.to_reps(price) for block, price in zip(problem.rows, prices, strict=True)]
    for items, leads in problem.item_blocks():
        net = problem.gather(net_scores(problem, leads, cost), items, leads)
        yield NetBlock(items, leads, net)


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

    Returns
    -------
    float
        -inf where an item that must be assigned has no eligible rep: then there is no plan.
    """
    valid = [block.clip(price) for block, price in zip(problem.rows, prices, strict=True)]
    total = problem.offset() + sum(b.charge(p) for b, p in zip(problem.rows, valid, strict=True))
    required: Bools = problem.required_items
    for block in net_blocks(problem, valid):
        best = block.net.max(axis=1, initial=-np.inf)
        total += float(np.where(required[block.items], best, np.maximum(best, 0.0)).sum())
    return total


def no_prices(problem: Problem) -> tuple[Floats, ...]:
    """Return prices of 0 for every load row."""
    return tuple(np.zeros(block.base.shape) for block in problem.rows)
