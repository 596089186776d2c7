"""An endpoint of somebody else's: on loopback, does what a test tells it, and keeps what it got."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Got:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def message(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """Return what it says, read as receivers are told to: by the library of the standard."""
        return Webhook(secret).verify(self.body, self.headers)


Say = Callable[[BaseHTTPRequestHandler], None]


def status(code: int, **headers: str) -> Say:
    """Answer with a status and no body."""

    def say(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return say


class Receiver:
    """A server. The first answers are those in `says`, one after the other; then it says what `otherwise` says."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.says: list[Say] = []
        self.otherwise: Say = status(204)
        self.released = threading.Event()
        self.written = 0
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with receiver._lock:
                    receiver.at_once += 1
                    receiver.most_at_once = max(receiver.most_at_once, receiver.at_once)
                    receiver.got.append(Got(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                    say = receiver.says.pop(0) if receiver.says else receiver.otherwise
                try:
                    with contextlib.suppress(OSError):
                        say(self)
                finally:
                    with receiver._lock:
                        receiver.at_once -= 1

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_: object) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?token=of-the-receiver"

    def hang(self, _: BaseHTTPRequestHandler) -> None:
        """Say nothing until the end of the test."""
        self.released.wait(60)

    def hang_in_the_body(self, request: BaseHTTPRequestHandler) -> None:
        """Say that it came through, begin a long story and fall silent."""
        request.send_response(200)
        request.send_header("Content-Length", "1000000")
        request.end_headers()
        request.wfile.write(b"once upon a time")
        request.wfile.flush()
        self.released.wait(60)

    def flood(self, request: BaseHTTPRequestHandler) -> None:
        """Say more than anybody wants to know."""
        request.send_response(200)
        request.end_headers()
        while not self.released.is_set():
            request.wfile.write(b"x" * 65_536)
            self.written += 65_536

    def hang_up(self, request: BaseHTTPRequestHandler) -> None:
        """Say nothing and end the connection."""
        request.connection.close()

    def mumble(self, request: BaseHTTPRequestHandler) -> None:
        """Say something that is not HTTP."""
        request.wfile.write(b"220 mail.example ESMTP\r\n\r\n")

    @contextlib.contextmanager
    def running(self, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread.start()
        try:
            yield self
        finally:
            self.released.set()
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
