"""`plumbline generate`, `examples` and `template`: scenarios to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text as Line

from api.commands.sources import EXAMPLE, example_name
from api.commands.terminal import FAILED, Refusal, console
from scenarios.examples import EXAMPLES, example
from scenarios.generate import FAMILIES, generate
from scenarios.model import Scenario
from scenarios.texts import Locale, Text
from scenarios.writing import ScenarioFormat, write, write_template

_WROTE = Text("{path}: {leads:# lead|# leads}, {reps:# rep|# reps}.", "{path}：{leads} 条线索，{reps} 位销售。")
_UNWRITABLE = Text("{path} cannot be written: {why}.", "无法写入 {path}：{why}。")
_TEMPLATE = Text("{path} is ready to be filled in.", "{path} 已可填写。")
_NOT_XLSX = Text("the template is a workbook: {path} must end in .xlsx.", "模板是工作簿：{path} 须以 .xlsx 结尾。")
_TRY = Text("Solve one: plumbline solve {source}", "求解示例：plumbline solve {source}")


def generate_scenario(family: str, leads: int, reps: int, seed: int, output: Path, form: str | None) -> None:
    """Write a synthetic scenario.

    Raises
    ------
    Refusal
        If the family or format is unknown, a number is out of range, or it cannot be written.
    """
    if family not in FAMILIES:
        lines = "".join(f"\n  {name}: {about.about.format('en')}" for name, about in FAMILIES.items())
        raise Refusal(f"there is no family {family!r}; there are:{lines}")
    chosen = next((known for known in get_args(ScenarioFormat) if known == form), None)
    if form is not None and chosen is None:
        raise Refusal(f"there is no format {form!r}; there are {', '.join(get_args(ScenarioFormat))}")
    try:
        scenario = generate(family, leads=leads, reps=reps, seed=seed)
    except ValueError as fault:
        raise Refusal(str(fault)) from fault
    _write(scenario, output, chosen, "en")


def list_examples(locale: Locale) -> None:
    """Print the bundled scenarios, each with its paragraph."""
    parts: list[RenderableType] = []
    for name, about in EXAMPLES.items():
        parts += [Line(name, "bold cyan"), Padding(Line(about.format(locale)), (0, 0, 1, 2))]
    tried = Line(_TRY.format(locale, source=EXAMPLE + next(iter(EXAMPLES))), "dim")
    console().print(Group(*parts, tried))


def write_example(name: str, output: Path | None, locale: Locale) -> None:
    """Write a bundled scenario; without a place, to `NAME.json` here.

    Raises
    ------
    Refusal
        If there is no such example, or it cannot be written.
    """
    scenario = example(example_name(name, locale))
    _write(scenario, output or Path(f"{name}.json"), None, locale)


def template_workbook(path: Path, locale: Locale) -> None:
    """Write the empty workbook.

    Raises
    ------
    Refusal
        If it cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise Refusal(_NOT_XLSX.format(locale, path=path))
    try:
        write_template(path, locale)
    except OSError as fault:
        raise Refusal(_UNWRITABLE.format(locale, path=path, why=fault.strerror or fault), FAILED) from fault
    console().print(_TEMPLATE.format(locale, path=path))


def _write(scenario: Scenario, path: Path, form: ScenarioFormat | None, locale: Locale) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(scenario, path, form)
    except OSError as fault:
        raise Refusal(_UNWRITABLE.format(locale, path=path, why=fault.strerror or fault), FAILED) from fault
    except ValueError as fault:
        raise Refusal(str(fault)) from fault
    told = _WROTE.format(locale, path=path, leads=scenario.leads.height, reps=len(scenario.reps))
    console().print(told, soft_wrap=True)
