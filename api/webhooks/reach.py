"""Where webhooks may go: public addresses, and the networks that an operator allows.

A tenant chooses the address, and our machine sees networks that the tenant does not. So every address that a name
stands for is checked, and the connection goes to one that was checked: who changes what the name stands for in between
gains nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx2

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[list[str]]]

LONGEST_URL = 2_048
RESOLVE_SECONDS = 5.0
"""How long to wait for the addresses of a name."""
_PUBLIC_SIX = IPv6Network("2000::/3")
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 behind a translator: the last four bytes are the address (RFC 6052)."""
_SPECIAL: tuple[Network, ...] = tuple(
    ip_network(block)
    # special by the IANA registries, and public to some versions of `ipaddress`
    for block in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "3fff::/20")
)
_NEVER: tuple[Network, ...] = tuple(
    ip_network(block)
    # machines tell their own credentials at link-local addresses; the others are no one machine's
    for block in ("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/128", "fe80::/10", "fec0::/10", "ff00::/8")
)
_resolvers = ThreadPoolExecutor(8, "resolve")
"""Threads of their own: a name server that does not answer holds up nobody else."""


class RefusedError(Exception):
    """A webhook must not be sent there; `code` says why, as in the texts of field faults."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses that a name stands for, by the system's resolver.

    Raises
    ------
    OSError
        If there are none.
    """
    found = await asyncio.get_running_loop().run_in_executor(
        _resolvers, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked_networks(text: str) -> str:
    """Return networks with commas between them, as they are.

    Raises
    ------
    ValueError
        If one is none.
    """
    return text if Reach.of(text) else ""


@dataclass(frozen=True)
class Reach:
    """What webhooks can reach.

    Parameters
    ----------
    networks : tuple of network
        Networks that are allowed though they are not public.
    http : bool
        Whether plain HTTP is allowed.
    resolve : callable
        Finds the addresses of a name.
    """

    networks: tuple[Network, ...] = ()
    http: bool = False
    resolve: Resolve = resolve

    @classmethod
    def of(cls, networks: str, http: bool = False) -> Reach:
        """Return the reach that settings name: networks come with commas between them.

        Raises
        ------
        ValueError
            If a network is none.
        """
        return cls(tuple(ip_network(network) for text in networks.split(",") if (network := text.strip())), http)

    def read(self, url: str) -> httpx2.URL:
        """Return the parts of an address of the web.

        Raises
        ------
        RefusedError
            If it is none that webhooks can be sent to, whatever its name stands for.
        """
        if len(url) > LONGEST_URL or not url.isprintable() or " " in url or "\\" in url:
            raise RefusedError("url_invalid")
        try:
            parts = httpx2.URL(url)
            port = parts.port
        except (httpx2.InvalidURL, ValueError) as fault:
            raise RefusedError("url_invalid") from fault
        if parts.scheme not in ("https", "http") or not parts.host or parts.userinfo or parts.fragment:
            raise RefusedError("url_invalid")
        if port is not None and not 0 < port < 65_536:
            raise RefusedError("url_invalid")
        if parts.scheme == "http" and not self.http:
            raise RefusedError("https_required")
        return parts

    async def addresses(self, parts: httpx2.URL) -> list[str]:
        """Return the addresses to connect to.

        Raises
        ------
        RefusedError
            If there are none, or if any of them is not allowed.
        """
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = await asyncio.wait_for(self.resolve(parts.raw_host.decode("ascii"), port), RESOLVE_SECONDS)
        except (OSError, UnicodeError, TimeoutError) as fault:
            raise RefusedError("name_unresolved") from fault
        if not found:
            raise RefusedError("name_unresolved")
        if not all(self.allows(address) for address in found):
            raise RefusedError("address_not_public")
        return found

    def allows(self, address: str) -> bool:
        """Tell whether webhooks may be sent to an address."""
        try:
            plain = _plain(ip_address(address))
        except ValueError:
            return False
        if _within(plain, _NEVER):
            return False
        return _within(plain, self.networks) or is_public(plain)


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to one machine in the public internet."""
    if isinstance(address, IPv6Address) and address not in _PUBLIC_SIX:
        return False
    return address.is_global and not address.is_multicast and not _within(address, _SPECIAL)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address leads to, if it does."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _TRANSLATED:
            inner = IPv4Address(address.packed[-4:])
        return inner or address
    return address
