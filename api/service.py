"""Everything that the routes work with, made once and closed once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request

from api.comparing import Comparisons
from api.errors import Problem
from api.explainers import Explainers
from api.intake import Intake
from api.metrics import Metrics
from api.negotiation import locale_of_request
from api.runs.helpers import Helpers
from api.runs.packing import Packed
from api.runs.process import Children
from api.runs.runner import Runner
from api.settings import Settings
from api.store import PlanRecord, RunRecord, ScenarioRecord, Store
from scenarios.texts import Locale


class Service:
    """Store, runner, and what else there is one of."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings, self.store = settings, store
        self.metrics = Metrics()
        self.children = Children(settings.spare)
        self.helpers = Helpers(self.children, settings.solvers)
        self.runner = Runner(store, self.children, settings, self.metrics)
        self.intake = Intake(store, self.helpers, settings)
        self.explainers = Explainers(store, settings.explained_leads)
        self.comparisons = Comparisons(self.explainers, settings.explained_leads)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work on runs while inside; afterwards no child process is left."""
        await asyncio.to_thread(self.store.forget_requests, time.time() - self.settings.remember_seconds)
        self.children.prepare()
        await self.runner.start()
        try:
            yield
        finally:
            await self.runner.stop()
            await self.children.close()
            await asyncio.to_thread(self.store.close)

    async def scenario(self, scenario_id: str) -> ScenarioRecord:
        """Return a scenario's record, or raise ``scenario_not_found``."""
        record = await asyncio.to_thread(self.store.scenario, scenario_id)
        if record is None:
            raise Problem("scenario_not_found", id=scenario_id)
        return record

    async def content(self, scenario_id: str) -> Packed:
        """Return a scenario's content."""
        return Packed(*await asyncio.to_thread(self.store.scenario_content, scenario_id))

    async def run(self, run_id: str) -> RunRecord:
        """Return a run, or raise ``run_not_found``."""
        record = await asyncio.to_thread(self.store.run, run_id)
        if record is None:
            raise Problem("run_not_found", id=run_id)
        return record

    async def plan(self, plan_id: str) -> PlanRecord:
        """Return a plan, or raise ``plan_not_found``."""
        record = await asyncio.to_thread(self.store.plan, plan_id)
        if record is None or plan_id.startswith("frt_"):  # a frontier is no plan
            raise Problem("plan_not_found", id=plan_id)
        return record


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


TheService = Annotated[Service, Depends(_service)]
TheLocale = Annotated[Locale, Depends(locale_of_request)]
