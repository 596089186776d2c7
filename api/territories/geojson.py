"""Territories as GeoJSON (RFC 7946): units as points, and for each rep the centre and the hull of the units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
from scipy.spatial import ConvexHull, QhullError

from api.territories.account import Account
from api.territories.scene import Scene
from solver.pairs import Floats


def geojson_bytes(account: Account) -> bytes:
    """Return the territories as a feature collection; `part` says what a feature is: unit, territory or centre."""
    scene = Scene(account)
    features = [*_territories(account, scene), *_units(account, scene)]
    return orjson.dumps({"type": "FeatureCollection", "features": features}, option=orjson.OPT_SERIALIZE_NUMPY)


def _units(account: Account, scene: Scene) -> Iterator[dict[str, Any]]:
    leads = account.scenario.leads
    columns = leads.select("id", "name", "owner", "lat", "lon").rows()
    for i in scene.known.tolist():
        lead, name, before, lat, lon = columns[i]
        about = {"part": "unit", "lead": lead, "name": name, "rep": account.ids[account.owner[i]], "before": before}
        yield _feature("Point", [lon, lat], {**about, **{m: float(a[i]) for m, a in account.amounts.items()}})


def _territories(account: Account, scene: Scene) -> Iterator[dict[str, Any]]:
    leads = account.scenario.leads
    places = np.stack([leads[c].cast(float).fill_null(np.nan).to_numpy() for c in ("lon", "lat")], axis=1)
    for j, record in enumerate(account.territories):
        mine = scene.known[account.owner[scene.known] == j]
        about = {"part": "territory", "colour": scene.colours[j], **{k: v for k, v in record.items() if k != "centre"}}
        if len(mine):
            yield _feature(*_hull(places[mine]), about)
        if record["centre"] is not None:
            centre = record["centre"]
            about = {"part": "centre", "rep": record["rep"], "lead": centre["lead"]}
            yield _feature("Point", [centre["lon"], centre["lat"]], about)


def _hull(places: Floats) -> tuple[str, Any]:
    """Return the convex hull of some places, anticlockwise; of fewer than three, or of a line, the places."""
    try:
        ring = places[ConvexHull(places).vertices]
    except (QhullError, ValueError):
        return "MultiPoint", places.tolist()
    return "Polygon", [[*ring.tolist(), ring[0].tolist()]]


def _feature(kind: str, coordinates: Any, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}
