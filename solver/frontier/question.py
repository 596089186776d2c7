"""What a frontier is asked about: the metric, who is compared with whom, and which rules give way to its bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scenarios.goals import Balance, MaxMin, Value
from scenarios.model import Rep, Scenario
from scenarios.rules import Band
from scenarios.selection import Selection
from scenarios.texts import Locale
from solver.compile import names_of
from solver.explain.names import nearest
from solver.facts import COUNT, EXPECTED_VALUE, HOURS, Facts
from solver.fairness import groups_of
from solver.frontier import texts

ALWAYS = (COUNT, HOURS, "value", EXPECTED_VALUE, "quality")
"""Metrics that every scenario has, beside its numeric columns."""
WIDEST = 10.0
"""The widest tolerance that a band can have."""


class FrontierFault(ValueError):  # noqa: N818  (the fault is the question's)
    """A question that a scenario gives no answer to.

    Parameters
    ----------
    code : str
        "unknown_metric", "metric_not_numeric", "negative_metric", "unknown_column" or "nobody_to_compare".
    about : {"metric", "by"}
        Which part of the question is at fault.
    facts
        What its sentence needs, JSON-ready.
    """

    def __init__(self, code: str, about: str, **facts: str) -> None:
        super().__init__(code)
        self.code, self.about, self.facts = code, about, facts

    def message(self, locale: Locale = "en") -> str:
        """Return what is wrong, and a guess."""
        near = texts.MAYBE.format(locale, near=self.facts["near"]) if self.facts.get("near") else ""
        return texts.FAULTS[self.code].format(locale, **self.facts) + near

    def __str__(self) -> str:
        return self.message()


@dataclass(frozen=True)
class Replaced:
    """A rule or goal that gives way, under the name that plans and prices know it by."""

    name: str
    kind: str
    tolerance: float | None
    hard: bool

    def record(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"name": self.name, "kind": self.kind, "tolerance": self.tolerance, "hard": self.hard}


@dataclass(frozen=True)
class Question:
    """What is compared, and the scenario without the rules that say how fair that has to be.

    Parameters
    ----------
    base : Scenario
        Without the replaced rules and goals.
    band : Band
        The hard band that takes their place; its tolerance is yet to be set.
    replaced : tuple of Replaced
    """

    scenario: Scenario
    base: Scenario
    band: Band
    replaced: tuple[Replaced, ...]

    def banded(self, tolerance: float | None) -> Scenario:
        """Return the scenario with a band of some tolerance, (0..10); None: without any."""
        if tolerance is None:
            return self.base
        band = self.band.model_copy(update={"tolerance": tolerance})
        return self.base.model_copy(update={"rules": (*self.base.rules, band)})

    def own_tolerances(self) -> list[float]:
        """Return the tolerances of the replaced bands, the widest first."""
        return sorted({r.tolerance for r in self.replaced if r.kind == "band" and r.tolerance}, reverse=True)

    def money(self) -> float | None:
        """Return how many points a unit of expected value is worth, if that is all there are points for; else None."""
        goals = [goal for goal in self.base.goals if goal.weight > 0]
        charged = any(rule.rate for rule in self.base.rules)
        if charged or len(goals) != 1 or not isinstance(goals[0], Value):
            return None
        return goals[0].weight

    def record(self) -> dict[str, Any]:
        """Return the question JSON-ready."""
        band = self.band
        return {
            "metric": band.metric,
            "by": band.by,
            "of": band.of,
            "leads": _plain(band.leads),
            "reps": _plain(band.reps),
            "replaced": [part.record() for part in self.replaced],
        }


def question(scenario: Scenario, metric: str, by: str | None = None) -> Question:
    """Work out what is asked.

    Bands, hard or soft, and balance and max-min goals on the same metric, the same groups and the same leads and reps
    give way; all else holds. Where there are several, the first says which leads and reps are meant, and of which total
    the targets are.

    Parameters
    ----------
    metric : str
        leads, hours, value, expected_value, quality or a numeric column of the leads.
    by : str, optional
        Rep column whose values form the fairness groups; "": all reps together; None: as the first such rule has it.

    Raises
    ------
    FrontierFault
        If there is no such metric or column, or nobody to compare.
    """
    _check_metric(scenario, metric)
    if by:
        _check_column(scenario, by)
    named = [
        *zip(names_of(scenario.rules), scenario.rules, strict=True),
        *zip(names_of(scenario.goals), scenario.goals, strict=True),
    ]
    about = [
        (name, part) for name, part in named if isinstance(part, Band | Balance | MaxMin) and part.metric == metric
    ]
    mine = [(name, part) for name, part in about if by is None or (part.by or "") == by]
    first = mine[0][1] if mine else Band(metric=metric, by=by or None)
    frame = _frame(first)
    replaced = [(name, part) for name, part in mine if _frame(part) == frame]
    bands = [part for _, part in replaced if isinstance(part, Band)]
    band = Band(
        name=next((part.name for part in bands if part.name), ""),
        metric=metric,
        by=first.by,
        of=bands[0].of if bands else "assigned",
        leads=first.leads,
        reps=first.reps,
    )
    gone = {id(part) for _, part in replaced}
    base = scenario.model_copy(
        update={
            "rules": tuple(rule for rule in scenario.rules if id(rule) not in gone),
            "goals": tuple(goal for goal in scenario.goals if id(goal) not in gone),
        }
    )
    if not any((group.entitlement > 0).any() for group in groups_of(Facts(scenario), band.by, band.reps)):
        raise FrontierFault("nobody_to_compare", "by" if by else "metric")
    return Question(scenario, base, band, tuple(_replaced(name, part) for name, part in replaced))


def _check_metric(scenario: Scenario, metric: str) -> None:
    """Refuse a metric that loads cannot be measured in."""
    schema = scenario.leads.schema
    numeric = [name for name, dtype in schema.items() if dtype.is_numeric()]
    known = list(dict.fromkeys((*ALWAYS, *numeric)))
    if metric not in known:
        if metric in schema:
            raise FrontierFault("metric_not_numeric", "metric", name=metric)
        near = nearest(metric, known) or ""
        raise FrontierFault("unknown_metric", "metric", name=metric, near=near, known=", ".join(known))
    if metric in schema and not (scenario.leads[metric].fill_null(0) >= 0).all():
        raise FrontierFault("negative_metric", "metric", name=metric)


def _check_column(scenario: Scenario, column: str) -> None:
    """Refuse a column that no rep has."""
    known = dict.fromkeys((*Rep.model_fields, *(name for rep in scenario.reps for name in rep.extras)))
    if column not in known:
        raise FrontierFault("unknown_column", "by", name=column, near=nearest(column, known) or "")


def _frame(part: Band | Balance | MaxMin) -> tuple[str | None, Selection, Selection]:
    return part.by or None, part.leads, part.reps


def _replaced(name: str, part: Band | Balance | MaxMin) -> Replaced:
    tolerance = None if isinstance(part, MaxMin) else part.tolerance
    return Replaced(name, part.kind, tolerance, isinstance(part, Band) and part.rate is None)


def _plain(selection: Selection) -> dict[str, list[Any]]:
    return {column: list(values) for column, values in selection.items()}
