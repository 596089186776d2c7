"""Cells that map names to numbers, such as `german:2;sap:1`."""

from __future__ import annotations

from collections.abc import Mapping

from scenarios.cleaning import clean_text, number_of, number_text

MAPPING_LIMIT = 30_000
"""Characters of one mapping cell; Excel holds 32,767."""


def parse_mapping(cell: str) -> dict[str, float] | None:
    """Read `german:2;sap` (or with full-width punctuation) as {"german": 2.0, "sap": 1.0}; None if it is no such list.

    A name alone counts 1; a number alone is no name, for it rather lacks one.
    """
    pairs: dict[str, float] = {}
    for part in cell.replace("；", ";").replace("：", ":").split(";"):
        if not part.strip():
            continue
        name, colon, number = part.rpartition(":")
        if not colon:
            if number_of(part) is not None:
                return None
            name, number = part, "1"
        name, amount = clean_text(name), number_of(number)
        if amount is None or not name or name in pairs:
            return None
        pairs[name] = amount + 0.0
    return pairs


def format_mapping(pairs: Mapping[str, float]) -> str:
    """Write {"sap": 1.0, "german": 2.0} as `german:2;sap:1`, sorted, numbers in full."""
    return ";".join(f"{name}:{number_text(pairs[name])}" for name in sorted(pairs))


def mapping_key(name: str) -> str | None:
    """Return a name as a mapping cell can hold it; None if it cannot: blank, or with a `;` in it."""
    key = clean_text(name).replace("：", ":")
    return None if not key or ";" in key or "；" in key else key


def tidy_mapping(pairs: Mapping[str, float]) -> dict[str, float]:
    """Return the pairs with the names that a table would hold.

    Raises
    ------
    ValueError
        If a name cannot stand in a mapping cell, two names are the same there, or the whole is too long for a cell.
    """
    tidy: dict[str, float] = {}
    for name, amount in pairs.items():
        key = mapping_key(name)
        if key is None:
            raise ValueError(f"{name!r} is blank or has a ';' in it")
        if key in tidy:
            raise ValueError(f"{key!r} appears more than once")
        tidy[key] = amount + 0.0
    if len(format_mapping(tidy)) > MAPPING_LIMIT:
        raise ValueError(f"more than {MAPPING_LIMIT} characters when written as a cell")
    return tidy
