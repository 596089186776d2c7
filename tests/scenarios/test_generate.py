"""Generated scenarios: reproducible, of any size, with the statistics that their families promise."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.optimize import linprog

from scenarios.generate import FAMILIES, generate
from scenarios.goals import GOAL_KINDS
from scenarios.issues import errors_of
from scenarios.market_words import CHINESE
from scenarios.model import Scenario
from scenarios.rules import RULE_KINDS, Band
from scenarios.table import parse_mapping
from scenarios.validate import validate


@pytest.fixture(scope="module")
def cycle() -> Scenario:
    """Return a cycle whose shares are close to their expectation: the standard error of 60 % is 0.35 %."""
    return generate("cycle", leads=20_000, reps=120, seed=11)


@pytest.fixture(scope="module", params=["realistic", "chinese"])
def market(request: pytest.FixtureRequest) -> Scenario:
    """Return a synthetic market."""
    return generate(request.param, leads=6_000, reps=80, seed=4)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_arguments_give_the_same_scenario(family: str) -> None:
    one, two, other = (generate(family, leads=300, reps=20, seed=seed) for seed in (3, 3, 4))
    assert one == two
    assert one.sha256() == two.sha256()
    assert one.sha256() != other.sha256()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("leads", "reps"), [(0, 1), (1, 1), (2, 9), (45, 1), (100, 2), (500, 30)])
def test_every_size_is_valid(family: str, leads: int, reps: int) -> None:
    scenario = generate(family, leads=leads, reps=reps, seed=1)
    assert scenario.leads.height == leads
    assert len(scenario.reps) == reps
    assert not errors_of(validate(scenario))


def test_what_cannot_be_generated_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown family 'cycles'; there are: cycle"):
        generate("cycles", leads=1, reps=1, seed=0)
    for leads, reps, seed in ((-1, 1, 0), (1, 0, 0), (1, 1, -1)):
        with pytest.raises(ValueError, match="at least 0 leads, 1 rep"):
            generate("cycle", leads=leads, reps=reps, seed=seed)


def test_families_are_described_in_both_languages() -> None:
    for family in FAMILIES.values():
        assert family.about.en.isascii()
        assert not family.about.zh.isascii()


# -- cycle ------------------------------------------------------------------------------------------------


def test_cycle_leads_have_the_promised_shares(cycle: Scenario) -> None:
    leads = cycle.leads
    share = {effort: (leads["effort"] == effort).mean() for effort in (1.0, 2.0, 4.0)}
    assert share == pytest.approx({1.0: 0.5, 2.0: 0.35, 4.0: 0.15}, abs=0.015)
    assert leads["skills"].is_not_null().mean() == pytest.approx(0.6, abs=0.015)
    assert leads["owner"].is_not_null().mean() == pytest.approx(0.15, abs=0.015)
    log_value = leads["value"].log().to_numpy()
    assert log_value.mean() == pytest.approx(3.0, abs=0.03)
    assert log_value.std() == pytest.approx(1.0, abs=0.03)
    assert leads["segment"].n_unique() == 6
    assert leads["region"].n_unique() == 120 // 12
    required = leads["skills"].drop_nulls().value_counts()
    assert required.height == 12
    assert required["count"].min() > 0.85 * required["count"].mean()  # type: ignore[operator]


def test_cycle_reps_have_the_promised_shares(cycle: Scenario) -> None:
    reps = cycle.reps
    assert sorted(rep.fte for rep in reps) == [0.5] * 30 + [1.0] * 90
    held = [skill for rep in reps for skill in rep.skills]
    assert {held.count(f"skill-{k}") for k in range(1, 13)} == {42}  # 35 % of 120
    log_rate = np.log([rate / 0.25 for rep in reps for rate in rep.win_rates.values()])
    assert len(log_rate) == 6 * 120
    assert log_rate.mean() == pytest.approx(0.0, abs=0.05)
    assert log_rate.std() == pytest.approx(0.35, abs=0.04)
    homes = [rep.region for rep in reps]
    assert {homes.count(region) for region in set(homes)} == {12}


def test_cycle_hours_are_divided_by_fte_and_ninety_per_cent_needed(cycle: Scenario) -> None:
    hours = [rep.capacity["hours"] for rep in cycle.reps]
    needed = float(cycle.leads["effort"].sum())
    assert sum(hours) == pytest.approx(needed / 0.9, abs=0.006)
    full = needed / 0.9 / sum(rep.fte for rep in cycle.reps)
    assert hours == pytest.approx([full * rep.fte for rep in cycle.reps], abs=0.011)


def test_cycle_owners_could_own_their_leads(cycle: Scenario) -> None:
    skills = {rep.id: rep.skills for rep in cycle.reps}
    owned = cycle.leads.filter(pl.col("owner").is_not_null()).select("owner", "skills")
    assert all(need is None or set(parse_mapping(need) or {}) <= set(skills[owner]) for owner, need in owned.rows())


def test_cycle_wants_value_at_home_and_continuity(cycle: Scenario) -> None:
    goals = {goal.kind: goal for goal in cycle.goals}
    assert set(goals) == {"value", "continuity"}
    assert getattr(goals["value"], "away_factor") == 0.6  # noqa: B009 (the union has no such field)
    assert (goals["value"].weight, goals["continuity"].weight) == (1.0, 10.0)


@pytest.mark.parametrize(("leads", "rate"), [(399, 1.0), (400, None)])
def test_cycle_band_is_hard_from_forty_leads_per_rep(leads: int, rate: float | None) -> None:
    scenario = generate("cycle", leads=leads, reps=10, seed=0)
    (band,) = (rule for rule in scenario.rules if isinstance(rule, Band))
    assert (band.metric, band.tolerance, band.of, band.rate) == ("value", 0.1, "leads", rate)


@pytest.mark.parametrize("reps", range(1, 8))
@pytest.mark.parametrize("seed", range(4))
def test_cycle_hard_band_can_be_filled_by_few_reps(reps: int, seed: int) -> None:
    # Leads of one skill are one divisible good; x = hours of each skill's leads that go to each rep.
    scenario = generate("cycle", leads=60 * reps, reps=reps, seed=seed)
    goods = scenario.leads.group_by("skills").agg(pl.col("value").sum(), pl.col("effort").sum())
    value, hours = goods["value"].to_numpy(), goods["effort"].to_numpy()
    needs = [list(parse_mapping(cell or "") or {}) for cell in goods["skills"]]
    able = np.array([[set(need) <= set(rep.skills) for rep in scenario.reps] for need in needs])
    fte = np.array([rep.fte for rep in scenario.reps])
    target = fte / fte.sum() * value.sum()
    per_rep = np.kron(value / hours, np.eye(reps))
    found = linprog(
        np.zeros(able.size),
        A_ub=np.vstack(
            [
                np.kron(np.eye(len(goods)), np.ones(reps)),
                per_rep,
                -per_rep,
                np.kron(np.ones(len(goods)), np.eye(reps)),
            ]
        ),
        b_ub=np.concatenate([hours, 1.1 * target, -0.9 * target, [rep.capacity["hours"] for rep in scenario.reps]]),
        bounds=[(0, None if one else 0) for one in able.ravel()],
    )
    assert found.success


# -- markets ----------------------------------------------------------------------------------------------


def test_markets_use_most_of_the_language(market: Scenario) -> None:
    assert {rule.kind for rule in market.rules} == set(RULE_KINDS) - {"contiguity"}  # a cycle of leads has no map
    assert {goal.kind for goal in market.goals} == set(GOAL_KINDS)
    used = {column for column in market.leads.columns if market.leads[column].is_not_null().any()}
    assert used == set(market.leads.columns) - {"name"}
    assert any(rep.ramp_up < 1 for rep in market.reps)
    assert any(rep.fte < 1 for rep in market.reps)
    assert any(rep.available_from or rep.available_to for rep in market.reps)
    assert any(rep.carried for rep in market.reps)


def test_market_values_are_heavy_tailed_and_regions_skewed(market: Scenario) -> None:
    value = market.leads["value"].sort(descending=True)
    assert float(value.head(1_200).sum()) > 0.6 * float(
        value.sum()
    )  # a fifth of the leads, more than 60 % of the value
    regions = market.leads["region"].value_counts()["count"]
    assert regions.max() > 3 * regions.min()  # type: ignore[operator]


def test_market_hours_are_tight(market: Scenario) -> None:
    room = sum(rep.capacity["hours"] - rep.carried.get("hours", 0.0) for rep in market.reps)
    assert 0.93 < float(market.leads["effort"].sum()) / room < 0.96


def test_market_skills_are_scarce_and_each_held_at_the_top_level(market: Scenario) -> None:
    levels = [rep.skills for rep in market.reps]
    required = {k for cell in market.leads["skills"].drop_nulls().unique() for k in parse_mapping(cell) or {}}
    assert len(required) == 8
    held = {skill: [own[skill] for own in levels if skill in own] for skill in required}
    assert all(3.0 in found for found in held.values())
    assert min(len(found) for found in held.values()) < 0.15 * len(levels)


def test_what_is_protected_suits_its_owner_and_is_bound_to_nothing_else(market: Scenario) -> None:
    # Only protection forces anything, so this is why a plan always exists: keep these, assign nothing else.
    reps = {rep.id: rep for rep in market.reps}
    kept = market.leads.filter(pl.col("protected_until").is_not_null())
    assert kept.height > 0.02 * market.leads.height
    assert kept["family"].is_null().all()
    assert kept["competitor_group"].is_null().all()
    for row in kept.iter_rows(named=True):
        owner = reps[row["owner"]]
        assert owner.channel == "direct"
        assert owner.region in (None, row["region"])
        assert all(owner.skills.get(k, 0) >= v for k, v in (parse_mapping(row["skills"] or "") or {}).items())
        assert f"leads@{row['segment']}" not in owner.capacity
    for owner_id, hours in kept.group_by("owner").agg(pl.col("effort").sum()).rows():
        assert hours <= reps[owner_id].capacity["hours"] - reps[owner_id].carried.get("hours", 0.0)


def test_market_families_are_small_and_could_have_one_owner(market: Scenario) -> None:
    families = market.leads.filter(pl.col("family").is_not_null()).group_by("family")
    facts = families.agg(pl.len(), pl.col("region").n_unique(), pl.col("skills").n_unique())
    assert facts.height > 50
    assert set(facts["len"].to_list()) == {2, 3, 4}
    assert facts["region"].max() == 1
    assert facts["skills"].max() == 1


def test_the_chinese_market_speaks_chinese() -> None:
    scenario = generate("chinese", leads=200, reps=20, seed=0)
    assert scenario.currency == "CNY"
    assert all(rep.id.startswith("销售") for rep in scenario.reps)
    assert set(scenario.leads["segment"].to_list()) <= set(CHINESE.segments)
    for column in ("region", "segment", "industry", "product"):
        assert not any(cell.isascii() for cell in scenario.leads[column].unique())


# -- simple families --------------------------------------------------------------------------------------


def test_counts_and_matching_ask_for_nothing_but_value_and_places() -> None:
    counts, matching = (generate(family, leads=500, reps=30, seed=2) for family in ("counts", "matching"))
    for scenario in (counts, matching):
        assert [goal.kind for goal in scenario.goals] == ["value"]
        assert {rule.kind for rule in scenario.rules} <= {"capacity", "skills"}
        assert {key for rep in scenario.reps for key in rep.capacity} == {"leads"}
    assert all(rep.capacity["leads"] == 1 for rep in matching.reps)
    places = [rep.capacity["leads"] for rep in counts.reps]
    assert all(count == int(count) for count in places)
    assert 0.8 < 500 / sum(places) <= 0.9
