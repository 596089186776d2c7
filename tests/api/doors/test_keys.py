"""Keys: made, recognised, revoked, forgotten; against a real store."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from api.doors.keys import FRESH_SECONDS, Keys, id_of, made, moment
from api.errors import Problem
from api.runs.clock import now
from api.store import Store, open_store
from api.store import keys as kept
from tests.api.doors.test_rates import Clock


@pytest.fixture(params=["memory", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    store = open_store(":memory:" if request.param == "memory" else request.getfixturevalue("postgres_url"))
    yield store
    store.close()


def add(store: Store, tenant: str = "acme", **changes: str | None) -> tuple[kept.KeyRecord, str]:
    record, key = made(tenant, "test", "planner", "tests", days=1, rate="5/minute")
    record = replace(record, **changes)  # type: ignore[arg-type]
    kept.Keys(store.database, tenant).add(record)
    return record, key


def why(keys: Keys, key: str) -> str:
    with pytest.raises(Problem) as caught:
        keys.caller(key)
    assert (caught.value.code, caught.value.status_code) == ("credentials_invalid", 401)
    return caught.value.faults[0][1]


def test_a_key_opens(store: Store) -> None:
    record, key = add(store)
    caller = Keys(store.database).caller(key)
    assert (caller.tenant, caller.scope, caller.key, caller.rate) == ("acme", "planner", record.id, "5/minute")
    assert caller.who == f"key:{record.id}"


def test_a_key_is_random_and_only_its_digest_is_kept(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "keys.db"))
    pairs = [add(store) for _ in range(20)]
    store.close()
    data = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for record, key in pairs:
        assert re.fullmatch(r"pl_[0-9a-f]{16}_[0-9a-f]{64}", key) and id_of(key) == record.id  # 64 x 4 bits
        secret = key.rpartition("_")[2]
        assert hashlib.sha256(secret.encode()).hexdigest() == record.digest
        assert record.digest.encode() in data and secret.encode() not in data
    assert len({key for _, key in pairs}) == len({record.id for record, _ in pairs}) == 20


def test_what_opens_nothing(store: Store) -> None:
    keys = Keys(store.database)
    _, key = add(store)
    _, other = add(store)
    key_id, secret = key.split("_")[1:]
    assert why(keys, f"pl_{key_id}_{other.split('_')[2]}") == "key_unknown"  # another key's secret
    assert why(keys, f"pl_{'0' * 16}_{secret}") == "key_unknown"
    for odd in ("", "pl__", key + " ", key[:-1], key.upper(), key + "\n", "x" + key, f"pl_{key_id}_{'é' * 64}"):
        assert why(keys, odd) == "credentials_unreadable"


def test_only_who_has_the_secret_learns_what_became_of_a_key(store: Store) -> None:
    keys = Keys(store.database)
    for changes, reason in (({"revoked": now()}, "key_revoked"), ({"expires": now()}, "key_expired")):
        record, key = add(store, **changes)
        assert why(keys, key) == reason
        assert why(keys, f"pl_{record.id}_{'0' * 64}") == "key_unknown"


def test_a_revocation_is_known_after_some_seconds(store: Store) -> None:
    clock = Clock()
    here, elsewhere = Keys(store.database, clock), Keys(store.database, clock)
    record, key = add(store)
    assert here.caller(key).key == elsewhere.caller(key).key == record.id
    kept.Keys(store.database, "acme").revoke(record.id, now())
    here.forget(record.id)
    assert why(here, key) == "key_revoked"
    elsewhere.caller(key)  # it has not looked again
    assert FRESH_SECONDS < 10
    clock.now += FRESH_SECONDS
    assert why(elsewhere, key) == "key_revoked"


def test_a_key_expires_though_it_is_remembered(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys(store.database, Clock())
    record, key = add(store)
    keys.caller(key)
    monkeypatch.setattr("api.doors.keys.now", lambda: record.expires)
    assert why(keys, key) == "key_expired"


def test_the_store_is_asked_seldom(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    find = kept.Keyring.find
    monkeypatch.setattr(kept.Keyring, "find", lambda ring, key_id: (asked.append(key_id), find(ring, key_id))[1])
    keys = Keys(store.database, Clock())
    record, key = add(store)
    for _ in range(10):
        keys.caller(key)
    assert asked == [record.id]


def test_whether_there_are_any(store: Store) -> None:
    clock = Clock()
    keys = Keys(store.database, clock)
    assert not keys.any()
    record, _ = add(store)
    assert not keys.any()  # remembered
    clock.now += FRESH_SECONDS
    assert keys.any()
    kept.Keys(store.database, "acme").revoke(record.id, now())
    assert keys.any() and Keys(store.database).any()  # a service whose keys are all revoked is not open again


def test_tenants_have_keys_of_their_own(store: Store) -> None:
    record, _ = add(store)
    mine, theirs = kept.Keys(store.database, "acme"), kept.Keys(store.database, "beta")
    assert theirs.key(record.id) is None and theirs.keys(10) == []
    assert theirs.revoke(record.id, now()) is None
    found = mine.key(record.id)
    assert found == record and found.revoked is None
    theirs.add(replace(record, id="f" * 16, tenant="acme"))  # whatever the record says
    assert [key.id for _, key in theirs.keys(10)] == ["f" * 16]
    assert [key.id for _, key in mine.keys(10)] == [record.id]


def test_pages(store: Store) -> None:
    added = [add(store)[0].id for _ in range(5)]
    keys = kept.Keys(store.database, "acme")
    first = keys.keys(3)
    second = keys.keys(3, first[-1][0])
    assert [key.id for _, key in (*first, *second)] == added[::-1]


def test_a_second_revocation_changes_nothing(store: Store) -> None:
    record, _ = add(store)
    keys = kept.Keys(store.database, "acme")
    assert keys.revoke(record.id, "2026-01-01T00:00:00.000+00:00") == keys.revoke(record.id, now())


def test_moments_are_in_utc() -> None:
    from datetime import datetime

    assert moment(datetime.fromisoformat("2026-03-01T08:00:00+08:00")) == "2026-03-01T00:00:00.000+00:00"
