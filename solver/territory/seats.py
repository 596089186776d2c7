"""Seats: places for reps who have none, where no single drawing can find them all."""

from __future__ import annotations

import numpy as np

from solver.pairs import Bools, Floats, Ints
from solver.territory.compile import Ground
from solver.territory.problem import Territories

MOST_TRIED = 1_000
"""Places that are looked at for a seat: of more, so many spread over them."""


def first_places(ground: Ground) -> Floats:
    """Return a place for each rep, (reps, 3), to begin with.

    The home, or the middle of what they have today. Those who join come one by one to where they take off most of the
    travel to the nearest of the others (the greedy start of Kuehn and Hamburger 1963).
    """
    places = ground.homes.copy()
    for j in np.flatnonzero(ground.seats & (np.bincount(ground.before[ground.before >= 0], minlength=ground.m) > 0)):
        places[j] = ground.spots[middle(ground, np.flatnonzero(ground.before == j))]
    tried = _some(ground.candidates)
    ways = ground.travel(ground.spots[tried])
    settled = places.any(axis=1)
    least = ground.travel(places[settled]).min(axis=1) if settled.any() else ways.max(axis=1)
    for j in np.flatnonzero(~settled):
        gain = np.maximum(least[:, None] - ways, 0.0).sum(axis=0)
        best = int(gain.argmax())
        places[j] = ground.spots[tried[best]]
        least = np.minimum(least, ways[:, best])
    return places


def middle(ground: Ground, units: Ints) -> int:
    """Return the unit, of these, that costs them the least travel in all: their 1-median, or centre of gravity."""
    with_place = units[ground.spots[units].any(axis=1)]
    if not len(with_place):
        return int(units[0])
    if len(with_place) > MOST_TRIED:
        mean = ground.spots[with_place].mean(axis=0)
        nearest = np.argsort(((ground.spots[with_place] - mean) ** 2).sum(axis=1), kind="stable")
        with_place = with_place[nearest[:MOST_TRIED]]
    cost = ground.travel(ground.spots[with_place], units).sum(axis=0)
    return int(with_place[cost.argmin()])


def moved_to_middle(ground: Ground, places: Floats, of_units: Ints) -> tuple[Floats, Ints]:
    """Return places with each seat in the middle of its territory, and the unit where each seat is, -1 for homes.

    Assigning by nearest places and moving the places by turns is the alternating method of Cooper (1964).
    """
    places, at = places.copy(), np.full(ground.m, -1, dtype=np.int64)
    for j in np.flatnonzero(ground.seats):
        units = np.flatnonzero(of_units == j)
        if len(units):
            at[j] = middle(ground, units)
            places[j] = ground.spots[at[j]]
    return places, at


def any_places(ground: Ground) -> Territories:
    """Return a relaxation: as many like reps as there are, at homes or candidates, whatever suits, with loose bounds.

    No plan, wherever its seats are, costs less than the cheapest of these territories.
    """
    homes: Bools = ~ground.seats
    places = np.concatenate([ground.homes[homes], ground.spots[ground.candidates]])
    shape = (len(places), ground.amounts.shape[1])
    return Territories(
        ground.base.min(axis=1, keepdims=True) + ground.travel(places),
        ground.amounts,
        np.broadcast_to(ground.lower.min(axis=0), shape).copy(),
        np.broadcast_to(ground.upper.max(axis=0), shape).copy(),
        ground.m,
        links=ground.links,
    )


def _some(units: Ints) -> Ints:
    return units[np.linspace(0, len(units) - 1, min(len(units), MOST_TRIED)).astype(np.int64)]
