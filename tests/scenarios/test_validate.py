"""Validation: each fault is found in its place, and not where there is none; all of them at once."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from scenarios.check_texts import CHECK_TEXTS
from scenarios.faults import LISTED_PER_CODE
from scenarios.issues import Issue, errors_of
from scenarios.rules import DEFAULT_RULES
from scenarios.validate import validate
from tests.scenarios import faulty_aims, faulty_capacity, faulty_demand, faulty_names, faulty_places, faulty_rows
from tests.scenarios.faulty import LEADS, REPS, Case, goal, leads, reps, scenario

CASES = [
    *faulty_rows.CASES,
    *faulty_names.CASES,
    *faulty_demand.CASES,
    *faulty_capacity.CASES,
    *faulty_aims.CASES,
    *faulty_places.CASES,
]


def _of(code: str, issues: list[Issue]) -> list[Issue]:
    return [issue for issue in issues if issue.code == code]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.code}{case.pointer}" for case in CASES])
def test_finds_the_fault_and_only_the_fault(case: Case) -> None:
    found = _of(case.code, validate(scenario(**case.broken)))
    assert [(issue.severity, issue.pointer) for issue in found] == [(case.severity, case.pointer)]
    assert {name: found[0].params[name] for name in case.params} == case.params
    assert found[0].message() != found[0].message("zh-CN")
    assert found[0].maybe().startswith("Maybe ")
    assert _of(case.code, validate(scenario(**case.mended))) == []


def test_every_check_has_a_case() -> None:
    assert set(CHECK_TEXTS) - {case.code for case in CASES} == set()


def test_a_clean_scenario_has_no_issues() -> None:
    assert validate(scenario()) == []


def test_a_full_clean_scenario_has_no_issues() -> None:
    rules = [
        *(rule.model_dump() for rule in DEFAULT_RULES),
        {"kind": "match", "lead_column": "region", "rep_column": "region"},
        {"kind": "pin", "leads": {"id": "L1"}, "reps": {"id": "ana"}},
        {"kind": "exclusion", "leads": {"segment": "Small"}, "reps": {"team": "A"}},
        {"kind": "band", "metric": "expected_value", "by": "channel", "tolerance": 0.9},
        {"kind": "share", "reps": {"channel": "direct"}, "floor": 0.5, "of": "leads"},
        {"kind": "disruption", "at_most": 0},
        {"kind": "minimum", "metric": "hours", "at_least": 1},
    ]
    goals = [{"kind": kind} for kind in ("value", "skill_fit", "continuity", "travel", "urgency", "max_min")]
    place = {"lat": 48.1, "lon": 11.6}
    full = scenario(
        **leads({**place, "protected_until": dt.date(2026, 5, 9), "family": "alone"}, place, place),
        **reps(
            {**place, "capacity": {"hours": 3, "leads@Big": 2}, "win_rates": {"Big": 0.3, "*": 0.1}},
            {
                **place,
                "capacity": {"hours": 3},
                "carried": {"hours": 1},
                "win_rates": {"Big": 0.1, "Small": 0.2},
            },
        ),
        period_start="2026-05-01",
        period_end="2026-05-31",
        rules=rules,
        goals=goals,
    )
    assert validate(full) == []


def test_reports_everything_at_once() -> None:
    issues = validate(
        scenario(
            **leads({"owner": "nobody"}, {"id": "L1"}),
            **reps({"capacity": {"hour": 3}}, {"available_from": "2026-05-02", "available_to": "2026-05-01"}),
            **goal("balance", by="office"),
            win_rate_by="kind",
        )
    )
    assert [(issue.code, issue.pointer) for issue in issues] == [
        ("duplicate_id", "/leads/1/id"),
        ("availability_reversed", "/reps/1/available_to"),
        ("unknown_column_used", "/goals/0/by"),
        ("unknown_column_used", "/win_rate_by"),
        ("unknown_metric", "/reps/0/capacity"),
        ("owner_not_a_rep", "/leads/0/owner"),
    ]


def test_lists_a_hundred_issues_of_a_code_and_counts_the_others() -> None:
    rows = [{"id": "same", "value": 1, "score": -1}] * 251
    issues = validate(scenario(leads=rows, **goal("balance", metric="score"), rules=[]))
    listed = [issue for issue in issues if issue.code != "more_like_this"]
    assert len(_of("duplicate_id", listed)) == len(_of("negative_metric", listed)) == LISTED_PER_CODE
    # 250 rows repeat an id, 251 are negative; a hundred of each are listed
    rest = {issue.params["of"]: (issue.params["count"], issue.severity) for issue in _of("more_like_this", issues)}
    assert rest == {"duplicate_id": (150, "error"), "negative_metric": (151, "error")}


def test_counts_the_others_of_rules_too() -> None:
    rules = [{"kind": "exclusion", "leads": {"id": f"gone {k}"}, "reps": {"id": "bo"}} for k in range(120)]
    issues = validate(scenario(rules=rules))
    assert len(_of("dangling_id", issues)) == LISTED_PER_CODE
    (rest,) = _of("more_like_this", issues)
    assert (rest.pointer, rest.params) == ("/rules", {"count": 20, "of": "dangling_id"})


def test_counts_owners_not_leads() -> None:
    rows = [{"id": f"L{k}", "value": 1, "owner": f"gone {k // 2}"} for k in range(240)]
    issues = validate(scenario(leads=rows))
    assert {issue.params["count"] for issue in _of("owner_not_a_rep", issues)} == {2}
    (rest,) = _of("more_like_this", issues)
    assert (rest.params["count"], rest.severity) == (20, "warning")


def test_a_quiet_cycle_is_only_a_warning() -> None:
    """No leads today: rules about leads and extra columns that are not there now are no faults."""
    rules = [
        {"kind": "exclusion", "leads": {"id": "L7", "seats": 3}, "reps": {"id": "bo"}},
        {"kind": "band", "metric": "seats"},
    ]
    assert [issue.code for issue in validate(scenario(leads=[], rules=rules))] == ["no_leads"]


def test_a_table_that_was_put_in_unchecked_is_checked_here() -> None:
    """`model_copy` takes a table as it is; what only cleaning keeps out must not pass as an amount."""
    clean = scenario(**leads({"seats": 1}, {"seats": 2}, {"seats": 3}), **goal("balance", metric="seats"))
    wild = clean.leads.with_columns(pl.when(pl.col("id") == "L2").then(float("nan")).otherwise("seats").alias("seats"))
    issues = validate(clean.model_copy(update={"leads": wild}))
    assert [(issue.code, issue.pointer) for issue in issues] == [("not_finite", "/leads/1/seats")]


def test_huge_amounts_are_compared_in_silence() -> None:
    """Sums that no float can hold are infinite; they prove nothing and warn of nothing."""
    huge = leads({"mass": 1e308}, {"mass": 1e308}, {"mass": 1e308})
    rules = [
        {"kind": "minimum", "metric": "mass", "at_least": 1e15},
        {"kind": "share", "metric": "mass", "floor": 0.5, "reps": {"id": "bo"}, "of": "leads"},
        {"kind": "band", "metric": "mass", "of": "leads"},
    ]
    assert validate(scenario(**huge, rules=rules)) == []


def test_the_first_of_two_reps_with_one_id_counts() -> None:
    twice = scenario(
        reps=[*REPS, {"id": "ana", "skills": {}}],
        **leads({"protected_until": "2026-05-01", "skills": "german"}),
    )
    assert [issue.code for issue in validate(twice)] == ["duplicate_id"]


def test_thousands_of_pins_cost_what_their_leads_do() -> None:
    """Each pin speaks of one lead; a table per pin would need 4,000 x 4,000 cells."""
    many = [{"id": f"L{k}", "value": 1} for k in range(4_000)]
    rules = [{"kind": "pin", "leads": {"id": f"L{k}"}, "reps": {"id": "ana"}} for k in range(4_000)]
    clash = {"kind": "pin", "leads": {"id": "L3999"}, "reps": {"id": "bo"}}
    issues = validate(scenario(leads=many, rules=[*rules, clash]))
    assert [(issue.code, issue.pointer) for issue in errors_of(issues)] == [("pins_disagree", "/leads/3999/id")]


def test_the_clean_tables_are_what_the_cases_assume() -> None:
    frame = scenario().leads
    assert [frame[column].sum() for column in ("value", "effort")] == [60, 4]
    assert len(LEADS) == 3
