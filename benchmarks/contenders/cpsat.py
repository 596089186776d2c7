"""CP-SAT: a Boolean per pair, integer load rows, and the plan of greedy best-fit as a hint."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contenders.model import first_plan
from benchmarks.contenders.whole import whole_rows, whole_scores
from benchmarks.instance import Pairs
from benchmarks.race import CORES, Race

MOST_PAIRS = 2_000_000


def run(race: Race) -> None:
    """Tell every better plan, and every better bound."""
    from ortools.sat.python import cp_model

    pairs = race.pairs(MOST_PAIRS)
    race.begin()
    model, take, points = _stated(cp_model, pairs)
    for variable, value in zip(take, first_plan(race.instance, pairs).tolist(), strict=True):
        model.add_hint(variable, value)

    class Improved(cp_model.CpSolverSolutionCallback):
        """Hears of each better plan."""

        def on_solution_callback(self) -> None:
            chosen = np.array([self.boolean_value(x) for x in take], dtype=bool)
            owner = race.instance.told(pairs.owner(chosen))
            race.tell(pairs.points(chosen), points(self.best_objective_bound), owner)

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = CORES
    solver.parameters.random_seed = race.seed
    solver.parameters.relative_gap_limit = race.gap
    solver.parameters.max_time_in_seconds = race.left()
    solver.best_bound_callback = lambda bound: race.tell(bound=points(bound))
    status = solver.solve(model, Improved())
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        race.tell(bound=points(solver.best_objective_bound))
    race.stop()


def _stated(cp_model: Any, pairs: Pairs) -> tuple[Any, list[Any], Any]:
    """Return the model, its variables by pair, and how its objective is told in points."""
    model = cp_model.CpModel()
    take = [model.new_bool_var("") for _ in range(len(pairs))]
    starts = np.searchsorted(pairs.lead, np.arange(pairs.leads + 1)).tolist()
    for lead, must in enumerate(pairs.required.tolist()):
        mine = take[starts[lead] : starts[lead + 1]]
        if must:
            model.add_exactly_one(mine)
        elif len(mine) > 1:
            model.add_at_most_one(mine)
    scores = whole_scores(pairs)
    costs, charged = list(scores.amount.tolist()), []
    by_rep = np.argsort(pairs.rep, kind="stable")
    ends = np.searchsorted(pairs.rep[by_rep], np.arange(pairs.reps + 1))
    for rows in pairs.rows:
        whole = whole_rows(pairs, rows)
        for rep in range(pairs.reps):
            own = by_rep[ends[rep] : ends[rep + 1]]
            load = cp_model.LinearExpr.weighted_sum([take[k] for k in own.tolist()], whole.amount[own].tolist())
            most = int(whole.amount[own].sum())
            low, high = max(0, whole.lower[rep]), min(most, whole.upper[rep])
            if rows.hard and (low > 0 or high < most):
                model.add_linear_constraint(load, low, high)
            for side, far in ((1, most - high), (-1, low)) if not rows.hard else ():
                if far > 0:
                    missed = model.new_int_var(0, far, "")
                    model.add(load - missed <= high) if side > 0 else model.add(load + missed >= low)
                    charged.append(missed)
                    costs.append(-round(rows.rate / whole.scale * scores.scale))
    model.maximize(cp_model.LinearExpr.weighted_sum([*take, *charged], costs))
    slack = scores.error / scores.scale + pairs.offset
    return model, take, lambda value: value / scores.scale + slack
