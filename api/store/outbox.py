"""Deliveries of all tenants: who sends which, and what becomes of them.

To claim a delivery is to make it due again a little later: if its sender dies, another one takes it over. An attempt is
counted when it is claimed, and only the latest decides. All moments are by the database's clock; one that lies further
in the future than any wait is long is no good any more, so that a clock that jumps loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import SystemRandom

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select, update

from api.store.database import Database
from api.store.hooks import TEST, DeliveryRecord, State, clock, delivery_of, end_waiting, hook_of, moment
from api.store.tables import deliveries, hooks

DELAYS = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0)
"""Seconds from an attempt that failed to the next: in all 31.6 hours, as Standard Webhooks 1.0 suggests."""
JITTER = 0.1
"""Waits are made longer or shorter by up to this share, so that what failed together does not come back together."""
LONGEST = 86_400.0
"""The longest wait, also where an endpoint asks for a longer one, in seconds."""
LEASE = 30.0
"""Seconds after which a delivery that is being sent may be taken over: more than any attempt takes."""
PATIENCE = 5 * 86_400.0
"""An endpoint where nothing succeeded for so many seconds is disabled, when a delivery is given up ..."""
IN_A_ROW = 10
"""... and at least so many attempts in a row have failed: a clock that jumps disables nothing."""
_REST = 5.0
"""Seconds that an endpoint rests when it says that it is overloaded, and not for how long."""
_OVERLOADED = frozenset({429, 502, 503, 504})
_GONE = 410


@dataclass(frozen=True)
class Parcel:
    """A delivery that is ours to send now.

    Parameters
    ----------
    secrets : tuple of str
        What it is to be signed with.
    troubled : bool
        Whether the last attempt for this endpoint failed.
    """

    delivery: DeliveryRecord
    url: str
    secrets: tuple[str, ...]
    troubled: bool


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt.

    Parameters
    ----------
    code : int, optional
        The status of the answer.
    fault : str, optional
        Why there was none.
    wait : float, optional
        Seconds that the endpoint asked us to wait.
    """

    code: int | None = None
    fault: str | None = None
    wait: float | None = None

    @property
    def good(self) -> bool:
        """Whether it was delivered."""
        return self.code is not None and 200 <= self.code < 300


@dataclass(frozen=True)
class Outbox:
    """What waits to be sent. All calls block, and may come from any thread; every call is one transaction.

    Parameters
    ----------
    clock : callable
        Gives the seconds since 1970.
    """

    database: Database
    clock: Callable[[Connection], float] = clock

    def claim(self, most: int, troubled: int) -> list[Parcel]:
        """Claim deliveries that are due, one for each endpoint that nobody is sending to.

        Parameters
        ----------
        most, troubled : int
            How many; and how many of them for endpoints whose last attempt failed: such may be slow.
        """
        with self.database.reading() as connection:
            now = self.clock(connection)
            astray = _of_hooks(now)
            if connection.scalar(astray) is None and connection.execute(_ready(now).limit(1)).first() is None:
                return []
        with self.database.transaction() as connection:
            now = self.clock(connection)
            if connection.scalar(astray) is not None:
                _recover(connection, now)
            chosen: list[Row[tuple[object, ...]]] = []
            for kind, limit in ((hooks.c.failing.is_(None), most), (hooks.c.failing.is_not(None), troubled)):
                if (limit := min(limit, most - len(chosen))) > 0:
                    query = _ready(now).where(kind).limit(limit)
                    query = query.with_for_update(of=hooks, skip_locked=True, key_share=True)
                    chosen += connection.execute(query).all()
            parcels = [_parcel(connection, row, now) for row in chosen]
            return [parcel for parcel in parcels if parcel is not None]

    def finish(self, parcel: Parcel, outcome: Outcome) -> State | None:
        """Note what came of an attempt, and return what the delivery is now; None if it is not ours any more."""
        sent = parcel.delivery
        with self.database.transaction() as connection:
            now = self.clock(connection)
            at = select(hooks).where(hooks.c.id == sent.hook).with_for_update(key_share=True)
            hook = connection.execute(at).first()
            ours = deliveries.c.id == sent.id, deliveries.c.attempts == sent.attempts, deliveries.c.ended.is_(None)
            if hook is None or connection.execute(select(deliveries.c.id).where(*ours)).first() is None:
                return None
            if outcome.good:
                after: dict[str, object] = {"failures": 0, "failing": None, "rests": 0.0}
                state: State = "delivered"
            else:
                spent = sent.attempts > (0 if sent.event == TEST else len(DELAYS))
                after = _after_failure(hook, outcome, now, spent)
                state = "failed" if spent or hook.disabled or after.get("disabled") else "waiting"
            values: dict[str, object] = {"state": state, "code": outcome.code, "fault": outcome.fault}
            if state == "waiting":
                values["due"] = now + _wait(sent.attempts, outcome)
            else:
                values["ended"] = moment(now)
            connection.execute(update(deliveries).where(*ours).values(values))
            if any(getattr(hook, name) != value for name, value in after.items()):
                connection.execute(update(hooks).where(hooks.c.id == hook.id).values(after))
            if after.get("disabled"):
                end_waiting(connection, hook.id, now)
            return state

    def give_back(self, parcel: Parcel) -> None:
        """Let another sender have a delivery that we claimed and did not send to the end."""
        sent = parcel.delivery
        with self.database.transaction() as connection:
            ours = deliveries.c.id == sent.id, deliveries.c.attempts == sent.attempts, deliveries.c.state == "sending"
            values = {"state": "waiting", "due": 0.0, "attempts": sent.attempts - 1}
            connection.execute(update(deliveries).where(*ours).values(values))


def _after_failure(hook: Row[tuple[object, ...]], outcome: Outcome, now: float, spent: bool) -> dict[str, object]:
    """Return what an endpoint is after an attempt that failed."""
    failing = now if hook.failing is None else min(hook.failing, now)
    after: dict[str, object] = {"failures": hook.failures + 1, "failing": failing}
    if outcome.code in _OVERLOADED:
        after["rests"] = now + min(outcome.wait or _REST, LONGEST)
    if outcome.code == _GONE:
        after["disabled"] = hook.disabled or "gone"
    elif spent and now - failing >= PATIENCE and hook.failures + 1 >= IN_A_ROW:
        after["disabled"] = hook.disabled or "failing"
    return after


def _wait(attempts: int, outcome: Outcome) -> float:
    """Return the seconds until the next attempt."""
    delay = DELAYS[attempts - 1] * SystemRandom().uniform(1 - JITTER, 1 + JITTER)
    return min(max(delay, outcome.wait or 0.0), LONGEST)


def _waiting(hook: ColumnElement[str] | str) -> ColumnElement[bool]:
    return and_(deliveries.c.hook == hook, deliveries.c.state == "waiting")


def _sending(hook: ColumnElement[str] | str) -> ColumnElement[bool]:
    return and_(deliveries.c.hook == hook, deliveries.c.state == "sending")


def _ready(now: float) -> Select[tuple[object, ...]]:
    """Return the endpoints that something can be sent to at once, those that wait longest first."""
    due = select(func.min(deliveries.c.due)).where(_waiting(hooks.c.id)).scalar_subquery()
    rested = or_(hooks.c.rests <= now, hooks.c.rests > now + LONGEST)
    busy = exists().where(_sending(hooks.c.id))
    return select(hooks).where(hooks.c.disabled.is_(None), rested, ~busy, due <= now).order_by(due)


def _astray(now: float) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return which deliveries have no sender any more, and which would wait longer than anything does."""
    lost = or_(deliveries.c.due <= now, deliveries.c.due > now + LEASE)
    late = deliveries.c.due > now + LONGEST
    return and_(deliveries.c.state == "sending", lost), and_(deliveries.c.state == "waiting", late)


def _of_hooks(now: float) -> Select[tuple[str]]:
    """Return an endpoint that has such deliveries: it is found without a look at all the others."""
    kinds = (exists().where(deliveries.c.hook == hooks.c.id, which) for which in _astray(now))
    return select(hooks.c.id).where(or_(*kinds)).limit(1)


def _recover(connection: Connection, now: float) -> None:
    """Let deliveries that went astray wait for their next attempt, which is due."""
    lost, late = _astray(now)
    spent = and_(lost, deliveries.c.attempts > len(DELAYS))
    change = update(deliveries)
    connection.execute(change.where(spent).values(state="failed", fault="lost", ended=moment(now)))
    connection.execute(change.where(lost).values(state="waiting", fault="lost", due=now))
    connection.execute(change.where(late).values(due=now))


def _parcel(connection: Connection, row: Row[tuple[object, ...]], now: float) -> Parcel | None:
    """Claim the next delivery for an endpoint whose row this transaction has to itself."""
    hook = hook_of(row)
    if connection.execute(select(deliveries.c.id).where(_sending(hook.id)).limit(1)).first():
        return None  # somebody was quicker
    due = select(deliveries).where(_waiting(hook.id), deliveries.c.due <= now)
    found = connection.execute(due.order_by(deliveries.c.due, deliveries.c.position).limit(1)).first()
    if found is None:
        return None
    claimed = {"state": "sending", "attempts": found.attempts + 1, "due": now + LEASE, "tried": moment(now)}
    connection.execute(update(deliveries).where(deliveries.c.id == found.id).values(claimed))
    again = connection.execute(select(deliveries).where(deliveries.c.id == found.id)).one()
    return Parcel(delivery_of(again), hook.url, hook.signing(now), hook.failing is not None)
