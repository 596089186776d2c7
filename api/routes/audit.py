"""The audit log of the caller's tenant."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime

from api.answers import Json
from api.doors.caller import TheCaller
from api.doors.keys import moment
from api.doors.needs import needs
from api.doors.schemas import AuditPage, AuditView
from api.pages import PageSize, PageToken, position_of, token_of
from api.service import TheService
from api.store.audit import Audit

router = APIRouter(prefix="/v1/audit", tags=["audit"], dependencies=[needs("admin")])


@router.get("", response_model=AuditPage)
async def list_audit(
    service: TheService,
    caller: TheCaller,
    who: Annotated[str | None, Query(max_length=255, description="Only of this caller.")] = None,
    action: Annotated[
        str, Query(max_length=128, description="Only actions that begin so, such as `DELETE` or `POST /v1/keys`.")
    ] = "",
    since: Annotated[AwareDatetime | None, Query(description="Only from this moment on, ISO 8601.")] = None,
    page_size: PageSize = 100,
    page_token: PageToken = None,
) -> Response:
    """List what was done and what was refused, newest first."""
    log, before = Audit(service.store.database, caller.tenant), position_of(page_token)
    begin = None if since is None else moment(since)
    found = await asyncio.to_thread(log.entries, page_size, before, who, action, begin)
    token = token_of(found[-1][0]) if len(found) == page_size and found[-1][0] > 1 else None
    items = [{name: getattr(record, name) for name in AuditView.model_fields} for _, record in found]
    return Json({"items": items, "next_page_token": token})
