"""Method `cpsat`: the exact method for small problems with any rule.

The linear relaxation gives the prices; CP-SAT the plan and a bound by search. Everything is scaled to integers here, and
only here: exactly where the numbers are decimals, otherwise so finely that the error is far below the tolerance,
and what the objective loses by it is added to the bound.
"""

from __future__ import annotations

import threading
from fractions import Fraction
from math import lcm

import numpy as np
from ortools.sat.python import cp_model

from solver.dual import dual_bound, no_prices
from solver.limits import StoppedBy, Watch
from solver.linear import LinearModel, linear_model, owner_of, pair_list
from solver.methods.backend import run
from solver.methods.base import Outcome
from solver.pairs import Bools, Floats, Ints
from solver.problem import BLOCK_CELLS, Problem

MOST_PAIRS = 20_000
_LARGEST_SUM = 2.0**50
_LARGEST_DENOMINATOR = 10**6


class CpSat:
    """CP-SAT over all eligible pairs, with prices from the linear relaxation."""

    name = "cpsat"

    def supports(self, problem: Problem) -> bool:
        """Tell whether the problem is small enough; any rule will do."""
        return problem.n * problem.m <= BLOCK_CELLS and len(pair_list(problem)) <= MOST_PAIRS

    def solve(self, problem: Problem, watch: Watch) -> Outcome:
        """Solve the relaxation, then search."""
        model = linear_model(problem, pair_list(problem))
        relaxed = run(model, "GLOP", watch.left())
        prices = no_prices(problem)
        if relaxed.status == "optimal":
            prices = model.prices(problem, relaxed.duals)
        certified = dual_bound(problem, prices)
        watch.tell("prices", None, certified)
        outcome = search(problem, model, watch, hint=relaxed.values, known_bound=certified)
        return Outcome(outcome.stopped_by, outcome.owner, min(outcome.bound, certified), prices)


def search(problem: Problem, model: LinearModel, watch: Watch, hint: Floats, known_bound: float) -> Outcome:
    """Run CP-SAT on a linear model."""
    if np.isneginf(known_bound):
        return Outcome("proof", bound=-np.inf)
    scaled = _Scaled(model)
    solver = cp_model.CpSolver()
    limits = watch.limits
    solver.parameters.num_workers = limits.workers
    solver.parameters.interleave_search = (
        limits.workers > 1
    )  # several workers, and yet the same plan every time
    solver.parameters.random_seed = limits.seed
    solver.parameters.relative_gap_limit = limits.gap
    if limits.work is not None:
        solver.parameters.max_deterministic_time = limits.work
    if np.isfinite(watch.left()):
        solver.parameters.max_time_in_seconds = max(watch.left(), 0.01)
    if len(hint) and len(model.pairs):
        scaled.hint(hint[: len(model.pairs)])
    listener = _Listener(watch, scaled, known_bound)
    solver.best_bound_callback = listener.on_bound
    done = threading.Event()
    guard = threading.Thread(target=_stop_when_cancelled, args=(solver, watch, done), daemon=True)
    guard.start()
    try:
        status = solver.solve(scaled.model, listener)
    finally:
        done.set()
        guard.join()
    return _outcome(problem, model, scaled, solver, status, watch)


def _outcome(
    problem: Problem,
    model: LinearModel,
    scaled: _Scaled,
    solver: cp_model.CpSolver,
    status: object,
    watch: Watch,
) -> Outcome:
    """Translate a CP-SAT status; one that cannot happen raises."""
    if status == cp_model.INFEASIBLE:
        return Outcome("proof", bound=-np.inf)
    if status == cp_model.UNKNOWN:
        return Outcome(_limit(watch), bound=np.inf)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise RuntimeError(f"CP-SAT answered {solver.status_name(status)}")
    pairs = len(model.pairs)
    chosen = np.array([solver.boolean_value(v) for v in scaled.variables[:pairs]], dtype=bool)
    bound = scaled.points(solver.best_objective_bound) + scaled.slack
    gap_reached = solver.objective_value < solver.best_objective_bound
    stopped: StoppedBy = ("gap" if gap_reached else "proof") if status == cp_model.OPTIMAL else _limit(watch)
    return Outcome(stopped, owner_of(problem, model.pairs, chosen), bound)


def _limit(watch: Watch) -> StoppedBy:
    if watch.cancelled():
        return "cancel"
    return "time" if watch.limits.work is None or watch.left() <= 0 else "work"


def _stop_when_cancelled(solver: cp_model.CpSolver, watch: Watch, done: threading.Event) -> None:
    while not done.wait(0.05):
        if watch.cancelled():
            solver.stop_search()


class _Listener(cp_model.CpSolverSolutionCallback):
    """Passes incumbents and bounds on as progress."""

    def __init__(self, watch: Watch, scaled: _Scaled, bound: float) -> None:
        super().__init__()
        self._watch, self._scaled, self._bound = watch, scaled, bound
        self._incumbent: float | None = None

    def on_solution_callback(self) -> None:
        """Report a better plan."""
        self._incumbent = self._scaled.points(self.objective_value)
        self._watch.tell("search", self._incumbent, self._bound)

    def on_bound(self, bound: float) -> None:
        """Report a better bound."""
        self._bound = min(self._bound, self._scaled.points(bound) + self._scaled.slack)
        self._watch.tell("search", self._incumbent, self._bound)


class _Scaled:
    """A linear model in integers.

    Each constraint is multiplied by a factor of its own that makes its coefficients and bounds whole; a continuous
    variable counts in steps of 1 / `step`. `slack` is what rounding can hide in the objective, in points.
    """

    def __init__(self, model: LinearModel) -> None:
        self.model = cp_model.CpModel()
        self._constant = model.constant
        self._step, exact = _steps(model)
        floors, tops = np.floor(model.floor * self._step + 1e-9), np.ceil(model.top * self._step - 1e-9)
        self.variables = [
            self.model.new_int_var(low, high, "")
            for low, high in zip(
                floors.astype(np.int64).tolist(), tops.astype(np.int64).tolist(), strict=True
            )
        ]
        reach = np.maximum(np.abs(floors), np.abs(tops))
        self._add_constraints(model, reach)
        cost = model.cost / self._step
        used = np.flatnonzero(cost)
        self._factor, _ = _factor(cost[used], _LARGEST_SUM / max(1.0, float((np.abs(cost) * reach).sum())))
        whole = np.rint(cost * self._factor)
        error = np.abs(whole / self._factor - cost)
        pairs = len(model.pairs)
        per_item = np.maximum.reduceat(error[:pairs], _starts(model.pairs.item)) if pairs else np.zeros(1)
        half_steps = np.abs(cost[pairs:]) * ~exact[pairs:]
        self.slack = float(per_item.sum() + (error * reach)[pairs:].sum() + half_steps.sum())
        total = cp_model.LinearExpr.weighted_sum(
            [self.variables[k] for k in used.tolist()], whole[used].astype(np.int64).tolist()
        )
        self.model.maximize(total)

    def points(self, scaled: float) -> float:
        """Return a value of the integer objective in points."""
        return scaled / self._factor + self._constant

    def hint(self, values: Floats) -> None:
        """Suggest the pairs that the relaxation takes whole."""
        for k in np.flatnonzero(values > 0.5).tolist():
            self.model.add_hint(self.variables[k], True)

    def _add_constraints(self, model: LinearModel, reach: Floats) -> None:
        matrix = model.matrix
        for row in range(matrix.shape[0]):
            part = slice(matrix.indptr[row], matrix.indptr[row + 1])
            columns = matrix.indices[part]
            data = matrix.data[part] / self._step[columns]
            low, high = model.low[row], model.high[row]
            variables = [self.variables[k] for k in columns.tolist()]
            if (
                len(columns)
                and np.all(data == 1.0)
                and high == 1.0
                and low in (0.0, 1.0)
                and reach[columns].max() <= 1
            ):
                (self.model.add_exactly_one if low else self.model.add_at_most_one)(variables)
                continue
            bounds = np.array([b for b in (low, high) if np.isfinite(b)])
            size = float((np.abs(data) * reach[columns]).sum() + np.abs(bounds).sum())
            factor, _ = _factor(np.concatenate([data, bounds]), _LARGEST_SUM / max(size, 1.0))
            whole = np.rint(data * factor).astype(np.int64).tolist()
            total = cp_model.LinearExpr.weighted_sum(variables, whole)
            if not len(columns):
                if low > 0 or high < 0:
                    self.model.add_bool_or([])  # an empty row that cannot hold
                continue
            self.model.add_linear_constraint(total, _bound(low * factor, -1), _bound(high * factor, 1))


def _bound(value: float, side: int) -> int:
    """Return a scaled bound as an integer, with a hair's room for the rounding of the scaling itself."""
    if not np.isfinite(value):
        return -(2**62) if side < 0 else 2**62
    loose = value + side * 1e-9 * max(1.0, abs(value))
    return int(np.ceil(loose)) if side < 0 else int(np.floor(loose))


def _factor(numbers: Floats, most: float) -> tuple[float, bool]:
    """Return a factor, at most `most`, that makes all numbers whole, and True; or else one that nearly does."""
    common = 1
    for number in np.unique(np.abs(numbers)).tolist():
        if number == int(number):
            continue
        fraction = Fraction(number).limit_denominator(_LARGEST_DENOMINATOR)
        common = lcm(common, fraction.denominator)
        if common > most or abs(float(fraction) - number) > 1e-13 * max(1.0, number):
            return float(2.0 ** np.floor(np.log2(most))), False
    return float(common), True


def _steps(model: LinearModel) -> tuple[Floats, Bools]:
    """Return how many steps make one unit of each variable, and whether every value it needs is a whole step.

    A load or a violation is measured in the steps of the constraint that defines it, which is its first.
    """
    step, exact = np.ones(len(model.cost)), np.ones(len(model.cost), dtype=bool)
    columns = model.matrix.tocsc()
    for column in np.flatnonzero(~model.integer).tolist():
        if columns.indptr[column] == columns.indptr[column + 1]:
            continue
        row = int(columns.indices[columns.indptr[column]])
        part = slice(model.matrix.indptr[row], model.matrix.indptr[row + 1])
        others, data = model.matrix.indices[part], model.matrix.data[part]
        own = float(np.abs(data[others == column][0]))
        bounds = np.array([b for b in (model.low[row], model.high[row]) if np.isfinite(b)])
        needed = np.concatenate([data[others != column] / step[others[others != column]], bounds]) / own
        reach = max(abs(model.floor[column]), abs(model.top[column]), 2.0**-20)
        step[column], whole = _factor(needed, 2.0**33 / reach)
        exact[column] = whole and bool(exact[others[others != column]].all())
    return step, exact


def _starts(item: Ints) -> Ints:
    return np.flatnonzero(np.diff(item, prepend=-1))
