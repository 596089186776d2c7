"""Tables and plots of the results that `python -m benchmarks.run` keeps.

    python -m benchmarks.report [-i benchmarks/results] [--docs docs]

Prints Markdown. With `--docs` it writes the plots to DOCS/img, and the Markdown into DOCS/benchmarks.md between the
lines `<!-- races: begin -->` and `<!-- races: end -->`. Of a race that was run more than once the latest counts.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.families import DATA
from benchmarks.gap_files import FileError, best_known
from benchmarks.measures import Field, fields_of
from benchmarks.plots import draw
from benchmarks.report_tables import gap_tables, race_table, scale_table, title_of
from benchmarks.results import Results
from benchmarks.run import RESULTS

BEGIN, END = "<!-- races: begin -->", "<!-- races: end -->"
PLOTS = (
    ("races-cycle.svg", "Plans of one cycle: gap against time", "cycle"),
    ("races-special.svg", "Counts and matchings: gap against time", "counts matching"),
    ("races-gap.svg", "Generalised assignment, published files: gap against time", "gap"),
)
"""File, title and families of each plot."""

LEGEND = """\
Every contender runs in a process of its own, with the same limit; the clock starts with the pairs as plain arrays (for
Plumbline: with the scenario), engines loaded. *Behind best bound*: how far its last plan is from the best bound that
any contender proved, as a fraction; *times Plumbline's*: the same as a multiple of Plumbline's, at equal time. *Proved
gap*: from its own bound. *Plumbline as good after*: when Plumbline first had a plan as good as the contender's best;
*times sooner*: the ratio of both times. *In scoring passes*: seconds to its best, or of the whole run, as multiples of
one look at all pairs. Peak memory is that of the whole process with the instance. A plan that breaks a hard rule counts
for nothing but the remark."""

MOST_PANELS = 8
"""Panels of a plot; of published files the largest are shown."""


def main(arguments: Sequence[str]) -> int:
    """Print the report, or write it into the documents; return 2 if there is nothing to tell, or nowhere to write."""
    options = _options(arguments)
    results = Results(options.input)
    rows = results.rows()
    if not rows:
        print(f"there are no results in {options.input}", file=sys.stderr)
        return 2
    fields = fields_of(rows, results.moments(rows))
    try:
        known = best_known(options.data / "best_known.csv")
    except (OSError, FileError):
        known = {}
    if options.docs is None:
        print(markdown(fields, known, ()))
        return 0
    document = options.docs / "benchmarks.md"
    text = document.read_text("utf-8") if document.exists() else ""
    if BEGIN not in text or END not in text.partition(BEGIN)[2]:
        print(f"{document} needs the lines {BEGIN} and {END}, around the report", file=sys.stderr)
        return 2
    try:
        written = plots(fields, options.docs / "img")
    except ImportError as fault:
        print(f"{fault}: `make bench` installs what plots need", file=sys.stderr)
        return 2
    document.write_text(placed(text, markdown(fields, known, written)), "utf-8")
    return 0


def markdown(fields: Sequence[Field], known: Mapping[str, float], plots: Sequence[tuple[str, str]]) -> str:
    """Return the report: what it was measured with, then a table per instance and limit, then the published files."""
    races = [field for field in fields if not field.instance.startswith("gap-")]
    published = [field for field in fields if field.instance.startswith("gap-")]
    parts = [_measured_with(fields), LEGEND]
    parts += [f"![{title}](img/{file})" for file, title in plots]
    if races:
        parts += ["### Growth", scale_table(races)]
    for field in races:
        parts += [f"### {title_of(field)}", race_table(field)]
    if published:
        parts += ["### Generalised assignment, published files", *gap_tables(published, known)]
    return "\n\n".join(parts)


def placed(text: str, report: str) -> str:
    """Return a document with the report between its two marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{report}\n\n{END}{rest.partition(END)[2]}"


def plots(fields: Sequence[Field], folder: Path) -> list[tuple[str, str]]:
    """Write the plots that there are results for, and return the file and title of each."""
    written = []
    for file, title, families in PLOTS:
        longest: dict[tuple[str, int], Field] = {}
        for field in sorted(fields, key=lambda field: field.limit):
            asked = field.instance.partition("-")[0] in families.split()
            if asked and field.bound is not None and any(row.holds for row in field.rows.values()):
                longest[field.instance, field.seed] = field
        panels = sorted(longest.values(), key=_size)[-MOST_PANELS:]
        if panels:
            draw(panels, folder / file, title)
            written.append((file, title))
    return written


def _size(field: Field) -> tuple[str, float]:
    """Sort by family, then by what a scoring pass takes, or by the name of a published file."""
    family, _, rest = field.instance.partition("-")
    return (family if family != "gap" else rest, field.pass_seconds or 0.0)


def _measured_with(fields: Sequence[Field]) -> str:
    rows = [row for field in fields for row in field.rows.values()]

    def told(values: Sequence[str]) -> str:
        return "; ".join(dict.fromkeys(values))

    versions = {part: None for row in rows for part in row.settings.versions.split(", ")}
    return (
        f"Measured on {told([row.settings.machine for row in rows])}, two cores for each contender; "
        f"code at {told([row.settings.commit for row in rows])}; {', '.join(versions)}; "
        f"from {min(row.when for row in rows)[:10]} to {max(row.when for row in rows)[:10]}."
    )


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description="Tables and plots of the results.")
    parser.add_argument(
        "-i", "--input", type=Path, default=RESULTS, help="folder of the results (default: %(default)s)"
    )
    parser.add_argument("--docs", type=Path, help="folder with benchmarks.md, to write into (default: print)")
    parser.add_argument("--data", type=Path, default=DATA, help="published instances (default: %(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
