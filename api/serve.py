"""The service as a process: `serve` is what the command line calls."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import signal
import socket

import uvicorn

from api.app import create_app
from api.service import Service
from api.settings import Settings
from api.store import StoreError, open_store

log = logging.getLogger("plumbline.serve")


def serve(host: str, port: int, settings: Settings) -> None:
    """Serve until a signal says stop; then end all child processes.

    Parameters
    ----------
    host : str
        Address to listen at. There are no keys yet: beyond loopback, everybody who can reach it may use it.
    port : int
        0 takes any free one.
    settings : Settings

    Raises
    ------
    OSError
        If the address cannot be had. Nothing has happened to the database then.
    StoreError
        If the database cannot be opened.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        bound = listener.getsockname()[:2]
        app = create_app(settings)
        shown = f"[{bound[0]}]" if family == socket.AF_INET6 else bound[0]
        log.info("Plumbline at http://%s:%d (database: %s)", shown, bound[1], app.state.service.store.database.name)
        if not ipaddress.ip_address(bound[0]).is_loopback:
            log.warning("this address is not loopback, and there are no keys: anybody who can reach it may use it")
        config = uvicorn.Config(
            app, log_config=None, access_log=False, timeout_graceful_shutdown=3, server_header=False
        )
        with contextlib.suppress(KeyboardInterrupt):  # which uvicorn raises again after it has shut down
            uvicorn.Server(config).run(sockets=[listener])


def work(settings: Settings) -> None:
    """Solve the runs that servers take in until a signal says stop; then leave to others what is not done.

    Raises
    ------
    StoreError
        If the database cannot be opened, or is one that no other process can see.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    store = open_store(settings.database, settings.blobs)
    if not store.database.shared:
        raise StoreError("a worker needs a database that a server shares with it, and not one in its own memory")
    asyncio.run(_work(Service(settings, store, "worker")))


async def _work(service: Service) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with service.running():
        log.info("Plumbline works on what is in %s", service.store.database.name)
        await stopped.wait()
