"""The Hess model solved again and again, with separators of what was not in one piece, until all territories are."""

from __future__ import annotations

import numpy as np

from solver.limits import Watch
from solver.methods.backend import branch, branch_first
from solver.pairs import Bools, Ints
from solver.territory.hess import Separator, hess_model
from solver.territory.holding import Holding
from solver.territory.lagrangian import Prices, penalties
from solver.territory.problem import Territories, judge
from solver.territory.seating import Seating
from solver.territory.separators import needs_of, reachable, violated
from solver.territory.whole import Sharp

HAIR = 1e-6
"""What a bound by double precision may be wrong by, as a part of it."""
NODES, NODES_FIRST = 200, 40
"""Nodes of branch and bound per unit of a work limit: with given centres, and where centres are branched on first."""
LOOSE = 0.003
"""How close to its bound a solution has to come while territories are still in pieces: separators come of any."""
SEATING, SEATINGS = 0.15, 3
"""Part of the time for centres that the relaxation likes, and how many such sets are tried."""
FAR, LOOK = 0.02, 0.3
"""How far above its bound a plan is not good, and the part of the time for a look at others then."""
TRIES = 12
"""Rounds with the centres of one solution, to make a plan of it."""


class Rounds:
    """Bounds that rise from round to round, and plans made of what was found with their centres."""

    def __init__(
        self,
        task: Territories,
        held: Holding,
        prices: Prices,
        watch: Watch,
        centre: Ints | None,
        bound: float,
        sharp: Sharp | None = None,
    ) -> None:
        self.task, self.watch, self.prices, self.sharp = task, watch, prices, sharp
        self.near = [np.flatnonzero(row).tolist() for row in held.ground.near]
        self.allowed = held.allowed
        self.centre, self.bound = centre, bound
        self.cost = np.inf if centre is None else judge(task, centre).cost
        self.cuts: dict[Separator, None] = {}

    def run(self) -> bool:
        """Solve until it is proved or the limits end it; tell whether it is proved."""
        tried: set[tuple[int, ...]] = set()
        gap = LOOSE if self.task.links is not None else 0.0
        if not self.task.placed:
            self._seat()
            self._look()
        while True:
            self.allowed = self._open()
            status, found = self._solve(self.allowed, gap=gap)
            if status == "infeasible":  # no plan is better than the one known, if one is
                self.bound = self.cost
                return True
            if found is None or self.watch.stop():
                return self._close()
            cuts = self._cuts(found)
            if not cuts:
                connected = self._take(found)
                if connected and gap > 0 and not self._close() and not self.watch.stop():
                    gap = 0.0
                    continue
                if connected and status == "optimal" and gap == 0.0:
                    self.bound = self.cost
                    return True
                return self._close()
            before = len(self.cuts)
            self.cuts |= dict.fromkeys(cuts)
            self.watch.tell("separators", None if self.centre is None else self.cost, self.bound)
            if self._close() or self.watch.stop() or len(self.cuts) == before:
                return self._close()
            used = tuple(np.unique(found).tolist())
            if used not in tried:
                tried.add(used)
                self._with_centres(used)

    def _open(self) -> Bools:
        """Return the pairs that a better plan can have."""
        allowed = self.allowed
        if self.centre is not None:
            most = self.cost + HAIR * abs(self.cost)
            allowed = allowed & (penalties(self.task, allowed, self.prices) <= most)
            if self.sharp is not None:
                allowed &= penalties(self.task, allowed, self.sharp.prices, self.sharp.least) <= most
            allowed[np.arange(self.task.n), self.centre] = True
        if self.task.links is not None and self.task.own is not None:
            allowed = reachable(self.task, self.near, allowed)
        return allowed

    def _solve(self, allowed: Bools, part: float = 1.0, gap: float = 0.0) -> tuple[str, Ints | None]:
        """Solve the model over some pairs; over all open ones, the bound rises."""
        task = self.task
        rooted = task.links is not None and task.own is not None
        needs = needs_of(task, self.near, allowed) if rooted else None
        model = hess_model(task, allowed, needs, list(self.cuts))
        work, seconds = self.watch.limits.work, part * max(self.watch.left(), 0.01)
        if part < 1.0 or task.placed:
            answer = branch(model.linear, seconds, nodes=None if work is None else max(int(NODES * work), 1), gap=gap)
        else:  # around given centres a few nodes are left to do: so these are branched on first
            start = None if self.centre is None else model.values(self.centre)
            nodes = None if work is None else max(int(NODES_FIRST * work), 1)
            answer = branch_first(model.linear, model.drawn, seconds, nodes=nodes, gap=gap, start=start)
        if part == 1.0 and np.isfinite(answer.bound):
            self.bound = max(self.bound, min(-answer.bound - HAIR * abs(answer.bound), self.cost))
        if answer.status in ("infeasible", "nothing"):
            return answer.status, None
        return answer.status, model.centre(answer.values, task.n)

    def _seat(self) -> None:
        """Look for a plan with centres that the linear relaxation likes."""
        seating = Seating(self.task, self._open(), self.watch.part(SEATING))
        known = [] if self.centre is None else [tuple(np.unique(self.centre).tolist())]
        for seats in (*known, seating.dive()):
            if seats is not None:
                seating.improve(seats)
        for seats in seating.best(SEATINGS):
            self._with_centres(seats)

    def _look(self) -> None:
        """Where the plan known is far from its bound, have a look by an engine that looks for plans on its own."""
        if self.cost - self.bound > FAR * abs(self.bound) and not self.watch.stop():
            _, found = self._solve(self._open(), LOOK, gap=FAR)
            if found is not None and not self._take(found):
                self._with_centres(tuple(np.unique(found).tolist()))

    def _with_centres(self, used: tuple[int, ...]) -> None:
        """Look for a plan with the centres of a solution."""
        for _ in range(TRIES):
            allowed = self.allowed.copy()
            allowed[:, np.setdiff1d(np.arange(self.task.candidates), used)] = False
            status, found = self._solve(allowed, 0.2)
            if found is None or status == "infeasible" or self.watch.stop():
                return
            cuts = self._cuts(found)
            if not cuts:
                self._take(found)
                return
            before = len(self.cuts)
            self.cuts |= dict.fromkeys(cuts)
            if len(self.cuts) == before:
                return

    def _cuts(self, found: Ints) -> list[Separator]:
        """Return separators of what is cut off, for all pairs that a plan can have."""
        return [] if self.task.links is None else violated(self.task, self.near, self.allowed, found)

    def _take(self, found: Ints) -> bool:
        """Keep a plan if it is one and the best; tell whether it is one."""
        verdict = judge(self.task, found)
        if verdict.feasible and verdict.cost < self.cost:
            self.centre, self.cost = found, verdict.cost
        return verdict.feasible

    def _close(self) -> bool:
        """Tell whether the bound has met the plan."""
        return self.centre is not None and self.cost - self.bound <= 2 * HAIR * max(abs(self.cost), 1.0)
