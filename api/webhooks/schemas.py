"""The shapes of requests and answers about webhooks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.store.hooks import EVENTS, Event, State
from api.webhooks.reach import LONGEST_URL

Url = Annotated[str, Field(max_length=LONGEST_URL, description="Where to post to, by https.")]
Events = Annotated[list[Event], Field(min_length=1, max_length=len(EVENTS), description="What to listen to.")]
Fault = Literal[
    "timeout",
    "connection",
    "tls",
    "protocol",
    "url_invalid",
    "https_required",
    "name_unresolved",
    "address_not_public",
    "lost",
    "disabled",
]


class WebhookIn(BaseModel):
    """An endpoint that is to be told of runs."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"url": "https://93.184.216.34/hooks", "events": list(EVENTS)}]}
    )

    url: Url
    events: Events = Field(default_factory=lambda: list(EVENTS))


class WebhookChange(BaseModel):
    """What is to be changed of an endpoint; what is left out, or null, stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enabled": True}]})

    url: Url | None = None
    events: Events | None = None
    enabled: bool | None = Field(
        default=None, description="Whether anything is sent to it. One that is enabled again begins afresh."
    )


class WebhookView(BaseModel):
    """An endpoint, without its secret."""

    id: str
    url: str
    events: list[Event]
    enabled: bool
    disabled: Literal["gone", "failing", "by_hand"] | None = Field(
        description="Why nothing is sent to it: it answered 410, nothing succeeded for days, or somebody wished so."
    )
    failing: str | None = Field(description="Since when every attempt has failed; a moment in UTC, ISO 8601.")
    old_secret_until: str | None = Field(description="Until when deliveries are signed with an older secret too.")
    created: str
    links: dict[str, str]


class WebhookMade(WebhookView):
    """An endpoint with a new secret."""

    secret: str | None = Field(
        description="What signatures are made with, shown this once; null if the same request is sent again with its "
        "Idempotency-Key."
    )


class WebhookPage(BaseModel):
    """Endpoints, newest first."""

    items: list[WebhookView]
    next_page_token: str | None


class DeliveryView(BaseModel):
    """One event for one endpoint, and what became of it."""

    id: str
    webhook: str
    message: str = Field(description="`webhook-id` of every attempt and every replay: the same event, the same id.")
    event: Event | Literal["webhook.test"]
    body: str = Field(description="What is sent, to the byte.")
    state: State
    attempts: int
    created: str = Field(description="Moment in UTC, ISO 8601, as the others.")
    tried: str | None = Field(description="When the latest attempt began.")
    next: str | None = Field(description="When the next attempt follows; null: at once, or never.")
    ended: str | None
    code: int | None = Field(description="Status of the latest answer.")
    fault: Fault | None = Field(description="Why there was no answer to the latest attempt, or no attempt.")
    links: dict[str, str]


class DeliveryPage(BaseModel):
    """Deliveries to an endpoint, newest first."""

    items: list[DeliveryView]
    next_page_token: str | None
