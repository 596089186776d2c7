"""What can go wrong: all of it is a `PlumblineError`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class PlumblineError(Exception):
    """Something went wrong between a program and the service."""


class UnreachableError(PlumblineError):
    """There was no answer, or none that the service gives, however often it was asked."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a request or a scenario.

    Parameters
    ----------
    pointer : str
        JSON pointer into the body; ``#query/name`` and the like outside of it.
    facts : mapping
        All that was said about it, such as ``severity``, ``maybe`` and ``where`` of an issue.
    """

    code: str
    pointer: str
    message: str
    facts: Mapping[str, Any]


class ProblemError(PlumblineError):
    """The service said no, and why (RFC 9457).

    Attributes
    ----------
    status : int
        Of the answer.
    code : str
        Stable, for programs; all are listed in docs/reference/problems.md.
    errors : tuple of Fault
        Every fault that was found.
    request_id : str, optional
        Under which the service's logs tell of it.
    """

    def __init__(self, status: int, document: Mapping[str, Any], request_id: str | None = None) -> None:
        self.status = status
        self.code = str(document.get("code", "unknown"))
        self.title = str(document.get("title", f"HTTP {status}"))
        self.detail = str(document.get("detail", ""))
        self.errors = tuple(_fault(entry) for entry in document.get("errors", ()))
        self.document, self.request_id = document, request_id
        told = "".join(f"\n  {fault.pointer or '/'}: {fault.message}" for fault in self.errors)
        super().__init__(f"{status} {self.code}: {self.detail or self.title}{told}")


class RunFailedError(PlumblineError):
    """A run has ended without a result.

    Attributes
    ----------
    run : str
        Its id.
    code : str
        Of what went wrong; ``cancelled``, if somebody stopped it before there was a plan.
    """

    def __init__(self, run: str, code: str, message: str) -> None:
        super().__init__(f"{run} {code}: {message}")
        self.run, self.code = run, code


def _fault(entry: Mapping[str, Any]) -> Fault:
    return Fault(str(entry["code"]), str(entry["pointer"]), str(entry["message"]), entry)
