"""Why there are no territories: every reason that the engine gives has its sentence, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import solver.territory
from api.territories.reasons import REASONS, reason_words
from scenarios import Scenario

FIGURES = {
    "lead": "u1",
    "metric": "value",
    "amount": 12.5,
    "most": 10.0,
    "least": 20.0,
    "lower": 8.0,
    "upper": 10.0,
    "units": 3,
    "parts": 4,
    "territories": 2,
    "count": 1,
}


def test_every_code_of_the_engine_has_a_sentence() -> None:
    (folder,) = solver.territory.__path__
    sources = [path.read_text(encoding="utf-8") for path in Path(folder).glob("*.py")]
    codes = {code for source in sources for code in re.findall(r'"code": "(\w+)"', source)}
    assert codes
    assert codes <= REASONS.keys()


@pytest.mark.parametrize("code", REASONS)
def test_reasons_name_the_unit_and_the_figures(code: str) -> None:
    scenario = Scenario(leads=[{"id": "u1", "name": "Harbour"}])
    english, chinese = (reason_words(scenario, {"code": code, **FIGURES}, locale) for locale in ("en", "zh-CN"))
    assert english.isascii()
    assert not chinese.isascii()
    text = REASONS[code]
    assert text.fields()[0] == text.fields()[1]
    if "lead" in text.fields()[0]:
        assert "u1 (Harbour)" in english
        assert "u1 (Harbour)" in chinese
    if "amount" in text.fields()[0]:
        assert "12.5" in english
