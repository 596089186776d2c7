"""Trials: whether a scenario has a plan at all, asked many times within one budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from scenarios.model import Scenario
from scenarios.rules import Rule
from solver.compile import compile_scenario
from solver.facts import Facts
from solver.limits import Limits
from solver.pairs import Ints
from solver.problem import Problem
from solver.result import Result
from solver.rules import RULE_MATHS, Breach
from solver.solve import JudgeError, solve

T = TypeVar("T")
Answer = bool | None
"""True and False are proved; None: the limits ran out first."""

MOST_ALIKE = 400_000
"""Pairs up to which a trial is without scores."""
PART = 0.3
"""A single trial may use this part of the time that is left, so that a hard one leaves something to the others."""


class Trials:
    """Solves that share one budget: `limits.time` is for all of them together, `limits.work` for each.

    Attributes
    ----------
    count : int
        How many solves there were.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._started = time.monotonic()
        self.count = 0

    def left(self) -> float:
        """Return the part of the time that is left, from 1 down to 0; always 1 without a time limit."""
        if self._limits.time is None:
            return 1.0
        return max(0.0, 1.0 - (time.monotonic() - self._started) / self._limits.time)

    @property
    def over(self) -> bool:
        """Whether no time is left: nothing more will be decided."""
        return self.left() <= 0.0

    def part(self, part: float) -> Trials:
        """Return a budget of its own with a part of the time that is left now."""
        if self._limits.time is None:
            return Trials(self._limits)
        return Trials(replace(self._limits, time=max(self._limits.time * self.left() * part, 1e-9)))

    def solve(self, problem: Problem, part: float = PART, gap: float = 0.0) -> Result | None:
        """Solve within a part of the time that is left, all leads in one tier; None when no time is left."""
        limits = replace(self._limits, gap=max(self._limits.gap, gap))
        if self.over:
            return None
        if limits.time is not None:
            limits = replace(limits, time=max(limits.time * self.left() * part, 0.01))
        self.count += 1
        return solve(replace(problem, tier=np.ones(problem.n, dtype=np.int64)), limits)

    def has_plan(self, scenario: Scenario) -> Answer:
        """Tell whether the hard rules of a scenario can hold together.

        Raises
        ------
        JudgeError
            If the judge rejects the plan that was found.
        """
        if self.over:
            return None
        scenario = bare(scenario, (rule for rule in scenario.rules if rule.rate is None))
        compiled = compile_scenario(scenario, self._limits.seed)
        result = self.solve(compiled.problem, gap=1.0)
        if result is None or result.status == "no_plan_found":
            return None
        if result.plan is None:
            return False
        if broken := breaches(scenario, compiled.owner_in_scenario(result.plan.owner)):
            raise JudgeError(f"the plan breaks hard rules: {broken[:5]}")
        return True


def bare(scenario: Scenario, rules: Iterable[Rule]) -> Scenario:
    """Return a scenario with other rules and no goals.

    One with many pairs keeps them: prices find a plan sooner where scores tell the pairs apart.
    """
    goals = scenario.goals if scenario.leads.height * len(scenario.reps) > MOST_ALIKE else ()
    return scenario.model_copy(update={"rules": tuple(rules), "goals": goals})


def breaches(scenario: Scenario, owner: Ints) -> list[tuple[int, Breach]]:
    """Return where a plan breaks hard rules: (position of the rule, breach), at most a hundred for each rule."""
    facts = Facts(scenario)
    return [
        (index, breach)
        for index, rule in enumerate(scenario.rules)
        if rule.rate is None
        for breach in RULE_MATHS[rule.kind].judge(rule, facts, owner).breaches
    ]


def shrink(
    items: list[T], conflict: Callable[[list[T]], Answer], over: Callable[[], bool] = lambda: False
) -> tuple[list[T], bool]:
    """Return a part of the items that is still in conflict while each of its own smaller parts is not.

    The deletion filter of Chinneck & Dravnieks 1991, first by halves, as in Junker's QuickXplain (2004), so that few
    culprits among many items cost few trials. It goes on until one whole pass drops nothing.

    Parameters
    ----------
    items : list
        Known to be in conflict.
    conflict : callable
        Tells whether a part is in conflict; None: not decided, and then nothing is dropped.
    over : callable
        Tells whether nothing more will be decided.

    Returns
    -------
    list, bool
        The part, and whether it is proved that no item of it can be left out.
    """
    size = max(len(items) // 2, 1)
    while True:
        dropped, proved, k = False, True, 0
        while k < len(items):
            if over():
                return items, False
            rest = items[:k] + items[k + size :]
            answer = conflict(rest)
            if answer:
                items, dropped = rest, True
            else:
                proved &= answer is False
                k += size
        if size == 1 and not dropped:
            return items, proved
        size = max(size // 2, 1)
