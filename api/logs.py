"""Logs: one line per event, as JSON for machines or in colours for a terminal, and never a secret in them.

Everybody keeps using `logging`, libraries too; what is known about the moment (request, run, tenant) is added to each
line from the context that `bound` opens.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import structlog
from structlog.contextvars import bound_contextvars, get_contextvars, merge_contextvars
from structlog.typing import Processor

from api.telemetry import name_trace

Form = Literal["auto", "json", "console"]
FORMS: tuple[Form, ...] = ("auto", "json", "console")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

bound = bound_contextvars
"""Open a context: ``with bound(run="run_1", tenant="acme"):`` puts these into every line that is written inside."""
context = get_contextvars
"""Return what is known about the moment, for another process to `bound` it."""

HIDDEN = "***"
_SECRET_NAMES = re.compile(
    r"^(.*[_-])?(authorization|cookie|password|secret|token|api[_-]?key|private[_-]?key|jwt)$", re.IGNORECASE
)
_SECRETS = (
    (re.compile(r"\bpl_([A-Za-z0-9-]+)_[A-Za-z0-9_-]{8,}"), rf"pl_\1_{HIDDEN}"),  # which key it is may be told
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]+"), f"whsec_{HIDDEN}"),
    (re.compile(r"\bv1,[A-Za-z0-9+/]{20,}={0,2}"), f"v1,{HIDDEN}"),  # signatures of webhooks
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), HIDDEN),  # JSON web tokens
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"(://[^\s:/@]*):[^\s/@]+@"), rf"\1:{HIDDEN}@"),  # addresses with a password
    (re.compile(r"\b(password|secret_access_key)(\s*=\s*)(?:'[^']*'|\"[^\"]*\"|\S+)", re.IGNORECASE), rf"\1\2{HIDDEN}"),
)
_QUIET = ("httpx2", "httpcore2", "alembic.runtime.migration", "opentelemetry", "urllib3")
"""Libraries that tell at level info what is of no use here."""


def configure(process: str, form: Form = "auto", level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logs of this process to standard error, one line per event.

    Parameters
    ----------
    process : str
        What this process is, on every line: ``serve``, ``worker`` or ``child``.
    form : {"auto", "json", "console"}
        ``auto`` is ``console`` on a terminal, ``json`` elsewhere.
    level : str
        The least level that is written: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``.
    """
    stream = stream or sys.stderr
    console = form == "console" or (form == "auto" and stream.isatty())

    def name_process(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("process", process)
        event.pop("color_message", None)  # uvicorn's, the same once more
        return event

    first: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.ExtraAdder(),
        name_process,
        name_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if console:
        last += [
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.dev.ConsoleRenderer(colors=stream.isatty()),
        ]
    else:
        last += [structlog.processors.format_exc_info, hide_secrets, structlog.processors.JSONRenderer(default=str)]
    handler = _Handler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=first, processors=last))
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    logging.captureWarnings(True)


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that it can be told from others."""


def of_environment(process: str) -> None:
    """Do as `configure` does, by the environment alone: for a child, which has no other settings."""
    form = os.environ.get("PLUMBLINE_LOG_FORMAT", "auto")
    level = os.environ.get("PLUMBLINE_LOG_LEVEL", "INFO").upper()
    configure(process, form if form in FORMS else "auto", level if level in LEVELS else "INFO")


def hide_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put stars where something stands that must not be read by those who read logs."""
    for name, value in event.items():
        event[name] = HIDDEN if _SECRET_NAMES.match(name) and value else _without_secrets(value)
    return event


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str):
        for pattern, stars in _SECRETS:
            value = pattern.sub(stars, value)
        return value
    if isinstance(value, bytes):
        return _without_secrets(value.decode("utf-8", "replace"))
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if isinstance(name, str) and _SECRET_NAMES.match(name) and part else _without_secrets(part)
            for name, part in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_without_secrets(part) for part in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _without_secrets(str(value))
