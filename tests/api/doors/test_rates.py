"""Limits: a window that moves, by a clock that the test holds."""

from __future__ import annotations

import pytest

from api.doors import rates as module
from api.doors.rates import MOST, Rates, limit_of, name_of, written


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_window_that_moves() -> None:
    clock = Clock()
    rates = Rates("3/minute", clock)
    for left in (2, 1, 0):  # at 0, 10 and 20 s
        standing = rates.hit("a")
        assert (standing.kept, standing.left) == (True, left)
        clock.now += 10
    refused = rates.hit("a")  # at 30 s: the first leaves the window at 60
    assert (refused.kept, refused.left, refused.seconds) == (False, 0, 30)
    assert refused.headers == {"RateLimit-Policy": '"default";q=3;w=60', "RateLimit": '"default";r=0;t=30'}
    clock.now += 30
    assert rates.hit("a").kept
    assert not rates.hit("a").kept  # the second leaves at 70
    clock.now += 10
    assert rates.hit("a").kept


def test_each_has_a_window_of_their_own() -> None:
    rates = Rates("1/hour", Clock())
    assert rates.hit("a").kept and rates.hit("b").kept
    assert not rates.hit("a").kept
    assert rates.hit("a", own="2/minute").kept  # another limit, another window


def test_looking_does_not_count() -> None:
    rates = Rates("2/minute", Clock())
    assert [rates.full("a") for _ in range(5)] == [None] * 5
    rates.hit("a")
    assert rates.full("a") is None
    rates.hit("a")
    full = rates.full("a")
    assert full is not None and not full.kept and full.seconds == 60


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_NAMES", 100)
    rates = Rates("5/minute", Clock())
    for k in range(1000):
        rates.hit(f"name-{k}")
    assert len(rates._limiter.storage._moments) == 100  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["", "many", "10", "0/minute", "-1/minute", "10/fortnight", "1/year", "2/2 days"])
def test_texts_that_are_no_limit(text: str) -> None:
    with pytest.raises(ValueError, match="limit"):
        limit_of(text)


def test_a_limit_is_not_larger_than_can_be_counted() -> None:
    assert limit_of(f"{MOST}/day").amount == MOST
    with pytest.raises(ValueError, match="limit"):
        limit_of(f"{MOST + 1}/day")


@pytest.mark.parametrize(("text", "again"), [("100/minute", "100/minute"), ("5 per 2 hours", "5/2 hour")])
def test_limits_are_written_as_they_are_read(text: str, again: str) -> None:
    assert written(limit_of(text)) == again
    assert limit_of(again) == limit_of(text)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("testclient", "testclient"),
        ("x" * 1000, "x" * 64),
    ],
)
def test_names_of_addresses(address: str, name: str) -> None:
    assert name_of(address) == name
