"""The summary of a plan of territories on the terminal."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Line

from api import summary_texts as texts
from api.issue_lines import issue_lines
from api.summary_words import headed, indented, plain_table
from api.territories import texts as words
from api.territories.account import Account
from api.territories.reasons import reason_words
from scenarios.amounts import amount, few, number, percent, plain
from scenarios.issues import Issue
from scenarios.model import Scenario
from scenarios.texts import Locale, Text
from scenarios.validate import BY_REBALANCE
from solver.explain.conflict import Conflict
from solver.explain.words import metric_word, way_words
from solver.territory.rebalance import Rebalanced

MOST_REPS = 40
"""Reps up to which each has its row; of more, the first so many."""
MOST_ISSUES = 5
_INFEASIBLE = Text(
    "No territories exist: the rules cannot all hold. This is proved.",
    "不存在可行的区域划分：规则无法全部成立，已证明。",
)
_SCORE = Text("Score", "得分")
_SCORE_OF = Text(
    "{points:# point|# points}; no territories have more than {bound}", "{points} 分；任何划分不超过 {bound} 分"
)
_MEAN = Text("Mean way", "平均路程")
_MEAN_OF = Text("{way} km to the centre; the farthest {farthest} km", "到中心 {way} 公里；最远 {farthest} 公里")
_MEASURED_OF = Text("{way}; the farthest {farthest}", "{way}；最远 {farthest}")
_CHANGES = Text("Changes", "变更")
_CHANGED = Text("{part} of {metric}", "{metric} 的 {part}")
_NEIGHBOURS = Text("Neighbours", "相邻关系")
_TERRITORIES = Text("Territories", "区域")
_MORE = Text("… and {count:# more territory|# more territories}.", "……另有 {count} 个区域。")
_OUTSIDE = Text("outside", "超出")
_OPEN = Text("Open", "打开")


@dataclass(frozen=True)
class TerritorySummary:
    """All that a summary tells of; see `api.summary.Summary`."""

    scenario: Scenario
    found: Rebalanced
    account: Account | None
    locale: Locale
    conflict: Conflict | None = None
    issues: tuple[Issue, ...] = ()
    folder: Path | None = None
    files: tuple[str, ...] = ()

    def parts(self) -> Iterator[RenderableType]:
        """Yield the parts."""
        yield self.head()
        if self.account is not None:
            yield self.figures(self.account)
            yield self.territories(self.account)
        elif self.found.result.status == "infeasible":
            yield from self.no_plan()
        elif self.found.reason is not None:
            yield indented(Line(reason_words(self.scenario, self.found.reason, self.locale)))
        issues = [issue for issue in self.issues if issue.code not in BY_REBALANCE]
        if issues:
            yield headed(texts.ISSUES.format(self.locale), issue_lines(issues[:MOST_ISSUES], self.locale))
        yield self.where()

    def head(self) -> RenderableType:
        """Return what was asked, and what is proved, in a sentence."""
        locale, result = self.locale, self.found.result
        about = (
            words.UNITS.format(locale, count=self.scenario.leads.height),
            words.REPS.format(locale, count=len(self.scenario.reps)),
        )
        name = self.scenario.name or words.UNNAMED.format(locale)
        title = Line.assemble((name, "bold"), ("  " + " · ".join(about), "dim"))
        if result.plan is None:
            no_plan = texts.NO_PLAN_FOUND["cancel" if result.stopped_by == "cancel" else "limit"]
            told = (_INFEASIBLE if result.status == "infeasible" else no_plan).format(locale)
            return Group(title, Line(f"✗ {told}", "bold red"))
        optimal = result.status == "optimal"
        told = words.proved(result, locale)
        stopped = texts.STOPPED[result.stopped_by].format(locale)
        space = " " if stopped and locale == "en" else ""
        return Group(title, Line(f"✓ {told}{space}{stopped}", "bold green" if optimal else "bold yellow"))

    def figures(self, account: Account) -> RenderableType:
        """Return points, ways, changes, and how long it took."""
        locale, result = self.locale, self.found.result
        grid = Table.grid(padding=(0, 3))
        if result.objective is not None and result.bound is not None:
            told = _SCORE_OF.format(locale, points=plain(result.objective), bound=plain(result.bound))
            grid.add_row(Line(_SCORE.format(locale), "dim"), Line(told, "bold"))
        if (way := self._mean_way(account)) is not None:
            grid.add_row(Line(_MEAN.format(locale), "dim"), way)
        changed = [
            _CHANGED.format(locale, part=percent(f["moved"] / f["owned"], locale), metric=metric_word(m, locale))
            for m, f in account.moved.items()
            if f["owned"] > 0
        ]
        if changed:
            grid.add_row(Line(_CHANGES.format(locale), "dim"), ("，" if locale == "zh-CN" else ", ").join(changed))
        if self.found.neighbours:
            about = words.LINKED[self.found.neighbours].format(locale)
            grid.add_row(Line(_NEIGHBOURS.format(locale), "dim"), about)
        seconds = few(sum(result.seconds.values()))
        told = texts.SOLVED_IN.format(locale, seconds=seconds, method=result.method, seed=result.seed)
        grid.add_row(Line(texts.SOLVED.format(locale), "dim"), told)
        return indented(grid)

    def _mean_way(self, account: Account) -> str | None:
        """Return how far it is in the mean and at most; None if no way is known."""
        known = np.flatnonzero(~np.isnan(account.ways))
        if not len(known):
            return None
        ways, weights = account.ways[known], account.weights[known]
        mean, farthest = float((weights * ways).sum() / max(float(weights.sum()), 1e-300)), float(ways.max())
        if account.measure is None:
            return _MEAN_OF.format(self.locale, way=few(mean), farthest=few(farthest))
        told = (way_words(way, account.measure, self.locale) for way in (mean, farthest))
        return _MEASURED_OF.format(self.locale, way=next(told), farthest=next(told))

    def territories(self, account: Account) -> RenderableType:
        """Return a row per territory: centre, units, loads against targets, way, and what changes."""
        locale, records = self.locale, account.territories
        held = [m for m in account.metrics if any(_load(r, m) for r in records)]
        heads = [words.TERRITORY.format(locale), words.CENTRE.format(locale), words.LEADS.format(locale)]
        for metric in held:
            heads += [metric_word(metric, locale), ""]
        tail = {account.way: words.mean_way(account.measure, locale)}
        if (account.facts.owner >= 0).any():
            tail |= {"leaves": words.LEAVES.format(locale), "comes": words.COMES.format(locale)}
        table = plain_table(*heads, *tail.values())
        names = dict(account.scenario.leads.select("id", "name").iter_rows())
        for record in records[:MOST_REPS]:
            lead = (record["centre"] or {}).get("lead")
            cells: list[str | Line] = [record["rep"], names.get(lead) or lead or "", number(record["leads"], locale)]
            for metric in held:
                cells += _cells(_load(record, metric), locale)
            table.add_row(*cells, *(number(record[name], locale) for name in tail))
        more = len(records) - MOST_REPS
        notes = [Line(_MORE.format(locale, count=more), "dim")] if more > 0 else []
        return headed(_TERRITORIES.format(locale), Group(table, *notes))

    def no_plan(self) -> Iterator[RenderableType]:
        """Yield the reason, and where the rules about loads alone are in conflict, the ways out."""
        locale = self.locale
        if self.found.reason is not None or self.conflict is None:
            reason = reason_words(self.scenario, self.found.reason or {}, locale)
            yield headed(texts.CONFLICT.format(locale), Line(reason))
        if self.conflict is not None:
            yield headed(texts.CONFLICT.format(locale), Line(self.conflict.rule_sentence(locale)))
            ways = Group(*(Line(sentence) for sentence in self.conflict.way_sentences(locale)))
            yield headed(texts.WAYS_OUT.format(locale), ways)

    def where(self) -> RenderableType:
        """Return where the files are, and which to open."""
        locale = self.locale
        if self.folder is None:
            return Line(texts.NOT_WRITTEN.format(locale), "dim")
        files = ("、" if locale == "zh-CN" else ", ").join(self.files)
        lines = [Line(texts.WRITTEN.format(locale, folder=self.folder, files=files))]
        if self.account is not None:
            lines.append(Line.assemble((_OPEN.format(locale) + " ", "dim"), shlex.quote(str(self.folder / "map.html"))))
            if self.scenario.leads.height:
                command = (
                    f"plumbline why {shlex.quote(self.scenario.leads['id'][0])} --plan {shlex.quote(str(self.folder))}"
                )
                lines.append(Line.assemble((texts.ASK.format(locale) + " ", "dim"), command))
        return headed(texts.FILES.format(locale), Group(*lines))


def _load(record: dict[str, Any], metric: str) -> dict[str, Any] | None:
    for load in record["loads"]:
        if load["metric"] == metric and any(load[name] is not None for name in ("target", "lower", "upper")):
            return dict(load)
    return None


def _cells(load: dict[str, Any] | None, locale: Locale) -> list[str | Line]:
    """Return a load, and what part of its target it is."""
    if load is None:
        return ["", ""]
    target = load["target"] or load["upper"]
    told = "" if not target else percent(load["load"] / target, locale, 3)
    return [amount(load["load"], locale), Line(told, "green")]
