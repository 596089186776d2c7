"""Tokens of an OpenID Connect issuer: who its bearer is, which tenant's, and with what scope."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

import httpx2
import jwt
from jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError, PyJWKSetError

from api.doors.caller import SCOPES, Caller, Scope, is_tenant
from api.doors.issuers import check_issuer, is_private
from api.doors.refusals import refused
from api.errors import Problem
from api.store import DEFAULT

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signed with a private key of the issuer's. With a secret that both know, we could sign tokens ourselves."""
FETCH_SECONDS = 5.0
KEYS_FRESH_SECONDS = 600.0
"""How long keys of the issuer are believed without asking again."""
REST_SECONDS = 5.0
"""How long an issuer that did not answer is left alone: meanwhile nobody has to wait for it."""

_REFUSALS: dict[type[Exception], str] = {
    jwt.ExpiredSignatureError: "token_expired",
    jwt.ImmatureSignatureError: "token_early",
    jwt.InvalidAudienceError: "token_audience",
    jwt.InvalidIssuerError: "token_issuer",
    jwt.InvalidAlgorithmError: "token_algorithm",
    jwt.InvalidSignatureError: "token_signature",
    jwt.InvalidKeyError: "token_signature",
}


class Tokens:
    """Verifies tokens. Calls block, and may come from any thread.

    Parameters
    ----------
    issuer : str
        Address of the issuer, exactly as its tokens and its discovery document have it: https, or http on loopback.
    audience : str
        What the issuer calls this service.
    tenant_claim : str
        Claim with the tenant; empty: all tokens are of the one tenant that there is without keys.
    scope_claim, scope_prefix : str
        Claim with scopes, as a list or a text with blanks, and what those that are meant for us begin with. The
        largest counts.
    leeway : float
        Seconds that two clocks may differ.
    cooldown : float
        Seconds between looks for a key that is not known: the issuer may have made a new one.

    Raises
    ------
    ValueError
        If the issuer's address is no good, or there is no audience.
    """

    def __init__(
        self,
        issuer: str,
        audience: str,
        tenant_claim: str = "tenant",
        scope_claim: str = "scope",
        scope_prefix: str = "plumbline:",
        leeway: float = 30.0,
        cooldown: float = 30.0,
    ) -> None:
        check_issuer(issuer, audience)
        self._issuer, self._audience, self._leeway, self._cooldown = issuer, audience, leeway, cooldown
        self._tenant, self._scope, self._prefix = tenant_claim, scope_claim, scope_prefix
        self._jwt = jwt.PyJWT({"enforce_minimum_key_length": True})
        self._lock = threading.Lock()
        self._keys: _IssuerKeys | None = None
        self._resume = float("-inf")

    def caller(self, token: str) -> Caller:
        """Return whose token it is.

        Raises
        ------
        Problem
            ``credentials_invalid`` with the reason; ``issuer_unavailable`` if the issuer has to be asked for its
            keys and does not answer.
        """
        try:
            claims = self._claims(token)
        except jwt.PyJWTError as fault:
            if isinstance(fault, PyJWKClientConnectionError | PyJWKSetError):
                raise Problem("issuer_unavailable", headers={"Retry-After": f"{REST_SECONDS:.0f}"}) from fault
            if isinstance(fault, jwt.MissingRequiredClaimError):
                raise refused("token_claim", claim=fault.claim) from fault
            reasons = (why for kind, why in _REFUSALS.items() if isinstance(fault, kind))
            unknown = "token_signature" if isinstance(fault, PyJWKClientError) else "credentials_unreadable"
            raise refused(next(reasons, unknown)) from fault
        tenant = claims.get(self._tenant) if self._tenant else DEFAULT
        if not is_tenant(tenant):
            raise refused("token_claim", claim=self._tenant)
        if not claims["sub"].isprintable():
            raise refused("token_claim", claim="sub")
        return Caller(str(tenant), f"oidc:{claims['sub']}"[:255], self._largest(claims))

    def _claims(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:  # before anybody is asked for a key
            raise jwt.InvalidAlgorithmError
        if not isinstance(header.get("kid"), str):
            raise jwt.InvalidSignatureError
        claims: dict[str, Any] = self._jwt.decode(
            token,
            self._issuer_keys().get_signing_key(header["kid"]),  # a key with its algorithm, which has to agree
            algorithms=ALGORITHMS,
            audience=self._audience,
            issuer=self._issuer,
            leeway=self._leeway,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
        return claims

    def _largest(self, claims: Mapping[str, Any]) -> Scope:
        said = claims.get(self._scope)
        words = said.split() if isinstance(said, str) else said if isinstance(said, list) else []
        for scope in reversed(SCOPES):
            if self._prefix + scope in words:
                return scope
        raise refused("token_claim", claim=self._scope)

    def _issuer_keys(self) -> _IssuerKeys:
        """Return where the issuer has its keys, which it is asked for once."""
        with self._lock:
            if self._keys is None:
                if time.monotonic() < self._resume:
                    raise PyJWKClientConnectionError("the issuer did not answer a moment ago")
                try:
                    address = self._discovered()
                except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as fault:
                    self._resume = time.monotonic() + REST_SECONDS
                    raise PyJWKClientConnectionError(f"no use can be made of the issuer's document: {fault}") from fault
                self._keys = _IssuerKeys(
                    address, lifespan=KEYS_FRESH_SECONDS, timeout=FETCH_SECONDS, cooldown_duration=self._cooldown
                )
            return self._keys

    def _discovered(self) -> str:
        address = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
        answer = httpx2.get(address, timeout=FETCH_SECONDS, follow_redirects=False)
        answer.raise_for_status()
        document = answer.json()
        if not isinstance(document, dict) or document.get("issuer") != self._issuer:
            raise ValueError("it speaks of another issuer")
        keys = document.get("jwks_uri")
        if not isinstance(keys, str) or not is_private(keys):
            raise ValueError("it has no jwks_uri that is of use")
        return keys


class _IssuerKeys(jwt.PyJWKClient):
    """Keys of an issuer, which is left alone for a while when it does not answer."""

    _resume = float("-inf")

    def fetch_data(self) -> Any:
        """Ask the issuer for its keys."""
        if time.monotonic() < self._resume:
            raise PyJWKClientConnectionError("the issuer did not answer a moment ago")
        try:
            return super().fetch_data()
        except (PyJWKClientError, PyJWKSetError, ValueError, OSError) as fault:
            self._resume = time.monotonic() + REST_SECONDS
            raise PyJWKClientConnectionError(str(fault)) from fault
