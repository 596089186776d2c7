"""Run the benchmarks, each in a process of its own.

python -m benchmarks                      all of them
python -m benchmarks --list               what there is
python -m benchmarks maven --gap 0.001    one of them, with its own options
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Benchmark:
    """A module of this package, and the options with which all of them together take minutes; None: by name only."""

    name: str
    about: str
    options: tuple[str, ...] | None = ()


BENCHMARKS = (
    Benchmark("maven", "the open deals of a CRM, against today's owners, round robin and greedy best-fit"),
    Benchmark("latency", "100 leads x 20 reps, from scenario to explained result"),
    Benchmark(
        "run",
        "contenders side by side, their gap against time",
        ("cycle-200x50", "--limits", "10", "-o", "build/races"),
    ),
    Benchmark("gap", "published generalised assignment problems, from files", None),
    Benchmark("cpmp", "published capacitated p-median problems, from files", None),
    Benchmark("districting", "published political districting, contiguous and proved, from files", None),
    Benchmark("ctdp", "published commercial territory design, from files", None),
    Benchmark("territory_scale", "territories of many units, and again a quarter later", None),
    Benchmark("territory_peers", "territories by Plumbline and by others, one judge", None),
    Benchmark("service", "the service under load: overhead, throughput, latency, a soak", None),
    Benchmark("kills", "processes of the service killed at random over a stream of runs", None),
    Benchmark("report", "tables and plots of the side-by-side results", None),
)


def main(arguments: Sequence[str]) -> int:
    """Run all benchmarks, or the one that is named, and return the worst exit code."""
    if arguments[:1] == ["--list"]:
        print("\n".join(f"{b.name:10} {b.about}" for b in BENCHMARKS))
        return 0
    by_name = {b.name: b for b in BENCHMARKS}
    if not arguments:
        return max(_run(b, b.options) for b in BENCHMARKS if b.options is not None)
    if arguments[0] not in by_name:
        print(f"there is no benchmark {arguments[0]!r}; there are: {', '.join(by_name)}", file=sys.stderr)
        return 2
    return _run(by_name[arguments[0]], arguments[1:])


def _run(benchmark: Benchmark, options: Sequence[str]) -> int:
    print(f"\n## {benchmark.name}: {benchmark.about}\n", flush=True)
    module = f"{__package__}.{benchmark.name}"
    return subprocess.run([sys.executable, "-m", module, *options], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
