"""What the commands that answer with a curve share: what is asked, what they say while they work, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rich.console import Group
from rich.text import Text as Line

from api.commands.interrupts import INTERRUPTED, Interrupts
from api.commands.progress import ProgressLine
from api.commands.solve import LIMIT_RAN_OUT, NO_PLAN_EXISTS
from api.commands.terminal import FAILED, Refusal, console, refuse, refuse_place
from api.folders import FolderFault
from api.frontier_files import FRONTIER
from api.pictures import drawn_in
from api.summary_texts import FILES, WRITTEN
from api.summary_words import headed
from scenarios.amounts import percent
from scenarios.texts import Locale, Text
from solver.explain.words import joined
from solver.frontier import FrontierFault
from solver.limits import Limits, Progress

_ENGLISH = Text(
    "The PNG is in English: no Chinese font is installed; the SVG is in Chinese.",
    "未找到中文字体，PNG 中的文字为英文；SVG 中为中文。",
)
_POINT = Text("point {number} of {of}: band of {tolerance}", "第 {number}/{of} 个点：{tolerance} 的区间")
_WIDEST = Text("point {number} of {of}: no band", "第 {number}/{of} 个点：不设区间")


@dataclass(frozen=True)
class CurveOrder:
    """What is asked, how long it may take, and where the answer goes."""

    source: str
    metric: str
    points: int
    folder: Path | None
    limits: Limits
    as_json: bool
    locales: Sequence[Locale]

    @property
    def locale(self) -> Locale:
        """The language of what is printed."""
        return self.locales[0]


class Step(Protocol):
    """A moment on the way to a curve: what is done at which of how many points, and its progress."""

    @property
    def number(self) -> int: ...
    @property
    def of(self) -> int: ...
    @property
    def doing(self) -> str: ...
    @property
    def tolerance(self) -> float | None: ...
    @property
    def progress(self) -> Progress: ...


@contextmanager
def working(
    order: CurveOrder, ours: frozenset[str], beside: Mapping[str, Text], interrupts: Interrupts, line: ProgressLine
) -> Iterator[Callable[[Step], None]]:
    """Check where the answer goes, and listen to what is done; a wrong question is refused.

    Parameters
    ----------
    ours : frozenset of str
        The names of the files that such a folder holds.
    beside : mapping
        What is said of steps that are no point of the curve, by what they do.

    Raises
    ------
    Refusal
        If the folder cannot be written, before any time is spent; or if the question is wrong.
    """
    refuse_place(order.folder, FRONTIER, ours, order.locale)

    def listen(step: Step) -> None:
        line.about = _doing(step, beside, order.locale)
        line(step.progress)

    try:
        with interrupts.kept():
            line.enter("compiled")
            yield listen
    except FrontierFault as fault:
        raise Refusal(fault.message(order.locale)) from fault
    finally:
        line.about = ""


def _doing(step: Step, beside: Mapping[str, Text], locale: Locale) -> str:
    if step.doing in beside:
        return beside[step.doing].format(locale)
    if step.tolerance is None:
        return _WIDEST.format(locale, number=step.number, of=step.of)
    return _POINT.format(locale, number=step.number, of=step.of, tolerance=percent(step.tolerance, locale))


def written(order: CurveOrder, write: Callable[[Path], None], line: ProgressLine) -> FolderFault | None:
    """Write the folder if one is wished for; return why it could not be written if so."""
    if order.folder is None:
        return None
    line.enter("write")
    try:
        write(order.folder)
    except FolderFault as fault:
        return fault
    return None


def tell_files(order: CurveOrder, *, curve: bool, whole: bool, not_written: Text) -> None:
    """Say which files there are now, if they could be written, and whether there is a picture of a curve."""
    locale, screen = order.locale, console()
    if order.folder is None:
        screen.print(Line(not_written.format(locale), "dim"))
    elif whole:
        files = joined(sorted(entry.name for entry in order.folder.iterdir()), locale)
        lines = [Line(WRITTEN.format(locale, folder=order.folder, files=files))]
        if curve and drawn_in("png", locale) != locale:
            lines.append(Line(_ENGLISH.format(locale), "dim"))
        screen.print(headed(FILES.format(locale), Group(*lines)))


def ended(status: str, fault: FolderFault | None, order: CurveOrder, interrupts: Interrupts) -> int:
    """Return the exit code, once it is said why nothing could be written, if so."""
    if fault is not None:
        refuse(Refusal(fault.message(order.locale)))
        return FAILED
    if interrupts.wished():
        return INTERRUPTED
    return {"infeasible": NO_PLAN_EXISTS, "no_plan_found": LIMIT_RAN_OUT}.get(status, 0)
