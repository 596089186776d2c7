"""`plumbline rebalance`: a scenario in, territories out, with their map and change lists."""

from __future__ import annotations

import time
from dataclasses import replace

from api.commands.interrupts import INTERRUPTED, Interrupts
from api.commands.order import Order
from api.commands.progress import ProgressLine, progress_line
from api.commands.solve import LIMIT_RAN_OUT, NO_PLAN_EXISTS, conflict_of
from api.commands.sources import leads_format, read_source, stopping
from api.commands.terminal import FAILED, WRONG, Refusal, console, refuse
from api.files_writing import write_plan
from api.folders import FolderFault
from api.issue_lines import count_of, issue_lines
from api.territories.account import Account
from api.territories.files import about, beside
from api.territories.summary import TerritorySummary
from scenarios.issues import Issue, ScenarioError
from scenarios.model import Scenario
from solver import explain
from solver.territory.rebalance import rebalance, without_pieces


def run(order: Order, interrupts: Interrupts) -> int:
    """Draw, write, and print the summary; return the exit code."""
    with progress_line(console(errors=True), order.locale) as line:
        started = time.monotonic()
        reading = read_source(order.source, order.locale)
        issues = reading.issues
        if reading.scenario is None or stopping(issues, rebalance=True):
            outcome = None
        else:
            order.check_place()
            seconds = time.monotonic() - started
            try:
                outcome = _drawn(order, reading.scenario, issues, seconds, interrupts, line)
            except ScenarioError as refused:
                outcome, issues = None, refused.issues
    if outcome is None:
        errors = console(errors=True)
        errors.print(issue_lines(issues, order.locale))
        errors.print(count_of(issues, order.locale))
        return WRONG
    summary, fault = outcome
    out = console()
    for part in summary.parts():
        out.print(part)
        out.print()
    if fault is not None:
        refuse(Refusal(fault.message(order.locale)))
        return FAILED
    if interrupts.wished():
        return INTERRUPTED
    status = summary.found.result.status
    return {"infeasible": NO_PLAN_EXISTS, "no_plan_found": LIMIT_RAN_OUT}.get(status, 0)


def _drawn(
    order: Order,
    scenario: Scenario,
    issues: tuple[Issue, ...],
    read_seconds: float,
    interrupts: Interrupts,
    line: ProgressLine,
) -> tuple[TerritorySummary, FolderFault | None]:
    """Draw, explain and write; return what to tell, and why it could not be written if so."""
    with interrupts.kept():
        line.enter("compiled")
        found = rebalance(scenario, order.limits, listen=line, cancelled=interrupts.wished)
    conflict = None
    if (bare := without_pieces(scenario, found)) is not None and not interrupts.wished():
        line.enter("conflict")
        conflict = conflict_of(bare, order.limits)
    line.enter("explain")
    plan = found.result.plan
    explainer = None if plan is None else explain(found.scenario, plan, found.result.seed)
    account = None if explainer is None or plan is None else Account.of(explainer, plan.owner, found.centres)
    summary = TerritorySummary(scenario, found, account, order.locale, conflict, issues)
    if order.folder is None:
        return summary, None
    line.enter("write")
    try:
        write_plan(
            order.folder,
            scenario,
            found.result,
            explainer=explainer,
            conflict=order.told(conflict),
            table_format=leads_format(order.source),
            locales=order.locales,
            read_seconds=read_seconds,
            limits=order.limits,
            about=about(found, account),
            beside=None if account is None else beside(account, found, order.locale),
        )
    except FolderFault as fault:
        return summary, fault
    files = tuple(sorted(entry.name for entry in order.folder.iterdir()))
    return replace(summary, folder=order.folder, files=files), None
