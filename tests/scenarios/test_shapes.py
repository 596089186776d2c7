"""Neighbours from shapes: who has a common border with whom, and what is said of shapes that are none."""

from __future__ import annotations

from itertools import combinations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.shapes import ShapeError, read_shapes
from scenarios.texts import LOCALES
from tests.thorough import times


def square(x: float, y: float, size: float = 1.0) -> dict[str, object]:
    ring = [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def collection(shapes: dict[str, dict[str, object]]) -> bytes:
    features = [{"type": "Feature", "id": name, "properties": {}, "geometry": g} for name, g in shapes.items()]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


@settings(max_examples=times(50), deadline=None)
@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=16), st.booleans(), st.floats(0, 4e-8))
def test_cells_of_a_grid_are_neighbours_where_they_share_a_side(
    cells: set[tuple[int, int]], corners: bool, off: float
) -> None:
    named = {f"{x}-{y}": (x, y) for x, y in sorted(cells)}
    data = collection({name: square(x + off * (x % 2), y) for name, (x, y) in named.items()})
    found = {frozenset(pair) for pair in read_shapes(data).neighbours(corners=corners).rows()}
    expected = set()
    for a, b in combinations(named, 2):
        far = sorted(abs(p - q) for p, q in zip(named[a], named[b], strict=True))
        if far == [0, 1] or (corners and far == [1, 1]):
            expected.add(frozenset((a, b)))
    assert found == expected


def test_ids_stand_in_a_property_too() -> None:
    features = [
        {"type": "Feature", "id": 7, "properties": {"code": code}, "geometry": square(x, 0)}
        for x, code in enumerate(["A", "B"])
    ]
    data = orjson.dumps({"type": "FeatureCollection", "features": features})
    assert read_shapes(data, "code").neighbours().rows() == [("A", "B")]


def test_islands_and_parts_inside_each_other() -> None:
    hole = [[1, 1], [1, 2], [2, 2], [2, 1], [1, 1]]
    outer = {"type": "Polygon", "coordinates": [square(0, 0, 3)["coordinates"][0], hole]}  # type: ignore[index]
    island = {"type": "MultiPolygon", "coordinates": [square(9, 9)["coordinates"]]}
    data = collection({"around": outer, "inside": square(1, 1), "island": island})
    assert read_shapes(data).neighbours().rows() == [("around", "inside")]


def test_a_border_that_touches_itself_is_mended() -> None:
    """A bow tie of two triangles, each beside another square; and a ring of two corners encloses nothing."""
    bow = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]
    tie = {"type": "Polygon", "coordinates": [bow, [[0.1, 0.1], [0.2, 0.2]]]}
    data = collection({"left": square(-1, 0), "tie": tie, "right": square(1, 0)})
    assert read_shapes(data).neighbours().rows() == [("left", "tie"), ("tie", "right")]


def test_every_fault_is_named_with_its_place() -> None:
    features = [
        {"geometry": square(0, 0)},
        {"id": "A", "geometry": square(0, 0)},
        {"id": "A", "geometry": square(1, 0)},
        {"id": "B", "geometry": {"type": "Point", "coordinates": [0, 0]}},
        {"id": "C", "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}},
        {"id": "D", "geometry": None},
    ]
    with pytest.raises(ShapeError) as error:
        read_shapes(orjson.dumps({"features": features}))
    assert [fault.facts["place"] for fault in error.value.faults] == [1, 3, 4, 5, 6]
    for locale in LOCALES:
        assert all(fault.text.format(locale, **fault.facts) for fault in error.value.faults)


@pytest.mark.parametrize("data", [b"", b"[]", b'{"features": 3}', b'{"features": [1]}', b"\xff"])
def test_what_is_no_geojson(data: bytes) -> None:
    with pytest.raises(ShapeError, match="no GeoJSON"):
        read_shapes(data)
