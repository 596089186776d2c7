"""Whatever goes wrong is a problem (RFC 9457) with a code, in the language asked for."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from fastapi.testclient import TestClient
from starlette.requests import Request

from api.app import create_app
from api.errors import Problem, type_of
from api.field_fault_texts import FIELD_FAULTS
from api.negotiation import locale_of_request, wait_of_request
from api.pages import position_of, token_of
from api.problem_texts import PROBLEMS
from api.run_fault_texts import RUN_FAULTS
from api.schemas import ProblemView
from api.settings import Settings
from api.store import StoreDownError, Tenancy
from tests.api.conftest import JSON, PROBLEM


@pytest.mark.parametrize(
    ("method", "url", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1/nothing/here", 404, "not_found"),
        ("PUT", "/v1/scenarios", 405, "method_not_allowed"),
        ("GET", "/v1/scenarios/scn_x", 404, "scenario_not_found"),
        ("GET", "/v1/runs/run_x", 404, "run_not_found"),
        ("DELETE", "/v1/runs/run_x", 404, "run_not_found"),
        ("GET", "/v1/runs/run_x/events", 404, "run_not_found"),
        ("GET", "/v1/plans/pln_x", 404, "plan_not_found"),
        ("GET", "/v1/plans/pln_x/assignments", 404, "plan_not_found"),
        ("GET", "/v1/plans/pln_x/loads", 404, "plan_not_found"),
        ("GET", "/v1/plans/pln_x/explanations/L", 404, "plan_not_found"),
        ("GET", "/v1/plans/pln_x/why-not?lead=a&rep=b", 404, "plan_not_found"),
        ("GET", "/v1/plans/pln_x/export", 404, "plan_not_found"),
        ("GET", "/v1/compare?base=a&other=b", 404, "plan_not_found"),
        ("GET", "/v1/compare", 422, "request_invalid"),
        ("GET", "/v1/plans/pln_x/why-not", 422, "request_invalid"),
        ("GET", "/v1/scenarios?page_size=0", 422, "request_invalid"),
        ("GET", "/v1/scenarios?page_size=many", 422, "request_invalid"),
        ("GET", "/v1/runs?page_token=!!", 422, "request_invalid"),
        ("GET", "/v1/runs/%00", 404, "not_found"),
        ("GET", "/v1/scenarios/", 404, "not_found"),
        ("GET", "/v1/runs/%ff%2e%2e", 404, "run_not_found"),
        ("GET", "/v1/runs/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404, "not_found"),
        ("GET", "/v1/plans/..%5c..%5cwindows", 404, "plan_not_found"),
        ("GET", "/v1/compare?base=%00&other=%00", 422, "request_invalid"),
        ("GET", "/v1/scenarios?dryrun=true", 422, "request_invalid"),
        ("GET", "/v1/scenarios?page_size=1&page_size=2", 422, "request_invalid"),
        ("GET", "/v1/scenarios?" + "&".join(f"a{i}=1" for i in range(5000)), 422, "request_invalid"),
        ("GET", "/v1/scenarios/" + "x" * 5000, 404, "scenario_not_found"),
    ],
)
def test_addresses(client: TestClient, method: str, url: str, status: int, code: str) -> None:
    answer = client.request(method, url)
    problem = ProblemView.model_validate(answer.json())
    assert (answer.status_code, answer.headers["content-type"], problem.code) == (status, PROBLEM, code)
    assert problem.status == status and problem.type == type_of(code)


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", JSON, 422, "request_invalid"),
        (b"", JSON, 422, "request_invalid"),
        (b'"\xf0\x28\x8c\x28"', JSON, 400, "body_unreadable"),
        (b"[" * 9000, JSON, 400, "body_unreadable"),
        (b"1" * 9000, JSON, 400, "body_unreadable"),
        (b'{"scenario": "\\ud800"}', JSON, 422, "request_invalid"),
        (b'{"scenario": "x", "\\ud800": 1}', JSON, 422, "request_invalid"),
        (b'{"scenario": "x", "limits": {"time": NaN}}', JSON, 422, "request_invalid"),
        (b'{"scenario": "x", "limits": {"time": 1e999}}', JSON, 422, "request_invalid"),
        (b'{"scenario": "\\u0000"}', JSON, 404, "scenario_not_found"),
        (b'{"scenario": "x", "scenario": "y"}', JSON, 422, "request_invalid"),
        (b'{"scenario": "x", "limits": {"time": 1, "time": 2}}', JSON, 422, "request_invalid"),
        (b"[" * 100_000, JSON, 400, "body_unreadable"),
        (b'{"a":' * 100_000, JSON, 400, "body_unreadable"),
        (b'{"scenario": "x", "limits": {"seed": 1' + b"0" * 4000 + b"}}", JSON, 422, "request_invalid"),
        (b'{"scenario": "x"}', {"Content-Type": "text/plain"}, 415, "media_type_unknown"),
        (b'{"scenario": "x"}', {}, 415, "media_type_unknown"),
        (b'{"scenario": "x"}', {b"Content-Type": b"a/b; c=\xff"}, 415, "media_type_unknown"),
    ],
)
def test_bodies(client: TestClient, content: bytes, headers: Any, status: int, code: str) -> None:
    answer = client.post("/v1/runs", content=content, headers=headers)
    problem = ProblemView.model_validate(answer.json())
    assert (answer.status_code, answer.headers["content-type"], problem.code) == (status, PROBLEM, code)


def test_uploads_of_unknown_types(client: TestClient) -> None:
    answer = client.post("/v1/scenarios", content=b"a,b", headers={"Content-Type": "text/csv"})
    assert answer.status_code == 415
    assert "application/json" in answer.headers["accept-post"]


def test_method_not_allowed_says_what_is(client: TestClient) -> None:
    assert client.post("/healthz").headers["allow"] == "GET, HEAD"
    assert client.put("/v1/scenarios").headers["allow"] == "GET, HEAD, POST"
    assert client.post("/v1/runs/run_x").headers["allow"] == "GET, HEAD, DELETE"
    assert client.options("/v1/runs").status_code == 405


@pytest.fixture(scope="module")
def strict() -> Iterator[TestClient]:
    """A service that takes little, without a life of its own: it only answers."""
    settings = Settings(database=":memory:", spare=False, upload_bytes=5000, body_bytes=1000)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def test_too_large_is_noticed_while_it_streams(strict: TestClient) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1000
            yield b"[" * 1000

    for url in ("/v1/scenarios", "/v1/runs"):
        answer = strict.post(url, content=endless(), headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    keyed = strict.post("/v1/runs", content=b" " * 2000, headers={**JSON, "Idempotency-Key": "k"})
    assert (keyed.status_code, keyed.json()["code"]) == (413, "body_too_large")
    assert keyed.headers["content-type"] == PROBLEM


def test_a_fault_of_ours_tells_nothing_but_its_number(
    strict: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(Tenancy, "run", broken)
    with caplog.at_level(logging.ERROR, "plumbline.api"):
        answer = strict.get("/v1/runs/run_1", headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert "secret" not in answer.text and answer.json()["title"] == "服务内部出错"
    incident = caplog.records[0].getMessage().split()[1].rstrip(":")
    assert incident in answer.json()["detail"]
    assert 'status="500"' in strict.get("/metrics").text


def test_a_store_that_does_not_answer(strict: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object) -> None:
        raise StoreDownError("connection refused")

    for name in ("run", "begin_request"):  # in a route, and in a middleware before it
        monkeypatch.setattr(Tenancy, name, down)
    for answer in (
        strict.get("/v1/runs/run_1"),
        strict.head("/v1/runs/run_1"),
        strict.post("/v1/runs", json={"scenario": "x"}, headers={"Idempotency-Key": "k"}),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
        assert answer.headers["retry-after"] == "5" and answer.headers["content-language"] == "en"
        assert answer.request.method == "HEAD" or answer.json()["code"] == "store_unavailable"
        assert "refused" not in answer.text
    assert strict.get("/healthz").status_code == 200
    assert 'status="503"' in strict.get("/metrics").text


def test_head_is_answered_wherever_get_is(client: TestClient) -> None:
    for url in ("/healthz", "/v1/runs", "/openapi.json", "/v1/runs/run_x", "/v1/runs/run_x/events"):
        whole, head = client.get(url), client.head(url)
        assert (head.status_code, head.text) == (whole.status_code, "")
        for name in ("content-type", "content-length", "vary", "content-language"):
            assert head.headers.get(name) == whole.headers.get(name), (url, name)
    assert client.head("/nowhere").status_code == 404


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_answers_come_packed(client: TestClient, coding: str) -> None:
    with client.stream("GET", "/openapi.json", headers={"Accept-Encoding": coding}) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == coding and "Accept-Encoding" in answer.headers["vary"]
    machine = zlib.decompressobj(31) if coding == "gzip" else zstandard.ZstdDecompressor().decompressobj()
    plain = machine.decompress(packed)
    assert plain == client.get("/openapi.json", headers={"Accept-Encoding": "identity"}).content
    assert len(packed) < len(plain) / 4


def request_with(name: str, *values: str) -> Request:
    headers = [(name.encode(), value.encode("latin-1")) for value in values]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    ("wishes", "locale"),
    [
        ([], "en"),
        (["zh"], "zh-CN"),
        (["ZH-hans-cn, en;q=0.8"], "zh-CN"),
        (["en, zh"], "en"),
        (["en;q=0.5, zh;q=0.9"], "zh-CN"),
        (["zh;q=0"], "en"),
        (["fr", "zh;q=0.1"], "zh-CN"),
        (["*"], "en"),
        (["zho"], "en"),
        (["zh;q=high"], "zh-CN"),
        ([";;,,;q="], "en"),
    ],
)
def test_languages(wishes: list[str], locale: str) -> None:
    assert locale_of_request(request_with("accept-language", *wishes)) == locale


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [
        ("wait=5", 5),
        ('respond-async, Wait = "7"', 7),
        ("wait=9999999999", 9_999_999_999),
        ("wait=x", 0),
        ("", 0),
        ("wait=-1", 0),
    ],
)
def test_waiting(wish: str, seconds: int) -> None:
    assert wait_of_request(request_with("prefer", wish)) == seconds


def test_page_tokens() -> None:
    assert position_of(None) is None and position_of("") is None
    assert position_of(token_of(12345)) == 12345
    for token in ("x", "cC0x", "cDk5OTk5OTk5OTk5OTk5OTk5OTk5OTk", "¼", "ä" * 50):
        with pytest.raises(Problem) as caught:
            position_of(token)
        assert caught.value.status_code == 422


def test_both_languages_say_the_same() -> None:
    texts = [text for problem in PROBLEMS.values() for text in (problem.title, problem.detail)]
    for text in (*texts, *RUN_FAULTS.values(), *FIELD_FAULTS.values()):
        english, chinese = text.fields()
        assert english == chinese, text
        assert any("\u4e00" <= character <= "\u9fff" for character in text.zh), text


def test_every_problem_is_raised_somewhere() -> None:
    folder = Path(create_app.__code__.co_filename).parent
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.py") if not path.name.endswith("_texts.py")]
    named = {code for code in (*PROBLEMS, *RUN_FAULTS) if any(f'"{code}"' in text for text in texts)}
    made = {"lead_not_found", "rep_not_found"}  # from the word for what is unknown
    assert named | made == {*PROBLEMS, *RUN_FAULTS}
    assert not any(problem.title.fields()[0] for problem in PROBLEMS.values())  # a title is the same every time
