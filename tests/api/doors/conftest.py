"""Services with closed doors, and keys to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.doors.caller import Scope
from api.doors.keys import made
from api.settings import Settings
from api.store.audit import Audit, AuditRecord
from api.store.keys import Keys


@dataclass
class House:
    """A service with closed doors that runs."""

    client: TestClient
    app: FastAPI

    def key(self, tenant: str = "acme", scope: Scope = "admin", **more: Any) -> dict[str, str]:
        """Make a key and return the header field that has it."""
        record, key = made(tenant, "test", scope, "tests", **more)
        Keys(self.app.state.service.store.database, tenant).add(record)
        self.app.state.gate.keys.forget()
        return {"Authorization": f"Bearer {key}"}

    def audit(self, tenant: str = "acme") -> list[AuditRecord]:
        """Return the log of a tenant, oldest first."""
        found = Audit(self.app.state.service.store.database, tenant).entries(1000)
        return [entry for _, entry in reversed(found)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Make services that solve nothing; all are closed in the end."""
    opened: list[TestClient] = []

    def make(
        base_url: str = "http://testserver",
        client: tuple[str, int] = ("192.0.2.7", 50000),
        host: str = "127.0.0.1",
        **own: Any,
    ) -> House:
        settings = {"database": str(tmp_path / "house.db"), "solvers": 0, "spare": False, "open": False}
        app = create_app(Settings(**{**settings, **own}), host)
        made = TestClient(app, base_url=base_url, client=client, raise_server_exceptions=False)
        made.__enter__()
        opened.append(made)
        return House(made, app)

    yield make
    for each in opened:
        each.__exit__(None, None, None)
