"""Taking scenarios in: from bytes to a stored scenario, or to all its issues."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from api.errors import Problem
from api.runs.frames import Frame
from api.runs.helpers import Helpers
from api.runs.jobs import issue_of, read_job, reading_frame
from api.settings import Settings
from api.store import ScenarioRecord, Store
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
    """The door for scenarios."""

    store: Store
    helpers: Helpers
    settings: Settings

    async def take(
        self, data: bytes, media: Media, *, base: str | None = None, dry_run: bool = False
    ) -> tuple[ScenarioRecord, bool]:
        """Read a scenario and keep it; return its record, and whether it is new.

        Parameters
        ----------
        base : str, optional
            The scenario it is a variant of.
        dry_run : bool
            Only read it.

        Raises
        ------
        Problem
            ``scenario_invalid`` with every issue.
        """
        frame = await self._read(data, media)
        issues = tuple(frame.head["issues"])
        if not frame.parts:
            count = sum(issue["severity"] == "error" for issue in issues)
            raise Problem("scenario_invalid", issues=map(issue_of, issues), count=count)
        facts = {key: frame.head[key] for key in ("sha256", "name", "leads", "reps")}
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        record = ScenarioRecord(f"scn_{facts['sha256'][:32]}", base=base, issues=issues, created=now, **facts)
        if dry_run:
            return record, False
        new = await asyncio.to_thread(self.store.add_scenario, record, *frame.parts)
        kept = record if new else await asyncio.to_thread(self.store.scenario, record.id)
        assert kept is not None
        return kept, new

    async def _read(self, data: bytes, media: Media) -> Frame:
        """Read in a thread what is small, and in a child process what would hold up everybody else."""
        limits = ReadLimits(file_bytes=self.settings.upload_bytes, unpacked_bytes=4 * self.settings.upload_bytes)
        if len(data) > self.settings.inline_bytes:
            return await self.helpers.ask(read_job(data, media, limits))
        return await asyncio.to_thread(lambda: reading_frame(load_bytes(data, media, limits=limits)))
