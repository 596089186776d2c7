"""The shapes of requests and answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["allocate", "rebalance", "frontier"]
Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class Place(BaseModel):
    """A place in a file: sheet or file, row from 1, column."""

    file: str
    row: int | None = None
    column: str | None = None


class IssueView(BaseModel):
    """One fault or doubt about a scenario."""

    code: str = Field(description="Stable, for programs.")
    severity: Literal["error", "warning"]
    pointer: str = Field(description="JSON pointer (RFC 6901) into the scenario's JSON form.")
    message: str
    maybe: str = Field(description="A guess at the cause or the way out.")
    params: dict[str, Any] = Field(default_factory=dict, description="The facts that the message names.")
    where: Place | None = None


class FaultView(BaseModel):
    """One fault: of a scenario (with severity, maybe and where) or of the request itself."""

    model_config = ConfigDict(extra="allow")

    code: str
    pointer: str = Field(description="JSON pointer into the body; `#query/name` and the like outside of it.")
    message: str


class ProblemView(BaseModel):
    """What is wrong (RFC 9457)."""

    type: str = Field(description="A name that never changes, such as `urn:plumbline:problem:scenario-invalid`.")
    title: str
    status: int
    detail: str
    code: str = Field(description="The last part of `type`, with `_` for `-`.")
    errors: list[FaultView] = Field(default_factory=list)


class ScenarioView(BaseModel):
    """A stored scenario."""

    id: str = Field(description="Made from the content: equal scenarios have equal ids.")
    sha256: str
    name: str
    leads: int
    reps: int
    base: str | None = Field(description="The scenario it is a variant of.")
    issues: list[IssueView] = Field(description="The warnings about it.")
    created: str = Field(description="Moment in UTC, ISO 8601.")
    links: dict[str, str]


class ScenarioPage(BaseModel):
    """Scenarios, newest first."""

    items: list[ScenarioView]
    next_page_token: str | None


class LimitsIn(BaseModel):
    """When a run stops, and what makes it repeatable."""

    model_config = ConfigDict(extra="forbid")

    time: Annotated[float, Field(gt=0, le=1e7, allow_inf_nan=False)] | None = Field(
        default=60.0, description="Seconds; null: as long as the service allows."
    )
    work: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)] | None = Field(
        default=None, description="Units of deterministic effort; same scenario, seed and work: the same plan."
    )
    gap: float = Field(default=0.0, ge=0, le=1, description="Stop at a proved gap of this size, as a fraction.")
    seed: int = Field(default=0, ge=0, lt=2**31, description="Breaks ties, and steers every search.")
    workers: int = Field(default=2, ge=1, le=64, description="Threads of the search.")


class RunIn(BaseModel):
    """What is to be solved, and when to stop."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"scenario": "scn_0123456789abcdef0123456789abcdef", "kind": "allocate", "limits": {"time": 30}}
            ]
        },
    )

    scenario: str = Field(min_length=1, max_length=100, description="Id of a scenario.")
    kind: Kind = Field(default="allocate", description="allocate: who gets which lead.")
    limits: LimitsIn = Field(default_factory=LimitsIn)


class ProgressView(BaseModel):
    """The latest that is known of a solve."""

    model_config = ConfigDict(extra="allow")

    phase: str | None = None
    seconds: float | None = None
    incumbent: float | None = Field(default=None, description="Points of the best plan so far.")
    bound: float | None = Field(default=None, description="Points that no plan can beat.")
    gap: float | None = Field(default=None, description="(bound - incumbent) / max(|bound|, 1).")


class RunFault(BaseModel):
    """What went wrong with a run."""

    code: str
    message: str


class TierView(BaseModel):
    """Points and bound of one priority tier."""

    tier: int
    objective: float
    bound: float


class ConflictView(BaseModel):
    """Which rules cannot hold together, and the cheapest ways out."""

    proved: bool = Field(description="Whether without any one of the rules the others can hold.")
    cheapest: bool = Field(description="Whether nothing costs less than the first way out.")
    rules: list[dict[str, Any]]
    ways_out: list[dict[str, Any]]
    sentences: list[str] = Field(description="The same in words: the conflict, then each way out.")


class PlanView(BaseModel):
    """A plan: what is proved about it, and where its parts are."""

    id: str
    run: str
    scenario: str
    created: str
    status: Literal["optimal", "feasible", "infeasible", "no_plan_found"]
    stopped_by: Literal["proof", "gap", "time", "work", "cancel"]
    objective: float | None
    bound: float | None = Field(description="No plan has more points.")
    gap: float | None
    bound_by: Literal["prices", "search"] | None
    certified_bound: float | None = Field(description="What the prices alone prove.")
    tiers: list[TierView]
    assigned: int
    unassigned: int
    metrics: dict[str, Any]
    method: str
    seed: int
    versions: dict[str, str]
    seconds: dict[str, float]
    scenario_sha256: str
    conflict: ConflictView | None = None
    links: dict[str, str]


class RunView(BaseModel):
    """One solve, from submitted to finished."""

    id: str
    kind: Kind
    scenario: str
    status: Status
    limits: LimitsIn
    created: str
    started: str | None
    finished: str | None
    progress: ProgressView | None
    plan: str | None = Field(description="Id of the plan; a cancelled run may have one.")
    result: PlanView | None = Field(default=None, description="The plan's document, once there is one; not in lists.")
    error: RunFault | None
    links: dict[str, str]


class RunPage(BaseModel):
    """Runs, newest first."""

    items: list[RunView]
    next_page_token: str | None


class AssignmentView(BaseModel):
    """Who gets one lead, by how much, and why."""

    lead: str
    rep: str | None = Field(description="Empty: nobody.")
    score: float | None
    net: float | None = Field(description="Score less what the loads cost at the plan's prices.")
    margin: float | None = Field(description="Net less that of the runner-up.")
    runner_up: str | None
    reason: str = Field(description="A code.")


class AssignmentPage(BaseModel):
    """Assignments in the scenario's order of leads."""

    items: list[AssignmentView]
    next_page_token: str | None


class LoadView(BaseModel):
    """What one rep holds of one metric."""

    model_config = ConfigDict(extra="allow")

    rep: str
    metric: str
    load: float
    target: float | None
    lower: float | None
    upper: float | None
    price: float | None


class LoadPage(BaseModel):
    """Loads by rep and metric."""

    items: list[LoadView]
    next_page_token: str | None


class ExplanationView(BaseModel):
    """Why a lead goes where it goes: the record for programs, the sentences for people."""

    lead: str
    record: dict[str, Any]
    sentence: str


class VerifiedView(BaseModel):
    """What solving again with the pair forced has proved."""

    record: dict[str, Any]
    sentences: list[str]


class WhyNotView(BaseModel):
    """Why a rep does not get a lead."""

    lead: str
    rep: str
    record: dict[str, Any]
    sentence: str
    verified: VerifiedView | None = None


class MoveView(BaseModel):
    """A lead that has another rep in the other plan."""

    lead: str
    base: str | None
    other: str | None


class LoadChange(BaseModel):
    """What a rep holds of a metric in either plan."""

    rep: str
    metric: str
    base: float | None
    other: float | None
    change: float


class ComparisonView(BaseModel):
    """What changed from one plan to another."""

    base: str
    other: str
    objective: float | None = Field(description="Points of the other plan less those of the base.")
    moved: int
    assigned: int = Field(description="Leads assigned in the other plan less those in the base.")
    loads: list[LoadChange]
    moves: list[MoveView] = Field(description="A page of the leads that moved.")
    next_page_token: str | None


class Health(BaseModel):
    """Whether the service lives, or is ready."""

    status: Literal["ok", "ready"]
