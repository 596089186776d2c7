"""Shapes: areas on a map, and which of them lie next to each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import polars as pl
import shapely
from shapely.geometry import shape

from scenarios.texts import Text

SNAP = 1e-7
"""Corners this near are the same, in the unit of the shapes (degrees: about a centimetre)."""
MOST_FAULTS = 100
"""Faults that are listed; the rest are not looked for."""

NOT_GEOJSON = Text(
    "This is no GeoJSON feature collection: {why}.",
    "这不是 GeoJSON 要素集合（FeatureCollection）：{why}。",
)
NO_ID = Text(
    "Feature {place} has no id: neither `id` nor the property {column!r}.",
    "第 {place} 个要素没有编号：既无 `id`，也无属性 {column!r}。",
)
TWICE = Text(
    "Feature {place} has the id {id!r}, which an earlier one has, too.", "第 {place} 个要素的编号 {id!r} 与前面重复。"
)
NO_AREA = Text(
    "Feature {place} ({id!r}) is no area: a Polygon or MultiPolygon is asked for.",
    "第 {place} 个要素（{id!r}）不是面：应为 Polygon 或 MultiPolygon。",
)


@dataclass(frozen=True)
class ShapeFault:
    """What is wrong with a feature, or with the whole: the text and its facts."""

    text: Text
    facts: dict[str, object]


class ShapeError(ValueError):
    """Shapes that cannot be read, with all faults that were found."""

    def __init__(self, faults: list[ShapeFault]) -> None:
        super().__init__("; ".join(fault.text.format("en", **fault.facts) for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Shapes:
    """Areas by id.

    Parameters
    ----------
    ids : tuple of str
    areas : (shapes,) array of object
        Geometries of shapely.
    """

    ids: tuple[str, ...]
    areas: Any

    def neighbours(self, snap: float = SNAP, corners: bool = False) -> pl.DataFrame:
        """Return the pairs of areas with a common border, as a table of links: `a`, `b`.

        Parameters
        ----------
        snap : float
            Corners that are no further apart count as the same, in the unit of the shapes; 0: as they are.
        corners : bool
            Whether a single common point is enough.
        """
        areas = shapely.make_valid(self.areas, method="structure", keep_collapsed=False)
        if snap > 0:
            areas = shapely.set_precision(areas, snap)
        first, second = shapely.STRtree(areas).query(areas, predicate="intersects")
        once = first < second
        first, second = first[once], second[once]
        if not corners:
            shared = shapely.length(
                shapely.intersection(shapely.boundary(areas[first]), shapely.boundary(areas[second]))
            )
            bordering = (shared > snap) | shapely.overlaps(areas[first], areas[second])
            first, second = first[bordering], second[bordering]
        order = np.lexsort((second, first))
        names = np.array(self.ids, dtype=object)
        columns = {"a": names[first[order]].tolist(), "b": names[second[order]].tolist()}
        return pl.DataFrame(columns, schema={"a": pl.String, "b": pl.String})


def read_shapes(data: bytes, id_column: str = "id") -> Shapes:
    """Read areas from GeoJSON (RFC 7946).

    Parameters
    ----------
    data : bytes
        A feature collection.
    id_column : str
        Property that holds the id, where a feature has it; otherwise the feature's own `id` is taken.

    Raises
    ------
    ShapeError
        With every fault and its place.
    """
    faults: list[ShapeFault] = []
    ids: dict[str, Any] = {}
    for place, feature in enumerate(_features(data), start=1):
        properties = feature.get("properties") or {}
        found = properties.get(id_column, feature.get("id"))
        name = "" if found is None else str(found).strip()
        geometry = feature.get("geometry") or {}
        if not name:
            faults.append(ShapeFault(NO_ID, {"place": place, "column": id_column}))
        elif name in ids:
            faults.append(ShapeFault(TWICE, {"place": place, "id": name}))
        elif (area := _area(geometry)) is None:
            faults.append(ShapeFault(NO_AREA, {"place": place, "id": name}))
        else:
            ids[name] = area
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise ShapeError(faults)
    areas = np.empty(len(ids), dtype=object)
    areas[:] = list(ids.values())
    return Shapes(tuple(ids), areas)


def _features(data: bytes) -> Iterator[dict[str, Any]]:
    """Return the features of a collection."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as fault:
        raise ShapeError([ShapeFault(NOT_GEOJSON, {"why": str(fault)})]) from fault
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise ShapeError([ShapeFault(NOT_GEOJSON, {"why": '"features": [...]'})])
    return iter(features)


def _area(geometry: Any) -> Any:
    """Return an area, or None if it is none; rings of fewer than four positions enclose nothing."""
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return None
    try:
        given = geometry["coordinates"]
        parts = [given] if geometry["type"] == "Polygon" else given
        whole = [[ring for ring in part if len(ring) >= 4] for part in parts if len(part[0]) >= 4]
        found = shape({"type": "MultiPolygon", "coordinates": whole})
    except (shapely.errors.ShapelyError, ValueError, TypeError, IndexError, KeyError, AttributeError):
        return None
    return None if found.is_empty else found
