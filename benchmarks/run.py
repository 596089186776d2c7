"""Measure contenders side by side, each in a process of its own, and keep the results.

    python -m benchmarks.run --list
    python -m benchmarks.run 'cycle-*' [--contenders plumbline highs] [--limits 20 60] [--seeds 1 2] [-o DIR] [--again]

Instances are those of the programme, by pattern, or any `FAMILY-LEADSxREPS` and `gap-FILE`. Races that are in the
results already, with the same code, versions, machine and limits, are not run again. Answers are judged in a process
that has met no contender. `python -m benchmarks.report` makes tables and plots of the results.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders import CONTENDERS
from benchmarks.families import DATA, PROGRAMME, Spec, chosen
from benchmarks.race import Finish, Step, judged, race
from benchmarks.results import Moment, Results, Row, Settings, commit, machine, versions

RESULTS = Path("benchmarks/results")
AGREE = 1e-6
"""Told and judged points may differ by so much of their size."""


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for, and return 1 if a contender failed or a plan of Plumbline's does not hold."""
    options = _options(arguments)
    try:
        specs = [_limited(spec, options) for spec in chosen(options.instances or [s.instance for s in PROGRAMME])]
    except ValueError as fault:
        print(fault, file=sys.stderr)
        return 2
    if options.list:
        for spec in specs:
            limits = " and ".join(f"{limit:g}" for limit in spec.limits)
            print(
                f"{spec.instance:22} {limits:>9} s, at most {spec.seconds / 60:5.1f} min: {', '.join(spec.contenders)}"
            )
        print(f"at most {sum(spec.seconds for spec in specs) / 3600:.1f} h, and what making the instances takes")
        return 0
    results = Results(options.output)
    known = {row.settings for row in results.rows()}
    worst = 0
    for settings in settings_of(specs):
        if settings in known and not options.again:
            print(f"{_name(settings)}: there already", flush=True)
        elif settings.instance.startswith("gap-") and not options.data.is_dir():
            print(f"{_name(settings)}: skipped, there are no published instances in {options.data}", flush=True)
        else:
            row = measure(results, settings, options.data)
            ours = settings.contender in ("plumbline", "files")
            worst = max(worst, int(row.status == "failed" or (ours and bool(row.broken))))
    return worst


def settings_of(specs: Iterable[Spec]) -> list[Settings]:
    """Return every race that some entries of the programme ask for, in their order."""
    code, where = commit(), machine()
    return [
        Settings(spec.instance, seed, contender, limit, spec.gap, code, versions(CONTENDERS[contender].needs), where)
        for spec in specs
        for seed in spec.seeds
        for limit in spec.limits
        for contender in spec.contenders
        if contender != "scoring" or limit == spec.limits[0]  # once is enough: it has no limit
    ]


def measure(results: Results, settings: Settings, data: Path) -> Row:
    """Run one race, judge its answer, keep both and say what came out."""
    finish = race(settings.contender, settings.instance, settings.seed, settings.limit, settings.gap, data)
    row, moments = _judged(settings, finish, data)
    results.add(row, moments)
    print(f"{_name(settings)}: {_words(row)}", flush=True)
    return row


def _judged(settings: Settings, finish: Finish, data: Path) -> tuple[Row, list[Moment]]:
    end = finish.end
    row = Row(
        settings,
        datetime.now(UTC).isoformat(timespec="seconds"),
        end.status,
        end.reason,
        bound=finish.bound,
        seconds=round(end.seconds, 4),
        peak_bytes=end.peak_bytes,
        figures=end.figures,
    )
    if finish.owner is None:
        return row, moments_of(finish.steps)
    verdict = judged(settings.instance, settings.seed, data, finish.owner)
    row = replace(row, objective=verdict.objective, broken="; ".join(verdict.broken))
    last = next(step for step in reversed(finish.steps) if step.owner is not None)
    if last.objective is None and row.holds:  # one plan and no figures: the judge's are its only step
        return row, moments_of([*finish.steps, Step(last.seconds, verdict.objective)])
    if last.objective is not None and abs(last.objective - verdict.objective) > AGREE * max(1.0, abs(last.objective)):
        row = replace(row, reason=f"told {last.objective:.9g} points where the judge finds {verdict.objective:.9g}")
    return row, moments_of(finish.steps)


def moments_of(steps: Iterable[Step]) -> list[Moment]:
    """Return the steps at which the best plan or the best bound got better."""
    moments: list[Moment] = []
    objective: float | None = None
    bound: float | None = None
    for step in sorted(steps, key=lambda step: step.seconds):
        higher = step.objective is not None and (objective is None or step.objective > objective)
        lower = step.bound is not None and (bound is None or step.bound < bound)
        objective = step.objective if higher else objective
        bound = step.bound if lower else bound
        if higher or lower:
            moments.append(Moment(step.seconds, objective, bound))
    return moments


def _limited(spec: Spec, options: argparse.Namespace) -> Spec:
    return replace(
        spec,
        limits=tuple(options.limits or spec.limits),
        seeds=tuple(options.seeds or spec.seeds),
        contenders=tuple(options.contenders or spec.contenders),
        gap=spec.gap if options.gap is None else options.gap,
    )


def _name(settings: Settings) -> str:
    return f"{settings.instance}, seed {settings.seed}, {settings.limit:g} s, {settings.contender}"


def _words(row: Row) -> str:
    memory = f"{row.seconds:.2f} s, {row.peak_bytes / 2**20:,.0f} MiB"
    if row.status != "done" and row.objective is None:
        return f"{row.status}, {row.reason}"
    points = "no plan" if row.objective is None else f"{row.objective:,.2f} points"
    bound = "no bound" if row.bound is None else f"bound {row.bound:,.2f}"
    broken = f", BROKEN: {row.broken}" if row.broken else ""
    remark = f", {row.status}: {row.reason}" if row.reason else ""
    return f"{points}, {bound}, {memory}{broken}{remark}"


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Contenders side by side.")
    parser.add_argument("instances", nargs="*", help="patterns such as 'cycle-*' (default: the whole programme)")
    parser.add_argument("--list", action="store_true", help="say what would be run, and how long it may take")
    parser.add_argument("--contenders", nargs="+", choices=tuple(CONTENDERS))
    parser.add_argument("--limits", nargs="+", type=float, help="seconds, instead of the programme's")
    parser.add_argument("--seeds", nargs="+", type=int)
    parser.add_argument("--gap", type=float, help="the proved gap at which contenders may stop")
    parser.add_argument("--data", type=Path, default=DATA, help="published instances (default: %(default)s)")
    parser.add_argument(
        "-o", "--output", type=Path, default=RESULTS, help="folder of the results (default: %(default)s)"
    )
    parser.add_argument("--again", action="store_true", help="run also what is there already")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
