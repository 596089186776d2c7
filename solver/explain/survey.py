"""The figures and reasons of all leads of a plan at once: two passes over all pairs, and never one object per lead."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from solver.dual import THREADS, NetBlock, no_prices, over_blocks
from solver.explain.priced import PricedPlan, assigned_decision, first_best
from solver.explain.reasons import INDEX, TIE
from solver.pairs import Floats, Ints
from solver.problem import Problem
from solver.profiles import CELLS
from solver.tiers import stage


@dataclass(frozen=True)
class Survey:
    """What is found of every lead and item, in the order of the problem; `Reading` has the same of some, and more.

    Per lead: `score` and `net` with its rep, and `reason`, an index into `REASONS`. Per item: points and net of the
    choice; `runner_up`, the best other rep (-1: none), with `behind`, how far its net is behind the choice's; `margin`,
    how far the best alternative is (nan: there is none); `highest`, the rep with the highest score, and that score; and
    `decision`.
    """

    score: Floats
    net: Floats
    reason: Ints
    chosen_score: Floats
    chosen_net: Floats
    runner_up: Ints
    behind: Floats
    margin: Floats
    highest: Ints
    highest_score: Floats
    decision: Ints


def survey(priced: PricedPlan) -> Survey:
    """Look at every pair of a priced plan, once at its prices and once without any."""
    problem, starts = priced.problem, priced.problem.starts
    tier = priced.item_tier[problem.item]
    score, net = priced.figures(np.arange(problem.n), tier, priced.owner)
    if problem.n_items == problem.n:
        chosen_score, chosen_net, nobody = score, net, problem.unassigned
    else:
        counts = problem.tier == tier
        chosen_score = np.add.reduceat(np.where(counts, score, 0.0), starts)
        chosen_net = np.add.reduceat(np.where(counts, net, net - score), starts)
        nobody = np.add.reduceat(np.where(counts, problem.unassigned, 0.0), starts)
    chosen = priced.owner[starts]
    taken = chosen >= 0
    runner_up, best, highest, top = _best(priced, chosen)
    best, top = best + nobody, top + nobody
    free = taken & ~problem.required_items
    alternative = np.maximum(best, np.where(free, nobody, -np.inf))
    with np.errstate(invalid="ignore"):
        margin = np.where(alternative > -np.inf, chosen_net - alternative, np.nan)
        behind = np.where(runner_up >= 0, chosen_net - best, np.nan)
    decision = np.where(
        taken,
        assigned_decision(top, chosen_score, chosen_net, best, margin),
        _left_decision(priced, taken, top - nobody, chosen_net),
    )
    size = priced.ends - starts
    item = problem.item
    reason = priced.lead_reasons(np.arange(problem.n), decision[item], size[item], taken[item])
    return Survey(
        score, net, reason, chosen_score, chosen_net, runner_up, behind, margin, highest, top, decision
    )  # fmt: skip


def _best(priced: PricedPlan, chosen: Ints) -> tuple[Ints, Floats, Ints, Floats]:
    """Return each item's best other rep at the prices of its tier, the rep with the highest score, and their gains.

    A gain is over leaving the item; -1 and -inf where no rep is eligible.
    """
    problem = priced.problem
    if len(priced.tiers) == 1:
        runner_up, best = _first_of_all(problem, priced.prices[priced.tiers[0]], chosen)
        highest, top = _first_of_all(problem, no_prices(problem), None)
        return runner_up, best, highest, top
    runner_up, highest = (np.full(problem.n_items, -1, dtype=np.int64) for _ in range(2))
    best, top = (np.full(problem.n_items, -np.inf) for _ in range(2))
    for tier in priced.tiers:
        items = np.flatnonzero(priced.item_tier == tier)
        part = stage(problem, tier, {}).part(items)
        runner_up[items], best[items] = _first_of_all(part, priced.prices[tier], chosen[items])
        highest[items], top[items] = _first_of_all(part, no_prices(part), None)
    return runner_up, best, highest, top


def _first_of_all(problem: Problem, prices: tuple[Floats, ...], without: Ints | None) -> tuple[Ints, Floats]:
    """Return the best rep of each item and its gain; one rep of each item, `without`, is left out (-1: none is)."""
    rep, gain = np.full(problem.n_items, -1, dtype=np.int64), np.full(problem.n_items, -np.inf)

    def work(block: NetBlock) -> None:
        if without is not None:
            place = np.full(problem.m + 1, -1, dtype=np.int64)  # the last place is for nobody: index -1
            place[block.reps] = np.arange(len(block.reps))
            column = place[without[block.items]]
            rows = np.flatnonzero(column >= 0)
            block.net[rows, column[rows]] = -np.inf
        found, gain[block.items] = first_best(block.net)
        rep[block.items] = np.append(block.reps, -1)[found]

    over_blocks(problem, prices, work)
    return rep, gain


def _left_decision(priced: PricedPlan, taken: np.ndarray, gain: Floats, chosen_net: Floats) -> Ints:
    """Return the decision about each unassigned item; `gain` is the most that any rep would gain over leaving it."""
    decision = np.full(len(gain), INDEX["not_worth_it"], dtype=np.int64)
    decision[gain == -np.inf] = INDEX["no_eligible_rep"]
    gaining = np.flatnonzero(~taken & (gain > TIE * np.maximum(1.0, np.abs(chosen_net))))
    if not len(gaining):
        return decision
    step = max(1, CELLS // max(priced.problem.m, 1))

    def read(first: int) -> None:
        some = gaining[first : first + step]
        decision[some] = priced.read(some).decision

    read(0)  # what is kept for all blocks is worked out with the first
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(read, range(step, len(gaining), step)))
    return decision
