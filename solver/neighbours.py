"""Neighbours by place: which leads lie next to each other, where nobody has said so."""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay, QhullError

from solver.pairs import Bools, Floats, Ints

LONG = 3.0
"""A link is cut if it is more than so many times as long as is usual at both of its ends."""


def neighbours(places: Floats, longest: float = LONG) -> Ints:
    """Return the links between neighbouring places, (links, 2), each once.

    The Delaunay triangulation of the places, without its long links. A link stays if no third place lies within the
    circle that has it for its diameter: such links (the Gabriel graph; Gabriel and Sokal 1969) hold all together, so
    that cutting parts nobody. Of the others one stays that is at most `longest` times the median length of the first
    kind at one of its ends.

    The triangulation is that of the sphere: the stereographic projection, here from the point opposite the middle of
    the places, keeps circles circles. Places that are the same are linked in a row.

    Parameters
    ----------
    places : (n, 3) array
        Unit vectors; zero where a place is unknown, which has no neighbours.
    longest : float
        0 leaves the links of the first kind alone.
    """
    known = np.flatnonzero(places.any(axis=1))
    spots, which = np.unique(places[known], axis=0, return_inverse=True)
    order = np.argsort(which, kind="stable")
    same = which[order][1:] == which[order][:-1]
    rows = np.stack([known[order[:-1]][same], known[order[1:]][same]], axis=1)
    first = known[np.unique(which, return_index=True)[1]]
    between = first[_between(spots, longest)]
    return np.concatenate([between, rows]).astype(np.int64)


def _between(spots: Floats, longest: float) -> Ints:
    """Return the links between places of which no two are the same."""
    if len(spots) < 2:
        return np.zeros((0, 2), dtype=np.int64)
    flat = _projected(spots)
    try:
        corners = Delaunay(flat).simplices
    except (QhullError, ValueError):  # on one line, or fewer than three
        order = np.argsort(flat @ np.linalg.svd(flat - flat.mean(axis=0))[2][0], kind="stable")
        return np.stack([order[:-1], order[1:]], axis=1)
    sides = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    links = np.unique(np.sort(sides, axis=1), axis=0).astype(np.int64)
    apex = np.concatenate([corners[:, 2], corners[:, 0], corners[:, 1]])
    free = _free(spots, links, np.sort(sides, axis=1), apex)
    return links[free | _short(spots, links, free, longest)]


def _projected(spots: Floats) -> Floats:
    """Return the stereographic projection of unit vectors from the point opposite their middle, (k, 2)."""
    middle = spots.mean(axis=0)
    middle = middle / np.linalg.norm(middle) if np.linalg.norm(middle) > 0 else spots[0]
    east = np.cross([0.0, 0.0, 1.0], middle)
    east = np.array([1.0, 0.0, 0.0]) if np.linalg.norm(east) < 1e-9 else east / np.linalg.norm(east)
    axes = np.stack([east, np.cross(middle, east)], axis=1)
    flat: Floats = (spots @ axes) / np.maximum(1.0 + spots @ middle, 1e-9)[:, None]
    return flat


def _short(spots: Floats, links: Ints, free: Bools, longest: float) -> Bools:
    """Tell which links are not long against the median of the free ones at one of their ends."""
    length = np.linalg.norm(spots[links[:, 0]] - spots[links[:, 1]], axis=1)
    end, of = links[free].ravel(order="F"), np.tile(length[free], 2)
    order = np.lexsort((of, end))
    start = np.searchsorted(end[order], np.arange(len(spots)))
    count = np.bincount(end, minlength=len(spots))  # at least 1: free links join everybody
    usual = of[order][np.minimum(start + (count - 1) // 2, len(of) - 1)]
    short: Bools = length <= longest * np.maximum(usual[links[:, 0]], usual[links[:, 1]])
    return short


def _free(spots: Floats, links: Ints, sides: Ints, apex: Ints) -> Bools:
    """Tell which links have no corner of their triangles within the circle that has them for its diameter.

    For a link of the triangulation it is enough to ask the corners opposite (Matula and Sokal 1980).
    """
    key = links[:, 0] * len(spots) + links[:, 1]
    place = np.searchsorted(key, sides[:, 0] * len(spots) + sides[:, 1])
    a, b, c = spots[sides[:, 0]], spots[sides[:, 1]], spots[apex]
    inside = ((a - c) * (b - c)).sum(axis=1) < 0  # the angle at the third place is obtuse
    free = np.ones(len(links), dtype=bool)
    free[place[inside]] = False
    return free
