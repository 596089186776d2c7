"""Taking scenarios in: from bytes to a stored scenario, or to all its issues."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from api.bodies import Body
from api.errors import Problem
from api.runs.clock import now
from api.runs.frames import Frame
from api.runs.helpers import Helpers
from api.runs.jobs import issue_of, patch_job, patched_frame, read_job, reading_frame
from api.runs.packing import Packed
from api.settings import Settings
from api.store import ScenarioRecord, Tenancy
from scenarios.formats.limits import ReadLimits
from scenarios.reading import Media, load_bytes

MEDIA_TYPES: dict[str, Media] = {
    "application/json": "json",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/zip": "zip",
}
"""Content types in which a scenario may come."""


@dataclass(frozen=True)
class Intake:
    """The door for scenarios: what is small is read in a thread, what would hold others up in a child process."""

    kept: Tenancy
    helpers: Helpers
    settings: Settings

    async def take(self, body: Body, media: Media, *, dry_run: bool = False) -> tuple[ScenarioRecord, bool]:
        """Read a scenario and keep it, or with `dry_run` only read it; return its record, and whether it is new.

        Raises
        ------
        Problem
            ``scenario_invalid`` with every issue.
        """
        if body.size > self.settings.inline_bytes:
            frame = await self.helpers.ask(read_job(body, media, self._limits))
        else:
            frame = await asyncio.to_thread(lambda: reading_frame(load_bytes(body.data(), media, limits=self._limits)))
        return await self._keep(frame, None, dry_run)

    async def vary(self, base: ScenarioRecord, operations: list[dict[str, Any]]) -> tuple[ScenarioRecord, bool]:
        """Keep a scenario with a patch on it; return its record, and whether it is new.

        Raises
        ------
        Problem
            ``scenario_invalid``, or as `apply_patch` does.
        """
        packed = Packed(*await asyncio.to_thread(self.kept.scenario_content, base.id))
        if base.leads + base.reps > self.settings.inline_rows:
            frame = await self.helpers.ask(patch_job(packed, operations, self._limits))
        else:
            frame = await asyncio.to_thread(patched_frame, packed, operations, self._limits)
        if frame.head["is"] == "problem":
            raise Problem(frame.head["code"], faults=frame.head["faults"], **frame.head["facts"])
        return await self._keep(frame, base.id, dry_run=False)

    async def _keep(self, frame: Frame, base: str | None, dry_run: bool) -> tuple[ScenarioRecord, bool]:
        issues = tuple(frame.head["issues"])
        if not frame.parts:
            count = sum(issue["severity"] == "error" for issue in issues)
            raise Problem("scenario_invalid", issues=map(issue_of, issues), count=count)
        facts = {key: frame.head[key] for key in ("sha256", "name", "leads", "reps")}
        record = ScenarioRecord(f"scn_{facts['sha256'][:32]}", base=base, issues=issues, created=now(), **facts)
        if dry_run:
            return record, False
        new = await asyncio.to_thread(self.kept.add_scenario, record, *frame.parts)
        known = record if new else await asyncio.to_thread(self.kept.scenario, record.id)
        assert known is not None
        return known, new

    @property
    def _limits(self) -> ReadLimits:
        most = self.settings.upload_bytes
        return ReadLimits(file_bytes=most, unpacked_bytes=4 * most)
