"""Stores of every kind; each test gets an empty one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.store import Store, open_store


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database, of each kind in turn."""
    match request.param:
        case "memory":
            return ":memory:"
        case "sqlite":
            return str(tmp_path / "store.db")
        case _:
            return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(params=["sqlite", "postgres"])
def shared_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database that several processes can open, of each kind in turn."""
    return str(tmp_path / "store.db") if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """Return an empty store on each kind of database in turn."""
    made = open_store(address)
    yield made
    made.close()


@pytest.fixture
def shared(shared_address: str) -> Iterator[Store]:
    """Return an empty store on each kind of database that several processes can open."""
    made = open_store(shared_address)
    yield made
    made.close()
