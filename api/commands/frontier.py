"""`plumbline frontier`: what fairness costs, from no band to the fairest plan."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from rich.console import Group
from rich.text import Text as Line

from api.commands.curve import CurveOrder, ended, tell_files, working, written
from api.commands.interrupts import Interrupts
from api.commands.progress import ProgressLine, progress_line
from api.commands.solve import conflict_of
from api.commands.sources import by_rebalance, read_source, stopping
from api.commands.terminal import WRONG, console, print_json
from api.frontier_files import OURS, document_of, write_frontier
from api.frontier_summary import frontier_parts
from api.issue_lines import count_of, issue_lines
from api.summary_texts import CONFLICT, NO_CONFLICT, WAYS_OUT
from api.summary_words import headed
from scenarios.model import Scenario
from scenarios.texts import Locale, Text
from solver.explain.conflict import Conflict
from solver.frontier import Frontier, frontier

_NOT_WRITTEN = Text("Nothing was written; -o DIR keeps table and picture.", "未写入任何文件；用 -o DIR 保存表格和图。")
_BESIDE = {"fairest": Text("the fairest plan", "最公平的方案")}


@dataclass(frozen=True)
class Order(CurveOrder):
    """A curve of what fairness costs; `by` is the rep column of the groups."""

    by: str | None = None


def run(order: Order, interrupts: Interrupts) -> int:
    """Find the curve, write it, and print it; return the exit code."""
    fault, conflict = None, None
    with progress_line(console(errors=True), order.locale) as line:
        reading = read_source(order.source, order.locale)
        scenario = reading.scenario
        if scenario is None or stopping(reading.issues):
            found = None
        else:
            found = _found(order, scenario, interrupts, line)
            if found.status == "infeasible" and not interrupts.wished():
                line.enter("conflict")
                conflict = conflict_of(found.asked.base, order.limits)
            record = found.record()
            fault = written(order, lambda folder: write_frontier(folder, record, order.locales), line)
    if found is None or scenario is None:
        errors = console(errors=True)
        errors.print(issue_lines(reading.issues, order.locale))
        errors.print(count_of(reading.issues, order.locale))
        if hint := by_rebalance(reading.issues, order.locale):
            errors.print(hint)
        return WRONG
    _tell(order, found, scenario, conflict, fault is None)
    return ended(found.status, fault, order, interrupts)


def _found(order: Order, scenario: Scenario, interrupts: Interrupts, line: ProgressLine) -> Frontier:
    with working(order, OURS, _BESIDE, interrupts, line) as listen:
        return frontier(
            scenario,
            order.metric,
            by=order.by,
            points=order.points,
            limits=order.limits,
            listen=listen,
            cancelled=interrupts.wished,
        )


def _tell(order: Order, found: Frontier, scenario: Scenario, conflict: Conflict | None, whole: bool) -> None:
    """Print the record, or what it says."""
    record, locale = found.record(), order.locale
    if order.as_json:
        print_json(orjson.dumps(document_of(record, order.locales), option=orjson.OPT_INDENT_2))
        return
    screen = console()
    for part in frontier_parts(record, scenario, locale, screen.width):
        screen.print(part)
        screen.print()
    if found.status == "infeasible":
        _tell_conflict(conflict, locale)
    tell_files(order, curve=bool(found.curve), whole=whole, not_written=_NOT_WRITTEN)


def _tell_conflict(conflict: Conflict | None, locale: Locale) -> None:
    """Print what is in conflict without any band, and the ways out."""
    screen = console()
    if conflict is None:
        screen.print(Line(NO_CONFLICT.format(locale)))
        return
    screen.print(headed(CONFLICT.format(locale), Line(conflict.rule_sentence(locale))))
    ways = Group(*(Line(sentence) for sentence in conflict.way_sentences(locale)))
    screen.print(headed(WAYS_OUT.format(locale), ways))
    screen.print()
