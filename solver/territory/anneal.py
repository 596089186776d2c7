"""Annealing of a division: units at borders change territory at random, ever less so (Kirkpatrick et al. 1983).

Missed bounds cost a penalty that grows while bounds are missed; a unit leaves only if its territory stays in one piece.
Moves are drawn and weighed in blocks, with the loads as they are at a block's begin; the few that look worth a try are
then weighed again, one by one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from solver.pairs import Ints
from solver.territory.contiguity import whole_without
from solver.territory.division import Division, nearest

SWEEPS = 400
"""Moves drawn for each border of a unit."""
BLOCKS_PER_SWEEP = 2
HOT, COLD = 0.5, 0.01
"""First and last temperature, in parts of what a move at a border costs on average."""
AHEAD = 8.0
"""Temperatures by which a move may look too dear before it is not weighed again."""
RECENTRES = 16
"""Times that the centres move meanwhile."""
HEAVIER, LIGHTER = 1.3, 0.93
"""Factors of the penalty and of tolls, each time that centres move, where bounds are missed and where none is."""
MARGIN = 0.01
"""Part of what lies between two bounds that a load is kept away from each, so that no last small miss is left.

Of budgets it is that part of a mean territory."""
CHOICES = 4
"""Seats that a unit may go to where there are no links."""


@dataclass(frozen=True)
class Annealed:
    """How many moves were weighed one by one, and made."""

    weighed: int
    made: int


def anneal(
    division: Division,
    rng: np.random.Generator,
    done: Callable[[], float],
    *,
    keep: Callable[[Division], None],
    hot: float = HOT,
    sweeps: float = SWEEPS,
) -> Annealed:
    """Anneal a division in place, its centres moving now and then; it has to be in one piece each to begin with.

    Parameters
    ----------
    done : callable
        The part of the time that has gone, 1 to stop at once.
    keep : callable
        Told of the division each time before centres move, and at the end.
    hot : float
        First temperature, in parts of the mean cost of a move.
    sweeps : float
        Moves drawn for each border of a unit.
    """
    walk = _Walk(division, rng)
    size = max(64, min(walk.borders, walk.borders // BLOCKS_PER_SWEEP))
    blocks = max(RECENTRES, math.ceil(sweeps * walk.borders / size))
    every = max(1, blocks // RECENTRES)
    heat = walk.typical()
    for block in range(blocks):
        part = max(block / blocks, done())
        if part >= 1.0:
            break
        walk.block(size, heat * hot * (COLD / hot) ** part)
        if (block + 1) % every == 0:
            walk.settle()
            keep(division)
            factor = HEAVIER if division.missing > 0 else LIGHTER
            division.weight *= factor
            division.charge(division.tolls * factor)
            if division.recentre():
                walk.reseated()
    walk.settle()
    keep(division)
    return Annealed(walk.weighed, walk.made)


class _Walk:
    """A division as plain lists, which Python reads faster than arrays one number at a time."""

    def __init__(self, division: Division, rng: np.random.Generator) -> None:
        task = division.task
        self.division, self.rng = division, rng
        self.linked = task.links is not None
        self.near = division.terrain.neighbours if self.linked else []
        if task.links is not None:
            self.links = np.concatenate([task.links, task.links[:, ::-1]])
            self.borders = len(self.links)
        else:
            self.choices = nearest(division.cost, CHOICES)
            self.borders = self.choices.size
        self.amounts = (task.amounts / division.terrain.scale).tolist()
        self.weighed = self.made = 0
        self.reseated()

    def reseated(self) -> None:
        """Read all that depends on where the centres are."""
        division = self.division
        scale = division.terrain.scale
        if not self.linked:
            self.choices = nearest(division.cost, CHOICES)
        self.fixed = division.fixed
        width = division.upper - division.lower
        margin = MARGIN * np.where(np.isfinite(width), width, 0.0)
        self.low, self.high = ((division.lower + margin) / scale).tolist(), ((division.upper - margin) / scale).tolist()
        self.loads = (division.loads / scale).tolist()
        self.place = division.place.tolist()
        self.size = division.size.tolist()
        self.spent = division.moved.tolist()

    def settle(self) -> None:
        """Write the moves back into the division."""
        self.division.assign(np.array(self.place))

    def drawn(self, count: int) -> tuple[Ints, Ints]:
        """Draw moves of units to territories that they border on."""
        place = self.division.place
        if self.linked:
            units, beside = self.links[self.rng.integers(self.borders, size=count)].T
            to = place[beside]
        else:
            units = self.rng.integers(len(place), size=count)
            to = self.choices[units, self.rng.integers(self.choices.shape[1], size=count)]
        good = (to != place[units]) & ~self.fixed[units]
        return units[good], to[good]

    def typical(self) -> float:
        """Return what a move at a border costs, on average."""
        units, to = self.drawn(4 * min(self.borders, 20_000))
        change = self.division.cost[units, to] - self.division.cost[units, self.division.place[units]]
        change = np.abs(change[np.isfinite(change)])
        return max(float(change.mean()) if len(change) else 0.0, 1e-12)

    def block(self, count: int, heat: float) -> None:
        """Draw so many moves, and make those that gain, or lose little by luck."""
        division = self.division
        self.settle()
        units, to = self.drawn(count)
        if not len(units):
            return
        here = division.place[units]
        cost = division.cost[units, to] - division.cost[units, here]
        luck = -heat * np.log1p(-self.rng.random(len(units)))
        look = division.gains(units, to) > -luck - AHEAD * heat
        units, to, here = units[look], to[look], here[look]
        cost, luck = cost[look], luck[look]
        budgets = self._budgets(units, here, to)
        rows = zip(units.tolist(), here.tolist(), to.tolist(), cost.tolist(), luck.tolist(), strict=True)
        self.weighed += len(units)
        self._make(rows, budgets)

    def _budgets(self, units: Ints, here: Ints, to: Ints) -> list[tuple[list[float], float, float]]:
        """Return, for each budget, what each move spends, what may be spent, and the scale of a miss."""
        division = self.division
        found = []
        stay = division.stay[units]
        step = np.where(stay == -2, 0, (to != stay).astype(np.int64) - (here != stay))
        for budget in division.task.budgets:
            scale = max(float(budget.amount.sum()) / division.task.k, 1e-300)
            most = budget.at_most - MARGIN * min(scale, budget.at_most)
            found.append(((budget.amount[units] * step).tolist(), most, scale))
        return found

    def _make(
        self, rows: Iterable[tuple[int, int, int, float, float]], budgets: list[tuple[list[float], float, float]]
    ) -> None:
        place, loads, low, high = self.place, self.loads, self.low, self.high
        amounts, size, near, weight = self.amounts, self.size, self.near, self.division.weight
        metrics = range(len(amounts[0]))
        for number, (u, here, to, cost, luck) in enumerate(rows):
            if place[u] != here or size[here] <= 1:
                continue
            amount, mine, other = amounts[u], loads[here], loads[to]
            low_here, high_here, low_to, high_to = low[here], high[here], low[to], high[to]
            miss = 0.0
            for m in metrics:
                a = amount[m]
                load = mine[m]
                after = load - a
                if load > high_here[m]:
                    miss -= load - high_here[m]
                elif load < low_here[m]:
                    miss -= low_here[m] - load
                if after < low_here[m]:
                    miss += low_here[m] - after
                elif after > high_here[m]:
                    miss += after - high_here[m]
                load = other[m]
                after = load + a
                if load > high_to[m]:
                    miss -= load - high_to[m]
                elif load < low_to[m]:
                    miss -= low_to[m] - load
                if after < low_to[m]:
                    miss += low_to[m] - after
                elif after > high_to[m]:
                    miss += after - high_to[m]
            for b, (spends, most, scale) in enumerate(budgets):
                spent = self.spent[b]
                miss += (max(spent + spends[number] - most, 0.0) - max(spent - most, 0.0)) / scale
            if cost + weight * miss > luck:
                continue
            if self.linked:
                beside = [place[v] for v in near[u]]
                if to not in beside or here not in beside or not whole_without(near, place, u):
                    continue
            for m in metrics:
                mine[m] -= amount[m]
                other[m] += amount[m]
            for b, (spends, _, _) in enumerate(budgets):
                self.spent[b] += spends[number]
            size[here] -= 1
            size[to] += 1
            place[u] = to
            self.made += 1
