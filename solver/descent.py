"""A good plan in a blink, for small problems: the best move or swap at each step, and no way back for a while.

Tabu search (Glover 1989) with strategic oscillation: hard rows cost what their prices say, a bit more while the plan
breaks one and a bit less while it does not, so that the search crosses between the two sides of the bounds, where the
good plans are (Yagiura, Ibaraki & Glover 2004 do so for the generalised assignment problem). It begins at the
rounded relaxation. The caller evaluates the plan anyway.
"""

from __future__ import annotations

import numpy as np

from solver.evaluate import evaluate
from solver.gains import Gains, Step
from solver.limits import Watch
from solver.pairs import Bools, Floats, Ints
from solver.problem import Problem

MOST_NUMBERS = 2_000_000
"""Largest matrix of moves or swaps that is priced at once."""
DEAR = 1e3
"""Under rows that weigh many reps, whose steps are few, hard rows cost so many times the best score from the start."""
STEPS = 4_000
"""So many steps without a better plan end the search."""
NUMBERS = 4e8
"""Numbers in the matrices of all steps without a better plan, at most: a limit by work, so that runs repeat."""
LEAST_STEPS, PER_UNIT = 100, 2e8
"""Steps that it may take at least, and numbers in matrices per unit of a work limit."""
SHORT, LONG = 5, (10, 50)
"""Fewest steps for which an item may not return, and the range of the most, which changes from time to time."""
PHASE = 200
"""Steps after which that changes."""
SIDE = 10
"""So many steps on one side of the bounds change the rates of the hard rows, by this factor:"""
FACTOR = 1.25
HASTE = 2.0
"""The factor while no plan has been found."""
TELL = 0.5
"""Seconds, at least, between two reports of a better plan."""


class Descent:
    """A search over the places of items; place `m` is nobody.

    Parameters
    ----------
    problem : Problem
    prices : sequence of arrays, optional
        Prices of the load rows: from them the hard rows get what their violation costs at first.
    """

    def __init__(self, problem: Problem, prices: tuple[Floats, ...] | None = None) -> None:
        self.problem = problem
        self.gains = Gains(problem, _rates(problem, prices))
        self._hard = [rows for rows in self.gains.rows if rows.hard]
        self._side = 0

    @staticmethod
    def supports(problem: Problem) -> bool:
        """Tell whether the matrices are small, and all rows are of the kinds that moves are priced for."""
        if problem.spreads or problem.n == 0 or problem.m == 0:
            return False
        size = problem.n_items * max(problem.n_items, problem.m + 1)
        if size > MOST_NUMBERS:
            return False
        for block in problem.rows:
            groups, rows = block.base.shape
            if groups > 1 and (block.weights is not None or problem.n != problem.n_items):
                return False
            if block.worst is not None and block.weights is None:
                return False
            if block.weights is not None and size * rows > MOST_NUMBERS:
                return False
        return True

    def run(self, watch: Watch, start: Ints | None = None, bound: float | None = None) -> Ints:
        """Search from a plan, or from nobody.

        Parameters
        ----------
        start : (n,) array of int, optional
            Rep of each lead, -1 for none; it may break hard rows.
        bound : float, optional
            What no plan can beat, for those who listen.

        Returns
        -------
        (n,) array of int
            The best plan found that breaks no hard row; the last one if there was none.
        """
        items, places = self.gains.score.shape
        reachable = np.isfinite(self.gains.score)
        if not reachable.any(axis=1).all():  # an item that must be assigned and cannot be
            return np.full(self.problem.n, -1, dtype=np.int64)
        first = np.where(reachable[:, -1], places - 1, self.gains.score.argmax(axis=1))
        if start is not None:
            wish = np.where(start < 0, places - 1, start)[self.problem.starts]
            first = np.where(reachable[np.arange(items), wish], wish, first)
        return self._owner(self._search(first, watch, bound))

    def _owner(self, place: Ints) -> Ints:
        """Return the rep of each lead, (n,), from the place of each item."""
        return np.where(place == self.problem.m, -1, place)[self.problem.item]

    def _search(self, place: Ints, watch: Watch, bound: float | None) -> Ints:
        rng = np.random.Generator(np.random.PCG64(watch.limits.seed))
        gains = self.gains
        gains.restart(place)
        best, best_value = gains.place.copy(), gains.value() if self._fits() else -np.inf
        until = np.zeros(gains.score.shape, dtype=np.int64)
        longest, step, since, told = LONG[0], 0, 0, -np.inf
        patience, most = self._patience(watch.limits.work)
        while since < patience and step < most and not watch.stop():
            step, since = step + 1, since + 1
            if step % PHASE == 0:
                longest = int(rng.integers(LONG[0], LONG[1] + 1))
            steps = self._best_step(until > step)
            if not steps:
                until[:] = 0
                continue
            for item, _ in steps:
                until[item, gains.place[item]] = step + int(rng.integers(SHORT, longest + 1))
            gains.take(steps)
            fits = self._fits()
            if fits and (value := gains.value()) > best_value + 1e-9 * max(1.0, abs(value)):
                best, best_value, since = gains.place.copy(), value, 0
                if watch.listen is not None and watch.seconds() - told > TELL:
                    told, found = watch.seconds(), evaluate(self.problem, self._owner(best))
                    watch.tell("descent", found.objective if found.feasible else None, bound)
            self._oscillate(fits, FACTOR if np.isfinite(best_value) else HASTE)
        return best if np.isfinite(best_value) else gains.place

    def _best_step(self, barred: Bools) -> list[Step]:
        """Return the move or swap that gains most, or loses least, of those that are not barred."""
        move = self.gains.moves()
        move[barred] = -np.inf
        best_move = int(move.argmax())
        gain = float(move.flat[best_move])
        # Swaps under rows that weigh many reps are dear: only where no move helps.
        if not (self.gains.weighing and gain > 0):
            swap = self.gains.swaps()
            back = barred[:, self.gains.place]
            swap[back] = -np.inf
            swap[back.T] = -np.inf
            best_swap = int(swap.argmax())
            if float(swap.flat[best_swap]) > gain:
                one, other = divmod(best_swap, len(swap))
                return [(one, int(self.gains.place[other])), (other, int(self.gains.place[one]))]
        return [divmod(best_move, move.shape[1])] if np.isfinite(gain) else []

    def _fits(self) -> bool:
        return all(rows.held().all() for rows in self._hard)

    def _oscillate(self, fits: bool, factor: float) -> None:
        """Make breaking hard rows dearer after many steps that did, and cheaper after many that did not."""
        self._side = max(self._side, 0) + 1 if fits else min(self._side, 0) - 1
        if self.gains.weighing or not self._hard or abs(self._side) < SIDE:
            return
        for rows in self._hard:
            rows.rate = rows.rate / factor if fits else np.where(rows.held(), rows.rate, rows.rate * factor)
        self._side = 0
        self.gains.restart(self.gains.place)

    def _patience(self, work: float | None) -> tuple[int, float]:
        """Return how many steps without a gain, and how many steps at all, end the search."""
        items, places = self.gains.score.shape
        weighing = sum(len(rows.weights) for rows in self.gains.weighing if rows.weights is not None)
        numbers = items * max(items, places) * (1 + weighing)
        most = np.inf if work is None else max(work * PER_UNIT / numbers, LEAST_STEPS)
        return int(min(STEPS, max(NUMBERS / numbers, LEAST_STEPS))), most


def _rates(problem: Problem, prices: tuple[Floats, ...] | None) -> list[float]:
    """Return what a unit of violation of each block costs at first: twice its largest price.

    A block without a price takes that of the others, per typical amount of a lead, or else a typical score.
    """
    typical = [_typical(block.values.block(slice(0, min(problem.n, 1000)))) for block in problem.rows]
    largest = [float(np.abs(p).max(initial=0.0)) for p in prices] if prices is not None else [0.0] * len(typical)
    known = [price * amount for price, amount, b in zip(largest, typical, problem.rows, strict=True) if b.hard]
    if any(block.weights is not None for block in problem.rows):
        dear = DEAR * float(np.abs(problem.scores(slice(0, problem.n))).max(initial=1.0))
        return [dear / amount for amount in typical]
    score = max(known, default=0.0) or _typical(problem.scores(slice(0, min(problem.n, 1000))))
    return [2.0 * (price or score / amount) for price, amount in zip(largest, typical, strict=True)]


def _typical(values: Floats) -> float:
    size = np.abs(values[values != 0])
    return float(np.median(size)) if size.size else 1.0
