"""Bodies within limits of size, time and memory, packed or not."""

from __future__ import annotations

import gzip
import hashlib
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api.bodies import IN_MEMORY, UPLOAD_PATH, Body, TakeBodies, body_of
from api.settings import Settings
from api.unpacking import UNPACKERS, DamagedBodyError
from tests.api.http.asgi import Answer, ask

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
}
LIMITS = Settings(upload_bytes=50_000_000, body_bytes=2_000_000, body_seconds=0.5, body_rate=1_000_000)


class Reader:
    """An application that reads the body in both ways, and remembers it."""

    def __init__(self) -> None:
        self.calls = 0
        self.body: Body | None = None
        self.size, self.sha256, self.headers = 0, "", {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls += 1
        self.body = body_of(scope)
        self.size, digest = 0, hashlib.sha256()
        async for chunk in Request(scope, receive).stream():
            self.size += len(chunk)
            digest.update(chunk)
        again = hashlib.sha256(b"".join(self.body.chunks())) if self.size < 10_000_000 else digest
        assert again.hexdigest() == digest.hexdigest() == self.body.sha256
        self.sha256, self.headers = self.body.sha256, dict(Request(scope).headers)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


def pieces(data: bytes, size: int = 1 << 16) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize("size", [1, 1000, IN_MEMORY, IN_MEMORY + 1, 1_900_000])
@pytest.mark.parametrize("coding", ["", "identity", "gzip", "x-gzip", "zstd", "ZSTD"])
def test_a_body_comes_as_it_was(coding: str, size: int) -> None:
    data = hashlib.shake_128(b"body").digest(size)
    sent = PACK.get(coding.lower().removeprefix("x-"), bytes)(data)
    reader = Reader()
    headers = {"content-length": str(len(sent)), "content-type": "a/b"} | (
        {"content-encoding": coding} if coding else {}
    )
    answer = ask(TakeBodies(reader, LIMITS), "POST", "/v1/runs", headers, pieces(sent))
    assert answer.status == 204 and reader.sha256 == hashlib.sha256(data).hexdigest()
    assert reader.headers["content-type"] == "a/b"
    assert ("content-length" in reader.headers) == (coding in ("", "identity"))  # that of the packed one would be wrong
    assert reader.body is not None and reader.body.large == (size > IN_MEMORY)
    with pytest.raises(ValueError, match="closed"):
        reader.body.data()


def test_without_a_body() -> None:
    reader = Reader()
    assert ask(TakeBodies(reader, LIMITS), "GET").status == 204
    assert ask(TakeBodies(reader, LIMITS), "POST", headers={"content-length": "0"}).status == 204
    assert reader.size == 0 and reader.body is not None and reader.body.data() == b""


@pytest.mark.parametrize("length", ["2000001", "9" * 17, "9" * 400, "-1", "²", "0x10", "1_0"])
def test_a_declared_length_is_believed_at_once(length: str) -> None:
    reader = Reader()
    headers = {"content-length": length}
    answer = ask(TakeBodies(reader, LIMITS), "POST", "/v1/runs", headers, [b"x"])
    assert (answer.status, answer.code, reader.calls) == (413, "body_too_large", 0)
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("path", ["/v1/runs", UPLOAD_PATH])
def test_a_body_without_a_length_is_counted(path: str) -> None:
    came, reader = 0, Reader()

    def endless() -> Iterator[bytes]:
        nonlocal came
        for _ in range(3000):  # 3 GB
            came += 1_000_000
            yield bytes(1_000_000)

    answer = ask_lazily(reader, path, {"transfer-encoding": "chunked"}, endless())
    assert (answer.status, answer.code, reader.calls) == (413, "body_too_large", 0)
    assert came < (LIMITS.upload_bytes if path == UPLOAD_PATH else LIMITS.body_bytes) + 10_000_000


def ask_lazily(reader: Reader, path: str, headers: dict[str, str], body: Iterator[bytes]) -> Answer:
    return ask(TakeBodies(reader, LIMITS), "POST", path, headers, body)


@pytest.mark.parametrize("coding", PACK)
@pytest.mark.parametrize("path", ["/v1/runs", UPLOAD_PATH])
def test_a_bomb_costs_one_piece(coding: str, path: str) -> None:
    bomb = PACK[coding](bytes(200_000_000))
    again = PACK[coding](bomb)  # in several layers it is only a body that is no JSON
    assert len(bomb) < 300_000 and len(again) < 3_000
    reader = Reader()
    tracemalloc.start()
    try:
        headers = {"content-length": str(len(bomb)), "content-encoding": coding}
        answer = ask(TakeBodies(reader, LIMITS), "POST", path, headers, pieces(bomb))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (answer.status, answer.code, reader.calls) == (413, "body_too_large", 0)
    assert most < 25_000_000  # zstd: twice the 8 MiB that one slice can become


@pytest.mark.parametrize("coding", PACK)
@pytest.mark.parametrize("spoil", ["cut", "other", "twist", "empty", "tail"])
def test_damaged_packing(coding: str, spoil: str) -> None:
    whole = PACK[coding](hashlib.shake_128(b"x").digest(5000))
    sent = {
        "cut": whole[:-5],
        "other": b"{}" * 50,
        "twist": whole[:100] + bytes(4) + whole[104:],
        "empty": b"",
        "tail": whole + b"more",
    }[spoil]
    reader = Reader()
    answer = ask(
        TakeBodies(reader, LIMITS),
        "POST",
        "/v1/runs",
        {"transfer-encoding": "chunked", "content-encoding": coding},
        [sent],
    )
    assert (answer.status, answer.code, reader.calls) == (400, "body_damaged", 0)


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, zstd", "gzip,gzip", "compress", "\\", "x-zip"])
def test_other_codings_are_named_and_refused(coding: str) -> None:
    reader = Reader()
    answer = ask(TakeBodies(reader, LIMITS), "POST", "/", {"content-length": "1", "content-encoding": coding}, [b"x"])
    assert (answer.status, answer.code, reader.calls) == (415, "encoding_unknown", 0)
    assert answer.headers["accept-encoding"] == "gzip, zstd"


def test_a_slow_body_is_cut_off_but_not_one_that_moves() -> None:
    reader = Reader()
    headers = {"content-length": "1000000"}
    started = time.monotonic()
    for silence in ([b"x", 60.0], [60.0], [b"x", 0.05] * 1000):  # silent from a point on, at all, or nearly
        answer = ask(TakeBodies(reader, LIMITS), "POST", "/v1/runs", headers, silence)
        assert (answer.status, answer.code, reader.calls) == (408, "body_too_slow", 0)
        assert answer.headers["connection"] == "close"
    assert time.monotonic() - started < 30
    moving = [b"x" * 500_000, 0.3] * 3 + [b"x"]  # longer than the patience, but at more than the rate
    assert ask(TakeBodies(reader, LIMITS), "POST", "/v1/runs", {"transfer-encoding": "chunked"}, moving).status == 204
    assert reader.size == 1_500_001


def test_a_disk_without_room(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    reader = Reader()
    headers = {"content-length": "1900000"}
    answer = ask(TakeBodies(reader, LIMITS), "POST", "/v1/runs", headers, pieces(bytes(1_900_000)))
    assert (answer.status, answer.code, reader.calls) == (503, "no_room", 0)
    assert answer.headers["retry-after"] == "30"
    assert ask(TakeBodies(reader, LIMITS), "POST", "/v1/runs", {"content-length": "5"}, [b"small"]).status == 204


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 50), st.sampled_from(list(PACK)))
def test_members_and_frames_after_each_other(parts: list[bytes], step: int, coding: str) -> None:
    unpacker = UNPACKERS[coding]()
    packed = b"".join(PACK[coding](part) for part in parts)
    out = b"".join(piece for part in pieces(packed, step) for piece in unpacker.feed(part))
    unpacker.close()
    assert out == b"".join(parts)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(list(PACK)))
def test_noise_is_damage(noise: bytes, coding: str) -> None:
    unpacker = UNPACKERS[coding]()
    with pytest.raises(DamagedBodyError):
        list(unpacker.feed(noise))
        unpacker.close()
