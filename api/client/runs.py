"""Runs: submitted, followed, cancelled."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2

from api.client.calls import Calls, problem_of
from api.client.faults import ProblemError, RunFailedError, UnreachableError
from api.client.scenarios import id_of
from api.client.shapes import Event, Kind, Run, ScenarioInfo

_SILENCE = 45.0
"""Seconds without a sign of life, which the service gives every 15, after which a stream of events counts as lost."""
_POLL = 1.0
_PATIENCE = 5.0
"""Seconds over the time that the service was asked to wait before it answers."""


class Runs:
    """What the service knows of runs."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def submit(
        self,
        scenario: str | ScenarioInfo,
        kind: Kind = "allocate",
        *,
        wait: float = 0.0,
        key: str | None = None,
        limits: dict[str, Any] | None = None,
        **ask: Any,
    ) -> Run:
        """Order a run and return it, as it is then.

        Parameters
        ----------
        wait : float
            Seconds that the answer may take if the run is done by then: saves small runs a second request.
        key : str, optional
            ``Idempotency-Key``: whoever orders again with the same key, even after a crash, gets the same run. A new
            one if not given.
        limits : dict, optional
            ``time`` (seconds), ``work``, ``gap``, ``seed``, ``workers``.
        ask
            What else the kind of run takes: ``metric``, ``by`` and ``points`` of a frontier; ``priority``.
        """
        order: dict[str, Any] = {"scenario": id_of(scenario), "kind": kind, **ask}
        if limits is not None:
            order["limits"] = limits
        headers = {"Prefer": f"wait={wait:g}"} if wait else {}
        seconds = wait + self._calls.http.timeout.read if wait and self._calls.http.timeout.read else None
        return Run.of(self._calls.json("POST", "/v1/runs", json=order, headers=headers, seconds=seconds, key=key))

    def solve(
        self, scenario: str | ScenarioInfo, kind: Kind = "allocate", *, timeout: float | None = None, **order: Any
    ) -> Run:
        """Order a run, wait for its end and return it; other arguments are as for `submit`.

        Raises
        ------
        RunFailedError
            If it ended without a result. That no plan exists is a result: see `Run.result`.
        TimeoutError
            If it has not ended within `timeout` seconds; it goes on.
        """
        began = time.monotonic()
        run = self.submit(scenario, kind, **{"wait": 1.0, **order})
        if not run.final:
            run = self.wait(run, timeout=None if timeout is None else timeout - (time.monotonic() - began))
        if run.result is None and run.frontier is None:
            fault = run.error or {"code": run.status, "message": "it has ended without a result"}
            raise RunFailedError(run.id, fault["code"], fault["message"])
        return run

    def get(self, run: str | Run) -> Run:
        """Return a run as it is now."""
        return Run.of(self._calls.json("GET", f"/v1/runs/{id_of(run)}"))

    def list(self, *, page_size: int = 100) -> Iterator[Run]:
        """Yield all runs, newest first, without their results."""
        return map(Run.of, self._calls.items("/v1/runs", page_size=page_size))

    def cancel(self, run: str | Run) -> Run:
        """Cancel a run, and return it as it is then: it may take some seconds to come back with its best plan."""
        return Run.of(self._calls.json("DELETE", f"/v1/runs/{id_of(run)}"))

    def wait(
        self, run: str | Run, *, timeout: float | None = None, listen: Callable[[Event], object] = lambda _: None
    ) -> Run:
        """Wait for the end of a run, and return it.

        Follows its events; where these do not come through, for a proxy that holds them back, asks again and again.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait, also while the service is away.
        listen : callable
            Told of every event, once each and in order, as long as events come through.

        Raises
        ------
        TimeoutError
            If it has not ended within `timeout` seconds; it goes on.
        UnreachableError
            If the service does not answer when that time is over, or, without a time, however often it was asked.
        """
        until = None if timeout is None else time.monotonic() + timeout
        try:
            for event in self.events(run, timeout=timeout):
                listen(event)
        except UnreachableError:
            pass  # where it does not answer at all, the next lines tell so
        while True:
            try:
                if (now := self.get(run)).final:
                    return now
            except UnreachableError:
                if until is None or time.monotonic() >= until:
                    raise
            if until is not None and time.monotonic() >= until:
                raise TimeoutError(f"{id_of(run)} has not ended within {timeout:g} seconds")
            time.sleep(_POLL if until is None else min(_POLL, max(until - time.monotonic(), 0.0)))

    def events(self, run: str | Run, *, after: int = 0, timeout: float | None = None) -> Iterator[Event]:
        """Yield the events of a run, those of the past and those to come; ``done`` is the last.

        After a lost connection the stream goes on where it was: nothing is missed, and nothing comes twice.

        Parameters
        ----------
        after : int
            Number of the last event that is known already.
        timeout : float, optional
            Seconds after which to stop without ``done``.

        Raises
        ------
        UnreachableError
            If no stream could be had.
        """
        until = None if timeout is None else time.monotonic() + timeout
        lost = 0
        while True:
            began = after
            try:
                for event in self._stream(id_of(run), after, until):
                    if event.number > after or event.name == "done":
                        after = max(after, event.number)
                        yield event
                    if event.name == "done":
                        return
                fault: Exception | None = None
            except httpx2.TransportError as broken:
                fault = broken
            if until is not None and time.monotonic() >= until:
                return
            lost = lost + 1 if after == began else 0
            if lost > self._calls.retries:
                raise UnreachableError(f"the events of {id_of(run)} do not come through") from fault
            self._calls.rest(lost)

    def _stream(self, run: str, after: int, until: float | None) -> Iterator[Event]:
        """Yield events from one connection."""
        left = _SILENCE if until is None else min(_SILENCE, max(until - time.monotonic(), 0.001))
        usual = self._calls.http.timeout
        timeout = httpx2.Timeout(connect=usual.connect, write=usual.write, pool=usual.pool, read=left)
        headers = {"Last-Event-ID": str(after)} if after else {}
        with self._calls.http.sse(f"/v1/runs/{run}/events", headers=headers, timeout=timeout) as source:
            if not source.response.is_success:
                source.response.read()
                fault = problem_of(source.response)
                if isinstance(fault, ProblemError) and fault.status < 500 and fault.status != 429:
                    raise fault
                raise httpx2.RemoteProtocolError(str(fault))
            for event in source:
                if event.id.isdecimal():
                    yield Event(int(event.id), event.event, json.loads(event.data))
                if until is not None and time.monotonic() >= until:
                    return
