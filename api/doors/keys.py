"""API keys: ``pl_ID_SECRET``, made once, shown once, and recognised by the SHA-256 of the secret."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast

from api.doors.caller import Caller, Scope
from api.doors.refusals import refused
from api.runs.clock import now
from api.store.database import Database
from api.store.keys import KeyRecord, Keyring

FRESH_SECONDS = 5.0
"""How long a key that was looked up is believed: a revocation is known everywhere after that."""
MOST_KEYS = 1024
"""Keys that are remembered."""
PREFIX = "pl_"
_KEY = re.compile(r"pl_([0-9a-f]{16})_([0-9a-f]{64})", re.ASCII)


def moment(at: datetime) -> str:
    """Return a moment as all are written: in UTC, ISO 8601, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def made(
    tenant: str, name: str, scope: Scope, maker: str, days: int | None = None, rate: str | None = None
) -> tuple[KeyRecord, str]:
    """Make a key: the record to be kept, and the key itself, which is kept nowhere.

    Parameters
    ----------
    days : int, optional
        After which it expires.
    """
    key_id, secret = secrets.token_hex(8), secrets.token_hex(32)
    expires = None if days is None else moment(datetime.now(UTC) + timedelta(days=days))
    record = KeyRecord(key_id, tenant, name, scope, _digest(secret), rate, maker, now(), expires)
    return record, f"{PREFIX}{key_id}_{secret}"


def id_of(key: str) -> str | None:
    """Return the id in a key; None if it is no key at all."""
    found = _KEY.fullmatch(key)
    return found[1] if found else None


class Keys:
    """Whose key is it? Remembers for some seconds what the store said about a key, and never a secret.

    Calls block, and may come from any thread.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._ring, self._clock = Keyring(database), clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, KeyRecord]] = OrderedDict()
        self._any: tuple[float, bool] = (float("-inf"), False)

    def caller(self, key: str) -> Caller:
        """Return whose key it is: that takes a look at the store, unless it is `known`.

        Raises
        ------
        Problem
            ``credentials_invalid``. Only who has the secret learns that a key was revoked or has expired.
        """
        return self.checked(key, self.known(key) or self._found(key))

    def checked(self, key: str, record: KeyRecord | None) -> Caller:
        """Return whose key it is, by the record with its id. This does not block.

        Raises
        ------
        Problem
            As `caller` does.
        """
        found = _KEY.fullmatch(key)
        if found is None:
            raise refused("credentials_unreadable")
        if record is None or not hmac.compare_digest(record.digest, _digest(found[2])):
            raise refused("key_unknown")
        if record.revoked is not None:
            raise refused("key_revoked")
        if record.expires is not None and record.expires <= now():
            raise refused("key_expired")
        return Caller(record.tenant, f"key:{record.id}", cast(Scope, record.scope), record.id, record.rate)

    def known(self, key: str) -> KeyRecord | None:
        """Return what is remembered of a key with this id, whatever its secret."""
        at, record = self._known.get(id_of(key) or "", (float("-inf"), None))
        return record if self._clock() - at < FRESH_SECONDS else None

    def known_any(self) -> bool | None:
        """Return what is remembered of whether there are keys; None if it takes a look."""
        at, found = self._any
        return found if found or self._clock() - at < FRESH_SECONDS else None

    def any(self) -> bool:
        """Tell whether there are keys, even if none of them opens anything any more."""
        found = self.known_any()
        if found is None:
            asked, found = self._clock(), self._ring.any()
            self._any = asked, found
        return found

    def forget(self, key_id: str | None = None) -> None:
        """Look again at a key, and at whether there are any, before believing anything."""
        self._any = (float("-inf"), self._any[1])
        if key_id is not None:
            with self._lock:
                self._known.pop(key_id, None)

    def _found(self, key: str) -> KeyRecord | None:
        key_id, asked = id_of(key), self._clock()  # before the store is: what it says is no younger than that
        record = None if key_id is None else self._ring.find(key_id)
        if record is not None:
            with self._lock:
                self._known.pop(record.id, None)
                self._known[record.id] = (asked, record)  # the youngest is the last
                if len(self._known) > MOST_KEYS:
                    self._known.popitem(last=False)
        return record


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
