"""What is committed is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
from fastapi.testclient import TestClient

from api.reference import OPENAPI, main, openapi_bytes, pages
from scenarios.goals import GOAL_KINDS
from scenarios.issue_texts import ISSUE_TEXTS
from scenarios.model import Lead, Rep
from scenarios.rules import RULE_KINDS

STALE = "out of date: run `make docs` and commit what it writes"


def test_openapi_is_up_to_date(client: TestClient) -> None:
    assert OPENAPI.read_bytes() == openapi_bytes(), STALE
    served = client.get("/openapi.json").json()
    assert served == orjson.loads(OPENAPI.read_bytes())
    assert served["openapi"].startswith("3.1.")


def test_openapi_is_whole() -> None:
    text = OPENAPI.read_text(encoding="utf-8")
    document = orjson.loads(text)
    for reference in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert reference in document["components"]["schemas"], reference
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), (method, path)
            assert any(int(status) < 300 for status in operation["responses"])
            if method == "post":
                assert {"name": "Idempotency-Key", "in": "header"}.items() <= operation["parameters"][-1].items()


def test_the_reference_names_everything() -> None:
    written = pages()
    for name in (*Lead.model_fields, *Rep.model_fields):
        assert f"| `{name}` |" in written["scenario.md"]
    assert all(f"## `{kind}`" in written["rules.md"] for kind in RULE_KINDS)
    assert all(f"## `{kind}`" in written["goals.md"] for kind in GOAL_KINDS)
    assert all(f"| `{code}` |" in written["issues.md"] for code in ISSUE_TEXTS)


def test_the_reference_is_up_to_date() -> None:
    committed = Path(__file__).parents[2] / "docs" / "reference"
    for name, text in pages().items():
        assert (committed / name).read_text(encoding="utf-8") == text, STALE


def test_writing_it(tmp_path: Path) -> None:
    before = OPENAPI.read_bytes()
    main([str(tmp_path)])
    assert {path.name for path in (tmp_path / "reference").iterdir()} == set(pages())
    assert OPENAPI.read_bytes() == before
