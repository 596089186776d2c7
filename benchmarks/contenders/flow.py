"""Minimum-cost flow of OR-Tools: leads to reps to a sink, where the only rows count leads."""

from __future__ import annotations

import numpy as np

from benchmarks.contenders.whole import whole_scores
from benchmarks.instance import Pairs, UnsuitedError
from benchmarks.race import Race
from solver.pairs import Ints

MOST_PAIRS = 30_000_000


def places(pairs: Pairs) -> Ints:
    """Return how many leads each rep can take, (reps,).

    Raises
    ------
    UnsuitedError
        If a row adds up anything but leads, has a lower bound, or is soft.
    """
    most = np.full(pairs.reps, pairs.leads, dtype=np.int64)
    for rows in pairs.rows:
        if not rows.hard or (rows.lower > 0).any() or (rows.amount != 1.0).any():
            raise UnsuitedError("a flow can only count leads, up to hard upper bounds")
        most = np.minimum(most, np.floor(np.minimum(rows.upper, pairs.leads) + 1e-9).astype(np.int64))
    return most


def run(race: Race) -> None:
    """Tell the best plan, which a flow finds in one go."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    pairs = race.instance.pairs(MOST_PAIRS)
    most = places(pairs)
    race.begin()
    scores = whole_scores(pairs)
    n, m, count = pairs.leads, pairs.reps, len(pairs)
    sink, free = n + m, np.flatnonzero(~pairs.required)
    tail = np.concatenate([pairs.lead, n + np.arange(m), free])
    head = np.concatenate([n + pairs.rep, np.full(m, sink), np.full(len(free), sink)])
    room = np.concatenate([np.ones(count, dtype=np.int64), most, np.ones(len(free), dtype=np.int64)])
    cost = np.concatenate([-scores.amount, np.zeros(m + len(free), dtype=np.int64)])
    flow = SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(tail, head, room, cost)
    flow.set_nodes_supplies(np.arange(n + m + 1), np.concatenate([np.ones(n), np.zeros(m), [-n]]).astype(np.int64))
    if flow.solve() == flow.OPTIMAL:
        chosen = flow.flows(np.arange(count)) > 0
        bound = (scores.error - flow.optimal_cost()) / scores.scale + pairs.offset
        race.tell(pairs.points(chosen), bound, race.instance.told(pairs.owner(chosen)))
    race.stop()
