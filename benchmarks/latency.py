"""How long a planner waits: 100 leads x 20 reps, from the scenario to the explained result, in this process.

    python -m benchmarks.latency [--leads 100] [--reps 20] [--seeds 30] [--time-limit 1] [--gap 0.005]

For each family and seed the scenario is solved, its table is explained and the record of each lead is written in
words; the limits are those of somebody who waits for an answer. Prints a table and one JSON line. The table also tells
the time as a multiple of one scoring pass (which pairs are eligible, and their points).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.tables import machine, markdown_table
from scenarios import Scenario
from scenarios.generate import generate
from solver import Limits, check, explain, solve
from solver.compile import compile_scenario

FAMILIES = ("cycle", "realistic", "counts")
PASSES = 5
"""Scoring passes of which the fastest counts: one is over in less than a slice of the processor."""


@dataclass(frozen=True)
class Sample:
    """Seconds of one solve, of its explanations and of one scoring pass; its status and its proved gap."""

    solve: float
    explain: float
    scoring: float
    status: str
    gap: float | None

    @property
    def total(self) -> float:
        """Seconds from scenario to explained result."""
        return self.solve + self.explain


def measure(scenario: Scenario, limits: Limits) -> Sample:
    """Solve and explain one scenario, and check what the result claims, off the clock.

    Raises
    ------
    AssertionError
        If a claim does not hold: no benchmark is fast by being wrong.
    """
    began = time.perf_counter()
    result = solve(scenario, limits)
    solved = time.perf_counter()
    if result.plan is not None:
        why = explain(scenario, result.plan, result.seed)
        told = why.table().height, sum(1 for _ in why.records())
        if told != (scenario.leads.height, scenario.leads.height):
            raise AssertionError(f"{told} leads are explained, not {scenario.leads.height}")
    ended = time.perf_counter()
    if false := [claim.name for claim in check(scenario, result) if not claim.holds]:
        raise AssertionError(f"claims that do not hold: {false}")
    return Sample(solved - began, ended - solved, _scoring(scenario), result.status, result.gap)


def _scoring(scenario: Scenario) -> float:
    """Return the seconds of one scoring pass over all pairs."""
    problem = compile_scenario(scenario, 0).problem
    everyone, fastest = slice(0, problem.n), float("inf")
    for _ in range(PASSES):
        began = time.perf_counter()
        problem.eligible(everyone)
        problem.scores(everyone)
        fastest = min(fastest, time.perf_counter() - began)
    return fastest


def main(arguments: Sequence[str]) -> int:
    """Measure every family and print the figures."""
    options = _options(arguments)
    limits = Limits(time=options.time_limit, gap=options.gap)
    print(f"{options.leads} leads x {options.reps} reps, {options.seeds} seeds a family; {machine()}")
    print(f"stop at a gap of {options.gap:.2%} or after {options.time_limit:g} s\n")
    rows, found = [], {}
    for family in options.families:
        scenarios = [
            generate(family, leads=options.leads, reps=options.reps, seed=seed) for seed in range(options.seeds + 1)
        ]
        measure(scenarios.pop(), limits)  # the engines load once, and that is not what is measured
        samples = [measure(scenario, limits) for scenario in scenarios]
        rows.append((family, *_cells(samples)))
        found[family] = _document(samples)
    header = ("family", "median s", "95 % s", "explaining s", "median / scoring", "95 % / scoring")
    print(markdown_table((*header, "median gap", "95 % gap", "most gap", "status"), rows))
    print("\n" + json.dumps({"instance": f"latency {options.leads}x{options.reps}", "families": found}))
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description="Scenario to explained result.")
    parser.add_argument("--leads", type=int, default=100)
    parser.add_argument("--reps", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=30, help="scenarios of each family (default: %(default)s)")
    parser.add_argument("--time-limit", type=float, default=1.0, help="seconds of a solve (default: %(default)s)")
    parser.add_argument("--gap", type=float, default=0.005, help="stop at this proved gap (default: %(default)s)")
    parser.add_argument("--families", nargs="+", default=FAMILIES)
    return parser.parse_args(arguments)


def _cells(samples: Sequence[Sample]) -> list[str]:
    total, explaining, scoring = (
        np.array(x) for x in zip(*((s.total, s.explain, s.scoring) for s in samples), strict=True)
    )
    gaps = [sample.gap for sample in samples if sample.gap is not None]
    ratio = total / np.median(scoring)
    return [
        f"{np.median(total):.3f}",
        f"{np.quantile(total, 0.95):.3f}",
        f"{np.median(explaining):.3f}",
        f"{np.median(ratio):,.0f}",
        f"{np.quantile(ratio, 0.95):,.0f}",
        *(f"{np.quantile(gaps, part):.3%}" if gaps else "none" for part in (0.5, 0.95, 1.0)),
        ", ".join(f"{status} {count}" for status, count in sorted(Counter(s.status for s in samples).items())),
    ]


def _document(samples: Sequence[Sample]) -> dict[str, object]:
    total = np.array([sample.total for sample in samples])
    return {
        "median": round(float(np.median(total)), 4),
        "p95": round(float(np.quantile(total, 0.95)), 4),
        "scoring": float(np.median([sample.scoring for sample in samples])),
        "gaps": [None if sample.gap is None else round(sample.gap, 6) for sample in samples],
        "status": dict(Counter(sample.status for sample in samples)),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
