"""What-ifs: a JSON Patch (RFC 6902) makes one scenario out of another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from jsonpatch import JsonPatch, JsonPatchException, JsonPatchTestFailed
from jsonpointer import JsonPointer, JsonPointerException

from api.errors import Problem, all_invalid, invalid
from scenarios.formats.json import head_of, repeated_keys, tables_of
from scenarios.issues import pointer
from scenarios.model import Scenario

MEDIA_TYPES = ("application/json-patch+json", "application/json")

_MEMBERS = {
    **dict.fromkeys(("add", "replace", "test"), ("path", "value")),
    **dict.fromkeys(("move", "copy"), ("from", "path")),
    "remove": ("path",),
}
"""What each operation must say."""


def read_patch(data: bytes) -> list[dict[str, Any]]:
    """Return the operations of a patch.

    Raises
    ------
    Problem
        If it is no patch, with every place.
    """
    try:
        operations = orjson.loads(data)
    except orjson.JSONDecodeError as fault:
        raise invalid("", "json_invalid") from fault
    if repeated := repeated_keys(data, operations):
        raise all_invalid((place, "repeated", {}) for place, _ in repeated)
    if not isinstance(operations, list):
        raise invalid("", "patch_not_a_list")
    faults = [fault for index, operation in enumerate(operations) for fault in _faults(operation, index)]
    if faults:
        raise all_invalid(faults)
    return operations


def _faults(operation: Any, index: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield what keeps an entry of a patch from being an operation, each with its place."""
    named = operation.get("op") if isinstance(operation, dict) else None
    members = _MEMBERS.get(named) if isinstance(named, str) else None
    if members is None:
        yield pointer(index), "patch_operation", {}
        return
    for name in members:
        if name not in operation:
            yield pointer(index, name), "missing", {}
        elif name != "value" and not _is_pointer(operation[name]):
            yield pointer(index, name), "patch_pointer", {}


def _is_pointer(place: Any) -> bool:
    try:
        JsonPointer(place)
    except (JsonPointerException, TypeError):
        return False
    return True


def document_of(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario in its JSON form, as patches see it: of the reps with every field, empty or not."""
    reps = [rep.model_dump(mode="json") for rep in scenario.reps]
    return {**head_of(scenario), **tables_of(scenario), "reps": reps}


def apply_patch(document: Any, operations: list[dict[str, Any]], most_bytes: int) -> bytes:
    """Apply a patch to a scenario as JSON, and return the scenario that comes of it as JSON.

    Raises
    ------
    Problem
        ``patch_failed`` at the first operation that cannot be applied; ``patch_too_large`` when copies of copies
        would add up to more than `most_bytes`.
    """
    copied = 0
    for index, operation in enumerate(operations):
        try:
            if operation["op"] == "copy":
                copied += len(orjson.dumps(JsonPointer(operation["from"]).resolve(document)))
                if copied > most_bytes:
                    raise Problem("patch_too_large", limit=most_bytes)
            document = JsonPatch([operation]).apply(document, in_place=True)
        except JsonPatchTestFailed as fault:
            raise _failed(index, "patch_test", operation) from fault
        except (JsonPatchException, JsonPointerException, TypeError, KeyError, IndexError, ValueError) as fault:
            raise _failed(index, "patch_place", operation) from fault
    return orjson.dumps(document)


def _failed(index: int, code: str, operation: dict[str, Any]) -> Problem:
    places = [operation[name] for name in ("from", "path") if name in operation]
    return Problem("patch_failed", faults=[(pointer(index), code, {"places": places})], index=index)
