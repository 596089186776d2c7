"""Scores by term: what each goal gives a plan, what each soft rule takes, and which hard rules it breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scenarios.model import Scenario
from solver.check import Judgement, judge
from solver.compile import names_of
from solver.facts import Facts
from solver.goals import GOAL_MATHS
from solver.pairs import Ints
from solver.rules import RULE_MATHS

AMOUNTS = ("capacity", "band", "minimum", "share", "disruption")
"""Rules whose violation is an amount of a metric; of the others it is a number of leads."""
PLACES = 5
"""Places in the record of a broken rule; `breaches` counts them."""


@dataclass(frozen=True)
class Broken:
    """A hard rule that a plan breaks: by how much in the rule's own unit, in how many places, and the first ones.

    `metric` is what the amount is of: "leads" for rules about pairs; None where it adds up several metrics. A judge
    lists at most a hundred places of a kind.
    """

    rule: str
    kind: str
    amount: float
    metric: str | None
    breaches: int
    places: tuple[Mapping[str, Any], ...]

    def record(self) -> dict[str, Any]:
        """Return it as a JSON-ready record."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "amount": self.amount,
            "metric": self.metric,
            "breaches": self.breaches,
            "places": [dict(place) for place in self.places],
        }


@dataclass(frozen=True)
class Scores:
    """What the judge says of a plan, term by term.

    `goals` and `rules` hold the points of each goal and of each soft rule (0 or less), by position; they add up to the
    points of all tiers together.
    """

    judgement: Judgement
    goals: Mapping[int, float]
    rules: Mapping[int, float]
    broken: tuple[Broken, ...] = field(default=())


def scores_of(scenario: Scenario, owner: Ints) -> Scores:
    """Score a plan term by term; `owner` is the rep of each lead, (n,), -1 for none, in the scenario's order."""
    facts = Facts(scenario)
    goals = {
        k: float(GOAL_MATHS[goal.kind].points(goal, facts, owner))
        for k, goal in enumerate(scenario.goals)
        if goal.weight > 0
    }
    rules, broken = {}, []
    for k, (rule, name) in enumerate(zip(scenario.rules, names_of(scenario.rules), strict=True)):
        verdict = RULE_MATHS[rule.kind].judge(rule, facts, owner)
        if rule.rate is not None:
            rules[k] = -rule.rate * verdict.total
        elif verdict.breaches:
            ids = facts.leads["id"]
            places = tuple(
                {
                    "lead": str(ids[breach.lead]) if breach.lead >= 0 else None,
                    "rep": facts.reps[breach.rep].id if breach.rep >= 0 else None,
                    "metric": breach.metric,
                    "amount": breach.amount,
                    "load": breach.load,
                    "limit": breach.limit,
                }
                for breach in verdict.breaches[:PLACES]
            )
            metrics = {breach.metric for breach in verdict.breaches} if rule.kind in AMOUNTS else {"leads"}
            metric = metrics.pop() if len(metrics) == 1 else None
            broken.append(Broken(name, rule.kind, verdict.total, metric, len(verdict.breaches), places))
    return Scores(judge(scenario, owner), goals, rules, tuple(broken))
