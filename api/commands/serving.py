"""`plumbline serve`."""

from __future__ import annotations

from api.commands.terminal import FAILED, Refusal
from api.serve import serve
from api.store import StoreError


def run_service(host: str, port: int, database: str) -> None:
    """Serve until a signal says stop.

    Raises
    ------
    Refusal
        If the address cannot be had, or the database cannot be opened.
    """
    try:
        serve(host, port, database)
    except StoreError as fault:
        raise Refusal(f"the database {database} cannot be opened: {fault}", FAILED) from fault
    except OSError as fault:
        why = fault.strerror or str(fault)
        raise Refusal(f"the service cannot listen at {host}, port {port}: {why}", FAILED) from fault
