"""The examples in the description are what the service takes and says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.examples import REQUESTS, answers
from api.openapi import TAGGED
from tests.api.http.story import settings, story


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, Any]]:
    with TestClient(create_app(settings())) as client:
        yield {"document": client.get("/openapi.json").json(), **story(client)}


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def shape(value: Any, depth: int = 3) -> Any:
    """Return the keys of what is nested, so deeply; of a list those of its first entry."""
    if isinstance(value, dict) and depth:
        return {key: shape(inner, depth - 1) for key, inner in value.items()}
    if isinstance(value, list) and value:
        return [shape(value[0], depth)]
    return None


def test_every_operation_has_one(told: dict[str, Any]) -> None:
    files = {"follow_run", "export_plan", "metrics"}  # no JSON
    names = {operation["operationId"] for operation in operations(told["document"])}
    assert answers().keys() == names - files
    with_body = {operation["operationId"] for operation in operations(told["document"]) if "requestBody" in operation}
    assert with_body == REQUESTS.keys()


def test_every_answer_is_as_its_schema_and_its_example_say(told: dict[str, Any]) -> None:
    document = told["document"]
    for operation in operations(document):
        name = operation["operationId"]
        if name not in answers():
            continue
        status, example = answers()[name]
        assert str(told[name]["status"]) == status, name
        if example is None:
            assert "content" not in operation["responses"][status], name
            continue
        content = operation["responses"][status]["content"]["application/json"]
        assert content["example"] == example
        schema = {**content["schema"], "components": document["components"]}
        for body in (example, told[name]["body"]):
            jsonschema_rs.validate(schema, body)
        assert shape(told[name]["body"]) == shape(example), name


def test_every_request_is_as_its_schema_says(told: dict[str, Any]) -> None:
    document = told["document"]
    for operation in operations(document):
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            if "json" in media:
                schema = {**content["schema"], "components": document["components"]}
                assert content["example"] == REQUESTS[operation["operationId"]]
                jsonschema_rs.validate(schema, content["example"])
                for example in content["schema"].get("examples", []):
                    jsonschema_rs.validate(schema, example)


def test_what_has_a_tag(told: dict[str, Any]) -> None:
    tagged = {name for name, answer in told.items() if name != "document" and answer["tagged"]}
    assert tagged == {*TAGGED} - {"export_plan"}


def test_secrets_are_not_shown(told: dict[str, Any]) -> None:
    for name, field in (("create_key", "key"), ("create_webhook", "secret"), ("rotate_secret", "secret")):
        assert answers()[name][1][field].endswith("...") and not told[name]["body"][field].endswith("...")
