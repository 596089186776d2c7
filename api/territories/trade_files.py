"""Balance against disruption as a folder: the record, tables and picture, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from api.folders import whole_folder
from api.frontier_files import FRONTIER, PICTURES, TABLE
from api.frontier_files import OURS as FILES
from api.territories.trade_plot import trade_plot
from scenarios.texts import Locale
from scenarios.writing import table_as_bytes
from solver.frontier.sentences import Record
from solver.territory.trade_points import TradeOff
from solver.territory.trade_record import owners_of, record_of, sentences, table_of

OWNERS = "owners.csv"
"""Who gets each lead on each point of the curve."""
OURS = FILES | {OWNERS}
"""Everything that such a folder may hold."""


def document_of(record: Record, locales: Sequence[Locale]) -> dict[str, Any]:
    """Return what `frontier.json` says: the record, and its sentences in some languages."""
    return {**record, "sentences": {locale: sentences(record, locale) for locale in locales}}


def write_trade_off(folder: Path, found: TradeOff, locales: Sequence[Locale]) -> None:
    """Write a trade-off; an earlier one is replaced. Without any territories there are no owners and no picture.

    Raises
    ------
    FolderFault
        If it cannot be written; nothing is left behind then.
    """
    record = record_of(found)
    with whole_folder(folder, FRONTIER, OURS) as part:
        document = orjson.dumps(document_of(record, locales), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        (part / FRONTIER).write_bytes(document)
        (part / TABLE).write_bytes(table_as_bytes(table_of(record), "csv"))
        if found.curve:
            (part / OWNERS).write_bytes(table_as_bytes(owners_of(found), "csv"))
            for form in PICTURES:
                (part / f"frontier.{form}").write_bytes(trade_plot(record, form, locales[0]))
