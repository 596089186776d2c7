"""Territories from scenarios: against brute force on tiny maps, and what must hold on larger ones."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest

from scenarios import Lead, Rep, Scenario, ScenarioError
from solver import Limits, check, judge
from solver.explain.counterfactual import verify
from solver.facts import Facts
from solver.pairs import EARTH_RADIUS_KM, unit_vectors
from solver.territory.compile import EVERY_LEAD, ground_of, placed
from solver.territory.notes import note
from solver.territory.place import place
from solver.territory.rebalance import Rebalanced, rebalance, without_pieces
from solver.territory.refusals import refusals
from tests.oracle import Oracle

LIMITS = Limits(time=20, workers=1)


def grid(width: int, height: int, seed: int = 0, **columns: Any) -> dict[str, Any]:
    """Return leads on a grid with links between neighbours, and random values."""
    rng = np.random.default_rng(seed)
    cells = [(x, y) for x in range(width) for y in range(height)]
    leads = [
        {"id": f"u{x}{y}", "lat": 40 + y / 2, "lon": -90 + 0.7 * x, "value": float(rng.integers(5, 15)), **columns}
        for x, y in cells
    ]
    links = [(f"u{x}{y}", f"u{x + 1}{y}") for x, y in cells if x + 1 < width]
    links += [(f"u{x}{y}", f"u{x}{y + 1}") for x, y in cells if y + 1 < height]
    return {"leads": leads, "links": links}


PIECES = {"kind": "contiguity", "name": "One piece"}
EVEN = {"kind": "band", "name": "Even", "metric": "value", "tolerance": 0.35}
WAYS = {"kind": "travel", "weighted_by": "value"}


def judged(found: Rebalanced, scenario: Scenario) -> np.ndarray:
    """Return the owners, once the judge, and the check of all claims, have passed them."""
    result = found.result
    assert result.plan is not None, (result, found.reason)
    verdict = judge(found.scenario, result.plan.owner)
    assert verdict.feasible, verdict.breaches
    assert (result.plan.owner >= 0).all()
    assert all(claim.holds for claim in check(found.scenario, result))
    assert result.bound is not None and result.objective is not None
    assert result.bound >= result.objective
    assert found.scenario.leads.equals(scenario.leads)
    return result.plan.owner


def truth(scenario: Scenario) -> float | None:
    """Return the most points of any plan that gives every lead an owner; None without one."""
    oracle = Oracle(scenario)
    feasible, points = oracle.scored()
    everyone = feasible & (oracle.plans >= 0).all(axis=1)
    return float(points[1][everyone].max()) if everyone.any() else None


HOMES = [Rep(id="west", lat=40.0, lon=-90.0), Rep(id="east", lat=40.5, lon=-88.0, share=2.0)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rules", [[EVEN], [PIECES, EVEN], [PIECES, {**EVEN, "tolerance": 0.05}]])
def test_homes_against_brute_force(seed: int, rules: list[dict[str, Any]]) -> None:
    scenario = Scenario(**grid(3, 3, seed), reps=HOMES, rules=rules, goals=[WAYS, {"kind": "value", "weight": 10}])
    best = truth(scenario)
    found = rebalance(scenario, LIMITS)
    if best is None:
        assert found.result.status == "infeasible"
        return
    judged(found, scenario)
    assert found.result.status == "optimal"
    assert found.result.objective == pytest.approx(best)
    assert found.centres == {}
    assert found.neighbours == ("links" if PIECES in rules else "")


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("seed", range(2))
def test_seats_against_brute_force(seed: int, power: int) -> None:
    scenario = Scenario(
        **grid(4, 2, seed),
        reps=[Rep(id="a"), Rep(id="b")],
        rules=[PIECES, EVEN],
        goals=[{**WAYS, "power": power}],
    )
    places = dict(zip(scenario.leads["id"], scenario.leads.select("lat", "lon").iter_rows(), strict=True))
    best = max(
        points
        for one, other in product(places, repeat=2)
        if one < other
        and (points := _with_own(placed(scenario, {"a": places[one], "b": places[other]}), one, other)) is not None
    )
    found = rebalance(scenario, LIMITS)
    owner = judged(found, scenario)
    assert found.result.status == "optimal"
    assert found.result.objective == pytest.approx(best)
    assert found.result.bound_by == "search"
    assert set(found.centres) == {"a", "b"}
    for j, rep in enumerate(found.scenario.reps):
        lead = found.centres[rep.id]
        assert (rep.lat, rep.lon) == places[lead] == found.places[rep.id]
        assert owner[scenario.leads["id"].to_list().index(lead)] == j


def _with_own(scenario: Scenario, one: str, other: str) -> float | None:
    """Return the truth with each seat's own unit in its territory."""
    pins = [{"kind": "pin", "leads": {"id": lead}, "reps": {"id": rep}} for rep, lead in (("a", one), ("b", other))]
    return truth(
        Scenario.model_validate(
            {
                **scenario.document(),
                "rules": [*scenario.rules, *pins],
                "reps": scenario.reps,
                "leads": scenario.leads,
                "links": scenario.links,
            }
        )
    )


def test_rules_of_the_planner_hold() -> None:
    """Locks, families, exclusions, capacities, minima and a budget, all at once, and each of them bites."""
    cells = grid(5, 3, 1)
    for k, lead in enumerate(cells["leads"]):
        lead["owner"] = "west" if k < 8 else "east"
    cells["leads"][0]["family"] = cells["leads"][5]["family"] = "group"
    scenario = Scenario(
        **cells,
        reps=[
            Rep(id="west", lat=40.5, lon=-90.0, capacity={"leads": 7}),
            Rep(id="east", lat=40.5, lon=-87.2, capacity={"leads": 8}),
            Rep(id="new", lat=41.0, lon=-88.6),
        ],
        rules=[
            PIECES,
            {"kind": "pin", "name": "Lock", "leads": {"id": "u20"}, "reps": {"id": "east"}},
            {"kind": "exclusion", "name": "Not new", "leads": {"id": "u21"}, "reps": {"id": "new"}},
            {"kind": "capacity"},
            {"kind": "minimum", "metric": "value", "at_least": 20},
            {"kind": "family"},
            {"kind": "disruption", "metric": "leads", "at_most": 6},
        ],
        goals=[WAYS, {"kind": "continuity", "weight": 30}],
    )
    found = rebalance(scenario, LIMITS)
    owner = judged(found, scenario)
    ids = scenario.leads["id"].to_list()
    assert owner[ids.index("u20")] == 1
    assert owner[0] == owner[5]
    assert (owner == 2).any()
    assert int((Facts(scenario).owner != owner).sum()) <= 6


def test_the_budget_is_kept_with_seats_and_joiners() -> None:
    """One rep left and one joins without a place; those who stay have no place either: today's middle is the start."""
    cells = grid(6, 3, 2)
    for k, lead in enumerate(cells["leads"]):
        lead["owner"] = ("left", "stays", "also")[k // 6]
    scenario = Scenario(
        **cells,
        reps=[Rep(id="stays"), Rep(id="also"), Rep(id="joins")],
        rules=[PIECES, EVEN, {"kind": "disruption", "metric": "value", "at_most": 20}],
        goals=[WAYS],
    )
    found = rebalance(scenario, LIMITS)
    owner = judged(found, scenario)
    facts = Facts(scenario)
    moved = facts.lead_numbers("value")[(facts.owner >= 0) & (facts.owner != owner)].sum()
    assert moved <= 20
    assert set(found.centres) == {"stays", "also", "joins"}
    # each found centre is the best of the leads in its territory
    for j, rep in enumerate(scenario.reps):
        mine = np.flatnonzero(owner == j)
        cost = (facts.lead_numbers("value")[mine, None] * _kilometres(facts.places[mine], facts.places[mine])).sum(
            axis=0
        )
        centre = mine[cost.argmin()]
        assert cost.min() == pytest.approx(cost[np.flatnonzero(mine == _row(scenario, found.centres[rep.id]))[0]])
        assert owner[centre] == j


def _row(scenario: Scenario, lead: str) -> int:
    return scenario.leads["id"].to_list().index(lead)


def _kilometres(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return EARTH_RADIUS_KM * np.arccos(np.clip(a @ b.T, -1.0, 1.0))


def test_like_seats_go_to_who_has_most_of_the_territory_today() -> None:
    cells = grid(6, 2, 3)
    for k, lead in enumerate(cells["leads"]):
        lead["owner"] = "b" if k < 6 else "a"  # from west to east: first b, then a
    scenario = Scenario(**cells, reps=[Rep(id="a"), Rep(id="b")], rules=[PIECES, EVEN], goals=[WAYS])
    found = rebalance(scenario, LIMITS)
    owner = judged(found, scenario)
    assert int((Facts(scenario).owner == owner).sum()) >= 8


def test_neighbours_by_place() -> None:
    cells = grid(4, 3, 4)
    scenario = Scenario(leads=cells["leads"], reps=[Rep(id="a"), Rep(id="b")], rules=[PIECES, EVEN], goals=[WAYS])
    found = rebalance(scenario, LIMITS)
    judged(found, scenario)
    assert found.neighbours == "places"


def test_names_and_order_change_nothing() -> None:
    cells = grid(3, 3, 5)
    scenario = Scenario(**cells, reps=HOMES, rules=[PIECES, EVEN], goals=[WAYS])
    turned = Scenario(
        leads=cells["leads"][::-1], links=cells["links"][::-1], reps=HOMES[::-1], rules=[EVEN, PIECES], goals=[WAYS]
    )
    one, other = rebalance(scenario, LIMITS).result, rebalance(turned, LIMITS).result
    assert (one.objective, one.bound) == (pytest.approx(other.objective), pytest.approx(other.bound))


# -- between two plans ---------------------------------------------------------------------------------------


def test_a_new_lead_goes_where_it_is_worth_most_at_the_prices() -> None:
    scenario = Scenario(
        **grid(6, 2, 7),
        reps=[Rep(id="west", lat=40.2, lon=-90.0), Rep(id="east", lat=40.2, lon=-86.5)],
        rules=[{**EVEN, "tolerance": 0.1}, {"kind": "exclusion", "leads": {"segment": "Far"}, "reps": {"id": "west"}}],
        goals=[{"kind": "travel"}],
    )
    found = rebalance(scenario, LIMITS)
    judged(found, scenario)
    prices = {p.row: p.price for p in found.result.plan.prices}  # type: ignore[union-attr]
    for lon, value in ((-89.9, 3.0), (-88.2, 0.0), (-88.2, 8.0), (-86.6, 3.0)):
        put = place(found.scenario, found.result, {"id": "new", "lat": 40.2, "lon": lon, "value": value})
        ways = [_way(lon, home) for home in (-90.0, -86.5)]
        cost = [way + value * _band_price(prices, rep) for way, rep in zip(ways, ("west", "east"), strict=True)]
        assert put.rep == ("west", "east")[int(np.argmin(cost))]
        assert put.net == pytest.approx(-min(cost), abs=1e-3)
        assert put.rep in put.sentence()
    barred = place(found.scenario, found.result, {"id": "new", "lat": 40.2, "lon": -90.0, "segment": "Far"})
    assert barred.rep == "east"


def _way(lon: float, home: float) -> float:
    here, there = (unit_vectors(np.array([40.2]), np.array([x])) for x in (lon, home))
    return float(_kilometres(here, there)[0, 0])


def _band_price(prices: dict[str, float], rep: str) -> float:
    """Return what a unit of value costs a rep: the rows' prices times their coefficients, as the band's rule says.

    A row holds load_j - (1 -+ d) e_j sum(load), with e_j = 1/2 and d = 0.1.
    """
    total = 0.0
    for row, price in prices.items():
        name, side = row.split(" ")
        share = 0.5 * (0.9 if side == "lower" else 1.1)
        total += price * ((name == rep) - share)
    return total


def test_a_new_lead_stays_next_to_its_territory() -> None:
    reps = [Rep(id=name) for name in "abc"]
    scenario = Scenario(**grid(6, 2, 8), reps=reps, rules=[PIECES, EVEN], goals=[WAYS])
    found = rebalance(scenario, LIMITS)
    owner = judged(found, scenario)
    ids = scenario.leads["id"].to_list()
    for lead in ("u00", "u51"):
        lat, lon = scenario.leads.filter(scenario.leads["id"] == lead).select("lat", "lon").row(0)
        put = place(found.scenario, found.result, Lead(id="new", lat=lat + 0.01, lon=lon, value=10))
        assert put.rep == scenario.reps[owner[ids.index(lead)]].id
        assert put.beside == (put.rep,)  # a corner of the map: all its neighbours are of one territory
    with pytest.raises(ValueError, match="has the lead 'u00' already"):
        place(found.scenario, found.result, {"id": "u00"})


def test_moving_a_unit_is_verified() -> None:
    """The best plan with the unit elsewhere, by brute force, loses what is proved that it loses."""
    scenario = Scenario(**grid(3, 3, 9), reps=HOMES, rules=[PIECES, EVEN], goals=[WAYS])
    found = rebalance(scenario, LIMITS)
    owner = judged(found, scenario)
    ids, best = scenario.leads["id"].to_list(), truth(scenario)
    for lead in ("u10", "u11"):
        other = HOMES[1 - owner[ids.index(lead)]].id
        told = verify(found.scenario, found.result, lead, other, LIMITS)
        pin = {"kind": "pin", "leads": {"id": lead}, "reps": {"id": other}}
        document = {**scenario.document(), "rules": [*scenario.rules, pin]}
        forced = truth(
            Scenario.model_validate({**document, "reps": HOMES, "leads": scenario.leads, "links": scenario.links})
        )
        if forced is None:
            assert told.verdict == "impossible"
        else:
            assert best is not None
            assert told.loss == pytest.approx(best - forced, rel=1e-4)


def test_a_note_tells_what_a_unit_holds_together() -> None:
    leads = [{"id": name, "lat": 40, "lon": -90 + k / 2, "value": 1} for k, name in enumerate("abcdef")]
    scenario = Scenario(
        leads=leads,
        links=list(pairwise("abcdef")),
        reps=[Rep(id="x", lat=40, lon=-89.5), Rep(id="y", lat=40, lon=-87.5)],
        rules=[PIECES],
        goals=[WAYS],
    )
    owner = np.array([0, 0, 0, 0, 1, 1])
    inner = note(scenario, owner, "b")
    assert (inner.rep, inner.pieces, inner.beside, inner.next) == ("x", 2, (), "y")
    assert inner.way == pytest.approx(0.0, abs=1e-6)
    edge = note(scenario, owner, "d")  # half a degree from c, and as far from the centre of x as from that of y
    assert (edge.pieces, edge.beside) == (1, ("y",))
    assert edge.sentences()[1] == "Beside it: y."
    assert "would have 2 pieces" in inner.sentences()[-1]
    assert all(en != zh for en, zh in zip(inner.sentences(), inner.sentences("zh-CN"), strict=True))
    with pytest.raises(ValueError, match="no lead 'z'"):
        note(scenario, owner, "z")


# -- no plan ----------------------------------------------------------------------------------------------


def test_a_unit_above_the_band_is_named() -> None:
    cells = grid(3, 3)
    cells["leads"][4]["value"] = 500.0
    scenario = Scenario(**cells, reps=[Rep(id="a"), Rep(id="b")], rules=[PIECES, EVEN], goals=[WAYS])
    found = rebalance(scenario, LIMITS)
    assert found.result.status == "infeasible"
    assert found.reason is not None
    assert (found.reason["code"], found.reason["lead"], found.reason["metric"]) == ("unit_too_large", "u11", "value")
    bare = without_pieces(scenario, found)
    assert bare is not None
    assert {rule.kind for rule in bare.rules if rule.rate is None} == {"band", "pin"}


def test_a_part_without_a_way_to_the_rest_is_named() -> None:
    cells = grid(4, 2)
    cells["links"] = [(a, b) for a, b in cells["links"] if "u00" not in (a, b)]
    scenario = Scenario(**cells, reps=[Rep(id="a"), Rep(id="b")], rules=[PIECES, EVEN], goals=[WAYS])
    found = rebalance(scenario, LIMITS)
    assert found.result.status == "infeasible"
    assert found.reason is not None
    assert (found.reason["code"], found.reason["lead"]) == ("part_out_of_reach", "u00")
    assert without_pieces(scenario, found) is None


# -- what it cannot take -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"rules": [{"kind": "share", "floor": 0.5}]}, "territory_rule", "/rules/0"),
        ({"rules": [EVEN, {**EVEN, "rate": 1}]}, "territory_soft", "/rules/1"),
        ({"rules": [{"kind": "family", "rate": 1}]}, "territory_soft", "/rules/0"),
        ({"rules": [{**PIECES, "leads": {"id": "u00"}}]}, "territory_part", "/rules/0"),
        ({"rules": [{**EVEN, "by": "team"}]}, "territory_group", "/rules/0"),
        ({"rules": [{**EVEN, "reps": {"id": "west"}}]}, "territory_group", "/rules/0"),
        ({"rules": [{**EVEN, "metric": "expected_value"}]}, "territory_metric", "/rules/0"),
        ({"rules": [{"kind": "minimum", "metric": "expected_value", "at_least": 1}]}, "territory_metric", "/rules/0"),
        ({"goals": [WAYS, {"kind": "balance"}]}, "territory_goal", "/goals/1"),
        ({"goals": [{"kind": "max_min"}, {"kind": "max_min"}]}, "territory_worst_off", "/goals/1"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_place(change: dict[str, Any], code: str, place: str) -> None:
    reps = [HOMES[0].model_copy(update={"team": "A"}), HOMES[1].model_copy(update={"team": "B"})]
    scenario = Scenario(**{**grid(3, 2), "reps": reps, "rules": [], "goals": [WAYS], **change})
    (issue,) = refusals(scenario)
    assert (issue.code, issue.pointer) == (code, place)
    assert issue.message() != issue.message("zh-CN")
    with pytest.raises(ScenarioError) as raised:
        rebalance(scenario)
    assert raised.value.issues == (issue,)


def test_tiers_and_seats_without_places_are_refused() -> None:
    cells = grid(2, 2)
    cells["leads"][0]["tier"] = 2
    (issue,) = refusals(Scenario(**cells, reps=HOMES, goals=[WAYS], rules=[]))
    assert issue.code == "territory_tiers"
    nowhere = Scenario(
        leads=[{"id": "a"}, {"id": "b", "lat": 1, "lon": 1}], reps=[Rep(id="x"), Rep(id="y")], goals=[WAYS]
    )
    (issue,) = refusals(nowhere)
    assert (issue.code, issue.params["count"], issue.params["reps"]) == ("territory_seats", 1, 2)


@pytest.mark.parametrize("rule", [{"kind": "share", "floor": 0.5}, EVEN, {"kind": "family"}])
def test_what_is_switched_off_is_taken(rule: dict[str, Any]) -> None:
    scenario = Scenario(**grid(2, 2), reps=HOMES, rules=[{**rule, "rate": 0}], goals=[{"kind": "balance", "weight": 0}])
    assert refusals(scenario) == []


# -- compiling ---------------------------------------------------------------------------------------------


def test_the_ground_has_the_bounds_of_the_rules() -> None:
    cells = grid(2, 2)
    reps = [
        Rep(id="a", lat=40, lon=-90, carried={"value": 7}, capacity={"leads": 3}),
        Rep(id="b", lat=41, lon=-89, share=3),
    ]
    scenario = Scenario(**cells, reps=reps, rules=[{**EVEN, "tolerance": 0.2}, {"kind": "capacity"}], goals=[WAYS])
    ground = ground_of(scenario)
    total = sum(lead["value"] for lead in cells["leads"]) + 7
    j = [rep.id for rep in ground.facts.reps].index("a")
    k, count = ground.metrics.index("value"), ground.metrics.index("leads")
    # a is entitled to 1 of 4 parts of all, the 7 that a carries included, which a has already
    assert ground.lower[j, k] == pytest.approx(0.8 * total / 4 - 7)
    assert ground.upper[j, k] == pytest.approx(1.2 * total / 4 - 7)
    assert (ground.upper[j, count], ground.upper[1 - j, count]) == (3.0, np.inf)
    assert EVERY_LEAD in {rule.name for rule in ground.facts.scenario.rules}


def test_chords_stand_in_for_ways_where_a_table_would_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """The costs of the chords are below those of the ways, and close to them."""
    scenario = Scenario(**grid(5, 4, 6), reps=[Rep(id=f"r{k}") for k in range(3)], rules=[EVEN], goals=[WAYS])
    ground = ground_of(scenario)
    table = ground.seat_task().matrix
    monkeypatch.setattr("solver.territory.compile.MOST_CELLS", 100)
    chords = ground_of(scenario).seat_task()
    assert not isinstance(chords.cost, np.ndarray)
    assert chords.matrix.shape == table.shape == (20, 20)
    assert (chords.matrix <= table + 1e-9).all()
    assert chords.matrix == pytest.approx(table, rel=1e-3)


def test_places_are_where_the_leads_are() -> None:
    lat, lon = np.array([31.2]), np.array([121.5])
    scenario = Scenario(leads=[{"id": "a", "lat": 31.2, "lon": 121.5}], reps=[Rep(id="x")], goals=[WAYS], rules=[])
    assert ground_of(scenario).spots == pytest.approx(unit_vectors(lat, lon))
