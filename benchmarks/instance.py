"""One instance as contenders get it: the problem, its pairs as plain arrays, and a judge for their answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.gap_files import GapInstance, check_gap
from scenarios import Scenario
from solver import LoadRows, Problem, judge
from solver.compile import Compiled
from solver.linear import PairList, count_pairs, pair_list
from solver.pairs import Bools, Floats, Ints

FEWEST = 10
"""Reps per lead below which a model with some of the pairs is not worth solving."""


class TooLargeError(Exception):
    """An instance is beyond what a contender can hold; the message says why."""


class UnsuitedError(Exception):
    """A contender's method cannot state an instance; the message says what it cannot."""


@dataclass(frozen=True)
class Rows:
    """One load row per rep: `lower <= sum of amounts of the chosen pairs <= upper`.

    Parameters
    ----------
    amount : (pairs,) array
    lower, upper : (reps,) arrays
        Infinite where there is none.
    rate : float
        Points lost per unit outside; infinite: the rows must hold.
    """

    name: str
    amount: Floats
    lower: Floats
    upper: Floats
    rate: float

    @property
    def hard(self) -> bool:
        """Whether the rows must hold."""
        return bool(np.isinf(self.rate))


@dataclass(frozen=True)
class Pairs:
    """An instance as plain arrays: choose pairs for the most points, one per lead at most (one where required).

    Parameters
    ----------
    lead, rep, score : (pairs,) arrays
        Every pair that is allowed, sorted by lead; points over leaving the lead unassigned.
    required : (leads,) array of bool
    rows : tuple of Rows
    offset : float
        Points when nothing is assigned, before what soft rows cost.
    """

    leads: int
    reps: int
    lead: Ints
    rep: Ints
    score: Floats
    required: Bools
    rows: tuple[Rows, ...]
    offset: float

    def __len__(self) -> int:
        return len(self.lead)

    def owner(self, chosen: Bools) -> Ints:
        """Return the rep of each lead, (leads,), -1 for none, from the chosen pairs."""
        owner = np.full(self.leads, -1, dtype=np.int64)
        owner[self.lead[chosen]] = self.rep[chosen]
        return owner

    def chosen(self, owner: Ints) -> Bools:
        """Return which pairs a plan chooses, (pairs,)."""
        chosen: Bools = owner[self.lead] == self.rep
        return chosen

    def points(self, chosen: Bools) -> float:
        """Return the points of the chosen pairs, less what soft rows cost."""
        total = self.offset + float(self.score[chosen].sum())
        for rows in self.rows:
            if not rows.hard:
                load = np.bincount(self.rep[chosen], rows.amount[chosen], self.reps)
                total -= rows.rate * float(np.maximum(np.maximum(load - rows.upper, rows.lower - load), 0.0).sum())
        return total


@dataclass(frozen=True)
class Verdict:
    """What a plan is worth, in points, and what it breaks, in words."""

    objective: float
    broken: tuple[str, ...]


@dataclass(frozen=True)
class Instance:
    """A problem with where it comes from: a scenario with its compiled form, or a published file."""

    name: str
    problem: Problem
    compiled: Compiled | None = None
    published: GapInstance | None = None

    @property
    def scenario(self) -> Scenario | None:
        """The scenario; None for a published file."""
        return None if self.compiled is None else self.compiled.facts.scenario

    def plain_rows(self) -> tuple[LoadRows, ...]:
        """Return the load rows.

        Raises
        ------
        UnsuitedError
            If the problem has more than one row per rep and block, soft families, or families: what no peer models.
        """
        problem = self.problem
        plain = all(b.weights is None and b.worst is None and b.base.shape[0] == 1 for b in problem.rows)
        if not plain or problem.spreads or problem.n_items < problem.n or len(np.unique(problem.tier)) > 1:
            raise UnsuitedError("its model has one row per rep and metric, and nothing else")
        return problem.rows

    def pairs(self, most: int) -> Pairs:
        """Return the instance as plain arrays.

        Raises
        ------
        TooLargeError
            If there are more than `most` pairs.
        """
        problem, blocks = self.problem, self.plain_rows()
        count = problem.n * problem.m
        if count > most and (count > 20 * most or (count := count_pairs(problem)) > most):
            raise TooLargeError(f"up to {count:,} pairs, and more than {most:,} are not for this machine")
        return self._arrays(pair_list(problem), blocks)

    def near_pairs(self, most: int, seed: int) -> Pairs:
        """Return about `most` pairs as plain arrays: of each lead its best reps, and as many by chance.

        What somebody does whose model cannot hold all pairs; those by chance keep reps in play who are nobody's best.

        Raises
        ------
        TooLargeError
            If that leaves fewer than ten reps for each lead.
        """
        problem, blocks = self.problem, self.plain_rows()
        each = most // max(1, problem.n)
        if each < FEWEST:
            raise TooLargeError(f"{problem.n * problem.m:,} pairs, and more than {most:,} are not for this machine")
        rng = np.random.Generator(np.random.PCG64(seed))
        parts = []
        step = max(1, 4_000_000 // problem.m)
        for first in range(0, problem.n, step):
            leads = slice(first, min(first + step, problem.n))
            allowed, score = problem.eligible(leads), problem.scores(leads)
            keep = _top(np.where(allowed, score, -np.inf), each // 2) | _top(
                rng.random(allowed.shape), each - each // 2
            )
            row, rep = np.nonzero(keep & allowed)
            parts.append((row + first, rep, score[row, rep]))
        return self._arrays(PairList(*(np.concatenate(column) for column in zip(*parts, strict=True))), blocks)

    def _arrays(self, listed: PairList, blocks: tuple[LoadRows, ...]) -> Pairs:
        problem = self.problem
        rows = tuple(
            Rows(
                block.metric,
                np.where(block.group[listed.item] >= 0, block.values.at(listed.item, listed.rep), 0.0),
                (block.lower - block.base)[0],
                (block.upper - block.base)[0],
                block.rate,
            )
            for block in blocks
        )
        return Pairs(
            problem.n,
            problem.m,
            listed.item,
            listed.rep,
            listed.score,
            problem.required_items,
            rows,
            problem.offset(),
        )

    def told(self, owner: Ints) -> Ints:
        """Translate a plan on the problem to the order of the scenario or file."""
        return owner if self.compiled is None else self.compiled.owner_in_scenario(owner)

    def judge(self, owner: Ints) -> Verdict:
        """Judge a plan in the order of the scenario or file, with nothing of what made it."""
        if self.published is not None:
            found = check_gap(self.published, owner)
            return Verdict(-float(found.cost), found.broken)
        assert self.scenario is not None
        judgement = judge(self.scenario, owner)
        broken: dict[str, list[float]] = {}
        for rule, breach in judgement.breaches:
            broken.setdefault(rule, []).append(breach.amount / max(1.0, abs(breach.limit)))
        most = {
            rule: "100 or more" if len(parts) >= 100 else len(parts) for rule, parts in broken.items()
        }  # it lists 100
        words = (f"{rule}: {most[rule]} times, by up to {max(parts):.2%}" for rule, parts in broken.items())
        return Verdict(judgement.objective, tuple(words))


def _top(values: Floats, count: int) -> Bools:
    """Return where the largest values of each row are, `count` of them."""
    chosen = np.zeros(values.shape, dtype=bool)
    if count < values.shape[1]:
        place = np.argpartition(-values, count, axis=1)[:, :count]
        np.put_along_axis(chosen, place, True, axis=1)
        return chosen
    return ~chosen
