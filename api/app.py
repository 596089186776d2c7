"""The application: middleware, errors and routes, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from api import errors
from api.bodies import LimitBodies
from api.idempotency import Idempotency
from api.metrics import CountRequests
from api.openapi import describe
from api.routes import health, plans, runs, scenarios
from api.service import Service
from api.settings import Settings
from api.store import open_store


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the HTTP service.

    The store is opened at once, and closed when the application shuts down; an application starts once.

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

    app = FastAPI(
        title="Plumbline",
        version=version("plumbline"),
        lifespan=lifespan,
        docs_url=None,  # these pages would fetch scripts from elsewhere
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.service = service
    errors.install(app)
    app.add_middleware(Idempotency, service=service)
    app.add_middleware(LimitBodies, settings=settings)
    app.add_middleware(CountRequests, metrics=service.metrics)
    for module in (scenarios, runs, plans, health):
        app.include_router(module.router)
    describe(app)
    return app
