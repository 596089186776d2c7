"""Today's owners against a plan, and the texts of comparisons."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from scenarios.generate import generate
from scenarios.goals import Value
from scenarios.model import Scenario
from scenarios.rules import Capacity, Match
from scenarios.texts import Text
from solver import Explainer, Limits, explain, solve
from solver.explain import compare_texts
from solver.explain.causes import CAUSES
from solver.explain.compare import compare_today
from solver.explain.today import TODAY
from solver.facts import Facts
from tests.solver.compared import owners
from tests.solver.test_compare import lead, rep, solved

GOALS = (Value(),)


def test_today_against_a_plan() -> None:
    reps = (
        rep("Ana", 0.5, capacity={"leads": 2}, region="East"),
        rep("Ben", 0.4, capacity={"leads": 2}, region="West"),
    )
    leads = [
        lead("near", 50, owner="Ana", region="East"),
        lead("full", 10, owner="Ana"),
        lead("abroad", 10, owner="Ana", region="West"),
        lead("free", 20),
        lead("of one who left", 5, owner="Cid"),
    ]
    rules = (Capacity(name="Places"), Match(name="Home", lead_column="region", rep_column="region"))
    plan = solved(Scenario(currency="EUR", rules=rules, goals=GOALS, reps=reps, leads=leads))
    found = compare_today(plan)
    assert owners(found.base) == {"near": "Ana", "full": "Ana", "abroad": "Ana", "free": None, "of one who left": None}
    assert {(b.rule, b.amount) for b in found.scores[0].broken} == {("Places", 1.0), ("Home", 1.0)}
    assert dict(found.moves.select("lead", "cause").iter_rows()) == {
        "full": "row_full",
        "abroad": "removed",
        "free": "placed",
    }
    assert set(found.causes) <= set(TODAY)
    assert found.tiers[0]["base"] == pytest.approx(25 + 5 + 5)
    lines = found.sentences()
    assert (
        "Today’s owners break “Places” by 1 lead, in 1 place: Ana holds 3 leads, 1 lead above the capacity of 2 leads."
        in lines
    )
    assert "Today’s owners break “Home” by 1 lead, in 1 place: Ana owns abroad though the two do not match." in lines
    assert "No plan can score more than 43 points." in lines
    records = {record["lead"]: record for record in found.described(0, 9)}
    assert records["abroad"]["why_not"]["reason"] == "removed"
    assert records["free"]["why_not"] is None
    assert all(found.sentences("zh-CN"))
    assert "today’s owner" not in found.markdown("zh-CN")


@pytest.mark.parametrize("seed", range(3))
def test_the_reason_of_today_is_that_of_why_not(seed: int) -> None:
    scenario = generate("cycle", leads=50, reps=5, seed=seed)
    facts = Facts(scenario)
    owned = facts.owner.copy()
    owned[owned < 0] = np.random.default_rng(seed).integers(0, 5, int((owned < 0).sum()))
    ids = np.array([rep.id for rep in scenario.reps], dtype=object)
    scenario = scenario.model_copy(
        update={"leads": scenario.leads.with_columns(pl.Series("owner", ids[owned].tolist()))}
    )
    found = compare_today(solved_or_best(scenario))
    assert found.moves.height > 10
    for record in found.described(0, found.moves.height):
        assert record["why_not"]["reason"] == record["causes"][0]["code"], record["lead"]


def solved_or_best(scenario: Scenario) -> Explainer:
    result = solve(scenario, Limits(work=0.2))
    assert result.plan is not None
    return explain(scenario, result.plan, result.seed)


# -- texts -----------------------------------------------------------------------------------------------------------


def all_texts() -> list[tuple[str, Text]]:
    found = []
    for name, value in vars(compare_texts).items():
        if isinstance(value, Text):
            found.append((name, value))
        elif isinstance(value, dict) and not name.startswith("_"):
            found += [(f"{name}[{key}]", text) for key, text in value.items() if isinstance(text, Text)]
    return found


def test_both_languages_use_the_same_fields() -> None:
    texts = all_texts()
    assert len(texts) > 100
    for name, text in texts:
        english, chinese = text.fields()
        assert english == chinese, name
        assert any("\u4e00" <= character <= "\u9fff" for character in text.zh), name
        assert not any("\u4e00" <= character <= "\u9fff" for character in text.en), name


def test_every_cause_has_words() -> None:
    assert set(CAUSES) | {"lead_joined", "lead_left"} == set(compare_texts.CAUSE_LABELS)
    assert set(TODAY) == set(compare_texts.TODAY_LABELS)
    assert {form.partition(" ")[0] for form in compare_texts.CHANGES} | {"knock_on"} == set(CAUSES)
