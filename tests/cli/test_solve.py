"""`plumbline solve`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import polars as pl
import pytest
from rich.cells import cell_len

from api import files_writing
from scenarios import Lead, Rep, Scenario, read, write
from scenarios.examples import example
from scenarios.generate import generate
from scenarios.rules import Capacity, Pin
from tests.cli.conftest import Cli


def document(folder: Path) -> dict:
    return dict(orjson.loads((folder / "plan.json").read_bytes()))


def test_plan_json_says_what_the_contract_says(kept: Path) -> None:
    plan = document(kept)
    assert list(plan) == [
        "status",
        "stopped_by",
        "objective",
        "bound",
        "gap",
        "bound_by",
        "certified_bound",
        "tiers",
        "assigned",
        "unassigned",
        "metrics",
        "method",
        "seed",
        "versions",
        "seconds",
        "scenario_sha256",
    ]
    assert plan["status"] == "optimal"
    assert plan["stopped_by"] == "proof"
    assert plan["objective"] == pytest.approx(24.38)  # tests/scenarios/test_examples.py: the example's paragraph
    assert plan["bound"] >= plan["objective"]
    assert plan["certified_bound"] >= plan["bound"] - 1e-6
    assert [set(tier) for tier in plan["tiers"]] == [{"tier", "objective", "bound"}] * 3
    assert plan["tiers"][-1]["objective"] == plan["objective"]
    assert (plan["assigned"], plan["unassigned"]) == (14, 6)
    assert set(plan["metrics"]) == {"value", "fairness"}
    assert set(plan["metrics"]["fairness"]["leads"]) >= {"jain", "gini", "min_ratio", "max_ratio", "worst_deviation"}
    assert set(plan["seconds"]) == {"read", "compile", "solve", "check", "write"}
    assert plan["scenario_sha256"] == example("tiers-first").sha256()


def test_the_tables_have_the_columns_of_the_contract(kept: Path) -> None:
    assignments = pl.read_csv(kept / "assignments.csv")
    assert assignments.columns == ["lead", "rep", "score", "net", "margin", "runner_up", "reason"]
    assert assignments["lead"].to_list() == example("tiers-first").leads["id"].to_list()
    assert assignments["rep"].null_count() == 6
    assert assignments["reason"].null_count() == 0
    assert pl.read_csv(kept / "loads.csv").columns == ["rep", "metric", "load", "target", "lower", "upper", "price"]


def test_the_prices_of_every_tier_are_named(kept: Path) -> None:
    tiers = orjson.loads((kept / "prices.json").read_bytes())["tiers"]
    assert [tier["tier"] for tier in tiers] == [1, 2, 3]
    prices = [price for tier in tiers for price in tier["prices"]]
    assert ("Hours", "hours", "", "nurse-line-1") in {(p["rule"], p["metric"], p["group"], p["row"]) for p in prices}
    assert all(set(price) == {"rule", "metric", "group", "row", "price"} for price in prices)


def test_every_lead_has_its_reason_in_every_language_asked_for(kept: Path) -> None:
    lines = [orjson.loads(line) for line in (kept / "explanations.jsonl").read_bytes().splitlines()]
    assert [line["lead"] for line in lines] == example("tiers-first").leads["id"].to_list()
    for line in lines:
        assert line["reason"] in line["codes"]
        assert line["numbers"]
        assert line["text"]["en"].endswith(".")
        assert line["text"]["zh-CN"].endswith("。")


def test_the_folder_holds_the_scenario_itself(kept: Path) -> None:
    assert read(kept / "scenario.json") == example("tiers-first")


def test_many_leads_are_kept_as_parquet(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_writing, "MOST_AS_JSON", 19)  # the example has twenty
    assert cli("solve", "example:tiers-first", "-o", tmp_path / "plan").code == 0
    assert not (tmp_path / "plan" / "scenario.json").exists()
    assert read(tmp_path / "plan" / "scenario") == example("tiers-first")
    assert cli("why", "T-01", "--plan", tmp_path / "plan").code == 0
    assert cli("check", "example:tiers-first", tmp_path / "plan").code == 0


@pytest.mark.parametrize(
    ("form", "name", "expected"),
    [
        ("parquet", "tables", "assignments.parquet"),
        ("csv", "tables", "assignments.csv"),
        ("xlsx", "book.xlsx", "assignments.csv"),
    ],
)
def test_assignments_come_as_the_leads_came(cli: Cli, tmp_path: Path, form: str, name: str, expected: str) -> None:
    write(example("tiers-first"), tmp_path / name, form)
    assert cli("solve", tmp_path / name, "-o", tmp_path / "plan").code == 0
    assert [p.name for p in (tmp_path / "plan").glob("assignments.*")] == [expected]
    assert cli("check", tmp_path / name, tmp_path / "plan").code == 0


def test_the_summary_tells_the_plan_its_proof_and_what_was_left(cli: Cli, tmp_path: Path) -> None:
    said = cli("solve", "example:tiers-first")
    assert "Proved optimal" in said.out
    assert "14 of 20 leads" in said.out
    assert "Priority 1" in said.out
    assert "24.38 points of at most 24.38 (gap 0%)" in said.out
    assert "nurse-line-4     19     20" in said.out
    assert "Jain" in said.out
    assert "Not assigned: 6 of 20" in said.out
    assert "Stays unassigned: " in said.out
    assert "In 'hours', the leads need 160" in said.out  # a warning of the scenario
    assert "Nothing was written" in said.out
    assert said.err == ""


def test_the_summary_in_chinese_is_chinese_and_fits(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    said = cli("solve", "example:chinese-b2b", "--locale", "zh-CN,en", "--gap", "0.05")
    assert "负载与目标" in said.out
    assert "未分配：36 条中的 1 条" in said.out
    assert max(cell_len(line.rstrip()) for line in said.out.splitlines()) <= 100
    prose = re.sub(r"/[\w/]+", "", said.out)  # places in the scenario are the same in every language
    assert not {word for word in ("points", "leads", "reps", "hours", "target", "limit", "plan ") if word in prose}


def test_a_narrow_terminal_gets_every_load(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    said = cli("solve", "example:chinese-b2b", "--locale", "zh-CN", "--gap", "0.05")
    assert "…" not in said.out.split("负载与目标")[1].split("公平性")[0]
    for metric in ("期望价值", "线索数", "工时"):
        assert metric in said.out


def test_of_many_reps_those_who_are_furthest_off_are_shown(cli: Cli, tmp_path: Path) -> None:
    """Forty reps with room for ten leads each; R7 carries 8 already, and so ends above the 2 of the others' limit."""
    reps = [Rep(id=f"R{j}", capacity={"leads": 10.0}, carried={"leads": 8.0 if j == 7 else 0.0}) for j in range(40)]
    leads = [Lead(id=f"L{i}", value=10.0) for i in range(5)]
    source = write(Scenario(reps=tuple(reps), leads=leads, rules=(Capacity(),)), tmp_path / "s.json")
    said = cli("solve", source)
    table = said.out.split("Loads against targets")[1].split("Fairness")[0]
    assert "and 25 more reps" in table
    assert table.count("R") >= 15


def test_nothing_to_do_is_a_plan_too(cli: Cli, tmp_path: Path) -> None:
    source = write(Scenario(reps=(Rep(id="r", capacity={"leads": 1.0}),)), tmp_path / "s.json")
    said = cli("solve", source, "-o", tmp_path / "plan")
    assert said.code == 0
    assert "0 leads · 1 rep\n" in said.out
    assert document(tmp_path / "plan")["assigned"] == 0
    assert cli("check", source, tmp_path / "plan").code == 0


def test_no_plan_is_told_with_the_conflict_and_the_ways_out(cli: Cli, no_plan: Path) -> None:
    plan = document(no_plan)
    assert plan["status"] == "infeasible"
    assert plan["objective"] is plan["bound"] is plan["gap"] is None
    assert {clash["kind"] for clash in plan["conflict"]["rules"]} == {"minimum", "disruption"}
    assert len(plan["conflict"]["ways_out"]) == 2
    assert plan["conflict"]["sentences"]["zh-CN"][1].startswith("出路 1")
    assert sorted(p.name for p in no_plan.iterdir()) == ["plan.json", "receipt.json", "scenario.json"]
    said = cli("solve", "example:infeasible-two-ways")
    assert said.code == 3
    assert "No plan exists" in said.out
    assert "Way out 1: lower the minimum of north-2 from 4 to 3 leads" in said.out
    assert "Way out 2: " in said.out


def test_errors_that_prove_that_there_is_no_plan_do_not_hide_the_ways_out(cli: Cli, tmp_path: Path) -> None:
    """Two pins give one lead to two reps: `validate` proves it, and `solve` says what to do about it."""
    pins = tuple(Pin(name=f"for {rep}", leads={"id": ("L",)}, reps={"id": (rep,)}) for rep in ("a", "b"))
    scenario = Scenario(reps=(Rep(id="a"), Rep(id="b")), leads=[Lead(id="L", value=1.0)], rules=pins)
    source = write(scenario, tmp_path / "s.json")
    assert cli("validate", source).code == 2
    said = cli("solve", source)
    assert said.code == 3
    assert "“for a”" in said.out
    assert "“for b”" in said.out
    assert "Way out 1" in said.out
    assert "✗" in said.out.split("Worth a look")[1]  # the error itself is told too


def test_other_errors_stop_it_with_every_issue(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "leads.csv").write_text("id,value\nL1,lots\nL1,-4\nL3,7\n")
    (tmp_path / "s" / "reps.csv").write_text("id,fte\na,1\na,half\n")
    said = cli("solve", tmp_path / "s", "-o", tmp_path / "plan")
    assert said.code == 2
    assert said.out == ""
    assert "leads.csv, row 2, column value" in said.err
    assert "leads.csv, row 3, column value" in said.err
    assert "reps.csv, row 3, column fte" in said.err
    assert "Maybe" in said.err
    assert not (tmp_path / "plan").exists()


def test_a_limit_that_runs_out_first_is_exit_code_4(cli: Cli, tmp_path: Path) -> None:
    write(generate("cycle", leads=160, reps=4, seed=0), tmp_path / "hard.json")
    said = cli("solve", tmp_path / "hard.json", "--work", "0.000001", "-o", tmp_path / "plan")
    assert said.code == 4
    assert "The limit ran out" in said.out
    assert document(tmp_path / "plan")["status"] == "no_plan_found"
    assert cli("check", tmp_path / "hard.json", tmp_path / "plan").code == 0


def test_a_cell_that_looks_like_a_formula_stays_a_text(cli: Cli, tmp_path: Path) -> None:
    reps = (Rep(id="=cmd|'/c calc'!A0"), Rep(id="-b"))
    scenario = Scenario(reps=reps, leads=[Lead(id="=1+1", value=5.0), Lead(id="@x", value=3.0)])
    source = write(scenario, tmp_path / "s.json")
    assert cli("solve", source, "-o", tmp_path / "plan").code == 0
    cells = [
        cell for line in (tmp_path / "plan" / "assignments.csv").read_text().splitlines() for cell in line.split(",")
    ]
    assert not [cell for cell in cells if cell.strip('"')[:1] in ("=", "@", "+")]
    assert "'=1+1" in cells
    assert cli("check", source, tmp_path / "plan").code == 0
    assert cli("why", "=1+1", "--plan", tmp_path / "plan").code == 0


def test_the_same_work_gives_the_same_plan(cli: Cli, tmp_path: Path) -> None:
    write(generate("cycle", leads=60, reps=5, seed=3), tmp_path / "s.json")
    for name in ("one", "two"):
        assert cli("solve", tmp_path / "s.json", "--work", "0.2", "--seed", "5", "-o", tmp_path / name).code == 0
    one, two = (document(tmp_path / name) for name in ("one", "two"))
    assert one.pop("seconds") != two.pop("seconds")
    assert one == two
    for file in ("assignments.csv", "loads.csv", "prices.json", "explanations.jsonl", "scenario.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
