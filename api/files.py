"""A plan as a folder: what there is in it, and how it is read.

`plan.json` says what is proved, `assignments` and `loads` are tables for people, `prices.json` is the proof that a
stranger can recompute, `explanations.jsonl` the reasons; a copy of the scenario makes the folder stand alone, and
`receipt.json` (`api.receipts`) holds the digests of all the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from scenarios.formats.guard import unguard_frame
from scenarios.issues import ScenarioError
from scenarios.model import Scenario
from scenarios.reading import read
from scenarios.texts import Locale, Text
from scenarios.writing import folder_files
from solver.limits import StoppedBy
from solver.pairs import Ints
from solver.result import BoundBy, Plan, Result, RowPrice, Status, Tier
from solver.territory.compile import placed

TableFormat = Literal["csv", "parquet"]
M = TypeVar("M", bound=BaseModel)

PLAN, PRICES, EXPLANATIONS, RECEIPT = "plan.json", "prices.json", "explanations.jsonl", "receipt.json"
ASSIGNMENTS, LOADS, SCENARIO = "assignments", "loads", "scenario"
TERRITORIES, CHANGES = "territories.geojson", "changes.csv"
MAPS = ("map.html", "map.svg", "map.png")
OURS = frozenset(
    {PLAN, PRICES, EXPLANATIONS, RECEIPT, f"{LOADS}.csv", f"{SCENARIO}.json", SCENARIO, TERRITORIES, CHANGES, *MAPS}
    | {f"{ASSIGNMENTS}.{form}" for form in ("csv", "parquet")}
)
"""Everything that a plan's folder may hold."""

ASSIGNMENT_COLUMNS = pl.Schema(
    {
        "lead": pl.String,
        "rep": pl.String,
        "score": pl.Float64,
        "net": pl.Float64,
        "margin": pl.Float64,
        "runner_up": pl.String,
        "reason": pl.String,
    }
)
LOAD_COLUMNS = pl.Schema(
    {
        "rep": pl.String,
        "metric": pl.String,
        "load": pl.Float64,
        "target": pl.Float64,
        "lower": pl.Float64,
        "upper": pl.Float64,
        "price": pl.Float64,
    }
)

_TEXTS = {
    "no folder": Text("There is no folder {path}.", "没有文件夹 {path}。"),
    "no plan": Text(
        "{path} holds no plan: there is no {file}.",
        "{path} 中没有方案：缺少 {file}。",
    ),
    "no receipt": Text("There is no receipt {path}.", "没有凭证 {path}。"),
    "missing": Text("The plan in {path} is not whole: there is no {file}.", "{path} 中的方案不完整：缺少 {file}。"),
    "damaged": Text("{file} in {path} cannot be read: {why}.", "无法读取 {path} 中的 {file}：{why}。"),
    "leads": Text(
        "{file} in {path} does not list the leads of the scenario, one row each in its order.",
        "{path} 中的 {file} 未按场景顺序逐行列出其线索。",
    ),
    "rep": Text(
        "{file} in {path} gives a lead to {rep!r}, whom the scenario does not have.",
        "{path} 中的 {file} 把线索分给 {rep!r}，而场景中没有此人。",
    ),
    "tiers": Text(
        "{file} in {path} is of other priority tiers than plan.json.",
        "{path} 中 {file} 的优先级与 plan.json 不一致。",
    ),
    "scenario": Text(
        "The copy of the scenario in {path} is not the one that was solved: it was changed since.",
        "{path} 中的场景副本与求解时不同：之后有改动。",
    ),
    "nothing": Text(
        "The folder {path} holds no assignments: the status of the solve is {status!r}.",
        "{path} 中没有分配结果：求解状态为 {status!r}。",
    ),
}


class PlanFault(ValueError):  # noqa: N818  (the fault is in the files)
    """A plan's folder that cannot be used."""

    def __init__(self, code: str, path: Path, **fields: object) -> None:
        super().__init__(code)
        self.code, self.fields = code, {"path": path, **fields}

    def message(self, locale: Locale = "en") -> str:
        """Return what is wrong, in one sentence."""
        return _TEXTS[self.code].format(locale, **self.fields)

    def __str__(self) -> str:
        return self.message()


class Part(BaseModel):
    """A part of a JSON file of ours; what else is in it is kept."""

    model_config = ConfigDict(extra="allow", strict=True)


class TierHead(Part):
    """A tier in `plan.json`."""

    tier: int
    objective: FiniteFloat
    bound: FiniteFloat


class Centre(Part):
    """Where the place of a rep was found, in `plan.json` of a plan of territories."""

    lead: str
    lat: FiniteFloat
    lon: FiniteFloat


class PlanHead(Part):
    """What `plan.json` says of the result; everything else in it is kept in `model_extra`."""

    status: Status
    stopped_by: StoppedBy
    objective: FiniteFloat | None
    bound: FiniteFloat | None
    gap: FiniteFloat | None
    bound_by: BoundBy | None
    certified_bound: FiniteFloat | None
    tiers: list[TierHead]
    assigned: int
    unassigned: int
    metrics: dict[str, Any]
    method: str
    seed: int
    seconds: dict[str, float]
    versions: dict[str, str]
    scenario_sha256: str
    kind: Literal["allocate", "rebalance"] = "allocate"
    centres: dict[str, Centre] = {}

    def planned(self, scenario: Scenario) -> Scenario:
        """Return the allocation that the plan is of: of territories the one with the reps at their centres."""
        return planned(scenario, self.model_dump(include={"kind", "centres"}))


class _TierPrices(Part):
    tier: int
    certified_bound: FiniteFloat
    prices: list[RowPrice]


class _Prices(Part):
    tiers: list[_TierPrices]


def planned(scenario: Scenario, document: Mapping[str, Any]) -> Scenario:
    """Return the allocation that a plan is of, from what `plan.json` says; see `PlanHead.planned`."""
    if document.get("kind") != "rebalance":
        return scenario
    return placed(scenario, {rep: (centre["lat"], centre["lon"]) for rep, centre in document["centres"].items()})


@dataclass(frozen=True)
class PlanFiles:
    """The files of a plan as they stand; the tables are None where there is no plan."""

    folder: Path
    head: PlanHead
    assignments: pl.DataFrame | None
    loads: pl.DataFrame | None
    prices: _Prices | None
    assignments_file: str

    def result(self, scenario: Scenario) -> Result:
        """Return the result that was written.

        Raises
        ------
        PlanFault
            If the files are of another scenario, or not of each other.
        """
        head = self.head
        return Result(
            head.status,
            head.stopped_by,
            None if self.assignments is None else Plan(self._owner(scenario, self.assignments), self._tiers()),
            head.objective,
            head.bound,
            head.certified_bound,
            head.bound_by,
            head.method,
            head.seed,
            head.seconds,
            head.versions,
        )

    def _owner(self, scenario: Scenario, assignments: pl.DataFrame) -> Ints:
        if not assignments["lead"].equals(scenario.leads["id"]):
            raise PlanFault("leads", self.folder, file=self.assignments_file)
        reps = pl.DataFrame({"rep": [r.id for r in scenario.reps]}, schema={"rep": pl.String}).with_row_index("owner")
        known = assignments.select("rep").join(reps, on="rep", how="left", maintain_order="left")
        unknown = known.filter(pl.col("rep").is_not_null() & pl.col("owner").is_null())
        if unknown.height:
            raise PlanFault("rep", self.folder, file=self.assignments_file, rep=unknown["rep"][0])
        return known["owner"].cast(pl.Int64).fill_null(-1).to_numpy().astype(np.int64)

    def _tiers(self) -> tuple[Tier, ...]:
        priced = [] if self.prices is None else self.prices.tiers
        if not self.head.tiers or [t.tier for t in priced] != [t.tier for t in self.head.tiers]:
            raise PlanFault("tiers", self.folder, file=PRICES)
        return tuple(
            Tier(head.tier, head.objective, head.bound, p.certified_bound, tuple(p.prices))
            for head, p in zip(self.head.tiers, priced, strict=True)
        )


def read_files(folder: Path) -> PlanFiles:
    """Return the files of a plan's folder.

    Raises
    ------
    PlanFault
        If a file is missing or damaged.
    """
    if not folder.is_dir():
        raise PlanFault("no folder", folder)
    if not (folder / PLAN).exists():
        raise PlanFault("no plan", folder, file=PLAN)
    head = read_document(folder, PLAN, PlanHead)
    if head.status in ("infeasible", "no_plan_found"):
        return PlanFiles(folder, head, None, None, None, f"{ASSIGNMENTS}.csv")
    form: TableFormat = "parquet" if (folder / f"{ASSIGNMENTS}.parquet").exists() else "csv"
    return PlanFiles(
        folder,
        head,
        _table(folder, f"{ASSIGNMENTS}.{form}", ASSIGNMENT_COLUMNS),
        _table(folder, f"{LOADS}.csv", LOAD_COLUMNS),
        read_document(folder, PRICES, _Prices),
        f"{ASSIGNMENTS}.{form}",
    )


def read_plan(folder: Path) -> tuple[Scenario, Result]:
    """Return the scenario and the result in a plan's folder; `result.plan` is None where no plan was found.

    Of a plan of territories it is the scenario with the reps at their centres.

    Raises
    ------
    PlanFault
        If a file is missing, damaged, or of another plan.
    """
    files = read_files(folder)
    scenario = read_scenario(folder)
    if scenario.sha256() != files.head.scenario_sha256:
        raise PlanFault("scenario", folder)
    return files.head.planned(scenario), files.result(scenario)


def read_scenario(folder: Path) -> Scenario:
    """Return the copy of the scenario in a plan's folder.

    Raises
    ------
    PlanFault
        If it is missing or damaged.
    """
    single, tables = folder / f"{SCENARIO}.json", folder / SCENARIO
    if not single.exists() and not tables.exists():
        raise PlanFault("missing", folder, file=single.name)
    source = single if single.exists() else tables
    try:
        return read(source)
    except ScenarioError as fault:
        raise PlanFault("damaged", folder, file=source.name, why=fault.issues[0].message()) from fault


def copied(folder: Path, scenario: Scenario) -> bool:
    """Tell whether a plan's folder of tables holds, byte by byte, the copy that is made of a scenario.

    Where it does, the copy need not be read; where it does not, it may still be an equal one.
    """
    tables = folder / SCENARIO
    try:
        names = {entry.name for entry in tables.iterdir()}
        written = folder_files(scenario, "parquet") if "leads.parquet" in names else {}
        return names == written.keys() and all((tables / name).read_bytes() == written[name] for name in names)
    except OSError:
        return False


def read_document(folder: Path, name: str, model: type[M]) -> M:
    """Return a JSON file in a folder.

    Raises
    ------
    PlanFault
        If it is missing or damaged.
    """
    try:
        return model.model_validate_json((folder / name).read_bytes())
    except FileNotFoundError as fault:
        raise PlanFault("missing", folder, file=name) from fault
    except OSError as fault:
        raise PlanFault("damaged", folder, file=name, why=fault.strerror or fault) from fault
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise PlanFault(
            "damaged", folder, file=name, why=f"{place}: {first['msg']}" if place else first["msg"]
        ) from fault


def _table(folder: Path, name: str, columns: pl.Schema) -> pl.DataFrame:
    path = folder / name
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path).select(columns.names()).cast(pl.Schema(columns))
        return unguard_frame(pl.read_csv(path, infer_schema=False).select(columns.names())).cast(pl.Schema(columns))
    except FileNotFoundError as fault:
        raise PlanFault("missing", folder, file=name) from fault
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise PlanFault("damaged", folder, file=name, why=str(fault).partition("\n")[0]) from fault
