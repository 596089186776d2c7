"""Differences of scenarios: what was planted is found, and nothing else."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from scenarios.differences import Field, PartChange, RepChange, differences
from scenarios.examples import EXAMPLES, example
from scenarios.goals import Balance, Continuity, Value
from scenarios.model import Rep, Scenario
from scenarios.rules import Band, Capacity, Exclusion, Match, Pin, Skills
from solver.explain.difference_words import difference_record, difference_sentences

REPS = (Rep(id="R0", skills={"german": 1}, capacity={"hours": 40}), Rep(id="R1", grade="senior"))
LEADS = [{"id": "L0", "value": 10, "skills": "german:1"}, {"id": "L1", "value": 20}, {"id": "L2", "owner": "R0"}]
BASE = Scenario(reps=REPS, leads=LEADS)


def changed(**update: object) -> Scenario:
    return Scenario(**{**dict(BASE), **update})


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_scenario_does_not_differ_from_itself(name: str) -> None:
    scenario = example(name)
    assert differences(scenario, scenario).none
    turned = scenario.model_copy(
        update={
            "name": "another",
            "description": "",
            "leads": scenario.leads.reverse(),
            "reps": scenario.reps[::-1],
            "rules": scenario.rules[::-1],
        }
    )
    assert differences(scenario, turned).none  # names and the order of rows say nothing


def test_leads() -> None:
    rows = [{**LEADS[1], "value": 25, "grade": "A"}, {**LEADS[0], "skills": "german:2;sap:1"}, {"id": "L3"}]
    found = differences(BASE, changed(leads=rows))
    leads = found.leads
    assert (leads.base.tolist(), leads.other.tolist()) == ([0, 1], [1, 0])
    assert (leads.only_base.tolist(), leads.only_other.tolist()) == ([2], [2])
    assert {name: column.tolist() for name, column in leads.columns.items()} == {
        "value": [False, True],
        "skills": [True, False],
        "grade": [False, True],
    }
    assert leads.changed.all()
    assert found.of_lead(0) == (Field("skills.german", 1.0, 2.0), Field("skills.sap", None, 1.0))
    assert found.of_lead(1) == (Field("value", 20.0, 25.0), Field("grade", None, "A"))
    assert not found.none
    assert found.reps == ()


def test_a_column_of_another_type() -> None:
    mine, theirs = (
        changed(leads=[{"id": "L0", "size": size, "protected_until": day}])
        for size, day in ((5, None), ("large", dt.date(2026, 1, 1)))
    )
    found = differences(mine, theirs)
    assert found.of_lead(0) == (Field("protected_until", None, "2026-01-01"), Field("size", 5.0, "large"))


def test_reps() -> None:
    reps = (
        REPS[0].model_copy(update={"skills": {}, "capacity": {"hours": 30.0, "leads": 5.0}, "name": "Rita"}),
        Rep(id="R2"),
    )
    assert differences(BASE, changed(reps=reps)).reps == (
        RepChange(
            "changed",
            "R0",
            (
                Field("skills.german", 1.0, None),
                Field("capacity.hours", 40.0, 30.0),
                Field("capacity.leads", None, 5.0),
            ),
        ),
        RepChange("removed", "R1"),
        RepChange("added", "R2"),
    )
    senior = (REPS[0], Rep(id="R1", grade="junior"))
    assert differences(BASE, changed(reps=senior)).reps == (
        RepChange("changed", "R1", (Field("grade", "senior", "junior"),)),
    )


def test_settings() -> None:
    other = changed(period_start=dt.date(2026, 1, 1), win_rate_by="product", currency="EUR")
    assert differences(BASE, other).settings == (
        Field("period_start", None, "2026-01-01"),
        Field("win_rate_by", "segment", "product"),
    )


def rules(*parts: object) -> Scenario:
    return changed(rules=parts)


def told(base: Scenario, other: Scenario, what: str = "rules") -> list[tuple[str, int, int, list[str]]]:
    parts: tuple[PartChange, ...] = getattr(differences(base, other), what)
    return [(part.what, part.base, part.other, [f.name for f in part.fields]) for part in parts]


def test_rules_go_by_their_names() -> None:
    base = rules(Band(name="A", tolerance=0.1), Band(name="B", tolerance=0.2))
    other = rules(Band(name="B", tolerance=0.1), Band(name="A", tolerance=0.3), Skills())
    assert told(base, other) == [
        ("changed", 0, 1, ["tolerance"]),
        ("changed", 1, 0, ["tolerance"]),
        ("added", -1, 2, []),
    ]


def test_rules_without_names_go_by_what_they_are_about() -> None:
    first, second = (Match(lead_column=c, rep_column=c) for c in ("region", "product"))
    assert told(rules(first, second), rules(second)) == [("removed", 0, -1, []), ("same", 1, 0, [])]
    strict = Match(lead_column="product", rep_column="product", blank="none")
    assert told(rules(first, second), rules(strict)) == [("removed", 0, -1, []), ("changed", 1, 0, ["blank"])]
    pins = [Pin(leads={"id": lead}, reps={"id": rep}) for lead, rep in (("L0", "R0"), ("L1", "R0"), ("L1", "R1"))]
    assert told(rules(*pins[:2]), rules(pins[2])) == [("removed", 0, -1, []), ("changed", 1, 0, ["reps"])]


def test_a_rule_that_was_renamed_or_made_soft() -> None:
    assert told(rules(Capacity()), rules(Capacity(name="Places"))) == [("changed", 0, 0, ["name"])]
    assert told(rules(Capacity()), rules(Capacity(rate=2))) == [("changed", 0, 0, ["rate"])]
    assert told(rules(Exclusion()), rules(Capacity())) == [("removed", 0, -1, []), ("added", -1, 0, [])]


def test_many_rules_take_no_time_for_every_pair() -> None:
    pins = [Pin(leads={"id": f"L{k}"}, reps={"id": "R0"}) for k in range(5_000)]
    moved = [Pin(leads={"id": f"L{k}"}, reps={"id": "R1"}) for k in range(5_000)]
    found = differences(rules(*pins), rules(*moved[::-1])).rules
    assert {part.what for part in found} == {"changed"}
    assert all(part.base + part.other == 4_999 for part in found)


def test_goals() -> None:
    base = changed(goals=(Value(), Balance(metric="hours"), Balance(metric="leads")))
    other = changed(goals=(Value(weight=2), Balance(metric="leads", weight=3), Continuity()))
    assert told(base, other, "goals") == [
        ("changed", 0, 0, ["weight"]),
        ("removed", 1, -1, []),
        ("changed", 2, 1, ["weight"]),
        ("added", -1, 2, []),
    ]


def test_a_million_cells_are_compared_as_columns() -> None:
    n = 50_000
    leads = pl.DataFrame({"id": [f"L{k}" for k in range(n)], "value": np.arange(n, dtype=np.float64)})
    mine = changed(leads=leads)
    theirs = changed(leads=leads.with_columns(pl.col("value") + pl.col("value").eq(7.0)).reverse())
    found = differences(mine, theirs).leads
    assert {name: np.flatnonzero(column).tolist() for name, column in found.columns.items()} == {"value": [7]}
    assert (found.base + found.other == n - 1).all()


WAYS = [{"lead": f"L{i}", "rep": f"R{j}", "minutes": 10 * i + j} for i in range(3) for j in range(2)]


def test_links() -> None:
    base = changed(links=[("L0", "L1"), ("L1", "L2")])
    assert differences(base, changed(links=[("L2", "L1"), ("L1", "L0"), ("L0", "L1")])).none  # the same, turned round
    found = differences(base, changed(links=[("L1", "L0"), ("L0", "L2"), ("L9", "L0")]))
    assert (found.links.added, found.links.removed) == (1, 1)
    assert not found.none
    record = difference_record(found, base, BASE)
    assert record["links"] == {"added": 1, "removed": 1}
    assert difference_sentences(record, "en") == [
        "1 pair of leads is new neighbours.",
        "1 pair of leads is no longer neighbours.",
    ]


def test_travel() -> None:
    base = changed(travel=WAYS)
    assert differences(base, changed(travel=WAYS[::-1])).none
    longer = [{**row, "minutes": 99} if row["lead"] == "L1" and row["rep"] == "R1" else row for row in WAYS[1:]]
    found = differences(base, changed(travel=longer))
    assert {name: column.tolist() for name, column in found.leads.columns.items()} == {"travel": [True, True, False]}
    assert found.of_lead(0) == (Field("minutes R0", 0.0, None),)
    assert found.of_lead(1) == (Field("minutes R1", 11.0, 99.0),)
    assert not found.none


def test_ways_to_a_rep_who_joins_are_no_change_of_the_leads() -> None:
    joined = changed(
        travel=[*WAYS, *({"lead": f"L{i}", "rep": "R2", "minutes": 1} for i in range(3))], reps=(*REPS, Rep(id="R2"))
    )
    found = differences(changed(travel=WAYS), joined)
    assert found.reps == (RepChange("added", "R2"),)
    assert not found.leads.columns
