"""What a child process can be asked to do."""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from api.errors import Problem
from api.patching import apply_patch, document_of
from api.runs.frames import Frame, Stream
from api.runs.packing import Packed, pack, table_of, unpack
from scenarios.formats.limits import ReadLimits
from scenarios.issues import Issue, Where
from scenarios.reading import Media, Reading, load_bytes
from scenarios.texts import LOCALES, Locale
from solver.limits import Limits, Progress

Emit = Callable[[Frame], None]
Cancelled = Callable[[], bool]


def load_engines() -> None:
    """Import what the jobs need; it takes seconds, and a child that is kept ready has done it."""
    importlib.import_module("solver.methods.choice")
    importlib.import_module("solver.explain.counterfactual")
    importlib.import_module("api.runs.results")


def solve_job(head: dict[str, Any], packed: Packed) -> Frame:
    """Return the job of solving a scenario; `head` holds the run's `id` and its `limits`."""
    return Frame({"is": "solve", **head}, (packed.head, packed.leads))


def _solve(job: Frame, emit: Emit, cancelled: Cancelled) -> None:
    from api.runs.results import keep
    from solver import solve

    scenario = unpack(Packed(*job.parts))
    limits = Limits(**job.head["limits"])
    with _Listener(emit) as listener:
        result = solve(scenario, limits, listen=listener, cancelled=cancelled)
    emit(Frame({"is": "progress", "phase": "explain"}))
    document, tables = keep(scenario, result, limits)
    emit(Frame({"is": "result", "document": document, "tables": list(tables)}, tuple(tables.values())))


def frontier_job(head: dict[str, Any], packed: Packed) -> Frame:
    """Return the job of finding a frontier; `head` holds the run's `id`, its `limits`, and what it is asked (`ask`)."""
    return Frame({"is": "frontier", **head}, (packed.head, packed.leads))


def _frontier(job: Frame, emit: Emit, cancelled: Cancelled) -> None:
    from api.frontier_files import document_of
    from solver.frontier import Step, frontier

    limits, ask = Limits(**job.head["limits"]), job.head["ask"]
    with _Listener(emit) as listener:

        def listen(step: Step) -> None:
            phase = f"{step.doing} {step.number}/{step.of}" if step.doing == "point" else step.doing
            listener(replace(step.progress, phase=phase))

        scenario = unpack(Packed(*job.parts))
        found = frontier(scenario, **ask, limits=limits, listen=listen, cancelled=cancelled)
    emit(Frame({"is": "progress", "phase": "explain"}))
    emit(Frame({"is": "frontier", "document": document_of(found.record(), LOCALES)}))


def rebalance_job(head: dict[str, Any], packed: Packed) -> Frame:
    """Return the job of drawing territories; `head` holds the run's `id` and its `limits`."""
    return Frame({"is": "rebalance", **head}, (packed.head, packed.leads))


def _rebalance(job: Frame, emit: Emit, cancelled: Cancelled) -> None:
    from api.runs.territories import keep_territories
    from solver.territory.rebalance import rebalance

    scenario = unpack(Packed(*job.parts))
    limits = Limits(**job.head["limits"])
    with _Listener(emit) as listener:
        found = rebalance(scenario, limits, listen=listener, cancelled=cancelled)
    emit(Frame({"is": "progress", "phase": "explain"}))
    document, tables = keep_territories(scenario, found, limits)
    emit(Frame({"is": "result", "document": document, "tables": list(tables)}, tuple(tables.values())))


def refusals_job(packed: Packed) -> Frame:
    """Return the job of seeing whether territories can be drawn by all rules and goals of a scenario."""
    return Frame({"is": "refusals"}, (packed.head, packed.leads))


def _refusals(job: Frame, emit: Emit, cancelled: Cancelled) -> None:
    from api.runs.territories import refused

    emit(Frame({"is": "refusals", "issues": refused(Packed(*job.parts))}))


def question_job(ask: dict[str, Any], packed: Packed) -> Frame:
    """Return the job of seeing whether a scenario has an answer to what a frontier is asked."""
    return Frame({"is": "question", "ask": ask}, (packed.head, packed.leads))


def _question(job: Frame, emit: Emit, cancelled: Cancelled) -> None:
    emit(asked_frame(Packed(*job.parts), job.head["ask"]))


def asked_frame(packed: Packed, ask: dict[str, Any]) -> Frame:
    """Return what is wrong with what a frontier is asked: `about`, `code` and `facts`; no `code` if nothing is."""
    from solver.frontier import FrontierFault, question

    try:
        question(unpack(packed), ask["metric"], ask["by"])
    except FrontierFault as fault:
        return Frame({"is": "asked", "about": fault.about, "code": fault.code, "facts": fault.facts})
    return Frame({"is": "asked", "code": None})


def picture_job(record: dict[str, Any], form: str, locale: Locale) -> Frame:
    """Return the job of drawing a frontier."""
    return Frame({"is": "picture", "record": record, "form": form, "locale": locale})


def _picture(job: Frame, emit: Emit, cancelled: Cancelled) -> None:
    from api.plots import frontier_plot

    emit(Frame({"is": "picture"}, (frontier_plot(job.head["record"], job.head["form"], job.head["locale"]),)))


class _Listener:
    """Passes progress on, the latest each time, and so often that a long run is not buried in its own history."""

    def __init__(self, emit: Emit) -> None:
        self._emit, self._over = emit, threading.Event()
        self._lock = threading.Lock()
        self._latest: Progress | None = None
        self._phase = ""
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> _Listener:
        self._ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._ticker.join()
        self._flush()

    def __call__(self, progress: Progress) -> None:
        with self._lock:
            self._latest, new_phase = progress, progress.phase != self._phase
            self._phase = progress.phase
        if new_phase:
            self._flush()

    def _tick(self) -> None:
        started = time.monotonic()
        while not self._over.wait(max(0.2, (time.monotonic() - started) / 100)):
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            latest, self._latest = self._latest, None
            if latest is not None:
                self._emit(Frame({"is": "progress", **asdict(latest), "gap": latest.gap}))


def read_job(body: Stream, media: Media, limits: ReadLimits) -> Frame:
    """Return the job of reading a scenario."""
    return Frame({"is": "read", "media": media, "limits": asdict(limits)}, stream=body)


def _read(job: Frame, emit: Emit, cancelled: Cancelled) -> None:
    emit(reading_frame(load_bytes(job.parts[0], job.head["media"], limits=ReadLimits(**job.head["limits"]))))


def reading_frame(reading: Reading) -> Frame:
    """Return what came of reading as a message: the issues, and the scenario if it can be solved."""
    head: dict[str, Any] = {"is": "reading", "issues": [issue.record() for issue in reading.issues]}
    scenario = reading.scenario
    if not reading.ok or scenario is None:
        return Frame(head)
    head |= {"sha256": scenario.sha256(), "name": scenario.name}
    head |= {"leads": scenario.leads.height, "reps": len(scenario.reps)}
    packed = pack(scenario)
    return Frame(head, (packed.head, packed.leads))


def patch_job(packed: Packed, operations: list[dict[str, Any]], limits: ReadLimits) -> Frame:
    """Return the job of making a what-if of a scenario."""
    head = {"is": "patch", "operations": operations, "limits": asdict(limits)}
    return Frame(head, (packed.head, packed.leads))


def _patch(job: Frame, emit: Emit, cancelled: Cancelled) -> None:
    limits = ReadLimits(**job.head["limits"])
    try:
        emit(patched_frame(Packed(*job.parts), job.head["operations"], limits))
    except Problem as problem:
        emit(Frame({"is": "problem", "code": problem.code, "faults": problem.faults, "facts": problem.facts}))


def patched_frame(packed: Packed, operations: list[dict[str, Any]], limits: ReadLimits) -> Frame:
    """Return what comes of reading a scenario with a patch on it; raises as `apply_patch` does."""
    data = apply_patch(document_of(unpack(packed)), operations, limits.file_bytes)
    return reading_frame(load_bytes(data, "json", limits=limits))


def issue_of(record: dict[str, Any]) -> Issue:
    """Return the issue that `Issue.record` was made from."""
    where = Where(**record["where"]) if record.get("where") else None
    return Issue(record["code"], record["severity"], record["pointer"], record["params"], where)


def verify_job(head: dict[str, Any], packed: Packed, assignments: bytes, tiers: bytes) -> Frame:
    """Return the job of verifying a why-not; `head` holds the plan's `document`, `lead`, `rep` and `limits`."""
    return Frame({"is": "verify", **head}, (packed.head, packed.leads, assignments, tiers))


def _verify(job: Frame, emit: Emit, cancelled: Cancelled) -> None:
    from api.files import planned
    from api.runs.results import plan_of, result_of
    from solver.explain.counterfactual import verify

    head, leads, assignments, tiers = job.parts
    scenario = planned(unpack(Packed(head, leads)), job.head["document"])
    result = result_of(job.head["document"], plan_of(scenario, table_of(assignments), tiers))
    verified = verify(scenario, result, job.head["lead"], job.head["rep"], Limits(**job.head["limits"]))
    sentences = {locale: verified.sentences(locale) for locale in LOCALES}
    emit(Frame({"is": "verified", "record": verified.record(), "sentences": sentences}))


def rules_job(head: dict[str, Any], packed: Packed, assignments: bytes, tiers: bytes) -> Frame:
    """Return the job of solving again without each rule; `head` holds the plan's `document` and `limits`."""
    return Frame({"is": "rules", **head}, (packed.head, packed.leads, assignments, tiers))


def _rules(job: Frame, emit: Emit, cancelled: Cancelled) -> None:
    from api import rule_costs
    from api.files import planned
    from api.runs.results import plan_of, result_of
    from solver.explain.rule_trials import verify_rules

    head, leads, assignments, tiers = job.parts
    scenario = planned(unpack(Packed(head, leads)), job.head["document"])
    result = result_of(job.head["document"], plan_of(scenario, table_of(assignments), tiers))
    costs = verify_rules(scenario, result, Limits(**job.head["limits"]))
    emit(Frame({"is": "rules", "rules": rule_costs.told(costs, scenario)}))


JOBS: dict[str, Callable[[Frame, Emit, Cancelled], None]] = {
    "solve": _solve,
    "frontier": _frontier,
    "rebalance": _rebalance,
    "refusals": _refusals,
    "question": _question,
    "picture": _picture,
    "read": _read,
    "patch": _patch,
    "verify": _verify,
    "rules": _rules,
}
