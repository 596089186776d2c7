"""The map as PNG: today and plan side by side, with loads against their bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from api.pictures import chinese_font, drawn_in, picture
from api.territories import texts
from api.territories.account import Account
from api.territories.scene import GREY, INK, NOBODY, PALE, Scene
from scenarios.amounts import percent
from scenarios.texts import Locale
from solver.explain.words import metric_word
from solver.pairs import Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

DOTS_PER_INCH = 140
WIDTH, LOADS_HEIGHT = 13.0, 1.7
MOST_LABELS = 60


def map_png(account: Account, locale: Locale = "en") -> bytes:
    """Draw the territories. The words are English, and names are numbers, where no Chinese font is installed."""
    locale = drawn_in("png", locale)
    scene = Scene(account)
    today = bool((scene.before >= 0).any())
    held = _held(account)
    spread = np.ptp(scene.spots[scene.known], axis=0) if len(scene.known) else np.ones(2)
    tall = float(np.clip(spread[1] / max(spread[0], 1e-9), 0.35, 1.2)) * WIDTH / (2.0 if today else 1.7) + 0.4
    size = (WIDTH, tall + LOADS_HEIGHT * len(held))

    def draw(figure: Figure) -> None:
        above, below = _halves(figure, [tall, LOADS_HEIGHT * len(held)])
        views = above.subplots(1, 2 if today else 1, squeeze=False)[0]
        names = _names(account)
        if today:
            _map(views[0], scene, scene.before, names, texts.TODAY.format(locale), plan=False)
        _map(views[-1], scene, account.owner, names, texts.PLAN.format(locale), plan=True)
        if below is not None:
            for k, axes in enumerate(below.subplots(len(held), 1, squeeze=False)[:, 0]):
                _loads(axes, account, scene, held[k], names if k == len(held) - 1 else None, locale)

    return picture(draw, "png", size, DOTS_PER_INCH)


def _halves(figure: Figure, heights: list[float]) -> tuple[Figure | SubFigure, SubFigure | None]:
    """Return what the maps are drawn in, and the loads; all the figure if there are no loads."""
    if not heights[1]:
        return figure, None
    above, below = np.ravel(np.asarray(figure.subfigures(2, 1, height_ratios=heights), dtype=object)).tolist()
    return above, below


def _names(account: Account) -> list[str]:
    """Return what the reps are called: their ids, or their numbers where a font for these is missing."""
    if chinese_font() is None and not all(rep.isascii() for rep in account.ids):
        return [str(j) for j in range(1, len(account.ids) + 1)]
    return account.ids


def _map(axes: Axes, scene: Scene, owner: Ints, names: list[str], title: str, *, plan: bool) -> None:
    """Draw one ownership: links across in grey, links inside and units in the colour of their rep, centres marked."""
    from matplotlib.collections import LineCollection

    known = scene.known
    dot = float(np.clip(110.0 / max(len(known), 1) ** 0.5, 0.5, 7.0))
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.set_title(title, loc="left", color=GREY, fontsize=11)
    axes.add_collection(
        LineCollection(list(scene.spots[scene.across(owner)]), colors=PALE, linewidths=0.15 * dot, zorder=1)
    )
    for j, links in scene.inside(owner).items():
        lines = LineCollection(
            list(scene.spots[links]), colors=scene.colours[j], linewidths=min(0.75 * dot, 2.6), alpha=0.5, zorder=2
        )
        lines.set_capstyle("round")
        axes.add_collection(lines)
    colours = np.array([*scene.colours, NOBODY])
    size = (dot * (0.45 + 0.9 * scene.size[known])) ** 2
    moved = plan & scene.moved[known]
    edges = np.where(moved, INK, colours[owner[known]])
    axes.scatter(
        scene.spots[known, 0],
        scene.spots[known, 1],
        s=size,
        c=colours[owner[known]],
        edgecolors=edges,
        linewidths=0.12 * dot,
        zorder=3,
    )
    axes.autoscale_view()
    if plan:
        axes.scatter(
            scene.centres[:, 0],
            scene.centres[:, 1],
            marker="D",
            s=22,
            c="white",
            edgecolors=INK,
            linewidths=1.0,
            zorder=5,
        )
    if len(names) <= MOST_LABELS:
        _labels(axes, scene, owner, names, plan=plan)


def _labels(axes: Axes, scene: Scene, owner: Ints, names: list[str], *, plan: bool) -> None:
    from matplotlib.patheffects import withStroke

    for j, name in enumerate(names):
        mine = scene.known[owner[scene.known] == j]
        if len(mine):
            x, y = scene.labels[j] if plan else scene.spots[mine].mean(axis=0)
            axes.annotate(
                name,
                (x, y),
                xytext=(0, 6 if plan else 0),
                textcoords="offset points",
                ha="center",
                fontsize=6.5,
                color=INK,
                zorder=6,
                path_effects=[withStroke(linewidth=2.0, foreground="white")],
            )


def _held(account: Account) -> list[str]:
    """Return the metrics that have a target or bound for some rep, two at most."""
    table = account.loads.filter(account.loads["metric"].is_in(account.metrics) & account.loads["target"].is_not_null())
    return [str(metric) for metric in table["metric"].unique(maintain_order=True).to_list()][:2]


def _loads(axes: Axes, account: Account, scene: Scene, metric: str, names: list[str] | None, locale: Locale) -> None:
    """Draw each rep's load as a part of the target, over the band."""
    table: dict[str, Any] = {
        row["rep"]: row for row in account.loads.filter(account.loads["metric"] == metric).to_dicts() if row["target"]
    }
    places = [j for j, rep in enumerate(account.ids) if rep in table]
    rows = [table[account.ids[j]] for j in places]
    ratio = [row["load"] / row["target"] for row in rows]
    lower = [(row["lower"] if row["lower"] is not None else 0.0) / row["target"] for row in rows]
    upper = [(row["upper"] if row["upper"] is not None else np.inf) / row["target"] for row in rows]
    top = max([r for r in (*ratio, *upper) if np.isfinite(r)], default=1.0)
    bottom = min((*ratio, *lower), default=1.0)
    room = max(top - bottom, 0.02) * 0.25
    axes.vlines(places, lower, np.minimum(upper, top + room), color=PALE, linewidth=9.0, zorder=1)
    axes.axhline(1.0, color=GREY, linewidth=0.8, zorder=2)
    axes.scatter(places, ratio, c=[scene.colours[j] for j in places], edgecolors=INK, linewidths=0.5, s=34, zorder=3)
    axes.set_ylim(bottom - room, top + room)
    axes.set_xlim(-0.8, len(account.ids) - 0.2)
    axes.set_title(
        texts.LOAD_OF_TARGET.format(locale, metric=metric_word(metric, locale)), loc="left", fontsize=9, color=GREY
    )
    axes.yaxis.set_major_formatter(lambda value, _: percent(round(value, 3), locale))
    axes.tick_params(labelsize=7, colors=GREY, length=2)
    if names is None or len(names) > MOST_LABELS:
        axes.set_xticks([])
    else:
        axes.set_xticks(range(len(names)), names, rotation=90 if len(names) > 16 else 0)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_color(PALE)
