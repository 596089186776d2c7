"""Examples of requests and answers, for the description of the service. A test sends and compares all of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson

ANSWERS = Path(__file__).with_name("examples.json")
"""What the service said to these requests once, by operation."""

SCENARIO: dict[str, Any] = {
    "name": "Two reps",
    "leads": [
        {"id": "L-1", "value": 12000, "effort": 2, "region": "North"},
        {"id": "L-2", "value": 8000, "effort": 1, "region": "South"},
        {"id": "L-3", "value": 9500, "effort": 3, "region": "North", "owner": "R-1"},
        {"id": "L-4", "value": 4000, "effort": 1, "region": "South"},
    ],
    "reps": [
        {"id": "R-1", "fte": 1, "region": "North", "capacity": {"hours": 4}},
        {"id": "R-2", "fte": 0.5, "region": "South", "capacity": {"hours": 4}},
    ],
}

REQUESTS: dict[str, Any] = {
    "create_scenario": SCENARIO,
    "create_variant": [
        {"op": "replace", "path": "/name", "value": "Two reps, one more hour"},
        {"op": "replace", "path": "/reps/1/capacity", "value": {"hours": 5}},
    ],
    "create_run": {
        "scenario": "scn_0123456789abcdef0123456789abcdef",
        "kind": "allocate",
        "limits": {"time": 30, "gap": 0.01, "seed": 0},
    },
    "create_key": {"name": "CRM", "scope": "crm", "days": 365},
    "create_webhook": {"url": "https://93.184.216.34/hooks", "events": ["run.succeeded", "run.failed"]},
    "change_webhook": {"enabled": False},
}
"""Bodies of requests, by operation."""


@cache
def answers() -> dict[str, tuple[str, Any]]:
    """Return status and body of the answers, by operation."""
    return {name: (str(told["status"]), told["body"]) for name, told in orjson.loads(ANSWERS.read_bytes()).items()}
