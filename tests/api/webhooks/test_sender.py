"""Deliveries over real sockets: signed, tried again, and never held up by one who does not listen."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import logging
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import WebhookVerificationError

from api.store import Store, StoreDownError
from api.store.hooks import HookRecord
from api.store.outbox import DELAYS, LEASE, Outbox, Outcome, Parcel
from api.webhooks.post import MOST_BYTES, wait_of
from api.webhooks.reach import Reach
from api.webhooks.sender import Sender
from tests.api.webhooks.conftest import LOOPBACK, Clock, add_hook, deliveries, end_run, hooks_of, send_until
from tests.api.webhooks.receiver import Receiver, status


@pytest.fixture
def sender(file_store: Store, clock: Clock) -> Sender:
    """Return a sender that may go to loopback, and looks often."""
    return make_sender(file_store, clock)


def make_sender(store: Store, clock: Clock, reach: Reach = LOOPBACK, **options: object) -> Sender:
    options = {"poll": 0.02, "outbox": Outbox(store.database, clock), **options}
    return Sender(store, reach, **options)  # type: ignore[arg-type]


def ended(store: Store, hook: HookRecord, count: int = 1) -> Callable[[], bool]:
    """Return whether so many deliveries have come to an end."""
    return lambda: sum(each.ended is not None for each in deliveries(store, hook)) >= count


def tried(store: Store, hook: HookRecord, times: int) -> Callable[[], bool]:
    """Return whether the first delivery was tried so often, and waits or has ended."""
    return lambda: (first := deliveries(store, hook)[0]).attempts >= times and first.state != "sending"


# -- the standard ---------------------------------------------------------------------------------------------


def test_a_delivery_is_signed(file_store: Store, sender: Sender, receiver: Receiver) -> None:
    hook = add_hook(file_store, receiver.url)
    end_run(file_store, "a")
    send_until(ended(file_store, hook), sender)
    (got,) = receiver.got
    said = got.verified(hook.secret)
    assert (said["type"], said["data"]["run"], said["data"]["gap"]) == ("run.succeeded", "run_a", 0.05)
    assert got.path == "/hooks?token=of-the-receiver" and got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["content-type"] == "application/json" and got.headers["user-agent"].startswith("Plumbline/")
    (delivery,) = deliveries(file_store, hook)
    assert (delivery.state, delivery.code, delivery.attempts) == ("delivered", 204, 1)
    assert delivery.message == got.message and delivery.body == got.body
    other = add_hook(file_store, receiver.url)
    with pytest.raises(WebhookVerificationError):
        got.verified(other.secret)


def test_what_the_docs_tell_receivers_to_do(file_store: Store, sender: Sender, receiver: Receiver) -> None:
    page = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    (told,) = re.findall(r"```json\n(.*?)```", page, flags=re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    hook = add_hook(file_store, receiver.url)
    end_run(file_store, "a")
    send_until(ended(file_store, hook), sender)
    (got,) = receiver.got
    said = names["read"](got.body.encode(), got.headers, hook.secret)
    assert said["data"]["run"] == "run_a"
    example = orjson.loads(told)
    assert list(said) == list(example) and list(said["data"]) == list(example["data"])
    for delay in ("5 seconds", "5 minutes", "30 minutes", "2, 5, 10 and 14 hours"):
        assert delay in page
    assert DELAYS == (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600)


def test_a_secret_that_was_changed_still_verifies(file_store: Store, sender: Sender, receiver: Receiver) -> None:
    old = add_hook(file_store, receiver.url)
    new = hooks_of(file_store).rotate(old.id, 3600.0)
    assert new is not None
    end_run(file_store, "a")
    # the clock of this store is in the future: the change is long ago
    send_until(ended(file_store, new), sender)
    with pytest.raises(WebhookVerificationError):
        receiver.got[0].verified(old.secret)
    end_run(file_store, "b")
    send_until(ended(file_store, new, 2), make_sender(file_store, clock_of_today()))
    assert receiver.got[1].verified(old.secret) == receiver.got[1].verified(new.secret)
    assert len(receiver.got[1].headers["webhook-signature"].split(" ")) == 2


def clock_of_today() -> Clock:
    clock = Clock()
    clock.now = datetime.datetime.now(datetime.UTC).timestamp()
    return clock


def test_tried_again_until_it_is_delivered(file_store: Store, sender: Sender, receiver: Receiver, clock: Clock) -> None:
    hook = add_hook(file_store, receiver.url)
    receiver.says = [status(500), status(302, Location="/elsewhere"), receiver.hang_up, receiver.mumble]
    end_run(file_store, "a")
    faults = []
    for attempt in range(1, 5):
        send_until(tried(file_store, hook, attempt), sender)
        (delivery,) = deliveries(file_store, hook)
        faults.append(delivery.code or delivery.fault)
        clock.now = delivery.due + 1
    assert faults == [500, 302, "protocol", "protocol"]
    send_until(ended(file_store, hook), sender)
    assert [each.path.partition("?")[0] for each in receiver.got] == ["/hooks"] * 5  # nobody was redirected
    assert len({each.message for each in receiver.got}) == len({each.body for each in receiver.got}) == 1
    assert all(each.verified(hook.secret) for each in receiver.got)
    # and once more, because somebody asks for it
    delivered = deliveries(file_store, hook)[0]
    assert (delivered.state, delivered.attempts) == ("delivered", 5)
    hooks_of(file_store).replay(hook.id, delivered.id)
    send_until(ended(file_store, hook, 2), sender)
    assert receiver.got[5].message == delivered.message and receiver.got[5].verified(hook.secret)


def test_nobody_listens(file_store: Store, sender: Sender) -> None:
    with Receiver().running() as closed:
        hook = add_hook(file_store, closed.url)
    end_run(file_store, "a")
    send_until(tried(file_store, hook, 1), sender)
    assert [(each.state, each.fault) for each in deliveries(file_store, hook)] == [("waiting", "connection")]


def test_gone(file_store: Store, sender: Sender, receiver: Receiver) -> None:
    hook = add_hook(file_store, receiver.url)
    receiver.otherwise = status(410)
    end_run(file_store, "a")
    end_run(file_store, "b")
    send_until(ended(file_store, hook, 2), sender)
    now = hooks_of(file_store).hook(hook.id)
    assert now is not None and now.disabled == "gone" and len(receiver.got) == 1


def test_an_endpoint_says_how_long_to_wait(file_store: Store, sender: Sender, receiver: Receiver, clock: Clock) -> None:
    hook = add_hook(file_store, receiver.url)
    receiver.says = [status(429, Retry_After="1000")]
    end_run(file_store, "a")
    send_until(tried(file_store, hook, 1), sender)
    assert deliveries(file_store, hook)[0].due == clock.now + 1000


NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("-5", None),
        ("1.5", None),
        ("9" * 5000, None),
        ("١٢", None),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
        ("Thu, 01 Jan 2026 00:01:00 -0000", 60.0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0.0),
        ("Thu, 99 Jan 2026 00:01:00 GMT", None),
    ],
)
def test_what_a_wait_says(text: str | None, seconds: float | None) -> None:
    assert wait_of(text, NOW) == seconds


# -- endpoints that do not behave -----------------------------------------------------------------------------


def test_who_hangs_holds_up_nobody_else(file_store: Store, clock: Clock, receiver: Receiver) -> None:
    with Receiver().running() as slow:
        slow.otherwise = slow.hang
        hanging, fine = add_hook(file_store, slow.url), add_hook(file_store, receiver.url)
        for name in "abc":
            end_run(file_store, name)
        send_until(ended(file_store, fine, 3), make_sender(file_store, clock, slots=2, seconds=20.0))
        assert len(slow.got) == slow.most_at_once == 1  # one at a time
        states = {each.state for each in deliveries(file_store, hanging)}
    assert states == {"waiting"}  # given back when the sender was stopped


def test_an_attempt_has_a_limit(file_store: Store, clock: Clock, receiver: Receiver) -> None:
    hook = add_hook(file_store, receiver.url)
    receiver.otherwise = receiver.hang
    end_run(file_store, "a")
    send_until(tried(file_store, hook, 1), make_sender(file_store, clock, seconds=0.2))
    assert [(each.state, each.fault) for each in deliveries(file_store, hook)] == [("waiting", "timeout")]


def test_the_limit_is_below_the_lease(file_store: Store, clock: Clock) -> None:
    with pytest.raises(ValueError, match="before others take over"):
        make_sender(file_store, clock, seconds=LEASE)


def test_what_comes_after_the_status_decides_nothing(file_store: Store, sender: Sender, receiver: Receiver) -> None:
    hook = add_hook(file_store, receiver.url)
    receiver.says = [receiver.hang_in_the_body, receiver.flood]
    end_run(file_store, "a")
    end_run(file_store, "b")
    send_until(ended(file_store, hook, 2), sender)
    assert [each.state for each in deliveries(file_store, hook)] == ["delivered", "delivered"]
    # what fits into the sockets between us, and not what it would have said
    assert MOST_BYTES <= receiver.written < 32 << 20


# -- where it may go ------------------------------------------------------------------------------------------


class Names:
    """A name server whose answers change."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_private_addresses_are_refused(file_store: Store, clock: Clock, receiver: Receiver) -> None:
    hook = add_hook(file_store, receiver.url)
    end_run(file_store, "a")
    send_until(tried(file_store, hook, 1), make_sender(file_store, clock, Reach(http=True)))
    assert deliveries(file_store, hook)[0].fault == "address_not_public" and receiver.got == []


def test_plain_http_is_refused(file_store: Store, clock: Clock, receiver: Receiver) -> None:
    hook = add_hook(file_store, receiver.url)
    end_run(file_store, "a")
    send_until(tried(file_store, hook, 1), make_sender(file_store, clock, Reach(LOOPBACK.networks)))
    assert deliveries(file_store, hook)[0].fault == "https_required" and receiver.got == []


def test_a_name_that_changes_its_mind(file_store: Store, clock: Clock, receiver: Receiver) -> None:
    # public when the endpoint was made; then among public ones one that is not
    names = Names(["93.184.216.34"], ["93.184.216.34", "127.0.0.1"])
    reach = Reach(http=True, resolve=names)
    url = receiver.url.replace("127.0.0.1", "crm.example")
    assert asyncio.run(reach.addresses(reach.read(url))) == ["93.184.216.34"]
    hook = add_hook(file_store, url)
    end_run(file_store, "a")
    send_until(tried(file_store, hook, 1), make_sender(file_store, clock, reach))
    assert deliveries(file_store, hook)[0].fault == "address_not_public" and receiver.got == []


def test_the_connection_goes_to_the_address_that_was_checked(
    file_store: Store, clock: Clock, receiver: Receiver
) -> None:
    # the first two of these are checked, and no later answer is asked for
    names = Names(["127.0.0.9", "127.0.0.1"], ["10.0.0.1"])
    hook = add_hook(file_store, receiver.url.replace("127.0.0.1", "crm.example"))
    end_run(file_store, "a")
    reach = Reach(LOOPBACK.networks, http=True, resolve=names)
    send_until(ended(file_store, hook), make_sender(file_store, clock, reach))
    assert names.asked == 1 and deliveries(file_store, hook)[0].state == "delivered"
    assert receiver.got[0].headers["host"] == f"crm.example:{receiver.port}"


def test_no_proxy_is_asked(
    file_store: Store, sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    hook = add_hook(file_store, receiver.url)
    end_run(file_store, "a")
    send_until(ended(file_store, hook), sender)
    assert deliveries(file_store, hook)[0].state == "delivered"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a key and a certificate for crm.example, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "crm.example")])
    today = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("crm.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    plain = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(plain[2], plain[1], plain[0]) + made.public_bytes(plain[2]))
    return path


@pytest.mark.parametrize(
    ("host", "known", "fault"),
    [
        ("crm.example", True, None),
        ("127.0.0.2", True, None),
        ("crm.example", False, "tls"),  # nobody knows the authority
        ("other.example", True, "tls"),  # the certificate of somebody else
        ("127.0.0.1", True, "tls"),
    ],
)
def test_certificates_are_for_names_and_not_for_addresses(
    file_store: Store, clock: Clock, certificate: Path, host: str, known: bool, fault: str | None
) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    trust = ssl.create_default_context(cafile=str(certificate) if known else None)
    with Receiver().running(server) as receiver:
        hook = add_hook(file_store, f"https://{host}:{receiver.port}/")
        end_run(file_store, "a")
        reach = Reach(LOOPBACK.networks, resolve=Names(["127.0.0.1"]))
        send_until(tried(file_store, hook, 1), make_sender(file_store, clock, reach, trust=trust))
        (delivery,) = deliveries(file_store, hook)
        assert (delivery.fault, len(receiver.got)) == (fault, 0 if fault else 1)


# -- many processes, and their end ----------------------------------------------------------------------------


def test_two_senders_share(file_store: Store, clock: Clock, receiver: Receiver) -> None:
    hooks = [add_hook(file_store, receiver.url) for _ in range(4)]
    for index in range(6):
        end_run(file_store, str(index))
    both = [make_sender(file_store, clock, slots=2), make_sender(file_store, clock, slots=2)]
    send_until(lambda: all(ended(file_store, hook, 6)() for hook in hooks), *both)
    assert len(receiver.got) == 24  # each once
    assert {each.attempts for hook in hooks for each in deliveries(file_store, hook)} == {1}


_CLAIM = """
import sys, time
from api.store import open_store
from api.store.outbox import Outbox
parcels = Outbox(open_store(sys.argv[1]).database, lambda _: float(sys.argv[2])).claim(9, 9)
print(len(parcels), flush=True)
time.sleep(60)
"""


def test_killed_between_claim_and_send(
    file_store: Store, hook_file: str, sender: Sender, receiver: Receiver, clock: Clock
) -> None:
    hook = add_hook(file_store, receiver.url)
    end_run(file_store, "a")
    with subprocess.Popen(
        [sys.executable, "-c", _CLAIM, hook_file, str(clock.now)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "1\n"
        other.send_signal(signal.SIGKILL)
    assert deliveries(file_store, hook)[0].state == "sending"
    clock.now += LEASE + 1
    send_until(ended(file_store, hook), sender)
    (delivery,) = deliveries(file_store, hook)
    assert (delivery.state, delivery.attempts) == ("delivered", 2) and len(receiver.got) == 1


def test_a_store_that_is_away_for_a_moment(
    file_store: Store, clock: Clock, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = add_hook(file_store, receiver.url)
    end_run(file_store, "a")
    finish, calls = Outbox.finish, 0

    def away_at_first(self: Outbox, parcel: Parcel, outcome: Outcome) -> object:
        nonlocal calls
        calls += 1
        if calls <= 2:
            raise StoreDownError("the database restarts")
        return finish(self, parcel, outcome)

    monkeypatch.setattr(Outbox, "finish", away_at_first)
    send_until(ended(file_store, hook), make_sender(file_store, clock))
    assert calls == 3 and len(receiver.got) == 1


def test_what_goes_wrong_while_claiming_does_not_end_the_sender(
    file_store: Store, clock: Clock, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = add_hook(file_store, receiver.url)
    end_run(file_store, "a")
    claim = Outbox.claim
    faults: list[Exception] = [StoreDownError("the database restarts"), RuntimeError("a fault of ours")]

    def broken_at_first(self: Outbox, most: int, troubled: int) -> list[Parcel]:
        if faults:
            raise faults.pop(0)
        return claim(self, most, troubled)

    monkeypatch.setattr(Outbox, "claim", broken_at_first)
    monkeypatch.setattr("api.webhooks.sender._WITHOUT_STORE", 0.01)
    send_until(ended(file_store, hook), make_sender(file_store, clock))
    assert faults == [] and len(receiver.got) == 1


def test_every_attempt_is_told_of_and_nothing_secret_is_logged(
    file_store: Store, clock: Clock, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    hook = add_hook(file_store, receiver.url)
    receiver.says = [status(500)]
    end_run(file_store, "a")
    told: list[str] = []
    sender = make_sender(file_store, clock, told=told.append)
    with caplog.at_level(logging.DEBUG):
        send_until(lambda: len(told) == 1, sender)
        clock.now += DELAYS[0] * 2
        send_until(lambda: len(told) == 2, sender)
    assert told == ["retried", "delivered"]
    # wire traces of the HTTP library, which nobody switches on in a service
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("httpcore")]
    assert any(hook.id in line for line in lines)
    about = [record for record in caplog.records if hook.id in record.getMessage()]
    assert {vars(record)["tenant"] for record in about} == {"default"}
    assert not any(secret in line for line in lines for secret in ("token=of-the-receiver", hook.secret, "whsec_"))
