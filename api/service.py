"""Everything that the routes work with, made once and closed once; and what one caller may see of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, Request

from api.comparing import Comparisons
from api.doors.caller import caller_of
from api.errors import Problem
from api.explainers import Explainers
from api.intake import Intake
from api.metrics import Metrics
from api.negotiation import locale_of_request
from api.runs.desk import Desk
from api.runs.following import Follower
from api.runs.helpers import Helpers
from api.runs.janitor import sweep
from api.runs.packing import Packed
from api.runs.process import Children
from api.runs.worker import Worker
from api.settings import Settings
from api.store import PlanRecord, RunRecord, ScenarioRecord, Store, Tenancy
from api.store.retention import Days, Retention
from api.webhooks.reach import Reach
from api.webhooks.sender import Sender
from scenarios.texts import Locale

log = logging.getLogger("plumbline.service")

Record = TypeVar("Record")


class Service:
    """Store, worker, and what else there is one of in a process.

    Parameters
    ----------
    settings : Settings
    store : Store
    kind : {"serve", "worker"}
        What the process is known as.
    """

    def __init__(self, settings: Settings, store: Store, kind: Literal["serve", "worker"] = "serve") -> None:
        self.settings, self.store = settings, store
        self.metrics = Metrics()
        self.metrics.watch(store)
        self.children = Children(max(settings.solvers, 1) if settings.spare else 0)
        self.helpers = Helpers(self.children, max(settings.solvers, 1))
        self.follower = Follower(store.queue, settings.poll)
        self.worker = Worker(store, self.children, settings, kind, self._changed)
        self.desk = Desk(store, self.worker, self.follower, settings, self._changed)
        self.reach = Reach.of(settings.webhook_networks, settings.webhook_http)
        self.sender = Sender(store, self.reach, told=self.metrics.delivered)
        self.explainers = Explainers(settings.explained_leads)
        self.comparisons = Comparisons(self.explainers, settings.explained_leads)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work on runs while inside; afterwards no child process is left."""
        self.children.prepare()
        await self.worker.start()
        looking = asyncio.create_task(self.follower.look())
        sweeping = asyncio.create_task(sweep(self._retention()))
        sending = asyncio.create_task(self.sender.run())
        try:
            yield
        finally:
            for task in (looking, sweeping):
                task.cancel()
            await asyncio.gather(looking, sweeping, return_exceptions=True)
            await self.worker.stop()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await self.children.close()
            await asyncio.to_thread(self.store.close)

    def _retention(self) -> Retention:
        settings = self.settings
        days = Days(
            runs=settings.keep_days,
            audit=settings.audit_days,
            deliveries=settings.delivery_days,
            requests=settings.remember_seconds / 86_400,
        )
        return Retention(self.store.database, self.store.blobs, days)

    def _changed(self, run: RunRecord) -> None:
        self.metrics.changed(run)
        self.follower.wake(run.id)


@dataclass(frozen=True)
class Tenant:
    """What one caller can see: the things of a tenant, and the service that works with them."""

    service: Service
    kept: Tenancy

    @property
    def intake(self) -> Intake:
        """The door for scenarios."""
        return Intake(self.kept, self.service.helpers, self.service.settings)

    async def scenario(self, scenario_id: str) -> ScenarioRecord:
        """Return a scenario's record, or raise ``scenario_not_found``."""
        record = await _found(self.kept.scenario, scenario_id)
        if record is None:
            raise Problem("scenario_not_found", id=scenario_id)
        return record

    async def content(self, scenario_id: str) -> Packed:
        """Return a scenario's content."""
        return Packed(*await asyncio.to_thread(self.kept.scenario_content, scenario_id))

    async def run(self, run_id: str) -> RunRecord:
        """Return a run, or raise ``run_not_found``."""
        record = await _found(self.kept.run, run_id)
        if record is None:
            raise Problem("run_not_found", id=run_id)
        return record

    async def plan(self, plan_id: str) -> PlanRecord:
        """Return a plan, or raise ``plan_not_found``."""
        record = await _found(self.kept.plan, plan_id)
        if record is None or plan_id.startswith("frt_"):  # a frontier is no plan
            raise Problem("plan_not_found", id=plan_id)
        return record

    async def assigning(self, plan_id: str) -> PlanRecord:
        """Return a plan that assigns somebody, or raise ``plan_not_found`` or ``nothing_assigned``."""
        plan = await self.plan(plan_id)
        if not plan.assigns:
            raise Problem("nothing_assigned", id=plan_id, status=plan.document["status"])
        return plan

    async def table(self, plan: PlanRecord, name: str) -> bytes:
        """Return a table of a plan."""
        return await asyncio.to_thread(self.kept.plan_table, plan, name)

    async def explainer(self, plan: PlanRecord) -> Any:
        """Return the explainer of a plan."""
        return await self.service.explainers.of(self.kept, plan)


async def _found(read: Callable[[str], Record | None], name: str) -> Record | None:
    """Return what has a name; nothing has one with a NUL, which PostgreSQL would not take."""
    return None if "\0" in name else await asyncio.to_thread(read, name)


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _tenant(request: Request) -> Tenant:
    service = _service(request)
    return Tenant(service, service.store.of(caller_of(request.scope).tenant))


TheService = Annotated[Service, Depends(_service)]
TheTenant = Annotated[Tenant, Depends(_tenant)]
TheLocale = Annotated[Locale, Depends(locale_of_request)]
