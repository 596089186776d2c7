"""What is written is what is read, in every format and whatever the texts and numbers are."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenarios import Lead, Rep, Scenario, read, write
from scenarios.cleaning import clean_text
from scenarios.goals import GOAL_KINDS
from scenarios.headers import column_name, is_usable
from scenarios.mappings import mapping_key
from scenarios.model import TravelRow
from scenarios.rules import RULE_KINDS, Capacity, Pin
from scenarios.writing import ScenarioFormat
from tests.thorough import times

FORMATS: dict[ScenarioFormat, str] = {"json": "s.json", "xlsx": "s.xlsx", "zip": "s.zip", "csv": "c", "parquet": "p"}

TRICKY = (
    *("=1+1", "+1", "-1", "@a", "'", "'=a", "''=a", "＝1", "\t=1", "007", "1e5", "1.50", "inf", "nan", "NULL", "#N/A"),
    *(
        "a,b",
        "a;b",
        "a:b",
        "a|b=c",
        'a"b',
        '"a"',
        '"',
        "a\nb",
        "\r\n",
        "  a  b ",
        "TRUE",
        "...",
        "{}",
        "[1]",
        "_x0041_",
    ),
    *(
        "中文；：，",
        "2026-01-01",
        "2026-01-01 00:00:00",
        "\x00",
        "\x85",
        "\u2028",
        "\ufeff",
        "\uffff",
        "😀",
        "id",
        "金额",
        "*",
        "^a$",
    ),
)
texts = st.sampled_from(TRICKY) | st.text(max_size=8)
words = texts.map(clean_text).filter(bool)
ids = words.map(lambda word: word[:100])
keys = texts.map(mapping_key).filter(lambda key: key is not None)
names = st.text(max_size=10) | st.sampled_from(TRICKY)


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Any float, with the awkward ones among them."""
    awkward = [x for x in (0.1 + 0.2, 5e-324, 1e-300, 123456789.12345679, 1e15, 1 / 3) if low <= x <= high]
    return st.floats(low, high) | st.sampled_from([*awkward, low, high])


def extra_name(model: type[Lead] | type[Rep] | type[TravelRow], name: str) -> bool:
    """Tell whether a name stays the name of an extra column."""
    column = column_name(name, model)
    return bool(column) and is_usable(column) and column.partition(".")[0] not in model.model_fields


def extras(model: type[Lead] | type[Rep] | type[TravelRow]) -> st.SearchStrategy[dict[str, bool]]:
    """Names of extra columns, and whether each holds numbers."""
    fit = texts.filter(lambda name: extra_name(model, name)).map(lambda name: column_name(name, model))
    return st.dictionaries(fit, st.booleans(), max_size=3)


anything = numbers(-1.7e308, 1.7e308)
dates = st.dates() | st.sampled_from([dt.date(1900, 2, 28), dt.date(1900, 3, 1), dt.date(1, 1, 1), dt.date.max])


@st.composite
def lead_rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    kinds = draw(extras(Lead))
    known = {
        "name": words,
        "value": numbers(0, 1e15),
        "tier": st.integers(1, 20),
        "urgency": numbers(0, 1),
        "skills": st.dictionaries(keys, numbers(0, 100), max_size=2),
        "lat": numbers(-90, 90),
        "owner": ids,
        "protected_until": dates,
    }
    cells = {**known, **{name: anything if kind else words for name, kind in kinds.items()}}
    return draw(st.lists(st.fixed_dictionaries({"id": ids}, optional=cells), max_size=4))


@st.composite
def rep_rows(draw: st.DrawFn) -> list[Rep]:
    kinds = draw(extras(Rep))
    known = {
        "name": words,
        "channel": st.sampled_from(["direct", "partner"]),
        "fte": numbers(0, 1e15),
        "available_from": dates,
        "capacity": st.dictionaries(keys, numbers(0, 1e15), max_size=2),
        "win_rates": st.dictionaries(keys, numbers(0, 1), max_size=2),
        "share": numbers(0, 1e15),
        "region": words,
    }
    cells = {**known, **{name: anything if kind else words for name, kind in kinds.items()}}
    rows = draw(st.lists(st.fixed_dictionaries({"id": ids}, optional=cells), max_size=3))
    return [Rep.model_validate(row) for row in rows]


@st.composite
def travel_rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    measures = dict.fromkeys(draw(extras(TravelRow)), numbers(0, 1e15))
    return draw(st.lists(st.fixed_dictionaries({"lead": ids, "rep": ids}, optional=measures), max_size=4))


selections = st.dictionaries(names, st.lists(names | anything, max_size=3), max_size=2)


@st.composite
def rules(draw: st.DrawFn) -> Any:
    base = {"name": names, "rate": st.none() | numbers(0, 1e9), "leads": selections, "reps": selections}
    share, of = st.none() | numbers(0, 0.5), st.sampled_from(["assigned", "leads"])
    own: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "capacity": {"metrics": st.lists(names, max_size=2)},
        "match": {"lead_column": names, "rep_column": names, "blank": st.sampled_from(["any", "none"])},
        "share": {"metric": names, "floor": share, "ceiling": numbers(0.5, 1), "of": of},
        "band": {"metric": names, "tolerance": numbers(0, 10), "by": st.none() | names, "of": of},
        "disruption": {"metric": names, "at_most": numbers(0, 1e15)},
        "minimum": {"metric": names, "at_least": numbers(0, 1e15)},
    }
    kind = draw(st.sampled_from(sorted(RULE_KINDS)))
    values = draw(st.fixed_dictionaries({**base, **own.get(kind, {})}))
    if values.get("by") is not None:
        values["of"] = "assigned"
    return RULE_KINDS[kind].model_validate(values)


@st.composite
def goals(draw: st.DrawFn) -> Any:
    group = {"metric": names, "by": st.none() | names, "leads": selections, "reps": selections}
    own: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "value": {"away_factor": numbers(0, 1)},
        "balance": {"tolerance": numbers(0, 10), **group},
        "max_min": group,
        "travel": {
            "weighted_by": st.none() | names,
            "power": st.sampled_from([1, 2]),
            "measured_by": st.none() | names,
        },
    }
    kind = draw(st.sampled_from(sorted(GOAL_KINDS)))
    return GOAL_KINDS[kind].model_validate(
        draw(st.fixed_dictionaries({"weight": numbers(0, 1e9), **own.get(kind, {})}))
    )


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    return Scenario(
        name=draw(texts),
        description=draw(texts | st.text(max_size=50)),
        currency=draw(st.sampled_from(["", "CNY", "=€"])),
        period_start=draw(st.none() | dates),
        win_rate_by=draw(texts),
        rules=tuple(draw(st.lists(rules(), max_size=4))),
        goals=tuple(draw(st.lists(goals(), max_size=3))),
        reps=tuple(draw(rep_rows())),
        leads=draw(lead_rows()),
        links=draw(st.lists(st.tuples(ids, ids), max_size=3)),
        travel=draw(travel_rows()),
    )


def again(scenario: Scenario, form: ScenarioFormat) -> Scenario:
    with tempfile.TemporaryDirectory() as folder:
        return read(write(scenario, Path(folder) / FORMATS[form], form))


@pytest.mark.parametrize("form", FORMATS)
@given(scenario=scenarios())
@settings(max_examples=times(30), deadline=None, suppress_health_check=list(HealthCheck))
def test_reads_what_it_wrote(form: ScenarioFormat, scenario: Scenario) -> None:
    back = again(scenario, form)
    assert back == scenario
    assert back.sha256() == scenario.sha256()


@pytest.mark.parametrize("form", FORMATS)
def test_empty_tables_keep_their_columns(form: ScenarioFormat) -> None:
    scenario = Scenario(leads=Scenario(leads=[{"id": "a", "code": "007", "size": 3}]).leads.clear(), rules=(), goals=())
    back = again(scenario, form)
    assert back == scenario
    assert back.leads.columns[-2:] == ["code", "size"]
    assert back.rules == ()


@pytest.mark.parametrize("form", FORMATS)
def test_selections_too_long_for_a_cell(form: ScenarioFormat) -> None:
    wanted = tuple(f"lead number {i}; 甲" for i in range(4_000))  # some 80,000 characters; a cell holds 32,767
    scenario = Scenario(rules=(Pin(leads={"id": wanted}, reps={"id": ("r",)}), Capacity()), description='"' * 20_000)
    assert again(scenario, form) == scenario


def test_text_that_looks_like_a_number_stays_text() -> None:
    scenario = Scenario(leads=[{"id": "1", "phone": "13800138000"}], reps=[Rep(id="7", code="12")])
    for form in FORMATS:
        back = again(scenario, form)
        assert back.leads["phone"].to_list() == ["13800138000"]
        assert back.reps[0].extras == {"code": "12"}


def test_reps_with_texts_and_numbers_in_one_column_get_texts() -> None:
    scenario = Scenario(reps=[Rep(id="a", grade=7), Rep(id="b", grade="B")])
    assert [rep.extras["grade"] for rep in scenario.reps] == ["7", "B"]
