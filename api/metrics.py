"""Figures about the service, for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.store import RunRecord

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The figures of one service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._queued = Gauge("plumbline_runs_queued", "Runs that wait.", registry=self.registry)
        self._running = Gauge("plumbline_runs_running", "Runs that are being solved.", registry=self.registry)
        self._runs = Counter("plumbline_runs", "Runs that ended, by state.", ["status"], registry=self.registry)
        self._seconds = Histogram(
            "plumbline_run_seconds",
            "Seconds from the start of a run to its end.",
            registry=self.registry,
            buckets=(0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600),
        )
        self._gap = Histogram(
            "plumbline_run_gap",
            "Proved gap of the plans, as a fraction.",
            registry=self.registry,
            buckets=(1e-6, 1e-4, 1e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.5, 1),
        )
        self._requests = Counter(
            "plumbline_http_requests",
            "Answered requests, by method, route and status.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._latency = Histogram(
            "plumbline_http_seconds",
            "Seconds until the answer began.",
            ["method", "route"],
            registry=self.registry,
        )

    def watch(self, queued: Callable[[], int], running: Callable[[], int]) -> None:
        """Ask these whenever somebody wants to know how many runs wait and are being solved."""
        self._queued.set_function(queued)
        self._running.set_function(running)

    def finished(self, run: RunRecord) -> None:
        """Count a run that ended."""
        self._runs.labels(run.status).inc()
        if run.started is not None and run.finished is not None:
            self._seconds.observe(run.seconds or 0.0)
        if run.plan is not None and run.progress is not None and run.progress.get("gap") is not None:
            self._gap.observe(run.progress["gap"])

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request; the route is the template, so that ids do not become labels."""
        self._requests.labels(method, route, status).inc()
        self._latency.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        """Return all figures in the text format of Prometheus."""
        return generate_latest(self.registry)


class CountRequests:
    """ASGI middleware that counts every answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count its answer when it begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        answered = False

        def answer(status: int) -> None:
            nonlocal answered
            answered = True
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.answered(method, route, status, time.monotonic() - started)

        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, count)
        except Exception:
            if not answered:
                answer(500)  # given further out
            raise


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
