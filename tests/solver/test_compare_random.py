"""Comparisons of drawn scenarios: any change of any part, and what must be true whatever it is."""

from __future__ import annotations

import datetime as dt

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.model import Lead, Scenario
from scenarios.table import lead_frame
from solver import Explainer, Limits, explain, solve
from tests.solver.compared import assert_compared
from tests.strategies import any_goal, any_rule, lead_rows, rep_rows, scenarios
from tests.thorough import times

SOON = Limits(work=0.1)


@st.composite
def changed(draw, scenario: Scenario):
    """Draw a scenario that differs in some parts from another one."""
    update: dict[str, object] = {}
    reps = len(scenario.reps)
    rows = scenario.lead_records()
    for part in draw(st.lists(st.sampled_from(["leads", "reps", "settings", "rules", "goals"]), max_size=3)):
        if part == "leads":
            for _ in range(draw(st.integers(1, 2))):
                k = draw(st.integers(0, len(rows)))
                if k == len(rows):
                    rows.append(draw(lead_rows(10 + k, reps)))
                elif draw(st.booleans()) or len(rows) == 1:
                    rows[k] = {**draw(lead_rows(k, reps)), "id": rows[k]["id"], "tier": rows[k].get("tier", 1)}
                else:
                    del rows[k]
            update["leads"] = lead_frame(rows, Lead)
        elif part == "reps":
            people = list(scenario.reps)
            k = draw(st.integers(0, reps))
            if k == reps:
                people.append(draw(rep_rows(7)))
            elif draw(st.booleans()) or reps == 1:
                people[k] = draw(rep_rows(k)).model_copy(update={"id": people[k].id})
            else:
                del people[k]
            update["reps"] = tuple(people)
        elif part == "settings":
            update["period_start"] = draw(st.sampled_from([None, dt.date(2026, 1, 1), dt.date(2026, 1, 7)]))
        else:
            parts = list(getattr(scenario, part))
            k = draw(st.integers(0, len(parts)))
            made = draw(any_rule(reps, len(rows)) if part == "rules" else any_goal())
            if k == len(parts) or draw(st.booleans()):
                parts.insert(k, made)
            elif len(parts) > 1:
                del parts[k]
            update[part] = tuple(parts)
    return scenario.model_copy(update=update)


@st.composite
def pairs(draw):
    base = draw(scenarios(most_leads=6, most_reps=3))
    return base, draw(changed(base))


def solved(scenario: Scenario, seed: int = 0) -> Explainer | None:
    result = solve(scenario, Limits(work=SOON.work, seed=seed))
    return None if result.plan is None else explain(scenario, result.plan, seed)


@settings(max_examples=times(30), deadline=None)
@given(pairs())
def test_whatever_changed(pair: tuple[Scenario, Scenario]) -> None:
    base, other = (solved(scenario) for scenario in pair)
    if base is not None and other is not None:
        assert_compared(base, other)


@settings(max_examples=times(10), deadline=None)
@given(scenarios(most_leads=6, most_reps=3))
def test_the_same_scenario_solved_twice(scenario: Scenario) -> None:
    base, other = solved(scenario), solved(scenario, seed=3)
    if base is not None and other is not None:
        found = assert_compared(base, other)
        assert set(found.causes) <= {"tied"}  # small scenarios are solved to the end, so that both are worth the same
        assert assert_compared(base, base).moves.height == 0
        back = scenario.model_copy(update={"leads": scenario.leads.reverse(), "reps": scenario.reps[::-1]})
        again = solved(back)
        assert again is not None
        assert assert_compared(base, again).differences.none  # the order of rows says nothing
        assert isinstance(scenario.leads, pl.DataFrame)
