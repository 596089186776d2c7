"""The client: where the service is, who asks, and what it can be asked about."""

from __future__ import annotations

import os
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self

import httpx2

from api.client.calls import Calls
from api.client.plans import Plans
from api.client.runs import Runs
from api.client.scenarios import Scenarios

URL, KEY = "PLUMBLINE_URL", "PLUMBLINE_API_KEY"
"""Variables of the environment that tell where the service is, and the key to it."""
_CONNECT_SECONDS = 10.0


class Plumbline:
    """A service, as a program sees it; close it, or use it in a ``with`` statement.

    May be used by several threads at once.

    Parameters
    ----------
    url : str, optional
        Where the service is; by default what ``PLUMBLINE_URL`` says, or ``http://127.0.0.1:8000``.
    key : str, optional
        API key or bearer token; by default what ``PLUMBLINE_API_KEY`` says. It is sent nowhere else: redirects are not
        followed.
    locale : str
        Language of messages and explanations: ``en`` or ``zh-CN``.
    timeout : float
        Seconds to wait for an answer. Calls that solve again wait longer.
    retries : int
        How often a request is made again after a lost connection, 429, 502, 503 or 504.
    pause : float
        Seconds before the first of these; each further one is twice as long, as far as ``Retry-After`` says nothing.
    http : httpx2.Client, optional
        Makes the requests, in place of one of our own: for proxies, certificates, tests. It stays open.

    Attributes
    ----------
    scenarios, runs, plans
        What there is to ask.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        locale: str = "en",
        timeout: float = 60.0,
        retries: int = 5,
        pause: float = 0.5,
        http: httpx2.Client | None = None,
    ) -> None:
        key = key or os.environ.get(KEY)
        headers = {"Accept-Language": locale, "User-Agent": f"plumbline-client/{version('plumbline')}"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._own = http is None
        if http is None:
            http = httpx2.Client(
                base_url=url or os.environ.get(URL) or "http://127.0.0.1:8000",
                timeout=httpx2.Timeout(timeout, connect=_CONNECT_SECONDS),
            )
        self._http = http
        http.headers.update(headers)
        calls = Calls(http, retries, pause)
        self._calls = calls
        self.scenarios, self.runs, self.plans = Scenarios(calls), Runs(calls), Plans(calls)

    def ready(self) -> bool:
        """Tell whether the service can take work and do it; False also where it does not answer."""
        try:
            return self._http.get("/readyz").is_success
        except httpx2.TransportError:
            return False

    def call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Make any other request, with the same retries and exceptions, and return the JSON object of its answer.

        `request` takes ``json``, ``body``, ``params``, ``headers``, ``seconds`` and ``key``.
        """
        return self._calls.json(method, path, **request)

    def close(self) -> None:
        """Let go of all connections."""
        if self._own:
            self._http.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()
