"""What must be true of every comparison, whatever the two plans: for the tests of `solver.explain.compare`."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np

from scenarios.model import Scenario
from scenarios.texts import LOCALES
from solver import Explainer, judge
from solver.explain.causes import CAUSES
from solver.explain.compare import Comparison, compare
from solver.explain.steps import NEW, OLD, steps_between
from solver.facts import Facts
from solver.rules import RULE_MATHS

OWN = {
    "leads": {"lead_changed", "family_changed"},
    "reps": {"rep_left", "rep_joined", "rep_changed"},
    "settings": {"settings_changed"},
    "rules": {"rule_changed"},
    "goals": {"goal_changed"},
}
"""Causes that need something to differ."""


def close(a: float, b: float, size: float = 1.0) -> bool:
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6 * max(1.0, size))


def assert_compared(base: Explainer, other: Explainer) -> Comparison:
    """Check the moves, the causes, the figures and the sentences of a comparison against the judge."""
    found = compare(base, other)
    _assert_moves(found)
    _assert_causes(found)
    _assert_steps(found)
    _assert_figures(found)
    _assert_mirrored(found, compare(other, base))
    _assert_texts(found)
    return found


def owners(explainer: Explainer) -> dict[str, str | None]:
    ids = [*(rep.id for rep in explainer.scenario.reps), None]
    return dict(zip(explainer.scenario.leads["id"], (ids[j] for j in explainer.plan.owner.tolist()), strict=True))


def _assert_moves(found: Comparison) -> None:
    before, after = owners(found.base), owners(found.other)
    moved = {lead: (before[lead], after[lead]) for lead in before if lead in after and before[lead] != after[lead]}
    assert {row["lead"]: (row["base"], row["other"]) for row in found.moves.to_dicts()} == moved
    assert found.moves["lead"].to_list() == [lead for lead in before if lead in moved]
    record = found.record()
    assert (record["moved"], len(record["moves"])) == (len(moved), len(moved))
    assert sum(record["causes"].values()) == len(moved)
    leads = record["leads"]
    assert leads["both"] == len(before.keys() & after.keys())
    assert (leads["only_base"], leads["only_other"]) == (len(before.keys() - after), len(after.keys() - before))


def _assert_causes(found: Comparison) -> None:
    differ = found.differences
    changed = {
        "leads": bool(differ.leads.columns) or len(differ.leads.only_base) + len(differ.leads.only_other) > 0,
        "reps": bool(differ.reps),
        "settings": bool(differ.settings),
        "rules": any(part.what != "same" for part in differ.rules),
        "goals": any(part.what != "same" for part in differ.goals),
    }
    possible = {"tied", "rounded"} | (set() if differ.none else {"knock_on"})
    possible = possible.union(*(OWN[name] for name, is_so in changed.items() if is_so))
    for row, record in zip(found.moves.to_dicts(), found.described(0, found.moves.height), strict=True):
        codes = [cause["code"] for cause in record["causes"]]
        assert codes
        assert row["cause"] == codes[0]
        assert row["causes"][0] == codes[0]
        assert set(row["causes"]) == set(codes)
        assert set(codes) <= possible <= set(CAUSES)
        for cause in record["causes"]:
            _assert_cause(found, row, cause)


def _assert_cause(found: Comparison, row: dict, cause: dict) -> None:
    reps = [{rep.id for rep in side.scenario.reps} for side in (found.base, found.other)]
    if cause["code"] == "rep_left":
        assert row["base"] not in reps[1]
    if cause["code"] == "rep_joined":
        assert row["other"] not in reps[0]
    if cause["code"] == "lead_changed":
        assert cause["fields"]
    if cause.get("effect") == "closed" and cause["code"] not in ("rep_left", "rep_joined"):
        assert not allowed(found.other.scenario, row["lead"], row["base"])
        assert cause["by"]
    if cause.get("effect") == "opened" and cause["code"] not in ("rep_left", "rep_joined"):
        assert not allowed(found.base.scenario, row["lead"], row["other"])
        assert cause["by"]
    if cause["code"] == "knock_on" and (because := cause["because"]) is not None:
        assert because["code"] not in ("knock_on", "tied", "rounded")
        assert because["lead"] != row["lead"]


def allowed(scenario: Scenario, lead: str, rep: str | None) -> bool:
    """Return whether a lead, with its family, may be with a rep (or nobody), as far as single pairs go."""
    facts = Facts(scenario)
    ids = scenario.leads["id"].to_list()
    owner = np.full(facts.n, -1)
    family = np.flatnonzero(facts.item == facts.item[ids.index(lead)])
    if rep is not None and rep not in facts.rep_index:
        return False
    owner[family] = -1 if rep is None else facts.rep_index[rep]
    for rule in scenario.rules:
        maths = RULE_MATHS[rule.kind]
        if rule.rate is None and maths.per_pair:
            wrong = {breach.lead for breach in maths.judge(rule, facts, owner).breaches}
            if wrong & set(family.tolist()):
                return False
    return True


def _assert_steps(found: Comparison) -> None:
    """What all steps did adds up, from the advantage at the base's prices to that at the other plan's."""
    moved = found.moved
    steps = steps_between(found.base, found.other, found.differences, moved)
    total = sum(e.points for e in (steps.leads, steps.old, steps.new, steps.settings, *steps.parts.values()))
    total = total + steps.prices.sum(axis=0)
    for k in np.flatnonzero(steps.comparable):
        assert close(steps.after[k] - steps.before[k], total[k], steps.size[k])
        for side, (end, advantage) in enumerate(((found.base, steps.before), (found.other, steps.after))):
            nets = []
            for pair in (OLD, NEW):
                name = found.moves.row(int(k), named=True)[("base", "other")[pair]]
                nets.append(_net(end, int(moved.rows[side, k]), name))
            assert close(advantage[k], nets[NEW] - nets[OLD], steps.size[k]), (side, k)


def _net(end: Explainer, row: int, name: str | None) -> float:
    """Return the net of one lead with a rep, at the prices of the tier that decides it."""
    priced = end.priced
    lead = priced.place[row : row + 1]
    rep = -1 if name is None else priced.facts.rep_index[name]
    tier = priced.item_tier[priced.problem.item[lead]]
    return float(priced.figures(lead, tier, np.array([rep]))[1][0])


def _assert_figures(found: Comparison) -> None:
    for column, side in (("base", found.base), ("other", found.other)):
        judged = judge(side.scenario, side.plan.owner)
        points = sum(judged.tiers.values())
        assert close(found.terms[column].fill_null(0.0).sum(), points, abs(points))
        assert {row["tier"]: row[column] for row in found.tiers if row[column] is not None} == dict(judged.tiers)
        loads = {(row["rep"], row["metric"]): row["load"] for row in side.loads().to_dicts()}
        told = {(row["rep"], row["metric"]): row[column] for row in found.loads.to_dicts() if row[column] is not None}
        assert told == loads
        assert {metric: row[column] for metric, row in found.fairness.items() if row[column]} == side.fairness()
        assert close(found.expected_value[column], side.value()["expected_value"])
    for row in found.tiers:
        if row["change"] is not None:
            assert close(row["change"], row["other"] - row["base"])
        if row["best_between"] is not None:
            low, high = row["best_between"]
            assert low <= row["change"] + 1e-9 * abs(row["change"])
            assert high >= row["change"] - 1e-9 * abs(row["change"])
    if found.kept is not None:
        _assert_kept(found)


def _assert_kept(found: Comparison) -> None:
    before, scenario = owners(found.base), found.other.scenario
    index = {rep.id: j for j, rep in enumerate(scenario.reps)}
    owner = np.array([index.get(before.get(lead) or "", -1) for lead in scenario.leads["id"]], dtype=np.int64)
    judged = judge(scenario, owner)
    assert found.kept is not None
    assert {row["tier"]: row["points"] for row in found.kept["tiers"]} == dict(judged.tiers)
    assert {row["rule"] for row in found.kept["broken"]} == {name for name, _ in judged.breaches}


def _assert_mirrored(found: Comparison, back: Comparison) -> None:
    assert found.moves.height == back.moves.height
    assert sorted(found.moves["lead"]) == sorted(back.moves["lead"])
    there, home = found.record(), back.record()
    assert there["assigned"]["base"] == home["assigned"]["other"]
    assert there["leads"]["only_base"] == home["leads"]["only_other"]
    changes = {(row["tier"], row["change"]) for row in found.tiers}
    assert changes == {(row["tier"], None if row["change"] is None else -row["change"]) for row in back.tiers}
    kinds = [sorted((part.kind, part.what) for part in side.rules) for side in (found.differences, back.differences)]
    turned = {"added": "removed", "removed": "added"}
    assert kinds[0] == sorted((kind, turned.get(what, what)) for kind, what in kinds[1])


def _assert_texts(found: Comparison) -> None:
    for locale in LOCALES:
        for text in (*found.sentences(locale), found.markdown(locale)):
            assert text.strip()
            assert not set("{}") & set(text)
            assert "None" not in text
            assert "nan" not in text.split()
    assert fields(found.moved)
