"""The CRM tables of a fictitious company as a scenario.

Data: Maven Analytics, "CRM Sales Opportunities" (public domain): a folder of CSV files, which this project does not
contain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.winrates import WinRates, win_rates
from scenarios import Rep, Scenario
from scenarios.goals import Continuity, Value
from scenarios.rules import Band, Capacity
from solver.pairs import Floats

DATA = Path("../shared/data/maven_crm")
TABLES = ("accounts", "products", "sales_pipeline", "sales_teams")

SPELLING = {"GTXPro": "GTX Pro", "technolgy": "technology", "Philipines": "Philippines"}
"""The file's misspelt words, and what they stand for elsewhere in it or in the world."""
OPEN, CLOSED = ("Engaging", "Prospecting"), ("Won", "Lost")

ROOM = 1.1
"""Capacity of a rep, in even shares of the deals."""
TOLERANCE = 0.10
"""Half-width of the fair band inside an office, as a part of the target."""


@dataclass(frozen=True)
class Crm:
    """The tables as they are in the files, but for spelling."""

    accounts: pl.DataFrame
    products: pl.DataFrame
    pipeline: pl.DataFrame
    teams: pl.DataFrame

    def __post_init__(self) -> None:
        """Refuse deals of products or agents that no table knows: a join would lose them in silence."""
        for column, table in (("product", self.products), ("sales_agent", self.teams)):
            strangers = sorted(set(self.pipeline[column]) - set(table[column]), key=str)
            if strangers:
                raise ValueError(f"the pipeline names a {column} that no table knows: {strangers[:5]}")

    @property
    def agents(self) -> list[str]:
        """The agents of the sales teams, with or without a deal."""
        return self.teams["sales_agent"].to_list()

    @property
    def kinds(self) -> list[str]:
        """The products."""
        return self.products["product"].to_list()

    def count(self, *stages: str) -> Floats:
        """Count the deals in some stages by agent and product, (agents, products)."""
        row, column = ({name: place for place, name in enumerate(names)} for names in (self.agents, self.kinds))
        count = np.zeros((len(row), len(column)))
        deals = self.pipeline.filter(pl.col("deal_stage").is_in(stages)).group_by("sales_agent", "product").len()
        for agent, kind, number in deals.iter_rows():
            count[row[agent], column[kind]] = number
        return count


def missing(folder: Path) -> list[str]:
    """Return the tables that a folder lacks; none: it can be read."""
    return [f"{name}.csv" for name in TABLES if not (folder / f"{name}.csv").is_file()]


def read_crm(folder: Path) -> Crm:
    """Read the folder's tables.

    Raises
    ------
    FileNotFoundError
        If a table is not there.
    ValueError
        If a deal names a product or an agent that no table knows.
    """
    words = pl.col(pl.String).str.strip_chars().replace(SPELLING)
    return Crm(*(pl.read_csv(folder / f"{name}.csv").with_columns(words) for name in TABLES))


def estimate(crm: Crm) -> WinRates:
    """Estimate each agent's win rate with each product from the closed deals."""
    return win_rates(crm.count("Won"), crm.count(*CLOSED))


def scenario_of(crm: Crm, rates: WinRates, continuity: float = 0.0) -> Scenario:
    """Return the scenario: the open deals are the leads, the agents of the sales teams are the reps.

    A deal is worth its product's list price. A rep's win rates go by product; `*` is for all other products.
    Nobody takes more than `ROOM` even shares of the deals, and the band on expected value is inside each office.

    Parameters
    ----------
    crm : Crm
    rates : WinRates
    continuity : float
        Points for a deal that stays with today's agent; 0: the goal is left out.
    """
    deals = crm.pipeline.filter(pl.col("deal_stage").is_in(OPEN)).join(
        crm.products, on="product", how="left", maintain_order="left"
    )
    leads = deals.join(crm.accounts, on="account", how="left", maintain_order="left").select(
        id="opportunity_id",
        value=pl.col("sales_price").cast(pl.Float64),
        industry="sector",
        product="product",
        region="office_location",
        owner="sales_agent",
        account="account",
        stage="deal_stage",
    )
    room = float(math.floor(ROOM * leads.height / len(crm.agents)))  # a rep takes whole deals
    tried = crm.count(*CLOSED) > 0
    reps = []
    for j, (agent, manager, office) in enumerate(crm.teams.iter_rows()):
        known = {kind: float(rates.cell[j, c]) for c, kind in enumerate(crm.kinds) if tried[j, c]}
        chances = {kind: round(rate, 4) for kind, rate in {**known, "*": float(rates.agent[j])}.items()}
        record = {"id": agent, "team": office, "manager": manager, "capacity": {"leads": room}, "win_rates": chances}
        reps.append(Rep.model_validate(record))
    band = Band(name="fair value in each office", metric="expected_value", tolerance=TOLERANCE, by="team")
    return Scenario(
        name="Maven CRM: open deals",
        description="CRM Sales Opportunities by Maven Analytics: every open deal placed anew, in fair shares.",
        currency="USD",
        win_rate_by="product",
        rules=(Capacity(name="places"), band),
        goals=(Value(), Continuity(weight=continuity)) if continuity else (Value(),),
        reps=tuple(reps),
        leads=leads,
    )
