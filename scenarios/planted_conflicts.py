"""Planted conflicts: scenarios without a plan, whose only smallest set of rules in conflict is known.

Each rule has a name of its own. `PlantedConflict.ways_out` holds, for each rule of the conflict, a plan that
keeps all other rules of the scenario. So the conflict needs each of its rules, and no other smallest one
exists: it would have to lack one of these rules, and then there is a plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl
from numpy.random import PCG64, Generator

from scenarios.goals import Value
from scenarios.model import Rep, Scenario
from scenarios.rules import (
    Band,
    Capacity,
    Disruption,
    Exclusion,
    Family,
    Minimum,
    Pin,
    Protection,
    Rule,
    ShareOf,
    Skills,
    Wall,
)

Owners = dict[str, str]
Row = dict[str, Any]


@dataclass(frozen=True)
class PlantedConflict:
    """A scenario that no plan satisfies.

    Parameters
    ----------
    scenario : Scenario
    ways_out : dict
        Name of a rule in conflict -> a plan (lead id -> rep id) that satisfies all the other rules.
    """

    scenario: Scenario
    ways_out: dict[str, Owners]

    @property
    def conflict(self) -> frozenset[str]:
        """The names of the rules that cannot hold together; each proper part of them can."""
        return frozenset(self.ways_out)


def plant_conflict(kind: str, leads: int, reps: int, seed: int) -> PlantedConflict:
    """Make a scenario without a plan whose only smallest conflict is known.

    Parameters
    ----------
    kind : str
        A key of `CONFLICTS`.
    leads, reps : int
        How many; at least 3 leads and 2 reps.
    seed : int
        At least 0. Same arguments: same scenario.

    Raises
    ------
    ValueError
        If the kind is unknown or a number is out of range.
    """
    if kind not in CONFLICTS:
        raise ValueError(f"unknown kind {kind!r}; there are: {', '.join(CONFLICTS)}")
    if leads < 3 or reps < 2 or seed < 0:
        raise ValueError("a planted conflict needs at least 3 leads, 2 reps and a seed of at least 0")
    rng = Generator(PCG64(seed))
    table: list[Row] = [
        {"id": f"L{i + 1}", "value": value, "effort": effort, "segment": f"segment-{segment}"}
        for i, (value, effort, segment) in enumerate(
            zip(
                (20 * rng.lognormal(0.0, 1.0, leads)).round(1).tolist(),
                rng.integers(1, 5, leads).tolist(),
                rng.integers(1, 4, leads).tolist(),
                strict=True,
            )
        )
    ]
    people: list[Row] = [
        {
            "id": f"R{j + 1}",
            "team": "A" if j % 2 == 0 else "B",
            "capacity": {"hours": 5.0 * leads},
            "win_rates": {f"segment-{s}": float(r) for s, r in enumerate(rng.uniform(0.1, 0.5, 3).round(3), start=1)},
        }
        for j in range(reps)
    ]
    ways_out, rules = CONFLICTS[kind](table, people, rng)
    innocent: list[Rule] = [Band(name="fair hours", metric="hours", tolerance=0.5, rate=0.1)]
    given = {type(rule) for rule in rules}
    innocent += [make(name=name) for name, make in INNOCENT.items() if make not in given]
    scenario = Scenario(
        name=f"conflict of {kind}, seed {seed}",
        description="Planted: no plan exists, and the only smallest conflict is known.",
        rules=tuple(rules + innocent),
        goals=(Value(),),
        reps=tuple(Rep(**person) for person in people),
        leads=pl.DataFrame(table, infer_schema_length=None),
    )
    return PlantedConflict(scenario, ways_out)


INNOCENT: dict[str, type[Capacity | Skills | Family | Wall]] = {
    "hours": Capacity,
    "skills": Skills,
    "families": Family,
    "walls": Wall,
}
"""Rules that every planted scenario has, so that a conflict must be told from its neighbours."""

Found = tuple[dict[str, Owners], list[Rule]]


def _two(table: list[Row], rng: Generator) -> tuple[Row, Row]:
    first, second = rng.choice(len(table), 2, replace=False)
    return table[first], table[second]


def _pin(name: str, *leads: Row, to: tuple[Row, ...]) -> Pin:
    return Pin(
        name=name,
        leads={"id": tuple(lead["id"] for lead in leads)},
        reps={"id": tuple(rep["id"] for rep in to)},
    )


def _hours(table: list[Row], people: list[Row], rng: Generator) -> Found:
    """Either pinned lead fits into the rep's hours; both do not, by one hour."""
    one, two = _two(table, rng)
    rep = people[rng.integers(len(people))]
    rep["capacity"] = {"hours": one["effort"] + two["effort"] - 1.0}
    rules: list[Rule] = [
        _pin("first pin", one, to=(rep,)),
        _pin("second pin", two, to=(rep,)),
        Capacity(name="hours"),
    ]
    ways_out = {
        "first pin": {two["id"]: rep["id"]},
        "second pin": {one["id"]: rep["id"]},
        "hours": {one["id"]: rep["id"], two["id"]: rep["id"]},
    }
    return ways_out, rules


def _minimum(table: list[Row], people: list[Row], rng: Generator) -> Found:
    """A rep shall get two leads and has room for one."""
    one, two = _two(table, rng)
    rep = people[rng.integers(len(people))]
    rep["capacity"] = {"leads": 1.0}
    rules: list[Rule] = [
        Minimum(name="two leads", metric="leads", at_least=2.0, reps={"id": (rep["id"],)}),
        Capacity(name="hours"),
    ]
    return {"two leads": {}, "hours": {one["id"]: rep["id"], two["id"]: rep["id"]}}, rules


def _protection(table: list[Row], people: list[Row], rng: Generator) -> Found:
    """A lead is protected for an owner who is excluded from it."""
    lead = table[rng.integers(len(table))]
    rep, other = people[0], people[1]
    lead |= {"owner": rep["id"], "protected_until": "2027-12-31"}
    rules: list[Rule] = [
        Protection(name="protection"),
        Exclusion(name="exclusion", leads={"id": (lead["id"],)}, reps={"id": (rep["id"],)}),
    ]
    return {"protection": {lead["id"]: other["id"]}, "exclusion": {lead["id"]: rep["id"]}}, rules


def _skills(table: list[Row], people: list[Row], rng: Generator) -> Found:
    """A lead is pinned to a rep who lacks a skill that somebody else has."""
    lead = table[rng.integers(len(table))]
    rep, other = people[0], people[1]
    lead["skills"] = "german:2"
    rep["skills"], other["skills"] = {"german": 1.0}, {"german": 3.0}
    rules: list[Rule] = [_pin("pin", lead, to=(rep,)), Skills(name="skills")]
    return {"pin": {lead["id"]: other["id"]}, "skills": {lead["id"]: rep["id"]}}, rules


def _wall(table: list[Row], people: list[Row], rng: Generator) -> Found:
    """Two competitors are pinned to one rep."""
    one, two = _two(table, rng)
    rep, other = people[0], people[1]
    one["competitor_group"] = two["competitor_group"] = "rivals"
    rules: list[Rule] = [_pin("pin", one, two, to=(rep,)), Wall(name="walls")]
    apart = {one["id"]: rep["id"], two["id"]: other["id"]}
    return {"pin": apart, "walls": {one["id"]: rep["id"], two["id"]: rep["id"]}}, rules


def _family(table: list[Row], people: list[Row], rng: Generator) -> Found:
    """Two members of a family are pinned to different reps."""
    one, two = _two(table, rng)
    rep, other = people[0], people[1]
    one["family"] = two["family"] = "group"
    rules: list[Rule] = [
        _pin("first pin", one, to=(rep,)),
        _pin("second pin", two, to=(other,)),
        Family(name="families"),
    ]
    ways_out = {
        "first pin": {one["id"]: other["id"], two["id"]: other["id"]},
        "second pin": {one["id"]: rep["id"], two["id"]: rep["id"]},
        "families": {one["id"]: rep["id"], two["id"]: other["id"]},
    }
    return ways_out, rules


def _packing(table: list[Row], people: list[Row], rng: Generator) -> Found:
    """Three leads of two hours are pinned to two reps with three hours each: only whole leads do not fit."""
    leads = [table[i] for i in rng.choice(len(table), 3, replace=False)]
    rep, other = people[0], people[1]
    rep["capacity"], other["capacity"] = {"hours": 3.0}, {"hours": 3.0}
    rules: list[Rule] = [Capacity(name="hours")]
    ways_out = {"hours": {lead["id"]: rep["id"] for lead in leads}}
    for k, lead in enumerate(leads, start=1):
        lead["effort"] = 2.0
        rules.append(_pin(f"pin {k}", lead, to=(rep, other)))
        first, second = (one["id"] for one in leads if one is not lead)
        ways_out[f"pin {k}"] = {first: rep["id"], second: other["id"]}
    return ways_out, rules


def _disruption(table: list[Row], people: list[Row], rng: Generator) -> Found:
    """One rep owns all leads, another shall get two, and only one lead may change owner."""
    one, two = _two(table, rng)
    rep, other = people[0], people[1]
    for lead in table:
        lead["owner"] = rep["id"]
    rules: list[Rule] = [
        Minimum(name="two leads", metric="leads", at_least=2.0, reps={"id": (other["id"],)}),
        Disruption(name="one change", metric="leads", at_most=1.0),
    ]
    stay = {lead["id"]: rep["id"] for lead in table}
    move = {one["id"]: other["id"], two["id"]: other["id"]}
    return {"two leads": stay, "one change": stay | move}, rules


def _share(table: list[Row], people: list[Row], rng: Generator) -> Found:
    """Two teams shall get 60 % of all leads each."""
    floors = {"floor of A": "A", "floor of B": "B"}
    rules: list[Rule] = [
        ShareOf(name=name, metric="leads", floor=0.6, of="leads", reps={"team": (team,)})
        for name, team in floors.items()
    ]
    first, second = ({row["id"]: person["id"] for row in table} for person in people[:2])
    return {"floor of A": second, "floor of B": first}, rules


CONFLICTS: dict[str, Callable[[list[Row], list[Row], Generator], Found]] = {
    "hours": _hours,
    "minimum": _minimum,
    "protection": _protection,
    "skills": _skills,
    "wall": _wall,
    "family": _family,
    "packing": _packing,
    "disruption": _disruption,
    "share": _share,
}
"""The kinds of `plant_conflict`, by name."""
