"""What one tenant can see: every statement on a tenant's table is made here, so that none can forget whose it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Delete, Row, Select, Table, Update, delete, select, update
from sqlalchemy.sql.elements import ColumnElement

from api.store.database import Database


class Scoped:
    """Statements about one tenant's rows.

    Parameters
    ----------
    database : Database
    tenant : str
        The rows of all others do not exist here.
    """

    def __init__(self, database: Database, tenant: str) -> None:
        self.database, self.tenant = database, tenant

    def select(self, table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
        """Return a query over the tenant's rows of a table; without columns, all of them."""
        return select(*(columns or table.c)).where(table.c.tenant == self.tenant)

    def update(self, table: Table) -> Update:
        """Return a change of the tenant's rows of a table."""
        return update(table).where(table.c.tenant == self.tenant)

    def delete(self, table: Table) -> Delete:
        """Return a deletion of the tenant's rows of a table."""
        return delete(table).where(table.c.tenant == self.tenant)

    def one(self, query: Select[Any]) -> Row[Any] | None:
        """Return the first row of a query."""
        with self.database.reading() as connection:
            return connection.execute(query).first()

    def all(self, query: Select[Any]) -> list[Row[Any]]:
        """Return all rows of a query."""
        with self.database.reading() as connection:
            return list(connection.execute(query).all())

    def page(self, table: Table, limit: int, before: int | None, *where: ColumnElement[bool]) -> list[Row[Any]]:
        """Return a page of a table with positions, newest first; `before` is the last position of the page before."""
        query = self.select(table).where(*where).order_by(table.c.position.desc()).limit(limit)
        return self.all(query if before is None else query.where(table.c.position < before))
