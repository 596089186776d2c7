"""Whether the service lives, is ready, and how it fares."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response

from api.answers import Json
from api.errors import Problem, incident
from api.metrics import CONTENT_TYPE
from api.schemas import Health
from api.service import TheService

router = APIRouter(tags=["health"])


@router.get("/healthz", response_model=Health)
async def healthz() -> Response:
    """Say that the process answers."""
    return Json({"status": "ok"})


@router.get("/readyz", response_model=Health)
async def readyz(service: TheService) -> Response:
    """Say whether the store answers and runs are being worked on; 503 with the reason otherwise."""
    try:
        await asyncio.to_thread(service.store.ping)
    except Exception as fault:
        incident(fault, "the store does not answer")
        raise Problem("not_ready", reason="store") from fault
    if not service.worker.alive:
        raise Problem("not_ready", reason="worker")
    return Json({"status": "ready"})


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(service: TheService) -> Response:
    """Return figures about the service for Prometheus."""
    return Response(await asyncio.to_thread(service.metrics.text), headers={"Content-Type": CONTENT_TYPE})
