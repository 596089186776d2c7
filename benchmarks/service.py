"""The service under load: what a request waits for, what a run costs beside the solve, and whether anything grows.

    python -m benchmarks.service                  overhead, throughput and latency: some minutes
    python -m benchmarks.service --soak 60        an hour of runs; memory and open files, minute by minute

Everything is measured over a socket, on real processes, against the same work inside this process in the same run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from api.runs.results import keep
from benchmarks.fleet import Fleet
from scenarios.examples import example
from scenarios.formats.json import json_bytes
from scenarios.generate import generate
from scenarios.model import Scenario
from scenarios.reading import load_bytes
from solver import solve
from solver.limits import Limits

JSON = {"Content-Type": "application/json"}
CYCLE = {"leads": 100, "reps": 20}
"""What a CRM asks at each cycle."""


def overhead(fleet: Fleet, rounds: int) -> dict[str, Any]:
    """Compare cycles over HTTP, new scenarios each, with reading, solving and explaining in this process."""
    found = {}
    limits = {"time": 1.0}
    for family in ("cycle", "counts"):
        over_http, inside = [], []
        for seed in range(rounds):
            scenario = generate(family, **CYCLE, seed=seed)
            over_http.append(_seconds(partial(_over_http, fleet, scenario, limits)))
            inside.append(_seconds(partial(_inside, scenario, limits)))
        a, b = statistics.median(over_http), statistics.median(inside)
        found[family] = {"http_seconds": a, "inside_seconds": b, "ratio": a / b}
    return found


def _over_http(fleet: Fleet, scenario: Scenario, limits: dict[str, float]) -> None:
    with fleet.client() as client:
        kept = client.post("/v1/scenarios", content=json_bytes(scenario), headers=JSON).json()["id"]
        order = {"scenario": kept, "limits": limits}
        answer = client.post("/v1/runs", json=order, headers={"Prefer": "wait=60"})
        assert answer.status_code == 200 and answer.json()["status"] == "succeeded", answer.text


def _inside(scenario: Scenario, limits: dict[str, float]) -> None:
    read = load_bytes(json_bytes(scenario), "json").scenario
    assert read is not None
    checked = Limits(**limits)  # type: ignore[arg-type]  # a seed may be there, whole
    keep(read, solve(read, checked), checked)


def throughput(fleet: Fleet, count: int) -> dict[str, Any]:
    """Compare many small runs, handed in at once, with the same ones after each other in this process."""
    scenario = example("tiers-first")
    began = time.monotonic()
    with fleet.client() as client:
        kept = client.post("/v1/scenarios", content=json_bytes(scenario), headers=JSON).json()["id"]
        names = []
        for seed in range(count):
            order = {"scenario": kept, "limits": {"time": 10, "seed": seed}}
            names.append(client.post("/v1/runs", json=order).json()["id"])
        for name in names:
            while client.get(f"/v1/runs/{name}").json()["status"] != "succeeded":
                time.sleep(0.05)
    service = time.monotonic() - began
    began = time.monotonic()
    for seed in range(count):
        _inside(scenario, {"time": 10, "seed": seed})
    inside = time.monotonic() - began
    return {"runs": count, "service_seconds": service, "inside_seconds": inside, "ratio": service / inside}


def latency(fleet: Fleet, requests: int, runs: int) -> dict[str, Any]:
    """Compare how long a run's state takes to read while nothing goes on, and with a solve on every core."""
    hard = generate("cycle", leads=400, reps=16, seed=3)
    with fleet.client() as client:
        kept = client.post("/v1/scenarios", content=json_bytes(hard), headers=JSON).json()["id"]
        done = client.post(
            "/v1/runs", json={"scenario": kept, "limits": {"time": 1}}, headers={"Prefer": "wait=60"}
        ).json()["id"]
        idle = _percentile(client, done, requests)
        under_way = [
            client.post("/v1/runs", json={"scenario": kept, "limits": {"time": 600, "seed": k}}).json()["id"]
            for k in range(runs)
        ]
        while any(client.get(f"/v1/runs/{name}").json()["progress"] is None for name in under_way):
            time.sleep(0.2)
        busy = _percentile(client, done, requests)
        for name in under_way:
            client.delete(f"/v1/runs/{name}")
    return {"idle_p99_ms": idle * 1000, "busy_p99_ms": busy * 1000, "ratio": busy / idle, "solving": runs}


def _percentile(client: httpx2.Client, run: str, requests: int) -> float:
    took = [_seconds(lambda: client.get(f"/v1/runs/{run}")) for _ in range(requests)]
    return float(np.percentile(took, 99))


def soak(fleet: Fleet, minutes: float) -> dict[str, Any]:
    """Submit one run after the other, each with all that is asked of it, and look at what the processes hold."""
    held: list[dict[str, Any]] = []
    end, count = time.monotonic() + 60 * minutes, 0
    with fleet.client() as client:
        while time.monotonic() < end:
            scenario = generate("counts", leads=100, reps=20, seed=count % 50)
            kept = client.post("/v1/scenarios", content=json_bytes(scenario), headers=JSON).json()["id"]
            order = {"scenario": kept, "limits": {"time": 30, "seed": count}}
            run = client.post("/v1/runs", json=order, headers={"Prefer": "wait=60"}).json()
            plan = f"/v1/plans/{run['plan']}"
            for path in ("", "/assignments", "/loads", f"/explanations/{scenario.leads['id'][0]}", "/export"):
                answer = client.get(plan + path)
                assert answer.status_code == 200, answer.text
            count += 1
            if len(held) <= (60 * minutes - (end - time.monotonic())) / 60:
                held.append({"runs": count, **_held(fleet)})
                print(json.dumps(held[-1]), file=sys.stderr, flush=True)
    middle = held[len(held) // 2]
    return {"runs": count, "first": held[0], "middle": middle, "last": held[-1]}


def _held(fleet: Fleet) -> dict[str, list[float]]:
    """Return the memory, in MiB, and the open files of every process, the server's first."""
    pids = [member.process.pid for member in fleet.members]
    return {
        "mib": [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 2**20 for pid in pids],
        "files": [len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids],
    }


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main(arguments: Sequence[str]) -> int:
    """Print one line of JSON for each measurement."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("--soak", type=float, metavar="MINUTES", default=0.0)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # as `plumbline serve` alone: one process that serves and solves on two cores
        settings = {"PLUMBLINE_RATE": "60000/minute", "PLUMBLINE_EXPLAINED_LEADS": "10000"}
        with Fleet(folder, str(folder / "service.db"), workers=0, solvers=2, settings=settings) as fleet:
            if options.soak:
                print(json.dumps({"soak": soak(fleet, options.soak)}), flush=True)
                return 0
            _over_http(fleet, example("tiers-first"), {"time": 10})
            _inside(example("tiers-first"), {"time": 10})
            print(json.dumps({"overhead": overhead(fleet, options.rounds)}), flush=True)
            print(json.dumps({"throughput": throughput(fleet, 40)}), flush=True)
            print(json.dumps({"latency": latency(fleet, 1000, 2)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
