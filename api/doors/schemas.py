"""The shapes of requests and answers about keys and the audit log."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.doors.caller import Scope

MOST_DAYS = 3650
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
"""A line of text."""


class KeyIn(BaseModel):
    """A key that is to be made."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "crm, nightly", "scope": "crm", "days": 365}]}
    )

    name: Name = Field(description="What it is for.")
    scope: Scope = Field(
        description="crm: scenarios, runs, plans and explanations. planner: also variants, comparisons, frontiers, "
        "rules and verified answers, and runs of others may be cancelled. admin: also keys, webhooks and the audit log."
    )
    days: int | None = Field(default=None, ge=1, le=MOST_DAYS, description="Days after which it expires; null: never.")
    rate: str | None = Field(
        default=None, max_length=60, description="A limit of its own, such as 100/minute; null: that of the service."
    )


class KeyView(BaseModel):
    """A key, without its secret."""

    id: str
    name: str
    scope: Scope
    rate: str | None
    maker: str = Field(description="Who made it.")
    created: str = Field(description="Moment in UTC, ISO 8601, as the others.")
    expires: str | None
    revoked: str | None
    links: dict[str, str]


class KeyMade(KeyView):
    """A key that was just made."""

    key: str | None = Field(
        description="The key itself, shown this once; null if the same request is sent again with its Idempotency-Key."
    )


class KeyPage(BaseModel):
    """Keys, newest first."""

    items: list[KeyView]
    next_page_token: str | None


class AuditView(BaseModel):
    """Something that was done, or refused."""

    at: str = Field(description="Moment in UTC, ISO 8601.")
    who: str = Field(description="`key:ID`, `oidc:SUBJECT`, `anybody` without keys; of what was refused, the address.")
    action: str = Field(description="Method and route, or what else was tried.")
    subject: str | None = Field(description="Ids of what it was done to.")
    status: int = Field(description="HTTP status of the answer; of a command, its exit code.")
    times: int = Field(description="Refusals of a kind are counted: this many more of them within a minute.")
    request: str = Field(description="Id of the request.")


class AuditPage(BaseModel):
    """Entries of the audit log, newest first."""

    items: list[AuditView]
    next_page_token: str | None
