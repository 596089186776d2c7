"""What the pages say: links lead somewhere, examples parse, commands exist."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import orjson
import pytest
import typer.main
from typer.core import TyperGroup

from api.app import create_app
from api.cli import app
from api.settings import Settings
from scenarios import load
from scenarios.goals import GOAL_KINDS
from scenarios.model import Scenario
from scenarios.rules import RULE_KINDS
from solver.explain.reasons import ASSIGNED, OTHERS, UNASSIGNED

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
RECORDS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PARTS = ["Context", "Decision", "Consequences", "The alternative not taken"]
SCENARIO = ROOT / "docs" / "scenario.md"


@cache
def without_code(page: Path) -> str:
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def headings(page: Path) -> list[tuple[int, str]]:
    found = re.findall(r"^(#+) (.+)$", without_code(page), flags=re.MULTILINE)
    return [(len(marks), text.strip()) for marks, text in found]


def anchor(heading: str) -> str:
    """What a heading is called in a link: lower case, marks left out, blanks as hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_there_are_pages() -> None:
    assert {"README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/scenario.md"} <= set(NAMES)
    assert len(RECORDS) >= 13


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    text = without_code(page)
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)
    for target in targets:
        if re.match(r"[a-z]+:", target):
            continue
        name, _, part = unquote(target).partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), target
        assert there.is_relative_to(ROOT), target
        if part:
            assert part in {anchor(heading) for _, heading in headings(there)}, target


@pytest.mark.parametrize("kind", [*RULE_KINDS, *GOAL_KINDS])
def test_every_rule_and_goal_has_a_section_with_an_example(kind: str) -> None:
    sections = re.split(r"^### ", SCENARIO.read_text(encoding="utf-8"), flags=re.MULTILINE)
    mine = [section for section in sections if section.startswith(f"`{kind}`\n")]
    assert len(mine) == 1
    assert f'"kind": "{kind}"' in mine[0]


@pytest.mark.parametrize("example", blocks(SCENARIO, "json"))
def test_examples_are_in_the_language(example: str) -> None:
    document = orjson.loads(example)
    if "kind" in document:
        part = "rules" if document["kind"] in RULE_KINDS else "goals"
        scenario = Scenario(**{part: [document]})
        assert getattr(scenario, part)[0].kind == document["kind"]
    else:
        assert Scenario(**document).reps


def test_the_table_and_the_json_say_the_same(tmp_path: Path) -> None:
    """The folder of the page, with its two tables, is the scenario of its JSON."""
    leads, reps, *_ = blocks(SCENARIO, "csv")
    whole = orjson.loads(next(block for block in blocks(SCENARIO, "json") if '"reps": [' in block))
    (tmp_path / "leads.csv").write_text(leads, encoding="utf-8")
    (tmp_path / "reps.csv").write_text(reps, encoding="utf-8")
    head = {key: value for key, value in whole.items() if key not in ("leads", "reps")}
    (tmp_path / "scenario.json").write_bytes(orjson.dumps(head))
    reading = load(tmp_path)
    assert reading.issues == ()
    assert reading.scenario == Scenario(**whole)


def test_reasons_are_all_explained() -> None:
    text = (ROOT / "docs" / "explanations.md").read_text(encoding="utf-8")
    tables = re.split(r"^Why ", text, flags=re.MULTILINE)[1:]
    for table, codes in zip(tables, (ASSIGNED, UNASSIGNED, OTHERS), strict=True):
        assert set(codes) == set(re.findall(r"^\| `(\w+)` \|", table.partition("\n#")[0], flags=re.MULTILINE))


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_records_have_their_four_parts(record: Path) -> None:
    found = headings(record)
    assert found[0][1].startswith(f"{int(record.name[:4])}. ")
    assert [text for level, text in found if level == 2] == PARTS


@pytest.mark.parametrize(
    ("english", "chinese"),
    [("README.md", "README.zh-CN.md"), ("docs/quickstart.md", "docs/quickstart.zh-CN.md")],
)
def test_both_languages_have_the_same_shape(english: str, chinese: str) -> None:
    one, other = ROOT / english, ROOT / chinese
    assert [level for level, _ in headings(one)] == [level for level, _ in headings(other)]
    for language in ("sh", "python"):
        assert blocks(one, language) == blocks(other, language)


def test_commands_exist() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        code = " ".join(re.findall(r"```sh\n.*?```|`[^`\n]+`", text, flags=re.DOTALL))
        for name, rest in re.findall(r"plumbline ([a-z][a-z-]*)([^\n`]*)", code):
            assert name in group.commands, (page.name, name)
            command = group.commands[name]
            if isinstance(command, TyperGroup):  # commands in a group: the next word is the command
                verb, _, rest = rest.strip().partition(" ")
                if not verb:
                    continue
                assert verb in command.commands, (page.name, name, verb)
                command = command.commands[verb]
            known = {option for parameter in command.params for option in parameter.opts}
            assert set(re.findall(r"(?<!\S)(--?[a-z][a-z-]*)", rest)) <= known, (page.name, name, rest)


def test_make_verbs_exist() -> None:
    verbs = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for page in PAGES:
        assert set(re.findall(r"`make (\w+)`", page.read_text(encoding="utf-8"))) <= verbs, page.name


def test_routes_are_those_of_the_service() -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    told = {(method, path) for method, path in re.findall(r"`(GET|POST|PATCH|DELETE) (/[^`\s]*)`", text)}
    paths = create_app(Settings(database=":memory:")).openapi()["paths"]
    assert told == {(method.upper(), path) for path, methods in paths.items() for method in methods}
