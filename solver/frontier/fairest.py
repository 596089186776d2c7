"""The fair end of the curve: the plan whose worst deviation from the fair targets is least.

Among plans that assign every lead which the plan without a band assigns: a plan that leaves leads with nobody is even
too, and nobody wants it. This is max-min fairness of the deviations; ties further up are left to the points.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from solver.compile import compile_scenario
from solver.evaluate import evaluate
from solver.frontier.evening import Evening
from solver.frontier.measure import Measure
from solver.frontier.question import WIDEST, Question
from solver.limits import Watch
from solver.linear import count_pairs
from solver.pairs import Floats, Ints
from solver.problem import LoadRows, Problem
from solver.result import Plan
from solver.solve import solve

SAME = 1e-6
"""Tolerances that differ by no more than this are the same."""
EXACT_PAIRS, EXACT_NUMBERS = 2_000, 200_000
"""Up to so many pairs, and so many numbers in their rows, the least deviation is looked for with a proof."""
ENOUGH = 0.005
"""Beyond, deviations are not made smaller than this: bands so narrow leave the search no room for anything else."""
RATE, PROVING_RATE = 1e4, 1e2
"""Points per violation of 1 in a search for an even plan, and in one for a proof."""
NOISE = 1e-5
"""Points that are more than what calls a plan optimal."""
EVENING_PART = 0.3
"""Part of the time for moves and swaps, where it is searched afterwards."""
TRIES, TRY_PART = 40, 0.5
"""Searches at most, and the part of the time that is left which one may take."""


@dataclass(frozen=True)
class Fairest:
    """The most even plan found, in the scenario's order of leads and reps, and what is proved of it.

    Parameters
    ----------
    tolerance : float
        That of the narrowest band that the plan keeps: its worst deviation.
    none_below : float
        No plan that assigns the same leads keeps a narrower band than this, proved; 0: nothing is proved.
    below : float, optional
        The tolerance of a hardly narrower band for which it was asked whether any plan keeps it.
    """

    owner: Ints
    tolerance: float
    none_below: float
    below: float | None = None

    @property
    def proved(self) -> bool:
        """Whether no plan that assigns the same leads is more even."""
        return self.tolerance - self.none_below <= 2 * SAME


def fairest(asked: Question, free: Ints, watch: Watch) -> Fairest:
    """Even out a plan as far as possible.

    Parameters
    ----------
    free : (n,) array of int
        The owners without a band: leads that have one keep one.
    """
    compiled = compile_scenario(asked.base, watch.limits.seed)
    owner = compiled.owner_in_problem(free)
    problem = replace(compiled.problem, required=compiled.problem.required | (owner >= 0))
    search = _Search(problem, Measure(asked, compiled.facts), owner)
    search.even_out(watch.part(EVENING_PART) if search.exact else watch)
    if search.exact:
        search.run(watch)
    return Fairest(compiled.owner_in_scenario(search.owner), float(search.best), float(search.low))


def evened(asked: Question, owner: Ints, enough: float, watch: Watch) -> Ints:
    """Return a plan with moves and swaps that bring nobody closer to their target than is enough."""
    compiled = compile_scenario(asked.base, watch.limits.seed)
    plan = compiled.owner_in_problem(owner)
    evening = Evening(compiled.problem, Measure(asked, compiled.facts), plan, watch, enough)
    return compiled.owner_in_scenario(evening.run())


class _Search:
    """The least worst deviation between what is proved and what is found.

    For a plan x with loads n_j and targets d_j, the least max_j |n_j - d_j| / d_j is the root of F(t) = min max
    (|n_j - d_j| - t d_j), as in the methods of Dinkelbach (1967) and Crouzeix, Ferland & Schaible (1985) for ratios.
    Here t comes from below, where the most even plan at t is nearly the most even of all, and in turn from just below
    the best plan, where it gets better or proved.
    """

    def __init__(self, problem: Problem, measure: Measure, owner: Ints) -> None:
        self.problem, self.measure = problem, measure
        self.bare = replace(
            problem,
            terms=(),
            rows=tuple(block for block in problem.rows if block.hard),
            spreads=(),
            unassigned=np.zeros(problem.n),
            tier=np.ones(problem.n, dtype=np.int64),
            constant=0.0,
        )
        self.owner, self.low, self.best = owner, 0.0, measure.tolerance(owner)

    @cached_property
    def exact(self) -> bool:
        """Whether the problem is small enough to search."""
        pairs = count_pairs(self.problem)
        largest = max((len(group.reps) for group in self.measure.groups), default=0)
        dense = 1 if self.measure.fixed is not None else 2 * largest
        return pairs <= EXACT_PAIRS and pairs * dense <= EXACT_NUMBERS

    def even_out(self, watch: Watch) -> None:
        """Take moves and swaps while they help."""
        owner = Evening(self.problem, self.measure, self.owner, watch, 0.0 if self.exact else ENOUGH).run()
        if self.measure.tolerance(owner) < self.best and evaluate(self.problem, owner).feasible:
            self.owner, self.best = owner, self.measure.tolerance(owner)

    def run(self, watch: Watch) -> None:
        """Search until the best plan is proved, the time is over, or a search settles nothing."""
        for number in range(TRIES):
            if self.best - self.low <= SAME or self.low >= WIDEST or watch.stop():
                return
            if number % 2 == 0:
                self._try(self.low, self._targets(), RATE, watch)
            elif not self._try(
                min(max(self.low, self.best - SAME), WIDEST), self._least_targets(), PROVING_RATE, watch
            ):
                return

    def _try(self, tolerance: float, scale: Floats, rate: float, watch: Watch) -> bool:
        """Look for the plan that misses the band of a tolerance least; tell whether anything new is known.

        `scale`, (m,), is what a violation is measured in.
        """
        rows = [
            _soft_rows(self.measure, self.problem, tolerance, scale, rate),
            _barring_rows(self.measure, self.problem),
        ]
        problem = replace(self.bare, rows=(*self.bare.rows, *(block for block in rows if block is not None)))
        part = watch.part(TRY_PART)
        limits = replace(
            watch.limits,
            time=None if watch.limits.time is None else max(part.left(), 0.01),
            work=None if watch.limits.work is None else watch.limits.work / TRIES,
            gap=0.0,
        )
        found = solve(problem, limits, start=Plan(self.owner, ()), cancelled=watch.cancelled)
        low, best = self.low, self.best
        if found.plan is not None:
            better = self.measure.tolerance(found.plan.owner)
            if better < self.best:
                self.owner, self.best = found.plan.owner, better
        if found.bound is not None and found.bound < -NOISE:
            sure = self._surely(scale) * (-found.bound - NOISE) / rate
            self.low = max(self.low, tolerance + sure)
        self.low = min(self.low, self.best)
        return self.low > low or self.best < best

    def _targets(self) -> Floats:
        """Return the targets under the best plan, (m,); 1 where there is none."""
        target = self.measure.targets(self.measure.loads(self.owner))
        return np.where(np.isfinite(target) & (target > 0), target, 1.0)

    def _least_targets(self) -> Floats:
        """Return targets than which those of no plan are smaller, unless 0, (m,): so no violation looks too small."""
        if self.measure.fixed is not None:
            return self._targets()
        amounts = self.measure.facts.metric(self.measure.metric).block(slice(0, self.problem.n))
        known = amounts[self.measure.counted]
        least = float(known[known > 0].min(initial=np.inf))
        scale = np.ones(self.problem.m)
        for group in self.measure.groups:
            carried = float(self.measure.carried[group.reps].sum())
            total = carried if carried > 0 else least
            aimed = (group.entitlement > 0) & np.isfinite(total)
            scale[group.reps[aimed]] = group.entitlement[aimed] * total
        return scale

    def _surely(self, scale: Floats) -> float:
        """Return at least how large these targets are as a part of those of any plan."""
        if self.measure.fixed is not None:
            return 1.0
        values = self.measure.facts.metric(self.measure.metric)
        amount = np.abs(values.block(slice(0, self.problem.n))).max(axis=1, initial=0.0)
        total = float(amount[self.measure.counted].sum())
        parts = [1.0]
        for group in self.measure.groups:
            most = group.entitlement * (total + self.measure.carried[group.reps].sum())
            aimed = group.entitlement > 0
            parts += (scale[group.reps][aimed] / np.maximum(most[aimed], scale[group.reps][aimed])).tolist()
        return min(parts)


def _soft_rows(measure: Measure, problem: Problem, tolerance: float, scale: Floats, rate: float) -> LoadRows | None:
    """Return the rows of the band for all who have a target, of which only the worst violation counts."""
    weights, base = [], []
    lower, upper, worst = [], [], []
    for group in measure.groups:
        target = None if measure.fixed is None else measure.fixed[group.reps]
        for k, j in enumerate(group.reps.tolist()):
            if group.entitlement[k] <= 0 or (target is not None and target[k] <= 0):
                continue
            own = np.zeros(problem.m)
            own[j] = 1.0
            sides = [own, own] if target is not None else _sides(own, group.reps, group.entitlement[k], tolerance)
            for side, row in enumerate(sides):
                weights.append(row)
                base.append(float(row @ measure.carried))
                limit = 0.0 if target is None else (1 + (2 * side - 1) * tolerance) * float(target[k])
                lower.append(-np.inf if side else limit)
                upper.append(limit if side else np.inf)
                worst.append(float(scale[j]))
    if not weights:
        return None
    return LoadRows(
        "even",
        measure.metric,
        measure.facts.metric(measure.metric),
        np.where(measure.counted, 0, -1).astype(np.int64),
        np.array([base]),
        np.array([lower]),
        np.array([upper]),
        rate,
        weights=np.array(weights),
        worst=np.array(worst),
        labels=tuple(str(k) for k in range(len(weights))),
    )


def _sides(own: Floats, members: Ints, entitlement: float, tolerance: float) -> list[Floats]:
    """Return the weights of load - (1 -+ tolerance) entitlement x total, the lower side first."""
    sides = []
    for part in (1 - tolerance, 1 + tolerance):
        row = own.copy()
        row[members] -= part * entitlement
        sides.append(row)
    return sides


def _barring_rows(measure: Measure, problem: Problem) -> LoadRows | None:
    """Return the rows that keep those from holding anything whose target is always 0, as every band does."""
    barred = np.zeros(problem.m, dtype=bool)
    for group in measure.groups:
        none = group.entitlement <= 0
        barred[group.reps[none]] = True
    if not barred.any():
        return None
    upper = np.where(barred, 0.0, np.inf)
    return LoadRows(
        "nothing",
        measure.metric,
        measure.facts.metric(measure.metric),
        np.where(measure.counted, 0, -1).astype(np.int64),
        measure.carried[None, :].copy(),
        np.full((1, problem.m), -np.inf),
        upper[None, :],
        labels=tuple(str(j) for j in range(problem.m)),
    )
