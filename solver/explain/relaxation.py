"""Relaxations: one change of a scenario that a planner could make to loosen a hard rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np
import polars as pl

from scenarios.mappings import format_mapping, parse_mapping
from scenarios.model import Rep, Scenario
from scenarios.rules import Minimum, Rule
from scenarios.selection import Selection
from scenarios.texts import Locale
from solver.explain.conflict_texts import change_words
from solver.facts import Facts, values_in
from solver.pairs import Bools

Code = Literal[
    "raise_capacity",
    "lower_minimum",
    "lower_floor",
    "raise_ceiling",
    "widen_band",
    "raise_budget",
    "drop_skill",
    "except_leads",
    "drop_rule",
]


@dataclass(frozen=True)
class Relaxation:
    """One loosened place of one hard rule.

    Parameters
    ----------
    code : str
        What is done.
    rule : str
        Name of the rule.
    index : int
        Its position in `scenario.rules`.
    kind : str
        Its kind.
    cost : float
        How large the change is: change / limit for amounts (a limit below 1 counts as 1), the change of the
        tolerance for a band, 1 for each lead that is excepted or needs one skill less, times the planner's own
        factor for the rule.
    leads : tuple of str
        Ids of the leads that are excepted or need one skill less.
    rep, metric, skill : str
        Whose amount, of what; the skill that is no longer required. Empty where they mean nothing.
    before, after : float, optional
        The amount today and then; shares and tolerances as fractions.
    """

    code: Code
    rule: str
    index: int
    kind: str
    cost: float
    leads: tuple[str, ...] = ()
    rep: str = ""
    metric: str = ""
    skill: str = ""
    before: float | None = None
    after: float | None = None

    @property
    def place(self) -> tuple[str, int, tuple[str, ...], str, str, str]:
        """What is changed, without by how much."""
        return self.code, self.index, self.leads, self.rep, self.metric, self.skill

    def record(self) -> dict[str, Any]:
        """Return the relaxation as a JSON-ready record, without what means nothing for its code."""
        record = {f.name: getattr(self, f.name) for f in fields(self)}
        record["leads"] = list(self.leads)
        return {k: v for k, v in record.items() if v not in (None, "", [])}

    def sentence(self, locale: Locale = "en") -> str:
        """Return what to do, as a part of a sentence: `raise the capacity of East-1 from 40 to 46 hours`."""
        return change_words(self.record(), locale)


def merged(relaxations: Iterable[Relaxation]) -> tuple[Relaxation, ...]:
    """Join the relaxations that differ only in their leads."""
    joined: dict[object, Relaxation] = {}
    for one in relaxations:
        key = (one.code, one.index, one.rep, one.metric, one.skill)
        other = joined.get(key)
        if other is not None and one.leads:
            one = replace(other, leads=tuple(sorted({*other.leads, *one.leads})), cost=other.cost + one.cost)
        joined[key] = one
    return tuple(joined.values())


def apply(scenario: Scenario, *relaxations: Relaxation) -> Scenario:
    """Return the scenario as it is after some relaxations: with other reps, leads or rules.

    The rules keep their positions; parts that are split off come last.

    Raises
    ------
    ValueError
        If a rep cannot be named in a selection because of a `;` in its id.
    """
    for relaxation in relaxations:
        scenario = _apply(scenario, relaxation)
    return scenario


def _apply(scenario: Scenario, change: Relaxation) -> Scenario:
    if change.code == "raise_capacity":
        assert change.after is not None
        reps = tuple(_with_capacity(r, change) if r.id == change.rep else r for r in scenario.reps)
        return scenario.model_copy(update={"reps": reps})
    if change.code == "drop_skill":
        return scenario.model_copy(update={"leads": _without_skill(scenario.leads, change)})
    rule = scenario.rules[change.index]
    more: tuple[Rule, ...] = ()
    if change.code == "lower_minimum":
        rule, more = _lowered(scenario, rule, change)
    elif change.code == "except_leads":
        facts = Facts(scenario)
        rule = restricted_leads(rule, facts, ~facts.select_leads({"id": change.leads}))
    else:
        rule = rule.model_copy(update=_update(change))
    rules = (*scenario.rules[: change.index], rule, *scenario.rules[change.index + 1 :], *more)
    return scenario.model_copy(update={"rules": rules})


def _update(change: Relaxation) -> dict[str, float | None]:
    if change.code == "drop_rule":
        return {"rate": 0.0}  # a soft rule that costs nothing: the other rules keep their positions
    column = {
        "lower_floor": "floor",
        "raise_ceiling": "ceiling",
        "widen_band": "tolerance",
        "raise_budget": "at_most",
    }
    return {column[change.code]: change.after}


def _with_capacity(rep: Rep, change: Relaxation) -> Rep:
    return rep.model_copy(update={"capacity": {**rep.capacity, change.metric: change.after}})


def _without_skill(leads: pl.DataFrame, change: Relaxation) -> pl.DataFrame:
    chosen = leads.filter(pl.col("id").is_in(list(change.leads)))
    texts = {}
    for lead, cell in chosen.select("id", "skills").iter_rows():
        required = parse_mapping(cell or "") or {}
        texts[lead] = format_mapping({k: v for k, v in required.items() if k != change.skill}) or None
    table = pl.DataFrame({"id": list(texts), "left": list(texts.values())}, schema={"id": pl.String, "left": pl.String})
    left = leads.select("id").join(table, on="id", how="left", maintain_order="left")["left"]
    mine = pl.col("id").is_in(list(texts))
    return leads.with_columns(pl.when(mine).then(left).otherwise(pl.col("skills")).alias("skills"))


def _lowered(scenario: Scenario, rule: Rule, change: Relaxation) -> tuple[Rule, tuple[Rule, ...]]:
    """Return a minimum without one rep, and a lower one for that rep, if anything is left of it."""
    assert isinstance(rule, Minimum) and change.after is not None
    facts = Facts(scenario)
    chosen = facts.select_reps(rule.reps)
    mine = np.array([rep.id == change.rep for rep in scenario.reps], dtype=bool)
    lower = restricted_reps(rule, facts, mine).model_copy(update={"at_least": change.after})
    if not (chosen & ~mine).any():
        return lower.model_copy(update={"reps": rule.reps}), ()
    part = lower.model_copy(update={"name": f"{change.rule} ({change.rep})"[:200]})
    return restricted_reps(rule, facts, ~mine), (part,) if change.after > 0 else ()


def restricted_leads(rule: Rule, facts: Facts, mask: Bools) -> Rule:
    """Return the rule for those of its leads that are in the mask."""
    kept = facts.leads["id"].filter(pl.Series(facts.select_leads(rule.leads) & mask)).to_list()
    return rule.model_copy(update={"leads": {"id": tuple(kept)}})


def restricted_reps(rule: Rule, facts: Facts, mask: Bools) -> Rule:
    """Return the rule for those of its reps that are in the mask."""
    return rule.model_copy(update={"reps": only_reps(facts, facts.select_reps(rule.reps) & mask)})


def only_reps(facts: Facts, mask: Bools) -> Selection:
    """Return a selection by id of just these reps.

    Raises
    ------
    ValueError
        If there is none: a `;` in an id is read as two values.
    """
    words = {word for j in np.flatnonzero(mask) for word in values_in(facts.reps[j].id)}
    selection: Selection = {"id": tuple(sorted(words))}
    if not np.array_equal(facts.select_reps(selection), mask):
        raise ValueError("a rep id with a ';' in it cannot be named in a rule; rename the rep")
    return selection
