"""Words of many leads at once are the words of one."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.texts import LOCALES, Text
from solver.explain.columns import coarse, figures_json, filled, put_together, quoted, said
from solver.explain.words import number, points

AMOUNTS = st.floats(-1e9, 1e9) | st.floats(-20, 20) | st.integers(-200_000, 200_000).map(lambda k: k / 100)


@given(st.lists(AMOUNTS, max_size=20))
def test_figures_are_those_of_one(values: list[float]) -> None:
    for locale in LOCALES:
        for say in (number, points):
            told = said(np.array(values), lambda value, say=say, locale=locale: say(value, locale)).to_list()
            assert told == [say(value, locale) for value in values]


@pytest.mark.parametrize(
    "value", [0.25, 12.25, 12.35, 999.96, 9.95, 9.949999999, 0.0995, 99.5, 1e-5, 9.996e-5, 0.0, 2.5]
)
def test_figures_at_half_a_step(value: float) -> None:
    near = np.nextafter(value, [-np.inf, np.inf])
    for one in (value, *near.tolist()):
        assert said(np.array([one]), lambda value: number(value, "en")).to_list() == [number(one, "en")]


def test_many_values_have_few_figures() -> None:
    values = np.random.default_rng(0).uniform(10, 100, 50_000)
    assert len(np.unique(coarse(values))) <= 901 + 20  # tenths from 10.0 to 100.0, and a few close to half a step


@given(st.lists(st.none() | st.text(), max_size=8))
def test_texts_become_json(texts: list[str | None]) -> None:
    texts = [None if t is None else t.encode("utf-8", "ignore").decode() for t in texts]
    assert [json.loads(t) for t in quoted(pl.Series(texts, dtype=pl.String))] == texts


def test_numbers_become_json() -> None:
    told = figures_json(np.array([1.5, np.nan, -0.0, 1e16, 0.1 + 0.2]), 9)
    assert [json.loads(t) for t in told] == [1.5, None, 0.0, 1e16, 0.3]
    assert told[2] == "0.0"


def test_templates_are_filled_row_by_row() -> None:
    text = Text("{a} before {b}.", "{b}先于{a}。")
    names = pl.Series(["x", "y"])
    assert filled(text, "en", a=names, b="z").to_list() == ["x before z.", "y before z."]
    assert filled(text, "zh-CN", a="z", b=names).to_list() == ["x先于z。", "y先于z。"]
    assert filled(text, "en", a="{b}", b="z") == "{b} before z."
    assert put_together(3, [(np.array([2, 0]), names), (np.array([], dtype=int), "-")]).to_list() == ["y", "", "x"]


def test_blanks_stand_between_chinese_and_latin_alone() -> None:
    text = Text("{a} and {b}.", "有 {a} 和 {b} 在。")
    names = pl.Series(["R1", "张三", "“甲”", "", "¥5"])
    for one in names:
        told = filled(text, "zh-CN", a=names, b=one)
        assert told.to_list() == [text.format("zh-CN", a=name, b=one) for name in names]
    assert filled(text, "zh-CN", a=names, b="x").to_list() == [
        "有 R1 和 x 在。", "有张三和 x 在。", "有“甲”和 x 在。", "有和 x 在。", "有 ¥5 和 x 在。",
    ]  # fmt: skip
    assert filled(text, "en", a="张三", b="x") == "张三 and x."
