"""An issuer of tokens on loopback, with keys of its own that it can change, and tokens that it would never sign."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

AUDIENCE = "plumbline-api"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def published(key: Any, kid: str, algorithm: str) -> dict[str, Any]:
    """Return the public part of a key as a JWK Set has it."""
    kinds: dict[str, Any] = {"R": RSAAlgorithm, "P": RSAAlgorithm, "E": ECAlgorithm}
    kind = OKPAlgorithm if algorithm == "EdDSA" else kinds[algorithm[0]]
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": algorithm, "use": "sig"}


def pem(key: Any) -> bytes:
    """Return the public part of a key as a file has it."""
    found: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return found


class Issuer:
    """Answers discovery and keys; `asked` counts, and `fails` makes it answer with 500."""

    def __init__(self) -> None:
        self.keys = [published(RSA, "r1", "RS256"), published(EC, "e1", "ES256"), published(ED, "d1", "EdDSA")]
        self.document: dict[str, Any] = {}
        self.asked: list[str] = []
        self.fails = False
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                found = issuer.document if self.path.endswith("openid-configuration") else {"keys": issuer.keys}
                body = json.dumps(found).encode()
                self.send_response(500 if issuer.fails else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/realm"
        self.document = {"issuer": self.address, "jwks_uri": f"{self.address}/keys"}
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return claims that let a planner of the tenant acme in; a change to None leaves one out."""
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": AUDIENCE,
            "sub": "ada",
            "iat": now,
            "exp": now + 300,
            "tenant": "acme",
            "scope": "openid plumbline:planner",
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def token(self, *, key: Any = RSA, kid: str | None = "r1", algorithm: str | None = "RS256", **changes: Any) -> str:
        """Return a token."""
        headers = {} if kid is None else {"kid": kid}
        return jwt.encode(self.claims(**changes), key, algorithm=algorithm, headers=headers)

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
