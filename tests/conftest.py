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
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Return the server that all tests share, each with a database of its own."""
    run, common = str(os.getpid()), tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # several processes, with a folder above their own in common
        run, common = os.environ["PYTEST_XDIST_TESTRUNUID"][:12], common.parent
    server = postgres_or_skip(Path(tempfile.gettempdir()) / f"plumbline-{run}", common / "postgres.lock")
    yield server
    server.close()


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[Postgres]:
    """Return a server that this test may stop and kill."""
    name = f"plumbline-{uuid.uuid4().hex[:12]}"
    server = postgres_or_skip(Path(tempfile.gettempdir()) / name, tmp_path / "postgres.lock")
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """Return the address of an empty database."""
    with postgres.database() as url:
        yield url
