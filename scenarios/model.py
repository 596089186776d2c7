"""The language of a scenario: leads, reps, rules and goals, as a planner would say them.

The descriptions of the fields are the manual: the JSON schema, the Excel template and the table reader are all
made from them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import orjson
import polars as pl
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    TypeAdapter,
    field_validator,
    model_validator,
)

from scenarios.cleaning import clean_text, number_text, plain_zero
from scenarios.goals import Goal, Value
from scenarios.headers import tidy_record
from scenarios.mappings import tidy_mapping
from scenarios.rules import DEFAULT_RULES, Rule
from scenarios.table import lead_frame, lead_records, link_frame, travel_frame


def _clean(value: Any) -> Any:
    """Clean a text as a table would: what no format can carry is not in a scenario."""
    return clean_text(value) or None if isinstance(value, str) else value


Id = Annotated[str, BeforeValidator(_clean), Field(min_length=1, max_length=200)]
Word = Annotated[Annotated[str, Field(max_length=1000)] | None, BeforeValidator(_clean)]
Amount = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False), AfterValidator(plain_zero)]
Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), AfterValidator(plain_zero)]
Level = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False), AfterValidator(plain_zero)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False), AfterValidator(plain_zero)] | None
Levels = Annotated[dict[str, Level], AfterValidator(tidy_mapping)]
Amounts = Annotated[dict[str, Amount], AfterValidator(tidy_mapping)]
Rates = Annotated[dict[str, Rate], AfterValidator(tidy_mapping)]
Extra = (
    Annotated[str, Field(max_length=1000)] | Annotated[float, Field(allow_inf_nan=False), AfterValidator(plain_zero)]
)
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False), AfterValidator(plain_zero)] | None


class Lead(BaseModel):
    """Anything that needs an owner: a new enquiry, an account, a postcode unit. Further columns are kept."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: Id = Field(description="Unique name of the lead.")
    name: Word = Field(default=None, description="What people call it.")
    value: Amount = Field(default=0.0, description="What winning it is worth, in the scenario's currency.")
    effort: Amount = Field(default=1.0, description="Hours of work it takes; the metric `hours` adds these up.")
    tier: int = Field(
        default=1,
        ge=1,
        le=20,
        description="Priority; 1 comes first, and no lower tier is served at a higher one's cost.",
    )
    urgency: Rate = Field(default=0.0, description="How urgent, from 0 to 1.")
    skills: Levels = Field(default_factory=dict, description="Required skills and levels, such as german:2;sap:1.")
    segment: Word = Field(default=None, description="Customer segment, such as Enterprise.")
    industry: Word = Field(default=None, description="Industry of the customer.")
    product: Word = Field(default=None, description="Product asked for.")
    region: Word = Field(default=None, description="Region of the customer.")
    lat: Latitude = Field(default=None, description="Latitude of the lead's place, in degrees.")
    lon: Longitude = Field(default=None, description="Longitude of the lead's place, in degrees.")
    quality: Amount | None = Field(default=None, description="Graded quality, on any scale that starts at 0.")
    quality_source: Word = Field(default=None, description="Who graded it: a person, a model, a third party.")
    owner: Word = Field(default=None, description="Id of the rep who has the lead today; empty: nobody.")
    protected_until: dt.date | None = Field(
        default=None, description="Day until which the owner cannot lose it, such as 2026-12-31."
    )
    family: Word = Field(default=None, description="Accounts with the same word here stay together.")
    competitor_group: Word = Field(
        default=None, description="Leads with the same word here compete; one rep holds at most one."
    )


class Rep(BaseModel):
    """Who can own leads: a direct seller or a channel partner. Further columns are kept; rules can match on them."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Extra]

    id: Id = Field(description="Unique name of the rep.")
    name: Word = Field(default=None, description="What people call them.")
    team: Word = Field(default=None, description="Team or office.")
    channel: Literal["direct", "partner"] = Field(default="direct", description="direct seller or channel partner.")
    skills: Levels = Field(default_factory=dict, description="Skills and levels, such as german:3;sap:1.")
    fte: Amount = Field(default=1.0, description="Working time: 1 is full time, 0.5 half.")
    available_from: dt.date | None = Field(default=None, description="First day at work; empty: before the period.")
    available_to: dt.date | None = Field(default=None, description="Last day at work; empty: after the period.")
    ramp_up: Rate = Field(default=1.0, description="How productive in this period, from 0 to 1; 1 is fully ramped.")
    capacity: Amounts = Field(
        default_factory=dict,
        description="Most they can hold per metric, such as leads:20;hours:40;hours@Enterprise:10; others: no limit.",
    )
    lat: Latitude = Field(default=None, description="Latitude of the rep's place, in degrees.")
    lon: Longitude = Field(default=None, description="Longitude of the rep's place, in degrees.")
    win_rates: Rates = Field(
        default_factory=dict,
        description="Chance of winning by segment (or by win_rate_by): Enterprise:0.2;*:0.3, * for any other.",
    )
    carried: Amounts = Field(
        default_factory=dict, description="What they carry already per metric, such as leads:5;value:80000."
    )
    competitor_groups: Word = Field(default=None, description="Competitor groups they already serve, separated by ;.")
    share: Amount | None = Field(
        default=None, description="Explicit share for fair targets, instead of FTE x presence x ramp-up."
    )
    region: Word = Field(default=None, description="Regions covered, separated by ;.")
    segment: Word = Field(default=None, description="Segments covered, separated by ;.")
    industry: Word = Field(default=None, description="Industries covered, separated by ;.")
    product: Word = Field(default=None, description="Products covered, separated by ;.")

    @model_validator(mode="before")
    @classmethod
    def _tidy(cls, data: Any) -> Any:
        return tidy_record(data, cls) if isinstance(data, dict) else data

    @property
    def extras(self) -> dict[str, str | float]:
        """The cells of the extra columns, by name."""
        return self.__pydantic_extra__ or {}


class Link(BaseModel):
    """Two leads that are neighbours, such as two counties with a common border."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    a: Id = Field(description="Id of a lead.")
    b: Id = Field(description="Id of another lead, a neighbour of the first.")


class TravelRow(BaseModel):
    """How far it is between a lead and a rep. Further numeric columns hold the measures, such as minutes and km."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Amount | None]

    lead: Id = Field(description="Id of a lead. Add a numeric column for each measure, such as minutes or km.")
    rep: Id = Field(description="Id of a rep.")


def _leads(value: Any) -> pl.DataFrame:
    return lead_frame(value, Lead)


def _links(value: Any) -> pl.DataFrame:
    return link_frame(value, Link)


def _travel(value: Any) -> pl.DataFrame:
    return travel_frame(value, TravelRow)


class _LeadRows:
    """Lets the JSON schema say that the table is a list of leads."""

    def __get_pydantic_json_schema__(self, _: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(TypeAdapter(list[Lead]).core_schema)


class _LinkRows:
    """Lets the JSON schema say that the links are a list of pairs."""

    def __get_pydantic_json_schema__(self, _: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(TypeAdapter(list[tuple[Id, Id]]).core_schema)


class _TravelRows:
    """Lets the JSON schema say that the table is a list of rows."""

    def __get_pydantic_json_schema__(self, _: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(TypeAdapter(list[TravelRow]).core_schema)


LeadFrame = Annotated[pl.DataFrame, BeforeValidator(_leads), _LeadRows()]
LinkFrame = Annotated[pl.DataFrame, BeforeValidator(_links), _LinkRows()]
TravelFrame = Annotated[pl.DataFrame, BeforeValidator(_travel), _TravelRows()]


def _with_texts(rep: Rep, columns: set[str]) -> Rep:
    texts = {n: number_text(c) for n, c in rep.extras.items() if n in columns and isinstance(c, float)}
    return rep.model_copy(update=texts)


class Scenario(BaseModel):
    """Everything a plan depends on. Frozen; vary one with `model_copy(update=...)`.

    Leads are a table (polars), one row a lead, with the columns of `Lead` first and extra columns after
    them, so that a million leads never become a million Python objects. They may be given as such a table, as
    `Lead` objects or as dictionaries.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str = Field(default="", max_length=200, description="What people call this scenario.")
    description: str = Field(default="", max_length=20_000, description="A paragraph for the reader.")
    currency: str = Field(default="", max_length=20, description="Unit of value, such as USD or CNY.")
    period_start: dt.date | None = Field(default=None, description="First day that the plan is for.")
    period_end: dt.date | None = Field(default=None, description="Last day that the plan is for.")
    win_rate_by: str = Field(
        default="segment", max_length=200, description="Lead column that the reps' win rates go by."
    )
    rules: tuple[Rule, ...] = Field(default=DEFAULT_RULES, max_length=10_000, description="What must hold.")
    goals: tuple[Goal, ...] = Field(default=(Value(),), max_length=1_000, description="What is wished for.")
    reps: tuple[Rep, ...] = Field(default=(), description="Who can own leads.")
    leads: LeadFrame = Field(default_factory=lambda: lead_frame([], Lead), description="What needs an owner.")
    links: LinkFrame = Field(
        default_factory=lambda: link_frame([], Link),
        description="Pairs of leads that are neighbours, for territories in one piece; empty: told by their places.",
    )
    travel: TravelFrame = Field(
        default_factory=lambda: travel_frame([], TravelRow),
        description="How far it is between leads and reps, for a goal travel that is measured by one of its columns.",
    )

    @field_validator("reps")
    @classmethod
    def _one_type_per_column(cls, reps: tuple[Rep, ...]) -> tuple[Rep, ...]:
        """Turn the numbers of an extra column into texts where other reps have texts there: columns have one type."""
        texts = {name for rep in reps for name, cell in rep.extras.items() if isinstance(cell, str)}
        mixed = {name for rep in reps for name, cell in rep.extras.items() if name in texts and isinstance(cell, float)}
        return tuple(_with_texts(rep, mixed) if mixed & rep.extras.keys() else rep for rep in reps)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scenario):
            return NotImplemented
        tables = all(getattr(self, name).equals(getattr(other, name)) for name in ("leads", "links", "travel"))
        return tables and self.document() == other.document() and self.reps == other.reps

    __hash__ = None  # type: ignore[assignment]  # equal by content, and tables are not hashable

    def document(self) -> dict[str, Any]:
        """Return all but the tables, JSON-ready: what `scenario.json` holds."""
        return self.model_dump(mode="json", exclude={"leads", "reps", "links", "travel"}, exclude_defaults=False)

    def rep_records(self) -> list[dict[str, Any]]:
        """Return the reps as JSON-ready records, without the fields that stand at their default."""
        return [{"id": r.id, **r.model_dump(mode="json", exclude_defaults=True)} for r in self.reps]

    def lead_records(self) -> list[dict[str, Any]]:
        """Return the leads as JSON-ready records, without empty cells. One object per lead: for files only."""
        return lead_records(self.leads)

    def link_records(self) -> list[list[str]]:
        """Return the links as JSON-ready pairs of ids."""
        return [list(row) for row in self.links.iter_rows()]

    def travel_records(self) -> list[dict[str, Any]]:
        """Return the rows of travel as JSON-ready records, without empty cells. One object per pair: for files only."""
        return [{k: v for k, v in row.items() if v is not None} for row in self.travel.iter_rows(named=True)]

    def sha256(self) -> str:
        """Return the address of this content: equal scenarios have equal addresses, in whatever format they came."""
        digest = hashlib.sha256()
        head = {**self.document(), "reps": self.rep_records()}
        digest.update(orjson.dumps(head, option=orjson.OPT_SORT_KEYS))
        for part in _cells_of(self.leads):
            digest.update(part)
        for a, b in self.links.iter_rows():  # none: the address that it had before there were links
            digest.update(f"{a}\x1f{b}\x1e".encode())
        if self.travel.height:
            digest.update(b"travel\x1e")
            for part in _cells_of(self.travel):
                digest.update(part)
        return digest.hexdigest()


def _cells_of(table: pl.DataFrame) -> Iterator[bytes]:
    """Yield the columns of a table that have cells, by name, each with its type and all of its cells."""
    for column in sorted(table.columns):
        series = table[column]
        if series.null_count() == len(series):
            continue
        yield f"{column}\x1f{series.dtype}\x1f".encode()
        for part in series.cast(pl.String).fill_null("\x00").to_frame().iter_slices(100_000):
            yield (str(part.to_series().str.join("\x1f").item()) + "\x1f").encode()
