"""Territories whose ways a table tells: against brute force, in words, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenarios import Rep, Scenario, ScenarioError
from scenarios.validate import validate
from solver.territory.notes import note
from solver.territory.place import place
from solver.territory.rebalance import rebalance
from solver.territory.refusals import refusals
from tests.solver.territory.test_rebalance import EVEN, LIMITS, PIECES, grid, judged, truth

GOAL = {"kind": "travel", "measured_by": "minutes", "weighted_by": "value"}


def measured(seed: int, rules: list[dict[str, Any]], **more: Any) -> Scenario:
    """Return a map without any place: only the table says how far it is from whom to where."""
    cells = grid(3, 3, seed)
    leads = [{k: v for k, v in lead.items() if k not in ("lat", "lon")} for lead in cells["leads"]]
    rng = np.random.default_rng(seed)
    rows = [
        {"lead": lead["id"], "rep": rep, "minutes": float(rng.integers(1, 60))}
        for lead in leads
        for rep in ("west", "east")
    ]
    defaults = {"leads": leads, "reps": [Rep(id="west"), Rep(id="east", share=2.0)], "goals": [GOAL], "travel": rows}
    return Scenario(links=cells["links"], rules=rules, **{**defaults, **more})


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rules", [[EVEN], [PIECES, EVEN]], ids=["even", "pieces"])
def test_a_table_against_brute_force(seed: int, rules: list[dict[str, Any]]) -> None:
    scenario = measured(seed, rules)
    best = truth(scenario)
    assert best is not None
    found = rebalance(scenario, LIMITS)
    judged(found, scenario)
    assert found.result.status == "optimal"
    assert found.result.objective == pytest.approx(best)
    assert found.centres == {}
    assert {issue.code for issue in validate(scenario)} <= {"contiguity_by_rebalance"}


def test_ways_and_kilometres_together() -> None:
    cells = grid(3, 3)
    home = [Rep(id="west", lat=40.0, lon=-90.0), Rep(id="east")]  # a place is found for the second
    scenario = measured(0, [EVEN], leads=cells["leads"], reps=home, goals=[GOAL, {"kind": "travel", "weight": 0.1}])
    found = rebalance(scenario, LIMITS)
    judged(found, scenario)
    assert list(found.centres) == ["east"]


def test_a_note_speaks_of_the_unit() -> None:
    scenario = measured(0, [EVEN])
    ways = {(lead, rep): way for lead, rep, way in scenario.travel.iter_rows()}
    owner = np.array([int(ways[lead, "east"] < ways[lead, "west"]) for lead in scenario.leads["id"]])
    told = note(scenario, owner, "u00")
    assert (told.way, told.next_way) == (ways["u00", told.rep], ways["u00", told.next])
    assert told.record()["unit"] == "minutes"
    assert told.sentences()[0].startswith(f"It is {told.way:.0f} minute")
    assert "分钟" in told.sentences("zh-CN")[0]


def test_a_new_lead_goes_where_its_ways_say() -> None:
    scenario = measured(0, [EVEN])
    found = rebalance(scenario, LIMITS)
    lead = {"id": "new", "value": 1}
    for near, far in (("west", "east"), ("east", "west")):
        told = place(found.scenario, found.result, lead, {near: {"minutes": 1}, far: {"minutes": 100_000}})
        assert told.rep == near
        assert "(1 minute)" in told.sentence()
    with pytest.raises(ValueError, match="how many minutes it is from 'new' to 'east'"):
        place(found.scenario, found.result, lead, {"west": {"minutes": 1}})


def test_a_rep_of_whom_the_table_says_nothing_is_refused() -> None:
    scenario = measured(0, [EVEN])
    short = scenario.model_copy(update={"travel": scenario.travel.filter(scenario.travel["rep"] == "west")})
    (issue,) = refusals(short)
    assert (issue.code, issue.pointer) == ("territory_unmeasured", "/goals/0/measured_by")
    assert issue.params == {"rep": "east", "count": 1, "column": "minutes"}
    with pytest.raises(ScenarioError):
        rebalance(short, LIMITS)
    off = short.model_copy(update={"goals": (short.goals[0].model_copy(update={"weight": 0.0}),)})
    assert refusals(off) == []
