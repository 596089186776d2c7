"""`plumbline rebalance --frontier`: how even territories can become if only so much may change owner."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from api.commands.curve import CurveOrder, ended, tell_files, working, written
from api.commands.interrupts import Interrupts
from api.commands.progress import ProgressLine, progress_line
from api.commands.sources import read_source, stopping
from api.commands.terminal import WRONG, console, print_json
from api.issue_lines import count_of, issue_lines
from api.territories.trade_files import OURS, document_of, write_trade_off
from api.territories.trade_summary import trade_parts
from scenarios.issues import ScenarioError
from scenarios.model import Scenario
from scenarios.texts import Text
from solver.territory.trade_off import balance_frontier
from solver.territory.trade_points import TradeOff
from solver.territory.trade_record import record_of

_NOT_WRITTEN = Text("Nothing was written; -o DIR keeps tables and picture.", "未写入任何文件；用 -o DIR 保存表格和图。")
_BESIDE = {"free": Text("without a budget", "不设变更预算")}


@dataclass(frozen=True)
class Order(CurveOrder):
    """A curve of balance against disruption; `counted` is the metric of what changes owner."""

    counted: str | None = None


def run(order: Order, interrupts: Interrupts) -> int:
    """Find the curve, write it, and print it; return the exit code."""
    found, fault = None, None
    with progress_line(console(errors=True), order.locale) as line:
        reading = read_source(order.source, order.locale)
        scenario, issues = reading.scenario, reading.issues
        if scenario is not None and not stopping(issues, rebalance=True):
            try:
                drawn = found = _found(order, scenario, interrupts, line)
            except ScenarioError as refused:
                issues = refused.issues
            else:
                fault = written(order, lambda folder: write_trade_off(folder, drawn, order.locales), line)
    if found is None or scenario is None:
        errors = console(errors=True)
        errors.print(issue_lines(issues, order.locale))
        errors.print(count_of(issues, order.locale))
        return WRONG
    _tell(order, found, scenario, fault is None)
    return ended(found.status, fault, order, interrupts)


def _found(order: Order, scenario: Scenario, interrupts: Interrupts, line: ProgressLine) -> TradeOff:
    with working(order, OURS, _BESIDE, interrupts, line) as listen:
        return balance_frontier(
            scenario,
            order.metric,
            order.limits,
            counted=order.counted,
            points=order.points,
            listen=listen,
            cancelled=interrupts.wished,
        )


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
    tell_files(order, curve=bool(found.curve), whole=whole, not_written=_NOT_WRITTEN)
