"""Counterfactuals: what if this rep had this lead? The pair is forced and everything is solved again."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from scenarios.amounts import full
from scenarios.model import Scenario
from scenarios.rules import Pin
from scenarios.texts import Locale
from solver.check import judge
from solver.compile import compile_scenario, names_of
from solver.explain import counterfactual_texts as texts
from solver.explain.conflict import Clash, Conflict, conflict_of
from solver.explain.relaxation import only_reps
from solver.explain.trial import MOST_ALIKE
from solver.explain.words import EXACT
from solver.facts import Facts
from solver.limits import Limits
from solver.pairs import AtOwner, Ints, PerLead
from solver.problem import Term
from solver.result import OPTIMAL_GAP, Plan, Result
from solver.solve import solve
from solver.territory.again import solve_again

Verdict = Literal["planned", "impossible", "costly", "tie", "better_than_plan", "undecided"]

SAME = 2.5 * OPTIMAL_GAP
"""Points are the same when they differ by no more than this part of them (at least of 1 point): what two plans
that are called optimal can leave open together."""
SPARE = 0.25
"""Part of the time that is kept for finding who moves, or which rules block the pair."""
LISTED = 1000
"""Moves in the record; `moved` counts all."""
TOLD = 5
"""Moves in the sentences."""
WAYS = 3


@dataclass(frozen=True)
class Move:
    """A lead that would have another owner; None is nobody."""

    lead: str
    before: str | None
    after: str | None

    def sentence(self, locale: Locale = "en") -> str:
        """Return the move as a part of a sentence."""
        text = texts.MOVE if self.before and self.after else texts.PLACED if self.after else texts.DROPPED
        return text.format(locale, lead=self.lead, before=self.before, after=self.after)


@dataclass(frozen=True)
class Verified:
    """What is proved about a lead and a rep who does not have it.

    Parameters
    ----------
    verdict : str
        "impossible": no plan has the pair. "costly": every plan with it loses points. "tie": the best plan with it is
        worth as much as the best. "better_than_plan": there is a plan with it that beats the plan. "planned": the
        plan has it. "undecided": none of these is proved.
    lead, rep : str
        The ids.
    now : str, optional
        Who has the lead in the plan.
    tier : int, optional
        The priority tier whose points `least` and `most` are: the first in which something is lost, or may be.
    least, most : float, optional
        The points of the best plan of all less those of the best with the pair lie in this interval; None when
        no plan with the pair is known.
    loss : float, optional
        The same as one number, where the interval is no wider than `SAME`.
    found : float, optional
        Points by which the plan that was found with the pair is behind the plan; below 0 where it beats it.
    moves : tuple of Move
        Other leads whose owner would change, the first `LISTED`.
    moved : int
        How many they are.
    conflict : Conflict, optional
        Why the pair is impossible: rules that block it, and ways out that would allow it.
    """

    verdict: Verdict
    lead: str
    rep: str
    now: str | None
    tier: int | None = None
    least: float | None = None
    most: float | None = None
    loss: float | None = None
    found: float | None = None
    moves: tuple[Move, ...] = ()
    moved: int = 0
    conflict: Conflict | None = None

    @property
    def gain(self) -> float | None:
        """Points by which a plan with the pair beats the plan."""
        return -self.found if self.verdict == "better_than_plan" and self.found is not None else None

    def record(self) -> dict[str, Any]:
        """Return the verdict as a JSON-ready record."""
        return {
            "verdict": self.verdict,
            "lead": self.lead,
            "rep": self.rep,
            "now": self.now,
            "tier": self.tier,
            "loss": self.loss,
            "loss_between": None if self.least is None else [self.least, self.most],
            "found": self.found,
            "gain": self.gain,
            "moved": self.moved,
            "moves": [{"lead": m.lead, "before": m.before, "after": m.after} for m in self.moves],
            "conflict": None if self.conflict is None else self.conflict.record(),
        }

    def sentences(self, locale: Locale = "en") -> list[str]:
        """Return the verdict, what else would move, and, where the pair is impossible, the ways out."""
        lines = [self._verdict(locale)]
        if self.verdict == "costly" and self.tier is not None and self.tier > 1:
            lines.append(texts.IN_TIER.format(locale, tier=self.tier))
        if self.conflict is not None:
            lines += self.conflict.way_sentences(locale)
        elif self.least is not None and self.verdict != "planned":
            lines.append(self._moves(locale))
        return lines

    def _verdict(self, locale: Locale) -> str:
        special = {
            "costly": "costly" if self.loss is not None else "costly in a range",
            "undecided": "undecided without a plan"
            if self.found is None
            else "undecided"
            if self.found > SAME * max(1.0, self.most or 0.0)
            else "undecided and even",
            "impossible": "impossible" if self.conflict and self.conflict.rules else "impossible by itself",
        }
        rules = [] if self.conflict is None else [clash.sentence(locale) for clash in self.conflict.rules]
        return texts.VERDICT_TEXTS[special.get(self.verdict, self.verdict)].format(
            locale,
            lead=self.lead,
            rep=self.rep,
            now=self.now or texts.NOBODY.format(locale),
            loss=_points(self.loss),
            least=_points(self.least),
            most=_points(self.most),
            found=_points(self.found),
            gain=_points(self.gain),
            rules=("；" if locale == "zh-CN" else "; ").join(rules),
        )

    def _moves(self, locale: Locale) -> str:
        if not self.moved:
            return texts.NO_MOVES.format(locale)
        parts = [move.sentence(locale) for move in self.moves[:TOLD]]
        if self.moved > TOLD:
            parts.append(texts.MORE_MOVES.format(locale, count=self.moved - TOLD))
        return texts.MOVES.format(locale, moves=("，" if locale == "zh-CN" else ", ").join(parts))


def verify(scenario: Scenario, result: Result, lead: str, rep: str, limits: Limits | None = None) -> Verified:
    """Force a lead to a rep, solve again, and say what is proved about the loss.

    A family that a hard rule keeps together follows the lead.

    Parameters
    ----------
    scenario : Scenario
    result : Result
        What `solve` returned for it, with a plan.
    lead, rep : str
        Their ids.
    limits : Limits, optional
        For the whole; `work` for each solve. The search starts from the plan, and ends once it has proved as much as
        the plan has.

    Raises
    ------
    ValueError
        If there is no plan, no such lead or rep, or the rep has a `;` in the id.
    """
    limits = limits or Limits()
    if result.plan is None:
        raise ValueError("there is no plan to compare with")
    if result.status != "optimal":
        limits = replace(limits, gap=max(limits.gap, min(result.gap or 0.0, 1.0)))
    facts = Facts(scenario)
    row = np.flatnonzero(facts.select_leads({"id": (lead,)}))
    if len(row) != 1 or rep not in facts.rep_index:
        raise ValueError(f"there is no lead {lead!r}" if len(row) != 1 else f"there is no rep {rep!r}")
    known = Verified("planned", lead, rep, _id(facts, int(result.plan.owner[row[0]])))
    if known.now == rep:
        return _compared(known, result.plan, result.plan)
    if facts.n * facts.m > MOST_ALIKE and (barred := _barred(scenario, int(row[0]), facts.rep_index[rep])) is not None:
        return replace(known, verdict="impossible", conflict=barred)
    started = time.monotonic()
    mask = np.array([other.id == rep for other in facts.reps], dtype=bool)
    pin = Pin(name=lead, leads={"id": (lead,)}, reps=only_reps(facts, mask))
    forced = scenario.model_copy(update={"rules": (*scenario.rules, pin)})
    part = limits if limits.time is None else replace(limits, time=limits.time * (1 - SPARE))
    answer = solve_again(forced, part, result.plan)
    rest = limits
    if limits.time is not None:
        rest = replace(limits, time=max(limits.time - (time.monotonic() - started), 0.01))
    if answer.plan is None:
        if answer.status != "infeasible":
            return replace(known, verdict="undecided")
        return replace(known, verdict="impossible", conflict=_blocking(forced, rest))
    owner = answer.plan.owner
    if answer.method != "priced":  # that one begins at the plan, and moves few leads anyway
        owner = _fewest_moves(forced, answer.plan, result.plan.owner, rest)
    moved = np.flatnonzero((owner != result.plan.owner) & (np.arange(facts.n) != row[0]))
    ids = facts.leads["id"]
    moves = tuple(
        Move(str(ids[i]), _id(facts, int(result.plan.owner[i])), _id(facts, int(owner[i])))
        for i in moved[:LISTED].tolist()
    )
    return replace(_compared(known, result.plan, answer.plan), moves=moves, moved=len(moved))


def _id(facts: Facts, rep: int) -> str | None:
    return facts.reps[rep].id if rep >= 0 else None


def _points(points: float | None) -> Decimal | None:
    return None if points is None else full(points, EXACT)


def _compared(known: Verified, plan: Plan, forced: Plan) -> Verified:
    """Compare two plans tier by tier; the first tier that differs, or may differ, decides.

    With the plan's points o <= best <= b and those of the forced plan f <= best forced <= g, and as every forced
    plan is a plan: max(o, f) - min(g, b) <= loss <= b - f.
    """
    for mine, other in zip(plan.tiers, forced.tiers, strict=True):
        same = SAME * max(1.0, *map(abs, (mine.objective, mine.bound, other.objective, other.bound)))
        gain = other.objective - mine.objective
        least = max(max(mine.objective, other.objective) - min(other.bound, mine.bound), 0.0)
        most = max(mine.bound - other.objective, least)
        if most <= same and gain <= same:
            continue
        verdict: Verdict = (
            "planned"
            if known.verdict == "planned" and plan is forced
            else "better_than_plan"
            if gain > same
            else "costly"
            if least > same
            else "undecided"
        )
        loss = max(-gain, 0.0) if most - least <= same else None
        return replace(known, verdict=verdict, tier=mine.tier, least=least, most=most, loss=loss, found=-gain)
    verdict = "planned" if plan is forced else "tie"
    return replace(known, verdict=verdict, tier=plan.tiers[-1].tier, least=0.0, most=0.0, loss=0.0, found=0.0)


def _barred(scenario: Scenario, lead: int, rep: int) -> Conflict | None:
    """Return the first hard rule that alone bars a pair; None if none does. With many pairs that is told at once."""
    compiled = compile_scenario(scenario)
    problem, facts = compiled.problem, compiled.facts
    places = np.flatnonzero(compiled.lead_order == lead), np.flatnonzero(compiled.rep_order == rep)
    item = np.flatnonzero(problem.item == problem.item[places[0][0]])
    names = names_of(scenario.rules)
    for removal in problem.removals:
        barred = item[removal.table[removal.code[item], places[1][0]]]
        if len(barred) and removal.rule in names:
            index = names.index(removal.rule)
            leads = tuple(facts.leads["id"].gather(barred).to_list())
            clash = Clash(removal.rule, index, scenario.rules[index].kind, leads, (facts.reps[places[1][0]].id,))
            return Conflict((clash,), (), proved=True, cheapest=False, searched=False)
    return None


def _blocking(forced: Scenario, limits: Limits) -> Conflict | None:
    """Return the rules that block the forced pair, without the pin that forces it, and what would allow it."""
    pin = len(forced.rules) - 1
    conflict = conflict_of(forced, limits, {pin: float("inf")}, WAYS)
    return replace(conflict, rules=tuple(clash for clash in conflict.rules if clash.index != pin))


def _fewest_moves(forced: Scenario, plan: Plan, before: Ints, limits: Limits) -> Ints:
    """Return the owners of a plan that is worth as much, and in which few leads move.

    Every lead that stays where it was earns a hair: all together less than makes a difference.
    """
    compiled = compile_scenario(forced, limits.seed)
    problem = compiled.problem
    owner = compiled.owner_in_problem(before)
    hair = SAME / 4 * max(1.0, min(abs(tier.objective) for tier in plan.tiers)) / max(problem.n, 1)
    stay = Term("stay", AtOwner(np.full(problem.n, hair), owner, problem.m))
    rest = Term("rest", PerLead(np.where(owner < 0, -hair, 0.0)))
    begin = replace(plan, owner=compiled.owner_in_problem(plan.owner))
    calm = solve(replace(problem, terms=(*problem.terms, stay, rest)), limits, start=begin)
    if calm.plan is None:
        return plan.owner
    calmer = compiled.owner_in_scenario(calm.plan.owner)
    judgement = judge(forced, calmer)
    worth = all(
        judgement.tiers[tier.tier] >= tier.objective - SAME * max(1.0, abs(tier.objective)) for tier in plan.tiers
    )
    fewer = np.count_nonzero(calmer != before) < np.count_nonzero(plan.owner != before)
    return calmer if judgement.feasible and worth and fewer else plan.owner
