"""`plumbline neighbours`: links of a scenario from the shapes of its units."""

from __future__ import annotations

from pathlib import Path

from api.commands.terminal import FAILED, Refusal, console
from scenarios.shapes import ShapeError, read_shapes
from scenarios.texts import Locale, Text

MOST_BYTES = 1 << 30

_FOUND = Text(
    "{path}: {links:# link|# links} between {shapes:# shape|# shapes}.",
    "{path}：{shapes} 个区域之间有 {links} 对相邻关系。",
)
_ALONE = Text(
    "{count:# shape has|# shapes have} no neighbour: {names}.", "有 {count} 个区域没有任何相邻区域：{names}。"
)
_UNREADABLE = Text("{path} cannot be read: {why}.", "无法读取 {path}：{why}。")
_UNWRITABLE = Text("{path} cannot be written: {why}.", "无法写入 {path}：{why}。")
_TOO_LARGE = Text("{path} is larger than 1 GiB.", "{path} 超过 1 GiB。")
LISTED = 8


def write_links(shapes: Path, output: Path, id_column: str, snap: float, corners: bool, locale: Locale) -> None:
    """Read shapes, and write which of them are neighbours.

    Raises
    ------
    Refusal
        If the shapes cannot be read, with every fault; or if the links cannot be written.
    """
    try:
        if shapes.stat().st_size > MOST_BYTES:
            raise Refusal(_TOO_LARGE.format(locale, path=shapes))
        found = read_shapes(shapes.read_bytes(), id_column)
    except OSError as fault:
        raise Refusal(_UNREADABLE.format(locale, path=shapes, why=fault.strerror or fault)) from fault
    except ShapeError as error:
        lines = [fault.text.format(locale, **fault.facts) for fault in error.faults]
        raise Refusal("\n  ".join(["", *lines]) if len(lines) > 1 else lines[0]) from error
    links = found.neighbours(snap, corners)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        links.write_csv(output)
    except OSError as fault:
        raise Refusal(_UNWRITABLE.format(locale, path=output, why=fault.strerror or fault), FAILED) from fault
    console().print(_FOUND.format(locale, path=output, links=links.height, shapes=len(found.ids)), soft_wrap=True)
    linked = {*links["a"], *links["b"]}
    if alone := [name for name in found.ids if name not in linked]:
        names = ("、" if locale == "zh-CN" else ", ").join(alone[:LISTED]) + ("…" if len(alone) > LISTED else "")
        console().print(_ALONE.format(locale, count=len(alone), names=names), soft_wrap=True)
