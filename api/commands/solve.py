"""`plumbline solve`: a scenario in, a plan out."""

from __future__ import annotations

import time
from dataclasses import replace

from api.commands.interrupts import INTERRUPTED, Interrupts
from api.commands.order import Order
from api.commands.progress import ProgressLine, progress_line
from api.commands.sources import by_rebalance, leads_format, read_source, stopping
from api.commands.terminal import FAILED, WRONG, Refusal, console, refuse
from api.files_writing import write_plan
from api.folders import FolderFault
from api.issue_lines import count_of, issue_lines
from api.summary import Summary
from scenarios.issues import Issue
from scenarios.model import Scenario
from solver import Limits, Result, explain, solve
from solver.explain.conflict import Conflict, find_conflict

CONFLICT_SECONDS = 60.0
"""Most seconds that the search for a conflict and its ways out may take."""

NO_PLAN_EXISTS, LIMIT_RAN_OUT = 3, 4


def run(order: Order, interrupts: Interrupts) -> int:
    """Solve, write, and print the summary; return the exit code."""
    with progress_line(console(errors=True), order.locale) as line:
        started = time.monotonic()
        reading = read_source(order.source, order.locale)
        if reading.scenario is None or stopping(reading.issues):
            outcome = None
        else:
            order.check_place()
            seconds = time.monotonic() - started
            outcome = _solved(order, reading.scenario, reading.issues, seconds, interrupts, line)
    if outcome is None:
        errors = console(errors=True)
        errors.print(issue_lines(reading.issues, order.locale))
        errors.print(count_of(reading.issues, order.locale))
        if hint := by_rebalance(reading.issues, order.locale):
            errors.print(hint)
        return WRONG
    summary, fault = outcome
    summary.print(console())
    if fault is not None:
        refuse(Refusal(fault.message(order.locale)))
        return FAILED
    return _exit_code(summary.result, interrupts)


def _solved(
    order: Order,
    scenario: Scenario,
    issues: tuple[Issue, ...],
    read_seconds: float,
    interrupts: Interrupts,
    line: ProgressLine,
) -> tuple[Summary, FolderFault | None]:
    """Solve, explain and write; return what to tell, and why it could not be written if so."""
    with interrupts.kept():
        line.enter("compiled")
        result = solve(scenario, order.limits, listen=line, cancelled=interrupts.wished)
    conflict = None
    if result.status == "infeasible" and not interrupts.wished():
        line.enter("conflict")
        conflict = conflict_of(scenario, order.limits)
    line.enter("explain")
    explainer = None if result.plan is None else explain(scenario, result.plan, result.seed)
    summary = Summary(scenario, result, order.locale, explainer, conflict, issues)
    if order.folder is None:
        return summary, None
    line.enter("write")
    try:
        write_plan(
            order.folder,
            scenario,
            result,
            explainer=explainer,
            conflict=order.told(conflict),
            table_format=leads_format(order.source),
            locales=order.locales,
            read_seconds=read_seconds,
            limits=order.limits,
        )
    except FolderFault as fault:
        return summary, fault
    files = tuple(sorted(entry.name for entry in order.folder.iterdir()))
    return replace(summary, folder=order.folder, files=files), None


def conflict_of(scenario: Scenario, limits: Limits) -> Conflict | None:
    """Return the conflict of a scenario that has no plan, with the ways out; None if it could not be worked out."""
    seconds = min(limits.time or CONFLICT_SECONDS, CONFLICT_SECONDS)
    try:
        return find_conflict(scenario, replace(limits, time=seconds))
    except (ValueError, KeyboardInterrupt):  # an id that the search cannot speak of; or nobody wants to wait
        return None


def _exit_code(result: Result, interrupts: Interrupts) -> int:
    if interrupts.wished():
        return INTERRUPTED
    return {"infeasible": NO_PLAN_EXISTS, "no_plan_found": LIMIT_RAN_OUT}.get(result.status, 0)
