"""One attempt: a delivery, signed and posted to an address that was checked."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version

import httpx2
from standardwebhooks import Webhook

from api.store.outbox import Outcome, Parcel
from api.webhooks.reach import Reach, RefusedError

SECONDS = 15.0
"""How long an attempt may take, from the name to the status, in seconds."""
LAST_SECONDS = 1.0
"""How long we listen on after the status, so that the other side can finish its sentence."""
MOST_BYTES = 64 << 10
"""How much of it we take."""
_AGENT = f"Plumbline/{version('plumbline')}"
_SECONDS_TEXT = re.compile(r"\d{1,9}", re.ASCII)


def headers_of(message: str, secrets: Sequence[str], body: str, now: datetime) -> dict[str, str]:
    """Return the headers of a delivery, with a signature by each secret (Standard Webhooks 1.0)."""
    return {
        "Content-Type": "application/json",
        "User-Agent": _AGENT,
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message, now, body) for secret in secrets),
    }


async def post(parcel: Parcel, reach: Reach, trust: ssl.SSLContext, seconds: float = SECONDS) -> Outcome:
    """Send a delivery, and return what came of it.

    Parameters
    ----------
    trust : SSLContext
        Which certificates are good.
    seconds : float
        How long it may take.
    """
    try:
        async with asyncio.timeout(seconds) as limit:
            parts = reach.read(parcel.url)
            addresses = await reach.addresses(parts)
            return await _send(parcel, parts, addresses, trust, limit)
    except TimeoutError:
        return Outcome(fault="timeout")
    except RefusedError as fault:
        return Outcome(fault=fault.code)
    except (httpx2.TransportError, OSError) as fault:
        return Outcome(fault=_fault_of(fault))


async def _send(
    parcel: Parcel, parts: httpx2.URL, addresses: Sequence[str], trust: ssl.SSLContext, limit: asyncio.Timeout
) -> Outcome:
    delivery, now = parcel.delivery, datetime.now(UTC)
    headers = headers_of(delivery.message, parcel.secrets, delivery.body, now)
    headers["Host"] = parts.netloc.decode("ascii")
    # for this one request: no redirects, no cookies, no proxy, and no connection that was opened for another name
    async with httpx2.AsyncHTTPTransport(verify=trust, trust_env=False) as transport:
        for left, address in enumerate(addresses, 1 - len(addresses)):
            request = httpx2.Request(
                "POST",
                parts.copy_with(host=address),
                headers=headers,
                content=delivery.body.encode(),
                extensions={"sni_hostname": parts.raw_host.decode("ascii")},
            )
            try:
                answer = await transport.handle_async_request(request)
            except httpx2.ConnectError:
                if left == 0:
                    raise
                continue
            limit.reschedule(asyncio.get_running_loop().time() + 2 * LAST_SECONDS)
            await _drain(answer)
            return Outcome(code=answer.status_code, wait=wait_of(answer.headers.get("retry-after"), datetime.now(UTC)))
    raise AssertionError("there is always an address")


async def _drain(answer: httpx2.Response) -> None:
    """Take what comes after the status, up to a point: it decides nothing."""
    taken = 0
    try:
        async with asyncio.timeout(LAST_SECONDS):
            async for part in answer.aiter_raw():
                taken += len(part)
                if taken >= MOST_BYTES:
                    break
    except (TimeoutError, httpx2.TransportError, OSError):
        pass
    finally:
        await answer.aclose()


def wait_of(text: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After asks for; None if it says nothing that we understand."""
    if text is None:
        return None
    if _SECONDS_TEXT.fullmatch(text.strip()):
        return float(text)
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - now).total_seconds())


def _fault_of(fault: BaseException) -> str:
    """Return the code of a fault: certificates are told apart from connections."""
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls"
        cause = cause.__cause__ or cause.__context__
    return "protocol" if isinstance(fault, httpx2.ProtocolError) else "connection"
