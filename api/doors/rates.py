"""How often: limits of requests by caller, and of wrong credentials by address."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import limits
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

MOST = 60_000
"""The most that a limit may allow in its window: each takes a few bytes until it has left the window."""
_DAY = 86_400
_MOST_NAMES = 100_000


class _Windows(MemoryStorage):
    """Moving windows by a clock that never jumps, without a thread that sweeps them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock, self._guard = clock, threading.Lock()
        self._moments: OrderedDict[str, deque[float]] = OrderedDict()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count something, unless the window is full."""
        with self._guard:
            window = self._window(key, expiry)
            if len(window) + amount > limit:
                return False
            window.extend([self._clock()] * amount)
            self._moments[key] = window
            self._moments.move_to_end(key)
            while len(self._moments) > _MOST_NAMES:  # who was seen longest ago begins anew
                self._moments.popitem(last=False)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return the moment of the oldest entry in the window, and how many there are."""
        with self._guard:
            window = self._window(key, expiry)
            return (window[0] if window else self._clock()), len(window)

    def _window(self, key: str, expiry: int) -> deque[float]:
        window = self._moments.get(key, deque())
        while window and window[0] <= self._clock() - expiry:
            window.popleft()
        return window


@dataclass(frozen=True)
class Standing:
    """How a caller stands with a limit.

    Parameters
    ----------
    kept : bool
        Whether this request is within it.
    left : int
        Requests that are left in the window.
    seconds : int
        After which there is room for one more than now, at least 1.
    """

    kept: bool
    limit: limits.RateLimitItem
    left: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """Header fields by draft-ietf-httpapi-ratelimit-headers-10."""
        return {
            "RateLimit-Policy": f'"default";q={self.limit.amount};w={self.limit.get_expiry()}',
            "RateLimit": f'"default";r={self.left};t={self.seconds}',
        }


class Rates:
    """Counts what comes, in this process.

    Parameters
    ----------
    limit : str
        For whoever has none of their own, such as ``1200/minute``.
    """

    def __init__(self, limit: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit_of(limit), clock
        self._limiter = MovingWindowRateLimiter(_Windows(clock))

    def hit(self, name: str, own: str | None = None) -> Standing:
        """Count a request of somebody, and say how they stand."""
        limit = self._limit if own is None else limit_of(own)
        return self._standing(self._limiter.hit(limit, name), limit, name)

    def full(self, name: str) -> Standing | None:
        """Return how somebody stands if one more would be too much, without counting it."""
        if self._limiter.test(self._limit, name):
            return None
        return self._standing(False, self._limit, name)

    def _standing(self, kept: bool, limit: limits.RateLimitItem, name: str) -> Standing:
        stats = self._limiter.get_window_stats(limit, name)
        seconds = max(math.ceil(stats.reset_time - self._clock()), 1)
        return Standing(kept, limit, max(stats.remaining, 0), seconds)


@lru_cache(1024)
def limit_of(text: str) -> limits.RateLimitItem:
    """Return the limit that a text such as ``1200/minute`` or ``5000 per 2 hours`` means.

    Raises
    ------
    ValueError
        If it means none, or one that is too large to be counted.
    """
    try:
        limit = limits.parse(text)
    except ValueError as fault:
        raise ValueError(f"no limit: {fault}") from fault
    if not 1 <= limit.amount <= MOST or limit.get_expiry() > _DAY:
        raise ValueError(f"a limit is between 1 and {MOST} in up to a day")
    return limit


def checked_limit(text: str) -> str:
    """Return the text of a limit as it is, or raise `ValueError`."""
    limit_of(text)
    return text


def written(limit: limits.RateLimitItem) -> str:
    """Return a limit as `limit_of` reads it."""
    several = f"{limit.multiples} " if limit.multiples > 1 else ""
    return f"{limit.amount}/{several}{limit.GRANULARITY.name}"


def name_of(address: str) -> str:
    """Return the name under which an address is counted: of IPv6 the network, as one host may have many addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
