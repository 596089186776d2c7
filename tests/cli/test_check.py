"""`plumbline check`: what holds is confirmed without a solver, and whatever was changed is found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.cli.conftest import Cli

SOURCE = "example:tiers-first"


def change_json(name: str, change: Callable[[Any], None]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        content = orjson.loads((folder / name).read_bytes())
        change(content)
        (folder / name).write_bytes(orjson.dumps(content))

    return apply


def change_text(name: str, old: str, new: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return apply


def in_plan(**values: Any) -> Callable[[Path], None]:
    return change_json("plan.json", lambda plan: plan.update(values))


def in_tiers(number: int, **values: float) -> Callable[[Path], None]:
    return change_json("plan.json", lambda plan: plan["tiers"][number].update(values))


def better(plan: dict[str, Any]) -> None:
    """Claim more points everywhere."""
    plan["objective"] = plan["bound"] = plan["tiers"][-1]["objective"] = plan["tiers"][-1]["bound"] = 30.0


def falsely_optimal(plan: dict[str, Any]) -> None:
    """Claim that the first tier could be better, and still that the whole is optimal."""
    plan["tiers"][0]["bound"] *= 1.01


def by_prices(plan: dict[str, Any]) -> None:
    plan["bound_by"] = "prices"


TAMPERED = {
    "lead given to another": (change_text("assignments.csv", "T-03,nurse-line-1", "T-03,nurse-line-2"), "Every hard"),
    "lead taken away": (change_text("assignments.csv", "T-01,nurse-line-1", "T-01,"), "Score"),
    "unknown rep": (change_text("assignments.csv", "T-01,nurse-line-1", "T-01,somebody"), "The files belong"),
    "row left out": (change_text("assignments.csv", "T-02", "T-20"), "The files belong"),
    "score": (change_text("assignments.csv", "1.92,", "1.95,"), "assignments.csv"),
    "reason": (change_text("assignments.csv", "only_choice", "best_score"), "assignments.csv"),
    "load": (change_text("loads.csv", "nurse-line-4,hours,19", "nurse-line-4,hours,18"), "loads.csv"),
    "price": (change_json("prices.json", lambda p: p["tiers"][-1]["prices"][-1].update(price=9.0)), "Bound from"),
    "certified bound": (change_json("prices.json", lambda p: p["tiers"][0].update(certified_bound=1.0)), "Bound from"),
    "certified bound on top": (in_plan(certified_bound=30.0), "Bound from the prices, on top"),
    "objective": (in_plan(objective=24.5), "Score, on top"),
    "objective of a tier": (in_tiers(0, objective=7.5), "Score"),
    "more points everywhere": (change_json("plan.json", better), "Score"),
    "bound on top": (in_plan(bound=24.9), "Bound, on top"),
    "bound below the score": (in_tiers(1, bound=20.0), "Bound: no plan"),
    "looser first tier": (change_json("plan.json", falsely_optimal), "Status"),
    "bound by prices": (change_json("plan.json", by_prices), "What the bound rests on"),
    "gap": (in_plan(gap=0.01), "Gap"),
    "status": (in_plan(status="feasible"), "Status"),
    "assigned": (in_plan(assigned=15), "Leads assigned"),
    "unassigned": (in_plan(unassigned=5), "Leads not assigned"),
    "value": (change_json("plan.json", lambda p: p["metrics"].update(value=1.0)), "Expected value"),
    "fairness": (
        change_json("plan.json", lambda p: p["metrics"]["fairness"]["value"].update(jain=0.99)),
        "Fairness figures",
    ),
    "another metric": (change_json("plan.json", lambda p: p["metrics"].update(fairness={})), "Fairness figures"),
    "address": (in_plan(scenario_sha256="0" * 64), "The plan is of this scenario"),
    "copy of the scenario": (change_text("scenario.json", "Tiers first", "Tiers last"), "The copy of the scenario"),
    "explanation": (change_text("explanations.jsonl", '"rep":"nurse-line-1"', '"rep":"nurse-line-2"'), "explanations"),
    "explanations gone": (lambda folder: (folder / "explanations.jsonl").unlink(), "explanations"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_whatever_was_changed_is_found(cli: Cli, plan: Path, what: str) -> None:
    change, claim = TAMPERED[what]
    change(plan)
    said = cli("check", SOURCE, plan)
    assert said.code == 1
    wrong = [line for line in said.out.splitlines() if line.startswith("✗")]
    assert any(line.removeprefix("✗").strip().startswith(claim) for line in wrong), said.out
    assert "do not hold" in said.out


def test_an_untouched_plan_holds(cli: Cli, kept: Path) -> None:
    said = cli("check", SOURCE, kept)
    assert said.code == 0
    assert "✗" not in said.out
    assert "claims hold" in said.out
    assert "cannot be recomputed from the prices" in said.out  # the search proved more than the prices
    assert "全部" in cli("check", SOURCE, kept, "--locale", "zh-CN").out


def test_the_plan_of_another_scenario_does_not_hold(cli: Cli, kept: Path) -> None:
    said = cli("check", "example:first-cycle", kept)
    assert said.code == 1
    assert "✗  The plan is of this scenario" in said.out


def test_that_no_plan_exists_rests_on_search(cli: Cli, no_plan: Path) -> None:
    said = cli("check", "example:infeasible-two-ways", no_plan)
    assert said.code == 0
    assert "search" in said.out


def test_a_plan_beside_the_claim_that_there_is_none_is_found(cli: Cli, plan: Path) -> None:
    in_plan(status="infeasible", assigned=0, unassigned=20)(plan)
    said = cli("check", SOURCE, plan)
    assert said.code == 1
    assert "✗  The files belong together" in said.out


def test_no_solver_is_loaded(kept: Path) -> None:
    script = (
        "import sys\n"
        "from api.cli import main\n"
        f"try: main(['check', {SOURCE!r}, {str(kept)!r}])\n"
        "except SystemExit as end: code = end.code\n"
        "print(code, sorted(m for m in sys.modules if m.partition('.')[0] == 'ortools'))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


@pytest.mark.parametrize("name", ["plan.json", "assignments.csv", "loads.csv", "prices.json"])
@pytest.mark.parametrize("damage", ["gone", "cut", "empty", "other"])
def test_a_folder_that_cannot_be_read_is_one_clear_line(cli: Cli, plan: Path, name: str, damage: str) -> None:
    path = plan / name
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "other": b'{"a": [1]}\n'}[damage])
    checked, why = cli("check", SOURCE, plan), cli("why", "T-01", "--plan", plan)
    for said in (checked, why):
        assert "Traceback" not in said.err
        if said.code == 2:
            assert len(said.err.splitlines()) == 1
            assert said.err.startswith("plumbline: ")
    if damage == "cut" and name.endswith(".csv"):  # rows are missing: a table still, but not the plan's
        assert checked.code in (1, 2)
        assert why.code == (0 if name == "loads.csv" else 2)  # the loads are no part of a reason
    else:
        assert (checked.code, why.code) == (2, 2)


def test_a_source_that_cannot_be_read_is_told(cli: Cli, kept: Path, tmp_path: Path) -> None:
    said = cli("check", tmp_path / "none.json", kept)
    assert said.code == 2
    assert "none.json" in said.err
    assert cli("check", SOURCE, tmp_path / "none").code == 2
