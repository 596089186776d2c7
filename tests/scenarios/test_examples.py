"""The bundled examples: readable, valid, described in both languages, and as their paragraphs say."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from scenarios.examples import EXAMPLES, example
from scenarios.formats.json import tables_of
from scenarios.issues import errors_of
from scenarios.model import Scenario
from scenarios.validate import BY_REBALANCE, validate
from tests.scenarios.by_hand import broken

TERRITORIES = ("us-counties", "china-prefectures")
"""Of real size, from public facts, and for `rebalance`."""
SMALL = [name for name in EXAMPLES if name not in TERRITORIES]


def test_every_file_is_listed() -> None:
    entries = [path for path in files("scenarios.examples").iterdir() if not path.name.startswith("__")]
    names = {path.name.removesuffix(".json") for path in entries}
    assert names == set(EXAMPLES)
    assert len(names) >= 7


def test_an_unknown_example_is_refused() -> None:
    with pytest.raises(ValueError, match="no example 'last-cycle'; there are: first-cycle"):
        example("last-cycle")


@pytest.mark.parametrize("name", SMALL)
def test_examples_are_small_valid_and_described(name: str) -> None:
    scenario = example(name)
    assert 10 <= scenario.leads.height <= 60
    assert not errors_of(validate(scenario))
    chinese = name.startswith("chinese")
    assert len(scenario.description) > (150 if chinese else 400)
    assert scenario.description.isascii() != chinese
    about = EXAMPLES[name]
    assert about.en.isascii()
    assert len(about.en) > 100
    assert not about.zh.isascii()
    assert len(about.zh) > 40


@pytest.mark.parametrize("name", EXAMPLES)
def test_descriptions_speak_of_leads_and_reps_that_exist(name: str) -> None:
    scenario = example(name)
    ids = {*scenario.leads["id"], *(rep.id for rep in scenario.reps)}
    ids |= set(scenario.leads["owner"].drop_nulls())
    named = re.findall(r"[A-Z]-\d\d|线索-\d\d|[a-z][a-z-]*-\d\b|华.-\d|渠道-\d|大区-\d", scenario.description)
    assert named
    assert set(named) <= ids


@pytest.mark.parametrize("name", EXAMPLES)
def test_rules_of_examples_have_names_of_their_own(name: str) -> None:
    names = [rule.name for rule in example(name).rules]
    assert all(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_survive_their_own_records(name: str) -> None:
    scenario = example(name)
    document = {**scenario.document(), **tables_of(scenario)}
    assert Scenario(**document) == scenario


def test_territories_are_what_they_are_said_to_be() -> None:
    for name, people, seats, tolerance in (
        ("us-counties", 326_077_489, 30, 0.1),
        ("china-prefectures", None, 12, 0.15),
    ):
        scenario = example(name)
        issues = validate(scenario)
        assert not errors_of(issues)
        assert {issue.code for issue in issues} <= {*BY_REBALANCE, "metric_missing", "more_like_this"}
        assert len(scenario.reps) == seats
        assert all(rep.lat is None for rep in scenario.reps)
        assert people is None or scenario.leads["population"].sum() == people
        (band, *_) = [rule for rule in scenario.rules if rule.kind == "band"]
        assert band.tolerance == tolerance
        # one map: from any unit there is a way to any other
        index = {lead: k for k, lead in enumerate(scenario.leads["id"])}
        a, b = zip(*((index[a], index[b]) for a, b in scenario.links.iter_rows()), strict=True)
        graph = sparse.coo_matrix(([1.0] * len(a), (a, b)), shape=(len(index), len(index)))
        assert connected_components(graph, directed=False)[0] == 1
        assert "GeoNames" in scenario.description or "Census Bureau" in scenario.description


def test_first_cycle_has_one_lead_that_nobody_may_take() -> None:
    scenario = example("first-cycle")
    suits = scenario.model_copy(update={"rules": [r for r in scenario.rules if r.kind in ("skills", "match")]})
    alone = {lead for lead in scenario.leads["id"] if all(broken(suits, {lead: rep.id}) for rep in scenario.reps)}
    assert alone == {"L-17"}


def test_scarce_languages_are_as_scarce_as_described() -> None:
    scenario = example("scarce-languages")
    japanese = [row for row in scenario.lead_records() if "japanese" in row.get("skills", {})]
    assert [rep.id for rep in scenario.reps if "japanese" in rep.skills] == ["desk-1"]
    assert len(japanese) == 5
    assert sum(row["effort"] for row in japanese) == 54
    assert max(japanese, key=lambda row: row["value"])["id"] == "W-01"
    assert sum(row["effort"] for row in japanese if row["id"] != "W-01") == 40


def test_infeasible_two_ways_has_the_two_ways_it_describes() -> None:
    scenario = example("infeasible-two-ways")
    today = {row["id"]: row["owner"] for row in scenario.lead_records()}
    assert set(today.values()) == {rep.id for rep in scenario.reps}
    # north-2 has one account; each further one is a change of owner, so with at most two changes it is three,
    # which is one short of four: no plan, and either number has to give way by one.
    assert list(today.values()).count("north-2") == 1
    three_moves = today | dict.fromkeys(["K-02", "K-04", "K-06"], "north-2")
    two_moves = today | dict.fromkeys(["K-02", "K-04"], "north-2")
    assert broken(scenario, today) == {"Four accounts for everybody"}
    assert broken(scenario, three_moves) == {"At most two changes"}
    assert broken(scenario, two_moves) == {"Four accounts for everybody"}
    places, languages, home, four, changes = scenario.rules
    looser = changes.model_copy(update={"at_most": 3.0})
    assert not broken(scenario.model_copy(update={"rules": (places, languages, home, four, looser)}), three_moves)
    promise = four.model_copy(update={"at_least": 3.0})
    assert not broken(scenario.model_copy(update={"rules": (places, languages, home, promise, changes)}), two_moves)


def test_quarter_accounts_needs_its_changes() -> None:
    scenario = example("quarter-accounts")
    hours: dict[str, float] = {}
    for row in scenario.lead_records():
        hours[row["owner"]] = hours.get(row["owner"], 0.0) + row["effort"]
    fair = sum(hours.values()) / 6
    assert hours["leeds"] > 1.1 * fair
    assert hours["london-1"] < 0.9 * fair
    assert "former-1" not in {rep.id for rep in scenario.reps}
