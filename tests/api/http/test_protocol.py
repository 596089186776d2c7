"""Sockets that misbehave: each is told so in a problem, or cut off, and soon."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from api.protocol import protocol_with

LARGE = 1 << 26


async def tiny(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer without ever reading a body; ``/large`` with more than any buffer holds."""
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if scope["path"] == "/large":
        for _ in range(LARGE >> 16):
            await send({"type": "http.response.body", "body": b"x" * (1 << 16), "more_body": True})
    await send({"type": "http.response.body", "body": b"hello"})


@contextlib.contextmanager
def serving(**limits: Any) -> Iterator[Callable[[], socket.socket]]:
    """Serve `tiny`, and yield what makes a connection to it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            tiny, http=protocol_with(**limits), lifespan="off", log_config=None, access_log=False, server_header=False
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        opened: list[socket.socket] = []

        def connect() -> socket.socket:
            made = socket.create_connection(listener.getsockname(), timeout=10)
            opened.append(made)
            return made

        try:
            yield connect
        finally:
            for made in opened:
                made.close()
            server.should_exit = True
            thread.join(10)
        assert not thread.is_alive()


def greeted(connection: socket.socket) -> None:
    """Ask once, and read all of the answer."""
    connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    data = b""
    while not data.endswith(b"0\r\n\r\n"):
        piece = connection.recv(1 << 16)
        assert piece, data
        data += piece
    assert data.startswith(b"HTTP/1.1 200") and b"hello" in data


def answer_of(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of an answer after which the connection is closed."""
    data = b""
    while piece := connection.recv(1 << 16):
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, body


def problem_of(connection: socket.socket) -> tuple[int, str]:
    status, headers, body = answer_of(connection)
    assert headers["content-type"] == "application/problem+json" and headers["connection"] == "close"
    document = orjson.loads(body)
    assert document["status"] == status and document["title"] and document["detail"]
    return status, document["code"]


def test_the_usual_case_and_the_next_request_on_the_same_connection() -> None:
    with serving() as connect:
        connection = connect()
        for _ in range(3):
            greeted(connection)
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert answer_of(connection)[0] == 200


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "request_malformed"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "request_malformed"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "request_malformed"),  # without a host
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", 400, "request_malformed"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400, "request_malformed"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: odd\r\n\r\n", 400, "request_malformed"),
        (b"GET / HTTP/1.1\r\nhost: x\r\n bad: \x00\r\n\r\n", 400, "request_malformed"),
        (b"GET /" + b"a" * 400_000, 414, "address_too_long"),
        (b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 400_000, 431, "head_too_large"),
        (b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x: y\r\n" * 100_000, 431, "head_too_large"),
    ],
)
def test_what_is_no_request(sent: bytes, status: int, code: str) -> None:
    with serving() as connect:
        connection = connect()
        threading.Thread(target=_send, args=(connection, sent), daemon=True).start()
        assert problem_of(connection) == (status, code)


def _send(connection: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):  # it is told to go meanwhile
        connection.sendall(data)


def test_a_head_that_never_ends_is_not_waited_for() -> None:
    with serving(head_seconds=0.3) as connect:
        silent, slow, second = connect(), connect(), connect()
        greeted(second)
        started = time.monotonic()
        for dribbling in (slow, second):  # on a new connection, and on one that was used
            for byte in b"GET / HT":
                dribbling.send(bytes([byte]))
        assert problem_of(slow) == (408, "request_too_slow")
        assert problem_of(second) == (408, "request_too_slow")
        assert problem_of(silent) == (408, "request_too_slow")
        assert time.monotonic() - started < 5


def test_a_body_that_nobody_reads_is_not_waited_for() -> None:
    with serving(head_seconds=0.3) as connect:
        connection = connect()
        connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n")
        data, started = b"", time.monotonic()
        try:
            while piece := connection.recv(1 << 16):
                data += piece
                connection.send(b"x")
        except OSError:
            pass
        assert b"hello" in data and time.monotonic() - started < 5


def test_an_answer_that_nobody_reads_is_given_up() -> None:
    with serving(stall_seconds=0.3) as connect:
        connection = connect()
        connection.sendall(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
        time.sleep(1)
        read = 0
        with pytest.raises(ConnectionError):
            while piece := connection.recv(1 << 20):
                read += len(piece)
            raise ConnectionResetError  # an end before the end is as good
        assert read < LARGE


def test_one_connection_too_many() -> None:
    with serving(connections=2) as connect:
        first, second = connect(), connect()
        for connection in (first, second):
            greeted(connection)
        assert problem_of(connect()) == (503, "too_many_connections")
        first.close()
        give_up = time.monotonic() + 5
        while time.monotonic() < give_up:
            third = connect()
            third.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            if answer_of(third)[0] == 200:
                return
            time.sleep(0.05)
        raise AssertionError("no room again")
