"""Travel that a table tells: pairs held sparsely, plans against a model of their own, and the unit in words."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from api.runs.packing import pack, unpack
from scenarios import Scenario
from scenarios.texts import LOCALES
from solver.check import check
from solver.explain import explain
from solver.facts import Facts
from solver.goals.travel import TravelMaths
from solver.limits import Limits
from solver.pairs import Measured
from solver.solve import solve
from tests.solver.explained import assert_brief
from tests.thorough import times


@st.composite
def tables(draw):
    """Draw values of pairs and the matrix that they stand for."""
    n, m = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    table = np.array(draw(st.lists(st.sampled_from([np.nan, 0.0, 2.5, 40.0]), min_size=n * m, max_size=n * m)))
    factor = np.array(draw(st.lists(st.sampled_from([-2.0, -0.5, 0.0]), min_size=n, max_size=n)))
    key = np.flatnonzero(~np.isnan(table))
    missing = np.nanmax(table) if len(key) else 0.0
    matrix = np.where(np.isnan(table), missing, table).reshape(n, m) * factor[:, None]
    return Measured(key, table[key], float(missing), factor, m), matrix


@given(drawn=tables(), data=st.data())
@settings(max_examples=times(100), deadline=None)
def test_sparse_pairs_are_the_matrix(drawn: tuple[Measured, np.ndarray], data: st.DataObject) -> None:
    values, matrix = drawn
    n, m = matrix.shape
    rows = np.array(data.draw(st.lists(st.integers(0, n - 1), max_size=6)), dtype=np.int64)
    start = data.draw(st.integers(0, n))
    np.testing.assert_array_equal(values.block(slice(None)), matrix)
    np.testing.assert_array_equal(values.block(slice(start, None)), matrix[start:])
    np.testing.assert_array_equal(values.block(rows), matrix[rows])
    np.testing.assert_array_equal(values.take(rows).block(slice(None)), matrix[rows])
    leads, reps = np.divmod(np.arange(n * m), m)
    np.testing.assert_array_equal(values.at(leads, reps), matrix.ravel())
    assert values.size() >= np.abs(matrix).max(axis=1).sum() - 1e-12


def minutes(n: int, m: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 90, (n, m)).astype(float)


def scenario(table: np.ndarray, **more: object) -> Scenario:
    """Return a scenario in which each rep takes one lead, and the way costs a point a minute."""
    n, m = table.shape
    rows = [{"lead": f"L{i}", "rep": f"R{j}", "minutes": table[i, j]} for i in range(n) for j in range(m)]
    defaults = {
        "rules": [{"kind": "capacity"}, {"kind": "pin"}],
        "goals": [{"kind": "travel", "measured_by": "minutes"}],
        "reps": [{"id": f"R{j}", "capacity": {"leads": 1}} for j in range(m)],
        "leads": [{"id": f"L{i}"} for i in range(n)],
        "travel": rows[::-1],
    }
    return Scenario.model_validate({**defaults, **more})


@pytest.mark.parametrize("power", [1, 2])
def test_a_plan_has_the_least_way_in_all(power: int) -> None:
    table = minutes(7, 7)
    goals = [{"kind": "travel", "measured_by": "minutes", "power": power}]
    found = solve(scenario(table, goals=goals), Limits(time=20))
    assert found.status == "optimal"
    best = (table**power)[linear_sum_assignment(table**power)].sum()
    assert found.objective == pytest.approx(-best)
    assert all(claim.holds for claim in check(scenario(table, goals=goals), found))


def test_weights_multiply_the_ways() -> None:
    goal = {"kind": "travel", "measured_by": "minutes", "weighted_by": "value", "weight": 0.5}
    table = minutes(4, 3)
    given = scenario(table, leads=[{"id": f"L{i}", "value": i} for i in range(4)], goals=[goal])
    values = TravelMaths().values(given.goals[0], Facts(given))
    np.testing.assert_allclose(values.block(slice(None)), -0.5 * np.arange(4)[:, None] * table)


def test_a_pair_nobody_knows_counts_as_the_farthest() -> None:
    given = scenario(minutes(3, 3))
    short = given.model_copy(update={"travel": given.travel.filter(given.travel["lead"] != "L1")})
    values = TravelMaths().values(given.goals[0], Facts(short))
    assert (values.block(slice(1, 2)) == -short.travel["minutes"].max()).all()


def test_the_unit_is_in_the_words() -> None:
    table = np.array([[42.0, 80.0], [60.0, 1.0]])
    found = solve(scenario(table), Limits(time=20))
    explainer = explain(scenario(table), found.plan, found.seed)
    record = explainer.lead("L0")
    assert record["terms"] == [{"name": "travel", "kind": "travel", "points": -42.0, "way": 42.0, "unit": "minutes"}]
    assert "travel -42 (42 minutes)" in explainer.sentence(record, "en")
    assert "路程 -42（42 分钟）" in explainer.sentence(record, "zh-CN")
    assert "(1 minute)" in explainer.sentence(explainer.lead("L1"), "en")
    assert_brief(explainer)


def test_a_unit_of_the_planner_is_told_as_it_is() -> None:
    table = np.array([[42.0]])
    given = scenario(table, goals=[{"kind": "travel", "measured_by": "blocks", "power": 2}])
    given = given.model_copy(update={"travel": given.travel.rename({"minutes": "blocks"})})
    explainer = explain(given, solve(given, Limits(time=20)).plan, 0)
    assert all("42 blocks" in explainer.sentence(explainer.lead("L0"), locale) for locale in LOCALES)


def test_the_store_gives_it_back() -> None:
    given = scenario(minutes(3, 2))
    assert unpack(pack(given)) == given


def test_the_judge_needs_no_solver() -> None:
    code = (
        "import sys, numpy as np; from scenarios import Scenario; from solver.check import judge;"
        "s = Scenario.model_validate({'leads': [{'id': 'a'}], 'reps': [{'id': 'r'}],"
        "'travel': [{'lead': 'a', 'rep': 'r', 'minutes': 4}],"
        "'goals': [{'kind': 'travel', 'measured_by': 'minutes'}]});"
        "assert judge(s, np.array([0])).objective == -4.0; assert 'ortools' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
