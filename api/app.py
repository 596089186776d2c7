"""The application: middleware, errors and routes, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import Depends, FastAPI

from api import errors, telemetry
from api.bodies import TakeBodies
from api.compression import PackAnswers
from api.doors.headers import SecurityHeaders
from api.doors.middleware import Doors, Gate
from api.heads import AnswerHeads
from api.idempotency import Idempotency
from api.metrics import CountRequests
from api.openapi import describe
from api.queries import known_queries
from api.request_ids import RequestIds
from api.routes import audit, health, hooks, keys, plans, runs, scenarios
from api.service import Service
from api.settings import Settings
from api.store import open_store


def create_app(settings: Settings | None = None, host: str = "127.0.0.1") -> FastAPI:
    """Make the HTTP service.

    The store is opened at once, and closed when the application shuts down; an application starts once.

    Parameters
    ----------
    settings : Settings, optional
        Those of the environment, if there are none.
    host : str
        Where it is going to listen: only on loopback it may be open without keys.

    Raises
    ------
    StoreError
        If the database cannot be opened.
    """
    settings = settings or Settings()
    service = Service(settings, open_store(settings.database, settings.blobs))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield
        await asyncio.to_thread(telemetry.stop)  # here, for after a signal the server does not come back

    app = FastAPI(
        title="Plumbline",
        version=version("plumbline"),
        lifespan=lifespan,
        telemetry=telemetry.REQUESTS,
        docs_url=None,  # these pages would fetch scripts from elsewhere
        redoc_url=None,
        dependencies=[Depends(known_queries)],
        redirect_slashes=False,  # an address is right, or it is not
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.service = service
    app.state.gate = gate = Gate(service.store, settings, host)
    errors.install(app)
    app.add_middleware(Idempotency, service=service)
    app.add_middleware(TakeBodies, settings=settings)
    app.add_middleware(Doors, gate=gate)
    app.add_middleware(PackAnswers)
    app.add_middleware(AnswerHeads)
    app.add_middleware(errors.AnswerFaults)
    app.add_middleware(CountRequests, metrics=service.metrics)
    stack = app.build_middleware_stack  # replaced: what is added stands behind the framework's own answer to faults
    app.build_middleware_stack = lambda: RequestIds(SecurityHeaders(stack(), settings.https))  # type: ignore[method-assign]
    for module in (scenarios, runs, plans, hooks, keys, audit, health):
        app.include_router(module.router)
    describe(app)
    return app
