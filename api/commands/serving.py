"""`plumbline serve` and `plumbline worker`."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from api.commands.terminal import FAILED, Refusal
from api.doors.opening import ClosedError
from api.serve import serve, work
from api.settings import Settings
from api.store import StoreError
from api.telemetry import TelemetryMissingError


def run_service(port: int, **options: Any) -> None:
    """Serve until a signal says stop.

    Parameters
    ----------
    options
        Settings that go before those of the environment; None where there is no such wish.

    Raises
    ------
    Refusal
        If a setting is wrong, the address cannot be had, there are no keys, or the database cannot be opened.
    """
    settings = settings_of(**options)
    try:
        serve(settings.host, port, settings)
    except (StoreError, ClosedError, TelemetryMissingError) as fault:
        raise Refusal(str(fault), FAILED) from fault
    except OSError as fault:
        why = fault.strerror or str(fault)
        raise Refusal(f"the service cannot listen at {settings.host}, port {port}: {why}", FAILED) from fault


def run_worker(**options: Any) -> None:
    """Solve what servers take in until a signal says stop.

    Raises
    ------
    Refusal
        If a setting is wrong, the database cannot be opened, or the port for metrics cannot be had.
    """
    try:
        work(settings_of(**options))
    except (StoreError, TelemetryMissingError) as fault:
        raise Refusal(str(fault), FAILED) from fault
    except OSError as fault:
        raise Refusal(f"the port for metrics cannot be had: {fault.strerror or fault}", FAILED) from fault


def settings_of(**options: Any) -> Settings:
    """Return the settings of the environment with some options before them.

    Raises
    ------
    Refusal
        With every setting that is wrong, or a file that cannot be read.
    """
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as fault:
        faults = "; ".join(map(_told, fault.errors(include_input=False)))
        raise Refusal(f"settings are wrong: {faults}") from fault
    except OSError as fault:
        raise Refusal(f"a setting cannot be read: {fault.filename}: {fault.strerror}") from fault


def _told(fault: ErrorDetails) -> str:
    """Say what is wrong by the name of the variable; a fault of several settings names them itself."""
    message = fault["msg"].removeprefix("Value error, ")
    return ": ".join([f"PLUMBLINE_{fault['loc'][0]}".upper(), message] if fault["loc"] else [message])
