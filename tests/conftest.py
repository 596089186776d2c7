"""What tests of several folders need: a real PostgreSQL, started once for all test processes."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Postgres, postgres_or_skip


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Return the server that all tests share, each with a database of its own."""
    of_all = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    server = postgres_or_skip(Path(tempfile.gettempdir()) / f"plumbline-{of_all[:12]}")
    yield server
    server.close()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """Return a server that this test may stop and kill."""
    server = postgres_or_skip(Path(tempfile.gettempdir()) / f"plumbline-{uuid.uuid4().hex[:12]}")
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """Return the address of an empty database."""
    with postgres.database() as url:
        yield url
