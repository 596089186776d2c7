"""What people do without an optimiser, on any size: the leads one by one, each to a rep who may and can take it."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from benchmarks.instance import Instance
from solver.pairs import Bools, Floats, Ints


class Dealer(ABC):
    """Deals leads out, within every upper bound: capacities, and the upper ends of bands.

    Reps who are below a lower bound come first, as anybody would do who has to meet it; a lead that nobody can take
    stays without an owner.
    """

    def __init__(self, instance: Instance) -> None:
        self.problem = instance.problem
        self.rows = instance.plain_rows()

    @abstractmethod
    def pick(self, ready: Bools, score: Floats) -> int:
        """Return one of the reps who are ready for a lead, given all reps' scores."""

    def order(self) -> Ints:
        """Return the leads in the order in which they are dealt: as they come."""
        return np.arange(self.problem.n)

    def deal(self) -> Ints:
        """Return the rep of each lead, (n,), -1 for none."""
        problem, rows = self.problem, self.rows
        owner = np.full(problem.n, -1, dtype=np.int64)
        room = [(block.upper - block.base)[0] for block in rows]
        need = [(block.lower - block.base)[0] for block in rows]
        step = max(1, 4_000_000 // max(1, problem.m))
        order = self.order()
        for first in range(0, problem.n, step):
            leads = order[first : first + step]
            allowed, score = problem.eligible(leads), problem.scores(leads)
            amounts = [
                np.where(block.group[leads, None] >= 0, block.values.block(leads), 0.0) for block in rows
            ]  # (leads, reps), or (leads, 1) where it is the same for everybody
            for k, lead in enumerate(leads):
                free = allowed[k]
                for amount, left in zip(amounts, room, strict=True):
                    free = free & (amount[k] <= left)
                if not problem.required[lead]:
                    free = free & (score[k] > 0)
                if not free.any():
                    continue
                below = np.logical_or.reduce([missing > 0 for missing in need]) if need else free
                wanting = free & below
                rep = self.pick(wanting if wanting.any() else free, score[k])
                owner[lead] = rep
                for amount, left, missing in zip(amounts, room, need, strict=True):
                    taken = amount[k, rep if amount.shape[1] > 1 else 0]
                    left[rep] -= taken
                    missing[rep] -= taken
        return owner


class RoundRobin(Dealer):
    """To each rep in turn; reps who cannot take the lead are passed over."""

    turn = 0

    def pick(self, ready: Bools, score: Floats) -> int:
        """Return the next rep from the turn on."""
        after = ready[self.turn :]
        rep = self.turn + int(after.argmax()) if after.any() else int(ready.argmax())
        self.turn = (rep + 1) % len(ready)
        return rep


class BestFit(Dealer):
    """The leads with the most to gain first, each to the rep who scores best."""

    def order(self) -> Ints:
        """Return the leads by their best score, the highest first."""
        problem = self.problem
        best = np.full(problem.n, -np.inf)
        step = max(1, 4_000_000 // max(1, problem.m))
        for first in range(0, problem.n, step):
            leads = slice(first, min(first + step, problem.n))
            best[leads] = np.where(problem.eligible(leads), problem.scores(leads), -np.inf).max(axis=1, initial=-np.inf)
        return np.argsort(-best, kind="stable")

    def pick(self, ready: Bools, score: Floats) -> int:
        """Return the ready rep with the best score."""
        return int(np.where(ready, score, -np.inf).argmax())
