"""The progress line: what is being done, the best plan so far, what no plan can beat, and how far apart they are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text as Line

from api.summary_words import gap_figure
from scenarios.amounts import amount
from scenarios.texts import Locale, Text
from solver.limits import Progress

_PHASES = {
    "read": Text("reading", "读取中"),
    "compiled": Text("preparing", "准备中"),
    "relaxing": Text("pricing", "定价中"),
    "prices": Text("pricing", "定价中"),
    "flow": Text("assigning", "分配中"),
    "matching": Text("assigning", "分配中"),
    "repair": Text("improving", "改进中"),
    "search": Text("searching", "搜索中"),
    "fairest": Text("searching", "搜索中"),
    "conflict": Text("no plan exists: looking for the ways out", "没有可行方案，正在寻找出路"),
    "explain": Text("explaining", "生成解释"),
    "write": Text("writing", "写入中"),
}
"""What the phases of a run are called; one that is not here goes by its own name."""

_INCUMBENT = Text("plan {points}", "当前方案 {points} 分")
_BOUND = Text("at most {points}", "上界 {points} 分")
_GAP = Text("gap {gap}", "差距 {gap}")
_SECONDS = Text("{seconds:.0f} s", "{seconds:.0f} 秒")
_STOP = Text("Ctrl-C keeps the best plan", "按 Ctrl-C 保留当前最好的方案")


class ProgressLine:
    """One line that is always up to date; a listener for `solve`. `about` says which of several solves it is."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale
        self._started = time.monotonic()
        self._spinner = Spinner("dots", style="cyan")
        self.about = ""
        self._phase = "read"
        self._latest: Progress | None = None

    def enter(self, phase: str) -> None:
        """Begin another phase, outside the solve."""
        self._phase, self._latest = phase, None

    def __call__(self, progress: Progress) -> None:
        self._phase, self._latest = progress.phase, progress

    def text(self) -> str:
        """Return the line."""
        locale, latest = self._locale, self._latest
        parts = [self.about] if self.about else []
        parts.append(_PHASES[self._phase].format(locale) if self._phase in _PHASES else self._phase)
        if latest is not None and latest.incumbent is not None:
            parts.append(_INCUMBENT.format(locale, points=amount(latest.incumbent, locale)))
        if latest is not None and latest.bound is not None:
            parts.append(_BOUND.format(locale, points=amount(latest.bound, locale)))
        if latest is not None and latest.gap is not None:
            parts.append(_GAP.format(locale, gap=gap_figure(latest.gap, locale)))
        parts.append(_SECONDS.format(locale, seconds=time.monotonic() - self._started))
        if latest is not None and latest.incumbent is not None:
            parts.append(_STOP.format(locale))
        return " · ".join(parts)

    def __rich__(self) -> Table:
        line = Table.grid(padding=(0, 1))
        line.add_row(self._spinner, Line(self.text(), no_wrap=True, overflow="ellipsis"))
        return line


@contextmanager
def progress_line(console: Console, locale: Locale) -> Iterator[ProgressLine]:
    """Show a progress line while something runs; on a terminal only, and gone in the end."""
    line = ProgressLine(locale)
    if not console.is_terminal:
        yield line
        return
    with Live(line, console=console, refresh_per_second=8, transient=True):
        yield line
