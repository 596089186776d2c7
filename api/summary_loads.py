"""Tables of loads: of each rep against target or limit, of shares, and the fairness figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text as Line

from api import summary_texts as texts
from api.summary_words import headed, plain_table
from scenarios.amounts import amount, number, percent, written
from scenarios.model import Scenario
from scenarios.texts import Locale, Text
from solver.explain import Explainer
from solver.explain.words import metric_word, points
from solver.rules.base import TOLERANCE

MOST_REPS = 30
"""Reps up to which all are shown; of more, those that are furthest off."""
SHOWN_REPS = 15
SCARCE_PLACES = 3
BARS = (8, 5, 3)
"""Columns of a bar, the widest with which all metrics fit into one table."""
_PARTS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True)
class Column:
    """One metric of the table: loads with what they are held against, in the scenario's order of reps."""

    metric: str
    against: Text | None
    frame: pl.DataFrame

    def cells(self, row: int, bar: int, locale: Locale) -> list[str | Line]:
        """Return the cells of one rep: load, and what it is held against, a bar and the percentage."""
        load, reference, outside = self.frame.row(row)
        if self.against is None:
            return [amount(load, locale)]
        if reference is None:
            return [amount(load, locale), "", "", ""]
        colour = "red" if outside else "green" if self.against is texts.TARGET else "cyan"
        mark = {-1: " ▼", 0: "  ", 1: " ▲"}[outside]
        ratio = load / reference if reference > 0 else float("inf") if load > 0 else 1.0
        per_cent = percent(round(ratio, 2), locale) if ratio < 10 else f"> {percent(9.99, locale)}"
        loads = [amount(load, locale), amount(reference, locale)]
        return [*loads, Line(_bar(ratio, bar), colour), Line(per_cent + mark, colour)]


def load_tables(explainer: Explainer, scenario: Scenario, width: int, locale: Locale) -> Iterator[RenderableType]:
    """Yield the table of loads, in as many parts as a terminal of so many columns needs."""
    columns = _columns(explainer.loads())
    if not columns or not scenario.reps:
        return
    rows, more = _rows(columns)
    title, notes = texts.LOADS.format(locale), _notes(explainer, columns, more, locale)
    names = [(rep.id, rep.name if rep.name not in (None, rep.id) else "") for rep in scenario.reps]
    tables = list(_fitting(columns, rows, names, width - 2, locale))
    for k, table in enumerate(tables):
        last = k == len(tables) - 1
        yield headed("" if k else title, Group(table, *notes) if last else table)


def _columns(loads: pl.DataFrame) -> list[Column]:
    """Return the metrics, those with a target first, those with nothing to hold them against last."""
    columns = []
    for (metric,), part in loads.group_by("metric", maintain_order=True):
        against = None
        for name, text in (("target", texts.TARGET), ("upper", texts.LIMIT), ("lower", texts.FLOOR)):
            if part[name].null_count() < part.height:
                against, reference = text, name
                break
        room = TOLERANCE * pl.max_horizontal(1.0, pl.col("load").abs())
        frame = part.select(
            "load",
            reference=pl.col(reference) if against else pl.lit(None, pl.Float64),
            outside=pl.when((pl.col("load") > pl.col("upper") + room).fill_null(False))
            .then(1)
            .when((pl.col("load") < pl.col("lower") - room).fill_null(False))
            .then(-1)
            .otherwise(0),
        )
        columns.append(Column(str(metric), against, frame))
    order = [texts.TARGET, texts.LIMIT, texts.FLOOR, None]
    return sorted(columns, key=lambda column: order.index(column.against))


def _rows(columns: list[Column]) -> tuple[list[int], int]:
    """Return which reps to show, and how many more there are: of many, those that are furthest off."""
    count = columns[0].frame.height
    if count <= MOST_REPS:
        return list(range(count)), 0
    worst = pl.Series([0.0] * count)
    for column in columns:
        ratio = (column.frame["load"] / column.frame["reference"]).fill_nan(1.0).fill_null(1.0)
        off = (ratio - 1.0).abs() if column.against is texts.TARGET else (ratio - 1.0).clip(lower_bound=0.0)
        off = off + 1000.0 * column.frame["outside"].abs()
        worst = pl.select(pl.max_horizontal(worst, off)).to_series()
    return worst.arg_sort(descending=True).head(SHOWN_REPS).sort().to_list(), count - SHOWN_REPS


def _fitting(
    columns: list[Column], rows: list[int], names: list[tuple[str, str]], width: int, locale: Locale
) -> Iterator[Table]:
    """Yield one table of all metrics, or tables of as many at a time as fit."""
    endless = Console(width=10_000)

    def made(part: list[Column], bar: int = BARS[0]) -> tuple[Table, bool]:
        table = _table(part, rows, names, bar, locale)
        return table, endless.measure(table).maximum <= width

    for bar in BARS:
        table, fits = made(columns, bar)
        if fits:
            yield table
            return
    part: list[Column] = []
    for column in columns:
        if part and not made([*part, column])[1]:
            yield made(part)[0]
            part = []
        part.append(column)
    yield made(part)[0]


def _table(part: list[Column], rows: list[int], names: list[tuple[str, str]], bar: int, locale: Locale) -> Table:
    named = any(names[row][1] for row in rows)
    table = plain_table(texts.REP.format(locale))
    if named:
        table.add_column("", no_wrap=True, style="dim")
    for column in part:
        table.add_column(metric_word(column.metric, locale), justify="right", no_wrap=True)
        if column.against is not None:
            table.add_column(column.against.format(locale), justify="right", no_wrap=True, style="dim")
            table.add_column("", no_wrap=True)
            table.add_column("", justify="right", no_wrap=True)
    for row in rows:
        cells = [cell for column in part for cell in column.cells(row, bar, locale)]
        table.add_row(*(names[row] if named else names[row][:1]), *cells)
    return table


def _notes(explainer: Explainer, columns: list[Column], more: int, locale: Locale) -> list[RenderableType]:
    """Return what stands below the table."""
    notes = []
    if more:
        notes.append(Line(texts.MORE_REPS.format(locale, count=more), "dim"))
    if any((column.frame["outside"] != 0).any() for column in columns):
        notes.append(Line(texts.OUTSIDE.format(locale), "dim"))
    limited = [column.metric for column in columns if column.against is texts.LIMIT]
    scarce = (
        explainer.loads()
        .filter(pl.col("metric").is_in(limited) & (pl.col("price") > 1e-6))
        .sort("price", descending=True, maintain_order=True)
    )
    places = [
        texts.SCARCE_PLACE.format(
            locale, metric=metric_word(row["metric"], locale), rep=row["rep"], points=points(row["price"], locale)
        )
        for row in scarce.head(SCARCE_PLACES).iter_rows(named=True)
    ]
    if places:
        notes.append(Line(texts.SCARCE.format(locale, places=("、" if locale == "zh-CN" else ", ").join(places))))
    return list(notes)


def _bar(ratio: float, width: int) -> str:
    """Return a bar that is full at 1."""
    full, part = divmod(round(8 * width * min(max(ratio, 0.0), 1.0)), 8)
    return ("█" * full + (_PARTS[part] if part else "")).ljust(width, "·")


def share_table(shares: pl.DataFrame, locale: Locale) -> RenderableType:
    """Return the table of shares and disruption budgets."""
    words = (texts.RULE, texts.METRIC, texts.LOAD, texts.LOWER, texts.UPPER)
    table = plain_table(*(word.format(locale) for word in words))
    for row in shares.iter_rows(named=True):
        bounds = ["" if row[name] is None else amount(row[name], locale) for name in ("lower", "upper")]
        table.add_row(row["rule"], metric_word(row["metric"], locale), amount(row["load"], locale), *bounds)
    return headed(texts.SHARES.format(locale), table)


def fairness_table(fairness: Mapping[str, Mapping[str, float]], locale: Locale) -> RenderableType:
    """Return the fairness figures by metric."""
    words = (texts.METRIC, texts.LOWEST, texts.HIGHEST, texts.WORST, texts.JAIN, texts.GINI, texts.ENVY)
    table = plain_table(*(word.format(locale) for word in words))
    for metric, figures in fairness.items():
        table.add_row(
            metric_word(metric, locale),
            *(percent(round(figures[name], 2), locale) for name in ("min_ratio", "max_ratio", "worst_deviation")),
            *(written(Decimal(f"{figures[name]:.3f}"), locale) for name in ("jain", "gini")),
            number(figures["envy_pairs"], locale),
        )
    return headed(texts.FAIRNESS.format(locale), table)
