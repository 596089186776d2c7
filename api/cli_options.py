"""The command line: arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Source = Annotated[
    str,
    typer.Argument(metavar="SOURCE", help="A .json or .xlsx file, a folder or .zip of tables, or example:NAME."),
]
Locale = Annotated[
    str,
    typer.Option("--locale", envvar="PLUMBLINE_LOCALE", help="en or zh-CN; several with commas, the first is shown."),
]
PlanFolder = Annotated[Path, typer.Option("--plan", metavar="DIR", help="The folder that `solve -o` wrote.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the record instead of sentences.")]
Gap = Annotated[float, typer.Option("--gap", metavar="G", help="Stop this close to the bound: 0.01 is 1 %.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Breaks ties and steers every search.")]
Workers = Annotated[int, typer.Option("--workers", metavar="N", help="Threads of the search.")]
Work = Annotated[
    float | None,
    typer.Option("--work", metavar="W", help="Units of effort, about a second each; the same plan on any machine."),
]
