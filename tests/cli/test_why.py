"""`plumbline why` and `why-not`."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from api.files import PlanFault, read_plan
from scenarios.examples import example
from tests.cli.conftest import Cli
from tests.cli.test_check import change_text


def test_why_tells_the_reason_and_the_others(cli: Cli, kept: Path) -> None:
    said = cli("why", "T-01", "--plan", kept)
    assert said.code == 0
    assert "Goes to nurse-line-1" in said.out
    assert "And the others" in said.out
    assert said.out.count("·") == 3  # of four reps
    assert "未分配" in cli("why", "T-12", "--plan", kept, "--locale", "zh-CN").out


def test_why_as_json_is_the_record_with_a_sentence_per_language(cli: Cli, kept: Path) -> None:
    answer = orjson.loads(cli("why", "T-12", "--plan", kept, "--json", "--locale", "en,zh-CN").out)
    assert answer["lead"] == answer["record"]["lead"] == "T-12"
    assert answer["record"]["rep"] is None
    assert answer["record"]["reason"] == "no_room"
    assert list(answer["text"]) == ["en", "zh-CN"]
    lines = [orjson.loads(line) for line in (kept / "explanations.jsonl").read_bytes().splitlines()]
    assert answer["text"] == next(line["text"] for line in lines if line["lead"] == "T-12")


def test_why_not_tells_the_rule(cli: Cli, kept: Path) -> None:
    said = cli("why-not", "T-01", "nurse-line-3", "--plan", kept)
    assert said.code == 0
    assert "by the rule “Fields”" in said.out
    assert "Solved again" not in said.out


def test_why_not_verified_says_what_is_proved(cli: Cli, kept: Path) -> None:
    arguments = ("why-not", "T-02", "nurse-line-2", "--plan", kept, "--verify", "--time-limit", "20")
    said = cli(*arguments)
    assert said.code == 0
    assert "Solved again with this pair" in said.out
    answer = orjson.loads(cli(*arguments, "--json").out)
    assert answer["verified"]["record"]["verdict"] == "costly"
    assert answer["verified"]["text"]["en"][0] in " ".join(said.out.split())
    impossible = orjson.loads(cli("why-not", "T-01", "nurse-line-3", "--plan", kept, "--verify", "--json").out)
    assert impossible["verified"]["record"]["verdict"] == "impossible"


@pytest.mark.parametrize(
    ("arguments", "guess"),
    [
        (("why", "T-99"), "T-"),
        (("why", "t-01"), "T-01"),
        (("why-not", "T-01", "nurse-line"), "nurse-line-"),
        (("why-not", "T01", "nurse-line-1"), "T-01"),
    ],
)
def test_a_name_that_is_wrong_gets_a_guess(cli: Cli, kept: Path, arguments: tuple[str, ...], guess: str) -> None:
    said = cli(*arguments, "--plan", kept)
    assert said.code == 2
    assert f"Maybe '{guess}" in said.err
    assert len(said.err.splitlines()) == 1
    assert "也许" in cli(*arguments, "--plan", kept, "--locale", "zh-CN").err


def test_a_folder_without_a_plan_has_no_reasons(cli: Cli, no_plan: Path, tmp_path: Path) -> None:
    said = cli("why", "A-01", "--plan", no_plan)
    assert said.code == 2
    assert "infeasible" in said.err
    assert cli("why", "A-01", "--plan", tmp_path).code == 2


def test_a_changed_copy_of_the_scenario_is_refused(cli: Cli, plan: Path) -> None:
    change_text("scenario.json", "Tiers first", "Tiers last")(plan)
    said = cli("why", "T-01", "--plan", plan)
    assert said.code == 2
    assert "was changed since" in said.err
    with pytest.raises(PlanFault, match="changed since"):
        read_plan(plan)


def test_a_plan_is_read_as_it_was_written(kept: Path) -> None:
    scenario, result = read_plan(kept)
    assert scenario == example("tiers-first")
    assert result.plan is not None
    assert result.status == "optimal"
    written = orjson.loads((kept / "plan.json").read_bytes())
    assert {name: value for name, value in result.document().items() if name != "seconds"}.items() <= written.items()
    reps = [rep.id for rep in scenario.reps]
    assert [reps[j] if j >= 0 else None for j in result.plan.owner[:3].tolist()] == ["nurse-line-1"] * 3
    assert [tier.certified_bound >= tier.objective for tier in result.plan.tiers] == [True] * 3
    assert result.plan.prices
