"""Every claim of a plan's folder, recomputed from the scenario. No solver is needed, and none is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from api.files import EXPLANATIONS, LOADS, PLAN, PlanFault, PlanFiles, copied, read_scenario
from scenarios.model import Scenario
from scenarios.texts import Locale, Text
from solver.check import CLOSE, Claim, check
from solver.compile import compile_scenario
from solver.explain import Explainer, explain
from solver.explain.columns import joined_up, quoted
from solver.limits import gap_between
from solver.result import OPTIMAL_GAP, Plan, Result

Number = float | int

_DIFFER = Text("{count:# differs|# differ}; {first}", "{count} 行不一致；{first}")
_OTHER_ROWS = Text("other rows", "行不相同")


def claims_of(scenario: Scenario, files: PlanFiles, locale: Locale = "en") -> list[Claim]:
    """Return all claims: those of the result, then those of the files about each other.

    Parameters
    ----------
    scenario : Scenario
        The scenario that the plan is said to be of.
    files : PlanFiles
    locale : {"en", "zh-CN"}
        Language of what cannot be used.
    """
    claims = list(_same_scenario(scenario, files))
    scenario = files.head.planned(scenario)
    try:
        result = files.result(scenario)
    except PlanFault as fault:
        return [*claims, Claim("files", "whole", fault.message(locale), False, "files")]
    compiled = None if result.plan is None else compile_scenario(scenario, result.seed)
    claims += [_of_all_places(claim, files) for claim in check(scenario, result, compiled)]
    if result.plan is None or files.assignments is None or files.loads is None:
        return [*claims, *_nothing(scenario, files)]
    explainer = explain(scenario, result.plan, result.seed, compiled)
    claims += _proof(files, result, result.plan)
    claims += _figures(scenario, files, result.plan, explainer)
    claims.append(_tables_agree(files.assignments_file, files.assignments, explainer.table(), ["lead"], locale))
    claims.append(_tables_agree(f"{LOADS}.csv", files.loads, explainer.loads(), ["rep", "metric"], locale))
    claims.append(_explanations(files, files.assignments, locale))
    return claims


def _of_all_places(claim: Claim, files: PlanFiles) -> Claim:
    """Return a claim; a bound over all the places that seats could have rests on search, prices speak of one each."""
    over_all = bool(files.head.centres) and claim.name.startswith("bound of tier")
    return replace(claim, rests_on="search") if over_all else claim


def _same_scenario(scenario: Scenario, files: PlanFiles) -> Iterator[Claim]:
    claimed, found = files.head.scenario_sha256, scenario.sha256()
    yield Claim("scenario_sha256", claimed[:12], found[:12], claimed == found, "scenario")
    try:
        copy = found if copied(files.folder, scenario) else read_scenario(files.folder).sha256()
    except PlanFault as fault:
        copy = fault.message()
    yield Claim("scenario copy", claimed[:12], copy[:12] if copy.isalnum() else copy, claimed == copy, "scenario")


def _proof(files: PlanFiles, result: Result, plan: Plan) -> Iterator[Claim]:
    """Yield what `plan.json` says of the proof, beside what `solver.check` looks at."""
    head, last = files.head, plan.tiers[-1]
    objective, bound = last.objective, last.bound
    yield _number("gap", head.gap, gap_between(objective, bound), "plan")
    yield _number("certified_bound", head.certified_bound, last.certified_bound, "prices")
    by = "prices" if last.certified_bound <= bound + CLOSE * max(1.0, abs(bound)) else "search"
    by = "search" if head.centres else by  # prices speak of these centres, the bound of all
    yield Claim("bound_by", head.bound_by or "none", by, head.bound_by == by, by)
    widest = max(gap_between(t.objective, t.bound) for t in plan.tiers)
    status = "optimal" if widest <= OPTIMAL_GAP else "feasible"
    yield Claim("status", result.status, status, result.status == status, by)


def _figures(scenario: Scenario, files: PlanFiles, plan: Plan, explainer: Explainer) -> Iterator[Claim]:
    head = files.head
    assigned = int((plan.owner >= 0).sum())
    yield _number("assigned", head.assigned, assigned, "plan")
    yield _number("unassigned", head.unassigned, scenario.leads.height - assigned, "plan")
    yield _number("value", head.metrics.get("value"), explainer.value()["expected_value"], "plan")
    claimed, found = head.metrics.get("fairness"), explainer.fairness()
    worst = _first_difference(claimed, found)
    yield Claim("fairness", "as written", worst or "as written", not worst, "plan")


def _nothing(scenario: Scenario, files: PlanFiles) -> Iterator[Claim]:
    """Yield that nothing is claimed where there is no plan."""
    head = files.head
    yield _number("assigned", head.assigned, 0, "plan")
    yield _number("unassigned", head.unassigned, scenario.leads.height, "plan")
    beside = [name for name in ("assignments.csv", "assignments.parquet") if (files.folder / name).exists()]
    yield Claim("files", PLAN, beside[0] if beside else PLAN, not beside, "files")


def _number(name: str, claimed: Number | None, found: Number, rests_on: str) -> Claim:
    return Claim(name, "none" if claimed is None else claimed, found, _close(claimed, found), rests_on)


def _close(a: Any, b: Number) -> bool:
    return isinstance(a, int | float) and abs(a - b) <= CLOSE * max(1.0, abs(a), abs(b))


def _first_difference(claimed: Any, found: Mapping[str, Mapping[str, float]]) -> str:
    """Return where the fairness figures differ first; empty if nowhere."""
    if not isinstance(claimed, dict) or claimed.keys() != found.keys():
        return ", ".join(found)
    for metric, figures in found.items():
        stated = claimed[metric] if isinstance(claimed[metric], dict) else {}
        for name, value in figures.items():
            if not _close(stated.get(name), value):
                return f"{metric} {name} {value:.6g}"
    return ""


def _tables_agree(file: str, claimed: pl.DataFrame, found: pl.DataFrame, keys: list[str], locale: Locale) -> Claim:
    """Judge a table against the one that is made from scenario, plan and prices."""
    rows = claimed.height
    if rows != found.height or not claimed.select(keys).equals(found.select(keys)):
        return Claim(file, rows, _OTHER_ROWS.format(locale), False, "plan and prices")
    wrong = pl.Series([False] * rows, dtype=pl.Boolean)
    first = ""
    for column, kind in found.schema.items():
        a, b = claimed[column], found[column]
        same = a.eq_missing(b)
        if kind == pl.Float64:
            size = pl.select(pl.max_horizontal(1.0, a.abs(), b.abs())).to_series()
            same = same | ((a - b).abs() <= CLOSE * size).fill_null(False)
        if not same.all() and not first:
            at = int((~same).arg_max() or 0)
            key = ", ".join(str(cell) for cell in found.select(keys).row(at))
            first = f"{key}: {column} {b[at] if b[at] is not None else '-'}"
        wrong = wrong | ~same
    count = int(wrong.sum())
    told = _DIFFER.format(locale, count=count, first=first) if count else rows
    return Claim(file, rows, told, not count, "plan and prices")


def _explanations(files: PlanFiles, assignments: pl.DataFrame, locale: Locale) -> Claim:
    """Judge whether the explanations speak of the same leads, reps and reasons as the assignments."""
    rows, path, columns = assignments.height, files.folder / EXPLANATIONS, ("lead", "rep", "reason")
    try:
        same = not rows or _begins(path, assignments.select(columns))
        if not same:  # the same in another order of keys, or not as JSON is written here?
            schema = dict.fromkeys(columns, pl.String)
            same = pl.scan_ndjson(path, schema=schema).collect().equals(assignments.select(columns))
    except (OSError, pl.exceptions.PolarsError) as fault:
        return Claim(EXPLANATIONS, rows, str(fault).partition("\n")[0], False, "plan and prices")
    return Claim(EXPLANATIONS, rows, rows if same else _OTHER_ROWS.format(locale), same, "plan and prices")


def _begins(path: Path, told: pl.DataFrame) -> bool:
    """Tell whether each line begins with the fields of its row: all that has to be read of a record of ours."""
    pieces = [piece for name in told.columns for piece in (f',"{name}":', quoted(told[name]))]
    wanted = joined_up(["{", pieces[0][1:], *pieces[1:], ","])
    assert isinstance(wanted, pl.Series)
    words = r'(?:"(?:[^"\\]|\\.)*"|null)'
    pattern = r"^\{" + ",".join(f'"{name}":{words}' for name in told.columns) + ","
    lines = pl.scan_csv(path, has_header=False, separator="\x1e", quote_char=None, schema={"line": pl.String})
    found = lines.select(pl.col("line").str.extract(pattern, 0)).collect(engine="streaming")
    return found.to_series().equals(wanted)
