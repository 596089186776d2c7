"""The shapes of requests and answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.frontier_schemas import AskView, FrontierView

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
    kind: Kind = Field(
        default="allocate",
        description="allocate: who gets which lead. rebalance: territories. frontier: what fairness on a metric costs.",
    )
    limits: LimitsIn = Field(default_factory=LimitsIn)
    priority: int = Field(
        default=0,
        ge=-100,
        le=100,
        description="Of the runs that wait, the highest is solved first, and the oldest among equals.",
    )
    metric: str | None = Field(
        default=None,
        max_length=200,
        description="Of a frontier: leads, hours, value, expected_value, quality or a numeric column.",
    )
    by: str | None = Field(
        default=None,
        max_length=200,
        description="Of a frontier: rep column of the groups; empty text: all reps; null: as the scenario's own band.",
    )
    points: int = Field(default=8, ge=2, le=100, description="Of a frontier: how many bands to try.")


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


class CentreView(BaseModel):
    """A place that was found for a rep: that of a lead."""

    lead: str
    lat: float
    lon: float


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
    kind: Literal["allocate", "rebalance"] = "allocate"
    neighbours: Literal["links", "places", ""] = Field(
        default="", description="Of territories in one piece: where neighbours come from."
    )
    centres: dict[str, CentreView] = Field(
        default_factory=dict, description="Of territories: the places found, by rep."
    )
    territories: list[dict[str, Any]] = Field(default_factory=list, description="Of territories: one record per rep.")
    moved: dict[str, dict[str, float]] = Field(
        default_factory=dict, description="Of territories: by metric, what leaves its rep of today, of what is owned."
    )
    reason: dict[str, Any] | None = Field(default=None, description="Why there are no territories, if it is evident.")
    conflict: ConflictView | None = None
    links: dict[str, str]


class RunView(BaseModel):
    """One solve, from submitted to finished."""

    id: str
    kind: Kind
    scenario: str
    status: Status
    limits: LimitsIn
    priority: int
    created: str
    started: str | None
    finished: str | None
    progress: ProgressView | None
    plan: str | None = Field(description="Id of the plan; a cancelled run may have one.")
    result: PlanView | None = Field(default=None, description="The plan's document, once there is one; not in lists.")
    ask: AskView | None = Field(default=None, description="What a frontier is asked about.")
    frontier: FrontierView | None = Field(default=None, description="The frontier, once there is one; not in lists.")
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


class NoteView(BaseModel):
    """The place of a unit in its territory: the record for programs, the sentences for people."""

    record: dict[str, Any]
    sentences: list[str]


class ExplanationView(BaseModel):
    """Why a lead goes where it goes: the record for programs, the sentences for people."""

    lead: str
    record: dict[str, Any]
    sentence: str
    territory: NoteView | None = Field(default=None, description="Of a plan of territories: where it lies in its own.")


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


class RepView(BaseModel):
    """Why a rep has this load, and why not more: the record for programs, the sentences for people."""

    rep: str
    record: dict[str, Any]
    sentences: list[str] = Field(description="The last ones are each about a lead in `missed`, in its order.")


class RuleView(BaseModel):
    """What one rule costs: the record for programs, the sentences for people."""

    record: dict[str, Any]
    sentences: list[str]


class RulesView(BaseModel):
    """What each rule of a plan costs, the dearest first."""

    rules: list[RuleView]


class Digest(BaseModel):
    """A file of a receipt, with its digest by algorithm."""

    name: str
    digest: dict[str, str]


class ReceiptView(BaseModel):
    """Digests of what a plan was made from and of what was made, in the layout of an in-toto Statement v1."""

    statement: str = Field(alias="_type")
    subject: list[Digest] = Field(description="The files that `plumbline solve -o` writes of an equal plan.")
    predicateType: str  # noqa: N815 - the name in the standard
    predicate: dict[str, Any] = Field(description="Scenario, policy, versions, seed, limits, and what is proved.")
    receipt_sha256: str = Field(description="Of all the other fields, in canonical JSON (RFC 8785).")


class Health(BaseModel):
    """Whether the service lives, or is ready."""

    status: Literal["ok", "ready"]
