"""Where webhooks may go: every spelling of a private address is refused."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network

import pytest

from api.webhooks.reach import Reach, RefusedError, is_public

PUBLIC = Reach()


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",  # shared by carriers
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",  # what machines in clouds ask for their credentials
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:7f00:1",
        "64:ff9b::7f00:1",  # behind a translator
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::7f00:1",
        "100::1",
        "2001::7f00:1",
        "2001:db8::1",
        "2002:7f00:1::",  # 6to4
        "2002:a9fe:a9fe::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "not an address",
        "",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not PUBLIC.allows(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "2002:808:808::1", "64:ff9b::808:808"],
)
def test_addresses_that_are(address: str) -> None:
    assert PUBLIC.allows(address)


def test_networks_that_are_allowed() -> None:
    reach = Reach.of("10.1.0.0/16, fd12::/16,")
    assert all(map(reach.allows, ("10.1.2.3", "::ffff:10.1.2.3", "fd12::5", "8.8.8.8")))
    assert not any(map(reach.allows, ("10.2.0.1", "127.0.0.1", "fd13::5")))
    anything = Reach.of("0.0.0.0/0,::/0")
    assert anything.allows("127.0.0.1") and anything.allows("::1")
    # some are no one machine's, or tell credentials: nobody can allow these
    assert not any(map(anything.allows, ("169.254.169.254", "0.0.0.0", "::", "fe80::1", "224.0.0.1", "ff02::1")))
    with pytest.raises(ValueError, match="host bits"):
        Reach.of("10.1.2.3/16")


def test_every_block_of_the_registries_is_whole() -> None:
    for block in ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.0.0.0/24", "2001::/23", "fc00::/7"):
        network = ip_network(block)
        assert not any(is_public(address) for address in (network[0], network[1], network[-1]))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]"],
)
def test_spellings_of_loopback_by_the_systems_own_resolver(host: str) -> None:
    with pytest.raises(RefusedError) as refused:
        asyncio.run(PUBLIC.addresses(PUBLIC.read(f"https://{host}/hooks")))
    assert refused.value.code in ("address_not_public", "url_invalid", "name_unresolved")


def test_localhost_by_the_systems_own_resolver() -> None:
    with pytest.raises(RefusedError, match="address_not_public"):
        asyncio.run(PUBLIC.addresses(PUBLIC.read("https://localhost:8443/")))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "url_invalid"),
        ("crm.example/hooks", "url_invalid"),
        ("//crm.example/hooks", "url_invalid"),
        ("https://", "url_invalid"),
        ("https:///hooks", "url_invalid"),
        ("https://crm.example:0/", "url_invalid"),
        ("https://crm.example:99999/", "url_invalid"),
        ("https://crm.example:port/", "url_invalid"),
        ("https://user:password@crm.example/", "url_invalid"),
        ("https://crm.example@10.0.0.1/", "url_invalid"),
        ("https://crm.example/#part", "url_invalid"),
        ("https://crm.example/a b", "url_invalid"),
        ("https://crm.example\\@10.0.0.1/", "url_invalid"),
        ("https://crm.example/\r\nHost: other", "url_invalid"),
        ("https://[::1", "url_invalid"),
        ("https://crm.example/" + "x" * 3000, "url_invalid"),
        ("ftp://crm.example/", "url_invalid"),
        ("file:///etc/passwd", "url_invalid"),
        ("gopher://crm.example/", "url_invalid"),
        ("http://crm.example/", "https_required"),
        ("HTTP://crm.example/", "https_required"),
    ],
)
def test_what_is_no_good_as_an_address(url: str, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        PUBLIC.read(url)
    assert refused.value.code == code


def test_what_is() -> None:
    for url in (
        "https://crm.example",
        "HTTPS://CRM.example:8443/hooks?tenant=1",
        "https://例え.jp/",
        "https://[2606:4700::1]/",
    ):
        assert PUBLIC.read(url).scheme == "https"
    assert Reach(http=True).read("http://crm.example/").scheme == "http"


@pytest.mark.parametrize("fault", [OSError("no such name"), TimeoutError(), UnicodeError("too long"), None])
def test_names_without_addresses(fault: Exception | None) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        if fault is not None:
            raise fault
        return []

    reach = Reach(resolve=resolve)
    with pytest.raises(RefusedError, match="name_unresolved"):
        asyncio.run(reach.addresses(reach.read("https://crm.example")))


def test_one_bad_address_among_good_ones() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        assert (host, port) == ("xn--r8jz45g.jp", 443)
        return ["8.8.8.8", "2606:4700::1111", "10.0.0.1"]

    reach = Reach(resolve=resolve)
    with pytest.raises(RefusedError, match="address_not_public"):
        asyncio.run(reach.addresses(reach.read("https://例え.jp")))
