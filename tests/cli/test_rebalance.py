"""`plumbline rebalance`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import orjson
import polars as pl
import pytest

from api.files import read_plan
from scenarios import Scenario, write
from solver import judge
from tests.cli.conftest import Cli
from tests.solver.territory.test_measured import measured
from tests.solver.territory.test_rebalance import EVEN, grid


def quarter() -> Scenario:
    """Return 24 units of three reps, the last of whom has left for another with a place to be found."""
    cells = grid(6, 4, 1)
    for k, lead in enumerate(cells["leads"]):
        lead |= {"name": f"Unit <{k}>", "owner": ("west", "middle", "left")[k // 8]}
    return Scenario(
        name="A <b>quarter</b>",
        **cells,
        reps=[{"id": "west", "lat": 40.5, "lon": -89.6}, {"id": "middle", "lat": 41, "lon": -88.5}, {"id": "new"}],
        rules=[
            {"kind": "contiguity", "name": "One piece"},
            {"kind": "band", "name": "Even", "metric": "value", "tolerance": 0.2},
            {"kind": "disruption", "name": "Calm", "metric": "value", "at_most": 60},
        ],
        goals=[{"kind": "travel", "weighted_by": "value"}],
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(quarter(), tmp_path_factory.mktemp("source") / "quarter", "csv")


@pytest.fixture(scope="module")
def drawn(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a plan. Not to be changed."""
    from api.cli import main

    folder = tmp_path_factory.mktemp("drawn") / "plan"
    with pytest.raises(SystemExit) as ended:
        main(["rebalance", str(source), "-o", str(folder), "--locale", "en,zh-CN"])
    assert ended.value.code == 0
    return folder


def document(folder: Path) -> dict:
    return dict(orjson.loads((folder / "plan.json").read_bytes()))


def test_the_folder_holds_what_solve_writes_and_the_maps(drawn: Path) -> None:
    names = {entry.name for entry in drawn.iterdir()}
    assert names == {
        "assignments.csv",
        "changes.csv",
        "explanations.jsonl",
        "loads.csv",
        "map.html",
        "map.png",
        "map.svg",
        "plan.json",
        "prices.json",
        "receipt.json",
        "scenario.json",
        "territories.geojson",
    }


def test_plan_json_tells_of_territories(drawn: Path) -> None:
    plan = document(drawn)
    assert (plan["kind"], plan["neighbours"]) == ("rebalance", "links")
    assert plan["scenario_sha256"] == quarter().sha256()
    assert set(plan["centres"]) == {"new"}
    assert [t["rep"] for t in plan["territories"]] == ["west", "middle", "new"]
    assert all(t["pieces"] == 1 for t in plan["territories"])
    assert sum(t["leads"] for t in plan["territories"]) == 24
    assert plan["moved"]["value"]["moved"] <= 60
    assert (plan["assigned"], plan["unassigned"]) == (24, 0)


def test_a_stranger_can_check_it(cli: Cli, source: Path, drawn: Path) -> None:
    said = cli("check", source, drawn)
    assert said.code == 0, said.out
    assert "search" in said.out
    assert cli("check", drawn).code == 0
    scenario, result = read_plan(drawn)
    assert result.plan is not None
    assert judge(scenario, result.plan.owner).feasible
    centre = document(drawn)["centres"]["new"]
    assert (scenario.reps[2].lat, scenario.reps[2].lon) == (centre["lat"], centre["lon"])


def test_the_change_lists_are_today_against_the_plan(drawn: Path) -> None:
    changes = pl.read_csv(drawn / "changes.csv")
    assert changes.columns == ["rep", "change", "other", "lead", "name", "leads", "value"]
    owner = dict(pl.read_csv(drawn / "assignments.csv").select("lead", "rep").iter_rows())
    before = dict(quarter().leads.select("id", "owner").iter_rows())
    comes = {(lead, rep, other) for rep, change, other, lead, *_ in changes.iter_rows() if change == "comes"}
    assert comes == {(lead, owner[lead], before[lead]) for lead in owner if owner[lead] != before[lead]}
    leaves = {(lead, rep, other) for rep, change, other, lead, *_ in changes.iter_rows() if change == "leaves"}
    assert leaves == {(lead, was, to) for lead, to, was in comes if was != "left"}  # who left gets no list
    assert any(was == "left" for _, _, was in comes)


def test_the_geojson_has_units_territories_and_centres(drawn: Path) -> None:
    features = orjson.loads((drawn / "territories.geojson").read_bytes())["features"]
    parts: dict[str, list] = {}
    for feature in features:
        parts.setdefault(feature["properties"]["part"], []).append(feature)
    assert {name: len(found) for name, found in parts.items()} == {"unit": 24, "territory": 3, "centre": 3}
    for hull in parts["territory"]:
        (ring,) = hull["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        x, y = np.array(ring).T
        assert (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() > 0  # anticlockwise, as RFC 7946 asks
    colours = [hull["properties"]["colour"] for hull in parts["territory"]]
    assert len(set(colours)) == 3


def test_the_page_stands_alone(drawn: Path) -> None:
    page = (drawn / "map.html").read_text(encoding="utf-8")
    assert "A &lt;b&gt;quarter&lt;/b&gt;" in page
    assert "<b>quarter" not in page
    loaded = re.findall(r"(?:src|href)\s*=|url\(|@import|https?://[^\s\"<]+", page)
    assert set(loaded) <= {"http://www.w3.org/2000/svg"}  # a name, not a place
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 2  # today and the plan
    for drawing in drawings:
        circles = ElementTree.fromstring(drawing).iter("{http://www.w3.org/2000/svg}circle")
        assert len(list(circles)) == 24
    data = re.search(r'id="d">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    told = orjson.loads(data[1])
    assert told["names"][0] == "Unit <0>"
    assert told["reps"] == ["west", "middle", "new"]
    assert all(f"<td>{rep}" in re.sub(r"<i [^>]*></i>", "", page) for rep in told["reps"])


def test_the_pictures_are_pictures(drawn: Path) -> None:
    assert (drawn / "map.png").read_bytes().startswith(b"\x89PNG")
    root = ElementTree.fromstring((drawn / "map.svg").read_text(encoding="utf-8"))
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 48
    assert {"Today", "Plan"} <= {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}


def test_in_chinese(cli: Cli, source: Path, tmp_path: Path) -> None:
    said = cli("rebalance", source, "-o", tmp_path / "plan", "--locale", "zh-CN")
    assert said.code == 0
    assert "区域" in said.out and "平均路程" in said.out
    page = (tmp_path / "plan" / "map.html").read_text(encoding="utf-8")
    assert 'lang="zh-CN"' in page and "现状" in page and "方案" in page
    assert document(tmp_path / "plan")["objective"] == pytest.approx(
        document(tmp_path / "plan")["tiers"][0]["objective"]
    )


def test_the_summary(cli: Cli, source: Path) -> None:
    said = cli("rebalance", source, "--time-limit", 20)
    assert said.code == 0
    assert "24 units · 3 territories" in said.out
    assert re.search(r"(Proved optimal|others can save at most)", said.out)
    assert "Neighbours as given." in said.out
    assert re.search(r"new\s+Unit <\d+>", said.out)  # the centre that was found, by its name
    assert "Nothing was written" in said.out


def test_questions_about_it(cli: Cli, drawn: Path) -> None:
    told = cli("why", "u00", "--plan", drawn).out
    assert "Stays with west" in told and "km from the centre of west" in told
    told = orjson.loads(cli("why", "u00", "--plan", drawn, "--json", "--locale", "en,zh-CN").out)
    assert set(told["territory"]["text"]) == {"en", "zh-CN"}
    assert told["territory"]["record"]["pieces_without"] == 1
    owner = dict(pl.read_csv(drawn / "assignments.csv").select("lead", "rep").iter_rows())
    lead = next(lead for lead, rep in owner.items() if rep == "middle")
    said = cli("why-not", lead, "west", "--plan", drawn, "--verify", "--time-limit", 30, "--json")
    assert said.code == 0
    verified = orjson.loads(said.out)["verified"]["record"]
    assert verified["verdict"] in ("costly", "impossible", "undecided", "tie", "better_than_plan")
    assert cli("why", "--rep", "new", "--plan", drawn).code == 0
    assert "One piece" in cli("rules", "--plan", drawn).out
    rules = orjson.loads(cli("rules", "--plan", drawn, "--json", "--locale", "en,zh-CN").out)["rules"]
    assert all("around the centres of this plan" in rule["text"]["en"][-1] for rule in rules)
    chinese = cli("rules", "--plan", drawn, "--locale", "zh-CN").out
    assert "每条线索都有归属" in chinese and "every lead" not in chinese


# -- refusals and no plans ----------------------------------------------------------------------------------


def test_what_it_cannot_take_is_named(cli: Cli, tmp_path: Path) -> None:
    scenario = quarter()
    rules = [*scenario.document()["rules"], {"kind": "share", "name": "Half", "floor": 0.5, "reps": {"id": "new"}}]
    whole = Scenario.model_validate(
        {**scenario.document(), "rules": rules, "reps": scenario.reps, "leads": scenario.leads, "links": scenario.links}
    )
    source = write(whole, tmp_path / "s.json")
    said = cli("rebalance", source, "-o", tmp_path / "plan")
    assert said.code == 2
    assert "/rules/3" in said.err and "Half" in said.err
    assert not (tmp_path / "plan").exists()
    assert "“Half”" in cli("rebalance", source, "--locale", "zh-CN").err


def test_without_leads_there_is_nothing_to_draw(cli: Cli, tmp_path: Path) -> None:
    scenario = quarter()
    none = scenario.model_copy(update={"leads": scenario.leads.clear(), "links": scenario.links.clear()})
    said = cli("rebalance", write(none, tmp_path / "s.json"), "-o", tmp_path / "plan")
    assert said.code == 2 and "nothing to assign" in said.err
    assert not (tmp_path / "plan").exists()


def test_solve_says_who_can(cli: Cli, source: Path) -> None:
    said = cli("solve", source)
    assert said.code == 2
    assert "only `plumbline rebalance` can" in said.err
    assert "只有 `plumbline rebalance`" in cli("solve", source, "--locale", "zh-CN").err
    assert cli("validate", source).code == 0


def test_a_map_that_cannot_be_shared_out(cli: Cli, tmp_path: Path) -> None:
    scenario = quarter()
    leads = scenario.leads.with_columns(
        pl.when(pl.col("id") == "u31").then(900.0).otherwise(pl.col("value")).alias("value")
    )
    source = write(scenario.model_copy(update={"leads": leads}), tmp_path / "s.json")
    said = cli("rebalance", source, "-o", tmp_path / "plan")
    assert said.code == 3
    assert "u31 (Unit <13>) alone has 900 of value" in re.sub(r"\s+", " ", said.out)
    assert "No territories exist" in said.out
    plan = document(tmp_path / "plan")
    assert plan["reason"]["code"] == "unit_too_large"
    assert plan["conflict"]["ways_out"]
    assert {entry.name for entry in (tmp_path / "plan").iterdir()} == {"plan.json", "receipt.json", "scenario.json"}
    assert cli("check", source, tmp_path / "plan").code == 0


def test_ways_by_a_table_are_told_in_its_own_unit(cli: Cli, tmp_path: Path) -> None:
    scenario = measured(0, [EVEN])
    source = write(scenario, tmp_path / "s.json")
    said = cli("rebalance", source, "-o", tmp_path / "plan", "--time-limit", "10")
    assert said.code == 0
    owner = dict(pl.read_csv(tmp_path / "plan" / "assignments.csv").select("lead", "rep").iter_rows())
    value = dict(scenario.leads.select("id", "value").iter_rows())
    ways = [(way, value[lead], rep) for lead, rep, way in scenario.travel.iter_rows() if owner[lead] == rep]
    mean = sum(way * size for way, size, _ in ways) / sum(size for _, size, _ in ways)
    told = re.search(r"Mean way +([0-9.]+) minutes?; the farthest ([0-9.]+) minutes", said.out)
    assert told is not None
    assert float(told[1]) == pytest.approx(mean, rel=0.01)
    assert float(told[2]) == max(way for way, _, _ in ways)
    assert "mean minutes" in said.out and "mean km" not in said.out
    assert "mean minutes" in (tmp_path / "plan" / "map.html").read_text(encoding="utf-8")
    for record in document(tmp_path / "plan")["territories"]:
        mine = [(way, size) for way, size, rep in ways if rep == record["rep"]]
        assert record["unit"] == "minutes" and record["farthest_way"] == max(way for way, _ in mine)
        assert record["way"] == pytest.approx(sum(w * s for w, s in mine) / sum(s for _, s in mine), abs=1e-3)
    chinese = cli("rebalance", source, "--time-limit", "10", "--locale", "zh-CN")
    assert "平均分钟" in chinese.out and "分钟；最远" in chinese.out
