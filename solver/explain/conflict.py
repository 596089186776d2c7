"""Conflicts: why a scenario has no plan, and what it would take to have one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from scenarios.model import Scenario
from scenarios.rules import Rule
from scenarios.texts import Locale
from solver.compile import compile_scenario, names_of
from solver.explain.conflict_texts import (
    ALONE,
    NO_RULES,
    NO_WAY_OUT,
    PROVED,
    UNPROVED,
    clash_words,
)
from solver.explain.elastic import AXIS
from solver.explain.relaxation import restricted_leads, restricted_reps
from solver.explain.trial import Answer, Trials, bare, shrink
from solver.explain.ways_out import WayOut, find_ways_out
from solver.facts import Facts
from solver.limits import Limits
from solver.tighten import too_much

WAYS = 3
NARROWING = 300
"""Trials that may be spent on finding the leads and reps that a conflict is about."""


@dataclass(frozen=True)
class TooLarge:
    """A lead that alone adds more than a rule leaves room for with any rep who may take it."""

    lead: str
    metric: str
    amount: float
    most: float


@dataclass(frozen=True)
class Clash:
    """A rule in a conflict, by name and by position in `scenario.rules`.

    Already for these leads, or these reps, the rules are in conflict; none are named where the rule is in it as a
    whole. A lead that is too large is, alone, more than any rep may have by the rule.
    """

    rule: str
    index: int
    kind: str
    leads: tuple[str, ...] = ()
    reps: tuple[str, ...] = ()
    too_large: tuple[TooLarge, ...] = ()

    def record(self) -> dict[str, Any]:
        """Return the clash as a JSON-ready record."""
        places = {"leads": list(self.leads), "reps": list(self.reps)}
        large = [asdict(lead) for lead in self.too_large]
        told = {k: v for k, v in (*places.items(), ("too_large", large)) if v}
        return {"rule": self.rule, "index": self.index, "kind": self.kind} | told

    def sentence(self, locale: Locale = "en") -> str:
        """Return what the rule asks, as a part of a sentence."""
        return clash_words(self.record(), locale)


@dataclass(frozen=True)
class Conflict:
    """Why a scenario has no plan, and what it would take.

    Parameters
    ----------
    rules : tuple of Clash
        Hard rules that cannot hold together; empty when no conflict was proved.
    ways_out : tuple of WayOut
        The cheapest first; each has a plan that the judge has passed, and none contains another.
    proved : bool
        Whether it is proved that without any one of `rules` the others can hold.
    cheapest : bool
        Whether it is proved that no other changes of amounts, and no other exceptions, cost less than the first way
        out.
    searched : bool
        Whether ways out were looked for.
    """

    rules: tuple[Clash, ...]
    ways_out: tuple[WayOut, ...]
    proved: bool
    cheapest: bool
    searched: bool = True

    def record(self) -> dict[str, Any]:
        """Return the conflict as a JSON-ready record."""
        return {
            "proved": self.proved,
            "cheapest": self.cheapest,
            "rules": [clash.record() for clash in self.rules],
            "ways_out": [way.record() for way in self.ways_out],
        }

    def sentences(self, locale: Locale = "en") -> list[str]:
        """Return the conflict in one sentence, and one more for each way out."""
        return [self.rule_sentence(locale), *self.way_sentences(locale)]

    def rule_sentence(self, locale: Locale = "en") -> str:
        """Return which rules are in conflict."""
        if not self.rules:
            return NO_RULES.format(locale)
        parts = ("；" if locale == "zh-CN" else "; ").join(clash.sentence(locale) for clash in self.rules)
        text = ALONE if len(self.rules) == 1 else PROVED if self.proved else UNPROVED
        return text.format(locale, rules=parts)

    def way_sentences(self, locale: Locale = "en") -> list[str]:
        """Return a sentence for each way out, or one that says that there is none."""
        ways = [way.sentence(locale, number) for number, way in enumerate(self.ways_out, start=1)]
        return ways or ([NO_WAY_OUT.format(locale)] if self.searched else [])


def find_conflict(
    scenario: Scenario,
    limits: Limits | None = None,
    *,
    costs: Mapping[str, float] | None = None,
    ways: int = WAYS,
) -> Conflict:
    """Explain why a scenario has no plan, and find the cheapest ways out.

    The first way out is the cheapest that is known. The next are the cheapest that keep hard a rule which an earlier
    one relaxes, so that they differ in kind; where that gives too few, a rep or lead of such a rule.

    Parameters
    ----------
    scenario : Scenario
        One that `solve` found infeasible.
    limits : Limits, optional
        `time` is for the whole explanation, `work` for each of its solves.
    costs : mapping of str to float, optional
        By the name of a rule, how much dearer than by default it is to relax it; infinite: never relax it. It takes the
        place of the rule's own `relaxing`.
    ways : int
        How many ways out to look for.

    Raises
    ------
    ValueError
        If the scenario has a plan, if a cost is not above 0 or is of no rule, or if a rep has a `;` in its id.
    """
    names = names_of(scenario.rules)
    factors = {
        index: np.inf if rule.relaxing is None else rule.relaxing
        for index, rule in enumerate(scenario.rules)
        if rule.relaxing != 1.0
    }
    for name, factor in (costs or {}).items():
        if name not in names or not factor > 0:
            raise ValueError(f"the cost of {name!r} must be above 0, and of a rule that there is")
        factors |= {index: factor for index, other in enumerate(names) if other == name}
    return conflict_of(scenario, limits or Limits(), factors, ways)


def conflict_of(scenario: Scenario, limits: Limits, factors: Mapping[int, float], ways: int) -> Conflict:
    """Do what `find_conflict` does, with the costs by position of the rule."""
    trials = Trials(limits)
    feasible = trials.has_plan(scenario)
    if feasible:
        raise ValueError("the scenario has a plan: nothing is in conflict")
    rules: list[int] = []
    proved = False
    if feasible is False:
        rules, proved = _smallest_rules(scenario, trials.part(0.4))
    ways_out, cheapest = find_ways_out(scenario, factors, ways, trials.part(0.7))
    return Conflict(_narrowed(scenario, rules, trials.part(0.9)), ways_out, proved, cheapest)


def _smallest_rules(scenario: Scenario, trials: Trials) -> tuple[list[int], bool]:
    """Return the positions of hard rules in conflict, and whether it is proved that each of them is needed."""

    def conflict(some: list[int]) -> Answer:
        answer = trials.has_plan(bare(scenario, (scenario.rules[k] for k in some)))
        return None if answer is None else not answer

    hard = [k for k, rule in enumerate(scenario.rules) if rule.rate is None]
    return shrink(hard, conflict, lambda: trials.over)


def _narrowed(scenario: Scenario, rules: list[int], trials: Trials) -> tuple[Clash, ...]:
    """Return the rules with the leads or reps for which they are in conflict already."""
    facts = Facts(scenario)
    last = trials.count + NARROWING

    def over() -> bool:
        return trials.over or trials.count >= last

    def conflict(places: list[tuple[int, int]]) -> Answer:
        answer = trials.has_plan(bare(scenario, (_at(scenario.rules[k], k, facts, places) for k in rules)))
        return None if answer is None else not answer

    everywhere = [(k, place) for k in rules for place in _places(scenario.rules[k], facts)]
    places, _ = shrink(everywhere, conflict, over) if everywhere else ([], True)
    names, large = names_of(scenario.rules), _too_large(scenario, rules)
    clashes = []
    for k in rules:
        kind = scenario.rules[k].kind
        mine = [place for index, place in places if index == k]
        leads = tuple(facts.leads["id"].gather(mine).to_list()) if AXIS.get(kind) == "leads" else ()
        reps = tuple(facts.reps[j].id for j in mine) if AXIS.get(kind) == "reps" else ()
        clashes.append(Clash(names[k], k, kind, leads, reps, large[k]))
    return tuple(clashes)


def _too_large(scenario: Scenario, rules: list[int]) -> dict[int, tuple[TooLarge, ...]]:
    """Return, for each of some rules, the leads that alone are more than it leaves room for."""
    compiled = compile_scenario(bare(scenario, (scenario.rules[k] for k in rules)))
    names = names_of(compiled.facts.scenario.rules)
    found = too_much(compiled.problem)
    ids = compiled.facts.leads["id"]
    return {
        k: tuple(TooLarge(ids[f.lead], f.metric, f.amount, f.most) for f in found if f.rule == name)
        for k, name in zip(rules, names, strict=True)
    }


def _places(rule: Rule, facts: Facts) -> list[int]:
    """Return the leads or reps that a rule speaks of, by the axis along which it can be taken apart."""
    axis = AXIS.get(rule.kind)
    if axis is None:
        return []
    mask = facts.select_leads(rule.leads) if axis == "leads" else facts.select_reps(rule.reps)
    return np.flatnonzero(mask).tolist()


def _at(rule: Rule, index: int, facts: Facts, places: list[tuple[int, int]]) -> Rule:
    """Return a rule for only some of its places."""
    axis = AXIS.get(rule.kind)
    if axis is None:
        return rule
    mask = np.zeros(facts.n if axis == "leads" else facts.m, dtype=bool)
    mask[[place for k, place in places if k == index]] = True
    return (restricted_leads if axis == "leads" else restricted_reps)(rule, facts, mask)
