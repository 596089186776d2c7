"""How every picture is made: palette, words in both languages, files that are the same each time. By matplotlib."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from scenarios.texts import Locale

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PictureFormat = Literal["svg", "png"]

BLUE, PALE, ORANGE, INK, GREY, GRID = "#0072B2", "#56B4E9", "#D55E00", "#1b2733", "#5b6875", "#dde3e9"
"""The palette of Okabe and Ito, which the colour-blind can tell apart; markers differ too."""
SIZE, DOTS_PER_INCH = (8.0, 5.0), 160
CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "Heiti SC",
    "Droid Sans Fallback",
    "AR PL UMing CN",
)
"""Families with Chinese glyphs, the first that is installed is taken."""


def picture(
    draw: Callable[[Figure], None],
    form: PictureFormat,
    size: tuple[float, float] = SIZE,
    dots_per_inch: int = DOTS_PER_INCH,
) -> bytes:
    """Return a file with what is drawn on a figure of a size in inches. matplotlib is loaded only here."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    chinese, buffer = chinese_font(), io.BytesIO()
    families = ["DejaVu Sans", *([chinese] if chinese else []), "sans-serif"]
    settings = {"font.family": families, "svg.fonttype": "none", "svg.hashsalt": "plumbline", "font.size": 10}
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        warnings.filterwarnings("ignore", message="findfont")
        figure = Figure(figsize=size, layout="constrained", facecolor="white")
        draw(figure)
        metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        figure.savefig(buffer, format=form, dpi=dots_per_inch, metadata=metadata)
    return buffer.getvalue()


def drawn_in(form: PictureFormat, locale: Locale) -> Locale:
    """Return the language that a picture will be in."""
    return "en" if form == "png" and locale == "zh-CN" and chinese_font() is None else locale


def chinese_font() -> str | None:
    """Return an installed family with Chinese glyphs."""
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return next((name for name in CHINESE_FONTS if name in installed), None)
