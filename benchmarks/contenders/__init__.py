"""Who is measured. Each module has one function, `run(race)`, which tells plans and bounds as they come.

A contender is modelled as somebody who knows it well would model it, at its best settings for two cores. What it reads
before `race.begin()` is not measured: importing, and the pairs as plain arrays. Building its own model is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """One contender: its name in tables, and the distributions whose versions its figures depend on."""

    label: str
    needs: tuple[str, ...] = ()


CONTENDERS = {
    "scoring": Contender("one scoring pass", ("numpy",)),
    "plumbline": Contender("Plumbline", ("ortools", "numpy", "scipy")),
    "files": Contender("Plumbline, Parquet to Parquet", ("ortools", "numpy", "scipy", "polars")),
    "round-robin": Contender("round robin", ("numpy",)),
    "greedy": Contender("greedy best-fit", ("numpy",)),
    "cpsat": Contender("CP-SAT", ("ortools",)),
    "highs": Contender("HiGHS", ("highspy",)),
    "scip": Contender("SCIP", ("pyscipopt",)),
    "flow": Contender("min-cost flow", ("ortools",)),
    "matching": Contender("linear sum assignment", ("scipy",)),
    "timefold": Contender("Timefold", ("timefold",)),
}
"""The contenders by the names of their modules, with dashes."""
