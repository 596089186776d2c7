"""Plumbline itself, in this process: from the scenario, compiling and judging included."""

from __future__ import annotations

import numpy as np

from benchmarks.race import Race
from scenarios.generate import generate
from solver import Limits, Progress, explain, solve


def run(race: Race) -> None:
    """Solve the scenario, or the problem of a published file, and explain every lead off the clock."""
    solve(generate("cycle", leads=20, reps=3, seed=0), Limits(time=2.0))  # the engines load once
    scenario = race.instance.scenario
    race.begin()

    def listen(progress: Progress) -> None:
        race.tell(progress.incumbent, progress.bound)

    limits = Limits(time=race.limit, gap=race.gap, seed=race.seed)
    result = solve(race.instance.problem if scenario is None else scenario, limits, listen=listen)
    if result.plan is not None:
        race.tell(result.objective, result.bound, result.plan.owner)
        race.figures["certified_bound"] = result.certified_bound if result.certified_bound is not None else np.inf
    race.stop()
    race.figures |= {f"{name}_seconds": seconds for name, seconds in result.seconds.items()}
    if scenario is not None and result.plan is not None:
        before = race.seconds()
        explain(scenario, result.plan, result.seed).table()
        race.figures["explain_seconds"] = race.seconds() - before
