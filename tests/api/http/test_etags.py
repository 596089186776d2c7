"""Who has an answer already is not sent it again."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import Response

from api.answers import Json
from api.doors.caller import Caller
from api.etags import NotModified, has, revalidated, unchanging
from api.heads import AnswerHeads
from tests.api.http.asgi import ask


def request(path: str = "/v1/plans/p", query: str = "", tenant: str = "a", *named: str) -> Request:
    headers = [(b"if-none-match", value.encode()) for value in named]
    state = {"caller": Caller(tenant=tenant)}
    server = ("localhost", 80)
    query_string = query.encode()
    return Request(
        {"type": "http", "scheme": "http", "server": server, "path": path, "query_string": query_string}
        | {"headers": headers, "state": state}
    )


def test_a_tag_stands_for_address_language_tenant_and_the_thing_itself() -> None:
    spoken = {"Content-Language": "en"}
    tag = unchanging(request(), "2026-01-01", spoken)["ETag"]
    assert unchanging(request(), "2026-01-01", spoken)["ETag"] == tag
    others = [
        unchanging(request("/v1/plans/q"), "2026-01-01", spoken),
        unchanging(request(query="page_size=1"), "2026-01-01", spoken),
        unchanging(request(tenant="b"), "2026-01-01", spoken),
        unchanging(request(), "2026-01-02", spoken),
        unchanging(request(), "2026-01-01", {"Content-Language": "zh-CN"}),
        unchanging(request(), "2026-01-01"),
    ]
    assert len({tag, *(headers["ETag"] for headers in others)}) == len(others) + 1


def test_not_modified_repeats_what_a_cache_needs() -> None:
    headers = {"Content-Language": "en", "Vary": "Accept-Language", "Content-Disposition": "attachment"}
    told = unchanging(request(), "", headers)
    with pytest.raises(NotModified) as caught:
        unchanging(request("/v1/plans/p", "", "a", f'"x", {told["ETag"]}'), "", headers)
    assert caught.value.status_code == 304
    assert caught.value.headers == {
        "Content-Language": "en",
        "Vary": "Accept-Language",
        "ETag": told["ETag"],
        "Cache-Control": "private, no-cache",
    }


def test_what_changes_has_a_tag_of_its_content() -> None:
    first = revalidated(request(), Json({"status": "running"}))
    tag = first.headers["etag"]
    assert tag.startswith('W/"') and first.status_code == 200 and first.body
    same = revalidated(request("/v1/runs/r", "", "a", tag), Json({"status": "running"}, headers={"Retry-After": "1"}))
    assert (same.status_code, same.body, same.headers["etag"]) == (304, b"", tag)
    assert "retry-after" not in same.headers and "content-type" not in same.headers
    other = revalidated(request("/v1/runs/r", "", "a", tag), Json({"status": "succeeded"}))
    assert other.status_code == 200 and other.headers["etag"] != tag
    accepted = revalidated(request("/v1/runs/r", "", "a", tag), Json({"status": "running"}, 202))
    assert accepted.status_code == 202


@pytest.mark.parametrize(
    ("named", "known"),
    [
        ((), False),
        (("*",), True),
        (('W/"a"',), True),
        (('"a"',), True),
        (('"b", W/"a"',), True),
        (('"b"', '"a"'), True),
        (('"b"',), False),
        (("a",), False),
        (("",), False),
        ((",,,",), False),
    ],
)
def test_names_in_if_none_match(named: tuple[str, ...], known: bool) -> None:
    assert has(request("/", "", "a", *named), 'W/"a"') == known


def test_head_is_get_without_the_answer() -> None:
    answer = Response(b"x" * 5000, headers={"X-Fact": "1"})
    asked = ask(AnswerHeads(answer), "HEAD")
    assert (asked.status, asked.body) == (200, b"") and asked.headers["content-length"] == "5000"
    assert asked.headers["x-fact"] == "1"
    assert ask(AnswerHeads(answer), "GET").body == b"x" * 5000
