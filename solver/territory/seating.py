"""Good centres by linear relaxations: fixed one after the other, then moved to others near as long as that gains."""

from __future__ import annotations

import numpy as np

from solver.limits import Watch
from solver.methods.backend import run
from solver.pairs import Bools, Floats
from solver.territory.hess import hess_model
from solver.territory.problem import Territories

SURE = 1e-6
"""Shares of a centre that count as none."""
NEAR = 4
"""Candidates that a centre is moved to."""

Seats = tuple[int, ...]


class Seating:
    """Sets of centres, and what they cost at least if units could be parted: little less than in whole units."""

    def __init__(self, task: Territories, allowed: Bools, watch: Watch) -> None:
        self.task, self.allowed, self.watch = task, allowed, watch
        self.value: dict[Seats, float] = {}
        self.shares: dict[Seats, Floats] = {}

    def best(self, count: int) -> list[Seats]:
        """Return the cheapest sets of centres found, so many."""
        found = [seats for seats, value in self.value.items() if np.isfinite(value)]
        return sorted(found, key=lambda seats: (self.value[seats], seats))[:count]

    def dive(self) -> Seats | None:
        """Return the centres that the relaxation likes best, fixed one after the other; None if that fails."""
        model = hess_model(self.task, self.allowed).linear
        first = len(model.cost) - self.task.candidates
        while not self.watch.stop():
            answer = run(model, "GLOP", self.watch.left())
            if answer.status != "optimal":
                return None
            share = answer.values[first:]
            split = share < 1.0 - SURE
            if not (split & (share > SURE)).any():
                return tuple(np.flatnonzero(~split).tolist())
            model.floor[first:] = np.where(split, 0.0, model.top[first:])
            model.floor[first + int(np.where(split, share, 0.0).argmax())] = 1.0
        return None

    def improve(self, seats: Seats) -> None:
        """Move one centre after the other to candidates near it while that gains."""
        task, best = self.task, self.cost(seats)
        moved = np.isfinite(best)
        while moved:
            moved = False
            for at in range(task.k):
                inside = self.shares[seats][:, at]
                usual = np.where(self.allowed, task.matrix, 0.0)
                cost = np.where(inside @ ~self.allowed > SURE, np.inf, inside @ usual)
                cost[list(seats)] = np.inf
                for other in np.argsort(cost, kind="stable")[:NEAR].tolist():
                    then = tuple(sorted({*seats[:at], other, *seats[at + 1 :]}))
                    if self.watch.stop():
                        return
                    if np.isfinite(cost[other]) and self.cost(then) < best * (1 - SURE):
                        seats, best, moved = then, self.cost(then), True
                        break

    def cost(self, seats: Seats) -> float:
        """Return what some centres cost at least, infinite where they cannot be."""
        if seats in self.value:
            return self.value[seats]
        task = self.task
        only = np.zeros_like(self.allowed)
        only[:, seats] = self.allowed[:, seats]
        value = np.inf
        if len(seats) == task.k and only.any(axis=1).all():
            model = hess_model(task, only)
            answer = run(model.linear, "GLOP", max(self.watch.left(), 0.01))
            if answer.status == "optimal":
                value = -answer.objective
                shares = np.zeros(only.shape)
                shares[model.unit, model.candidate] = answer.values[: len(model.unit)]
                self.shares[seats] = shares[:, seats]
        self.value[seats] = value
        return value
