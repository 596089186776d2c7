"""`plumbline validate` and `plumbline check`: what is the matter with a scenario, and whether a plan's claims hold."""

from __future__ import annotations

from pathlib import Path

from rich.console import Group
from rich.text import Text as Line

from api.commands.claims import claims_of
from api.commands.sources import read_source, scenario_in
from api.commands.terminal import FAILED, WRONG, Refusal, console
from api.files import RECEIPT, PlanFault, PlanFiles, read_files, read_scenario
from api.issue_lines import count_of, issue_lines
from api.receipts import BYTES_OF, read_receipt
from api.summary_words import plain_table
from scenarios.amounts import amount
from scenarios.issues import ScenarioError, errors_of
from scenarios.model import Scenario
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
    "receipt": Text("The receipt is whole", "凭证完整"),
    "receipt files": Text("The files are those of the receipt", "各文件与凭证一致"),
    "receipt scenario": Text("The receipt is of this scenario", "凭证属于此场景"),
    "receipt policy": Text("The receipt is of its rules and goals", "凭证与场景的规则和目标一致"),
    "receipt figures": Text("The receipt says what plan.json says", "凭证与 plan.json 所述一致"),
}
"""What each claim is called; a file goes by its own name."""
_TIER = " of tier "
_BYTES_OF = Text("Bytes of {file}", "{file} 的内容")
_OF_TIER = Text(" (priority {tier})", "（优先级 {tier}）")
_RESTS_ON = {
    "plan": Text("plan", "方案"),
    "prices": Text("prices", "影子价格"),
    "search": Text("search", "搜索"),
    "scenario": Text("scenario", "场景"),
    "files": Text("files", "文件"),
    "receipt": Text("receipt", "凭证"),
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
_ALL_HOLD = Text("{count:The only claim holds|All # claims hold}.", "全部 {count} 项声明成立。")
_NOT_ALL = Text(
    "{wrong} of {count:# claim|# claims} {wrong:does|do} not hold.", "{count} 项声明中有 {wrong} 项不成立。"
)
_BY_SEARCH = Text(
    "What rests on search cannot be recomputed from the prices: to confirm it, solve again.",
    "以搜索为依据的声明无法由影子价格复核；如需确认，请重新求解。",
)
_NO_RECEIPT = Text(
    "There is no {file}: whether the files are as they were written cannot be told.",
    "没有 {file}：无法得知各文件是否与写入时一致。",
)
_ALONE = Text(
    "Nothing else could be checked: none of the files that it speaks of is beside it ({files}). "
    "It is said to be of scenario {scenario}, with status {status} and score {objective}.",
    "其余均无法检查：旁边没有凭证所述的文件（{files}）。据其所述：场景 {scenario}，状态为{status}，得分 {objective}。",
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
        return _check(scenario, folder, folder / RECEIPT, locale)
    except PlanFault as fault:
        raise Refusal(fault.message(locale)) from fault


def check_alone(path: Path, locale: Locale) -> int:
    """Do as `check_plan` with the copy of the scenario that the folder holds.

    Parameters
    ----------
    path : Path
        The folder, or a receipt: with the files that it speaks of beside it, or alone.

    Raises
    ------
    Refusal
        If it cannot be read.
    """
    try:
        if not path.is_file():
            read_files(path)  # first of all, is it a plan's folder?
            return _check(read_scenario(path), path, path / RECEIPT, locale)
        receipt = read_receipt(path)
        if any((path.parent / name).exists() for name in receipt.files):
            return _check(read_scenario(path.parent), path.parent, path, locale)
    except PlanFault as fault:
        raise Refusal(fault.message(locale)) from fault
    claim = receipt.own_claim()
    out = console()
    out.print(_report([claim], locale))
    told = receipt.document["predicate"]
    out.print(
        _ALONE.format(
            locale,
            files=", ".join(receipt.files),
            scenario=receipt.scenario_sha256[:12],
            status=_cell(told.get("status", ""), locale),
            objective=_cell("none" if told.get("objective") is None else told["objective"], locale),
        ),
        style="yellow",
    )
    return 0 if claim.holds else FAILED


def _check(scenario: Scenario, folder: Path, receipt: Path, locale: Locale) -> int:
    files = read_files(folder)
    claims = claims_of(scenario, files, locale)
    if receipt.exists():
        claims += _receipt_claims(receipt, scenario, files, locale)
    out = console()
    out.print(_report(claims, locale))
    if not receipt.exists():
        out.print(_NO_RECEIPT.format(locale, file=receipt.name), style="yellow")
    return 0 if all(claim.holds for claim in claims) else FAILED


def _receipt_claims(path: Path, scenario: Scenario, files: PlanFiles, locale: Locale) -> list[Claim]:
    try:
        receipt = read_receipt(path)
    except PlanFault as fault:
        return [Claim("receipt", "whole", fault.message(locale), False, "receipt")]
    return list(receipt.claims(files.folder, scenario, files.head))


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
    if name.startswith(BYTES_OF):
        return _BYTES_OF.format(locale, file=name.removeprefix(BYTES_OF))
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
    return amount(value, locale)
