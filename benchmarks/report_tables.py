"""The tables of the report: an instance with all its contenders, Plumbline from small to large, published files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from benchmarks.contenders import CONTENDERS
from benchmarks.gap import lower_bound
from benchmarks.gap_files import distance
from benchmarks.measures import OURS, Field, duel
from benchmarks.results import Row
from benchmarks.tables import markdown_table

TARGETS = (0.01, 0.001, 0.0001)
"""Proved gaps of which the table of growth tells the seconds."""

RACE_HEADER = (
    "contender",
    "points",
    "behind best bound",
    "times Plumbline's",
    "proved gap",
    "seconds to its best",
    "Plumbline as good after",
    "times sooner",
    "in scoring passes",
    "peak memory",
    "remarks",
)
SCALE_HEADER = (
    "instance",
    "one scoring pass",
    *(f"seconds to {target:.2%}" for target in TARGETS),
    "proved gap",
    "seconds",
    "in scoring passes",
    "ns per pair",
    "plumbline check",
    "peak memory",
)


def title_of(field: Field) -> str:
    """Return what a panel or a table shows, in words."""
    name, _, size = field.instance.partition("-")
    sizes = sizes_of(field.instance)
    what = size if sizes is None else f"{name}, {sizes[0]:,} leads x {sizes[1]:,} reps"
    seed = "" if field.seed == 1 or name == "gap" else f", seed {field.seed}"
    return f"{what}{seed}, {field.limit:g} s"


def sizes_of(instance: str) -> tuple[int, int] | None:
    """Return the leads and reps of a generated instance; None for a published file."""
    match = re.fullmatch(r"\w+-(\d+)x(\d+)", instance)
    return None if match is None else (int(match[1]), int(match[2]))


def race_table(field: Field) -> str:
    """Return a row for each contender: what it reached, and when Plumbline was there."""
    return markdown_table(RACE_HEADER, [_race_row(field, name, row) for name, row in field.rows.items()])


def _race_row(field: Field, name: str, row: Row) -> list[str]:
    label = CONTENDERS[name].label
    ours = name in OURS
    met = duel(field, name)
    points = row.objective if row.holds else None
    passes = None if met.best_after is None or not field.pass_seconds else met.best_after / field.pass_seconds
    return [
        f"**{label}**" if ours else label,
        _text(row.objective, ",.1f"),
        _text(None if points is None else field.behind(points), ".4%"),
        "" if ours else _text(field.times_ours(row), ",.1f"),
        _text(proved_gap(row), ".4%"),
        _text(met.best_after, ",.2f"),
        "" if ours or met.best_after is None else _text(met.ours_after, ",.2f", "not in time"),
        "" if ours else _text(met.times_faster, ",.1f"),
        _text(passes, ",.0f"),
        _text(row.peak_bytes / 2**20 if row.peak_bytes else None, ",.0f") + (" MiB" if row.peak_bytes else ""),
        _remarks(field, row),
    ]


def proved_gap(row: Row) -> float | None:
    """Return how far a plan that holds is from the contender's own bound."""
    if not row.holds or row.objective is None or row.bound is None:
        return None
    return max(0.0, (row.bound - row.objective) / max(abs(row.bound), 1.0))


def _remarks(field: Field, row: Row) -> str:
    words = []
    if row.broken:
        words.append(f"breaks {row.broken}")
    if "pairs" in row.figures:
        words.append(f"on {row.figures['pairs']:,.0f} of the pairs, hence without a bound")
    if field.false_bound(row):
        words.append("its bound is false: a plan passes it")
    if row.status != "done":
        words.append(row.status)
    if row.reason:
        words.append(row.reason)
    if row.status == "done" and row.objective is None:
        words.append("no plan in time")
    return "; ".join(words).replace("|", "/")


def scale_table(fields: Sequence[Field]) -> str:
    """Return a row for each instance and limit, of Plumbline alone."""
    rows = []
    for field in fields:
        row = field.ours
        if row is None:
            continue
        sizes = sizes_of(field.instance)
        pairs = None if sizes is None else sizes[0] * sizes[1]
        passes = None if not field.pass_seconds else row.seconds / field.pass_seconds
        rows.append(
            [
                title_of(field),
                _text(field.pass_seconds, ".4f") + (" s" if field.pass_seconds else ""),
                *(_text(field.seconds_to_gap(row.settings.contender, target), ",.2f", "-") for target in TARGETS),
                _text(proved_gap(row), ".4%", "no plan"),
                _text(row.seconds, ",.2f"),
                _text(passes, ",.0f"),
                _text(None if not pairs else 1e9 * row.seconds / pairs, ",.0f"),
                _text(row.figures.get("verify_seconds"), ",.2f") + (" s" if "verify_seconds" in row.figures else ""),
                f"{row.peak_bytes / 2**20:,.0f} MiB",
            ]
        )
    return markdown_table(SCALE_HEADER, rows)


def gap_tables(fields: Sequence[Field], known: Mapping[str, float]) -> list[str]:
    """Return the published files one by one, in cost, and by type: how far each contender is from the best known."""
    names = [name for name in CONTENDERS if any(name in field.rows for field in fields)]
    header = ["file", "best known", "Plumbline", "its bound", "seconds"]
    header += [f"{CONTENDERS[name].label}, behind" for name in names]
    rows: list[list[str]] = []
    behind: dict[tuple[str, str], list[tuple[Row | None, float | None]]] = {}
    for field in sorted(fields, key=lambda field: (_type(field.instance), field.instance, field.limit)):
        best = known.get(field.instance.removeprefix("gap-"))
        row = field.ours
        cells = [field.instance.removeprefix("gap-"), _text(best, ",.0f")]
        cells += ["", "", ""] if row is None else [_cost(row), _bound(row), f"{row.seconds:.1f}"]
        for name in names:
            far = _behind(field.rows.get(name), best)
            behind.setdefault((_type(field.instance), name), []).append((field.rows.get(name), far))
            cells.append(_text(far, ".3%", "" if name not in field.rows else "none"))
        rows.append(cells)
    summary = []
    for kind in dict.fromkeys(kind for kind, _ in behind):
        for name in names:
            raced = [(row, far) for row, far in behind[kind, name] if row is not None]
            found = [far for _, far in raced if far is not None]
            if raced:
                summary.append(
                    [
                        kind,
                        CONTENDERS[name].label,
                        str(len(raced)),
                        _text(sum(found) / len(found) if found else None, ".3%"),
                        _text(max(found, default=None), ".3%"),
                        str(sum(row.holds for row, _ in raced)),
                        str(sum(_is_proved(row) for row, _ in raced)),
                    ]
                )
    by_type = ("type", "contender", "files", "mean behind", "worst behind", "plans that hold", "proved optimal")
    return [markdown_table(by_type, summary), markdown_table(header, rows)]


def _type(instance: str) -> str:
    """Return the type of a published file: A to E, or the set of OR-Library."""
    name = instance.removeprefix("gap-")
    return name.partition("-")[0] if name.startswith("gap") else name[0].upper()


def _behind(row: Row | None, best: float | None) -> float | None:
    if row is None or not row.holds or row.objective is None or best is None:
        return None
    return distance(-row.objective, best)


def _is_proved(row: Row) -> bool:
    least = lower_bound(row.bound)
    return row.holds and row.objective is not None and least is not None and least >= -row.objective


def _cost(row: Row) -> str:
    return "none" if not row.holds or row.objective is None else f"{-row.objective:,.0f}"


def _bound(row: Row) -> str:
    least = lower_bound(row.bound)
    return "" if least is None else f"{least:,}"


def _text(value: float | None, form: str, missing: str = "") -> str:
    return missing if value is None else format(value, form)
