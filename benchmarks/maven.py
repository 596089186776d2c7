"""Real input: the open deals of a sales organisation, placed anew, against what people do without an optimiser.

    python -m benchmarks.maven [--data DIR] [--time-limit 60] [--gap 0.001] [--variants]
                               [--write DIR] [--picture FILE]

Prints tables, then one JSON line. The data is not a part of this project; without it the benchmark says so and ends.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.maven_crm import CLOSED, DATA, TOLERANCE, Crm, estimate, missing, read_crm, scenario_of
from benchmarks.peers import greedy_best_fit, round_robin
from benchmarks.picture import Dot, scatter
from benchmarks.plans import PlanFigures, figures_of
from benchmarks.tables import machine, markdown_table
from benchmarks.winrates import WinRates
from scenarios import Scenario, write
from scenarios.rules import Band
from solver import Limits, Result, check, explain, solve
from solver.facts import EXPECTED_VALUE, Facts
from solver.pairs import Ints

OURS = "Plumbline"
STAYING = 20.0
"""Points for a deal that stays with today's agent, in the variant that asks for it."""


def main(arguments: Sequence[str]) -> int:
    """Solve, judge, explain and compare; return 0 if every claim of the plan holds."""
    options = _options(arguments)
    if absent := missing(options.data):
        print(f"skipped: {options.data} does not hold {', '.join(absent)}; name the folder with --data")
        return 0
    crm = read_crm(options.data)
    rates = estimate(crm)
    scenario = scenario_of(crm, rates)
    if options.write:
        print(f"scenario written to {write(scenario, options.write)}\n")
    limits = Limits(time=options.time_limit, gap=options.gap, seed=options.seed)
    began = time.perf_counter()
    result = solve(scenario, limits)
    seconds = time.perf_counter() - began
    if result.plan is None:
        print(f"{result.status}, stopped by {result.stopped_by} after {seconds:.1f} s")
        return 1
    claims = check(scenario, result)
    assert result.bound is not None
    print(f"{len(scenario.reps)} reps, {scenario.leads.height:,} open deals; {machine()}")
    _tell_rates(crm, rates)
    _tell_result(scenario, result, seconds)
    owners = {
        **_peers(scenario),
        OURS: result.plan.owner,
        **(_variants(scenario, crm, rates, limits) if options.variants else {}),
    }
    plans = [figures_of(name, scenario, owner, by="team", tolerance=TOLERANCE) for name, owner in owners.items()]
    _tell_plans(plans, result.bound)
    for claim in claims:
        print(f"{'holds' if claim.holds else 'FAILS'}: {claim.name} (by {claim.rests_on})")
    if options.picture:
        options.picture.write_text(_picture(plans), encoding="utf-8")
    line = {
        "instance": "maven_crm",
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        "seconds": round(seconds, 3),
        "feasible": all(claim.holds for claim in claims),
        "method": result.method,
        "plans": {plan.name: plan.document(result.bound) for plan in plans},
    }
    print("\n" + json.dumps(line))
    return 0 if line["feasible"] else 1


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.maven", description="Real input: open deals of a CRM.")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the CSV files (default: %(default)s)")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds (default: %(default)s)")
    parser.add_argument("--gap", type=float, default=0.001, help="stop at this proved gap (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="breaks ties (default: %(default)s)")
    parser.add_argument("--variants", action="store_true", help="also solve for three other wishes")
    parser.add_argument("--write", type=Path, help="write the scenario to this folder")
    parser.add_argument("--picture", type=Path, help="write the comparison to this SVG file")
    return parser.parse_args(arguments)


def _peers(scenario: Scenario) -> dict[str, Ints]:
    """Return the plans that need no optimiser."""
    facts = Facts(scenario)
    room = np.array([rep.capacity["leads"] for rep in facts.reps]).astype(np.int64)
    score = facts.metric(EXPECTED_VALUE).block(slice(0, facts.n))
    return {
        "today's owners": facts.owner,
        "round robin": round_robin(facts.n, room),
        "greedy best-fit": greedy_best_fit(score, room),
    }


def _variants(scenario: Scenario, crm: Crm, rates: WinRates, limits: Limits) -> dict[str, Ints]:
    """Return our plans for other wishes: what fairness costs, and what it takes to leave deals where they are."""
    capacity = tuple(rule for rule in scenario.rules if rule.kind == "capacity")
    band = Band(name="fair value", metric=EXPECTED_VALUE, tolerance=TOLERANCE, of="leads")
    asked = {
        "no band": scenario.model_copy(update={"rules": capacity}),
        "one band for all": scenario.model_copy(update={"rules": (*capacity, band)}),
        f"{STAYING:g} points to stay": scenario_of(crm, rates, STAYING),
    }
    owners = {}
    for name, wish in asked.items():
        result = solve(wish, limits)
        gap = "" if result.gap is None else f", gap {result.gap:.4%}"
        print(f"{OURS}, {name}: {result.status} by {result.method}{gap}")
        if result.plan is not None:
            owners[f"{OURS}, {name}"] = result.plan.owner
    print()
    return owners


def _tell_rates(crm: Crm, rates: WinRates) -> None:
    """Print what the closed deals say about the agents."""
    deals, wins = crm.count(*CLOSED), crm.count("Won")
    agents, cells = deals.sum(axis=1) > 0, deals > 0
    raw = (wins[cells] / deals[cells]).min(), (wins[cells] / deals[cells]).max()
    print(
        f"win rates: {deals.sum():,.0f} closed deals of {agents.sum()} agents in {cells.sum()} cells, "
        f"pooled {rates.pooled:.4f}; an agent's prior is worth {rates.agent_strength:,.0f} deals, "
        f"a cell's {rates.cell_strength:,.0f}: raw {raw[0]:.3f} to {raw[1]:.3f}, "
        f"shrunken {rates.cell.min():.3f} to {rates.cell.max():.3f}"
    )


def _tell_result(scenario: Scenario, result: Result, seconds: float) -> None:
    """Print what was proved, and the reasons behind the plan."""
    assert result.plan is not None and result.gap is not None
    why = explain(scenario, result.plan, result.seed)
    print(
        f"{result.status} by {result.method}: {result.objective:,.0f} of at most {result.bound:,.0f} points, "
        f"gap {result.gap:.4%} (by {result.bound_by}), {seconds:.1f} s\n"
    )
    reasons = why.value()["assigned_by_reason"] | why.value()["unassigned_by_reason"]
    print("reasons: " + ", ".join(f"{reason} {count:,}" for reason, count in reasons.items()))
    dearest = scenario.leads["id"][int(scenario.leads["value"].arg_max() or 0)]
    print(f"for one: {why.sentence(why.lead(dearest, others=1))}\n")


def _tell_plans(plans: Sequence[PlanFigures], bound: float) -> None:
    """Print what each plan is worth and breaks, and how fair it is in each office."""
    today = plans[0].expected_value
    print(
        markdown_table(
            (
                "plan",
                "expected value",
                "over today",
                "behind the bound",
                "deals moved",
                "worst deviation",
                "outside the band",
                "breaks",
            ),
            [
                (
                    p.name,
                    f"{p.expected_value:,.0f}",
                    f"{p.expected_value / today - 1:+.2%}",
                    f"{p.behind(bound):.3%}",
                    f"{p.moved:,}",
                    f"{p.worst_deviation:.1%}",
                    f"{p.outside} of {sum(g.reps for g in p.fairness.values())}",
                    "; ".join(f"{rule} x {count}" for rule, count in p.broken.items()) or "nothing",
                )
                for p in plans
            ],
        )
    )
    print(
        "\nThe bound holds for plans that break nothing. A fair share is a share of what the plan gives the office.\n"
    )
    print(
        markdown_table(
            ("plan", "office", "expected value", "Jain", "least / target", "most / target", "outside the band"),
            [
                (
                    p.name,
                    office,
                    f"{g.load:,.0f}",
                    f"{g.jain:.3f}",
                    f"{g.min_ratio:.3f}",
                    f"{g.max_ratio:.3f}",
                    f"{g.outside} of {g.reps}",
                )
                for p in plans
                for office, g in p.fairness.items()
            ],
        )
        + "\n"
    )


def _picture(plans: Sequence[PlanFigures]) -> str:
    return scatter(
        [Dot(p.name, 100 * p.worst_deviation, p.expected_value / 1e6, not p.broken) for p in plans],
        title="Expected value and fairness of the open deals",
        x_label="worst deviation from a fair share in the office, %",
        y_label="expected value, million USD",
        marked="keeps every rule",
        unmarked="breaks capacity or the fair band",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
