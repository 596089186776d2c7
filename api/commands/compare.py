"""`plumbline compare`: what changed between two plans and what it cost, or what differs between two scenarios."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Line

from api.commands.sources import scenario_in
from api.commands.terminal import FAILED, WRONG, Refusal, console, print_json
from api.files import PLAN, PlanFault, read_plan
from api.issue_lines import count_of, issue_lines
from api.summary_words import headed, indented, plain_table
from scenarios.differences import differences
from scenarios.issues import ScenarioError
from scenarios.model import Scenario
from scenarios.texts import Locale, Text
from scenarios.writing import write_whole
from solver.explain import Explainer, explain
from solver.explain import compare_texts as texts
from solver.explain.compare import Comparison, compare, compare_today
from solver.explain.compare_markdown import cause_rows, fairness_rows, load_rows, term_rows
from solver.explain.compare_sentences import move_sentence
from solver.explain.difference_words import difference_record, difference_sentences

TODAY = "today"
MOVES, LOADS = 10, 16
"""Moves and loads that the terminal shows."""

_NOT_TODAY = Text(
    "`today` stands first, and a plan's folder second: plumbline compare today DIR. A folder of that name is ./today.",
    "`today` 在前，方案文件夹在后：plumbline compare today DIR。若确有同名文件夹，请写作 ./today。",
)
_ENDING = Text(
    "{path} ends neither in .md nor in .json; the page, or the record, goes to a file of that kind.",
    "{path} 的扩展名既不是 .md 也不是 .json；页面或记录只写入这两种文件。",
)
_UNWRITABLE = Text("{path} cannot be written: {why}.", "无法写入 {path}：{why}。")
_WRITTEN = Text("Written to {path}.", "已写入 {path}。")
_NO_PLANS = Text(
    "These are scenarios, not plans: only their data, rules and goals are compared.",
    "以上是场景而非方案：只比较数据、规则与目标。",
)
_MORE = Text(
    "… and {count} more; -o FILE.md or FILE.json tells of them.",
    "……另有 {count} 条，可用 -o FILE.md 或 FILE.json 列出。",
)
_ALL_LOADS = Text(
    "… and {count:# more load|# more loads} that changed less; -o FILE.json tells of them.",
    "……另有 {count} 项负载变化较小，可用 -o FILE.json 列出。",
)


@dataclass(frozen=True)
class _Side:
    """What an argument stands for: a scenario, with a plan where it is a plan's folder, or why there is none in it."""

    scenario: Scenario
    plan: Explainer | None = None
    fault: PlanFault | None = None


def run(base: str, other: str, output: Path | None, as_json: bool, locales: Sequence[Locale]) -> int:
    """Print, or write, what changed from one plan or scenario to another; return the exit code.

    Parameters
    ----------
    base, other : str
        A plan's folder or a scenario's source each; `base` may be ``today``.
    output : Path, optional
        A ``.md`` or ``.json`` file to write instead.
    as_json : bool
        Whether to print the record.

    Raises
    ------
    Refusal
        If something cannot be read or written.
    """
    locale = locales[0]
    if output is not None and output.suffix.lower() not in (".md", ".json"):
        raise Refusal(_ENDING.format(locale, path=str(output)))
    try:
        found = _compared(base, other, locale)
    except ScenarioError as fault:
        errors = console(errors=True)
        errors.print(issue_lines(fault.issues, locale))
        errors.print(count_of(fault.issues, locale))
        return WRONG
    if output is None and not as_json:
        console().print(_shown(found, locale))
        return 0
    if as_json:
        print_json(_json(found, locales))
    if output is not None:
        page = output.suffix.lower() == ".md"
        _write(output, _page(found, locale).encode() if page else _json(found, locales) + b"\n", locale)
        if not as_json:
            console().print(_WRITTEN.format(locale, path=str(output)))
    return 0


@dataclass(frozen=True)
class _Scenarios:
    """What differs between two scenarios, and why there are no two plans."""

    record: dict[str, Any]
    fault: PlanFault | None = None


Found = Comparison | _Scenarios


def _compared(base: str, other: str, locale: Locale) -> Found:
    if other == TODAY:
        raise Refusal(_NOT_TODAY.format(locale))
    second = _side(other, locale)
    if base == TODAY:
        if second.plan is None:
            raise Refusal(_NOT_TODAY.format(locale) if second.fault is None else second.fault.message(locale))
        return compare_today(second.plan)
    first = _side(base, locale)
    if first.plan is not None and second.plan is not None:
        return compare(first.plan, second.plan)
    found = differences(first.scenario, second.scenario)
    return _Scenarios(difference_record(found, first.scenario, second.scenario), first.fault or second.fault)


def _side(word: str, locale: Locale) -> _Side:
    folder = Path(word)
    if not (folder / PLAN).exists():
        return _Side(scenario_in(word, locale))
    try:
        scenario, result = read_plan(folder)
    except PlanFault as fault:
        raise Refusal(fault.message(locale)) from fault
    if result.plan is None:
        return _Side(scenario, fault=PlanFault("nothing", folder, status=result.status))
    return _Side(scenario, explain(scenario, result.plan, result.seed))


def _json(found: Found, locales: Sequence[Locale]) -> bytes:
    if isinstance(found, Comparison):
        record: dict[str, Any] = {**found.record(), "text": {each: found.sentences(each) for each in locales}}
        for move in record["moves"]:
            move["text"] = {each: move_sentence(found, move, each) for each in locales}
    else:
        text = {each: difference_sentences(found.record, each) for each in locales}
        record = {"differences": found.record, "text": text}
    return orjson.dumps(record, option=orjson.OPT_INDENT_2)


def _page(found: Found, locale: Locale) -> str:
    if isinstance(found, Comparison):
        return found.markdown(locale)
    lines = "\n".join(f"- {line}" for line in difference_sentences(found.record, locale))
    return f"# {texts.DIFFER.format(locale)}\n\n{lines}\n"


def _write(path: Path, data: bytes, locale: Locale) -> None:
    try:
        write_whole(path, data)
    except OSError as fault:
        raise Refusal(_UNWRITABLE.format(locale, path=path, why=fault.strerror or fault), FAILED) from fault


# -- the terminal -----------------------------------------------------------------------------------------------------


def _shown(found: Found, locale: Locale) -> RenderableType:
    if isinstance(found, Comparison):
        return Group(*_parts(found, locale))
    lines = _lines(difference_sentences(found.record, locale))
    why = (_NO_PLANS.format(locale), "dim") if found.fault is None else (found.fault.message(locale), "yellow")
    return Group(headed(texts.DIFFER.format(locale), lines), Line(""), Line(*why))


def _parts(found: Comparison, locale: Locale) -> list[RenderableType]:
    parts = [headed(texts.OUTCOME.format(locale), _lines(found.sentences(locale)))]
    if not found.today:
        parts.append(headed(texts.DIFFER.format(locale), _lines(difference_sentences(found.changes(), locale))))
    parts.append(headed(texts.TERMS.format(locale), _table(*term_rows(found, locale))))
    if found.moves.height:
        parts.append(headed(texts.CAUSES.format(locale), _table(*cause_rows(found, locale))))
        parts.append(headed(texts.MOVES.format(locale), _moves(found, locale)))
    loads, rest = load_rows(found, LOADS, locale)
    if loads[1]:
        note = [Line(_ALL_LOADS.format(locale, count=rest), "dim")] if rest else []
        parts.append(headed(texts.LOADS.format(locale), Group(_table(*loads, left=2), *note)))
    parts.append(headed(texts.FAIR.format(locale), _table(*fairness_rows(found, locale), left=2)))
    return [piece for part in parts for piece in (part, Line(""))][:-1]


def _moves(found: Comparison, locale: Locale) -> RenderableType:
    """Return the most valuable leads that move, with the reason of each."""
    order = found.moves["value"].arg_sort(descending=True).head(MOVES).to_list()
    lines = _lines(move_sentence(found, found.described(k, k + 1)[0], locale) for k in order)
    rest = found.moves.height - len(order)
    return Group(lines, indented(Line(_MORE.format(locale, count=rest), "dim"))) if rest else lines


def _lines(sentences: Iterable[str]) -> Table:
    lines = Table.grid(padding=(0, 1))
    lines.add_column()
    lines.add_column(overflow="fold")  # a Chinese sentence has no blanks at which to break
    for sentence in sentences:
        lines.add_row(Line("·", "dim"), Line(sentence))
    return lines


def _table(head: list[str], rows: list[list[str]], left: int = 1) -> Table:
    table = plain_table()
    for k, word in enumerate(head):
        table.add_column(word, justify="left" if k < left else "right", no_wrap=k < left)
    for row in rows:
        table.add_row(*row)
    return table
