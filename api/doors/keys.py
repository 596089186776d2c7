"""API keys: ``pl_ID_SECRET``, made once, shown once, and recognised by the SHA-256 of the secret."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast

from api.doors.caller import Caller, Scope
from api.doors.refusals import refused
from api.store.database import Database
from api.store.keys import KeyRecord, Keyring

FRESH_SECONDS = 5.0
"""How long a key that was looked up is believed: a revocation is known everywhere after that."""
MOST_KEYS = 1024
"""Keys that are remembered."""
PREFIX = "pl_"
_KEY = re.compile(r"pl_([0-9a-f]{16})_([0-9a-f]{64})", re.ASCII)


def now() -> str:
    """Return the moment, in UTC, ISO 8601."""
    return moment(datetime.now(UTC))


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
        self._known: OrderedDict[str, tuple[float, KeyRecord]] = OrderedDict()
        self._any: tuple[float, bool] = (float("-inf"), False)

    def caller(self, key: str) -> Caller:
        """Return whose key it is.

        Raises
        ------
        Problem
            ``credentials_invalid``. Only who has the secret learns that a key was revoked or has expired.
        """
        found = _KEY.fullmatch(key)
        if found is None:
            raise refused("credentials_unreadable")
        record = self._record(found[1])
        if record is None or not hmac.compare_digest(record.digest, _digest(found[2])):
            raise refused("key_unknown")
        if record.revoked is not None:
            raise refused("key_revoked")
        if record.expires is not None and record.expires <= now():
            raise refused("key_expired")
        return Caller(record.tenant, f"key:{record.id}", cast(Scope, record.scope), record.id, record.rate)

    def remembered(self, key: str) -> bool:
        """Tell whether it takes no look at the store to know whose key it is."""
        return (key_id := id_of(key)) is not None and self._remembered(key_id) is not None

    def tenant_of(self, key: str) -> str | None:
        """Return whose a key would be if its secret were right, as far as it is remembered."""
        record = self._remembered(id_of(key) or "")
        return None if record is None else record.tenant

    def any(self) -> bool:
        """Tell whether there are keys, even if none of them opens anything any more."""
        at, found = self._any
        if not found and self._clock() - at >= FRESH_SECONDS:
            found = self._ring.any()
            self._any = self._clock(), found
        return found

    def forget(self, key_id: str | None = None) -> None:
        """Look again at a key, and at whether there are any, before believing anything."""
        self._any = (float("-inf"), self._any[1])
        if key_id is not None:
            self._known.pop(key_id, None)

    def _remembered(self, key_id: str) -> KeyRecord | None:
        at, record = self._known.get(key_id, (float("-inf"), None))
        return record if self._clock() - at < FRESH_SECONDS else None

    def _record(self, key_id: str) -> KeyRecord | None:
        record = self._remembered(key_id)
        if record is None:
            asked = self._clock()  # before the store is: what it says is no younger than that
            record = self._ring.find(key_id)
            if record is not None:
                self._known[key_id] = (asked, record)
                self._known.move_to_end(key_id)
                while len(self._known) > MOST_KEYS:
                    self._known.popitem(last=False)
        return record


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
