"""What the store keeps, one frozen record per thing. Vary one with `dataclasses.replace`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

RunStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]
FINAL: frozenset[RunStatus] = frozenset({"succeeded", "failed", "cancelled"})
"""States that a run never leaves."""
DEFAULT = "default"
"""The tenant of those who use the service without keys."""


@dataclass(frozen=True)
class ScenarioRecord:
    """A stored scenario, without its content.

    Parameters
    ----------
    id : str
        Made from the content: equal scenarios are one record.
    base : str, optional
        The scenario that it is a variant of.
    issues : tuple of dict
        The warnings about it, as `Issue.record` gives them.
    created : str
        Moment in UTC, ISO 8601; so everywhere in this module.
    """

    id: str
    sha256: str
    name: str
    leads: int
    reps: int
    base: str | None
    issues: tuple[dict[str, Any], ...]
    created: str


@dataclass(frozen=True)
class RunRecord:
    """One solve, from submitted to finished.

    Parameters
    ----------
    limits : dict
        What `solver.Limits` was made with.
    progress : dict, optional
        The latest seconds, phase, incumbent, bound and gap.
    plan : str, optional
        The plan that came of it; a cancelled run may have one.
    fault : str, optional
        Code of what went wrong.
    ask : dict
        What a frontier is asked about: metric, by and points. Empty for other kinds.
    frontier : str, optional
        The frontier that came of it, kept as a plan's record is; a cancelled run may have one.
    priority : int
        Of those that wait, the highest is solved first, and the oldest among equals.
    tenant : str
        Whose it is.
    cancel : bool
        Whether somebody wishes it to stop.
    attempt : int
        How often it has been begun. Who began an older attempt has lost the run and publishes nothing.
    trace : str, optional
        The trace of the request that ordered it (W3C ``traceparent``).
    maker : str
        Who ordered it.
    """

    id: str
    kind: str
    scenario: str
    status: RunStatus
    limits: dict[str, Any]
    created: str
    started: str | None = None
    finished: str | None = None
    progress: dict[str, Any] | None = None
    plan: str | None = None
    fault: str | None = None
    ask: dict[str, Any] = field(default_factory=dict)
    frontier: str | None = None
    priority: int = 0
    tenant: str = DEFAULT
    cancel: bool = False
    attempt: int = 0
    trace: str | None = None
    maker: str = ""

    @property
    def final(self) -> bool:
        """Whether it has ended, one way or another."""
        return self.status in FINAL

    @property
    def seconds(self) -> float | None:
        """Seconds from its start to its end; None while there is none."""
        if self.started is None or self.finished is None:
            return None
        return (datetime.fromisoformat(self.finished) - datetime.fromisoformat(self.started)).total_seconds()


@dataclass(frozen=True)
class Event:
    """Something that happened to a run; `number` counts from 1 within the run."""

    number: int
    name: Literal["status", "incumbent", "bound", "done"]
    data: dict[str, Any]


@dataclass(frozen=True)
class PlanRecord:
    """A plan: its document, as `plan.json` has it, where it came from, and what the names of its tables begin with."""

    id: str
    run: str
    scenario: str
    created: str
    document: dict[str, Any]
    blobs: str = ""

    @property
    def assigns(self) -> bool:
        """Whether there are assignments; there are none where no plan exists or was found."""
        return bool(self.document["status"] in ("optimal", "feasible"))


@dataclass(frozen=True)
class Answer:
    """An answer that was given to a request with an idempotency key."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class ProcessRecord:
    """A process that serves or solves; `beats` counts up while it lives."""

    id: str
    kind: Literal["serve", "worker"]
    host: str
    pid: int
    solvers: int
    beats: int
    started: str
