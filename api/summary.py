"""The summary of a solve: what is proved, who carries how much, what was left and why."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text as Line

from api import summary_texts as texts
from api.issue_lines import issue_lines
from api.summary_loads import fairness_table, load_tables, share_table
from api.summary_words import gap_figure, headed, indented
from scenarios.amounts import amount, few, money, plain
from scenarios.issues import Issue
from scenarios.model import Scenario
from scenarios.texts import Locale
from solver.explain import Explainer
from solver.explain.conflict import Conflict
from solver.result import Plan, Result

EXAMPLES = 3
"""Assigned leads whose reason is told, each for another reason."""
LEFT_EXAMPLES = 2
"""Unassigned leads that are told of per reason."""
MOST_ISSUES = 5


@dataclass(frozen=True)
class Summary:
    """All that a summary tells of.

    Parameters
    ----------
    explainer : Explainer, optional
        Of the plan, where there is one.
    conflict : Conflict, optional
        Where it is proved that there is none.
    folder : Path, optional
        Where it was written.
    files : tuple of str
        The names of the files in it.
    """

    scenario: Scenario
    result: Result
    locale: Locale
    explainer: Explainer | None = None
    conflict: Conflict | None = None
    issues: tuple[Issue, ...] = ()
    folder: Path | None = None
    files: tuple[str, ...] = ()

    def print(self, console: Console) -> None:
        """Print all of it."""
        for part in self.parts(console.width):
            console.print(part)
            console.print()

    def parts(self, width: int) -> Iterator[RenderableType]:
        """Yield the parts, for a terminal of so many columns."""
        yield self.head()
        if self.explainer is not None and self.result.plan is not None:
            yield self.figures(self.result.plan, self.explainer)
            yield from load_tables(self.explainer, self.scenario, width, self.locale)
            shares = self.explainer.shares()
            if shares.height:
                yield share_table(shares, self.locale)
            if self.scenario.reps:
                yield fairness_table(self.explainer.fairness(), self.locale)
            if self.table["rep"].null_count() < self.table.height:
                yield self.reasons(self.explainer)
            if self.table["rep"].null_count():
                yield self.left(self.explainer)
        elif self.result.status == "infeasible":
            yield from self.no_plan()
        if self.issues:
            yield self.worth_a_look()
        yield self.where()

    @cached_property
    def table(self) -> pl.DataFrame:
        """The assignments, with the leads' names and values."""
        assert self.explainer is not None
        leads = self.scenario.leads.select("name", pl.col("value").fill_null(0.0))
        return pl.concat([self.explainer.table(), leads], how="horizontal")

    # -- what is proved -----------------------------------------------------------------------------------------------

    def head(self) -> RenderableType:
        """Return what was asked, and what is proved, in a sentence."""
        scenario, locale = self.scenario, self.locale
        about = [
            texts.LEADS.format(locale, count=scenario.leads.height),
            texts.REPS.format(locale, count=len(scenario.reps)),
        ]
        if scenario.period_start is not None and scenario.period_end is not None:
            about.append(f"{scenario.period_start} – {scenario.period_end}")
        name = scenario.name or texts.UNNAMED.format(locale)
        title = Line.assemble((name, "bold"), ("  " + " · ".join(about), "dim"))
        mark, colour = {
            "optimal": ("✓", "bold green"),
            "feasible": ("✓", "bold yellow"),
            "infeasible": ("✗", "bold red"),
            "no_plan_found": ("?", "bold red"),
        }[self.result.status]
        verdict = Table.grid(padding=(0, 1))
        verdict.add_row(Line(mark, colour), Line(self.verdict(), colour))
        return Group(title, Line(""), verdict)

    def verdict(self) -> str:
        """Return what is proved, and why it stopped."""
        result, locale = self.result, self.locale
        if result.status == "infeasible":
            return texts.INFEASIBLE.format(locale)
        if result.status == "no_plan_found":
            return texts.NO_PLAN_FOUND["cancel" if result.stopped_by == "cancel" else "limit"].format(locale)
        form = (texts.OPTIMAL if result.status == "optimal" else texts.FEASIBLE)[result.bound_by or "search"]
        certified = amount(result.certified_bound if result.certified_bound is not None else float("nan"), locale)
        proved = form.format(locale, gap=gap_figure(result.gap or 0.0, locale), certified=certified)
        stopped = texts.STOPPED[result.stopped_by].format(locale)
        return proved + (" " if stopped and locale == "en" else "") + stopped

    def figures(self, plan: Plan, explainer: Explainer) -> RenderableType:
        """Return points, value, how many are assigned, and how long it took."""
        scenario, result, locale = self.scenario, self.result, self.locale
        grid = Table.grid(padding=(0, 3))
        tiers = [(tier.objective, tier.bound, tier.tier) for tier in plan.tiers]
        for objective, bound, tier in tiers:
            word = texts.SCORE.format(locale) if len(tiers) == 1 else texts.TIER.format(locale, tier=tier)
            gap = gap_figure(max(bound - objective, 0.0) / max(abs(bound), 1.0), locale)
            told = texts.SCORE_OF.format(locale, points=plain(objective), bound=plain(bound), gap=gap)
            grid.add_row(Line(word, "dim"), Line(told, "bold"))
        value = money(explainer.value()["expected_value"], scenario.currency, locale)
        grid.add_row(Line(texts.VALUE.format(locale), "dim"), Line(value, "bold"))
        assigned, leads = int((plan.owner >= 0).sum()), scenario.leads.height
        told = texts.ASSIGNED_OF.format(locale, assigned=assigned, leads=leads)
        grid.add_row(Line(texts.ASSIGNED.format(locale), "dim"), told)
        seconds = few(sum(result.seconds.values()))
        told = texts.SOLVED_IN.format(locale, seconds=seconds, method=result.method, seed=result.seed)
        grid.add_row(Line(texts.SOLVED.format(locale), "dim"), told)
        return indented(grid)

    # -- leads --------------------------------------------------------------------------------------------------------

    def reasons(self, explainer: Explainer) -> RenderableType:
        """Return why some leads went where they did: the largest lead of each of a few reasons."""
        assigned = self.table.filter(pl.col("rep").is_not_null()).sort("value", descending=True, maintain_order=True)
        told = assigned.unique("reason", keep="first", maintain_order=True).head(EXAMPLES)
        parts = [self._lead(explainer, row) for row in told.iter_rows(named=True)]
        return headed(texts.WHY.format(self.locale), Group(*parts))

    def left(self, explainer: Explainer) -> RenderableType:
        """Return what was not assigned, by reason, the largest leads first."""
        locale = self.locale
        left = self.table.filter(pl.col("rep").is_null()).sort("value", descending=True, maintain_order=True)
        groups = left.group_by("reason", maintain_order=True).len().sort("len", descending=True, maintain_order=True)
        parts: list[RenderableType] = []
        for reason, count in groups.iter_rows():
            number_of = texts.LEADS.format(locale, count=count)
            head = texts.LEFT_REASONS[reason].format(locale)
            parts.append(Line.assemble((head, "yellow"), (f" · {number_of}", "dim")))
            rows = left.filter(pl.col("reason") == reason).head(LEFT_EXAMPLES)
            parts += [indented(self._lead(explainer, row)) for row in rows.iter_rows(named=True)]
            if count > LEFT_EXAMPLES:
                more = texts.MORE_LEADS.format(locale, count=count - LEFT_EXAMPLES)
                parts.append(indented(Line(more, "dim")))
        title = texts.LEFT.format(locale, count=left.height, leads=self.table.height)
        return headed(title, Group(*parts))

    def _lead(self, explainer: Explainer, row: dict[str, Any]) -> RenderableType:
        """Return one lead with its reason in words."""
        about = [row["name"]] if row["name"] else []
        if row["value"]:
            about.append(money(row["value"], self.scenario.currency, self.locale))
        head = Line.assemble((row["lead"], "bold"), ("  " + " · ".join(about), "dim"))
        sentence = explainer.sentence(explainer.lead(row["lead"]), self.locale)
        return Group(head, indented(Line(sentence)))

    # -- no plan ------------------------------------------------------------------------------------------------------

    def no_plan(self) -> Iterator[RenderableType]:
        """Yield what is in conflict, and the ways out."""
        locale = self.locale
        if self.conflict is None:
            yield Line(texts.NO_CONFLICT.format(locale))
            return
        yield headed(texts.CONFLICT.format(locale), Line(self.conflict.rule_sentence(locale)))
        ways = Group(*(Line(sentence) for sentence in self.conflict.way_sentences(locale)))
        yield headed(texts.WAYS_OUT.format(locale), ways)

    # -- the rest -----------------------------------------------------------------------------------------------------

    def worth_a_look(self) -> RenderableType:
        """Return the first issues of the scenario."""
        lines = issue_lines(self.issues[:MOST_ISSUES], self.locale)
        if len(self.issues) > MOST_ISSUES:
            more = texts.MORE_ISSUES.format(self.locale, count=len(self.issues) - MOST_ISSUES)
            lines = Group(lines, Line(more, "dim"))
        return headed(texts.ISSUES.format(self.locale), lines)

    def where(self) -> RenderableType:
        """Return where the files are, and what to ask next."""
        locale = self.locale
        if self.folder is None:
            return Line(texts.NOT_WRITTEN.format(locale), "dim")
        files = ("、" if locale == "zh-CN" else ", ").join(self.files)
        lines = [Line(texts.WRITTEN.format(locale, folder=self.folder, files=files))]
        if self.explainer is not None and self.table.height:
            lead = shlex.quote(self.table["lead"][self.table["value"].arg_max() or 0])
            command = f"plumbline why {lead} --plan {shlex.quote(str(self.folder))}"
            lines.append(Line.assemble((texts.ASK.format(locale) + " ", "dim"), command))
        return headed(texts.FILES.format(locale), Group(*lines))
