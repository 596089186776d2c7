"""Territories by what others use for the same job: `python -m benchmarks.territory_peers [NAME ...] --time-limit S`.

Counties of some states, from the bundled example, and points drawn at random, 1,000 into 20, with a metric that varies
as sales do. The cost is the weighted distance to the centres; every contender is given the same units, neighbours,
seconds and two cores, runs in a process of its own, and is ended half a minute after its time. Each answer is judged by
ours: the centre of a territory is the unit of it that costs the least; how many territories are outside the band, and
by how much the worst misses its fair share; how many are in several pieces; the cost, and how far it is above what is
proved of all territories that keep to all of it.

Prints one JSON line per answer; `--markdown FILE` keeps the table. What else is needed is in requirements-bench.lock.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from scipy.spatial import Delaunay

from benchmarks.tables import machine, markdown_table
from benchmarks.territory_contenders import CONTENDERS, plumbline, prepared
from scenarios.examples import example
from scenarios.model import Rep, Scenario
from solver.pairs import Ints
from solver.territory.problem import Territories, judge, loads_of, pieces

OURS = "Plumbline"
GRACE = 30.0
"""Seconds after its time before a contender is ended: some take no limit."""
STATES = {"IA": (("Iowa",), 4), "AL-GA": (("Alabama", "Georgia"), 8)}
POINTS, AREAS = 1_000, 20
TOLERANCE = 0.1
IN_PIECES = ("region k-means", "skater", "max-p")
"""Contenders that are about neighbours: without links they have nothing to say."""


@dataclass(frozen=True)
class Judged:
    """An answer as it is judged; `off` is the worst |load / fair share - 1|, `above` the cost above our bound."""

    instance: str
    contender: str
    status: str
    seconds: float
    territories: int | None = None
    outside: int | None = None
    off: float | None = None
    in_pieces: int | None = None
    cost: float | None = None
    above: float | None = None


def instance(name: str, seed: int) -> Scenario:
    """Return an instance by its name.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name in STATES:
        states, k = STATES[name]
        whole = example("us-counties")
        leads = whole.leads.filter(whole.leads["region"].is_in(states)).drop("owner")
        known = whole.links["a"].is_in(leads["id"].implode()) & whole.links["b"].is_in(leads["id"].implode())
        pairs = whole.links.filter(known).rows()
        return _scenario(leads.select("id", "lat", "lon", "population").to_dicts(), pairs, k, "population", 1e-6)
    if name not in ("points", "points-counts"):
        raise ValueError(f"no instance {name!r}; there are {', '.join(instances())}")
    rng = np.random.default_rng(seed)
    place = np.stack([rng.uniform(40, 45, POINTS), rng.uniform(-5, 5, POINTS)], axis=1).round(4)
    value = np.maximum(np.rint(100 * rng.lognormal(0, 1, POINTS)), 1.0)
    points = [
        {"id": f"p{k}", "lat": lat, "lon": lon, "value": amount}
        for k, ((lat, lon), amount) in enumerate(zip(place.tolist(), value.tolist(), strict=True))
    ]
    if name == "points-counts":
        return _scenario(points, None, AREAS, "leads", 1e-2)
    first, beside = Delaunay(place).vertex_neighbor_vertices
    ends = np.stack([np.repeat(np.arange(POINTS), np.diff(first)), beside], axis=1)
    pairs = [(f"p{a}", f"p{b}") for a, b in ends[ends[:, 0] < ends[:, 1]].tolist()]
    return _scenario(points, pairs, AREAS, "value", 1e-4)


def instances() -> tuple[str, ...]:
    """Return the names of the instances."""
    return (*STATES, "points", "points-counts")


def _scenario(
    leads: list[dict[str, object]], links: list[tuple[str, str]] | None, k: int, metric: str, weight: float
) -> Scenario:
    """Return seats for units: one metric within a band, weighted ways, and one piece each where there are links."""
    band = {"kind": "band", "metric": metric, "tolerance": TOLERANCE}
    return Scenario.model_validate(
        {
            "leads": leads,
            "links": links or [],
            "reps": [Rep(id=f"s{j}") for j in range(k)],
            "rules": [band, *([{"kind": "contiguity"}] if links else [])],
            "goals": [{"kind": "travel", "weight": weight, "weighted_by": None if metric == "leads" else metric}],
        }
    )


def centred(task: Territories, label: Ints) -> Ints:
    """Return the unit at the centre of each unit's territory: of those in it, the one that costs the least."""
    centre = np.empty(task.n, dtype=np.int64)
    for one in np.unique(label):
        units = np.flatnonzero(label == one)
        centre[units] = units[task.matrix[np.ix_(units, units)].sum(axis=0).argmin()]
    return centre


def judged(name: str, contender: str, task: Territories, label: Ints, seconds: float, bound: float) -> Judged:
    """Judge an answer."""
    centre = centred(task, label)
    used = np.unique(centre)
    loads = loads_of(task, centre)[used, 0]
    fair = float(task.amounts[:, 0].sum()) / task.k
    verdict = judge(task, centre)
    room = 1e-9 * fair
    return Judged(
        name,
        contender,
        "good" if verdict.feasible else "broken",
        round(seconds, 1),
        len(used),
        int(((loads > task.upper[0, 0] + room) | (loads < task.lower[0, 0] - room)).sum()),
        float(np.abs(loads / fair - 1).max()),
        0 if task.links is None else int((pieces(task, centre) > 1).sum()),
        verdict.cost,
        None if not np.isfinite(bound) else verdict.cost / bound - 1,
    )


def _run(name: str, contender: str, seconds: float, seed: int, answer: Connection) -> None:
    """Let one contender draw, and send what it drew, its seconds, and its bound; reading the data in does not count."""
    ground, task = prepared(instance(name, seed), seed)
    began = time.perf_counter()
    label, bound = None, -np.inf
    if contender == OURS:
        label, bound = plumbline(ground, task, seconds, seed)
    else:
        label = CONTENDERS[contender](ground, task, seconds, seed)
    answer.send((label, time.perf_counter() - began, bound))


def raced(name: str, contender: str, seconds: float, seed: int) -> tuple[Ints | None, float, float, str]:
    """Run a contender in a process of its own; return territories, seconds, bound, and why there are none, if so."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(name, contender, seconds, seed, theirs))
    process.start()
    theirs.close()
    try:
        if not ours.poll(seconds + GRACE + 30.0):  # and half a minute to start, and to read the instance in
            return None, seconds, -np.inf, "over time"
        label, took, bound = ours.recv()
    except EOFError:
        return None, 0.0, -np.inf, "failed"
    finally:
        process.kill()
        process.join()
    return label, took, bound, "" if label is not None else "no plan"


def race(name: str, seconds: float, seed: int) -> list[Judged]:
    """Let everybody draw one instance, ours first, and print each answer."""
    _, task = prepared(instance(name, seed), seed)
    found, least = [], -np.inf
    for contender in (OURS, *CONTENDERS):
        if task.links is None and contender in IN_PIECES:
            continue
        label, took, bound, why = raced(name, contender, seconds, seed)
        least = max(least, bound)
        if label is None:
            one = Judged(name, contender, why, round(took, 1))
        else:
            one = judged(name, contender, task, label, took, least)
        print(json.dumps(asdict(one)), flush=True)
        found.append(one)
    return found


def table(found: Sequence[Judged]) -> str:
    """Return the answers as a table in Markdown."""
    header = (
        "instance",
        "by",
        "seconds",
        "territories",
        "outside the band",
        "worst off by",
        "in pieces",
        "cost",
        "above the bound",
    )

    def told(value: float | None, form: str) -> str:
        return "" if value is None else format(value, form)

    rows = [
        (
            one.instance,
            one.contender,
            f"{one.seconds:.1f}" if one.status in ("good", "broken") else one.status,
            told(one.territories, "d"),
            told(one.outside, "d"),
            told(one.off, ".1%"),
            told(one.in_pieces, "d"),
            told(one.cost, ",.1f"),
            told(one.above, "+.1%"),
        )
        for one in found
    ]
    return markdown_table(header, rows)


def main(arguments: Sequence[str]) -> int:
    """Race, and return the exit code: 1 if an answer of ours does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.territory_peers", description="Territories by others.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(instances())} (default: all)")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds for each (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table here")
    options = parser.parse_args(arguments)
    try:
        found = [one for name in options.names or instances() for one in race(name, options.time_limit, options.seed)]
    except ValueError as fault:
        parser.error(str(fault))
    if options.markdown is not None:
        text = f"{options.time_limit:g} s each, {machine()}\n\n{table(found)}\n"
        options.markdown.write_text(text, encoding="utf-8")
    return int(any(one.contender == OURS and one.status == "broken" for one in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
