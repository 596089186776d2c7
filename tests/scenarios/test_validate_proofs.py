"""Properties of validation: it never raises, and where it says that no plan exists, there is none."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from scenarios.issues import errors_of
from scenarios.model import Scenario
from scenarios.validate import NO_PLAN, validate
from solver.facts import Facts
from solver.rules import RULE_MATHS
from tests.scenarios.faulty import Case
from tests.scenarios.faulty import scenario as faulty_scenario
from tests.scenarios.test_validate import CASES
from tests.thorough import times

PROOFS = NO_PLAN - {"floors_above_whole"}  # shares of what is assigned hold where nothing is
"""Issues that claim: no plan at all holds the hard rules."""

AMOUNTS = st.sampled_from([0, 0.5, 1, 2, 3, 7])
REGIONS = st.sampled_from(["", "East", "West", "East;West"])
SEGMENTS = st.sampled_from(["", "Big", "Small"])
SKILLS = st.dictionaries(st.sampled_from(["german", "sap"]), st.sampled_from([0, 1, 2]), max_size=2)
DAYS = st.sampled_from([None, "2026-04-30", "2026-05-01", "2026-05-09", "2026-06-01"])
METRICS = st.sampled_from(["leads", "hours", "value", "expected_value", "quality"])
KEYS = st.sampled_from(["leads", "hours", "value", "expected_value", "leads@Big", "hours@Small"])
IDS = ("a", "b", "c")


def _rows(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    row = st.fixed_dictionaries({}, optional=columns)
    return st.lists(row, min_size=1, max_size=3).map(
        lambda rows: [{"id": name, **cells} for name, cells in zip(IDS, rows, strict=False)]
    )


LEADS = _rows(
    value=AMOUNTS, effort=AMOUNTS, tier=st.sampled_from([1, 2]), urgency=st.sampled_from([0, 1]),
    skills=SKILLS, segment=SEGMENTS, region=REGIONS, quality=AMOUNTS,
    owner=st.sampled_from([*IDS, "z"]), protected_until=DAYS,
    lat=st.sampled_from([None, 1]), lon=st.sampled_from([None, 1]), seats=AMOUNTS, family=st.just("f"),
)  # fmt: skip
REPS = _rows(
    skills=SKILLS, region=REGIONS, segment=SEGMENTS, fte=st.sampled_from([0, 0.5, 1]), share=AMOUNTS,
    available_from=DAYS, available_to=DAYS, capacity=st.dictionaries(KEYS, AMOUNTS, max_size=2),
    carried=st.dictionaries(KEYS, AMOUNTS, max_size=2), team=st.sampled_from(["A", "B"]),
    win_rates=st.dictionaries(st.sampled_from(["Big", "*"]), st.sampled_from([0, 0.5, 1]), max_size=2),
)  # fmt: skip
SOME_LEADS = st.sampled_from(["a", "b", "East", 1])
SOME_REPS = st.sampled_from(["a", "b", "East", "A"])
LEAD_CHOICES = st.dictionaries(st.sampled_from(["id", "region", "tier"]), st.lists(SOME_LEADS, max_size=2), max_size=2)
REP_CHOICES = st.dictionaries(st.sampled_from(["id", "region", "team"]), st.lists(SOME_REPS, max_size=2), max_size=2)
PARTS = st.sampled_from([0.3, 0.5, 0.9])


def _rule(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"kind": st.just(kind), "rate": st.sampled_from([None, None, None, 1]), **fields},
        optional={"leads": LEAD_CHOICES, "reps": REP_CHOICES},
    )


RULES = st.one_of(
    _rule("capacity"),
    _rule("capacity", metrics=st.lists(KEYS, max_size=1)),
    _rule("skills"),
    _rule("availability"),
    _rule(
        "match",
        lead_column=st.sampled_from(["region", "segment", "tier", "id"]),
        rep_column=st.sampled_from(["region", "segment", "team", "id"]),
        blank=st.sampled_from(["any", "none"]),
    ),
    _rule("exclusion"),
    _rule("pin"),
    _rule("protection"),
    _rule("family"),
    _rule("wall"),
    _rule("share", metric=METRICS, floor=PARTS, of=st.sampled_from(["assigned", "leads"])),
    _rule("band", metric=METRICS, of=st.sampled_from(["assigned", "leads"]), tolerance=PARTS),
    _rule("band", metric=METRICS, by=st.just("team")),
    _rule("minimum", metric=METRICS, at_least=AMOUNTS),
    _rule("disruption", metric=METRICS, at_most=AMOUNTS),
)
GOALS = st.sampled_from(["value", "skill_fit", "continuity", "travel", "urgency", "balance", "max_min"])
PERIODS = st.sampled_from(
    [{}, {"period_start": "2026-05-01", "period_end": "2026-05-31"}, {"period_start": "2026-05-01"}]
)
SCENARIOS = st.builds(
    lambda leads, reps, rules, goals, period: Scenario.model_validate(
        {"leads": leads, "reps": reps, "rules": rules, "goals": [{"kind": kind} for kind in goals], **period}
    ),
    LEADS,
    REPS,
    st.lists(RULES, max_size=4),
    st.lists(GOALS, max_size=2),
    PERIODS,
)

WORDS = st.text(max_size=4) | st.sampled_from(["id", "region", "leads", "hours@x", "@", "ana"])
ODD_SELECTION = st.dictionaries(
    WORDS, st.lists(WORDS | st.floats(allow_nan=False, allow_infinity=False), max_size=2), max_size=2
)
ODD_RULES = st.one_of(
    st.builds(lambda a, b: {"kind": "match", "lead_column": a, "rep_column": b}, WORDS, WORDS),
    st.builds(
        lambda m, a, b: {"kind": "band", "metric": m, "leads": a, "reps": b},
        WORDS,
        ODD_SELECTION,
        ODD_SELECTION,
    ),
    st.builds(lambda m: {"kind": "capacity", "metrics": [m]}, WORDS),
    st.builds(lambda m, by: {"kind": "band", "metric": m, "by": by}, WORDS, WORDS),
)


@settings(max_examples=times(75), deadline=None)
@given(SCENARIOS, st.lists(ODD_RULES, max_size=3), WORDS)
def test_never_raises_and_every_issue_has_its_sentences(scenario: Scenario, odd: list[Any], column: str) -> None:
    whole = {**scenario.document(), "leads": scenario.leads, "reps": scenario.reps, "win_rate_by": column}
    odd_scenario = Scenario.model_validate({**whole, "rules": [*whole["rules"], *odd]})
    for issue in validate(odd_scenario):
        assert issue.pointer == "" or issue.pointer.startswith("/")
        assert issue.message() and issue.message("zh-CN")
        assert issue.maybe().startswith("Maybe ")
        assert issue.maybe("zh-CN").startswith("也许")


@settings(max_examples=times(150), deadline=None)
@given(SCENARIOS)
def test_what_is_called_impossible_is_impossible(scenario: Scenario) -> None:
    codes = {issue.code for issue in errors_of(validate(scenario))}
    event(", ".join(sorted(codes & PROOFS)))
    if codes & PROOFS:
        assert not _has_plan(scenario)


PROVED = [case for case in CASES if case.code in PROOFS]


@pytest.mark.parametrize("case", PROVED, ids=[f"{case.code}{case.pointer}" for case in PROVED])
def test_the_fault_is_what_makes_it_impossible(case: Case) -> None:
    assert not _has_plan(faulty_scenario(**case.broken))
    assert _has_plan(faulty_scenario(**case.mended))


def _has_plan(scenario: Scenario) -> bool:
    """Try each of the (reps + 1) ^ leads plans on the hard rules."""
    facts = Facts(scenario)
    hard = [rule for rule in scenario.rules if rule.rate is None]
    return any(
        all(RULE_MATHS[rule.kind].judge(rule, facts, np.array(plan)).holds for rule in hard)
        for plan in product(range(-1, facts.m), repeat=facts.n)
    )
