"""Traces by OpenTelemetry: the request that ordered a run, the run, and the child process that solved it, as one trace.

An extra, ``plumbline[telemetry]``, and off unless ``OTEL_EXPORTER_OTLP_ENDPOINT`` (or ``..._TRACES_ENDPOINT``) is
set; the other ``OTEL_*`` variables mean what they mean everywhere. Child processes inherit all of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi.telemetry import TelemetryConfig

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_FLUSH_MILLISECONDS = 2_000
"""How long the end of a process waits for a collector that does not answer."""
_DELAY_MILLISECONDS = 500
"""How long a span waits to be sent with others: a process that is killed loses no more."""
_UNTRACED = frozenset({"/healthz", "/readyz", "/metrics"})
_NAME = "plumbline"


REQUESTS: TelemetryConfig = {
    "operation_spans": False,
    "metrics": False,  # those for Prometheus tell the same
    "logs": False,  # they would hold what was sent
    "exclude": lambda scope: scope["path"] in _UNTRACED,
}
"""What FastAPI, which makes a span of every request by itself, is to make of them."""


class TelemetryMissingError(RuntimeError):
    """Traces are asked for, and what makes them is not installed."""


_started = False


def wanted() -> bool:
    """Tell whether the environment asks for traces."""
    return os.environ.get("OTEL_SDK_DISABLED", "").lower() != "true" and any(os.environ.get(name) for name in ENDPOINTS)


def start(process: str) -> None:
    """Begin to send traces, if the environment asks for them; once for each process.

    Parameters
    ----------
    process : str
        ``serve``, ``worker`` or ``child``.

    Raises
    ------
    TelemetryMissingError
        If the extra is not installed.
    """
    global _started
    if _started or not wanted():
        return
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as missing:
        raise TelemetryMissingError(
            f"{ENDPOINTS[0]} is set, and plumbline[telemetry] is not installed: install it, or unset the variable"
        ) from missing
    about = {"service.name": os.environ.get("OTEL_SERVICE_NAME") or _NAME, "service.version": version("plumbline")}
    resource = Resource.create({**about, "plumbline.process": process})
    # at the end `stop` sends what is left; waiting for a dead collector any longer would only hold up the exit
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    delay = None if "OTEL_BSP_SCHEDULE_DELAY" in os.environ else _DELAY_MILLISECONDS
    exporter = OTLPSpanExporter(timeout=_FLUSH_MILLISECONDS / 1000)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=delay))
    trace.set_tracer_provider(provider)
    _started = True


def stop() -> None:
    """Send what has not been sent."""
    if _started:
        from opentelemetry import trace

        provider: Any = trace.get_tracer_provider()
        provider.force_flush(_FLUSH_MILLISECONDS)


@contextmanager
def span(name: str, carried: str | None = None, **facts: str | int | float | bool) -> Iterator[None]:
    """Make a span of what is done inside.

    Parameters
    ----------
    carried : str, optional
        What `carrier` gave where the work was ordered, maybe in another process; by default the span that is open here.
    facts
        Attributes, which get the prefix ``plumbline.``.
    """
    if not _started:
        yield
        return
    from opentelemetry import trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    context = TraceContextTextMapPropagator().extract({"traceparent": carried}) if carried else None
    attributes = {f"plumbline.{key}": value for key, value in facts.items()}
    with trace.get_tracer(_NAME).start_as_current_span(name, context, attributes=attributes):
        yield


def carrier() -> str | None:
    """Return what goes with work that is done elsewhere, so that it becomes part of this trace; None without one."""
    if not _started:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    found: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(found)
    return found.get("traceparent")


def name_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the trace to a line of the logs, so that one is found by the other."""
    if _started:
        from opentelemetry import trace

        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            event["trace"] = trace.format_trace_id(context.trace_id)
    return event
