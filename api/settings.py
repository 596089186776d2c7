"""What an operator may set, by ``PLUMBLINE_...`` variables of the environment or by options of the command line."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB = 1 << 20

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Bytes = Annotated[int, Field(ge=1)]


class Settings(BaseSettings):
    """Settings of the service; each has a default that suits one machine."""

    model_config = SettingsConfigDict(env_prefix="PLUMBLINE_", frozen=True, extra="forbid")

    database: str = Field(
        "plumbline.db",
        repr=False,  # it may hold a password
        description="A SQLite file, `:memory:`, or `postgresql://...`, which many machines can share.",
    )
    blobs: str = Field(
        "database", description="Where big tables are kept: `database`, a folder, or `s3://BUCKET/PREFIX`."
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
        True, description="Whether one child process is kept ready, so that no run waits for the engines to load."
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
    inline_bytes: int = Field(
        MIB, ge=0, description="A scenario up to this size is read in a thread; a larger one in a child process."
    )
    inline_rows: int = Field(5_000, ge=0, description="The same for a what-if: leads and reps of its base.")
    explained_leads: int = Field(
        1_000_000, ge=0, description="Leads of all the plans together whose explanations are kept ready in memory."
    )
    remember_seconds: Seconds = Field(86_400.0, description="How long an answer is kept for its idempotency key.")
