"""A bucket that speaks as much of S3 as object stores ask of it, on loopback."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape, unescape

_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_TIME = "2026-01-01T00:00:00.000Z"


class Bucket(ThreadingHTTPServer):
    """What is kept, by name. While it is `down`, every request is answered with 503.

    Unlike a real one it checks no signatures, and says that everything is from the first of January 2026.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.down = False

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def bucket() -> Iterator[Bucket]:
    """Yield a bucket that is there for as long as it is needed."""
    server = Bucket()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Bucket

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _asked(self) -> tuple[str, dict[str, str], bytes] | None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.down:
            self._answer(503, b"<Error><Code>SlowDown</Code></Error>")
            return None
        url = urlsplit(self.path)
        name = unquote(url.path).removeprefix("/bucket").removeprefix("/")
        query = {key: values[0] for key, values in parse_qs(url.query, keep_blank_values=True).items()}
        return name, query, body

    def do_PUT(self) -> None:
        if (asked := self._asked()) is not None:
            name, query, body = asked
            if "uploadId" in query:
                self.server.uploads[query["uploadId"]][int(query["partNumber"])] = body
            else:
                self.server.objects[name] = body
            self._answer(200, ETag='"1"')

    def do_GET(self) -> None:
        if (asked := self._asked()) is None:
            return
        name, query, _ = asked
        if "list-type" in query:
            prefix = query.get("prefix", "")
            found = "".join(
                f"<Contents><Key>{escape(key)}</Key><LastModified>{_TIME}</LastModified><ETag>1</ETag>"
                f"<Size>{len(data)}</Size></Contents>"
                for key, data in sorted(self.server.objects.items())
                if key.startswith(prefix)
            )
            body = f"{_XML}<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
            self._answer(200, body.encode())
        elif name not in self.server.objects:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self._answer(200, self.server.objects[name], ETag='"1"', Last_Modified=formatdate(usegmt=True))

    def do_POST(self) -> None:
        if (asked := self._asked()) is None:
            return
        name, query, body = asked
        if "uploads" in query:
            upload = uuid.uuid4().hex
            self.server.uploads[upload] = {}
            text = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
        elif "uploadId" in query:
            parts = self.server.uploads.pop(query["uploadId"])
            self.server.objects[name] = b"".join(parts[number] for number in sorted(parts))
            text = "<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>"
        else:
            names = [unescape(key) for key in re.findall("<Key>(.*?)</Key>", body.decode())]
            for each in names:
                self.server.objects.pop(each, None)
            deleted = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in names)
            text = f"<DeleteResult>{deleted}</DeleteResult>"
        self._answer(200, (_XML + text).encode())
