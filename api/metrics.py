"""Figures about the service, for Prometheus. All of them are listed in docs/operations.md."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.store import RunRecord, Store, StoreDownError
from api.store.database import is_down

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
COUNT_SECONDS = 5.0
"""How long a look at the queue is good for: asking more often costs the database nothing more."""

Delivery = Literal["delivered", "retried", "failed"]
Explained = Literal["lead", "why_not", "rep", "rules", "comparison"]

_EXPLAINING: dict[str, Explained] = {
    "/v1/plans/{plan_id}/explanations/{lead:path}": "lead",
    "/v1/plans/{plan_id}/why-not": "why_not",
    "/v1/plans/{plan_id}/reps/{rep:path}": "rep",
    "/v1/plans/{plan_id}/rules": "rules",
    "/v1/compare": "comparison",
}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = logging.getLogger("plumbline.metrics")

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which nobody asks for


class Metrics:
    """The figures of one process."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.registry = registry
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        Info("plumbline_build", "The version that runs.", registry=registry).info({"version": version("plumbline")})
        self._begun = Counter(
            "plumbline_runs_begun",
            "Runs begun by this process: for the first time, or again after the process before was lost.",
            ["attempt"],
            registry=registry,
        )
        self._requeued = Counter(
            "plumbline_runs_requeued",
            "Runs that wait again, because their process was lost or stopped, or their child died.",
            registry=registry,
        )
        self._runs = Counter(
            "plumbline_runs", "Runs that this process brought to an end.", ["kind", "status"], registry=registry
        )
        self._faults = Counter("plumbline_run_faults", "Runs that failed, by code.", ["code"], registry=registry)
        self._waited = Histogram(
            "plumbline_run_wait_seconds",
            "Seconds from the order of a run to its start.",
            registry=registry,
            buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600),
        )
        self._seconds = Histogram(
            "plumbline_run_seconds",
            "Seconds from the first start of a run to its end.",
            ["kind"],
            registry=registry,
            buckets=(0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600),
        )
        self._gap = Histogram(
            "plumbline_run_gap",
            "Proved gap of the plans, as a fraction.",
            registry=registry,
            buckets=(0.0, 1e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.5, 1),
        )
        self._explained = Counter(
            "plumbline_explanations", "Explanations given over HTTP, by what was asked.", ["of"], registry=registry
        )
        self._requests = Counter(
            "plumbline_http_requests",
            "Answered requests, by method, route and status.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._latency = Histogram(
            "plumbline_http_seconds",
            "Seconds until the answer began.",
            ["method", "route"],
            registry=registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
        )
        self._open = Gauge("plumbline_http_open", "Requests that are being answered.", registry=registry)
        self._deliveries = Counter(
            "plumbline_webhook_deliveries", "Attempts to deliver to a webhook.", ["outcome"], registry=registry
        )
        self._store_faults = Counter(
            "plumbline_store_faults",
            "Times that the database, or the place for tables, did not answer.",
            registry=registry,
        )
        self._lines = Counter(
            "plumbline_log_lines",
            "Lines in the logs that tell of something wrong, by level.",
            ["level"],
            registry=registry,
        )
        for attempt in ("first", "again"):
            self._begun.labels(attempt)
        for level in ("warning", "error"):
            self._lines.labels(level)
        for outcome in ("delivered", "retried", "failed"):
            self._deliveries.labels(outcome)

    # -- runs -------------------------------------------------------------------------------------------------

    def watch(self, store: Store) -> None:
        """Ask a store, but not too often, how many runs wait and who works on them, and count its faults."""
        self.registry.register(_Queue(store))
        event.listen(store.database.engine, "handle_error", self._store_fault)

    def changed(self, run: RunRecord) -> None:
        """Count what has become of a run: it was begun here, has to wait again, or has ended."""
        if run.status == "running" and run.progress is None:
            self._begun.labels("first" if run.attempt <= 1 else "again").inc()
            if run.attempt <= 1 and run.started is not None:
                self._waited.observe(max(_between(run.created, run.started), 0.0))
        elif run.status == "queued":
            self._requeued.inc()
        elif run.final:
            self.finished(run)

    def finished(self, run: RunRecord) -> None:
        """Count a run that ended."""
        self._runs.labels(run.kind, run.status).inc()
        if run.fault is not None:
            self._faults.labels(run.fault).inc()
        if run.seconds is not None:
            self._seconds.labels(run.kind).observe(run.seconds)
        if run.plan is not None and run.progress is not None and run.progress.get("gap") is not None:
            self._gap.observe(run.progress["gap"])

    # -- requests ---------------------------------------------------------------------------------------------

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request; the route is the template, so that ids do not become labels."""
        self._requests.labels(method, route, status).inc()
        self._latency.labels(method, route).observe(seconds)
        if status == 200 and route in _EXPLAINING:
            self._explained.labels(_EXPLAINING[route]).inc()

    def opened(self, change: int) -> None:
        """Count requests that are being answered: one more, or one less."""
        self._open.inc(change)

    # -- the rest ---------------------------------------------------------------------------------------------

    def delivered(self, outcome: Delivery) -> None:
        """Count an attempt to deliver to a webhook."""
        self._deliveries.labels(outcome).inc()

    def noted(self, level: str) -> None:
        """Count a line in the logs."""
        self._lines.labels(level).inc()

    def _store_fault(self, context: ExceptionContext) -> None:
        fault = context.sqlalchemy_exception
        if context.is_disconnect or (isinstance(fault, DBAPIError) and is_down(fault)):
            self._store_faults.inc()

    def text(self) -> bytes:
        """Return all figures in the text format of Prometheus. Blocks: it may have to ask the database."""
        return generate_latest(self.registry)

    @contextmanager
    def at_port(self, host: str, port: int) -> Iterator[int]:
        """Answer at a port while inside, in a thread of its own, for a process that serves nothing else; yield it.

        With 0 there is none.

        Raises
        ------
        OSError
            If the port cannot be had.
        """
        if not port:
            yield 0
            return
        server, thread = start_http_server(port, addr=host, registry=self.registry)
        try:
            yield port
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Queue(Collector):
    """What the store knows about runs and processes, asked for at most every few seconds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._until = 0.0
        self._known: list[Metric] = []

    def describe(self) -> Iterable[Metric]:
        """Say what there will be, without asking anybody."""
        return _families()

    def collect(self) -> Iterable[Metric]:
        """Return the figures; none while the store does not answer, because old ones would be wrong."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._known = self._asked()
                self._until = time.monotonic() + COUNT_SECONDS
            return self._known

    def _asked(self) -> list[Metric]:
        queued, running, processes, solvers = _families()
        try:
            counts, found = self._store.queue.counts(), self._store.queue.processes()
        except StoreDownError as fault:
            log.warning("the queue cannot be counted: %s", fault)
            return []
        queued.add_metric([], counts["queued"])
        running.add_metric([], counts["running"])
        for kind in ("serve", "worker"):
            processes.add_metric([kind], sum(process.kind == kind for process in found))
        solvers.add_metric([], sum(process.solvers for process in found))
        return [queued, running, processes, solvers]


def _families() -> tuple[GaugeMetricFamily, ...]:
    return (
        GaugeMetricFamily("plumbline_runs_queued", "Runs that wait, of all tenants; the same from every process."),
        GaugeMetricFamily("plumbline_runs_running", "Runs that are being solved; the same from every process."),
        GaugeMetricFamily("plumbline_processes", "Processes that beat; the same from every process.", labels=["kind"]),
        GaugeMetricFamily("plumbline_solvers", "Runs that all processes together can solve at once."),
    )


class CountLines(logging.Handler):
    """Counts the lines in the logs that tell of something wrong."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(logging.WARNING)
        self._metrics = metrics

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line."""
        self._metrics.noted("error" if record.levelno >= logging.ERROR else "warning")


def _between(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def route_of(scope: Scope) -> str:
    """Return the template of a request's route; ``other`` where there is none."""
    return str(getattr(scope.get("route"), "path", "other"))


def method_of(scope: Scope) -> str:
    """Return the method of a request; ``other`` for one that nobody knows."""
    return scope["method"] if scope["method"] in _METHODS else "other"


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
            self._metrics.answered(method_of(scope), route_of(scope), status, time.monotonic() - started)

        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer(message["status"])
            await send(message)

        self._metrics.opened(1)
        try:
            await self._app(scope, receive, count)
        except Exception:
            if not answered:
                answer(500)  # given further out
            raise
        finally:
            self._metrics.opened(-1)
