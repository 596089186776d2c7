"""Whether a service may be open, and for which requests."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from api.doors.keys import made
from api.doors.opening import came_from_here, is_loopback, meant_for_here, why_closed
from api.settings import Settings
from api.store import open_store
from api.store.keys import Keys


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.1", False),
        ("", False),
        ("no-such-host.invalid", False),
        ("x" * 300, False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_why_closed() -> None:
    store, closed = open_store(":memory:"), Settings(open=False)
    assert why_closed("127.0.0.1", closed, store) is None
    reason = why_closed("0.0.0.0", closed, store)
    assert reason is not None and "plumbline keys create" in reason and "PLUMBLINE_OPEN=1" in reason
    assert why_closed("0.0.0.0", Settings(open=True), store) is None
    tokens = Settings(open=False, oidc_issuer="https://login.example.com", oidc_audience="x")
    assert why_closed("0.0.0.0", tokens, store) is None
    Keys(store.database, "acme").add(made("acme", "first", "admin", "tests")[0])
    assert why_closed("0.0.0.0", closed, store) is None
    store.close()


def request(client: str | None = "127.0.0.1", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    where = None if client is None else (client, 1234)
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": raw, "client": where}
    return Request({**scope, "scheme": "http", "server": ("127.0.0.1", 8000)})


def test_where_requests_come_from() -> None:
    assert came_from_here(request()) and came_from_here(request("::1"))
    assert not came_from_here(request("192.0.2.1")) and not came_from_here(request(None))
    assert not came_from_here(request(x_forwarded_for="192.0.2.1"))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:8000", True),
        ("localhost", True),
        ("LocalHost:8000", True),
        ("[::1]:8000", True),
        ("evil.example.com", False),  # a name that somebody points at loopback
        ("localhost.example.com", False),
        ("127.0.0.1.example.com:8000", False),
        ("192.168.1.5:8000", False),
        ("[", False),
        ("", False),
    ],
)
def test_which_host_is_meant(host: str, expected: bool) -> None:
    assert meant_for_here(request(host=host)) is expected


@pytest.mark.parametrize("header", ["forwarded", "x_forwarded_for", "x_forwarded_host", "x_real_ip", "via"])
def test_a_proxy_is_not_here(header: str) -> None:
    assert not meant_for_here(request(host="localhost", **{header: "192.0.2.1"}))


def test_settings_are_checked() -> None:
    for wrong in ({"rate": "many"}, {"failures": "0/minute"}):
        with pytest.raises(ValueError, match="limit"):
            Settings(**wrong)  # type: ignore[arg-type]
    for wrong in ({"oidc_issuer": "login"}, {"oidc_issuer": "https://x.y"}, {"oidc_audience": "plumbline"}):
        with pytest.raises(ValueError, match=r"PLUMBLINE_OIDC_ISSUER (has to begin|goes) with"):
            Settings(**wrong)  # type: ignore[arg-type]
