"""What-ifs: a JSON Patch (RFC 6902) makes one scenario out of another."""

from __future__ import annotations

from typing import Any

import orjson
from jsonpatch import InvalidJsonPatch, JsonPatch, JsonPatchException, JsonPatchTestFailed
from jsonpointer import JsonPointer, JsonPointerException

from api.errors import Problem, invalid
from scenarios.formats.json import head_of, repeated_keys, tables_of
from scenarios.issues import pointer
from scenarios.model import Scenario

MEDIA_TYPES = ("application/json-patch+json", "application/json")


def read_patch(data: bytes) -> list[dict[str, Any]]:
    """Return the operations of a patch.

    Raises
    ------
    Problem
        If it is no patch, with the place.
    """
    try:
        operations = orjson.loads(data)
    except orjson.JSONDecodeError as fault:
        raise invalid("", "json_invalid") from fault
    for key in repeated_keys(data, operations):
        raise invalid(pointer(key), "repeated")
    if not isinstance(operations, list):
        raise invalid("", "patch_not_a_list")
    for index, operation in enumerate(operations):
        try:
            JsonPatch([operation])
            if operation["op"] in ("add", "replace", "test") and "value" not in operation:
                raise InvalidJsonPatch("no value")
        except (InvalidJsonPatch, JsonPointerException, TypeError, AttributeError) as fault:
            raise invalid(pointer(index), "patch_operation") from fault
    return operations


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
            raise _failed(index, "patch_test") from fault
        except (JsonPatchException, JsonPointerException, TypeError, KeyError, IndexError, ValueError) as fault:
            raise _failed(index, "patch_place") from fault
    return orjson.dumps(document)


def _failed(index: int, code: str) -> Problem:
    return Problem("patch_failed", faults=[(pointer(index), code, {})], index=index)
