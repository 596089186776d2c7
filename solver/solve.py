"""The main job: a scenario in, a proved plan out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version

from scenarios.model import Scenario
from solver.check import certified_bounds, judge
from solver.compile import Compiled, compile_scenario, names_of
from solver.dual import dual_bound
from solver.limits import Limits, Progress, Watch, gap_between
from solver.problem import Problem
from solver.result import OPTIMAL_GAP, Plan, Result, Status, Tier
from solver.row_prices import prices_to_list
from solver.tiers import Staged, solve_tiers, stage, tier_points
from solver.tighten import tighten


class JudgeError(AssertionError):
    """A method returned a plan that the judge rejects: a bug of ours, and never a plan."""


def solve(
    task: Scenario | Problem,
    limits: Limits | None = None,
    *,
    start: Plan | None = None,
    listen: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Result:
    """Find the best plan, with a proof of how good it is.

    Parameters
    ----------
    task : Scenario or Problem
        A scenario, or arrays of one's own.
    limits : Limits, optional
        When to stop; a minute by default.
    start : Plan, optional
        A plan of the same leads and reps to begin with, such as that of a scenario with slightly other rules. It need
        not be feasible here; where the rows have the same names its prices are used, too.
    listen : callable, optional
        Called with each `Progress`, possibly from another thread.
    cancelled : callable, optional
        Asked now and then; once it says True the best plan so far is returned.

    Returns
    -------
    Result

    Raises
    ------
    JudgeError
        If a method's plan fails the judge.
    ValueError
        If the start is for another number of leads, or a rule asks for territories in one piece (see `rebalance`).
    """
    from solver.methods.choice import METHODS  # the engines load only when something is solved

    watch = Watch(limits or Limits(), listen, cancelled)
    if isinstance(task, Scenario):
        _refuse_pieces(task)
    compiled = compile_scenario(task, watch.limits.seed) if isinstance(task, Scenario) else None
    problem = compiled.problem if compiled is not None else task
    assert isinstance(problem, Problem)
    compile_seconds = watch.seconds()
    watch.tell("compiled", None, None)
    staged = solve_tiers(tighten(problem), METHODS, watch, _known(start, compiled, problem))
    solve_seconds = watch.seconds()
    plan = _judged(task, problem, compiled, staged)
    seconds = {
        "compile": compile_seconds,
        "solve": solve_seconds - compile_seconds,
        "check": watch.seconds() - solve_seconds,
    }
    return _result(plan, staged, watch.limits.seed, seconds)


def _refuse_pieces(scenario: Scenario) -> None:
    """Raise where a rule asks for what no allocation can see to."""
    for rule, name in zip(scenario.rules, names_of(scenario.rules), strict=True):
        if rule.kind == "contiguity" and rule.rate != 0:
            raise ValueError(f"the rule {name!r} asks for territories in one piece: only `rebalance` can see to it")


def _known(start: Plan | None, compiled: Compiled | None, problem: Problem) -> Plan | None:
    """Return a start with its owners in the problem's order."""
    if start is None:
        return None
    if len(start.owner) != problem.n or (problem.n and int(start.owner.max()) >= problem.m):
        raise ValueError("the plan to begin with is for other leads or reps")
    return start if compiled is None else replace(start, owner=compiled.owner_in_problem(start.owner))


def _judged(task: Scenario | Problem, problem: Problem, compiled: Compiled | None, staged: Staged) -> Plan | None:
    """Return the plan that the judge has passed, in the task's own order; None if the methods found none."""
    owner = staged.outcome.owner
    if owner is None:
        return None
    achieved = tier_points(problem, owner)
    listed = []
    for tier, prices in zip(staged.tiers, staged.prices, strict=True):
        part = stage(problem, tier.tier, achieved)
        listed.append((part, prices_to_list(part, prices), prices))
    if isinstance(task, Scenario) and compiled is not None:
        owner = compiled.owner_in_scenario(owner)
        judgement = judge(task, owner)
        if not judgement.feasible:
            raise JudgeError(f"the plan breaks hard rules: {judgement.breaches[:5]}")
        for tier_number, points in judgement.tiers.items():
            if abs(points - achieved[tier_number]) > 1e-6 * max(1.0, abs(points)):
                raise JudgeError(
                    f"tier {tier_number}: the judge finds {points} points, the method {achieved[tier_number]}"
                )
        achieved = dict(judgement.tiers)
        bounds = certified_bounds(compiled, [prices for _, prices, _ in listed], achieved)
    else:
        bounds = [dual_bound(part, prices) for part, _, prices in listed]
    tiers = tuple(
        Tier(t.tier, achieved[t.tier], float(max(achieved[t.tier], min(t.bound, bound))), bound, prices)
        for t, bound, (_, prices, _) in zip(staged.tiers, bounds, listed, strict=True)
    )
    return Plan(owner, tiers)


def _result(plan: Plan | None, staged: Staged, seed: int, seconds: dict[str, float]) -> Result:
    """Say what is proved, and no more."""
    versions = {name: version(name) for name in ("plumbline", "ortools", "numpy", "polars")}
    if plan is None:
        status: Status = "infeasible" if staged.outcome.infeasible else "no_plan_found"
        return Result(status, staged.stopped_by, None, None, None, None, None, staged.method, seed, seconds, versions)
    last = plan.tiers[-1]
    proved = all(gap_between(t.objective, t.bound) <= OPTIMAL_GAP for t in plan.tiers)
    by_prices = last.certified_bound <= last.bound + 1e-9 * max(1.0, abs(last.bound))
    return Result(
        "optimal" if proved else "feasible",
        "proof" if proved else staged.stopped_by,
        plan,
        last.objective,
        last.bound,
        last.certified_bound,
        "prices" if by_prices else "search",
        staged.method,
        seed,
        seconds,
        versions,
    )
