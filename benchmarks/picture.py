"""A small scatter plot as SVG, for the documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np

from solver.pairs import Floats

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 80, 30, 64, 56
INK, GREY, LINE, GOOD, BAD = "#1b2733", "#5b6875", "#dde3e9", "#0b7a75", "#c2543a"
LABEL_HEIGHT = 17


@dataclass(frozen=True)
class Dot:
    """One point of the plot, with its name; marked ones are drawn in the colour of what is wanted."""

    name: str
    x: float
    y: float
    marked: bool


def scatter(dots: Sequence[Dot], *, title: str, x_label: str, y_label: str, marked: str, unmarked: str) -> str:
    """Return the plot as an SVG document, on a white ground."""
    x_ticks, y_ticks = ticks(0.0, max(d.x for d in dots)), ticks(min(d.y for d in dots), max(d.y for d in dots))

    def across(x: float) -> float:
        return LEFT + (x - x_ticks[0]) / (x_ticks[-1] - x_ticks[0]) * (WIDTH - LEFT - RIGHT)

    def down(y: float) -> float:
        return HEIGHT - BOTTOM - (y - y_ticks[0]) / (y_ticks[-1] - y_ticks[0]) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 24, title, INK, size=16),
    ]
    parts += [_line(across(x), TOP, across(x), HEIGHT - BOTTOM) for x in x_ticks]
    parts += [_line(LEFT, down(y), WIDTH - RIGHT, down(y)) for y in y_ticks]
    parts += [_text(across(x), HEIGHT - BOTTOM + 20, f"{x:g}", GREY, anchor="middle") for x in x_ticks]
    parts += [_text(LEFT - 10, down(y) + 4, f"{y:g}", GREY, anchor="end") for y in y_ticks]
    parts.append(_text(WIDTH - RIGHT, HEIGHT - 14, x_label, INK, anchor="end"))
    parts.append(_text(LEFT, TOP - 16, y_label, INK))
    for place, (word, colour) in enumerate(((marked, GOOD), (unmarked, BAD))):
        parts.append(_circle(WIDTH - RIGHT - 210, 19 + LABEL_HEIGHT * place, colour))
        parts.append(_text(WIDTH - RIGHT - 200, 24 + LABEL_HEIGHT * place, word, GREY))
    heights = spread([down(d.y) for d in dots])
    for dot, height in zip(dots, heights, strict=True):
        colour, on_the_right = (GOOD if dot.marked else BAD), across(dot.x) < WIDTH / 2
        side = 12 if on_the_right else -12
        parts.append(_circle(across(dot.x), down(dot.y), colour))
        parts.append(_text(across(dot.x) + side, height + 4, dot.name, INK, anchor="start" if on_the_right else "end"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def ticks(least: float, most: float) -> list[float]:
    """Return about five round numbers, evenly spaced, the first not above `least` and the last not below `most`."""
    width = max(most - least, 1e-9) / 4
    power = 10.0 ** np.floor(np.log10(width))
    step = next(s * power for s in (1.0, 2.0, 2.5, 5.0, 10.0) if s * power >= width * (1 - 1e-9))
    places = np.arange(np.floor(least / step + 1e-9), np.ceil(most / step - 1e-9) + 1)
    return [float(round(t, 12)) for t in places * step]


def spread(heights: Sequence[float]) -> Floats:
    """Return heights for labels: near their own, in the same order, and none over another."""
    order = np.argsort(heights, kind="stable")
    placed = np.array(heights, dtype=np.float64)
    for above, below in pairwise(order):
        placed[below] = max(placed[below], placed[above] + LABEL_HEIGHT)
    return placed


def _text(x: float, y: float, words: str, colour: str, *, anchor: str = "start", size: int = 13) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} fill="{colour}" font-size="{size}">{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{LINE}"/>'


def _circle(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{colour}"/>'
