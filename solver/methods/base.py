"""What a method is: it says what it supports, and turns a problem into an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from solver.limits import StoppedBy, Watch
from solver.methods.start import Start
from solver.pairs import Floats, Ints
from solver.problem import Problem


@dataclass(frozen=True)
class Outcome:
    """What a method found. Nothing here claims success by default.

    Parameters
    ----------
    stopped_by : str
        Why the method stopped; "proof" also when it proved that there is no plan.
    owner : (n,) array of int, optional
        Rep of each lead, -1 for none; None: no plan was found.
    bound : float
        What the search itself proved that no plan can beat, in points; infinite: nothing; -inf: there is no plan.
    prices : tuple of arrays, optional
        Price of every load row, (groups, rows) per block.
    """

    stopped_by: StoppedBy
    owner: Ints | None = None
    bound: float = np.inf
    prices: tuple[Floats, ...] | None = None

    @property
    def infeasible(self) -> bool:
        """Whether it was proved that no plan exists."""
        return self.bound == -np.inf


class Method(Protocol):
    """One way to solve a problem."""

    name: str

    def supports(self, problem: Problem) -> bool:
        """Tell whether this method can take the problem, by its structure and its size."""
        ...

    def solve(self, problem: Problem, watch: Watch, start: Start | None = None) -> Outcome:
        """Solve the problem within the limits of the watch, from a start if there is one."""
        ...
