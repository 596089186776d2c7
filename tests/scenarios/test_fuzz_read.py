"""A thousand damaged inputs: reading never raises, and says what is wrong and where."""

from __future__ import annotations

import copy
import io
import random
import zipfile
from collections import Counter
from typing import Any

import orjson
import pytest

from scenarios import Reading, Rep, Scenario, load_bytes
from scenarios.formats.rows import lead_table, rep_table
from scenarios.goals import Balance, Value
from scenarios.rules import Band, Capacity, Match, Skills
from scenarios.writing import scenario_as_bytes, table_as_bytes

SCENARIO = Scenario(
    name="二月",
    rules=(Capacity(), Skills(), Match(lead_column="region", rep_column="region", leads={"tier": (1,)}), Band(rate=1)),
    goals=(Value(), Balance(by="team")),
    reps=[
        Rep(id=f"R{i}", team="A", capacity={"hours": 40}, skills={"sap": 1}, region="华东", share=i / 7)
        for i in range(6)
    ],
    leads=[
        {
            "id": f"L{i}",
            "name": "café 公司",
            "value": i / 3,
            "skills": {"sap": 1},
            "region": "华东",
            "owner": f"R{i % 6}",
        }
        | {"protected_until": "2026-03-01", "note": "=x", "size": i}
        for i in range(30)
    ],
)
VALUES: list[Any] = [
    None,
    True,
    -1,
    1e308,
    2**63,
    "",
    "x" * 2_000,
    "\u0000",
    "=1",
    [],
    {},
    [[]],
    {"a": {"b": []}},
    ["x", 1],
    -0.0,
]
KINDS = ("json", "values", "xlsx", "sheets", "zip", "csv", "parquet", "encoding", "depth")
CASES = 1_000


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


JSON, XLSX, ZIP = (scenario_as_bytes(SCENARIO, form) for form in ("json", "xlsx", "zip"))  # type: ignore[arg-type]
CSV, SHEETS = unpacked(ZIP), unpacked(XLSX)
PARQUET = {
    "scenario.json": CSV["scenario.json"],
    "leads.parquet": table_as_bytes(lead_table(SCENARIO), "parquet"),
    "reps.parquet": table_as_bytes(rep_table(SCENARIO), "parquet"),
}


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Cut, flip, overwrite, repeat, remove, or replace all of it."""
    here, size = chance.randrange(len(data)), chance.randrange(1, 300)
    match chance.randrange(6):
        case 0:
            return data[:here]
        case 1:
            flipped = bytearray(data)
            for _ in range(chance.randint(1, 20)):
                flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            return bytes(flipped)
        case 2:
            return data[:here] + chance.randbytes(chance.randrange(40)) + data[here + chance.randrange(40) :]
        case 3:
            return data[:here] + data[here : here + size] * chance.randint(2, 4) + data[here + size :]
        case 4:
            return data[:here] + data[here + size :]
        case _:
            return chance.randbytes(chance.randrange(3_000))


def one_file(files: dict[str, bytes], chance: random.Random) -> bytes:
    name = chance.choice(sorted(files))
    return packed({**files, name: damaged(files[name], chance)})


def wrong_values(chance: random.Random) -> bytes:
    """Put values of any type into any place of the document."""
    document = orjson.loads(JSON)
    for _ in range(chance.randint(1, 3)):
        node: Any = document
        while True:
            places = list(node) if isinstance(node, dict) else list(range(len(node)))
            place = chance.choice(places) if places else None
            if place is None or not isinstance(node[place], dict | list) or chance.random() < 0.3:
                break
            node = node[place]
        if place is not None:
            node[place] = copy.deepcopy(chance.choice(VALUES))
    return orjson.dumps(document)


def broken(kind: str, chance: random.Random) -> Reading:
    match kind:
        case "json":
            return load_bytes(damaged(JSON, chance), "json")
        case "values":
            return load_bytes(wrong_values(chance), "json")
        case "xlsx":
            return load_bytes(damaged(XLSX, chance), "xlsx")
        case "sheets":
            return load_bytes(one_file(SHEETS, chance), "xlsx")
        case "zip":
            return load_bytes(damaged(ZIP, chance), "zip")
        case "csv":
            return load_bytes(one_file(CSV, chance), "zip")
        case "parquet":
            return load_bytes(one_file(PARQUET, chance), "zip")
        case "encoding":
            one, other = chance.choices(["gb18030", "utf-16", "utf-8", "cp1252", "utf-32", "big5", "shift-jis"], k=2)
            text, here = CSV["leads.csv"].decode(), chance.randrange(2_000)
            leads = text[:here].encode(one, "replace") + text[here:].encode(other, "replace")
            return load_bytes(packed({**CSV, "leads.csv": leads}), "zip")
        case _:
            nest = chance.choice([b"[", b'{"a":']) * chance.choice([5, 900, 1_030, 200_000])
            here = chance.randrange(len(JSON))
            return load_bytes(JSON[:here] + nest + JSON[here:], "json")


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_inputs(kind: str) -> None:
    outcomes: Counter[bool] = Counter()
    for seed in range(-(-CASES // len(KINDS))):
        reading = broken(kind, random.Random(f"{kind} {seed}"))
        assert isinstance(reading, Reading)
        assert reading.scenario is not None or reading.issues, f"{kind} {seed}: neither a scenario nor an issue"
        for issue in reading.issues:
            assert issue.where is not None or issue.pointer, f"{kind} {seed}: {issue.code} has no place"
            assert issue.message() and issue.maybe("zh-CN")
        outcomes[reading.scenario is None] += 1
    assert outcomes[True] > 10, "the inputs were hardly damaged"


def test_the_inputs_are_whole_before_they_are_damaged() -> None:
    for data, form in (
        (JSON, "json"),
        (XLSX, "xlsx"),
        (ZIP, "zip"),
        (packed(PARQUET), "zip"),
        (packed(SHEETS), "xlsx"),
    ):
        assert load_bytes(data, form).scenario == SCENARIO  # type: ignore[arg-type]
