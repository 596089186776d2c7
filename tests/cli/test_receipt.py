"""Receipts: whatever is changed after a plan was written is found and named, without a solver."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.files import PlanFault
from api.receipts import CLAIMED, OWN_DIGEST, own_digest, policy_digest, read_receipt
from scenarios.examples import example
from scenarios.rules import Exclusion
from tests.cli.conftest import Cli, Said

SOURCE = "example:tiers-first"
FILES = ["assignments.csv", "explanations.jsonl", "loads.csv", "plan.json", "prices.json", "scenario.json"]
Place = tuple[str | int, ...]


def receipt_in(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads((folder / "receipt.json").read_bytes())
    return content


def leaves(value: Any, path: Place = ()) -> Iterator[Place]:
    """Yield the place of every value in a document that has no parts."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from leaves(part, (*path, key))
    if not isinstance(value, dict | list):
        yield path


def changed(document: dict[str, Any], path: Place) -> dict[str, Any]:
    """Return a copy with another value of the same type at a place."""
    copy: dict[str, Any] = orjson.loads(orjson.dumps(document))
    part: Any = copy
    for key in path[:-1]:
        part = part[key]
    before = part[path[-1]]
    if isinstance(before, str):
        part[path[-1]] = before[:-1] + ("0" if before[-1:] != "0" else "1")
    else:
        part[path[-1]] = 0.5 if before is None else before + 1
    return copy


def digest_in(folder: Path, name: str) -> str:
    return str(next(s["digest"]["sha256"] for s in receipt_in(folder)["subject"] if s["name"] == name)[:12])


def wrong(said: Said) -> list[str]:
    return [line.removeprefix("✗").strip() for line in said.out.splitlines() if line.startswith("✗")]


def stranger_digest(value: Any) -> str:
    """RFC 8785 for the numbers that a receipt holds, by the standard library alone."""

    def plain(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: plain(each) for key, each in part.items()}
        if isinstance(part, list):
            return [plain(each) for each in part]
        return int(part) if isinstance(part, float) and part.is_integer() else part

    text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_it_holds_every_file_and_what_the_plan_was_made_from(kept: Path) -> None:
    receipt = receipt_in(kept)
    assert receipt["_type"] == "https://in-toto.io/Statement/v1"
    digests = {subject["name"]: subject["digest"]["sha256"] for subject in receipt["subject"]}
    assert digests == {name: hashlib.sha256((kept / name).read_bytes()).hexdigest() for name in FILES}
    plan = orjson.loads((kept / "plan.json").read_bytes())
    predicate = receipt["predicate"]
    assert {name: predicate[name] for name in CLAIMED} == {name: plan[name] for name in CLAIMED}
    assert {"versions", "seed", "objective", "bound", "gap", "status", "scenario_sha256"} <= set(CLAIMED)
    assert predicate["limits"] == {"time": 60.0, "work": None, "gap": 0.0, "seed": 0, "workers": 2}
    scenario = example("tiers-first").document()
    assert predicate["policy_sha256"] == stranger_digest({name: scenario[name] for name in ("rules", "goals")})
    assert receipt[OWN_DIGEST] == stranger_digest({k: v for k, v in receipt.items() if k != OWN_DIGEST})


def test_the_policy_is_the_rules_and_goals_alone() -> None:
    scenario = example("tiers-first")
    other = scenario.model_copy(update={"name": "another", "leads": scenario.leads.head(3)})
    assert policy_digest(other) == policy_digest(scenario)
    stricter = scenario.model_copy(update={"rules": (*scenario.rules, Exclusion())})
    assert policy_digest(stricter) != policy_digest(scenario)


@pytest.mark.parametrize("alone", ["", "receipt.json"])
def test_an_untouched_folder_holds(cli: Cli, kept: Path, alone: str) -> None:
    said = cli("check", kept / alone)
    assert (said.code, wrong(said)) == (0, [])
    assert "The files are those of the receipt" in said.out
    assert cli("check", kept, "--locale", "zh-CN").code == 0


@pytest.mark.parametrize("where", [0, 0.5, 1])
@pytest.mark.parametrize("name", FILES)
def test_any_changed_byte_of_a_file_is_found_and_the_file_named(cli: Cli, plan: Path, name: str, where: float) -> None:
    data = bytearray((plan / name).read_bytes())
    data[round(where * (len(data) - 1))] ^= 1
    (plan / name).write_bytes(data)
    for said in (cli("check", plan), cli("check", SOURCE, plan), cli("check", plan / "receipt.json")):
        assert said.code in (1, 2)  # 2: what was changed cannot be read any more
        assert name in (said.err if said.code == 2 else said.out)
        if said.code == 1:
            assert any(line.startswith(f"Bytes of {name} ") for line in wrong(said))


def test_any_changed_byte_of_the_receipt_is_found(plan: Path) -> None:
    """But for one that says the same: the last digit of a number can be one too many for floating point."""
    path = plan / "receipt.json"
    data = path.read_bytes()
    same = 0
    for k in range(len(data)):
        path.write_bytes(data[:k] + bytes([data[k] ^ 1]) + data[k + 1 :])
        try:
            if read_receipt(path).own_claim().holds:
                assert orjson.loads(path.read_bytes()) == orjson.loads(data), k
                same += 1
        except PlanFault as fault:
            assert "receipt.json" in fault.message()
    assert same < 10


def test_any_changed_field_of_the_receipt_is_found(plan: Path) -> None:
    path = plan / "receipt.json"
    receipt = receipt_in(plan)
    places = list(leaves(receipt))
    assert len(places) > 30
    for place in places:
        path.write_bytes(orjson.dumps(changed(receipt, place)))
        try:
            assert not read_receipt(path).own_claim().holds, place
        except PlanFault:
            assert place in {("_type",), ("predicateType",)}
    for name in receipt:
        path.write_bytes(orjson.dumps({key: value for key, value in receipt.items() if key != name}))
        with pytest.raises(PlanFault, match=r"receipt\.json"):
            read_receipt(path)
    path.write_bytes(orjson.dumps({**receipt, "more": 1}))
    assert not read_receipt(path).own_claim().holds


def test_a_receipt_that_was_made_anew_for_other_contents_does_not_fit(cli: Cli, plan: Path) -> None:
    """The digest of the receipt is right again; the fields speak of other things than the files."""
    receipt = receipt_in(plan)
    claims = {"policy_sha256": "its rules and goals", "scenario_sha256": "this scenario"}
    for name in (*CLAIMED, "policy_sha256"):
        places = [place for place in leaves(receipt) if place[:2] == ("predicate", name)]
        assert places
        forged = changed(receipt, places[0])
        forged[OWN_DIGEST] = own_digest(forged)
        (plan / "receipt.json").write_bytes(orjson.dumps(forged))
        said = cli("check", plan)
        assert said.code == 1
        told = claims.get(name, "")
        assert any(line.startswith("The receipt") and (told or name) in line for line in wrong(said)), said.out
        assert not any(line.startswith("The receipt is whole") for line in wrong(said))
    for k, subject in enumerate(receipt["subject"]):
        forged = changed(receipt, ("subject", k, "digest", "sha256"))
        forged[OWN_DIGEST] = own_digest(forged)
        (plan / "receipt.json").write_bytes(orjson.dumps(forged))
        assert any(subject["name"] in line for line in wrong(cli("check", plan)))


def test_files_that_are_gone_or_were_added_are_named(cli: Cli, plan: Path) -> None:
    (plan / "explanations.jsonl").unlink()
    (plan / "scenario").mkdir()
    (plan / "scenario" / "leads.csv").write_text("id")
    (plan / "notes.txt").write_text("nothing of ours\n")
    said = cli("check", plan)
    assert said.code == 1
    told = [" ".join(line.split()) for line in wrong(said)]
    assert "The files are those of the receipt 6 5 files" in told
    assert f"Bytes of explanations.jsonl {digest_in(plan, 'explanations.jsonl')} none files" in told
    assert f"Bytes of scenario/leads.csv none {hashlib.sha256(b'id').hexdigest()[:12]} files" in told
    assert "notes.txt" not in said.out


def test_a_receipt_without_its_files_is_checked_by_itself(cli: Cli, kept: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(kept / "receipt.json", tmp_path / "kept-for-the-audit.json"))
    said = cli("check", path)
    assert (said.code, wrong(said)) == (0, [])
    assert "Nothing else could be checked" in said.out
    assert all(name in said.out for name in FILES)
    assert "其余均无法检查" in cli("check", path, "--locale", "zh-CN").out
    path.write_bytes(orjson.dumps(changed(receipt_in(kept), ("predicate", "objective"))))
    said = cli("check", path)
    assert said.code == 1
    assert wrong(said)[0].startswith("The receipt is whole")


def test_a_folder_of_before_there_were_receipts_still_checks(cli: Cli, plan: Path) -> None:
    (plan / "receipt.json").unlink()
    for said in (cli("check", SOURCE, plan), cli("check", plan)):
        assert (said.code, wrong(said)) == (0, [])
        assert "There is no receipt.json" in said.out


def test_a_receipt_of_another_scenario_is_told(cli: Cli, kept: Path) -> None:
    said = cli("check", "example:first-cycle", kept)
    assert said.code == 1
    assert "✗  The receipt is of this scenario" in said.out
    assert "✗  The receipt is of its rules" in said.out


def test_where_no_plan_exists_there_is_a_receipt_too(cli: Cli, no_plan: Path) -> None:
    receipt = receipt_in(no_plan)
    assert [subject["name"] for subject in receipt["subject"]] == ["plan.json", "scenario.json"]
    assert receipt["predicate"]["status"] == "infeasible"
    assert cli("check", no_plan).code == 0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": 1}', b'{"_type": 1e999}', None])
def test_what_is_no_receipt_is_one_clear_line(cli: Cli, plan: Path, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "other.json"
    if content is not None:
        path.write_bytes(content)
        (plan / "receipt.json").write_bytes(content)
        said = cli("check", plan)  # beside the files it is one claim of many
        assert said.code == 1
        assert [line.startswith("The receipt is whole") for line in wrong(said)] == [True]
    said = cli("check", path)
    assert said.code == 2
    assert len(said.err.splitlines()) == 1
    assert "other.json" in said.err
    assert cli("check", tmp_path).code == 2


def test_a_plan_in_parquet_with_tables_as_its_scenario(cli: Cli, tmp_path: Path) -> None:
    from api.files_writing import write_plan
    from scenarios.writing import write
    from solver import Limits, explain, solve

    scenario = example("tiers-first")
    limits = Limits(work=2)
    result = solve(scenario, limits)
    assert result.plan is not None
    explainer = explain(scenario, result.plan)
    folder = tmp_path / "plan"
    write_plan(folder, scenario, result, explainer=explainer, table_format="parquet", limits=limits)
    (folder / "scenario.json").unlink()
    write(scenario, folder / "scenario", "parquet")
    said = cli("check", folder)
    names = [line.split()[2] for line in wrong(said) if line.startswith("Bytes of")]
    assert said.code == 1
    tables = [f"scenario/{name}" for name in ("leads.parquet", "reps.parquet", "scenario.json")]
    assert names == ["scenario.json", *tables]
    assert len(wrong(said)) == 1 + len(names)  # the scenario itself is the same
    assert receipt_in(folder)["predicate"]["limits"]["work"] == 2


def test_no_solver_is_loaded(kept: Path) -> None:
    script = (
        "import sys\n"
        "from api.cli import main\n"
        f"try: main(['check', {str(kept)!r}])\n"
        "except SystemExit as end: code = end.code\n"
        "print(code, sorted(m for m in sys.modules if m.partition('.')[0] == 'ortools'))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"
