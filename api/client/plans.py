"""Plans: read, explained, compared, exported."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

from api.client.calls import Calls
from api.client.faults import UnreachableError
from api.client.scenarios import id_of
from api.client.shapes import Assignment, Comparison, Explanation, Load, Plan, RepExplanation, RuleCost, Run, WhyNot

_SOLVING_SECONDS = 900.0
"""How long to wait for an answer that the service solves again for."""


class Plans:
    """What the service knows of plans. A plan may be named by its id, by itself, or by the run that made it."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def get(self, plan: str | Run) -> Plan:
        """Return a plan's document."""
        return Plan.of(self._calls.json("GET", _path(plan)))

    def assignments(self, plan: str | Plan | Run, *, page_size: int = 1000) -> Iterator[Assignment]:
        """Yield who gets each lead, in the scenario's order."""
        return map(Assignment.of, self._calls.items(f"{_path(plan)}/assignments", page_size=page_size))

    def loads(self, plan: str | Plan | Run, *, page_size: int = 1000) -> Iterator[Load]:
        """Yield what each rep holds."""
        return map(Load.of, self._calls.items(f"{_path(plan)}/loads", page_size=page_size))

    def explanation(self, plan: str | Plan | Run, lead: str, *, others: int | None = None) -> Explanation:
        """Say why a lead goes to its rep, or to nobody; `others` is how many of the other reps to tell of."""
        path = f"{_path(plan)}/explanations/{_quoted(lead)}"
        return Explanation.of(self._calls.json("GET", path, params={"others": others}))

    def why_not(self, plan: str | Plan | Run, lead: str, rep: str, *, verify: bool = False) -> WhyNot:
        """Say why a rep does not get a lead; with `verify`, solve again with the pair forced."""
        params = {"lead": lead, "rep": rep, "verify": verify or None}
        return WhyNot.of(self._calls.json("GET", f"{_path(plan)}/why-not", params=params, seconds=_patience(verify)))

    def rep(self, plan: str | Plan | Run, rep: str) -> RepExplanation:
        """Say why a rep has this load, and why not more."""
        return RepExplanation.of(self._calls.json("GET", f"{_path(plan)}/reps/{_quoted(rep)}"))

    def rules(self, plan: str | Plan | Run, *, verify: bool = False) -> list[RuleCost]:
        """Say what each rule costs, the dearest first; with `verify`, solve again without each."""
        params = {"verify": verify or None}
        answer = self._calls.json("GET", f"{_path(plan)}/rules", params=params, seconds=_patience(verify))
        return [RuleCost.of(rule) for rule in answer["rules"]]

    def compare(self, base: str | Plan | Run, other: str | Plan | Run, *, page_size: int = 1000) -> Comparison:
        """Say what changed from one plan to another; ``today`` as base means today's owners."""
        params = {"base": _plan_id(base), "other": _plan_id(other), "page_size": page_size}
        document = self._calls.json("GET", "/v1/compare", params=params)
        moves, token = list(document["moves"]), document["next_page_token"]
        while token is not None:
            page = self._calls.json("GET", "/v1/compare", params={**params, "page_token": token})
            moves, token = [*moves, *page["moves"]], page["next_page_token"]
        return Comparison.of({**document, "moves": moves, "next_page_token": None})

    def receipt(self, plan: str | Plan | Run) -> dict[str, Any]:
        """Return the digests of what the plan was made from and of what was made."""
        return self._calls.json("GET", f"{_path(plan)}/receipt")

    def export(self, plan: str | Plan | Run, target: str | Path, *, part: str | None = None) -> Path:
        """Write a plan to a file, whose ending tells the format; the file appears whole or not at all.

        Parameters
        ----------
        target : path
            ``.csv``, ``.xlsx`` or ``.parquet``; of territories also ``.geojson``, ``.html``, ``.svg`` and ``.png``.
        part : {"assignments", "changes"}, optional
            ``changes``, of territories: what leaves and what comes, rep by rep.
        """
        path = Path(target)
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        params = {"format": path.suffix.removeprefix(".").lower(), "part": part}
        try:
            with self._calls.stream(f"{_path(plan)}/export", params=params) as answer, partial.open("wb") as file:
                try:
                    for piece in answer.iter_bytes():
                        file.write(piece)
                except httpx2.TransportError as lost:
                    raise UnreachableError(f"{path.name} did not come through: {lost}") from lost
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        return path


def _plan_id(plan: str | Plan | Run) -> str:
    if isinstance(plan, Run):
        if plan.plan is None:
            raise ValueError(f"{plan.id} has no plan: it is {plan.status}")
        return plan.plan
    return id_of(plan)


def _path(plan: str | Plan | Run) -> str:
    return f"/v1/plans/{_quoted(_plan_id(plan))}"


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _patience(verify: bool) -> float | None:
    return _SOLVING_SECONDS if verify else None
