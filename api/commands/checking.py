"""`plumbline validate` and `plumbline check`: what is the matter with a scenario, and whether a plan's claims hold."""

from __future__ import annotations

from pathlib import Path

from rich.console import Group
from rich.text import Text as Line

from api.commands.claims import claims_of
from api.commands.sources import read_source, scenario_in
from api.commands.terminal import FAILED, WRONG, Refusal, console
from api.files import PlanFault, read_files
from api.issue_lines import count_of, issue_lines
from api.summary_words import figure, plain_table
from scenarios.issues import ScenarioError, errors_of
from scenarios.texts import Locale, Text
from solver.check import Claim

_NAMES = {
    "scenario_sha256": Text("The plan is of this scenario", "方案属于此场景"),
    "scenario copy": Text("The copy of the scenario is whole", "场景副本完整"),
    "files": Text("The files belong together", "各文件相互一致"),
    "plan": Text("There is no plan", "没有方案"),
    "every hard rule holds": Text("Every hard rule holds", "所有硬规则均成立"),
    "objective of tier": Text("Score", "得分"),
    "certified bound of tier": Text("Bound from the prices alone", "仅由影子价格得出的上界"),
    "bound of tier": Text("Bound: no plan scores more", "上界：任何方案的得分都不超过它"),
    "objective": Text("Score, on top of plan.json", "plan.json 顶层的得分"),
    "bound": Text("Bound, on top of plan.json", "plan.json 顶层的上界"),
    "certified_bound": Text("Bound from the prices, on top of plan.json", "plan.json 顶层由影子价格得出的上界"),
    "optimal": Text("Optimal", "最优"),
    "gap": Text("Gap", "差距"),
    "bound_by": Text("What the bound rests on", "上界的依据"),
    "status": Text("Status", "状态"),
    "assigned": Text("Leads assigned", "已分配线索"),
    "unassigned": Text("Leads not assigned", "未分配线索"),
    "value": Text("Expected value", "期望价值"),
    "fairness": Text("Fairness figures", "公平性指标"),
}
"""What each claim is called; a file goes by its own name."""
_TIER = " of tier "
_OF_TIER = Text(" (priority {tier})", "（优先级 {tier}）")
_RESTS_ON = {
    "plan": Text("plan", "方案"),
    "prices": Text("prices", "影子价格"),
    "search": Text("search", "搜索"),
    "scenario": Text("scenario", "场景"),
    "files": Text("files", "文件"),
    "plan and prices": Text("plan, prices", "方案、影子价格"),
}
_WORDS = {
    "yes": Text("yes", "是"),
    "none": Text("none", "无"),
    "none to check": Text("nothing to check", "无可检查"),
    "whole": Text("whole", "完整"),
    "as written": Text("as written", "与文件一致"),
    "prices": Text("prices", "影子价格"),
    "search": Text("search", "搜索"),
    "optimal": Text("optimal", "最优"),
    "feasible": Text("feasible", "可行"),
    "infeasible": Text("infeasible", "无可行方案"),
    "no_plan_found": Text("no plan found", "未找到方案"),
    "gap 0": Text("gap 0", "差距为 0"),
}
_BY_PRICES = Text("{points} by prices", "{points}（影子价格）")
_HEADS = (
    Text("claim", "声明"),
    Text("claimed", "声称"),
    Text("found", "复核"),
    Text("rests on", "依据"),
)
_ALL_HOLD = Text("All {count} claims hold.", "全部 {count} 项声明成立。")
_NOT_ALL = Text("{wrong} of {count} claims do not hold.", "{count} 项声明中有 {wrong} 项不成立。")
_BY_SEARCH = Text(
    "What rests on search cannot be recomputed from the prices: to confirm it, solve again.",
    "以搜索为依据的声明无法由影子价格复核；如需确认，请重新求解。",
)


def list_issues(source: str, locale: Locale) -> int:
    """Print every issue of a scenario; return the exit code."""
    issues = read_source(source, locale).issues
    out = console()
    out.print(issue_lines(issues, locale))
    out.print(count_of(issues, locale))
    return WRONG if errors_of(issues) else 0


def check_plan(source: str, folder: Path, locale: Locale) -> int:
    """Print every claim of a plan's folder with what was found; return the exit code.

    Raises
    ------
    Refusal
        If the folder cannot be read.
    """
    try:
        scenario = scenario_in(source, locale)
    except ScenarioError as fault:
        errors = console(errors=True)
        errors.print(issue_lines(fault.issues, locale))
        errors.print(count_of(fault.issues, locale))
        return WRONG
    try:
        claims = claims_of(scenario, read_files(folder), locale)
    except PlanFault as fault:
        raise Refusal(fault.message(locale)) from fault
    console().print(_report(claims, locale))
    return 0 if all(claim.holds for claim in claims) else FAILED


def _report(claims: list[Claim], locale: Locale) -> Group:
    table = plain_table("")
    for k, head in enumerate(_HEADS):
        table.add_column(head.format(locale), justify="right" if k in (1, 2) else "left")
    for claim in claims:
        mark = Line("✓", "green") if claim.holds else Line("✗", "bold red")
        found = Line(_found(claim, locale), "" if claim.holds else "bold red")
        rests_on = Line(_RESTS_ON[claim.rests_on].format(locale), "yellow" if claim.rests_on == "search" else "dim")
        table.add_row(mark, _name(claim.name, locale), _cell(claim.claimed, locale), found, rests_on)
    wrong = sum(not claim.holds for claim in claims)
    if wrong:
        verdict = Line(_NOT_ALL.format(locale, wrong=wrong, count=len(claims)), "bold red")
    else:
        verdict = Line(_ALL_HOLD.format(locale, count=len(claims)), "bold green")
    lines = [verdict]
    if not wrong and any(claim.rests_on == "search" for claim in claims):
        lines.append(Line(_BY_SEARCH.format(locale), "yellow"))
    return Group(table, Line(""), *lines)


def _name(name: str, locale: Locale) -> str:
    """Return what a claim is called; a tier is named unless it is the first."""
    head, of_tier, tier = name.partition(_TIER)
    key = (head + of_tier).strip()
    text = _NAMES[key].format(locale) if key in _NAMES else name
    return text + (_OF_TIER.format(locale, tier=tier) if of_tier and tier != "1" else "")


def _found(claim: Claim, locale: Locale) -> str:
    """Return what was found; beside a bound by search stands what the prices prove."""
    found = _cell(claim.found, locale)
    by_search = claim.rests_on == "search" and claim.name.startswith("bound" + _TIER)
    return _BY_PRICES.format(locale, points=found) if by_search else found


def _cell(value: float | str, locale: Locale) -> str:
    if isinstance(value, str):
        return _WORDS[value].format(locale) if value in _WORDS else value
    return figure(value)
