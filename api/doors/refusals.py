"""Refusing credentials, and saying why."""

from __future__ import annotations

from api.doors.caller import REALM
from api.errors import Problem

_INVALID = {"WWW-Authenticate": f'{REALM}, error="invalid_token"'}
PLACE = "#header/authorization"
"""Where credentials come from, in the `errors` of a problem."""
KEY_PLACE = "#header/x-api-key"
"""Where a key comes from that does not come there."""


def refused(why: str, **facts: object) -> Problem:
    """Return the problem of credentials that are not accepted; `why` is a code of `FIELD_FAULTS`."""
    return Problem("credentials_invalid", faults=[(PLACE, why, facts)], headers=_INVALID)


def missing(why: str | None = None) -> Problem:
    """Return the problem of a request without credentials."""
    headers = {"WWW-Authenticate": REALM}
    return Problem("credentials_missing", faults=[] if why is None else [(PLACE, why, {})], headers=headers)
