"""Header fields of every answer, whatever it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.doors.headers import SecurityHeaders
from tests.api.doors.conftest import House

Make = Callable[..., House]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/v1/runs", 200),
        ("POST", "/v1/runs", 415),
        ("PUT", "/v1/runs", 405),
        ("GET", "/nothing", 404),
        ("GET", "/v1/runs/run_x", 404),
    ],
)
def test_every_answer_has_them(house: Make, method: str, path: str, status: int) -> None:
    one = house()
    for headers, expected in ((one.key(), status), ({}, status if path in ("/healthz", "/openapi.json") else 401)):
        answer = one.client.request(method, path, headers=headers)
        assert answer.status_code == expected
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "strict-transport-security" not in answer.headers
        assert (answer.headers.get("cache-control") == "no-store") is path.startswith("/v1")
        assert "server" not in answer.headers


def test_faults_of_ours_have_them_too(house: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one = house(https=True)
    headers = one.key()

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("api.store.tenancy.Tenancy.runs", broken)
    answer = one.client.get("/v1/runs", headers=headers)
    assert answer.status_code == 500 and answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def _answered(media: str, *more: tuple[bytes, bytes], path: str = "/v1/x") -> dict[bytes, bytes]:
    sent: list[dict[bytes, bytes]] = []

    async def app(scope: object, receive: object, send: Callable[..., object]) -> None:
        headers = [(b"content-type", media.encode()), *more]
        await send({"type": "http.response.start", "status": 200, "headers": headers})  # type: ignore[misc]

    async def send(message: dict[str, object]) -> None:
        sent.append(dict(message["headers"]))  # type: ignore[call-overload]

    await SecurityHeaders(app)({"type": "http", "path": path}, None, send)  # type: ignore[arg-type]
    return sent[0]


@pytest.mark.anyio
async def test_a_page_has_an_origin_of_its_own() -> None:
    policy = (await _answered("text/html; charset=utf-8"))[b"content-security-policy"]
    assert policy.startswith(b"default-src 'none'") and policy.endswith(b"sandbox allow-scripts")
    assert b"allow-same-origin" not in policy and b"connect-src" not in policy
    assert b"script-src" not in (await _answered("image/svg+xml"))[b"content-security-policy"]


@pytest.mark.anyio
async def test_what_a_route_says_of_caches_stands() -> None:
    assert (await _answered("text/csv", (b"etag", b'"x"')))[b"cache-control"] == b"private, no-cache"
    own = await _answered("text/csv", (b"cache-control", b"private, max-age=60"))
    assert own[b"cache-control"] == b"private, max-age=60"
    assert b"cache-control" not in await _answered("text/plain", path="/metrics")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
