"""What must be true of every explanation, whatever the scenario: for the tests of `solver.explain`."""

from __future__ import annotations

import json
import math
from unittest.mock import patch

import numpy as np

from scenarios.model import Scenario
from scenarios.texts import LOCALES
from solver import Explainer, Plan, explain, judge
from solver.compile import names_of
from solver.explain import brief
from solver.explain import explainer as explaining
from solver.explain.reasons import ASSIGNED, OTHERS, TIE, UNASSIGNED
from solver.facts import Facts
from solver.goals import GOAL_MATHS
from solver.goals.base import TermGoal
from solver.rules import RULE_MATHS
from tests.texts import wrong_in


def close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)


def assert_explained(scenario: Scenario, plan: Plan) -> Explainer:
    """Check the table, every record and every sentence of a plan against the judge and against each other."""
    explainer = explain(scenario, plan)
    facts = Facts(scenario)
    rows = explainer.table().to_dicts()
    assert [row["lead"] for row in rows] == scenario.leads["id"].to_list()
    for i, row in enumerate(rows):
        owner = int(plan.owner[i])
        assert row["rep"] == (None if owner < 0 else scenario.reps[owner].id)
        assert row["reason"] in (UNASSIGNED if owner < 0 else ASSIGNED)
        record = explainer.lead(row["lead"])
        for name in ("rep", "reason", "runner_up"):
            assert record[name] == row[name]
        for name in ("score", "net", "margin"):
            assert (record[name] is None) == (row[name] is None)
            assert record[name] is None or close(record[name], row[name])
        _assert_figures(record, len(scenario.reps))
        _assert_reason(scenario, plan, facts, i, record)
        for other in record["others"]:
            _assert_other(scenario, plan, facts, i, record, other)
            answer = explainer.why_not(row["lead"], other["rep"])
            assert answer["reason"] == other["reason"]
            assert close(answer["asked"]["score"], other["score"])
            assert close(answer["difference"], other["difference"])
            _assert_sentences(explainer, answer)
        _assert_sentences(explainer, record)
    if _pairs_only(scenario):
        assert close(sum(row["score"] for row in rows), sum(judge(scenario, plan.owner).tiers.values()))
    assert_brief(explainer)
    return explainer


def assert_brief(explainer: Explainer) -> None:
    """Check that the lines of a large plan say what the records say, as far as they go, in the same words."""
    with patch.object(explaining, "FEW_PAIRS", -1), patch.object(brief, "LEADS_AT_ONCE", 3):
        blocks = list(explainer.lines(LOCALES))
    assert all(len(block) <= 3 for block in blocks)  # a large plan is never held as a whole
    lines = [json.loads(line) for block in blocks for line in block.to_list()]
    assert [line["lead"] for line in lines] == explainer.scenario.leads["id"].to_list()
    for line in lines:
        record = _in_brief(explainer.lead(line["lead"]))
        assert line["codes"] == list(dict.fromkeys([record["reason"], *(o["reason"] for o in record["others"])]))
        told = {"lead": line["lead"], "rep": line["rep"], "reason": line["reason"], **line["numbers"]}
        _assert_same(told, record)
        assert line["text"] == {locale: explainer.sentence(record, locale) for locale in LOCALES}


def _in_brief(record: dict) -> dict:
    """Return a record that tells of the runner-up alone, by prices alone."""
    told = []
    for other in record["others"][:1]:
        if other["rep"] == record["runner_up"]:
            entry = {name: other[name] for name in ("rep", "reason", "score", "net", "difference", "price")}
            if entry["reason"] in ("row_full", "needed"):
                size = TIE * max(1.0, abs(record.get("family", record)["net"]))
                by_price = "tied" if abs(entry["difference"]) <= size else "better_use"
                entry["reason"] = "rounded" if entry["difference"] < -size else by_price
            told.append(entry)
    return {**record, "others": told, "not_told": record["not_told"] + len(record["others"]) - len(told)}


def _assert_same(a: object, b: object) -> None:
    """Check that two JSON values are the same, but for the last digits of numbers."""
    if isinstance(a, dict) and isinstance(b, dict):
        assert a.keys() == b.keys()
        for key in a:
            _assert_same(a[key], b[key])
    elif isinstance(a, list) and isinstance(b, list):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            _assert_same(one, other)
    elif isinstance(a, float) and isinstance(b, float | int):
        assert close(a, b)
    else:
        assert a == b


def _assert_figures(record: dict, reps: int) -> None:
    assert close(sum(t["points"] for t in record["terms"]), record["score"])
    assert close(record["score"] - sum(p["points"] for p in record["prices"]), record["net"])
    assert len(record["others"]) == reps - (record["rep"] is not None)
    assert record["not_told"] == 0
    assert record["rep"] not in [o["rep"] for o in record["others"]]
    assert len({o["rep"] for o in record["others"]}) == len(record["others"])
    if record["runner_up"] is not None:
        assert record["others"][0]["rep"] == record["runner_up"]


def _assert_sentences(explainer: Explainer, record: dict) -> None:
    for locale in LOCALES:
        text = explainer.sentence(record, locale)
        assert text.strip()
        assert not wrong_in(text), text
        assert text.endswith("。" if locale == "zh-CN" else ".")


def _family(facts: Facts, lead: int) -> np.ndarray:
    return np.flatnonzero(facts.item == facts.item[lead])


def _breaks_with(scenario: Scenario, plan: Plan, facts: Facts, lead: int, rep: int) -> set[str]:
    """Return the hard rules that the plan would break with the lead, and its family, at a rep."""
    owner = plan.owner.copy()
    owner[_family(facts, lead)] = rep
    return {name for name, _ in judge(scenario, owner).breaches}


def _removed_by(scenario: Scenario, facts: Facts, lead: int, rep: int) -> set[str]:
    """Return the hard pair rules that a pair breaks by itself."""
    owner = np.full(facts.n, -1)
    owner[lead] = rep
    found = set()
    for rule, name in zip(scenario.rules, names_of(scenario.rules), strict=True):
        maths = RULE_MATHS[rule.kind]
        if rule.rate is None and maths.per_pair:
            verdict = maths.judge(rule, facts, owner)
            found |= {name for b in verdict.breaches if b.lead == lead and b.rep == rep}
    return found


def _assert_reason(scenario: Scenario, plan: Plan, facts: Facts, lead: int, record: dict) -> None:
    able = [j for j in range(facts.m) if not _removed_by(scenario, facts, lead, j)]
    together = [j for j in able if all(not _removed_by(scenario, facts, i, j) for i in _family(facts, lead))]
    assert record["eligible"] == len(together)
    reason, others = record["reason"], record["others"]
    if reason == "no_eligible_rep":
        assert not able
    elif reason == "family":
        assert len(_family(facts, lead)) > 1
        if record["rep"] is None:
            assert able
            assert not together
    elif reason in ("only_choice", "pinned", "protected"):
        assert together == [int(plan.owner[lead])]
    elif reason == "best_score" and len(_family(facts, lead)) == 1:
        assert all(o["score"] <= record["score"] + 1e-4 for o in others if o["reason"] != "removed")
    elif reason in ("no_room", "price_too_high", "not_worth_it") and len(_family(facts, lead)) == 1:
        gains = [
            j for j in able if _score(scenario, facts, lead, j) > record["score"] + TIE * max(1.0, abs(record["net"]))
        ]
        free = [j for j in gains if not _breaks_with(scenario, plan, facts, lead, j)]
        assert bool(gains) == (reason != "not_worth_it")
        assert bool(free) == (reason == "price_too_high")


def _assert_other(scenario: Scenario, plan: Plan, facts: Facts, lead: int, record: dict, other: dict) -> None:
    assert other["reason"] in OTHERS
    rep = facts.rep_index[other["rep"]]
    removed = _removed_by(scenario, facts, lead, rep)
    assert (other["reason"] == "removed") == bool(removed)
    if removed:
        assert {other["rule"], *(also["rule"] for also in other["also"])} == removed
    if other["reason"] in ("row_full", "needed"):
        assert other["rule"] in _breaks_with(scenario, plan, facts, lead, rep)
    if other["reason"] == "family":
        assert any(other["rule"] in _removed_by(scenario, facts, i, rep) for i in _family(facts, lead))
    assert close(other["score"], _score(scenario, facts, lead, rep))
    if "family" not in record:
        # decided on a block of pairs, in which a distance of nothing may come out as a tenth of a metre
        assert abs(other["difference"] - (record["net"] - other["net"])) <= 1e-5 * max(1.0, abs(other["net"]))


def _score(scenario: Scenario, facts: Facts, lead: int, rep: int) -> float:
    """Return the points of one pair: what it earns by the goals, less what soft pair rules charge for it."""
    alone = scenario.model_copy(update={"leads": scenario.leads[lead : lead + 1]})
    here, owner = Facts(alone), np.array([rep])
    total = sum(
        GOAL_MATHS[goal.kind].points(goal, here, owner)
        for goal in scenario.goals
        if isinstance(GOAL_MATHS[goal.kind], TermGoal)
    )
    for rule in scenario.rules:
        if rule.rate is not None and RULE_MATHS[rule.kind].per_pair:
            total -= rule.rate * RULE_MATHS[rule.kind].judge(rule, here, owner).total
    return total


def _pairs_only(scenario: Scenario) -> bool:
    soft = [rule for rule in scenario.rules if rule.rate is not None]
    return all(isinstance(GOAL_MATHS[goal.kind], TermGoal) for goal in scenario.goals) and all(
        RULE_MATHS[rule.kind].per_pair for rule in soft
    )
