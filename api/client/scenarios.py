"""Scenarios: sent, varied, listed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.client.calls import Body, Calls
from api.client.shapes import ScenarioInfo

if TYPE_CHECKING:  # whoever has no Scenario at hand does not have to load what it is made of
    from scenarios.model import Scenario

_JSON, _ZIP = "application/json", "application/zip"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MEDIA = {".json": _JSON, ".xlsx": _XLSX, ".zip": _ZIP}
_SIGNATURE = b"PK\x03\x04"
_READING_SECONDS = 600.0
"""How long to wait while the service reads a big scenario."""


class Scenarios:
    """What the service knows of scenarios."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def add(
        self, source: str | Path | bytes | Scenario, *, media: str | None = None, dry_run: bool = False
    ) -> ScenarioInfo:
        """Store a scenario; the same content again is the same scenario.

        Parameters
        ----------
        source : path, bytes or Scenario
            A file (``.json``, ``.xlsx``, ``.zip``), a folder of tables, the bytes of such a file, or a scenario.
        media : str, optional
            Content type of bytes; needed only for a workbook, which cannot be told from an archive.
        dry_run : bool
            Only tell what would come of it.

        Raises
        ------
        ProblemError
            ``scenario_invalid``, with every issue in `errors`.
        """
        content, kind = _content(source)
        document = self._calls.json(
            "POST",
            "/v1/scenarios",
            body=content,
            params={"dry_run": True} if dry_run else None,
            headers={"Content-Type": media or kind},
            seconds=_READING_SECONDS,
        )
        return ScenarioInfo.of(document)

    def vary(self, scenario: str | ScenarioInfo, patch: Sequence[dict[str, Any]]) -> ScenarioInfo:
        """Store a what-if: a scenario with a JSON Patch (RFC 6902) on its JSON form."""
        path = f"/v1/scenarios/{id_of(scenario)}/variants"
        headers = {"Content-Type": "application/json-patch+json"}
        return ScenarioInfo.of(
            self._calls.json("POST", path, json=list(patch), headers=headers, seconds=_READING_SECONDS)
        )

    def get(self, scenario: str) -> ScenarioInfo:
        """Return a scenario's record."""
        return ScenarioInfo.of(self._calls.json("GET", f"/v1/scenarios/{scenario}"))

    def list(self, *, page_size: int = 100) -> Iterator[ScenarioInfo]:
        """Yield all scenarios, newest first."""
        return map(ScenarioInfo.of, self._calls.items("/v1/scenarios", page_size=page_size))


def id_of(thing: Any) -> str:
    """Return the id of something, or the id itself."""
    return thing if isinstance(thing, str) else str(thing.id)


def _content(source: Any) -> tuple[Body, str]:
    """Return what to send for a scenario, and its content type."""
    if isinstance(source, bytes):
        return source, _ZIP if source.startswith(_SIGNATURE) else _JSON
    if not isinstance(source, str | Path):
        from scenarios.writing import scenario_as_bytes

        # tables as Parquet are a fraction of the same as JSON
        return scenario_as_bytes(source, "zip"), _ZIP
    path = Path(source)
    if path.is_dir():
        return _zipped(path), _ZIP
    media = _MEDIA.get(path.suffix.lower())
    if media is None:
        raise ValueError(f"{path}: a .json, .xlsx or .zip file, or a folder of tables, is expected")
    return lambda: path.open("rb"), media


def _zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in (".json", ".csv", ".parquet"):
                archive.write(path, path.name)
    return buffer.getvalue()
