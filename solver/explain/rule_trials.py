"""What each rule costs, by solving again without it, and with one unit of slack: as a number, or between two bounds."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scenarios.model import Scenario
from solver.explain.explainer import explain
from solver.explain.others import DIGITS, Record
from solver.explain.relaxation import apply
from solver.explain.rule_prices import NOTHING, Gain, RulePrice, without
from solver.limits import Limits
from solver.result import Plan, Result
from solver.territory.again import solve_again

Verdict = Literal["gain", "none", "loss", "undecided", "no_plan"]


@dataclass(frozen=True)
class Trial:
    """What is proved about the best plan under changed rules, less the best plan of today, in points.

    Parameters
    ----------
    verdict : str
        "gain": the best plan gains; "none": it is worth the same; "loss": it loses (a wall is stricter where families
        may part); "no_plan": there is none; "undecided": none of these is proved.
    tier : int, optional
        The priority tier whose points these are: the first in which something is gained, or may be.
    least, most : float, optional
        The gain lies in this interval.
    gain : float, optional
        The same as one number, where the interval is no wider than what two optimal plans leave open.
    found : float, optional
        Points of the plan that was found less those of the plan.
    """

    verdict: Verdict
    tier: int | None = None
    least: float | None = None
    most: float | None = None
    gain: float | None = None
    found: float | None = None

    def record(self) -> Record:
        """Return it JSON-ready."""
        between = None
        if self.least is not None and self.most is not None:
            between = [round(self.least, DIGITS), round(self.most, DIGITS)]
        gain, found = (None if value is None else round(value, DIGITS) for value in (self.gain, self.found))
        return {"verdict": self.verdict, "tier": self.tier, "gain": gain, "gain_between": between, "found": found}


@dataclass(frozen=True)
class RuleCost:
    """What a rule costs: by the prices, and without it and with one unit of slack as solved again (None: not asked)."""

    price: RulePrice
    drop: Trial | None = None
    slack: Trial | None = None

    def record(self) -> Record:
        """Return it JSON-ready."""
        record = self.price.record()
        if self.drop is not None:
            record["solved"] = self.drop.record()
        if self.slack is not None:
            record["slack"]["solved"] = self.slack.record()
        return record


def verify_rules(scenario: Scenario, result: Result, limits: Limits | None = None) -> list[RuleCost]:
    """Solve again without each rule, and with one unit of slack of each; the dearest by the prices come first.

    What the prices prove to cost nothing is not solved again.

    Parameters
    ----------
    scenario : Scenario
    result : Result
        What `solve` returned for it, with a plan.
    limits : Limits, optional
        For the whole; `work` for each solve. The searches start from the plan, and end once they have proved as much as
        the plan has.

    Returns
    -------
    list of RuleCost
        The dearest first.

    Raises
    ------
    ValueError
        If there is no plan, or a rep has a `;` in the id.
    """
    limits = limits or Limits()
    if result.plan is None:
        raise ValueError("there is no plan to compare with")
    limits = replace(limits, gap=max(limits.gap, min(result.gap or 0.0, 1.0)))
    prices = explain(scenario, result.plan, result.seed).rule_prices()
    ends = None if limits.time is None else time.monotonic() + limits.time
    wanted = sum((price.verdict != "free") + (price.slack is not None) for price in prices)
    costs = []
    for price in prices:
        drop = slack = None
        growing = _growing(scenario, price)
        if price.verdict == "free" and growing:
            drop = proved_free(price.drop)
        else:
            part = _part(limits, ends, wanted)
            drop = _tried(without(scenario, price.index), result.plan, price.drop, growing, part)
            wanted -= 1
        if price.slack is not None:
            part = _part(limits, ends, wanted)
            changed = apply(scenario, price.slack.change)
            slack = _tried(changed, result.plan, price.slack.gains, growing, part)
            wanted -= 1
        costs.append(RuleCost(price, drop, slack))
    return sorted(costs, key=_dearest)


def _growing(scenario: Scenario, price: RulePrice) -> bool:
    """Tell whether every plan surely is one under a looser rule: a wall counts a family that stays together once."""
    return not (price.kind == "family" and price.hard and any(rule.kind == "wall" for rule in scenario.rules))


def _part(limits: Limits, ends: float | None, wanted: int) -> Limits:
    """Return the limits of the next of so many solves: an equal part of the time that is left."""
    if ends is None:
        return limits
    return replace(limits, time=max((ends - time.monotonic()) / max(wanted, 1), 0.01))


def proved_free(gains: Sequence[Gain]) -> Trial:
    """Return what the prices prove by themselves where nothing can be gained."""
    return Trial("none", gains[-1].tier, 0.0, 0.0, 0.0)


def _tried(changed: Scenario, plan: Plan, gains: Sequence[Gain], growing: bool, limits: Limits) -> Trial:
    """Solve under changed rules and compare; `growing`: every plan is one under the changed rules, worth no less."""
    answer = solve_again(changed, limits, plan)
    if answer.plan is None and answer.status == "infeasible":
        return Trial("no_plan")
    return compared(plan, answer.plan, gains, growing)


def compared(plan: Plan, other: Plan | None, gains: Sequence[Gain], growing: bool) -> Trial:
    """Compare a plan with one under changed rules, tier by tier; the first tier that differs, or may differ, decides.

    With the plan's points o <= best <= b, those of the other f <= best changed <= g, and the bound a by the prices:
    f - b <= gain <= min(g - o, a); where every plan is one under the changed rules, the gain is at least 0.
    """
    for k, (mine, gain) in enumerate(zip(plan.tiers, gains, strict=True)):
        theirs = None if other is None else other.tiers[k]
        if theirs is None and not growing:
            return Trial("undecided")
        points = [mine.objective, mine.bound, *([] if theirs is None else [theirs.objective, theirs.bound])]
        nothing = NOTHING * max(1.0, *map(abs, points))
        found = least = 0.0
        most = gain.at_most
        if theirs is not None:
            found, least = float(theirs.objective - mine.objective), float(theirs.objective - mine.bound)
            most = min(float(theirs.bound - mine.objective), most)
        if growing:
            least, found = max(least, 0.0), max(found, 0.0)
        most = max(most, least)
        if -nothing <= least and most <= nothing:
            continue
        verdict: Verdict = "gain" if least > nothing else "loss" if most < -nothing else "undecided"
        return Trial(verdict, mine.tier, least, most, found if most - least <= nothing else None, found)
    return Trial("none", plan.tiers[-1].tier, 0.0, 0.0, 0.0)


def _dearest(cost: RuleCost) -> tuple[int, float]:
    """Return what to sort by: the most urgent tier first, and in it the largest gain that is proved or possible."""
    trial = cost.drop
    if trial is None or trial.tier is None or trial.least is None or trial.most is None:
        return sys.maxsize, 0.0
    return trial.tier, -(trial.least + trial.most)
