"""What is kept ready, and what goes first where there is no room."""

from __future__ import annotations

from api.recent import PLAN_LEADS, Recent


def test_what_was_not_asked_for_longest_goes_first() -> None:
    recent: Recent[str, int] = Recent(3 * (PLAN_LEADS + 10))
    for k, name in enumerate("abc"):
        recent.keep(name, k, leads=10)
    assert recent.get("a") == 0
    recent.keep("d", 3, leads=10)
    assert [recent.get(name) for name in "abcd"] == [0, None, 2, 3]


def test_many_small_plans_are_not_free() -> None:
    recent: Recent[int, int] = Recent(10_000)
    for k in range(1000):
        recent.keep(k, k, leads=0)
    assert sum(recent.get(k) is not None for k in range(1000)) == 10_000 // PLAN_LEADS


def test_the_last_one_is_kept_whatever_it_takes() -> None:
    recent: Recent[str, int] = Recent(0)
    recent.keep("large", 1, leads=10**9)
    assert recent.get("large") == 1
    recent.keep("small", 2, leads=1)
    assert recent.get("large") is None and recent.get("small") == 2


def test_what_is_kept_again_or_dropped_counts_once() -> None:
    recent: Recent[str, int] = Recent(2 * (PLAN_LEADS + 10))
    for _ in range(5):
        recent.keep("a", 1, leads=10)
    recent.keep("b", 2, leads=10)
    assert recent.get("a") == 1
    recent.drop("a")
    recent.drop("a")
    recent.keep("c", 3, leads=10)
    assert [recent.get(name) for name in "abc"] == [None, 2, 3]
