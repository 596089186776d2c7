"""Whether the service lives, is ready, and how it fares."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Query, Response

from api.answers import Json
from api.errors import Problem
from api.metrics import CONTENT_TYPE
from api.schemas import Health
from api.service import Service, TheService
from api.store import StoreDownError
from api.store.database import file_of

router = APIRouter(tags=["health"])

Part = Literal["store", "tables", "worker", "solvers", "disk"]
PARTS: tuple[Part, ...] = get_args(Part)

Fault = tuple[str, str, dict[str, Any]]


@router.get("/healthz", response_model=Health)
async def healthz() -> Response:
    """Say that the process answers."""
    return Json({"status": "ok"})


@router.get("/readyz", response_model=Health)
async def readyz(
    service: TheService,
    exclude: Annotated[list[Part], Query(description="Parts that do not matter to whoever asks.")] = [],  # noqa: B006 - never changed
) -> Response:
    """Say whether runs can be taken in and are solved; 503 with every reason in `errors` otherwise.

    Reasons are: the database (`store`) or the place for big tables (`tables`) does not answer, this process has lost
    its part in the work (`worker`), nobody solves (`solvers`), the disk is nearly full (`disk`).
    """
    wanted = frozenset(PARTS) - frozenset(exclude)
    faults = await asyncio.to_thread(lambda: list(_faults(service, wanted)))
    if faults:
        told = ", ".join(dict.fromkeys(place.removeprefix("#") for place, _, _ in faults))
        raise Problem("not_ready", faults=faults, headers={"Retry-After": "5"}, reason=told)
    return Json({"status": "ready"})


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(service: TheService) -> Response:
    """Return figures about this process, and about the queue, for Prometheus."""
    return Response(await asyncio.to_thread(service.metrics.text), headers={"Content-Type": CONTENT_TYPE})


def _faults(service: Service, wanted: frozenset[Part]) -> Iterator[Fault]:
    """Yield everything that keeps the service from being ready; this may block."""
    if "store" in wanted and not _answers(service.store.database.ping):
        yield "#store", "store_down", {}
        wanted -= {"solvers"}  # nobody can know
    if "tables" in wanted and not _answers(service.store.blobs.ping):
        yield "#tables", "tables_down", {}
    if "worker" in wanted and not service.worker.alive:
        yield "#worker", "worker_down", {}
    if "solvers" in wanted and not _answers(lambda: _solves(service)):
        yield "#solvers", "no_solver", {}
    if "disk" in wanted:
        yield from _full(service)


def _answers(ask: Any) -> bool:
    """Tell whether something answers, and does not say no."""
    try:
        return ask() is not False
    except (StoreDownError, OSError):
        return False


def _solves(service: Service) -> bool:
    return any(process.solvers for process in service.store.queue.processes())


def _full(service: Service) -> Iterator[Fault]:
    """Yield the disks of this machine that are nearly full; those of others are looked after there."""
    least = service.settings.least_free_bytes
    file, tables = file_of(service.store.database), service.settings.blobs
    places = {"database": file.absolute().parent if file else None}
    if tables != "database" and (tables.startswith("file://") or "://" not in tables):
        places["tables"] = Path(tables.removeprefix("file://")).absolute()
    for name, place in places.items():
        if place is None:
            continue
        try:
            free = shutil.disk_usage(place).free
        except OSError:
            continue  # whether it answers is asked above
        if free < least:
            yield "#disk", "disk_nearly_full", {"free": free, "place": name}
