"""`plumbline rules`, and `plumbline why --rep`."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests.cli.conftest import Cli


def test_rules_are_told_of_with_what_they_cost(cli: Cli, kept: Path) -> None:
    said = cli("rules", "--plan", kept)
    assert said.code == 0
    assert "What a plan could gain without each rule" in said.out
    assert "“Hours”" in said.out and "“Fields”" in said.out
    assert "(tier 2)" in said.out
    assert "solved again" not in said.out.lower()
    chinese = cli("rules", "--plan", kept, "--locale", "zh-CN").out
    assert "按影子价格" in chinese and "优先级 2" in chinese


def test_rules_verified_give_the_gain(cli: Cli, kept: Path) -> None:
    arguments = ("rules", "--plan", kept, "--verify", "--time-limit", "40")
    said = cli(*arguments)
    assert said.code == 0
    assert "solved again" in said.out
    assert "Solved again without “Hours”, the best plan gains 2.6 points." in " ".join(said.out.split())
    told = orjson.loads(cli(*arguments, "--json", "--locale", "en,zh-CN").out)["rules"]
    assert [rule["record"]["rule"] for rule in told] == ["Hours", "Fields"]
    assert [rule["record"]["solved"]["gain"] for rule in told] == pytest.approx([2.6, 0.16])
    for rule in told:
        assert rule["record"]["solved"]["gain"] <= rule["record"]["at_most"] + 1e-6
        assert list(rule["text"]) == ["en", "zh-CN"]
        assert rule["record"]["slack"]["solved"]["verdict"] in ("gain", "none")


def test_why_a_rep_has_this_load(cli: Cli, kept: Path) -> None:
    said = cli("why", "--rep", "nurse-line-1", "--plan", kept)
    assert said.code == 0
    text = " ".join(said.out.split())
    assert "nurse-line-1 gets" in text and "Why not more:" in text
    answer = orjson.loads(cli("why", "--rep", "nurse-line-1", "--plan", kept, "--json", "--locale", "zh-CN,en").out)
    assert answer["rep"] == answer["record"]["rep"] == "nurse-line-1"
    assert list(answer["text"]) == ["zh-CN", "en"]
    for line in answer["text"]["en"]:
        assert line in text
    assert said.out.count("·") == len(answer["record"]["missed"])


def test_a_rep_who_is_not_there_gets_a_guess(cli: Cli, kept: Path) -> None:
    said = cli("why", "--rep", "nurse-line", "--plan", kept)
    assert said.code == 2
    assert "Maybe 'nurse-line-" in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [(), ("T-01", "--rep", "nurse-line-1")])
def test_why_wants_a_lead_or_a_rep(cli: Cli, kept: Path, arguments: tuple[str, ...]) -> None:
    said = cli("why", *arguments, "--plan", kept)
    assert said.code == 2
    assert "either a LEAD or a rep" in " ".join(said.err.split())


def test_a_folder_without_a_plan_has_no_prices(cli: Cli, no_plan: Path) -> None:
    for arguments in (("rules",), ("why", "--rep", "berlin-1")):
        said = cli(*arguments, "--plan", no_plan)
        assert said.code == 2
        assert "infeasible" in said.err


def test_a_scenario_without_rules_says_so(cli: Cli, tmp_path: Path) -> None:
    document = {
        "rules": [],
        "leads": [{"id": "A", "value": 2}],
        "reps": [{"id": "R"}, {"id": "S", "win_rates": {"*": 0.1}}, {"id": "T", "win_rates": {"*": 0.2}}],
    }
    document["reps"][0]["win_rates"] = {"*": 0.3}
    source = tmp_path / "bare.json"
    source.write_bytes(orjson.dumps(document))
    assert cli("solve", source, "-o", tmp_path / "plan").code == 0
    assert cli("rules", "--plan", tmp_path / "plan").out == "The scenario has no rules.\n"


def test_the_lint_is_told_before_any_run(cli: Cli, tmp_path: Path) -> None:
    document = {
        "rules": [{"kind": "skills", "name": "Languages"}, {"kind": "wall", "name": "Apart"}],
        "leads": [{"id": "A", "value": 2}, {"id": "B", "value": 3}],
        "reps": [{"id": "R", "win_rates": {"*": 0.1}}, {"id": "S", "win_rates": {"*": 0.2}}],
    }
    source = tmp_path / "idle.json"
    source.write_bytes(orjson.dumps(document))
    said = cli("validate", source)
    assert said.code == 0
    assert "/rules/0: 'Languages' rules nobody out" in said.out
    assert "/rules/1: 'Apart' keeps nothing apart" in said.out
    assert "2 warnings." in said.out
    assert "'Languages' rules nobody out" in cli("solve", source).out
