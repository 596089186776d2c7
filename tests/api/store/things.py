"""Things to keep."""

from __future__ import annotations

from api.store import PlanRecord, ProcessRecord, RunRecord, ScenarioRecord, Store

NOW = "2026-01-01T00:00:00.000+00:00"
LATER = "2026-01-01T00:01:00.000+00:00"
WARNING = {"code": "no_reps", "severity": "warning", "pointer": "/reps", "params": {"n": 1}, "where": None}
TABLES = {"assignments": b"\x00\x01", "tiers": b"[]"}


def scenario(name: str = "a", created: str = NOW) -> ScenarioRecord:
    return ScenarioRecord(f"scn_{name}", "a" * 64, "Ä 名 \x00", 3, 2, None, (WARNING,), created)


def run(name: str = "a", tenant: str = "default", priority: int = 0, scenario: str = "scn_a") -> RunRecord:
    limits = {"time": 1.5, "seed": 2**53}
    return RunRecord(f"run_{name}", "allocate", scenario, "queued", limits, NOW, priority=priority, tenant=tenant)


def plan(name: str = "a") -> PlanRecord:
    document = {"status": "optimal", "gap": 0.0, "words": "名 \x00"}
    return PlanRecord(f"pln_{name}", f"run_{name}", "scn_a", NOW, document)


def process(name: str = "p") -> ProcessRecord:
    return ProcessRecord(name, "worker", "host", 1, 2, 0, NOW)


def joined(store: Store, *names: str) -> None:
    """Make processes known."""
    for name in names:
        store.queue.join(process(name))


def taken(store: Store, name: str = "p", per_tenant: int = 0) -> RunRecord:
    """Take a run that must be there."""
    found = store.queue.take(name, LATER, per_tenant)
    assert found is not None
    return found
