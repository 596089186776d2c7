"""What an operator may set, by ``PLUMBLINE_...`` variables of the environment or by options of the command line.

``PLUMBLINE_..._FILE`` names a file that holds a setting, for secrets, and goes before the variable itself.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from api.doors.issuers import check_issuer
from api.doors.rates import checked_limit
from api.webhooks.reach import checked_networks

MIB = 1 << 20
_PREFIX = "PLUMBLINE_"
_OTHERS = frozenset({"PLUMBLINE_URL", "PLUMBLINE_API_KEY", "PLUMBLINE_LOCALE", "PLUMBLINE_DEBUG"})
"""What the client and the command line ask for."""

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Days = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Bytes = Annotated[int, Field(ge=1)]
Rate = Annotated[str, AfterValidator(checked_limit)]
Networks = Annotated[str, AfterValidator(checked_networks)]


class _Files(PydanticBaseSettingsSource):
    """Settings that stand in files, as secrets do: ``PLUMBLINE_DATABASE_FILE`` names the one with the database."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Return what a file says of one setting; None if no file is named."""
        name = f"{self.config.get('env_prefix', '')}{field_name}_file".upper()
        place = os.environ.get(name)
        return (Path(place).read_text(encoding="utf-8").strip() if place else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return what files say.

        Raises
        ------
        OSError
            If one cannot be read.
        """
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


class Settings(BaseSettings):
    """Settings of the service; each has a default that suits one machine."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what was given, then what files hold, then what the environment holds."""
        return init_settings, _Files(settings_cls), env_settings

    database: str = Field(
        "plumbline.db",
        repr=False,  # it may hold a password
        description="A SQLite file, `:memory:`, or `postgresql://...`, which many machines can share.",
    )
    blobs: str = Field(
        "database",
        description="Where big tables are kept: `database`, a folder, or `s3://BUCKET/PREFIX`, with the usual `AWS_*` "
        "variables.",
    )
    solvers: int = Field(
        2, ge=0, description="Runs that this process solves at once, each in a child process; 0: it only takes them in."
    )
    tenant_runs: int = Field(
        0, ge=0, description="Runs of one tenant that are solved at once, by all processes together; 0: any number."
    )
    queue: int = Field(100, ge=1, description="Runs of one tenant that may wait; one more is answered with 429.")
    attempts: int = Field(3, ge=1, description="How often a run is begun when its process or machine dies.")
    memory_bytes: int = Field(
        0, ge=0, description="Memory that the solve of one run may use, in bytes; beyond it the run fails. 0: no limit."
    )
    spare: bool = Field(
        True, description="Whether child processes are kept for the next run, which then need not load the engines."
    )
    most_seconds: float = Field(
        3600.0, gt=0, description="The longest time limit a run may ask for; also that of a run that asks for none."
    )
    grace: Seconds = Field(30.0, description="Seconds that a cancelled solve has to come back with its best plan.")
    overrun: Seconds = Field(
        300.0, description="Seconds beyond its time limit for reading, checking and explaining, until a run is stopped."
    )
    drain: Seconds = Field(
        5.0, description="Seconds that runs under way have to end when the process is told to stop; then others resume."
    )
    poll: float = Field(0.5, gt=0, description="Seconds between looks for runs and events of other processes.")
    longest_wait: Seconds = Field(60.0, description="Most seconds that `Prefer: wait` is honoured for.")
    verify_seconds: float = Field(30.0, gt=0, description="Time limit of the solve that verifies a why-not.")
    upload_bytes: Bytes = Field(256 * MIB, description="Largest body that brings a scenario.")
    body_bytes: Bytes = Field(4 * MIB, description="Largest body of any other request.")
    body_seconds: Seconds = Field(
        20.0, description="Seconds that any body may take to come; a larger one has more, by `PLUMBLINE_BODY_RATE`."
    )
    body_rate: float = Field(
        32_768.0,
        gt=0,
        description="Bytes of a body that must come each second on average, after `PLUMBLINE_BODY_SECONDS`.",
    )
    head_seconds: float = Field(15.0, gt=0, description="Seconds that the head of a request may take to come.")
    stall_seconds: float = Field(60.0, gt=0, description="Seconds that a client may leave an answer unread.")
    connections: int = Field(1_000, ge=1, description="Connections at once; one more is answered with 503.")
    inline_bytes: int = Field(
        MIB, ge=0, description="A scenario up to this size is read in a thread; a larger one in a child process."
    )
    inline_rows: int = Field(5_000, ge=0, description="The same for a what-if: leads and reps of its base.")
    explained_leads: int = Field(
        1_000_000,
        ge=0,
        description="Leads of all the plans together whose explanations are kept ready, a plan counting 200 more.",
    )
    remember_seconds: Seconds = Field(86_400.0, description="How long an answer is kept for its idempotency key.")
    keep_days: Days = Field(
        0.0,
        description="Days that runs, their plans, and scenarios that none uses are kept; 0: for ever.",
    )
    audit_days: Days = Field(0.0, description="Days that the audit log goes back; 0: for ever.")
    delivery_days: Days = Field(30.0, description="Days that the log of webhook deliveries goes back; 0: for ever.")
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="`json`: one object per line; `console`: for people; `auto`: for people on a terminal."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="The least that is logged.")
    metrics_host: str = Field("127.0.0.1", description="Address at which a worker answers `/metrics`.")
    metrics_port: int = Field(
        0, ge=0, le=65_535, description="Port at which a worker answers `/metrics`; 0: none. A server has its own."
    )
    least_free_bytes: int = Field(
        256 * MIB, ge=0, description="Room on the disk of the database, or of the tables, below which it is not ready."
    )
    host: str = Field("127.0.0.1", description="Address to listen at; beyond loopback everybody needs a key.")
    open: bool = Field(
        False, description="Whether whoever reaches the service may do everything without a key, also beyond loopback."
    )
    open_watch: bool = Field(
        False, description="Whether `/readyz` and `/metrics` take no key from other machines either."
    )
    https: bool = Field(False, description="Whether clients reach the service by https alone: browsers are told so.")
    rate: Rate = Field("1200/minute", description="Requests of a key, or of the bearer of a token, by one process.")
    failures: Rate = Field("30/minute", description="Wrong keys and tokens from one address.")
    webhook_networks: Networks = Field(
        "",
        description="Networks that webhooks may reach though they are not public, such as `10.1.0.0/16`, with commas.",
    )
    webhook_http: bool = Field(False, description="Whether webhooks may be sent by http too, which others can read.")
    oidc_issuer: str = Field("", description="Whose tokens open the service too: the issuer's address, as it has it.")
    oidc_audience: str = Field("", description="What the issuer calls this service.")
    oidc_tenant_claim: str = Field("tenant", description="Claim of a token with the tenant; empty: there is only one.")
    oidc_scope_claim: str = Field("scope", description="Claim of a token with scopes, as a list or with blanks.")
    oidc_scope_prefix: str = Field("plumbline:", description="What the scopes that are meant for us begin with.")
    oidc_leeway: Seconds = Field(30.0, description="Seconds that the clocks of issuer and service may differ.")

    @model_validator(mode="after")
    def _check_tokens(self) -> Settings:
        if self.oidc_issuer or self.oidc_audience:
            check_issuer(self.oidc_issuer, self.oidc_audience)
        return self


def strangers() -> list[str]:
    """Return the variables of the environment that look like settings and are none, as misspelt ones do."""
    settings = {f"{_PREFIX}{name.upper()}{end}" for name in Settings.model_fields for end in ("", "_FILE")}
    ours = {name for name in os.environ if name.upper().startswith(_PREFIX)}
    return sorted(name for name in ours if name.upper() not in settings | _OTHERS)
