"""A frontier as a folder: the record, the table and the picture, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from api.folders import whole_folder
from api.pictures import PictureFormat
from api.plots import frontier_plot
from scenarios.texts import Locale
from scenarios.writing import table_as_bytes
from solver.frontier import Record, sentences, table_of

FRONTIER, TABLE = "frontier.json", "frontier.csv"
PICTURES: tuple[PictureFormat, ...] = ("svg", "png")
OURS = frozenset({FRONTIER, TABLE, *(f"frontier.{form}" for form in PICTURES)})
"""Everything that a frontier's folder may hold."""


def document_of(record: Record, locales: Sequence[Locale]) -> dict[str, Any]:
    """Return what `frontier.json` says: the record, and its sentences in some languages."""
    return {**record, "sentences": {locale: sentences(record, locale) for locale in locales}}


def write_frontier(folder: Path, record: Record, locales: Sequence[Locale]) -> None:
    """Write a frontier; an earlier one is replaced. Without any plan there is no picture.

    Raises
    ------
    FolderFault
        If it cannot be written; nothing is left behind then.
    """
    with whole_folder(folder, FRONTIER, OURS) as part:
        document = orjson.dumps(document_of(record, locales), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        (part / FRONTIER).write_bytes(document)
        (part / TABLE).write_bytes(table_as_bytes(table_of(record), "csv"))
        if record["points"][0]["objective"] is not None:
            for form in PICTURES:
                (part / f"frontier.{form}").write_bytes(frontier_plot(record, form, locales[0]))
