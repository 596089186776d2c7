"""The audit log: who did what, to what, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from sqlalchemy import insert

from api.store.database import Database
from api.store.scoped import Scoped
from api.store.tables import audit


@dataclass(frozen=True)
class AuditRecord:
    """Something that was done, or refused.

    Parameters
    ----------
    tenant : str
        Whose log it stands in; empty where nobody knows who called.
    at : str
        Moment in UTC, ISO 8601.
    who : str
        ``key:ID``, ``oidc:SUBJECT``, or an address.
    action : str
        Method and route, or what else was tried.
    subject : str, optional
        Ids of what it was done to.
    status : int
        HTTP status of the answer; of a command, its exit code.
    request : str
        Id of the request, of the first one if there were several.
    times : int
        How many refusals of this kind are told of at once.
    """

    tenant: str
    at: str
    who: str
    action: str
    subject: str | None
    status: int
    request: str
    times: int = 1


class Audit(Scoped):
    """The log of one tenant. Calls block."""

    def entries(
        self, limit: int, before: int | None = None, who: str | None = None, action: str = "", since: str | None = None
    ) -> list[tuple[int, AuditRecord]]:
        """Return a page of the log with positions, newest first; `before` is the last one of the page before.

        Parameters
        ----------
        who : str, optional
            Only of this caller.
        action : str
            Only actions that begin so.
        since : str, optional
            Only from this moment on.
        """
        where = [audit.c.action.startswith(action, autoescape=True)] if action else []
        where += [audit.c.who == who] if who is not None else []
        where += [audit.c.at >= since] if since is not None else []
        rows = self.page(audit, limit, before, *where)
        names = [field.name for field in fields(AuditRecord)]
        return [(row.position, AuditRecord(**{name: row._mapping[name] for name in names})) for row in rows]


def log_all(database: Database, records: Sequence[AuditRecord]) -> None:
    """Append to the logs of the tenants that the records name."""
    if records:
        with database.transaction() as connection:
            connection.execute(insert(audit), [asdict(record) for record in records])
