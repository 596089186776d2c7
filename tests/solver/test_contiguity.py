"""Contiguity: the judge against brute force, neighbours by place, and who refuses the rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from scenarios.model import Rep, Scenario
from solver import solve
from solver.facts import Facts
from solver.neighbours import neighbours
from solver.pairs import unit_vectors
from solver.rules import RULE_MATHS
from tests.oracle import Oracle
from tests.strategies import maps
from tests.thorough import times


@settings(max_examples=times(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(maps(4, 3), st.randoms(use_true_random=False))
def test_the_judge_counts_pieces_as_brute_force_does(scenario: Scenario, chance) -> None:
    oracle, facts = Oracle(scenario), Facts(scenario)
    rows = [chance.randrange(len(oracle.plans)) for _ in range(20)]
    for rule in scenario.rules:
        if rule.kind == "contiguity":
            further = oracle.rule_contiguity(rule)
            for k in rows:
                verdict = RULE_MATHS["contiguity"].judge(rule, facts, oracle.plans[k])
                assert verdict.total == further[k]
                assert verdict.holds == (further[k] == 0)


def test_pieces_are_named_with_their_rep() -> None:
    scenario = Scenario(
        leads=[{"id": name} for name in "abcd"],
        reps=[Rep(id="x"), Rep(id="y")],
        links=[("a", "b"), ("b", "c"), ("c", "d")],
        rules=[{"kind": "contiguity"}],
    )
    maths, facts = RULE_MATHS["contiguity"], Facts(scenario)
    verdict = maths.judge(scenario.rules[0], facts, np.array([0, 1, 0, 0]))  # x holds a, and c with d
    (breach,) = verdict.breaches
    assert (verdict.total, breach.rep, breach.load, breach.amount) == (1.0, 0, 2.0, 1.0)
    assert maths.judge(scenario.rules[0], facts, np.array([0, -1, 1, 1])).holds
    assert maths.judge(scenario.rules[0], facts, np.array([-1, -1, -1, -1])).holds


def test_only_rebalance_takes_the_rule() -> None:
    scenario = Scenario(
        leads=[{"id": "a"}], reps=[Rep(id="x")], rules=[{"kind": "contiguity", "name": "One piece"}], links=[("a", "a")]
    )
    with pytest.raises(ValueError, match="'One piece' asks for territories in one piece: only `rebalance`"):
        solve(scenario)
    off = scenario.model_copy(update={"rules": (scenario.rules[0].model_copy(update={"rate": 0.0}),)})
    assert solve(off).status == "optimal"


# -- neighbours by place ----------------------------------------------------------------------------------


def pairs(lat: list[float], lon: list[float]) -> set[tuple[int, int]]:
    links = neighbours(unit_vectors(np.array(lat, dtype=float), np.array(lon, dtype=float)))
    assert len(np.unique(np.sort(links, axis=1), axis=0)) == len(links)
    return {(min(a, b), max(a, b)) for a, b in links.tolist()}


def test_neighbours_of_few_places() -> None:
    nan = float("nan")
    assert pairs([], []) == set()
    assert pairs([40], [0]) == set()
    assert pairs([40, 41], [0, 0]) == {(0, 1)}
    assert pairs([40, nan, 41], [0, 0, 0]) == {(0, 2)}
    assert pairs([0, 2, 1], [0, 0, 0]) == {(0, 2), (1, 2)}  # on one line: in a row
    assert pairs([40, 40, 41], [0, 0, 0]) == {(0, 1), (0, 2)}  # twice the same place
    assert pairs([0, 0, 1, 1.01], [0, 1, 0, 1]) in (
        {(0, 1), (0, 2), (1, 3), (2, 3), (1, 2)},
        {(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)},
    )


def test_a_long_link_is_cut_and_nobody_parted() -> None:
    # two towns of nine places each, and far apart: of the links between them those are left that no third place is in
    # the way of, within the circle around both ends
    town = [(x / 10, y / 10) for x in range(3) for y in range(3)]
    lat = [y for _, y in town] * 2
    lon = [x for x, _ in town] + [x + 5 for x, _ in town]
    links = pairs(lat, lon)
    between = {(a, b) for a, b in links if (a < 9) != (b < 9)}
    assert between
    spots = unit_vectors(np.array(lat, dtype=float), np.array(lon, dtype=float))
    for a, b in between:
        others = np.delete(spots, [a, b], axis=0)
        assert (((spots[a] - others) * (spots[b] - others)).sum(axis=1) >= 0).all()
    assert connected(18, links)


@settings(max_examples=times(60), deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 60))
def test_neighbours_hold_all_places_together_whatever_their_order(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    lat, lon = rng.uniform(-80, 80, count), rng.uniform(-179, 179, count)
    links = pairs(lat.tolist(), lon.tolist())
    assert connected(count, links)
    assert len(links) <= 3 * count
    order = rng.permutation(count)
    turned = pairs(lat[order].tolist(), lon[order].tolist())
    assert {tuple(sorted((order[a], order[b]))) for a, b in turned} == links


def connected(count: int, links: set[tuple[int, int]]) -> bool:
    a, b = np.array(sorted(links)).T
    graph = sparse.coo_matrix((np.ones(len(a)), (a, b)), shape=(count, count))
    return connected_components(graph, directed=False)[0] == 1
