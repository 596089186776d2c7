"""`plumbline rebalance --frontier`: how even territories can become if only so much may change owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from rich.console import Group
from rich.text import Text as Line

from api.commands.frontier import ENGLISH
from api.commands.interrupts import INTERRUPTED, Interrupts
from api.commands.progress import ProgressLine, progress_line
from api.commands.solve import LIMIT_RAN_OUT, NO_PLAN_EXISTS
from api.commands.sources import read_source, stopping
from api.commands.terminal import FAILED, WRONG, Refusal, console, print_json, refuse
from api.folders import FolderFault, check_place
from api.frontier_files import FRONTIER
from api.issue_lines import count_of, issue_lines
from api.plots import drawn_in
from api.summary_texts import FILES, WRITTEN
from api.summary_words import headed
from api.territories.trade_files import OURS, document_of, write_trade_off
from api.territories.trade_summary import trade_parts
from scenarios.amounts import percent
from scenarios.issues import ScenarioError
from scenarios.model import Scenario
from scenarios.texts import Locale, Text
from solver.explain.words import joined
from solver.frontier import FrontierFault
from solver.limits import Limits
from solver.territory.trade_off import balance_frontier
from solver.territory.trade_points import Step, TradeOff
from solver.territory.trade_record import record_of

_NOT_WRITTEN = Text("Nothing was written; -o DIR keeps tables and picture.", "未写入任何文件；用 -o DIR 保存表格和图。")
_POINT = Text("point {number} of {of}: band of {tolerance}", "第 {number}/{of} 个点：{tolerance} 的区间")
_WIDEST = Text("point {number} of {of}: no band", "第 {number}/{of} 个点：不设区间")
_FREE = Text("without a budget", "不设变更预算")


@dataclass(frozen=True)
class Order:
    """What is asked, how long it may take, and where the answer goes."""

    source: str
    metric: str
    counted: str | None
    points: int
    folder: Path | None
    limits: Limits
    as_json: bool
    locales: Sequence[Locale]

    @property
    def locale(self) -> Locale:
        """The language of what is printed."""
        return self.locales[0]


def run(order: Order, interrupts: Interrupts) -> int:
    """Find the curve, write it, and print it; return the exit code."""
    found, fault = None, None
    with progress_line(console(errors=True), order.locale) as line:
        reading = read_source(order.source, order.locale)
        scenario, issues = reading.scenario, reading.issues
        if scenario is not None and not stopping(issues, rebalance=True):
            try:
                found = _found(order, scenario, interrupts, line)
            except ScenarioError as refused:
                issues = refused.issues
            else:
                fault = _written(order, found, line)
    if found is None or scenario is None:
        errors = console(errors=True)
        errors.print(issue_lines(issues, order.locale))
        errors.print(count_of(issues, order.locale))
        return WRONG
    _tell(order, found, scenario, fault is None)
    if fault is not None:
        refuse(Refusal(fault.message(order.locale)))
        return FAILED
    if interrupts.wished():
        return INTERRUPTED
    return {"infeasible": NO_PLAN_EXISTS, "no_plan_found": LIMIT_RAN_OUT}.get(found.status, 0)


def _found(order: Order, scenario: Scenario, interrupts: Interrupts, line: ProgressLine) -> TradeOff:
    """Find the curve; a wrong question, or a folder that cannot be written, is refused before any time is spent."""
    if order.folder is not None:
        try:
            check_place(order.folder, FRONTIER, OURS)
        except FolderFault as fault:
            raise Refusal(fault.message(order.locale)) from fault

    def listen(step: Step) -> None:
        line.about = _doing(step, order.locale)
        line(step.progress)

    try:
        with interrupts.kept():
            line.enter("compiled")
            return balance_frontier(
                scenario,
                order.metric,
                order.limits,
                counted=order.counted,
                points=order.points,
                listen=listen,
                cancelled=interrupts.wished,
            )
    except FrontierFault as fault:
        raise Refusal(fault.message(order.locale)) from fault
    finally:
        line.about = ""


def _doing(step: Step, locale: Locale) -> str:
    if step.doing == "free":
        return _FREE.format(locale)
    if step.tolerance is None:
        return _WIDEST.format(locale, number=step.number, of=step.of)
    return _POINT.format(locale, number=step.number, of=step.of, tolerance=percent(step.tolerance, locale))


def _written(order: Order, found: TradeOff, line: ProgressLine) -> FolderFault | None:
    """Write the folder if one is wished for; return why it could not be written if so."""
    if order.folder is None:
        return None
    line.enter("write")
    try:
        write_trade_off(order.folder, found, order.locales)
    except FolderFault as fault:
        return fault
    return None


def _tell(order: Order, found: TradeOff, scenario: Scenario, whole: bool) -> None:
    """Print the record, or what it says."""
    record, locale = record_of(found), order.locale
    if order.as_json:
        print_json(orjson.dumps(document_of(record, order.locales), option=orjson.OPT_INDENT_2))
        return
    screen = console()
    for part in trade_parts(record, scenario, locale):
        screen.print(part)
        screen.print()
    if order.folder is None:
        screen.print(Line(_NOT_WRITTEN.format(locale), "dim"))
    elif whole:
        files = joined(sorted(entry.name for entry in order.folder.iterdir()), locale)
        lines = [Line(WRITTEN.format(locale, folder=order.folder, files=files))]
        if found.curve and drawn_in("png", locale) != locale:
            lines.append(Line(ENGLISH.format(locale), "dim"))
        screen.print(headed(FILES.format(locale), Group(*lines)))
