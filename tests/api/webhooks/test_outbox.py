"""What is kept about webhooks: written with the end of a run, sent by one sender at a time, tried again, given up."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import orjson
import pytest

from api.store import PlanRecord, Store
from api.store.hooks import EVENTS, MOST_HOOKS, MOST_SECRETS, TEST
from api.store.outbox import DELAYS, IN_A_ROW, JITTER, LEASE, LONGEST, PATIENCE, Outbox, Outcome, Parcel
from api.store.queue import LOOKS, told
from tests.api.webhooks.conftest import CREATED, Clock, add_hook, begin_run, deliveries, end_run, hooks_of

DAY = 86_400.0


def only(parcels: list[Parcel]) -> Parcel:
    (parcel,) = parcels
    return parcel


def fail(outbox: Outbox, outcome: Outcome | None = None) -> str | None:
    """Let the next attempt fail."""
    return outbox.finish(only(outbox.claim(9, 9)), outcome or Outcome(code=500))


# -- writing --------------------------------------------------------------------------------------------------


def test_a_run_that_ends_is_announced(store: Store) -> None:
    hook = add_hook(store)
    end_run(store, "a")
    (delivery,) = deliveries(store, hook)
    assert (delivery.event, delivery.state, delivery.attempts) == ("run.succeeded", "waiting", 0)
    assert orjson.loads(delivery.body) == {
        "type": "run.succeeded",
        "timestamp": CREATED,
        "data": {
            "run": "run_a",
            "kind": "allocate",
            "scenario": "scn_a",
            "status": "succeeded",
            "plan": "pln_a",
            "frontier": None,
            "gap": 0.05,
            "fault": None,
        },
    }


def test_a_run_that_goes_on_is_not(store: Store) -> None:
    hook = add_hook(store)
    run = begin_run(store, "a")
    store.queue.save(replace(run, progress={"gap": 0.5}), [("bound", {"bound": 1.0})])
    assert store.queue.give_back(run, CREATED, 3) is not None
    assert deliveries(store, hook) == []


def test_every_way_in_which_a_run_can_end(store: Store) -> None:
    hook = add_hook(store)
    queue, tenant = store.queue, store.of("default")
    failed = begin_run(store, "failed")
    queue.save(replace(failed, status="failed", fault="solver_died", finished=CREATED))
    waiting = replace(failed, id="run_waiting", status="queued", attempt=0)
    tenant.add_run(waiting)
    queue.save(replace(waiting, status="cancelled", finished=CREATED))
    begin_run(store, "buried", process="q")
    for _ in range(LOOKS + 1):
        queue.beat("p")
        queue.bury(CREATED, 1)
    given_back = begin_run(store, "given-back")
    queue.give_back(given_back, CREATED, 1)
    found = [(orjson.loads(each.body)["data"]["run"], each.event) for each in deliveries(store, hook)]
    assert found == [
        ("run_failed", "run.failed"),
        ("run_waiting", "run.cancelled"),
        ("run_buried", "run.failed"),
        ("run_given-back", "run.failed"),
    ]


def test_who_lost_a_run_announces_nothing(store: Store) -> None:
    hook = add_hook(store)
    ended = end_run(store, "a")
    assert not store.queue.save(replace(ended, status="failed"))
    assert len(deliveries(store, hook)) == 1


def test_the_end_and_its_announcement_are_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = add_hook(store)
    run = begin_run(store, "a")

    def broken(*_: object) -> None:
        raise RuntimeError("the power is cut")

    monkeypatch.setattr(store.queue.blobs, "put", broken)
    ended = replace(run, status="succeeded", plan="pln_a", finished=CREATED)
    plan = PlanRecord("pln_a", run.id, "scn_a", CREATED, {"status": "optimal"})
    with pytest.raises(RuntimeError, match="power"):
        store.queue.save(ended, told(ended), (plan, {"loads": b""}))
    assert store.of("default").run(run.id) == run
    assert deliveries(store, hook) == []


def test_only_endpoints_that_listen_are_told(store: Store) -> None:
    everything, other = add_hook(store), add_hook(store, tenant="other")
    failures, off = hooks_of(store).add("https://a.example", ["run.failed"]), add_hook(store)
    assert failures is not None
    hooks_of(store).change(off.id, enabled=False)
    end_run(store, "a")
    end_run(store, "b", "third")
    assert [len(deliveries(store, hook)) for hook in (everything, failures, off)] == [1, 0, 0]
    assert deliveries(store, other, "other") == []


def test_one_message_for_all_endpoints(store: Store) -> None:
    hooks = [add_hook(store) for _ in range(3)]
    end_run(store, "a")
    end_run(store, "b")
    messages = [[each.message for each in deliveries(store, hook)] for hook in hooks]
    assert messages[0] == messages[1] == messages[2] and len(set(messages[0])) == 2


# -- claiming -------------------------------------------------------------------------------------------------


def test_an_endpoint_gets_one_at_a_time_the_oldest_first(store: Store, clock: Clock) -> None:
    one, two = add_hook(store), add_hook(store)
    for name in "ab":
        end_run(store, name)
    outbox, other = Outbox(store.database, clock), Outbox(store.database, clock)
    parcels = outbox.claim(9, 9)
    assert {parcel.delivery.hook for parcel in parcels} == {one.id, two.id}
    assert other.claim(9, 9) == []
    first = deliveries(store, one)[0]
    parcel = next(parcel for parcel in parcels if parcel.delivery.hook == one.id)
    assert parcel.delivery == first and (first.state, first.attempts) == ("sending", 1)
    assert outbox.finish(parcel, Outcome(code=200)) == "delivered"
    second = only(other.claim(9, 9)).delivery
    assert (second.hook, second.id) == (one.id, deliveries(store, one)[1].id)


def test_no_more_than_wanted(store: Store, clock: Clock) -> None:
    for _ in range(5):
        add_hook(store)
    end_run(store, "a")
    outbox = Outbox(store.database, clock)
    assert [len(outbox.claim(2, 9)) for _ in range(4)] == [2, 2, 1, 0]


def test_many_senders_share_without_doubling(store: Store) -> None:
    hooks = [add_hook(store) for _ in range(4)]
    for index in range(10):
        end_run(store, str(index))
    busy: list[str] = []
    doubled: list[str] = []
    sent: list[str] = []
    lock = threading.Lock()

    def work(_: int) -> None:
        outbox = Outbox(store.database)
        while len(sent) < 40:
            for parcel in outbox.claim(2, 2):
                with lock:
                    doubled.extend(hook for hook in busy if hook == parcel.delivery.hook)
                    busy.append(parcel.delivery.hook)
                    sent.append(parcel.delivery.id)
                with lock:
                    busy.remove(parcel.delivery.hook)
                assert outbox.finish(parcel, Outcome(code=204)) == "delivered"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert doubled == [] and len(sent) == len(set(sent)) == 40
    assert all(each.state == "delivered" for hook in hooks for each in deliveries(store, hook))


def test_a_dead_senders_delivery_is_taken_over(store: Store, clock: Clock) -> None:
    hook = add_hook(store)
    end_run(store, "a")
    dead, alive = Outbox(store.database, clock), Outbox(store.database, clock)
    late = only(dead.claim(1, 1))
    clock.now += LEASE - 1
    assert alive.claim(1, 1) == []
    clock.now += 2
    parcel = only(alive.claim(1, 1))
    assert parcel.delivery.message == late.delivery.message and parcel.delivery.attempts == 2
    assert dead.finish(late, Outcome(code=500)) is None  # it was only frozen: too late
    assert alive.finish(parcel, Outcome(code=200)) == "delivered"
    assert dead.finish(late, Outcome(code=410)) is None
    assert [(each.state, each.code) for each in deliveries(store, hook)] == [("delivered", 200)]


def test_a_delivery_whose_senders_all_die_is_given_up(store: Store, clock: Clock) -> None:
    hook = add_hook(store)
    end_run(store, "a")
    outbox = Outbox(store.database, clock)
    for _ in range(len(DELAYS) + 1):
        only(outbox.claim(1, 1))
        clock.now += LEASE + 1
    assert outbox.claim(1, 1) == []
    (delivery,) = deliveries(store, hook)
    assert (delivery.state, delivery.fault, delivery.attempts) == ("failed", "lost", len(DELAYS) + 1)


def test_who_gives_a_delivery_back_has_used_nothing_up(store: Store, clock: Clock) -> None:
    hook = add_hook(store)
    end_run(store, "a")
    outbox = Outbox(store.database, clock)
    parcel = only(outbox.claim(1, 1))
    outbox.give_back(parcel)
    assert [(each.state, each.attempts) for each in deliveries(store, hook)] == [("waiting", 0)]
    again = only(outbox.claim(1, 1))
    outbox.finish(again, Outcome(code=200))
    outbox.give_back(again)
    assert [each.state for each in deliveries(store, hook)] == ["delivered"]


def test_endpoints_in_trouble_get_only_their_share(store: Store, clock: Clock) -> None:
    hooks = [add_hook(store) for _ in range(6)]
    end_run(store, "a")
    outbox = Outbox(store.database, clock)
    troubled = {parcel.delivery.hook for parcel in outbox.claim(4, 0)}
    healthy = outbox.claim(9, 9)
    assert len(troubled) == 4 and len(healthy) == 2
    clock.now += LEASE + 1  # nobody heard of these six again: that is no fault of the endpoints
    for parcel in outbox.claim(4, 0):
        outbox.finish(parcel, Outcome(fault="timeout"))
    clock.now += DELAYS[1] * (1 + JITTER)
    end_run(store, "b")
    assert [parcel.troubled for parcel in outbox.claim(9, 1)] == [False, False, True]
    assert len(outbox.claim(9, 0)) == 0 and len(outbox.claim(9, 9)) == 3
    assert len(hooks) == 6


# -- trying again ---------------------------------------------------------------------------------------------


def test_the_schedule(store: Store, clock: Clock) -> None:
    hook = add_hook(store)
    end_run(store, "a")
    outbox = Outbox(store.database, clock)
    message = deliveries(store, hook)[0].message
    for attempt, delay in enumerate(DELAYS, 1):
        assert fail(outbox) == "waiting"
        (delivery,) = deliveries(store, hook)
        assert (delivery.attempts, delivery.code, delivery.message) == (attempt, 500, message)
        wait = delivery.due - clock.now
        assert delay * (1 - JITTER) <= wait <= delay * (1 + JITTER)
        clock.now += wait - 0.5
        assert outbox.claim(9, 9) == []
        clock.now += 1
    assert fail(outbox, Outcome(fault="timeout")) == "failed"
    (delivery,) = deliveries(store, hook)
    assert (delivery.state, delivery.code, delivery.fault) == ("failed", None, "timeout") and delivery.ended
    clock.now += 10 * DAY
    assert outbox.claim(9, 9) == []


def test_waits_are_spread(store: Store, clock: Clock) -> None:
    hooks = [add_hook(store) for _ in range(8)]
    end_run(store, "a")
    outbox = Outbox(store.database, clock)
    for parcel in outbox.claim(9, 9):
        outbox.finish(parcel, Outcome(code=500))
    assert len({deliveries(store, hook)[0].due for hook in hooks}) == 8


@pytest.mark.parametrize(("asked", "waits"), [(0.0, None), (3.0, None), (900.0, 900.0), (1e9, LONGEST)])
def test_an_endpoint_may_ask_for_a_longer_wait(store: Store, clock: Clock, asked: float, waits: float | None) -> None:
    hook = add_hook(store)
    end_run(store, "a")
    end_run(store, "b")
    outbox = Outbox(store.database, clock)
    assert fail(outbox, Outcome(code=503, wait=asked)) == "waiting"
    assert outbox.claim(9, 9) == []  # not the other one either: it is overloaded
    wait = deliveries(store, hook)[0].due - clock.now
    assert wait == waits if waits else wait <= DELAYS[0] * (1 + JITTER)
    clock.now += max(waits or 0, DELAYS[0])
    assert only(outbox.claim(9, 9)).delivery.id == deliveries(store, hook)[1].id


def test_gone_is_gone(store: Store, clock: Clock) -> None:
    hook, hooks = add_hook(store), hooks_of(store)
    for name in "ab":
        end_run(store, name)
    outbox = Outbox(store.database, clock)
    assert fail(outbox, Outcome(code=410)) == "failed"
    disabled = hooks.hook(hook.id)
    assert disabled is not None and disabled.disabled == "gone"
    first, second = deliveries(store, hook)
    assert (first.code, second.code, second.fault) == (410, None, "disabled")
    end_run(store, "c")
    assert outbox.claim(9, 9) == [] and len(deliveries(store, hook)) == 2
    assert hooks.replay(hook.id, second.id) is None and hooks.test(hook.id) is None
    hooks.change(hook.id, enabled=True)
    assert outbox.claim(9, 9) == []  # not by itself
    replayed = hooks.replay(hook.id, second.id)
    assert replayed is not None and (replayed.message, replayed.body) == (second.message, second.body)
    assert only(outbox.claim(9, 9)).delivery.id == replayed.id != second.id


def test_what_is_under_way_when_an_endpoint_is_disabled_is_not_tried_again(store: Store, clock: Clock) -> None:
    hook = add_hook(store)
    end_run(store, "a")
    outbox = Outbox(store.database, clock)
    parcel = only(outbox.claim(1, 1))
    hooks_of(store).change(hook.id, enabled=False)
    assert outbox.finish(parcel, Outcome(code=500)) == "failed"
    assert outbox.claim(1, 1) == []


def test_an_endpoint_that_fails_for_days_is_disabled(store: Store, clock: Clock) -> None:
    hook = add_hook(store)
    outbox = Outbox(store.database, clock)
    begin = clock.now
    spent = 0
    while (now := hooks_of(store).hook(hook.id)) is not None and now.disabled is None:
        end_run(store, str(spent))
        for _ in range(len(DELAYS) + 1):
            state = fail(outbox)
            clock.now += LONGEST
        assert state == "failed"
        spent += 1
    assert now is not None and now.disabled == "failing"
    # 8 attempts a day apart: the first is given up after 7 days, with 8 in a row; the second makes it more than 10
    assert spent == 2 and clock.now - begin > PATIENCE and spent * (len(DELAYS) + 1) >= IN_A_ROW


def test_one_success_and_all_is_forgiven(store: Store, clock: Clock) -> None:
    hook = add_hook(store)
    end_run(store, "a")
    outbox = Outbox(store.database, clock)
    fail(outbox)
    clock.now += PATIENCE * 2
    assert outbox.finish(only(outbox.claim(1, 1)), Outcome(code=204)) == "delivered"
    now = hooks_of(store).hook(hook.id)
    assert now is not None and now.failing is None


# -- clocks that jump -----------------------------------------------------------------------------------------


def test_a_clock_that_jumps_ahead_costs_one_attempt_and_disables_nothing(store: Store, clock: Clock) -> None:
    hook = add_hook(store)
    end_run(store, "a")
    outbox = Outbox(store.database, clock)
    fail(outbox)
    clock.now += 365 * DAY
    assert fail(outbox) == "waiting"
    assert outbox.claim(1, 1) == []  # no storm
    clock.now -= 365 * DAY
    assert fail(outbox) == "waiting"  # it would have waited for a year
    assert outbox.claim(1, 1) == []
    now = hooks_of(store).hook(hook.id)
    assert now is not None and now.disabled is None and deliveries(store, hook)[0].attempts == 3


def test_a_clock_that_jumps_back_loses_nothing(store: Store, clock: Clock) -> None:
    hook = add_hook(store)
    for name in "ab":
        end_run(store, name)
    outbox = Outbox(store.database, clock)
    only(outbox.claim(1, 1))  # and its sender dies
    clock.now -= 365 * DAY
    parcel = only(outbox.claim(1, 1))
    assert parcel.delivery.attempts == 1  # what was never tried is due at once, whatever the clock says
    outbox.finish(parcel, Outcome(code=429, wait=60.0))
    clock.now -= 365 * DAY  # the endpoint rests until a moment far away, which nobody believes
    assert outbox.finish(only(outbox.claim(1, 1)), Outcome(code=200)) == "delivered"
    assert outbox.finish(only(outbox.claim(1, 1)), Outcome(code=200)) == "delivered"
    assert [each.state for each in deliveries(store, hook)] == ["delivered", "delivered"]


# -- endpoints ------------------------------------------------------------------------------------------------


def test_a_new_secret_signs_beside_the_old_ones_for_a_while(store: Store) -> None:
    hook, hooks = add_hook(store), hooks_of(store)
    new = hooks.rotate(hook.id, DAY)
    assert new is not None and new.secret != hook.secret
    _, until = new.secrets[1]
    assert until is not None
    assert new.signing(until - 1) == (new.secret, hook.secret)
    assert new.signing(until) == (new.secret,)
    for _ in range(10):
        newest = hooks.rotate(hook.id, DAY)
    assert newest is not None and len(newest.secrets) == len(set(newest.secrets)) == MOST_SECRETS
    alone = hooks.rotate(hook.id, 0.0)
    assert alone is not None and len(alone.secrets) == 1
    assert hooks.hook(hook.id) == alone


def test_tenants_do_not_see_each_other(store: Store) -> None:
    hook, other = add_hook(store), hooks_of(store, "other")
    end_run(store, "a")
    (delivery,) = deliveries(store, hook)
    assert other.hook(hook.id) is None and other.hooks(9) == [] and other.deliveries(hook.id, 9) == []
    assert other.delivery(hook.id, delivery.id) is None and other.replay(hook.id, delivery.id) is None
    assert other.rotate(hook.id, 0.0) is None and other.change(hook.id, enabled=False) is None
    assert other.test(hook.id) is None and not other.remove(hook.id)
    assert hooks_of(store).hook(hook.id) == hook and deliveries(store, hook) == [delivery]


def test_a_tenant_has_only_so_many(store: Store) -> None:
    for _ in range(MOST_HOOKS):
        add_hook(store)
    assert hooks_of(store).add("https://crm.example", EVENTS) is None
    add_hook(store, tenant="other")
    pages = hooks_of(store).hooks(15), hooks_of(store).hooks(15, hooks_of(store).hooks(15)[-1][0])
    assert [len(page) for page in pages] == [15, 5]


def test_an_endpoint_goes_with_its_deliveries(store: Store, clock: Clock) -> None:
    hook = add_hook(store)
    end_run(store, "a")
    outbox = Outbox(store.database, clock)
    parcel = only(outbox.claim(1, 1))
    assert hooks_of(store).remove(hook.id) and not hooks_of(store).remove(hook.id)
    assert outbox.finish(parcel, Outcome(code=200)) is None and deliveries(store, hook) == []


def test_a_test_is_tried_once(store: Store, clock: Clock) -> None:
    hook = hooks_of(store).add("https://crm.example", ["run.failed"])
    assert hook is not None
    sent = hooks_of(store).test(hook.id)
    assert sent is not None and sent.event == TEST
    outbox = Outbox(store.database, clock)
    assert fail(outbox) == "failed"
    clock.now += DAY
    assert outbox.claim(1, 1) == []


def test_the_log_comes_in_pages_and_by_state(store: Store, clock: Clock) -> None:
    hook, hooks = add_hook(store), hooks_of(store)
    for name in "abcd":
        end_run(store, name)
    outbox = Outbox(store.database, clock)
    outbox.finish(only(outbox.claim(1, 1)), Outcome(code=200))
    first = hooks.deliveries(hook.id, 3)
    second = hooks.deliveries(hook.id, 3, first[-1][0])
    assert [len(first), len(second)] == [3, 1] and second[0][1].state == "delivered"
    assert len(hooks.deliveries(hook.id, 9, state="waiting")) == 3
    assert hooks.delivery(hook.id, first[0][1].id) == first[0][1]
