"""Timefold, with the Java libraries that its Python package carries: the model is in `Assignment.java`.

Plain Java is several times faster than the package's translation of Python, hence the fairer peer. Its search uses one
core, as threads of moves are not part of the open edition.
"""

from __future__ import annotations

import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.contenders.whole import whole_rows, whole_scores
from benchmarks.instance import Pairs
from benchmarks.race import Race
from solver.pairs import Ints

MOST_PAIRS = 2_000_000
HEAP = "8g"


def run(race: Race) -> None:
    """Tell every better plan that keeps to the hard rows, and the last plan whatever it is."""
    libraries = _libraries()
    pairs = race.pairs(MOST_PAIRS)
    with TemporaryDirectory() as folder:
        source = Path(__file__).with_name("Assignment.java")
        subprocess.run(["javac", "-cp", libraries, "-d", folder, "-proc:none", str(source)], check=True)
        race.begin()
        scale = whole_scores(pairs).scale
        stated = Path(folder, "instance")
        stated.write_bytes(_stated(pairs).astype(">i8").tobytes())
        command = ["java", f"-Xmx{HEAP}", "-cp", f"{folder}:{libraries}", "Assignment", str(stated)]
        command += [str(int(race.left() * 1000)), str(race.seed)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                word, *numbers = line.split()
                if word == "score" and numbers[0] == "0":
                    race.tell(pairs.offset + int(numbers[1]) / scale)
                elif word == "plan":
                    race.tell(owner=race.instance.told(np.array(numbers, dtype=np.int64)))
                    race.stop()
    if process.returncode:
        raise RuntimeError(f"java ended with code {process.returncode}")


def _libraries() -> str:
    """Return the class path of the package's libraries.

    Raises
    ------
    ImportError
        If the package or a Java compiler is missing.
    """
    if shutil.which("javac") is None:
        raise ImportError("there is no Java compiler (javac, 17 or later) on the path")
    try:
        return str(distribution("timefold").locate_file("timefold/solver/jars/*"))
    except PackageNotFoundError:
        raise ImportError("the package timefold is not installed") from None


def _stated(pairs: Pairs) -> Ints:
    """Return the numbers that `Assignment.java` reads, in its order."""
    scores = whole_scores(pairs)
    blocks = [whole_rows(pairs, rows, (10**6,)) for rows in pairs.rows]
    head = [pairs.leads, pairs.reps, len(blocks)]
    for rows, whole in zip(pairs.rows, blocks, strict=True):
        head += [-1 if rows.hard else round(rows.rate / whole.scale * scores.scale), *whole.lower, *whole.upper]
    columns = np.stack([pairs.rep, scores.amount, *(whole.amount for whole in blocks)], axis=1)
    width = columns.shape[1]
    # before the pairs of each lead come whether it is required, and their number
    count = np.bincount(pairs.lead, minlength=pairs.leads)
    body = np.empty(2 * pairs.leads + columns.size, dtype=np.int64)
    starts = 2 * np.arange(pairs.leads) + width * (np.cumsum(count) - count)
    body[starts], body[starts + 1] = pairs.required, count
    inside = np.ones(len(body), dtype=bool)
    inside[starts] = inside[starts + 1] = False
    body[inside] = columns.ravel()
    return np.concatenate([np.array(head, dtype=np.int64), body])
