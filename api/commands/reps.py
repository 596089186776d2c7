"""`plumbline why --rep`: why a rep has this load, and why not more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Line

from api.commands.terminal import Refusal, console, print_json
from api.commands.why import open_plan
from api.summary_words import headed, indented
from scenarios.texts import Locale, Text
from solver.explain import UnknownName

_MISSED = Text("The best that {rep} did not get", "{rep} 未分到的最佳线索")


def why_rep(rep: str, folder: Path, as_json: bool, locales: Sequence[Locale]) -> None:
    """Print why a rep has this load, and why not more.

    Raises
    ------
    Refusal
        If the folder cannot be read, or has no such rep.
    """
    locale = locales[0]
    scenario, _, explainer = open_plan(folder, locale)
    try:
        record = explainer.rep(rep)
    except UnknownName as fault:
        raise Refusal(fault.message(locale)) from fault
    text = {each: explainer.rep_sentences(record, each) for each in locales}
    if as_json:
        print_json(orjson.dumps({"rep": rep, "record": record, "text": text}, option=orjson.OPT_INDENT_2))
        return
    name = next(each.name for each in scenario.reps if each.id == rep)
    count = len(text[locale]) - len(record["missed"])
    parts: list[RenderableType] = [Line.assemble((rep, "bold"), (f"  {name}" if name else "", "dim"))]
    parts += [indented(Line(line)) for line in text[locale][:count]]
    if record["missed"]:
        lines = Table.grid(padding=(0, 1))
        for line in text[locale][count:]:
            lines.add_row(Line("·", "dim"), line)
        parts += [Line(""), headed(_MISSED.format(locale, rep=rep), lines)]
    console().print(Group(*parts))
