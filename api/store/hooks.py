"""Webhooks: the endpoints of a tenant, and what was or will be sent to them."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, Row, func, insert, select, text, update

from api.store.records import RunRecord
from api.store.scoped import Scoped
from api.store.tables import deliveries, hooks

Event = Literal["run.succeeded", "run.failed", "run.cancelled"]
State = Literal["waiting", "sending", "delivered", "failed"]
EVENTS: tuple[Event, ...] = ("run.succeeded", "run.failed", "run.cancelled")
TEST = "webhook.test"
"""The event that is sent when somebody asks for it, whatever an endpoint listens to; it is tried once."""
MOST_HOOKS = 20
"""Endpoints that a tenant may have."""
MOST_SECRETS = 5
"""Secrets of an endpoint that sign at once; each change of the secret adds one until the oldest is too old."""
_SECRET_BYTES = 32


@dataclass(frozen=True)
class HookRecord:
    """An endpoint.

    Parameters
    ----------
    events : tuple of str
        What it listens to.
    secrets : tuple of (str, float or None)
        What deliveries are signed with, the newest first, each with the moment up to which it is, in seconds
        since 1970; the newest has none.
    disabled : str, optional
        Why nothing is sent to it: ``gone`` (it answered 410), ``failing`` or ``by_hand``.
    failing : float, optional
        Since when every attempt has failed, in seconds since 1970.
    """

    id: str
    url: str
    events: tuple[str, ...]
    secrets: tuple[tuple[str, float | None], ...]
    created: str
    disabled: str | None
    failing: float | None

    @property
    def secret(self) -> str:
        """The secret that holds from now on."""
        return self.secrets[0][0]

    def signing(self, now: float) -> tuple[str, ...]:
        """Return the secrets that deliveries are signed with at a moment."""
        return tuple(secret for secret, until in self.secrets if until is None or now < until)


@dataclass(frozen=True)
class DeliveryRecord:
    """One event for one endpoint.

    Parameters
    ----------
    message : str
        What receivers tell repetitions by: the same for every endpoint, every attempt and every replay.
    body : str
        What is sent, to the byte.
    due : float
        When the next attempt may be made, in seconds since 1970, 0 at once; of one that is being sent, when another
        process may take it over.
    code : int, optional
        Status of the last answer.
    fault : str, optional
        Why there was none.
    """

    id: str
    tenant: str
    hook: str
    message: str
    event: str
    body: str
    state: State
    attempts: int
    due: float
    tried: str | None
    code: int | None
    fault: str | None
    created: str
    ended: str | None


def clock(connection: Connection) -> float:
    """Return the seconds since 1970 by the clock of the database, which is the same for all who share it."""
    if connection.dialect.name == "postgresql":
        return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    return time.time()


def moment(seconds: float) -> str:
    """Return seconds since 1970 as the moments of the store are written."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def announce(connection: Connection, run: RunRecord) -> None:
    """Write a delivery for every endpoint that listens to what became of a run; nothing if the run goes on.

    This belongs into the very transaction in which the run ends: then neither is ever without the other.
    """
    if not run.final:
        return
    event = f"run.{run.status}"
    # the lock keeps an endpoint from being deleted before its delivery is written, and nobody else from anything
    query = select(hooks).where(hooks.c.tenant == run.tenant, hooks.c.disabled.is_(None))
    rows = connection.execute(query.with_for_update(read=True, key_share=True)).all()
    listening = [row.id for row in rows if event in row.events]
    if not listening:
        return
    data = {
        "run": run.id,
        "kind": run.kind,
        "scenario": run.scenario,
        "status": run.status,
        "plan": run.plan,
        "frontier": run.frontier,
        "gap": (run.progress or {}).get("gap"),
        "fault": run.fault,
    }
    now = clock(connection)
    body = orjson.dumps({"type": event, "timestamp": run.finished or moment(now), "data": data}).decode()
    message = _id("msg")
    rows_of = [_row(run.tenant, hook, message, event, body, now) for hook in listening]
    connection.execute(insert(deliveries), rows_of)


def end_waiting(connection: Connection, hook_id: str, now: float) -> None:
    """End what waits for an endpoint that was disabled; it can be replayed later."""
    change = update(deliveries).where(deliveries.c.hook == hook_id, deliveries.c.state == "waiting")
    connection.execute(change.values(state="failed", fault="disabled", ended=moment(now)))


def hook_of(row: Row[Any]) -> HookRecord:
    """Return the endpoint of a row."""
    pairs = tuple((secret, until) for secret, until in row.secrets)
    return HookRecord(row.id, row.url, tuple(row.events), pairs, row.created, row.disabled, row.failing)


def delivery_of(row: Row[Any]) -> DeliveryRecord:
    """Return the delivery of a row."""
    return DeliveryRecord(**{name: value for name, value in row._mapping.items() if name != "position"})


def _id(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(12)}"


def _secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _row(tenant: str, hook: str, message: str, event: str, body: str, now: float) -> dict[str, Any]:
    what = {"id": _id("dlv"), "tenant": tenant, "hook": hook, "message": message, "event": event, "body": body}
    return {**what, "state": "waiting", "attempts": 0, "due": 0.0, "created": moment(now)}


class Hooks(Scoped):
    """The endpoints of a tenant. All calls block; every call is one transaction.

    Lists come newest first: `before` is the position of the last entry of the page before, and each entry comes with
    its own position.
    """

    # -- endpoints --------------------------------------------------------------------------------------------

    def add(self, url: str, events: Sequence[str]) -> HookRecord | None:
        """Keep a new endpoint, with a secret of its own; None if there are `MOST_HOOKS` already."""
        with self.database.transaction() as connection:
            if connection.execute(self.select(hooks, func.count())).scalar_one() >= MOST_HOOKS:
                return None
            hook = HookRecord(
                _id("whk"), url, tuple(events), ((_secret(), None),), moment(clock(connection)), None, None
            )
            values = {"id": hook.id, "tenant": self.tenant, "url": url, "events": hook.events, "created": hook.created}
            connection.execute(insert(hooks).values(values | {"secrets": hook.secrets, "failures": 0, "rests": 0.0}))
            return hook

    def hook(self, hook_id: str) -> HookRecord | None:
        """Return an endpoint."""
        row = self.one(self.select(hooks).where(hooks.c.id == hook_id))
        return None if row is None else hook_of(row)

    def hooks(self, limit: int, before: int | None = None) -> list[tuple[int, HookRecord]]:
        """Return a page of endpoints."""
        return [(row.position, hook_of(row)) for row in self.page(hooks, limit, before)]

    def change(
        self,
        hook_id: str,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        enabled: bool | None = None,
    ) -> HookRecord | None:
        """Change what is given, and return the endpoint; None if there is none.

        An endpoint that is enabled again begins afresh; what had not reached it is not sent by itself.
        """
        with self.database.transaction() as connection:
            row = self._locked(connection, hook_id)
            if row is None:
                return None
            afresh = {"failures": 0, "failing": None, "rests": 0.0}
            values: dict[str, Any] = {} if url is None else {"url": url, **afresh}
            if events is not None:
                values["events"] = tuple(events)
            if enabled:
                values |= {"disabled": None, **afresh}
            elif enabled is False and row.disabled is None:
                values["disabled"] = "by_hand"
                end_waiting(connection, hook_id, clock(connection))
            if values:
                connection.execute(self.update(hooks).where(hooks.c.id == hook_id).values(values))
            return hook_of(connection.execute(self.select(hooks).where(hooks.c.id == hook_id)).one())

    def rotate(self, hook_id: str, overlap: float) -> HookRecord | None:
        """Give an endpoint a new secret, and return it; None if there is none.

        Parameters
        ----------
        overlap : float
            Seconds for which the secrets up to now go on signing, beside the new one.
        """
        with self.database.transaction() as connection:
            row = self._locked(connection, hook_id)
            if row is None:
                return None
            now = clock(connection)
            old = [(secret, min(until or now + overlap, now + overlap)) for secret, until in row.secrets]
            kept = [(_secret(), None), *((secret, until) for secret, until in old if until > now)][:MOST_SECRETS]
            connection.execute(self.update(hooks).where(hooks.c.id == hook_id).values(secrets=kept))
            return hook_of(connection.execute(self.select(hooks).where(hooks.c.id == hook_id)).one())

    def remove(self, hook_id: str) -> bool:
        """Delete an endpoint and its deliveries; False if there is none."""
        with self.database.transaction() as connection:
            return bool(connection.execute(self.delete(hooks).where(hooks.c.id == hook_id)).rowcount)

    def _locked(self, connection: Connection, hook_id: str) -> Row[Any] | None:
        query = self.select(hooks).where(hooks.c.id == hook_id)
        return connection.execute(query.with_for_update(key_share=True)).first()

    # -- deliveries -------------------------------------------------------------------------------------------

    def deliveries(
        self, hook_id: str, limit: int, before: int | None = None, state: State | None = None
    ) -> list[tuple[int, DeliveryRecord]]:
        """Return a page of the deliveries to an endpoint."""
        where = [deliveries.c.hook == hook_id, *([] if state is None else [deliveries.c.state == state])]
        return [(row.position, delivery_of(row)) for row in self.page(deliveries, limit, before, *where)]

    def delivery(self, hook_id: str, delivery_id: str) -> DeliveryRecord | None:
        """Return a delivery."""
        row = self.one(self.select(deliveries).where(deliveries.c.hook == hook_id, deliveries.c.id == delivery_id))
        return None if row is None else delivery_of(row)

    def replay(self, hook_id: str, delivery_id: str) -> DeliveryRecord | None:
        """Send the message of a delivery once more, as a new delivery; None if the endpoint is disabled or gone."""
        old = self.delivery(hook_id, delivery_id)
        return None if old is None else self._send(hook_id, old.message, old.event, old.body)

    def test(self, hook_id: str) -> DeliveryRecord | None:
        """Send a test to an endpoint; None if it is disabled or gone."""
        return self._send(hook_id, _id("msg"), TEST, None)

    def _send(self, hook_id: str, message: str, event: str, body: str | None) -> DeliveryRecord | None:
        with self.database.transaction() as connection:
            row = self._locked(connection, hook_id)
            if row is None or row.disabled is not None:
                return None
            now = clock(connection)
            if body is None:
                told = {"type": event, "timestamp": moment(now), "data": {"webhook": hook_id}}
                body = orjson.dumps(told).decode()
            values = _row(self.tenant, hook_id, message, event, body, now)
            connection.execute(insert(deliveries).values(values))
            # whoever asks by hand wants it now
            connection.execute(self.update(hooks).where(hooks.c.id == hook_id).values(rests=0.0))
            return delivery_of(connection.execute(self.select(deliveries).where(deliveries.c.id == values["id"])).one())
