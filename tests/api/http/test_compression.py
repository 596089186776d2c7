"""Answers are packed as the client likes, and only where it helps."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Receive, Scope, Send

from api.compression import SMALLEST, PackAnswers, coding_of
from tests.api.http.asgi import Answer, ask

TEXT = b'{"lead": "L1", "rep": "R1"}, ' * 200


def saying(*pieces: bytes, kind: str = "application/json", status: int = 200, **headers: str) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        told = {"content-type": kind, "vary": "Accept-Language", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if len(pieces) == 1:
            told["content-length"] = str(len(pieces[0]))
        raw = [(name.encode(), value.encode()) for name, value in told.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        for piece in pieces[:-1]:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": pieces[-1]})

    return PackAnswers(app)


def unpacked(answer: Answer, pieces: int | None = None) -> bytes:
    """Return what an answer says; with `pieces`, of the first so many."""
    data = b"".join(answer.pieces[:pieces])
    match answer.headers.get("content-encoding"):
        case None:
            return data
        case "gzip":
            return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(data)
        case "zstd":
            return zstandard.ZstdDecompressor().decompressobj().decompress(data)
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0.000", None),
        ("*", "zstd"),
        ("*, zstd;q=0", "gzip"),
        ("*;q=0", None),
        ("identity", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("br, deflate", None),
        ("gzip;q=high", "gzip"),
        (";;,,=", None),
    ],
)
def test_the_coding_that_is_liked_best(accepted: str, coding: str | None) -> None:
    assert coding_of(accepted) == coding


@settings(deadline=None)
@given(st.text("gzipstd*;q=0.5, ", max_size=50))
def test_any_wish_can_be_read(accepted: str) -> None:
    assert coding_of(accepted) in (None, "gzip", "zstd")


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_whole_answer(coding: str) -> None:
    answer = ask(saying(TEXT, etag='W/"x"'), headers={"accept-encoding": coding})
    assert answer.headers["content-encoding"] == coding and unpacked(answer) == TEXT
    assert answer.headers["content-length"] == str(len(answer.body)) and len(answer.body) < len(TEXT) / 5
    assert answer.headers["vary"] == "Accept-Language, Accept-Encoding" and answer.headers["etag"] == 'W/"x"'
    if coding == "gzip":
        assert gzip.decompress(answer.body) == TEXT


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
@pytest.mark.parametrize("pieces", [(TEXT, TEXT, b""), (TEXT, b"b", b"c"), (TEXT * 50, TEXT * 50)])
def test_a_stream_stays_one(coding: str, pieces: Sequence[bytes]) -> None:
    answer = ask(saying(*pieces, kind="text/csv; charset=utf-8"), headers={"accept-encoding": coding})
    assert answer.headers["content-encoding"] == coding and "content-length" not in answer.headers
    assert len(answer.pieces) == len(pieces)
    for count in range(1, len(pieces) + 1):  # nothing is held back
        assert unpacked(answer, count) == b"".join(pieces[:count])


@pytest.mark.parametrize(
    ("app", "vary"),
    [
        (saying(b"x" * (SMALLEST - 1)), True),
        (saying(b"x" * (SMALLEST - 1), TEXT), True),
        (saying(b"\x89PNG" + TEXT, kind="image/png"), False),
        (saying(b"PAR1" + TEXT, kind="application/vnd.apache.parquet"), False),
        (saying(b"PK" + TEXT, kind="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), False),
        (saying(b"data: 1\n\n", b"data: 2\n\n", kind="text/event-stream; charset=utf-8"), False),
        (saying(TEXT, content_encoding="br"), False),
        (saying(TEXT, status=206), False),
        (saying(b"", status=304), False),
    ],
)
def test_what_stays_as_it_is(app: ASGIApp, vary: bool) -> None:
    plain, asked = ask(app), ask(app, headers={"accept-encoding": "gzip, zstd"})
    assert (plain.headers, plain.pieces) == (asked.headers, asked.pieces)
    assert ("Accept-Encoding" in asked.headers["vary"]) == vary


def test_who_does_not_ask_is_told_that_it_depends() -> None:
    answer = ask(saying(TEXT))
    assert answer.body == TEXT and "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept-Language, Accept-Encoding"
