"""Method `cpsat`: the exact method for small problems with any rule.

The linear relaxation gives the prices. Moves and swaps (or, where every rep has one capacity, dives for the patterns of
knapsacks), and then small mixed-integer models, give a good plan. With it the prices exclude most pairs; branch and
bound, and CP-SAT, search what is left for a better plan or a proof.
"""

from __future__ import annotations

import threading

import numpy as np
from ortools.sat.python import cp_model

from solver.descent import Descent
from solver.dual import dual_bound, net_scores, no_prices
from solver.evaluate import better_of, evaluate
from solver.limits import StoppedBy, Watch, gap_between
from solver.linear import LinearModel, PairList, linear_model, owner_of, pair_list
from solver.methods.backend import branch, run
from solver.methods.base import Outcome
from solver.methods.rounding import row_costs
from solver.methods.scaled import HAIR, Scaled
from solver.methods.start import Start
from solver.pairs import Floats, Ints
from solver.patterns import Patterns
from solver.problem import BLOCK_CELLS, Problem
from solver.repair import Repair, restrict
from solver.result import OPTIMAL_GAP

MOST_PAIRS = 20_000
SMALL = 400
"""Up to so many pairs the search needs no plan to begin with."""
DESCENT_PART = 0.7
"""Part of the time for moves and swaps, at most."""
PATTERNS_PART, TIGHT = 0.4, 1e-3
"""Part of the time for dives for patterns of knapsacks, and the gap below which branch and bound is better at once."""
REPAIR_PART, REPAIR_PATIENCE = 0.5, 16
"""Part of the time for neighbourhoods, at most, and how many of them in a row may bring nothing."""
LAST_PART, LAST_PATIENCE = 0.8, 200
"""The same for the second time, where the prices say nearly all and yet branch and bound has not ended."""
CLOSE = 0.02
"""Gap up to which the rest is left to branch and bound on the linear relaxation."""
BRANCH_PART, BRANCH_SECONDS, BRANCH_NODES = 0.3, 15.0, 100
"""Part of the time for it, its most seconds, as it cannot be interrupted, and its nodes per unit of a work limit."""
BUILDING = 5e-5
"""Seconds per pair that CP-SAT takes to begin: with less than that left it is not asked."""


class CpSat:
    """CP-SAT over the eligible pairs that matter, after quicker ways to a plan; prices from the linear relaxation."""

    name = "cpsat"

    def supports(self, problem: Problem) -> bool:
        """Tell whether the problem is small enough; any rule will do."""
        return problem.n * problem.m <= BLOCK_CELLS and len(pair_list(problem)) <= MOST_PAIRS

    def solve(self, problem: Problem, watch: Watch, start: Start | None = None) -> Outcome:
        """Solve the relaxation; find a good plan from it; leave out the pairs that no better plan can have; search."""
        plan = None if start is None else start.plan
        return self._solve(problem, watch, plan, None if start is None else start.owner)

    def _solve(self, problem: Problem, watch: Watch, start: Ints | None, first: Ints | None) -> Outcome:
        """Solve from a plan, or from owners that miss rows, if any are known."""
        pairs = pair_list(problem)
        model = linear_model(problem, pairs)
        relaxed = run(model, "GLOP", watch.left())
        if relaxed.status != "optimal":
            prices = no_prices(problem)
            if relaxed.status == "nothing" and Descent.supports(problem):  # the time is over: any plan is welcome
                start = better_of(problem, start, Descent(problem).run(watch))
            return _with_prices(search(problem, model, watch, start, dual_bound(problem, prices)), problem, prices)
        prices = model.prices(problem, relaxed.duals)
        bound = dual_bound(problem, prices)
        watch.tell("prices", None, bound)
        if len(pairs) <= SMALL:
            return _with_prices(search(problem, model, watch, start, bound), problem, prices)
        net = pairs.score - row_costs(model, relaxed.duals, problem.n_items)
        rng = np.random.Generator(np.random.PCG64(watch.limits.seed))
        patterns = Patterns.of(problem, model, relaxed.duals[: problem.n_items], watch)
        if patterns is not None:
            bound = min(bound, patterns.bound)
            start = better_of(problem, start, patterns.first(watch.part(DESCENT_PART)))
            if start is not None and gap_between(evaluate(problem, start).objective, bound) > TIGHT:
                work = None if watch.limits.work is None else PATTERNS_PART * watch.limits.work
                patterns.improve(start, watch.part(PATTERNS_PART, work), bound)
                start = patterns.owner
        if (patterns is None or start is None) and Descent.supports(problem):
            first = _rounded(problem, pairs, relaxed.values[: len(pairs)]) if first is None else first
            start = better_of(problem, start, Descent(problem, prices).run(watch.part(DESCENT_PART), first, bound))
            watch.tell("descent", None if start is None else evaluate(problem, start).objective, bound)
        for share, patience in ((REPAIR_PART, REPAIR_PATIENCE), (LAST_PART, LAST_PATIENCE)):
            work = None if watch.limits.work is None else share * watch.limits.work
            room = watch.part(share, work)
            repair = Repair(problem, model, net, room, bound, rng, patience=patience, duals=relaxed.duals)
            stopped = repair.run(relaxed.values[: len(pairs)], start)
            start = repair.owner
            if start is None:
                break
            if stopped in ("gap", "cancel") or watch.stop():
                return Outcome(watch.stop() or stopped, start, bound, prices)
            if gap_between(repair.objective, bound) > CLOSE:
                break
            found = _branch(problem, model, prices, bound, watch, start)
            start, bound = found.owner, found.bound
            if found.stopped_by in ("proof", "gap") or watch.stop():
                return Outcome(found.stopped_by, start, bound, prices)
        return _with_prices(_search_rest(problem, model, prices, bound, watch, start), problem, prices)


def _rounded(problem: Problem, pairs: PairList, shares: Floats) -> Ints:
    """Return a plan, perhaps not feasible, in which each item goes where the relaxation puts most of it."""
    most = np.zeros((problem.n_items, problem.m + 1))
    most[pairs.item, pairs.rep] = shares
    most[:, -1] = 1.0 - most.sum(axis=1) - 1e-9
    rep = most.argmax(axis=1)
    return np.where(rep == problem.m, -1, rep)[problem.item]


def _rest(problem: Problem, model: LinearModel, prices: tuple[Floats, ...], owner: Ints) -> LinearModel:
    """Return the model of the pairs that a better plan can have.

    With a pair, no plan has more than the bound less what the pair's item loses by it at the prices (variable fixing;
    Posta, Ferland & Michelon 2012). The pairs of the plan itself stay.
    """
    objective = evaluate(problem, owner).objective
    taken = model.pairs.rep == owner[problem.starts][model.pairs.item]
    of_prices = dual_bound(problem, prices)
    kept = taken | (of_prices - losses(problem, prices, model.pairs) >= objective - HAIR * max(1.0, abs(objective)))
    return restrict(model, kept, np.zeros(len(kept), dtype=bool))[0]


def _branch(
    problem: Problem, model: LinearModel, prices: tuple[Floats, ...], bound: float, watch: Watch, owner: Ints
) -> Outcome:
    """Look for a better plan by branch and bound, for a while; what it leaves open comes back as a bound."""
    objective = evaluate(problem, owner).objective
    size = max(1.0, abs(objective))
    rest = _rest(problem, model, prices, owner)
    step = max(0.5 * OPTIMAL_GAP, 0.5 * watch.limits.gap) * size
    nodes = None if watch.limits.work is None else max(int(BRANCH_NODES * watch.limits.work), 1)
    answer = branch(rest, min(BRANCH_PART * watch.left(), BRANCH_SECONDS), nodes=nodes, least=objective + step)
    if answer.status == "infeasible":  # nothing is better by more than a step
        return Outcome("proof", owner, min(bound, objective + step + HAIR * size))
    if answer.status in ("optimal", "feasible"):
        found = owner_of(problem, rest.pairs, answer.values[: len(rest.pairs)] > 0.5)
        value = evaluate(problem, found)
        if value.feasible and value.objective > objective:
            owner, objective = found, value.objective
    bound = min(bound, max(answer.bound + HAIR * size, objective))
    watch.tell("search", objective, bound)
    if gap_between(objective, bound) <= max(watch.limits.gap, OPTIMAL_GAP):
        return Outcome("proof" if answer.status == "optimal" else "gap", owner, bound)
    return Outcome(watch.stop() or "work", owner, bound)


def _search_rest(
    problem: Problem,
    model: LinearModel,
    prices: tuple[Floats, ...],
    bound: float,
    watch: Watch,
    start: Ints | None,
) -> Outcome:
    """Search with CP-SAT, among the pairs that a better plan can have."""
    if start is None:
        return search(problem, model, watch, None, bound)
    if watch.left() < len(model.pairs) * BUILDING:
        return Outcome("time", start, bound)
    rest = _rest(problem, model, prices, start)
    found = search(problem, rest, watch, start, bound)
    # CP-SAT speaks of the pairs that were kept: a plan with another pair is not better than the one it began with.
    return Outcome(found.stopped_by, found.owner, min(bound, max(found.bound, evaluate(problem, start).objective)))


def losses(problem: Problem, prices: tuple[Floats, ...], pairs: PairList) -> Floats:
    """Return how far the net score of each pair is behind the best of its item, or behind 0 where nobody may do.

    At valid prices a plan with the pair has at most the dual bound less this loss.
    """
    net = np.empty(len(pairs))
    cost = [block.to_reps(block.clip(price)) for block, price in zip(problem.rows, prices, strict=True)]
    for items, leads in problem.item_blocks():
        block = problem.gather(net_scores(problem, leads, cost), items, leads)
        mine = slice(*np.searchsorted(pairs.item, [items.start, items.stop]))
        net[mine] = block[pairs.item[mine] - items.start, pairs.rep[mine]]
    best = np.full(problem.n_items, -np.inf)
    np.maximum.at(best, pairs.item, net)
    best = np.where(problem.required_items, best, np.maximum(best, 0.0))
    lost: Floats = best[pairs.item] - net
    return lost


def _with_prices(outcome: Outcome, problem: Problem, prices: tuple[Floats, ...]) -> Outcome:
    """Add what the prices prove to what the search found."""
    return Outcome(outcome.stopped_by, outcome.owner, min(outcome.bound, dual_bound(problem, prices)), prices)


def search(problem: Problem, model: LinearModel, watch: Watch, start: Ints | None, known_bound: float) -> Outcome:
    """Run CP-SAT on a linear model; a start is a plan to begin with, and to fall back on."""
    if np.isneginf(known_bound):
        return Outcome("proof", bound=-np.inf)
    scaled = Scaled(model)
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
    scaled: Scaled,
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

    def __init__(self, watch: Watch, scaled: Scaled, bound: float) -> None:
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
