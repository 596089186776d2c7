"""The service as a process: `serve` is what the command line calls."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket

import uvicorn

from api import logs, telemetry
from api.app import create_app
from api.doors.opening import ClosedError, is_loopback, why_closed
from api.metrics import CountLines
from api.protocol import protocol_with
from api.service import Service
from api.settings import Settings, strangers
from api.store import StoreError, open_store

log = logging.getLogger("plumbline.serve")


def serve(host: str, port: int, settings: Settings) -> None:
    """Serve until a signal says stop; then end all child processes.

    Parameters
    ----------
    host : str
        Address to listen at; beyond loopback there have to be keys.
    port : int
        0 takes any free one.
    settings : Settings

    Raises
    ------
    OSError
        If the address cannot be had. Nothing has happened to the database then.
    ClosedError
        If others than this machine could reach the service, and anybody could come in.
    StoreError
        If the database cannot be opened.
    """
    with listening(host, port) as listener:
        bound = listener.getsockname()[:2]
        _watched("serve", settings)
        app = create_app(settings, bound[0])
        if reason := why_closed(bound[0], settings, app.state.service.store):
            app.state.service.store.close()
            raise ClosedError(reason)
        logging.getLogger().addHandler(CountLines(app.state.service.metrics))
        shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        log.info("Plumbline at http://%s:%d (database: %s)", shown, bound[1], app.state.service.store.database.name)
        if settings.open and not is_loopback(bound[0]):
            log.warning("this address is not loopback, and the service is open: whoever can reach it may do everything")
        config = uvicorn.Config(
            app,
            http=protocol_with(
                head_seconds=settings.head_seconds,
                stall_seconds=settings.stall_seconds,
                connections=settings.connections,
            ),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=3,
            server_header=False,
        )
        with contextlib.suppress(KeyboardInterrupt):  # which uvicorn raises again after it has shut down
            uvicorn.Server(config).run(sockets=[listener])


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens, whose connections send an answer's last part at once.

    asyncio sees to that only where a socket names its protocol, which those of `socket.create_server` do not; each
    answer on a kept connection then waited 40 ms for the other side's acknowledgement.

    Raises
    ------
    OSError
        If the address cannot be had.
    """
    listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def work(settings: Settings) -> None:
    """Solve the runs that servers take in until a signal says stop; then leave to others what is not done.

    Raises
    ------
    StoreError
        If the database cannot be opened, or is one that no other process can see.
    OSError
        If the port for metrics cannot be had.
    """
    _watched("worker", settings)
    store = open_store(settings.database, settings.blobs)
    if not store.database.shared:
        raise StoreError("a worker needs a database that a server shares with it, and not one in its own memory")
    service = Service(settings, store, "worker")
    logging.getLogger().addHandler(CountLines(service.metrics))
    with service.metrics.at_port(settings.metrics_host, settings.metrics_port):
        asyncio.run(_work(service))
    telemetry.stop()


async def _work(service: Service) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with service.running():
        log.info("Plumbline works on what is in %s", service.store.database.name)
        await stopped.wait()


def _watched(process: str, settings: Settings) -> None:
    """Begin to write logs, and to send traces where the environment asks for them."""
    logs.configure(process, settings.log_format, settings.log_level)
    telemetry.start(process)
    for name in strangers():
        log.warning("there is no setting %s: it is passed over", name)
