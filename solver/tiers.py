"""Priority tiers: solved in turn, and what a tier achieved becomes a load row of the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from solver.evaluate import better_of, evaluate
from solver.limits import StoppedBy, Watch
from solver.methods.base import Method, Outcome
from solver.methods.start import Start, start_from
from solver.pairs import Floats, Ints, PerLead, Total
from solver.problem import LoadRows, Problem, Term
from solver.result import Plan
from solver.row_prices import prices_to_arrays

ROOM = 1e-7
"""A later tier may lower what an earlier one achieved by this part: the room that floating point needs."""


@dataclass(frozen=True)
class TierOutcome:
    """What came of one tier: points achieved, and the bound by search."""

    tier: int
    objective: float
    bound: float


@dataclass(frozen=True)
class Staged:
    """What came of all tiers: the last outcome, and the prices of every stage."""

    outcome: Outcome
    tiers: tuple[TierOutcome, ...]
    prices: tuple[tuple[Floats, ...], ...]
    stopped_by: StoppedBy
    method: str


def tiers_of(problem: Problem) -> list[int]:
    """Return the tiers that occur, the most urgent first; one tier where there are no leads."""
    return [int(t) for t in np.unique(problem.tier)] or [1]


def stage(problem: Problem, tier: int, achieved: Mapping[int, float]) -> Problem:
    """Return the problem of one tier.

    Its objective is the score of the tier's own leads; every hard rule holds for all leads; earlier tiers keep what
    they achieved. Soft rows and families speak in the last tier, so that no soft rule costs a higher tier.
    """
    tiers = tiers_of(problem)
    if len(tiers) == 1:
        return problem
    mask = problem.tier == tier
    last = tier == tiers[-1]
    terms = tuple(Term(t.name, Total((t.values,), mask)) for t in problem.terms)
    kept = tuple(_kept(problem, t, points) for t, points in achieved.items() if t < tier)
    return replace(
        problem,
        terms=terms,
        unassigned=np.where(mask, problem.unassigned, 0.0),
        rows=tuple(b for b in problem.rows if b.hard or last) + kept,
        spreads=problem.spreads if last else (),
        constant=problem.constant if last else 0.0,
        settled=problem.tier < tier,
    )


def _kept(problem: Problem, tier: int, points: float) -> LoadRows:
    """Return the row that keeps the points of an earlier tier."""
    mask = problem.tier == tier
    parts = (*(t.values for t in problem.terms), PerLead(-problem.unassigned))
    base = float(problem.unassigned[mask].sum())
    return LoadRows(
        f"tier {tier}",
        "points",
        Total(parts, mask),
        np.where(mask, 0, -1).astype(np.int64),
        np.array([[base]]),
        np.array([[points - ROOM * max(1.0, abs(points))]]),
        np.array([[np.inf]]),
        weights=np.ones((1, problem.m)),
        labels=("kept",),
    )


def tier_points(problem: Problem, owner: Ints) -> dict[int, float]:
    """Return the points of each tier under a plan; the last includes the soft rows."""
    return {tier: evaluate(stage(problem, tier, {}), owner).objective for tier in tiers_of(problem)}


def solve_tiers(problem: Problem, methods: tuple[Method, ...], watch: Watch, known: Plan | None = None) -> Staged:
    """Solve the tiers in turn, each with the first method that supports it.

    A tier that finds no plan ends it: then there is none for the whole. `known` is a plan to begin with, its owners in
    the problem's order.
    """
    tiers = tiers_of(problem)
    achieved: dict[int, float] = {}
    found: list[TierOutcome] = []
    prices: list[tuple[Floats, ...]] = []
    stopped: StoppedBy = "proof"
    owner: Ints | None = None
    for index, tier in enumerate(tiers):
        part = stage(problem, tier, achieved)
        start = _start(part, tier, owner, known)
        method = next(m for m in methods if m.supports(part))
        left = len(tiers) - index
        work = None if watch.limits.work is None else watch.limits.work / len(tiers)
        outcome = method.solve(part, watch.part(1 / left, work), start)
        stopped = outcome.stopped_by if stopped == "proof" or outcome.stopped_by == "cancel" else stopped
        if outcome.owner is None:
            return Staged(outcome, (), (), stopped, method.name)
        owner = outcome.owner
        achieved[tier] = evaluate(part, owner).objective
        found.append(TierOutcome(tier, achieved[tier], max(outcome.bound, achieved[tier])))
        prices.append(outcome.prices or ())
    return Staged(outcome, tuple(found), tuple(prices), stopped, method.name)


def _start(part: Problem, tier: int, owner: Ints | None, known: Plan | None) -> Start | None:
    """Return where to begin with a tier: at the plan of the one before, or at a known plan that is at least as good."""
    if known is None:
        return None if owner is None else Start(owner, True)
    listed = {each.tier: each.prices for each in known.tiers}
    prices = tuple(prices_to_arrays(part, listed[tier])) if tier in listed else None
    start = start_from(part, known.owner, prices)
    if owner is None or better_of(part, start.plan, owner) is not owner:
        return start
    return Start(owner, True, prices)
