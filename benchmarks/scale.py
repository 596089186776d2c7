"""One large scenario: seconds, proved gap and peak memory.

    python -m benchmarks.scale --leads 500000 --reps 200 [--family cycle] [--seed 1] [--time-limit 60] [--gap 0.01]

Prints a table and one JSON line; every claim of the result is checked.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence

from benchmarks.report import machine, markdown_table
from scenarios.generate import FAMILIES, generate
from solver import Limits, check, solve


def main(arguments: Sequence[str]) -> int:
    """Generate, solve and check one scenario; return 0 if all claims hold."""
    options = _options(arguments)
    began = time.perf_counter()
    scenario = generate(options.family, leads=options.leads, reps=options.reps, seed=options.seed)
    generated, memory = time.perf_counter(), peak_memory()
    result = solve(scenario, Limits(time=options.time_limit, gap=options.gap))
    solved, most = time.perf_counter(), peak_memory()
    false = [claim.name for claim in check(scenario, result) if not claim.holds]
    checked = time.perf_counter()
    print(f"{scenario.name}; {machine()}\n")
    rows = [
        ("status", f"{result.status}, stopped by {result.stopped_by}"),
        ("method", result.method),
        ("objective", "none" if result.objective is None else f"{result.objective:,.1f}"),
        ("bound", "none" if result.bound is None else f"{result.bound:,.1f}"),
        ("proved gap", "none" if result.gap is None else f"{result.gap:.4%}"),
        ("seconds to generate", f"{generated - began:.2f}"),
        ("seconds to solve", f"{solved - generated:.2f}"),
        ("seconds to check", f"{checked - solved:.2f}"),
        ("peak memory of the solve", f"{most / 2**20:,.0f} MiB (before it: {memory / 2**20:,.0f} MiB)"),
        ("claims that do not hold", ", ".join(false) or "none"),
    ]
    print(markdown_table(("figure", "value"), rows))
    line = {
        "instance": scenario.name,
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        "seconds": round(solved - generated, 3),
        "feasible": result.plan is not None and not false,
        "peak_bytes": most,
    }
    print("\n" + json.dumps(line))
    return 1 if false else 0


def peak_memory() -> int:
    """Return the most memory that this process has held so far, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024  # KiB, but bytes on macOS
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description="One large scenario.")
    parser.add_argument("--leads", type=int, default=500_000)
    parser.add_argument("--reps", type=int, default=200)
    parser.add_argument("--family", choices=tuple(FAMILIES), default="cycle")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds of the solve (default: %(default)s)")
    parser.add_argument("--gap", type=float, default=0.01, help="stop at this proved gap (default: %(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
