"""Numbers, percentages, money and plurals in the form of each language: the CLDR's, through Babel."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from numbers import Integral, Real
from typing import TYPE_CHECKING

import babel
from babel.numbers import format_currency, format_decimal, format_percent, format_scientific, get_currency_precision

if TYPE_CHECKING:
    from scenarios.texts import Locale

Number = float | Decimal | Real

_BABEL = {"en": babel.Locale("en"), "zh-CN": babel.Locale("zh", territory="CN", script="Hans")}
LONGEST = 20
"""Digits of a whole number that is still written in full."""
_FORMS = ("zero", "one", "two", "few", "many", "other")
"""The plural categories of the CLDR, in its order."""


def few(value: float) -> Decimal:
    """Return a number with the figures that people read: three or four, and no noise.

    Whole from 1,000 up, tenths from 9.95 up, two figures below that, and 0 below a millionth.
    """
    size = abs(value)
    if size >= 1000:
        return Decimal(f"{value:.0f}")
    if size >= 9.95:
        return Decimal(f"{value:.1f}")
    return Decimal(0) if size < 1e-6 else Decimal(f"{value:.2g}")


def full(value: Number, figures: int = 15) -> Decimal:
    """Return a number with at most so many figures: by default all that it has but the noise of floating point."""
    if isinstance(value, Decimal):
        return value
    return Decimal(int(value) if isinstance(value, Integral) else f"{value:.{figures}g}")


@lru_cache(maxsize=100_000)
def written(value: Decimal, locale: Locale) -> str:
    """Return a number with the figures that it has: "1,234.5"; one of more than `LONGEST` digits as "1.5E30"."""
    if value.is_finite() and value.adjusted() >= LONGEST:
        return format_scientific(value, "0.###E0", _BABEL[locale])
    return format_decimal(value + 0, locale=_BABEL[locale], decimal_quantization=False)  # no -0


def number(value: float, locale: Locale) -> str:
    """Return a number in the few figures that people read: "123,457", "41.2", "0.24"."""
    return written(few(value), locale)


def percent(part: float, locale: Locale, figures: int | None = None) -> str:
    """Return a fraction in per cent, in so many figures, or in few: 0.1234 is "12.3%"."""
    value = few(100 * part) if figures is None else full(100 * part, figures)
    if not value.is_finite() or value.adjusted() >= LONGEST:
        return written(value, locale) + "%"
    return format_percent(value / 100 + 0, locale=_BABEL[locale], decimal_quantization=False)  # no -0


def plain(value: float) -> Decimal:
    """Return an amount in whole units from 10,000 up, else to the hundredth, and in few figures below a tenth."""
    return few(value) if abs(value) < 0.1 else Decimal(f"{value:.{0 if abs(value) >= 10_000 else 2}f}")


def amount(value: float, locale: Locale) -> str:
    """Return an amount as totals are told: "12,346", "1,234.5", "0.25"; see `plain`."""
    return written(plain(value), locale)


def money(value: float, currency: str, locale: Locale) -> str:
    """Return an amount of money: "€12,346", "CN¥12.50".

    Whole units from 10,000 up, and where the amount is whole; else as many decimals as the currency has. What is no
    code of ISO 4217 stands as it is behind the number.
    """
    if currency not in _BABEL["en"].currencies or not abs(value) < 10**LONGEST:
        return f"{amount(value, locale)} {currency}".strip()
    digits = 0 if abs(value) >= 10_000 or float(value).is_integer() else get_currency_precision(currency)
    pattern = (
        _BABEL[locale].currency_formats["standard"].pattern.replace("0.00", "0." + "0" * digits if digits else "0")
    )
    return format_currency(Decimal(f"{value:.{digits}f}"), currency, pattern, _BABEL[locale], currency_digits=False)


def plural(count: Number, forms: Sequence[str], locale: Locale) -> str:
    """Return the form that goes with a count, with `#` in it replaced by the number: of "# lead" and "# leads".

    Parameters
    ----------
    forms : sequence of str
        One for each plural category of the language, in the order of `plural_forms`.
    """
    value = full(count)
    return forms[_place(value, locale)].replace("#", written(value, locale))


def plural_forms(locale: Locale) -> tuple[str, ...]:
    """Return the plural categories of a language: "one" and "other" in English, "other" alone in Chinese."""
    present = {*_BABEL[locale].plural_form.tags, "other"}
    return tuple(form for form in _FORMS if form in present)


@lru_cache(maxsize=10_000)
def _place(count: Decimal, locale: Locale) -> int:
    form = _BABEL[locale].plural_form(abs(count).normalize()) if count.is_finite() else "other"
    return plural_forms(locale).index(form)
