"""Where scenarios, runs and plans are kept. The store alone speaks SQL."""

from __future__ import annotations

from api.store.base import Store, StoreError
from api.store.memory import MemoryStore
from api.store.records import Answer, Event, PlanRecord, RunRecord, ScenarioRecord
from api.store.sqlite import SqliteStore

__all__ = [
    "Answer",
    "Event",
    "MemoryStore",
    "PlanRecord",
    "RunRecord",
    "ScenarioRecord",
    "SqliteStore",
    "Store",
    "StoreError",
    "open_store",
]


def open_store(database: str) -> Store:
    """Open the store that a setting names.

    Parameters
    ----------
    database : str
        A file, also as ``sqlite:///file``; ``:memory:`` keeps everything until the process ends.

    Raises
    ------
    StoreError
        If it cannot be opened.
    """
    if database == ":memory:":
        return MemoryStore()
    scheme, separator, rest = database.partition("://")
    if not separator:
        return SqliteStore(database)
    if scheme != "sqlite" or not rest.removeprefix("/"):
        raise StoreError(f"cannot open {scheme}://...: a file name or sqlite:///FILE is expected")
    return SqliteStore(rest.removeprefix("/"))
