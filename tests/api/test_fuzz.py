"""A thousand damaged bodies over HTTP: never a 500, always a problem with a place."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.intake import MEDIA_TYPES
from api.settings import Settings
from scenarios.examples import example
from scenarios.writing import scenario_as_bytes
from tests.api.conftest import JSON, PROBLEM

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1e308,
    2**63,
    "",
    "x" * 2000,
    "=1+1",
    "\ud7ff\x00",
    [],
    {},
    [[]],
    {"a": {}},
    "NaN",
)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Settings(database=":memory:", spare=False)), raise_server_exceptions=False) as client:
        yield client


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Cut, overwrite, double or drop some bytes."""
    match rng.randrange(4):
        case 0:
            return data[: rng.randrange(len(data))]
        case 1:
            changed = bytearray(data)
            for _ in range(rng.randrange(1, 30)):
                changed[rng.randrange(len(changed))] = rng.randrange(256)
            return bytes(changed)
        case 2:
            start = rng.randrange(len(data))
            return data[:start] + data[start : start + 200] * rng.randrange(2, 9) + data[start:]
        case _:
            return rng.randbytes(rng.randrange(400))


def twisted(document: Any, rng: random.Random) -> Any:
    """Put something odd into a random place of a document."""
    if rng.random() < 0.15 or not document or not isinstance(document, dict | list):
        return rng.choice(ODD)
    if isinstance(document, dict):
        key = rng.choice(list(document))
        if rng.random() < 0.1:
            return {**document, rng.choice(["", "x" * 500, "id", "\u0000", "skills.a"]): rng.choice(ODD)}
        return {**document, key: twisted(document[key], rng)}
    index = rng.randrange(len(document))
    return [*document[:index], twisted(document[index], rng), *document[index + 1 :]]


def fine(answer: Any) -> bool:
    """Whether an answer is a scenario, or a problem that says where."""
    if answer.status_code in (200, 201):
        return True
    problem = answer.json()
    placed = all("pointer" in error and error["message"] for error in problem["errors"])
    return bool(answer.status_code == 422 and answer.headers["content-type"] == PROBLEM and placed)


@pytest.mark.parametrize("media", list(MEDIA_TYPES))
def test_damaged_files(client: TestClient, media: str) -> None:
    rng = random.Random(media)
    data = scenario_as_bytes(example("quarter-accounts"), MEDIA_TYPES[media])
    for number in range(200):
        body = damaged(data, rng)
        answer = client.post("/v1/scenarios?dry_run=true", content=body, headers={"Content-Type": media})
        assert fine(answer), (media, number, answer.text[:500])


def test_twisted_documents(client: TestClient) -> None:
    rng = random.Random(7)
    document = orjson.loads(scenario_as_bytes(example("chinese-b2b"), "json"))
    for number in range(280):
        body = orjson.dumps(twisted(twisted(document, rng), rng))
        answer = client.post("/v1/scenarios?dry_run=true", content=body, headers=JSON)
        assert fine(answer), (number, answer.text[:500])


def test_twisted_orders_and_patches(client: TestClient) -> None:
    rng = random.Random(11)
    stored = client.post(
        "/v1/scenarios", content=scenario_as_bytes(example("tiers-first"), "json"), headers=JSON
    ).json()
    order = {
        "scenario": "scn_none",
        "kind": "allocate",
        "limits": {"time": 1, "work": 1, "gap": 0, "seed": 1, "workers": 1},
    }
    patch = [
        {"op": "copy", "from": "/reps/0", "path": "/reps/1"},
        {"op": "add", "path": "/leads/-", "value": {"id": "N"}},
    ]
    for number in range(60):
        answer = client.post("/v1/runs", content=orjson.dumps(twisted(order, rng)), headers=JSON)
        assert answer.status_code in (404, 422), (number, answer.text)
        url = f"/v1/scenarios/{stored['id']}/variants"
        answer = client.post(url, content=orjson.dumps(twisted(twisted(patch, rng), rng)), headers=JSON)
        assert fine(answer), (number, answer.text)
