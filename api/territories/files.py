"""What a plan of territories has besides the files of every plan, by name, and what `plan.json` says of it."""

from __future__ import annotations

from typing import Any

from api.files import CHANGES, MAPS, TERRITORIES
from api.territories.account import Account
from api.territories.geojson import geojson_bytes
from api.territories.page import map_page, map_svg
from api.territories.plot import map_png
from scenarios.texts import Locale
from scenarios.writing import table_as_bytes
from solver.territory.rebalance import Rebalanced


def about(found: Rebalanced, account: Account | None) -> dict[str, Any]:
    """Return what `plan.json` says of territories, JSON-ready."""
    places = found.places
    centres = {rep: {"lead": lead, "lat": places[rep][0], "lon": places[rep][1]} for rep, lead in found.centres.items()}
    told: dict[str, Any] = {"kind": "rebalance", "neighbours": found.neighbours, "centres": centres}
    if account is not None:
        told |= {"territories": account.territories, "moved": account.moved}
    return told if found.reason is None else {**told, "reason": found.reason}


def pictures(account: Account, found: Rebalanced, locale: Locale) -> dict[str, bytes]:
    """Return the maps, by name."""
    html, svg, png = MAPS
    return {
        html: map_page(account, found.result, found.neighbours, locale).encode(),
        svg: map_svg(account, locale).encode(),
        png: map_png(account, locale),
    }


def beside(account: Account, found: Rebalanced, locale: Locale) -> dict[str, bytes]:
    """Return all further files, by name."""
    return {
        TERRITORIES: geojson_bytes(account),
        CHANGES: table_as_bytes(account.changes, "csv"),
        **pictures(account, found, locale),
    }
