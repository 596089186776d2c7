"""Where scenarios, runs and plans are kept. The store alone speaks SQL."""

from __future__ import annotations

from api.store.blobs import Blobs, open_blobs
from api.store.database import Database, StoreDownError, StoreError
from api.store.migrate import upgrade
from api.store.queue import Beat, Queue
from api.store.records import DEFAULT, Answer, Event, PlanRecord, ProcessRecord, RunRecord, ScenarioRecord
from api.store.runs import EventPart
from api.store.tenancy import Tenancy

__all__ = [
    "DEFAULT",
    "Answer",
    "Beat",
    "Event",
    "EventPart",
    "PlanRecord",
    "ProcessRecord",
    "Queue",
    "RunRecord",
    "ScenarioRecord",
    "Store",
    "StoreDownError",
    "StoreError",
    "Tenancy",
    "open_store",
]


class Store:
    """Everything that is kept: a view for each tenant, and the queue, which sees the runs of all of them."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self.database, self.blobs = database, blobs
        self.queue = Queue(database, blobs)

    def of(self, tenant: str) -> Tenancy:
        """Return what one tenant keeps."""
        return Tenancy(self.database, self.blobs, tenant)

    def ping(self) -> None:
        """Raise `StoreDownError` if the database, or the place for tables, does not answer."""
        self.database.ping()
        self.blobs.ping()

    def close(self) -> None:
        """Let go of everything."""
        self.database.close()


def open_store(database: str, blobs: str = "database") -> Store:
    """Open the store that settings name, and bring its tables up to date.

    Parameters
    ----------
    database : str
        A file, also as ``sqlite:///FILE``; ``:memory:``, which is kept until the process ends; ``postgresql://...``.
    blobs : str
        Where big tables go: see `open_blobs`.

    Raises
    ------
    StoreError
        If it cannot be opened, or was made by a newer version.
    """
    opened = Database(database)
    try:
        upgrade(opened)
        return Store(opened, open_blobs(blobs, opened))
    except BaseException:
        opened.close()
        raise
