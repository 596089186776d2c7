"""`plumbline serve` and `plumbline worker`."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from api.commands.terminal import FAILED, Refusal
from api.serve import serve, work
from api.settings import Settings
from api.store import StoreError


def run_service(host: str, port: int, **options: Any) -> None:
    """Serve until a signal says stop.

    Parameters
    ----------
    options
        Settings that go before those of the environment; None where there is no such wish.

    Raises
    ------
    Refusal
        If a setting is wrong, the address cannot be had, or the database cannot be opened.
    """
    try:
        serve(host, port, settings_of(**options))
    except StoreError as fault:
        raise Refusal(str(fault), FAILED) from fault
    except OSError as fault:
        why = fault.strerror or str(fault)
        raise Refusal(f"the service cannot listen at {host}, port {port}: {why}", FAILED) from fault


def run_worker(**options: Any) -> None:
    """Solve what servers take in until a signal says stop.

    Raises
    ------
    Refusal
        If a setting is wrong, or the database cannot be opened.
    """
    try:
        work(settings_of(**options))
    except StoreError as fault:
        raise Refusal(str(fault), FAILED) from fault


def settings_of(**options: Any) -> Settings:
    """Return the settings of the environment with some options before them.

    Raises
    ------
    Refusal
        With every setting that is wrong.
    """
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as fault:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in fault.errors(include_input=False))
        raise Refusal(f"settings are wrong: {faults}") from fault
