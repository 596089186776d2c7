"""The command line: the commands that write scenarios and parts of them to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli_options import Locale


def generate(
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="Such as cycle or realistic.")],
    leads: Annotated[int, typer.Option(metavar="N", help="How many leads.")],
    reps: Annotated[int, typer.Option(metavar="M", help="How many reps.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="SOURCE", help="File or folder to write.")],
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed, the same scenario.")] = 0,
    format: Annotated[  # noqa: A002 - the name in the contract
        str | None,
        typer.Option(metavar="F", help="parquet, csv, json, xlsx or zip; from the ending if not given, else csv."),
    ] = None,
) -> None:
    """Write a synthetic scenario."""
    from api.commands.supply import generate_scenario

    generate_scenario(family, leads, reps, seed, output, format)


def examples(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="An example to write.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="File or folder to write it to.")
    ] = None,
    locale: Locale = "en",
) -> None:
    """List the bundled scenarios, or write one."""
    from api.commands.supply import list_examples, write_example
    from api.commands.terminal import locales_of

    if name is None:
        list_examples(locales_of(locale)[0])
    else:
        write_example(name, output, locales_of(locale)[0])


def neighbours(
    shapes: Annotated[Path, typer.Argument(metavar="SHAPES", help="Areas as a GeoJSON feature collection.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The table to write.")] = Path(
        "links.csv"
    ),
    id_column: Annotated[
        str, typer.Option("--id", metavar="PROPERTY", help="Property with the id of the lead; else the feature's own.")
    ] = "id",
    snap: Annotated[
        float, typer.Option(metavar="S", help="Corners this near are the same, in the unit of the shapes.", min=0.0)
    ] = 1e-7,
    corners: Annotated[bool, typer.Option("--corners", help="A single common point is enough.")] = False,
    locale: Locale = "en",
) -> None:
    """Find which areas have a common border, as the table `links` of a scenario with territories."""
    from api.commands.neighbours import write_links
    from api.commands.terminal import locales_of

    write_links(shapes, output, id_column, snap, corners, locales_of(locale)[0])


def template(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The .xlsx file to write.")],
    locale: Locale = "en",
) -> None:
    """Write the empty workbook, with every column and its meaning."""
    from api.commands.supply import template_workbook
    from api.commands.terminal import locales_of

    template_workbook(path, locales_of(locale)[0])
