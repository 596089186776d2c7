"""Plumbline as a command: Parquet tables in, a plan folder with a reason for each lead out, and its check."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from benchmarks.instance import UnsuitedError
from benchmarks.race import Race, peak_memory
from scenarios import write


def run(race: Race) -> None:
    """Run `plumbline solve`, and `plumbline check` off the clock, whose seconds are kept."""
    scenario = race.instance.scenario
    if scenario is None:
        raise UnsuitedError("there is no scenario to write")
    command = str(Path(sys.executable).with_name("plumbline"))
    with TemporaryDirectory() as folder:
        source, plan = Path(folder, "scenario"), Path(folder, "plan")
        write(scenario, source, "parquet")
        limits = ["--time-limit", f"{race.limit:g}", "--gap", f"{race.gap:g}", "--seed", str(race.seed)]
        race.begin()
        solved = subprocess.run([command, "solve", str(source), "-o", str(plan), *limits], stdout=subprocess.DEVNULL)
        race.stop()
        race.peak_bytes = peak_memory(own=False)
        if not (plan / "plan.json").exists():
            raise RuntimeError(f"plumbline solve ended with code {solved.returncode}, without a plan")
        told = json.loads((plan / "plan.json").read_text("utf-8"))
        race.figures |= {f"{name}_seconds": seconds for name, seconds in told["seconds"].items()}
        if solved.returncode:
            race.tell(bound=told["bound"], at=race.ended)
            return
        rep = pl.read_parquet(plan / "assignments.parquet", columns=["lead", "rep"])
        place = pl.DataFrame({"rep": [r.id for r in scenario.reps], "place": range(len(scenario.reps))})
        owner = scenario.leads.select(lead="id").join(rep, on="lead", how="left", maintain_order="left")
        owner = owner.join(place, on="rep", how="left", maintain_order="left")
        race.tell(told["objective"], told["bound"], owner["place"].fill_null(-1).to_numpy(), at=race.ended)
        began = time.perf_counter()
        checked = subprocess.run([command, "check", str(source), str(plan)], stdout=subprocess.DEVNULL)
        race.figures |= {"verify_seconds": time.perf_counter() - began, "verify_code": float(checked.returncode)}
