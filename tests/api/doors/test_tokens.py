"""Tokens of an issuer: those that are good, and every way of not being good."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from api.doors import tokens as module
from api.doors.caller import Caller
from api.doors.tokens import Tokens
from api.errors import Problem
from tests.api.doors.issuer import AUDIENCE, EC, ED, OTHER_RSA, RSA, Issuer, pem, published


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


@pytest.fixture
def tokens(issuer: Issuer) -> Tokens:
    return Tokens(issuer.address, AUDIENCE, cooldown=0)


def why(tokens: Tokens, token: str) -> str:
    """Return why a token is refused."""
    with pytest.raises(Problem) as caught:
        tokens.caller(token)
    problem = caught.value
    assert problem.status_code == 401 and problem.code == "credentials_invalid"
    assert 'error="invalid_token"' in (problem.headers or {})["WWW-Authenticate"]
    ((place, code, _),) = problem.faults
    assert place == "#header/authorization"
    assert all(problem.document(locale)["errors"][0]["message"] for locale in ("en", "zh-CN"))  # type: ignore[arg-type]
    return code


@pytest.mark.parametrize(("key", "kid", "algorithm"), [(RSA, "r1", "RS256"), (EC, "e1", "ES256"), (ED, "d1", "EdDSA")])
def test_a_good_token_opens(issuer: Issuer, tokens: Tokens, key: Any, kid: str, algorithm: str) -> None:
    caller = tokens.caller(issuer.token(key=key, kid=kid, algorithm=algorithm))
    assert caller == Caller(tenant="acme", who="oidc:ada", scope="planner", key=None, rate=None)


def test_the_issuer_is_asked_once(issuer: Issuer, tokens: Tokens) -> None:
    for _ in range(5):
        tokens.caller(issuer.token())
    assert [path.rpartition("/")[2] for path in issuer.asked] == ["openid-configuration", "keys"]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("plumbline:crm", "crm"),
        ("plumbline:crm plumbline:admin plumbline:planner", "admin"),
        (["plumbline:planner", "offline_access"], "planner"),
        ([3, None, "plumbline:crm"], "crm"),
        ("admin", None),  # of whatever else the issuer serves
        ("plumbline:administrator", None),
        ("xplumbline:admin", None),
        ("PLUMBLINE:ADMIN", None),
        ({"plumbline:admin": True}, None),
        ("", None),
        (None, None),
    ],
)
def test_scopes(issuer: Issuer, tokens: Tokens, scope: Any, expected: str | None) -> None:
    token = issuer.token(scope=scope)
    if expected is None:
        assert why(tokens, token) == "token_claim"
    else:
        assert tokens.caller(token).scope == expected


@pytest.mark.parametrize(
    "tenant", [None, "", "..", "../acme", "a/b", "a b", "é", ".hidden", "x" * 65, 5, ["acme"], "a\n"]
)
def test_a_tenant_is_a_plain_name(issuer: Issuer, tokens: Tokens, tenant: Any) -> None:
    assert why(tokens, issuer.token(tenant=tenant)) == "token_claim"


def test_names_of_claims_are_set(issuer: Issuer) -> None:
    own = Tokens(issuer.address, AUDIENCE, tenant_claim="https://x/org", scope_claim="roles", scope_prefix="")
    caller = own.caller(issuer.token(**{"https://x/org": "beta", "roles": ["admin"]}))
    assert (caller.tenant, caller.scope) == ("beta", "admin")
    single = Tokens(issuer.address, AUDIENCE, tenant_claim="")
    assert single.caller(issuer.token(tenant="acme")).tenant == "default"


def test_what_is_not_for_us(issuer: Issuer, tokens: Tokens) -> None:
    now = time.time()
    assert why(tokens, issuer.token(aud="other-api")) == "token_audience"
    assert why(tokens, issuer.token(aud=None)) == "token_claim"
    assert why(tokens, issuer.token(iss="http://127.0.0.1/else")) == "token_issuer"
    assert why(tokens, issuer.token(iss=issuer.address + "/")) == "token_issuer"
    assert why(tokens, issuer.token(exp=now - 31)) == "token_expired"
    assert why(tokens, issuer.token(exp=None)) == "token_claim"
    assert why(tokens, issuer.token(sub=None)) == "token_claim"
    assert why(tokens, issuer.token(sub="a\nb")) == "token_claim"  # it stands in logs
    assert why(tokens, issuer.token(nbf=now + 60)) == "token_early"
    assert why(tokens, issuer.token(iat=now + 60)) == "token_early"
    assert tokens.caller(issuer.token(aud=["x", AUDIENCE])).who == "oidc:ada"
    assert tokens.caller(issuer.token(exp=now - 10, nbf=now + 10)).who == "oidc:ada"  # within what clocks may differ


def _by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    """Return a token signed with a shared secret, or with nothing, which libraries refuse to make."""

    def part(value: bytes) -> bytes:
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    said = part(json.dumps(header).encode()) + b"." + part(json.dumps(claims).encode())
    signed = b"" if secret is None else part(hmac.new(secret, said, hashlib.sha256).digest())
    return (said + b"." + signed).decode()


def test_signatures_that_anybody_could_make(issuer: Issuer, tokens: Tokens) -> None:
    claims = issuer.claims(scope="plumbline:admin")
    for algorithm in ("none", "None", "NONE", ""):
        assert why(tokens, _by_hand({"alg": algorithm, "kid": "r1", "typ": "JWT"}, claims, None)) == "token_algorithm"
    # the public key taken for a shared secret, in each form in which somebody may have it
    for secret in (pem(RSA), json.dumps(issuer.keys[0]).encode(), issuer.keys[0]["n"].encode()):
        assert why(tokens, _by_hand({"alg": "HS256", "kid": "r1", "typ": "JWT"}, claims, secret)) == "token_algorithm"
    # a key of the attacker's own in the header is not looked at
    own = {"jwk": published(OTHER_RSA, "r1", "RS256"), "jku": "http://127.0.0.1:1/keys", "x5u": "file:///etc/passwd"}
    import jwt

    forged = jwt.encode(claims, OTHER_RSA, algorithm="RS256", headers={"kid": "r1", **own})
    assert why(tokens, forged) == "token_signature"
    assert len(issuer.asked) == 2


def test_an_algorithm_belongs_to_its_key(issuer: Issuer, tokens: Tokens) -> None:
    assert why(tokens, issuer.token(algorithm="PS256")) == "token_algorithm"  # the key is for RS256
    assert why(tokens, issuer.token(algorithm="RS512")) == "token_algorithm"
    assert why(tokens, issuer.token(key=EC, kid="r1", algorithm="ES256")) == "token_algorithm"


def test_a_shared_secret_among_the_keys_opens_nothing(issuer: Issuer, tokens: Tokens) -> None:
    secret = b"0123456789abcdef0123456789abcdef"
    k = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    issuer.keys.append({"kty": "oct", "k": k, "kid": "s1", "alg": "HS256", "use": "sig"})
    assert why(tokens, issuer.token(key=secret, kid="s1", algorithm="HS256")) == "token_algorithm"
    tokens.caller(issuer.token())


def test_changed_tokens(issuer: Issuer, tokens: Tokens) -> None:
    head, body, signature = issuer.token().split(".")
    assert why(tokens, issuer.token(key=OTHER_RSA)) == "token_signature"
    assert why(tokens, f"{head}.{body}.{signature[:-8]}AAAAAAAA") == "token_signature"
    _, other, _ = issuer.token(scope="plumbline:admin").split(".")
    assert why(tokens, f"{head}.{other}.{signature}") == "token_signature"
    assert why(tokens, issuer.token(kid=None)) == "token_signature"
    assert why(tokens, issuer.token(kid="nobody")) == "token_signature"
    for odd in ("x", "a.b.c", "..", f"{head}.{body}", f"{head}..{signature}", "é.é.é", "e30.e30.e30", "." * 100):
        assert why(tokens, odd) in ("credentials_unreadable", "token_algorithm", "token_signature")


def test_keys_are_changed(issuer: Issuer, tokens: Tokens) -> None:
    tokens.caller(issuer.token())
    issuer.keys = [published(OTHER_RSA, "r2", "RS256")]
    assert tokens.caller(issuer.token(key=OTHER_RSA, kid="r2")).who == "oidc:ada"
    assert why(tokens, issuer.token()) == "token_signature"  # the old one is gone for good


def test_unknown_keys_do_not_make_us_ask_each_time(issuer: Issuer) -> None:
    patient = Tokens(issuer.address, AUDIENCE)
    for k in range(20):
        assert why(patient, issuer.token(kid=f"unknown-{k}")) == "token_signature"
    assert len(issuer.asked) == 2


def test_an_issuer_that_does_not_answer(issuer: Issuer, tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    issuer.fails = True
    for _ in range(3):
        with pytest.raises(Problem) as caught:
            tokens.caller(issuer.token())
        assert (caught.value.code, caught.value.status_code) == ("issuer_unavailable", 503)
        assert "Retry-After" in (caught.value.headers or {})
    assert len(issuer.asked) == 1  # it is left alone for a while
    issuer.fails = False
    monkeypatch.setattr(module, "REST_SECONDS", 0.0)
    tokens._resume = float("-inf")
    tokens.caller(issuer.token())
    issuer.fails = True  # keys that are known still open
    tokens.caller(issuer.token())
    with pytest.raises(Problem) as caught:
        tokens.caller(issuer.token(kid="new"))
    assert caught.value.code == "issuer_unavailable"


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "http://127.0.0.1/other", "jwks_uri": "{address}/keys"},
        {"issuer": "{address}", "jwks_uri": "http://192.0.2.1/keys"},
        {"issuer": "{address}", "jwks_uri": "file:///etc/passwd"},
        {"issuer": "{address}"},
        ["{address}"],
    ],
)
def test_documents_that_are_no_good(issuer: Issuer, tokens: Tokens, document: Any) -> None:
    issuer.document = json.loads(json.dumps(document).replace("{address}", issuer.address))
    with pytest.raises(Problem) as caught:
        tokens.caller(issuer.token())
    assert caught.value.code == "issuer_unavailable"


@pytest.mark.parametrize(
    ("issuer", "audience"),
    [
        ("http://login.example.com", "x"),
        ("ftp://x", "x"),
        ("login", "x"),
        ("", "x"),
        ("http://[", "x"),
        ("https://x", ""),
    ],
)
def test_settings_that_are_no_good(issuer: str, audience: str) -> None:
    with pytest.raises(ValueError, match="PLUMBLINE_OIDC_ISSUER"):
        Tokens(issuer, audience)
