"""Method `cpsat`: the exact method for small problems with any rule.

The linear relaxation gives the prices; CP-SAT the plan and a bound by search. Everything is scaled to integers here,
and only here: exactly where the numbers are decimals, otherwise so finely that the error is far below the
tolerance, and what the objective loses by it is added to the bound.
"""

from __future__ import annotations

import threading
from fractions import Fraction
from math import lcm

import numpy as np
from ortools.sat.python import cp_model

from solver.descent import Descent
from solver.dual import dual_bound, no_prices
from solver.evaluate import better_of, evaluate
from solver.limits import StoppedBy, Watch
from solver.linear import LinearModel, linear_model, owner_of, pair_list
from solver.methods.backend import run
from solver.methods.base import Outcome
from solver.methods.rounding import row_costs
from solver.pairs import Bools, Floats, Ints
from solver.problem import BLOCK_CELLS, Problem
from solver.repair import Repair

MOST_PAIRS = 20_000
HAIR = 1e-9
"""Part of a bound by which it is opened: a thousandth of what the judge allows."""
SMALL = 400
"""Up to so many pairs the search needs no plan to begin with."""
DESCENT_PART = 0.5
"""Part of the time for moves and swaps, at most."""
REPAIR_PART = 0.5
"""Part of the time in which the relaxation is made whole, at most."""
REPAIR_PATIENCE = 12
_LARGEST_SUM = 2.0**57
"""Sums in CP-SAT stay this far below 2^63."""
_LOAD_STEPS = 2.0**33
"""Steps in the range of a load: fine enough for the tolerance, and leaves its weights the rest of the digits."""
_VIOLATION_STEPS = 2.0**50
"""Steps in the range of a violation, which has no weights but 1: as many as fit, since each step costs points."""
_LARGEST_DENOMINATOR = 10**6


class CpSat:
    """CP-SAT over all eligible pairs, with prices from the linear relaxation."""

    name = "cpsat"

    def supports(self, problem: Problem) -> bool:
        """Tell whether the problem is small enough; any rule will do."""
        return problem.n * problem.m <= BLOCK_CELLS and len(pair_list(problem)) <= MOST_PAIRS

    def solve(self, problem: Problem, watch: Watch, start: Ints | None = None) -> Outcome:
        """Solve the relaxation, make it whole where that pays, then search with that plan as a hint."""
        pairs = pair_list(problem)
        model = linear_model(problem, pairs)
        relaxed = run(model, "GLOP", watch.left())
        if relaxed.status != "optimal":
            prices = no_prices(problem)
            return _with_prices(search(problem, model, watch, start, dual_bound(problem, prices)), problem, prices)
        prices = model.prices(problem, relaxed.duals)
        bound = dual_bound(problem, prices)
        watch.tell("prices", None, bound)
        if len(pairs) > SMALL and Descent.supports(problem):
            start = better_of(problem, start, Descent(problem).run(watch.part(DESCENT_PART), start))
            watch.tell("descent", None if start is None else evaluate(problem, start).objective, bound)
        if len(pairs) > SMALL:
            net = pairs.score - row_costs(model, relaxed.duals, problem.n_items)
            rng = np.random.Generator(np.random.PCG64(watch.limits.seed))
            repair = Repair(problem, model, net, watch.part(REPAIR_PART), bound, rng, patience=REPAIR_PATIENCE)
            stopped = repair.run(relaxed.values[: len(pairs)], start)
            start = repair.owner
            if start is not None and (stopped in ("gap", "cancel") or watch.stop()):
                return Outcome(watch.stop() or stopped, start, bound, prices)
        return _with_prices(search(problem, model, watch, start, bound), problem, prices)


def _with_prices(outcome: Outcome, problem: Problem, prices: tuple[Floats, ...]) -> Outcome:
    """Add what the prices prove to what the search found."""
    return Outcome(outcome.stopped_by, outcome.owner, min(outcome.bound, dual_bound(problem, prices)), prices)


def search(problem: Problem, model: LinearModel, watch: Watch, start: Ints | None, known_bound: float) -> Outcome:
    """Run CP-SAT on a linear model; a start is a plan to begin with, and to fall back on."""
    if np.isneginf(known_bound):
        return Outcome("proof", bound=-np.inf)
    scaled = _Scaled(model)
    solver = cp_model.CpSolver()
    limits = watch.limits
    solver.parameters.num_workers = limits.workers
    solver.parameters.interleave_search = limits.workers > 1  # several workers, and yet the same plan every time
    solver.parameters.random_seed = limits.seed
    solver.parameters.relative_gap_limit = limits.gap
    # CP-SAT 9.15 calls a worse plan optimal when rows share a violation (max-min): its presolve compares rows that
    # include each other wrongly. tests/solver/test_exact.py holds the smallest model; without that step it is right.
    solver.parameters.presolve_inclusion_work_limit = 0
    solver.parameters.cp_model_presolve = len(model.pairs) > SMALL  # small models need none
    if limits.work is not None:
        solver.parameters.max_deterministic_time = limits.work
    if np.isfinite(watch.left()):
        solver.parameters.max_time_in_seconds = max(watch.left(), 0.01)
    if start is not None:
        scaled.hint(model.pairs.rep == start[problem.starts][model.pairs.item])
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
    found = _outcome(problem, model, scaled, solver, status, watch)
    return Outcome(found.stopped_by, better_of(problem, start, found.owner), found.bound)


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
        self._step, blur = _steps(model)
        loose = np.where(model.integer, 0.0, 1.0)  # room for the rounding of what a load or a violation adds up
        floors = np.floor(model.floor * self._step * (1 + 1e-9 * loose)) - loose * (model.floor < 0)
        tops = np.ceil(model.top * self._step * (1 + 1e-9 * loose)) + loose
        self.variables = [
            self.model.new_int_var(low, high, "")
            for low, high in zip(floors.astype(np.int64).tolist(), tops.astype(np.int64).tolist(), strict=True)
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
        self.slack = float(per_item.sum() + (error * reach + np.abs(model.cost) * blur)[pairs:].sum())
        total = cp_model.LinearExpr.weighted_sum(
            [self.variables[k] for k in used.tolist()], whole[used].astype(np.int64).tolist()
        )
        self.model.maximize(total)

    def points(self, scaled: float) -> float:
        """Return a value of the integer objective in points."""
        return scaled / self._factor + self._constant

    def hint(self, taken: Bools) -> None:
        """Suggest which pairs to take."""
        for variable, value in zip(self.variables, taken.tolist(), strict=False):
            self.model.add_hint(variable, value)

    def _add_constraints(self, model: LinearModel, reach: Floats) -> None:
        matrix = model.matrix
        for row in range(matrix.shape[0]):
            part = slice(matrix.indptr[row], matrix.indptr[row + 1])
            columns = matrix.indices[part]
            data = matrix.data[part] / self._step[columns]
            low, high = model.low[row], model.high[row]
            variables = [self.variables[k] for k in columns.tolist()]
            if len(columns) and np.all(data == 1.0) and high == 1.0 and low in (0.0, 1.0) and reach[columns].max() <= 1:
                (self.model.add_exactly_one if low else self.model.add_at_most_one)(variables)
                continue
            bounds = np.array([b for b in (low, high) if np.isfinite(b)])
            size = float((np.abs(data) * reach[columns]).sum() + np.abs(bounds).sum())
            factor, exact = _factor(np.concatenate([data, bounds]), _LARGEST_SUM / max(size, 1.0))
            if low == high and not exact:  # a load is defined to the nearest step, or it could never be equal
                factor = float(self._step[columns].max())
            whole = np.rint(data * factor)
            # What the rounding of coefficients can hide: without this room a plan exactly on a bound would be cut off.
            # Rows that define a load or a violation need none: what they hide is in `slack`.
            defines = low == high or bool(model.cost[columns[~model.integer[columns]]].any())
            hidden = float((np.abs(whole - data * factor) * reach[columns]).sum())
            room = 0.0 if defines else hidden + 1e-13 * size * factor
            total = cp_model.LinearExpr.weighted_sum(variables, whole.astype(np.int64).tolist())
            if not len(columns):
                if low > 0 or high < 0:
                    self.model.add_bool_or([])  # an empty row that cannot hold
                continue
            least, most = low * factor, high * factor
            self.model.add_linear_constraint(
                total,
                _bound(least - max(room, HAIR * abs(least))),
                _bound(most + max(room, HAIR * abs(most)), up=True),
            )


def _bound(value: float, *, up: bool = False) -> int:
    """Return a scaled lower (or upper) bound as an integer."""
    if not np.isfinite(value):
        return 2**62 if up else -(2**62)
    return int(np.floor(value)) if up else int(np.ceil(value))


def _factor(numbers: Floats, most: float) -> tuple[float, bool]:
    """Return a factor, at most `most`, that makes all numbers whole, and True; or else one that nearly does."""
    common = 1
    for number in np.unique(np.abs(numbers)).tolist():
        if number == int(number):
            continue
        fraction = Fraction(number).limit_denominator(_LARGEST_DENOMINATOR)
        common = lcm(common, fraction.denominator)
        if common > most or abs(float(fraction) - number) > 1e-13 * number:
            return float(2.0 ** np.floor(np.log2(most))), False
    return float(common), True


def _steps(model: LinearModel) -> tuple[Floats, Floats]:
    """Return how many steps make one unit of each variable, and by how much rounding to them can blur it.

    A load is measured in the steps of the constraint that defines it, its first: exactly, where all that it adds up is
    whole in some step, and otherwise in steps that are small beside its range. A violation always is in such steps.
    """
    step, blur = np.ones(len(model.cost)), np.zeros(len(model.cost))
    reach = np.maximum(np.abs(model.floor), np.abs(model.top))
    points = float((np.abs(model.cost) * reach).sum())
    columns = model.matrix.tocsc()
    for column in np.flatnonzero(~model.integer).tolist():
        rows = columns.indices[columns.indptr[column] : columns.indptr[column + 1]].tolist()
        if not rows:
            continue
        is_load = model.low[rows[0]] == model.high[rows[0]]
        numbers, size, inherited, roundings = [], max(reach[column], 2.0**-20), 0.0, 1.0
        for row in rows[:1] if is_load else rows:
            part = slice(model.matrix.indptr[row], model.matrix.indptr[row + 1])
            mine = model.matrix.indices[part] == column
            others, data = model.matrix.indices[part][~mine], model.matrix.data[part][~mine]
            own = float(np.abs(model.matrix.data[part][mine][0]))
            bounds = np.array([b for b in (model.low[row], model.high[row]) if np.isfinite(b)])
            numbers.append(np.concatenate([data / step[others], bounds]) / own)
            size = max(size, float((np.abs(data) * reach[others]).sum() + np.abs(bounds).sum()) / own)
            inherited = max(inherited, float((np.abs(data) * blur[others]).sum()) / own)
            roundings = len(others) / 2 if is_load else 1.0  # each pair in a load is rounded; a violation is, once
        most = (_LOAD_STEPS if is_load else _VIOLATION_STEPS) / size
        if model.cost[column] and points > 0:  # a step has to cost something in the integers of the objective
            most = min(most, float(np.abs(model.cost[column])) * _LARGEST_SUM / points / 2**10)
            step[column], exact = 2.0 ** np.floor(np.log2(most)), False  # so that its cost per step keeps its digits
        else:
            step[column], exact = _factor(np.concatenate(numbers), most)
        blur[column] = inherited + (0.0 if exact else roundings / step[column])
    return step, blur


def _starts(item: Ints) -> Ints:
    return np.flatnonzero(np.diff(item, prepend=-1))
