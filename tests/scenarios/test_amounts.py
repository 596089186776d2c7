"""Numbers, money, percentages and plurals in the form of each language."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.amounts import amount, few, full, money, number, percent, plural, plural_forms, written
from scenarios.texts import LOCALES, MORE, Locale, Text, issue_text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (41.24, "41.2"),
        (5.0, "5"),
        (3.14159, "3.1"),
        (-2.35, "-2.4"),
        (123456.7, "123,457"),
        (1000.0, "1,000"),
        (999.96, "1,000"),
        (0.000012, "0.000012"),
        (1e-9, "0"),
        (100.0, "100"),
        (9.96, "10"),
        (-1234.5, "-1,234"),
        (float("inf"), "∞"),
        (1e30, "1E30"),
    ],
)
def test_numbers_have_few_figures(value: float, said: str) -> None:
    assert [number(value, locale) for locale in LOCALES] == [said, said]


@given(st.floats(-1e15, 1e15))
def test_few_figures_are_near(value: float) -> None:
    """Three figures from 9.95 up, two below: half a unit of the last is at most 5 per cent of the number."""
    told = float(few(value))
    assert abs(told - value) <= max(0.05 * abs(value), 1e-6)
    assert len(few(value).normalize().as_tuple().digits) <= 2 or abs(value) >= 9.95


@given(st.decimals(-(10**15), 10**15, places=3))
def test_written_numbers_lose_nothing(value: Decimal) -> None:
    for locale in LOCALES:
        assert Decimal(written(value, locale).replace(",", "")) == value


def test_full_numbers_are_without_noise() -> None:
    assert full(0.1 + 0.2) == Decimal("0.3")
    assert full(1 / 3, 6) == Decimal("0.333333")
    assert full(10**17) == 10**17
    assert (amount(12_345.67, "en"), amount(1_234.5, "en"), amount(0.25, "en"), amount(0.0123, "en")) == (
        "12,346", "1,234.5", "0.25", "0.012",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("part", "said"), [(0.1234, "12.3%"), (1.0, "100%"), (0.0007, "0.07%"), (12.5, "1,250%"), (-0.05, "-5%")]
)
def test_per_cent(part: float, said: str) -> None:
    assert [percent(part, locale) for locale in LOCALES] == [said, said]
    assert percent(1 / 6, "en", 6) == "16.6667%"


@pytest.mark.parametrize(
    ("value", "currency", "english", "chinese"),
    [
        (12_345.6, "EUR", "€12,346", "€12,346"),
        (6_000.0, "USD", "$6,000", "US$6,000"),
        (12.5, "CNY", "CN¥12.50", "¥12.50"),
        (9_999.5, "JPY", "¥10,000", "JP¥10,000"),
        (-3.25, "GBP", "-£3.25", "-£3.25"),
        (50.0, "万元", "50 万元", "50 万元"),
        (1_234_567.0, "", "1,234,567", "1,234,567"),
        (1e25, "EUR", "1E25 EUR", "1E25 EUR"),
        (float("nan"), "EUR", "NaN EUR", "NaN EUR"),
    ],
)
def test_money_in_the_form_of_the_language(value: float, currency: str, english: str, chinese: str) -> None:
    assert (money(value, currency, "en"), money(value, currency, "zh-CN")) == (english, chinese)


def test_plurals_follow_the_language() -> None:
    assert plural_forms("en") == ("one", "other")
    assert plural_forms("zh-CN") == ("other",)
    told = [
        plural(count, ("# lead", "# leads"), "en") for count in (0, 1, 1.0, Decimal(1), -1, 1.5, 1234, float("nan"))
    ]
    assert told == ["0 leads", "1 lead", "1 lead", "1 lead", "-1 lead", "1.5 leads", "1,234 leads", "NaN leads"]


TEXT = Text(
    "{count:# lead|# leads} of {rep!r} {count:is|are} at {value} in line {line:d}{near:; similar: *}.",
    "{rep!r} 的 {count} 条线索在第 {line:d} 行为 {value}{near:；相近的：*}。",
)


@pytest.mark.parametrize(
    ("locale", "count", "near", "said"),
    [
        ("en", 1, [], "1 lead of 'R1' is at 1,234.5 in line 1234."),
        ("en", 2, ["a", MORE], "2 leads of 'R1' are at 1,234.5 in line 1234; similar: 'a' and others."),
        ("zh-CN", 1, [], "“R1”的 1 条线索在第 1234 行为 1,234.5。"),
        ("zh-CN", 2, ["a", "b"], "“R1”的 2 条线索在第 1234 行为 1,234.5；相近的：“a”、“b”。"),
    ],
)
def test_a_text_is_filled_in(locale: Locale, count: int, near: list[str], said: str) -> None:
    assert TEXT.format(locale, count=count, rep="R1", value=1234.5, line=1234, near=near) == said


def test_names_and_blanks() -> None:
    text = Text("{name!r} {names}", "{name!r} 与 {names} 在 {place} 处")
    assert text.format("en", name="it's\t", names=[], place="") == '"it\'s\\t" none'
    assert text.format("en", name="", names=["", 7], place="") == "(blank) (blank), '7'"
    assert text.format("zh-CN", name="甲", names=[], place="上海") == "“甲”与无在上海处"
    assert text.format("zh-CN", name="甲", names=["b"], place="B2") == "“甲”与“b”在 B2 处"
    assert issue_text("A.", "甲。", "B.", "2 号。").maybe.zh == "也许 2 号。"
    assert issue_text("A.", "甲。", "B.", "乙。").maybe.en == "Maybe B."
