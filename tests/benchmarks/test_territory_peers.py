"""The race of territories: every answer is judged alike, and the plain model means what it says."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from benchmarks.territory_contenders import cp_sat, highs, prepared
from benchmarks.territory_peers import Judged, _scenario, centred, instance, judged, table
from solver.territory.problem import Territories, judge


def little(*, linked: bool) -> Territories:
    """Return a line of six places, 1 to 6, into two, each within a third of half of all."""
    leads: list[dict[str, object]] = [
        {"id": f"u{k}", "lat": 40.0, "lon": 0.1 * x, "value": float(v)}
        for k, (x, v) in enumerate(((0, 1), (1, 2), (2, 3), (6, 4), (7, 5), (8, 6)))
    ]
    pairs = [(f"u{k}", f"u{k + 1}") for k in range(5)] if linked else None
    task = prepared(_scenario(leads, pairs, 2, "value", 1.0), 0)[1]
    return replace(task, lower=task.lower / 0.9 * (2 / 3), upper=task.upper / 1.1 * (4 / 3))


def least(task: Territories) -> float:
    found = [
        judge(task, centred(task, np.array(label)))
        for label in product(range(2), repeat=task.n)
        if 0 < sum(label) < task.n
    ]
    return min(verdict.cost for verdict in found if verdict.feasible)


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("contender", [highs, cp_sat])
def test_the_plain_model_finds_the_best(contender: object, linked: bool) -> None:
    assert callable(contender)
    task = little(linked=linked)
    label = contender(None, task, 20.0, 0)
    one = judged("little", "plain", task, label, 1.0, least(task))
    assert one.status == "good" and one.territories == 2
    assert one.above == pytest.approx(0.0, abs=1e-4)


def test_what_is_wrong_is_counted() -> None:
    """u0 and the four last against u1: 19 of 21 and 2, for shares of 10.5; and the larger one is in two pieces."""
    task = little(linked=True)
    value = task.amounts[:, 0]
    one = judged("little", "somebody", task, (value == 2).astype(np.int64), 1.0, -np.inf)
    assert (one.status, one.territories, one.outside, one.in_pieces, one.above) == ("broken", 2, 2, 1, None)
    assert one.off == pytest.approx(19 / 10.5 - 1)


def test_the_centre_is_where_it_costs_least() -> None:
    task = little(linked=False)
    whole = centred(task, np.zeros(task.n, dtype=np.int64))
    assert task.amounts[whole[0], 0] == 5.0  # 10 of 21 lie before it, 6 behind


def test_instances_are_whole_and_repeat() -> None:
    assert instance("IA", 0).leads.height == 99
    points = instance("points", 1)
    assert points == instance("points", 1) and points.leads.height == 1_000 and points.links.height > 2_000
    assert not instance("points-counts", 0).links.height
    with pytest.raises(ValueError, match="no instance 'moon'"):
        instance("moon", 0)


def test_the_table_says_why_there_is_no_answer() -> None:
    lines = table(
        [Judged("IA", "max-p", "over time", 40.0), Judged("IA", "us", "good", 1.0, 4, 0, 0.09, 0, 190.0, 0.01)]
    )
    assert "over time" in lines and "+1.0%" in lines and "9.0%" in lines
