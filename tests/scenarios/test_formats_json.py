"""Scenarios as JSON: keys that come twice are told, each with its place."""

from __future__ import annotations

import pytest

from scenarios import load_bytes
from scenarios.formats.json import repeated_keys


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (b'{"leads": [{"id": "A"}, {"id": "B", "value": 1, "value": 2}], "reps": []}', ["/leads/1/value"]),
        (b'{"reps": [{"id": "R", "id": "S"}], "leads": [], "leads": []}', ["/leads", "/reps/0/id"]),
        (b'{"a/b": {"c~d": 1, "c~d": 1}}', ["/a~1b/c~0d"]),
        (b'{"a": {"x": 1, "x": 2}, "a": {"y": 1, "y": 2}}', ["/a", "/a/y"]),  # the first is gone, and what was in it
        (b'[[{"a": 1, "a": 1}], {"b": 1, "b": [{"c": 1}], "b": 1}]', ["/0/0/a", "/1/b"]),
    ],
)
def test_every_place_is_told(text: bytes, places: list[str]) -> None:
    assert [place for place, _ in repeated_keys(text, {})] == places


def test_the_issue_stands_at_its_place() -> None:
    reading = load_bytes(b'{"leads": [{"id": "A", "value": 1, "value": 2}], "reps": [{"id": "R"}]}', "json")
    assert [(issue.code, issue.pointer) for issue in reading.issues] == [("duplicate_key", "/leads/0/value")]
    assert reading.issues[0].message("en") == "value is given more than once."
