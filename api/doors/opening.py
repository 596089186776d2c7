"""Whether a service may be open: without keys, and for whom."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.requests import Request

from api.settings import Settings
from api.store import Store
from api.store.keys import Keyring

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class ClosedError(RuntimeError):
    """A service must not begin to listen; the message is for the person who starts it."""


def why_closed(host: str, settings: Settings, store: Store) -> str | None:
    """Return why a service must not begin to listen at a host, and what to do about it; None if it may.

    Beyond loopback it needs keys, or an issuer of tokens, or somebody who says that everybody may come in.
    """
    if settings.open or settings.oidc_issuer or is_loopback(host) or Keyring(store.database).any():
        return None
    return (
        f"{host} can be reached from other machines, and there are no keys yet: anybody could come in. Make one with "
        "`plumbline keys create --scope admin --database URL`, or set PLUMBLINE_OIDC_ISSUER and "
        "PLUMBLINE_OIDC_AUDIENCE, or say PLUMBLINE_OPEN=1 if everybody who can reach it may do everything"
    )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a host: a name counts by all addresses that it has."""
    if (address := _parsed(host)) is not None:
        return address.is_loopback
    try:
        found = socket.getaddrinfo(host, None) if host else []
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(is_loopback(str(entry[4][0]).partition("%")[0]) for entry in found)


def came_from_here(request: Request) -> bool:
    """Tell whether a request comes from this machine, and through no proxy."""
    return (
        request.client is not None
        and _is_here(request.client.host)
        and not any(name in request.headers for name in _FORWARDED)
    )


def meant_for_here(request: Request) -> bool:
    """Tell whether a request names this machine by a loopback name, and came through no proxy.

    A page from elsewhere can make a browser send requests to loopback, but it cannot choose the `Host`.
    """
    try:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    return _is_here(host) and not any(name in request.headers for name in _FORWARDED)


def _is_here(host: str) -> bool:
    address = _parsed(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


def _parsed(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a text is, of IPv4 also where it is written as IPv6; None for a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return (address.ipv4_mapped if address.version == 6 else None) or address
