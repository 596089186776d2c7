"""The map as one HTML file, and as SVG: today and plan side by side, with nothing from outside."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import orjson

from api.territories import texts
from api.territories.account import Account
from api.territories.scene import GREY, INK, NOBODY, PALE, Scene
from scenarios.amounts import amount, number, percent
from scenarios.texts import Locale
from solver.explain.words import metric_word
from solver.pairs import Floats, Ints
from solver.result import Result

WIDTH = 760.0
MARGIN = 14.0
MOST_WITH_NAMES = 20_000
"""Units up to which each can be pointed at."""
MOST_LABELS = 120

_SVG_STYLE = f""".l{{fill:none;stroke-linecap:round}}.n,.h{{font:600 11px sans-serif;text-anchor:middle;
fill:{INK};pointer-events:none}}.h{{stroke:#fff;stroke-width:3px;stroke-linejoin:round}}"""
_STYLE = f"""
body{{margin:24px;font:15px/1.5 system-ui,"Segoe UI","Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;
color:{INK};background:#fff}}
h1{{font-size:22px;margin:0 0 4px}}h2{{font-size:15px;margin:0 0 4px;color:{GREY}}}p{{margin:0 0 14px;max-width:70em}}
.maps{{display:flex;flex-wrap:wrap;gap:20px}}.maps>div{{flex:1 1 420px;min-width:0}}
svg{{width:100%;height:auto;border:1px solid {PALE};border-radius:6px;background:#fbfcfd}}
{_SVG_STYLE}
.picked .t{{opacity:.12}}.picked .t.on{{opacity:1}}
table{{border-collapse:collapse;margin-top:18px;font-size:13px;font-variant-numeric:tabular-nums}}
th,td{{padding:3px 10px;text-align:right;border-bottom:1px solid {PALE};white-space:nowrap}}
th{{color:{GREY};font-weight:500}}td:first-child,th:first-child{{text-align:left}}
tbody tr{{cursor:pointer}}tbody tr:hover,tbody tr.on{{background:#eef3f8}}
i{{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:7px;vertical-align:-1px}}
.bar{{display:inline-block;position:relative;width:90px;height:9px;background:#eef1f4;vertical-align:0;margin-left:8px}}
.bar b{{position:absolute;top:0;bottom:0;left:0;background:{GREY}}}
.bar u{{position:absolute;top:-2px;bottom:-2px;background:#009E7333;border:solid #009E73;border-width:0 1px}}
.out b{{background:#D55E00}}small{{color:{GREY}}}
#tip{{position:fixed;display:none;background:#fff;border:1px solid {GREY};border-radius:5px;padding:5px 9px;
font-size:13px;pointer-events:none;box-shadow:0 2px 8px #0002;white-space:pre-line}}
"""
_SCRIPT = """
(()=>{const d=JSON.parse(document.getElementById('d').textContent),tip=document.getElementById('tip');
document.addEventListener('mousemove',e=>{const i=e.target.dataset&&e.target.dataset.i;
if(i===undefined){tip.style.display='none';return}
tip.textContent=[d.names[i],d.was+(d.reps[d.before[i]]??'–'),d.is+d.reps[d.after[i]],d.amounts[i]].join('\\n');
tip.style.display='block';tip.style.left=Math.min(e.clientX+14,innerWidth-tip.offsetWidth-8)+'px';
tip.style.top=Math.min(e.clientY+14,innerHeight-tip.offsetHeight-8)+'px'});
let on=null;document.querySelectorAll('tbody tr').forEach(r=>r.addEventListener('click',()=>{
const j=r.dataset.j;on=on===j?null:j;
document.querySelectorAll('tbody tr').forEach(o=>o.classList.toggle('on',o.dataset.j===on));
document.querySelectorAll('svg').forEach(s=>{s.classList.toggle('picked',on!==null);
s.querySelectorAll('.t').forEach(g=>g.classList.toggle('on',g.dataset.j===on))})}))})();
"""


def map_page(account: Account, result: Result, neighbours: str, locale: Locale) -> str:
    """Return the page.

    Parameters
    ----------
    neighbours : str
        Where the links come from: "links", "places" or "".
    """
    scene = Scene(account)
    today = (scene.before >= 0).any()
    pictures = [(texts.TODAY, scene.before)] if today else []
    drawn = "".join(
        f"<div><h2>{escape(word.format(locale))}</h2>{_svg(scene, owner, word is texts.PLAN, locale)}</div>"
        for word, owner in (*pictures, (texts.PLAN, account.owner))
    )
    title, about = account.scenario.name or texts.UNNAMED.format(locale), _about(account, result, neighbours, locale)
    return (
        f'<!DOCTYPE html>\n<html lang="{locale}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><p>{escape(about)}"
        f'</p><div class="maps">{drawn}</div>{_table(account, scene, locale)}'
        f'<p><small>{escape(texts.HINT.format(locale))}</small></p><div id="tip"></div>'
        f'<script type="application/json" id="d">{_data(account, scene, locale)}</script>'
        f"<script>{_SCRIPT}</script></body></html>\n"
    )


def map_svg(account: Account, locale: Locale) -> str:
    """Return today and plan side by side as one SVG."""
    scene = Scene(account)
    pictures = [(texts.TODAY, scene.before)] if (scene.before >= 0).any() else []
    height = _scaled(scene)[1]
    parts = []
    for k, (word, owner) in enumerate((*pictures, (texts.PLAN, account.owner))):
        x = k * (WIDTH + MARGIN)
        drawn = _svg(scene, owner, word is texts.PLAN, locale).replace("<svg ", f'<svg x="{x:g}" y="24" ', 1)
        parts.append(f'<text x="{_f(x + MARGIN)}" y="18">{escape(word.format(locale))}</text>{_sized(drawn, height)}')
    whole = len(pictures) * (WIDTH + MARGIN) + WIDTH
    style = f"text{{font:13px sans-serif;fill:{GREY}}}{_SVG_STYLE}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole:g} {_f(height + 24)}" width="{whole:g}" '
        f'height="{_f(height + 24)}"><rect width="100%" height="100%" fill="#fff"/><style>{style}</style>'
        f"{''.join(parts)}</svg>\n"
    )


def _sized(drawn: str, height: float) -> str:
    return drawn.replace("<svg ", f'<svg width="{WIDTH:g}" height="{_f(height)}" ', 1)


def _about(account: Account, result: Result, neighbours: str, locale: Locale) -> str:
    """Return what is proved and how much changes, in a line."""
    parts = [
        texts.UNITS.format(locale, count=account.facts.n)
        + " · "
        + texts.REPS.format(locale, count=len(account.ids))
        + ".",
        texts.proved(result, locale),
        texts.LINKED[neighbours].format(locale),
    ]
    if locale == "zh-CN":
        parts[0] = parts[0].replace(".", "。")
    for metric, figures in account.moved.items():
        if figures["owned"] > 0:
            part = percent(figures["moved"] / figures["owned"], locale)
            parts.append(texts.MOVED.format(locale, part=part, metric=metric_word(metric, locale)))
    return ("" if locale == "zh-CN" else " ").join(part for part in parts if part)


# -- drawing --------------------------------------------------------------------------------------------------------


def _svg(scene: Scene, owner: Ints, plan: bool, locale: Locale) -> str:
    """Draw one ownership."""
    spots, height, scale = _scaled(scene)
    dot = float(np.clip(0.34 * WIDTH / max(len(scene.known), 1) ** 0.5, 0.6, 8.0))
    radius = np.maximum(dot * (0.45 + 0.9 * scene.size), 0.6)
    parts = [
        f'<path class="l" stroke="{PALE}" stroke-width="{_f(dot * 0.18)}" d="{_path(spots, scene.across(owner))}"/>'
    ]
    inside = scene.inside(owner)
    named = len(scene.known) <= MOST_WITH_NAMES
    for j in (-1, *range(len(scene.account.ids))):
        mine = scene.known[owner[scene.known] == j]
        if not len(mine):
            continue
        colour = NOBODY if j < 0 else scene.colours[j]
        links = (
            f'<path class="l" stroke="{colour}" stroke-opacity=".5" stroke-width="{_f(dot * 0.75)}" '
            f'd="{_path(spots, inside[j])}"/>'
            if j in inside
            else ""
        )
        dots = "".join(
            _dot(spots[i], radius[i], i if named else None, plan and _moved(scene, i)) for i in mine.tolist()
        )
        parts.append(f'<g class="t" data-j="{j}" fill="{colour}">{links}{dots}</g>')
    if plan:
        parts += list(_centres(scene, scale, locale))
    elif len(scene.account.ids) <= MOST_LABELS:
        parts += list(_names(scene, owner, spots))
    return f'<svg viewBox="0 0 {WIDTH:g} {_f(height)}" xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'


def _scaled(scene: Scene) -> tuple[Floats, float, tuple[Floats, float]]:
    """Return the spots in the picture's units, its height, and the scale that was used: lowest corner and factor."""
    here = scene.spots[scene.known]
    low, high = (here.min(axis=0), here.max(axis=0)) if len(here) else (np.zeros(2), np.ones(2))
    factor = (WIDTH - 2 * MARGIN) / max(float(high[0] - low[0]), 0.6 * float(high[1] - low[1]), 1e-9)
    height = max((high[1] - low[1]) * factor + 2 * MARGIN, 120.0)
    corner = np.array([low[0] - (WIDTH / factor - (high[0] - low[0])) / 2, high[1]])
    return _onto(scene.spots, (corner, factor)), float(height), (corner, factor)


def _onto(spots: Floats, scale: tuple[Floats, float]) -> Floats:
    corner, factor = scale
    return np.stack([(spots[:, 0] - corner[0]) * factor, (corner[1] - spots[:, 1]) * factor + MARGIN], axis=1)


def _path(spots: Floats, links: Ints) -> str:
    ends = np.round(spots[links].reshape(-1, 4), 1)
    return "".join(f"M{a:g} {b:g}L{c:g} {d:g}" for a, b, c, d in ends.tolist())


def _moved(scene: Scene, i: int) -> bool:
    return bool(scene.moved[i])


def _dot(spot: Floats, radius: float, index: int | None, moved: bool) -> str:
    data = "" if index is None else f' data-i="{index}"'
    ring = f' stroke="{INK}" stroke-width=".7"' if moved else ""
    return f'<circle cx="{_f(spot[0])}" cy="{_f(spot[1])}" r="{_f(radius)}"{data}{ring}/>'


def _centres(scene: Scene, scale: tuple[Floats, float], locale: Locale) -> Any:
    """Yield a mark at each centre, and the rep's name."""
    marks, names = _onto(scene.centres, scale), _onto(scene.labels, scale)
    few = len(scene.account.ids) <= MOST_LABELS
    for j, rep in enumerate(scene.account.ids):
        if np.isfinite(marks[j]).all():
            x, y = marks[j]
            word = (texts.CENTRE if rep in scene.account.centres else texts.HOME).format(locale)
            yield (
                f'<path fill="#fff" stroke="{INK}" stroke-width="1.4" d="M{_f(x)} {_f(y - 5)}l5 5l-5 5l-5 -5z">'
                f"<title>{escape(f'{rep}: {word}')}</title></path>"
            )
        if few and np.isfinite(names[j]).all():
            yield _name(rep, names[j][0], names[j][1] - 8)


def _names(scene: Scene, owner: Ints, spots: Floats) -> Any:
    """Yield each rep's name in the middle of what they have."""
    for j, rep in enumerate(scene.account.ids):
        mine = scene.known[owner[scene.known] == j]
        if len(mine):
            x, y = spots[mine].mean(axis=0)
            yield _name(rep, x, y)


def _name(rep: str, x: float, y: float) -> str:
    """Return a name with a light edge around it: twice, as not every viewer paints an edge first."""
    return "".join(f'<text class="{kind}" x="{_f(x)}" y="{_f(y)}">{escape(rep)}</text>' for kind in "hn")


def _f(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


# -- the table -------------------------------------------------------------------------------------------------------


def _table(account: Account, scene: Scene, locale: Locale) -> str:
    """Return the legend: a row per rep with loads against targets and what changes."""
    records = account.territories
    held = [m for m in account.metrics if any(_against(r, m) is not None for r in records)]
    heads = [texts.TERRITORY, texts.LEADS]
    cells = [text.format(locale) for text in heads] + [metric_word(m, locale) for m in held]
    tail = {account.way: texts.mean_way(account.measure, locale)}
    if (scene.before >= 0).any():
        tail |= {"leaves": texts.LEAVES.format(locale), "comes": texts.COMES.format(locale)}
    cells += tail.values()
    head = "".join(f"<th>{escape(cell)}</th>" for cell in cells)
    rows = "".join(_row(record, scene.colours[j], j, held, tuple(tail), locale) for j, record in enumerate(records))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(record: dict[str, Any], colour: str, j: int, held: list[str], tail: tuple[str, ...], locale: Locale) -> str:
    loads = "".join(_load(_against(record, m), locale) for m in held)
    rest = "".join(f"<td>{number(record[name], locale)}</td>" for name in tail)
    name = f'<i style="background:{colour}"></i>{escape(record["rep"])}'
    return f'<tr data-j="{j}"><td>{name}</td><td>{number(record["leads"], locale)}</td>{loads}{rest}</tr>'


def _against(record: dict[str, Any], metric: str) -> dict[str, Any] | None:
    """Return a load of a rep that has something to be held against."""
    for load in record["loads"]:
        if load["metric"] == metric and any(load[name] is not None for name in ("target", "lower", "upper")):
            return dict(load)
    return None


def _load(load: dict[str, Any] | None, locale: Locale) -> str:
    if load is None:
        return "<td></td>"
    lower, upper = load["lower"], load["upper"]
    target = load["target"] or upper or lower
    full = max(1.3 * max(target or 0.0, upper or 0.0), load["load"], 1e-9)
    left, right = 100 * (lower or 0.0) / full, 100 * min((upper if upper is not None else full) / full, 1.0)
    room = 1e-6 * max(1.0, abs(load["load"]))
    out = (upper is not None and load["load"] > upper + room) or (lower is not None and load["load"] < lower - room)
    part = f" <small>{percent(load['load'] / target, locale, 3)}</small>" if target else ""
    bar = (
        f'<span class="bar{" out" if out else ""}"><b style="width:{100 * load["load"] / full:.1f}%"></b>'
        f'<u style="left:{left:.1f}%;width:{max(right - left, 0.0):.1f}%"></u></span>'
    )
    return f"<td>{amount(load['load'], locale)}{part}{bar}</td>"


def _data(account: Account, scene: Scene, locale: Locale) -> str:
    """Return what is told about a unit that is pointed at, as JSON that cannot end the script."""
    if len(scene.known) > MOST_WITH_NAMES:
        return "{}"
    leads = account.scenario.leads
    names = [f"{name or lead}" for lead, name in leads.select("id", "name").iter_rows()]
    shown = [m for m in account.metrics if m != "leads"]
    figures = [
        " · ".join(f"{metric_word(m, locale)} {number(account.amounts[m][i], locale)}" for m in shown)
        for i in range(account.facts.n)
    ]
    data = {
        "names": names,
        "reps": account.ids,
        "before": scene.before.tolist(),
        "after": account.owner.tolist(),
        "amounts": figures,
        "was": texts.WAS.format(locale, rep=""),
        "is": texts.IS.format(locale, rep=""),
    }
    return orjson.dumps(data).decode().replace("<", "\\u003c")
