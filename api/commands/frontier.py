"""`plumbline frontier`: what fairness costs, from no band to the fairest plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from rich.console import Group
from rich.text import Text as Line

from api.commands.interrupts import INTERRUPTED, Interrupts
from api.commands.progress import ProgressLine, progress_line
from api.commands.solve import LIMIT_RAN_OUT, NO_PLAN_EXISTS, conflict_of
from api.commands.sources import by_rebalance, read_source, stopping
from api.commands.terminal import FAILED, WRONG, Refusal, console, print_json, refuse
from api.folders import FolderFault, check_place
from api.frontier_files import FRONTIER, OURS, document_of, write_frontier
from api.frontier_summary import frontier_parts
from api.issue_lines import count_of, issue_lines
from api.plots import drawn_in
from api.summary_texts import CONFLICT, FILES, NO_CONFLICT, WAYS_OUT, WRITTEN
from api.summary_words import headed
from scenarios.amounts import percent
from scenarios.model import Scenario
from scenarios.texts import Locale, Text
from solver.explain.conflict import Conflict
from solver.explain.words import joined
from solver.frontier import Frontier, FrontierFault, Step, frontier
from solver.limits import Limits

_NOT_WRITTEN = Text("Nothing was written; -o DIR keeps table and picture.", "未写入任何文件；用 -o DIR 保存表格和图。")
ENGLISH = Text(
    "The PNG is in English: no Chinese font is installed; the SVG is in Chinese.",
    "未找到中文字体，PNG 中的文字为英文；SVG 中为中文。",
)
_POINT = Text("point {number} of {of}: band of {tolerance}", "第 {number}/{of} 个点：{tolerance} 的区间")
_FREE = Text("point {number} of {of}: no band", "第 {number}/{of} 个点：不设区间")
_FAIREST = Text("the fairest plan", "最公平的方案")


@dataclass(frozen=True)
class Order:
    """What is asked, how long it may take, and where the answer goes."""

    source: str
    metric: str
    by: str | None
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
            fault = _written(order, found, line)
    if found is None or scenario is None:
        errors = console(errors=True)
        errors.print(issue_lines(reading.issues, order.locale))
        errors.print(count_of(reading.issues, order.locale))
        if hint := by_rebalance(reading.issues, order.locale):
            errors.print(hint)
        return WRONG
    _tell(order, found, scenario, conflict, fault is None)
    if fault is not None:
        refuse(Refusal(fault.message(order.locale)))
        return FAILED
    if interrupts.wished():
        return INTERRUPTED
    return {"infeasible": NO_PLAN_EXISTS, "no_plan_found": LIMIT_RAN_OUT}.get(found.status, 0)


def _found(order: Order, scenario: Scenario, interrupts: Interrupts, line: ProgressLine) -> Frontier:
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
            return frontier(
                scenario,
                order.metric,
                by=order.by,
                points=order.points,
                limits=order.limits,
                listen=listen,
                cancelled=interrupts.wished,
            )
    except FrontierFault as fault:
        raise Refusal(fault.message(order.locale)) from fault
    finally:
        line.about = ""


def _doing(step: Step, locale: Locale) -> str:
    if step.doing == "fairest":
        return _FAIREST.format(locale)
    if step.tolerance is None:
        return _FREE.format(locale, number=step.number, of=step.of)
    return _POINT.format(locale, number=step.number, of=step.of, tolerance=percent(step.tolerance, locale))


def _written(order: Order, found: Frontier, line: ProgressLine) -> FolderFault | None:
    """Write the folder if one is wished for; return why it could not be written if so."""
    if order.folder is None:
        return None
    line.enter("write")
    try:
        write_frontier(order.folder, found.record(), order.locales)
    except FolderFault as fault:
        return fault
    return None


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
    if order.folder is None:
        screen.print(Line(_NOT_WRITTEN.format(locale), "dim"))
    elif whole:
        files = joined(sorted(entry.name for entry in order.folder.iterdir()), locale)
        lines = [Line(WRITTEN.format(locale, folder=order.folder, files=files))]
        if found.curve and drawn_in("png", locale) != locale:
            lines.append(Line(ENGLISH.format(locale), "dim"))
        screen.print(headed(FILES.format(locale), Group(*lines)))


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
