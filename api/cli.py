"""The command line: how its commands are called. What they do is in `api.commands`, and loads only when called."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from api.cli_options import AsJson, Gap, Locale, PlanFolder, Seed, Source, Work, Workers
from api.cli_supply import examples, generate, neighbours, template
from api.commands.keys import app as keys
from api.commands.output import keep_output

app = typer.Typer(
    name="plumbline",
    help="Who gets which lead: balanced, provably near the best, and explained.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"plumbline {version('plumbline')}")
        raise typer.Exit


@app.callback()
def _options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Who gets which lead: balanced, provably near the best, and explained."""


@app.command()
def solve(
    source: Source,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Write the plan to this folder.")
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option("--time-limit", metavar="SECONDS", help="Seconds on the clock; 60, or none with --work."),
    ] = None,
    gap: Gap = 0.0,
    seed: Seed = 0,
    workers: Workers = 2,
    work: Work = None,
    locale: Locale = "en",
) -> None:
    """Find the best plan, prove how good it is, and explain it. Ctrl-C keeps the best plan so far.

    Exit codes: 0 a plan; 2 the input is wrong; 3 no plan exists; 4 the limit ran out before any plan;
    130 interrupted; 1 it could not be written.
    """
    from api.commands.interrupts import interruptible

    with interruptible() as interrupts:
        from api.commands.order import Order
        from api.commands.solve import run
        from api.commands.terminal import limits_of, locales_of

        seconds = 60.0 if time_limit is None and work is None else time_limit
        limits = limits_of(time=seconds, work=work, gap=gap, seed=seed, workers=workers)
        raise typer.Exit(run(Order(source, output, limits, locales_of(locale)), interrupts))


@app.command()
def rebalance(
    source: Source,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Write plan, maps and change lists here.")
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            "--time-limit",
            metavar="SECONDS",
            help="Seconds on the clock; 60, with --frontier 120 for all of it, or none with --work.",
        ),
    ] = None,
    gap: Gap = 0.0,
    seed: Seed = 0,
    workers: Workers = 2,
    work: Work = None,
    frontier: Annotated[
        str | None,
        typer.Option("--frontier", metavar="METRIC", help="How much has to change owner, the more even this becomes?"),
    ] = None,
    counted: Annotated[
        str | None,
        typer.Option("--moved", metavar="M", help="With --frontier: what is counted of that; METRIC if not given."),
    ] = None,
    points: Annotated[int, typer.Option(metavar="N", help="With --frontier: how many bands.", min=2, max=100)] = 6,
    as_json: Annotated[bool, typer.Option("--json", help="With --frontier: print the record.")] = False,
    locale: Locale = "en",
) -> None:
    """Draw territories: balanced, near, in one piece where asked, with few changes, and proved. Ctrl-C keeps the best.

    Reps without a place get one. With --frontier: bands from the widest to the narrowest, each with the least that has
    to change owner; bands on the metric, and budgets, give way. Exit codes: 0 a plan; 2 the input is wrong; 3 no plan
    exists; 4 the limit ran out before any plan; 130 interrupted; 1 it could not be written.
    """
    from api.commands.interrupts import interruptible

    with interruptible() as interrupts:
        from api.commands.order import Order
        from api.commands.rebalance import run
        from api.commands.terminal import limits_of, locales_of

        if frontier is None and (as_json or counted is not None):
            raise typer.BadParameter("goes with --frontier.", param_hint="--json" if as_json else "--moved")
        usual = 60.0 if frontier is None else 120.0
        seconds = usual if time_limit is None and work is None else time_limit
        limits = limits_of(time=seconds, work=work, gap=gap, seed=seed, workers=workers)
        if frontier is None:
            raise typer.Exit(run(Order(source, output, limits, locales_of(locale)), interrupts))
        from api.commands import trade_off

        order = trade_off.Order(source, frontier, points, output, limits, as_json, locales_of(locale), counted)
        raise typer.Exit(trade_off.run(order, interrupts))


@app.command()
def validate(source: Source, locale: Locale = "en") -> None:
    """List every issue of a scenario with its place. Exit code 2 if any is an error."""
    from api.commands.checking import list_issues
    from api.commands.terminal import locales_of

    raise typer.Exit(list_issues(source, locales_of(locale)[0]))


@app.command()
def check(
    source: Source,
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The folder that `solve -o` wrote.", show_default=False)
    ] = None,
    locale: Locale = "en",
) -> None:
    """Recompute all that a plan claims, without any solver. Exit code 0 only if every claim holds.

    With one argument, `check DIR` or `check DIR/receipt.json`, the copy of the scenario in the folder is used. A
    receipt without its files is checked by itself, as far as that goes.
    """
    from api.commands.checking import check_alone, check_plan
    from api.commands.terminal import locales_of

    first = locales_of(locale)[0]
    raise typer.Exit(check_alone(Path(source), first) if folder is None else check_plan(source, folder, first))


@app.command()
def why(
    plan: PlanFolder,
    lead: Annotated[str | None, typer.Argument(metavar="LEAD", help="Id of a lead.", show_default=False)] = None,
    rep: Annotated[
        str | None, typer.Option("--rep", metavar="REP", help="Id of a rep: why this load, and why not more.")
    ] = None,
    as_json: AsJson = False,
    locale: Locale = "en",
) -> None:
    """Say why a lead goes to its rep, or to nobody; or, with --rep, why a rep has this load and not more."""
    from api.commands.terminal import locales_of

    if (lead is None) == (rep is None):
        raise typer.BadParameter("name either a LEAD or a rep (--rep REP).", param_hint="LEAD")
    if lead is not None:
        from api.commands.why import why

        why(lead, plan, as_json, locales_of(locale))
    elif rep is not None:
        from api.commands.reps import why_rep

        why_rep(rep, plan, as_json, locales_of(locale))


@app.command()
def why_not(
    lead: Annotated[str, typer.Argument(metavar="LEAD", help="Id of a lead.")],
    rep: Annotated[str, typer.Argument(metavar="REP", help="Id of a rep.")],
    plan: PlanFolder,
    verify: Annotated[
        bool, typer.Option("--verify", help="Solve again with the pair forced: what would it cost?")
    ] = False,
    time_limit: Annotated[float, typer.Option("--time-limit", metavar="SECONDS", help="Seconds for --verify.")] = 60.0,
    as_json: AsJson = False,
    locale: Locale = "en",
) -> None:
    """Say why a rep does not get a lead, and with --verify what is proved about it."""
    from api.commands.terminal import limits_of, locales_of
    from api.commands.why import why_not

    limits = limits_of(time=time_limit) if verify else None
    why_not(lead, rep, plan, limits, as_json, locales_of(locale))


@app.command()
def rules(
    plan: PlanFolder,
    verify: Annotated[
        bool, typer.Option("--verify", help="Solve again without each rule, and with one unit of slack.")
    ] = False,
    time_limit: Annotated[
        float, typer.Option("--time-limit", metavar="SECONDS", help="Seconds for --verify, all rules together.")
    ] = 60.0,
    as_json: AsJson = False,
    locale: Locale = "en",
) -> None:
    """Say what each rule costs: what the plan could gain without it, or with one unit of slack."""
    from api.commands.rules import tell_rules
    from api.commands.terminal import limits_of, locales_of

    tell_rules(plan, limits_of(time=time_limit) if verify else None, as_json, locales_of(locale))


@app.command()
def compare(
    base: Annotated[
        str, typer.Argument(metavar="BASE", help="The folder of a plan; today: the owners of today; or a scenario.")
    ],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The folder of a plan, or a scenario.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write a page (.md) or the record (.json).")
    ] = None,
    as_json: AsJson = False,
    locale: Locale = "en",
) -> None:
    """Say what changed between two plans, why, and what it cost.

    `compare DIR DIR` compares two plans, of one scenario or of two: who moves and why, score by term, loads, fairness.
    `compare today DIR` compares the owners in the scenario, read as a plan, with a plan: what it gains, in money and in
    fairness, and which rules are broken today. `compare SOURCE SOURCE`, with a scenario on either side, tells what
    differs in data, rules and goals.
    """
    from api.commands.compare import run
    from api.commands.terminal import locales_of

    raise typer.Exit(run(base, other, output, as_json, locales_of(locale)))


@app.command()
def frontier(
    source: Source,
    metric: Annotated[
        str, typer.Option("--metric", metavar="M", help="leads, hours, value, expected_value, quality or a column.")
    ],
    by: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Rep column of the groups; '' for all reps; else that of the own band."),
    ] = None,
    points: Annotated[int, typer.Option(metavar="N", help="How many bands to try.", min=2, max=100)] = 8,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Write table and picture to this folder.")
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option("--time-limit", metavar="SECONDS", help="Seconds for all of it; 120, or none with --work."),
    ] = None,
    gap: Annotated[float, typer.Option(metavar="G", help="Stop each point this close to its bound.")] = 0.0,
    seed: Seed = 0,
    workers: Workers = 2,
    work: Annotated[
        float | None, typer.Option(metavar="W", help="Units of effort for all of it, about a second each.")
    ] = None,
    as_json: AsJson = False,
    locale: Locale = "en",
) -> None:
    """Show what fairness costs: the best plans within bands on a metric, from no band to the fairest plan.

    Bands, balance and max-min on the same metric in the same groups give way; all else holds. Ctrl-C keeps the points
    so far. Exit codes as of `solve`.
    """
    from api.commands.interrupts import interruptible

    with interruptible() as interrupts:
        from api.commands.frontier import Order, run
        from api.commands.terminal import limits_of, locales_of

        seconds = 120.0 if time_limit is None and work is None else time_limit
        limits = limits_of(time=seconds, work=work, gap=gap, seed=seed, workers=workers)
        order = Order(source, metric, points, output, limits, as_json, locales_of(locale), by)
        raise typer.Exit(run(order, interrupts))


for supply in (generate, examples, neighbours, template):
    app.command()(supply)


_DATABASE = "A SQLite file, or postgresql://..., which many machines can share; plumbline.db if empty."
_HOST = "Address to listen at; 127.0.0.1 if empty."
_SOLVERS = "Runs that are solved at once; 0: this process only takes them in."


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(metavar="H", help=_HOST)] = None,
    port: Annotated[int, typer.Option(metavar="P", help="0 takes any free one.", min=0, max=65535)] = 8000,
    database: Annotated[str | None, typer.Option(metavar="URL", help=_DATABASE)] = None,
    solvers: Annotated[int | None, typer.Option(metavar="N", help=_SOLVERS, min=0)] = None,
) -> None:
    """Run the HTTP service; `PLUMBLINE_...` variables hold further settings."""
    from api.commands.serving import run_service

    run_service(port, host=host, database=database, solvers=solvers)


@app.command()
def worker(
    database: Annotated[str | None, typer.Option(metavar="URL", help=_DATABASE)] = None,
    solvers: Annotated[int | None, typer.Option(metavar="N", help=_SOLVERS, min=0)] = None,
) -> None:
    """Solve the runs that servers on the same database take in."""
    from api.commands.serving import run_worker

    run_worker(database=database, solvers=solvers)


app.add_typer(keys, name="keys")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; whatever happens, the user sees a sentence and no traceback.

    With ``PLUMBLINE_DEBUG=1`` an unforeseen fault is raised.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Unicode shows a "?"
    keep_output()
    try:
        app(args=None if arguments is None else list(arguments), prog_name="plumbline")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as fault:
        from api.commands.terminal import FAILED, Refusal, refuse

        if isinstance(fault, Refusal):
            refuse(fault)
            sys.exit(fault.code)
        if os.environ.get("PLUMBLINE_DEBUG") == "1":
            raise
        name = type(fault).__name__
        what = str(fault).partition("\n")[0]
        refuse(
            Refusal(
                f"something went wrong that should not ({name}: {what}). Please report it as an issue, with this line "
                "and what PLUMBLINE_DEBUG=1 prints when you try again."
            )
        )
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
