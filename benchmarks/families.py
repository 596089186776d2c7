"""What is measured: instances by name, with time limits, seeds and contenders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from benchmarks.gap import problem_of
from benchmarks.gap_files import read_gap
from benchmarks.instance import Instance
from scenarios.generate import FAMILIES, generate
from solver.compile import compile_scenario

DATA = Path("../shared/data/gap")
"""Where the published instances are, outside the repository."""

SIMPLE = ("scoring", "round-robin", "greedy")
EXACT = ("cpsat", "highs", "scip")
EVERYBODY = (*SIMPLE, "plumbline", *EXACT, "timefold")


@dataclass(frozen=True)
class Spec:
    """One entry of the programme.

    Parameters
    ----------
    instance : str
        `FAMILY-LEADSxREPS` for a family of `scenarios.generate`, or `gap-FILE` for a published file.
    limits : tuple of float
        Seconds; every contender runs once for each.
    contenders : tuple of str
    seeds : tuple of int
    gap : float
        The proved gap at which a contender may stop.
    """

    instance: str
    limits: tuple[float, ...]
    contenders: tuple[str, ...]
    seeds: tuple[int, ...] = (1,)
    gap: float = 0.0

    @property
    def family(self) -> str:
        """First part of the instance's name."""
        return self.instance.partition("-")[0]

    @property
    def seconds(self) -> float:
        """What it may take, by the limits: those who search use all of theirs unless they prove their plan the best."""
        searching = [name for name in self.contenders if name not in SIMPLE]
        return sum(self.limits) * len(searching) * len(self.seeds)


def _gap(names: str, contenders: tuple[str, ...]) -> tuple[Spec, ...]:
    return tuple(Spec(f"gap-{name}", (60.0,), contenders) for name in names.split())


PROGRAMME: tuple[Spec, ...] = (
    Spec("cycle-200x50", (0.5, 60.0), EVERYBODY),
    Spec("cycle-2000x50", (20.0, 60.0), EVERYBODY),
    Spec("cycle-10000x100", (30.0, 60.0), EVERYBODY),
    Spec("cycle-100000x500", (120.0,), EVERYBODY),
    Spec("cycle-1000000x1000", (240.0,), (*SIMPLE, "files", *EXACT, "timefold"), gap=0.001),
    Spec("counts-10000x100", (60.0,), (*EVERYBODY, "flow")),
    Spec("counts-100000x200", (120.0,), (*SIMPLE, "plumbline", "flow")),
    Spec("matching-2000x2000", (60.0,), (*EVERYBODY, "flow", "matching")),
    *_gap("d05100 d10100 d10200 d20200 d10400 d40400 e05100 e10200 e20200 e10400", ("plumbline", *EXACT)),
    *_gap("a05100 b10100 c05100 c20200 c10400", ("plumbline", *EXACT)),
    *_gap(" ".join(f"gap{size}-{k}" for size in (1, 4, 8, 12) for k in range(5)), ("plumbline",)),
)
"""Everything that `docs/benchmarks.md` tells."""


def chosen(patterns: Sequence[str]) -> list[Spec]:
    """Return the entries whose instance matches any of the patterns (`cycle-*`); other instances as a plain race.

    Raises
    ------
    ValueError
        If a pattern matches nothing and is no instance either.
    """
    found: list[Spec] = []
    for pattern in patterns:
        matching = [spec for spec in PROGRAMME if fnmatchcase(spec.instance, pattern)]
        if not matching:
            family, _, _ = _parts(pattern)
            matching = [Spec(pattern, (60.0,), ("plumbline", *EXACT) if family == "gap" else EVERYBODY)]
        found += [spec for spec in matching if spec not in found]
    return found


def make(name: str, seed: int, data: Path = DATA) -> Instance:
    """Make the instance of that name and seed.

    Parameters
    ----------
    seed : int
        Of a generated scenario; a published file has none.
    data : Path
        Folder of the published instances.

    Raises
    ------
    ValueError
        If there is no such instance.
    OSError
        If the published file is not there.
    """
    family, leads, reps = _parts(name)
    if family == "gap":
        file = name.removeprefix("gap-")
        paths = sorted((data / "instances").glob(f"*/{file}"))
        if not paths:
            raise FileNotFoundError(f"no published instance {file!r} in {data}")
        published = read_gap(paths[0])
        return Instance(name, problem_of(published), published=published)
    compiled = compile_scenario(generate(family, leads=leads, reps=reps, seed=seed), seed)
    return Instance(name, compiled.problem, compiled)


def _parts(name: str) -> tuple[str, int, int]:
    """Return the family, the leads and the reps that a name asks for; 0 and 0 for a published file."""
    if re.fullmatch(r"gap-[\w.-]+", name):
        return "gap", 0, 0
    match = re.fullmatch(r"(\w+)-(\d+)x(\d+)", name)
    if match is None or match[1] not in FAMILIES:
        raise ValueError(f"no instance {name!r}; there are FAMILY-LEADSxREPS ({', '.join(FAMILIES)}) and gap-FILE")
    return match[1], int(match[2]), int(match[3])
