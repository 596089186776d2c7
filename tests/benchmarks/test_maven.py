"""The adapter for the CRM tables, on a small folder with the same traps, and on the real files where they are."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from benchmarks import maven
from benchmarks.maven_crm import DATA, estimate, missing, read_crm, scenario_of
from scenarios import Scenario, read, validate, write

ROOT = Path(__file__).parents[2]
REAL = ROOT / DATA
needs_data = pytest.mark.skipif(
    bool(missing(REAL)), reason=f"needs the Maven CRM tables in {DATA}, outside the repository"
)

FILES = {
    "accounts": """account,sector,year_established,revenue,employees,office_location,subsidiary_of
Brightwell,technolgy,1996,11.0,28,Philipines,
Corner,retail,2001,7.2,9,Norway,
""",
    "products": """product,series,sales_price
Basic,B,100
GTX Pro,GTX,4821
Odd,O,10
""",
    "sales_teams": """sales_agent,manager,regional_office
Alma,Mo,North
Bert,Mo,North
Cleo,Nan,South
""",
    "sales_pipeline": """opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value
D1,Alma,GTXPro,Brightwell,Won,2017-01-01,2017-02-01,4800
D2,Alma,GTXPro,Corner,Lost,2017-01-01,2017-02-01,0
D3,Bert,Basic,Corner,Lost,2017-01-01,2017-02-01,0
D4,Alma,Basic,Corner,Won,2017-01-01,2017-02-01,98
O1,Bert,GTXPro,Brightwell,Engaging,2017-03-01,,
O2,Alma,Basic,,Prospecting,,,
O3,Alma,Odd,Corner,Engaging,2017-03-01,,
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def scenario_in(folder: Path, continuity: float = 0.0) -> Scenario:
    crm = read_crm(folder)
    return scenario_of(crm, estimate(crm), continuity)


def test_open_deals_are_the_leads(folder: Path) -> None:
    leads = scenario_in(folder).leads
    assert leads.select("id", "value", "product", "owner", "stage").rows() == [
        ("O1", 4821.0, "GTX Pro", "Bert", "Engaging"),  # spelt GTXPro in the pipeline
        ("O2", 100.0, "Basic", "Alma", "Prospecting"),
        ("O3", 10.0, "Odd", "Alma", "Engaging"),
    ]
    assert leads.select("account", "industry", "region").rows() == [
        ("Brightwell", "technology", "Philippines"),
        (None, None, None),  # no account yet: neither industry nor region
        ("Corner", "retail", "Norway"),
    ]


def test_agents_of_the_teams_are_the_reps(folder: Path) -> None:
    crm = read_crm(folder)
    rates = estimate(crm)
    alma, bert, cleo = scenario_of(crm, rates).reps
    assert [(r.id, r.team, r.extras["manager"]) for r in (alma, bert, cleo)] == [
        ("Alma", "North", "Mo"),
        ("Bert", "North", "Mo"),
        ("Cleo", "South", "Nan"),
    ]
    assert {r.capacity["leads"] for r in (alma, bert, cleo)} == {1.0}  # 1.1 x 3 / 3, in whole deals
    assert rates.pooled == 0.5  # D1 and D4 of D1..D4
    assert list(alma.win_rates) == ["Basic", "GTX Pro", "*"]
    assert list(bert.win_rates) == ["Basic", "*"]
    assert cleo.win_rates == {"*": 0.5}  # without a closed deal: the pooled rate


def test_rules_and_goals(folder: Path) -> None:
    plain, staying = scenario_in(folder), scenario_in(folder, 20.0)
    assert [(r.kind, r.rate) for r in plain.rules] == [("capacity", None), ("band", None)]
    assert [g.kind for g in plain.goals] == ["value"]
    assert [(g.kind, g.weight) for g in staying.goals] == [("value", 1.0), ("continuity", 20.0)]


def test_a_stranger_in_the_pipeline_is_an_error(folder: Path) -> None:
    pipeline = folder / "sales_pipeline.csv"
    pipeline.write_text(pipeline.read_text("utf-8") + "D5,Zoe,Basic,Corner,Won,,,9\n", "utf-8")
    with pytest.raises(ValueError, match=r"sales_agent that no table knows.*Zoe"):
        read_crm(folder)


def test_the_benchmark_skips_without_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert maven.main(["--data", str(tmp_path / "nowhere")]) == 0
    assert "skipped: " in capsys.readouterr().out


def test_the_benchmark_runs_on_a_small_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # with these there are two deals of each product: Alma and Bert take the same, Cleo the other two
    pipeline = folder / "sales_pipeline.csv"
    text = pipeline.read_text("utf-8") + "O4,Cleo,GTX Pro,Corner,Engaging,,,\nO5,Cleo,Basic,Corner,Engaging,,,\n"
    pipeline.write_text(text + "O6,Cleo,Odd,Corner,Engaging,,,\n", "utf-8")
    picture = folder / "plans.svg"
    assert (
        maven.main(
            ["--data", str(folder), "--write", str(folder / "scenario"), "--picture", str(picture), "--gap", "0"]
        )
        == 0
    )
    line = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert line["feasible"]
    assert line["gap"] <= 1e-6
    assert list(line["plans"]) == ["today's owners", "round robin", "greedy best-fit", "Plumbline"]
    assert line["plans"]["Plumbline"]["expected_value"] == pytest.approx(line["objective"], abs=0.01)
    assert line["plans"]["Plumbline"]["broken"] == {}
    assert line["plans"]["Plumbline"]["assigned"] == 6
    assert picture.read_text("utf-8").startswith("<svg ")
    assert read(folder / "scenario").leads.height == 6


@needs_data
def test_the_real_files(tmp_path: Path) -> None:
    crm = read_crm(REAL)
    rates = estimate(crm)
    scenario = scenario_of(crm, rates)
    assert scenario.leads["stage"].value_counts(sort=True).rows() == [("Engaging", 1589), ("Prospecting", 500)]
    assert scenario.leads["account"].null_count() == 1425
    assert len(scenario.reps) == 35
    assert sum(list(rep.win_rates) == ["*"] for rep in scenario.reps) == 5  # in the teams, and without a deal
    assert (crm.count("Won", "Lost") > 0).sum() == 178
    assert round(rates.pooled, 3) == 0.632
    assert not [issue for issue in validate(scenario) if issue.severity == "error"]
    assert read(write(scenario, tmp_path / "crm")) == scenario
    assert scenario.leads["value"].sum() == pytest.approx(_list_prices(crm.pipeline, crm.products))


def _list_prices(pipeline: pl.DataFrame, products: pl.DataFrame) -> float:
    """Add up the list prices of the open deals, product by product."""
    deals = pipeline.filter(~pl.col("deal_stage").is_in(["Won", "Lost"]))["product"].to_list()
    return float(
        sum(deals.count(name) * price for name, price in products.select("product", "sales_price").iter_rows())
    )
