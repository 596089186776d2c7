"""Which issuers of tokens are any good."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def check_issuer(issuer: str, audience: str) -> None:
    """Raise `ValueError` unless an issuer can be asked in private, and there is an audience."""
    if not is_private(issuer):
        raise ValueError("PLUMBLINE_OIDC_ISSUER has to begin with https://, or with http:// on loopback")
    if not audience:
        raise ValueError("PLUMBLINE_OIDC_ISSUER goes with PLUMBLINE_OIDC_AUDIENCE: what the issuer calls this service")


def is_private(address: str) -> bool:
    """Tell whether nobody between us and an address can read or change what is said."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme != "http":
        return parts.scheme == "https" and bool(host)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
