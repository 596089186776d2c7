"""What is kept of a plan of territories: what is kept of every plan, and its maps and change lists."""

from __future__ import annotations

from typing import Any

from api.exporting import MAPS
from api.files import CHANGES
from api.files_writing import document_of
from api.runs.packing import Packed, table_bytes, unpack
from api.runs.results import conflict_told, keep
from api.territories.account import Account
from api.territories.files import about
from api.territories.geojson import geojson_bytes
from api.territories.page import map_page, map_svg
from api.territories.plot import map_png
from scenarios.model import Scenario
from scenarios.texts import LOCALES
from solver.explain import explain
from solver.limits import Limits
from solver.territory.rebalance import Rebalanced, without_pieces
from solver.territory.refusals import refusals


def keep_territories(scenario: Scenario, found: Rebalanced, limits: Limits) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the document of a plan of territories, and its tables, prices and maps by name."""
    result = found.result
    if result.plan is None:
        bare = without_pieces(scenario, found)
        told = None if bare is None else conflict_told(bare, limits)
        return document_of(scenario, result, None, told) | about(found, None), {}
    document, tables = keep(found.scenario, result, limits)
    account = Account.of(explain(found.scenario, result.plan, result.seed), result.plan.owner, found.centres)
    tables |= {
        CHANGES: table_bytes(account.changes),
        MAPS["geojson"]: geojson_bytes(account),
        MAPS["png"]: map_png(account),
        MAPS["svg"]: map_svg(account, "en").encode(),
    }
    tables |= {
        MAPS["html"].format(locale=locale): map_page(account, result, found.neighbours, locale).encode()
        for locale in LOCALES
    }
    return document | about(found, account) | {"scenario_sha256": scenario.sha256()}, tables


def refused(packed: Packed) -> list[dict[str, Any]]:
    """Return the records of what no territories can be drawn by in a scenario."""
    return [issue.record() for issue in refusals(unpack(packed))]
