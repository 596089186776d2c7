"""Results: why a run stopped, what is proved, and whether there is a plan are separate things."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from solver.limits import StoppedBy, gap_between
from solver.pairs import Ints

Status = Literal["optimal", "feasible", "infeasible", "no_plan_found"]
BoundBy = Literal["prices", "search"]

OPTIMAL_GAP = 1e-6
"""A plan this close to its bound is called optimal: closer than the tolerances of the arithmetic mean nothing."""


@dataclass(frozen=True)
class RowPrice:
    """The price of one load row, in points per unit of its metric; positive where the upper bound binds."""

    rule: str
    metric: str
    group: str
    row: str
    price: float


@dataclass(frozen=True)
class Tier:
    """Points of one priority tier, what search proved nobody can beat, and what its prices alone prove."""

    tier: int
    objective: float
    bound: float
    certified_bound: float
    prices: tuple[RowPrice, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Who owns what: the rep of each lead, (n,), -1 for none, in the scenario's order of leads and reps."""

    owner: Ints
    tiers: tuple[Tier, ...]

    @property
    def prices(self) -> tuple[RowPrice, ...]:
        """The prices of the last tier, which are those of the plan."""
        return self.tiers[-1].prices


@dataclass(frozen=True)
class Result:
    """What came of a solve.

    Parameters
    ----------
    status : str
        What is proved: "optimal", "feasible", "infeasible", or "no_plan_found" (nothing is proved; no plan).
    stopped_by : str
        Why it stopped: "proof", "gap", "time", "work" or "cancel".
    plan : Plan, optional
        The plan; None exactly when the status says that there is none.
    objective, bound, certified_bound : float, optional
        Points of the plan; what no plan can beat; and the part of that proof which prices alone carry.
        With tiers: of the last one.
    bound_by : str, optional
        Whether the bound rests on prices or on search.
    method : str
        The method that solved the last tier.
    """

    status: Status
    stopped_by: StoppedBy
    plan: Plan | None
    objective: float | None
    bound: float | None
    certified_bound: float | None
    bound_by: BoundBy | None
    method: str
    seed: int
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def gap(self) -> float | None:
        """Proved distance from the bound, as a fraction; None without a plan."""
        if self.objective is None or self.bound is None:
            return None
        return gap_between(self.objective, self.bound)

    def document(self) -> dict[str, Any]:
        """Return what `plan.json` says of the result itself, JSON-ready."""
        tiers = (
            [{"tier": t.tier, "objective": t.objective, "bound": t.bound} for t in self.plan.tiers] if self.plan else []
        )
        return {
            "status": self.status,
            "stopped_by": self.stopped_by,
            "objective": self.objective,
            "bound": self.bound,
            "gap": self.gap,
            "bound_by": self.bound_by,
            "certified_bound": self.certified_bound,
            "tiers": tiers,
            "method": self.method,
            "seed": self.seed,
            "versions": self.versions,
            "seconds": self.seconds,
        }
