"""The service as a process: `serve` is what the command line calls."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket

import uvicorn

from api.app import create_app
from api.settings import Settings

log = logging.getLogger("plumbline.serve")


def serve(host: str = "127.0.0.1", port: int = 8000, database: str = "plumbline.db") -> None:
    """Serve until a signal says stop; then end all child processes.

    Parameters
    ----------
    host : str
        Address to listen at. There are no keys yet: beyond loopback, everybody who can reach it may use it.
    port : int
        0 takes any free one.
    database : str
        A SQLite file, or ``:memory:``.

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
        app = create_app(Settings(database=database))
        shown = f"[{bound[0]}]" if family == socket.AF_INET6 else bound[0]
        log.info("Plumbline at http://%s:%d (database: %s)", shown, bound[1], database)
        if not ipaddress.ip_address(bound[0]).is_loopback:
            log.warning("this address is not loopback, and there are no keys: anybody who can reach it may use it")
        config = uvicorn.Config(
            app, log_config=None, access_log=False, timeout_graceful_shutdown=3, server_header=False
        )
        with contextlib.suppress(KeyboardInterrupt):  # which uvicorn raises again after it has shut down
            uvicorn.Server(config).run(sockets=[listener])
