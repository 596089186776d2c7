"""Comparisons as a page in Markdown, in English and Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from scenarios.amounts import amount, money, percent, written
from scenarios.texts import Locale, Text
from solver.explain import compare_texts as texts
from solver.explain.clauses import term_word
from solver.explain.compare_sentences import cause_label, sentences, why_words
from solver.explain.difference_words import difference_sentences
from solver.explain.words import metric_word

if TYPE_CHECKING:
    from solver.explain.compare import Comparison

MOVES, LOADS = 100, 60
"""Moves and loads on a page."""
RATIOS = ("min_ratio", "max_ratio", "worst_deviation")


def page(found: Comparison, locale: Locale) -> str:
    """Return a comparison as a page."""
    title = texts.TITLE_TODAY if found.today else texts.TITLE
    parts = [f"# {title.format(locale)}", _section(texts.OUTCOME, _bullets(sentences(found, locale)), locale)]
    if not found.today:
        differ = difference_sentences(found.changes(), locale)
        parts.append(_section(texts.DIFFER, _bullets(differ), locale))
    parts.append(_section(texts.TERMS, _table(*term_rows(found, locale)), locale))
    if found.moves.height:
        parts.append(_section(texts.CAUSES, _table(*cause_rows(found, locale)), locale))
        parts.append(_section(texts.MOVES, _moves(found, locale), locale))
    parts.append(_section(texts.LOADS, _loads(found, locale), locale))
    parts.append(_section(texts.FAIR, _table(*fairness_rows(found, locale)), locale))
    return "\n\n".join(parts) + "\n"


# -- tables, for pages and terminals ----------------------------------------------------------------------------------

Rows = tuple[list[str], list[list[str]]]


def sides(found: Comparison, locale: Locale) -> list[str]:
    """Return the headings of the two sides."""
    names = ("today", "plan") if found.today else ("base", "other")
    return [texts.SIDES[name].format(locale) for name in names]


def term_rows(found: Comparison, locale: Locale) -> Rows:
    """Return head and rows of the score by term, with a total where there are several."""
    rows = [
        [
            term_word(row["name"], row["kind"], locale),
            *(_optional(row[side], locale) for side in ("base", "other")),
            signed(row["change"], locale),
        ]
        for row in found.terms.iter_rows(named=True)
    ]
    if len(rows) > 1:
        sums = [float(found.terms[name].fill_null(0.0).sum()) for name in ("base", "other")]
        told = [amount(each, locale) for each in sums]
        rows.append([texts.TOTAL.format(locale), *told, signed(sums[1] - sums[0], locale)])
    return [texts.TERM.format(locale), *sides(found, locale), texts.CHANGE.format(locale)], rows


def cause_rows(found: Comparison, locale: Locale) -> Rows:
    """Return head and rows of the causes."""
    rows = [
        [cause_label(code, found.today, locale), amount(count, locale), f"`{code}`"]
        for code, count in found.causes.items()
    ]
    return [texts.CAUSE.format(locale), texts.COUNT.format(locale), ""], rows


def load_rows(found: Comparison, most: int, locale: Locale) -> tuple[Rows, int]:
    """Return head and rows of the loads that changed most for their metric, and how many more changed."""
    changed = found.loads.filter(pl.col("change").abs() > 1e-9 * pl.max_horizontal(1.0, pl.col("base").abs()))
    size = pl.max_horizontal("base", "other").abs().max().over("metric").clip(lower_bound=1e-9)
    ranked = changed.with_row_index("place").sort((pl.col("change").abs() / size), descending=True, maintain_order=True)
    shown = ranked.head(most).sort("place")
    rows = [
        [
            row["rep"],
            metric_word(row["metric"], locale),
            *(_optional(row[side], locale) for side in ("base", "other")),
            signed(row["change"], locale),
        ]
        for row in shown.iter_rows(named=True)
    ]
    head = [texts.REP.format(locale), texts.METRIC.format(locale), *sides(found, locale), texts.CHANGE.format(locale)]
    return (head, rows), changed.height - shown.height


def fairness_rows(found: Comparison, locale: Locale) -> Rows:
    """Return head and rows of the fairness figures."""
    rows = []
    for metric, row in found.fairness.items():
        word = metric_word(metric, locale)
        for name, text in texts.FIGURES.items():
            told = ["–" if side is None else _figure(name, side[name], locale) for side in (row["base"], row["other"])]
            rows.append([word, text.format(locale), *told])
            word = ""
    return [texts.METRIC.format(locale), texts.FIGURE.format(locale), *sides(found, locale)], rows


def signed(value: float, locale: Locale) -> str:
    """Return a change, with its sign."""
    told = amount(value, locale)
    return f"+{told}" if value > 0 and told != "0" else told


# -- parts of the page ------------------------------------------------------------------------------------------------


def _moves(found: Comparison, locale: Locale) -> str:
    head = [
        texts.LEAD,
        texts.VALUE_OF,
        *(texts.SIDES[n] for n in (("today", "plan") if found.today else ("base", "other"))),
    ]
    nobody = texts.NOBODY.format(locale)
    rows = [
        [
            record["lead"],
            money(record["value"], found.other.scenario.currency, locale),
            record["base"] or nobody,
            record["other"] or nobody,
            why_words(found, record, locale),
        ]
        for record in found.described(0, MOVES)
    ]
    table = _table([text.format(locale) for text in (*head, texts.REASON)], rows)
    rest = found.moves.height - len(rows)
    return table + (f"\n\n{texts.MORE_MOVES.format(locale, count=rest)}" if rest else "")


def _loads(found: Comparison, locale: Locale) -> str:
    (head, rows), rest = load_rows(found, LOADS, locale)
    if not rows:
        return texts.SAME_LOADS.format(locale)
    return _table(head, rows) + (f"\n\n{texts.MORE_LOADS.format(locale, count=rest)}" if rest else "")


def _optional(value: float | None, locale: Locale) -> str:
    return "–" if value is None else amount(value, locale)


def _figure(name: str, value: float, locale: Locale) -> str:
    if name in RATIOS:
        return percent(round(value, 3), locale)
    return written(Decimal(f"{value:.3f}") if name != "envy_pairs" else Decimal(round(value)), locale)


def _section(title: Text, body: str, locale: Locale) -> str:
    return f"## {title.format(locale)}\n\n{body}"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_plain(line)}" for line in lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_plain(cell) for cell in line) + " |" for line in lines)


def _plain(cell: str) -> str:
    """Return a text in which nothing ends a cell or a line, or becomes a tag."""
    return " ".join(cell.split()).replace("|", "\\|").replace("<", "&lt;")
