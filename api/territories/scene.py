"""The scene of a map: where units are drawn, and in which colour, so that neighbouring territories differ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from api.territories.account import Account
from solver.pairs import Bools, Floats, Ints

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#785EF0")
"""The palette of Okabe and Ito but for black, and a violet: the colour-blind can tell them apart."""
NOBODY = "#b8c0c8"
INK, GREY, PALE = "#1b2733", "#5b6875", "#dde3e9"


@dataclass(frozen=True)
class Scene:
    """Everything that a picture needs, in the scenario's order of leads and reps."""

    account: Account

    @cached_property
    def known(self) -> Ints:
        """The leads that have a place."""
        return np.flatnonzero(self.account.placed)

    @cached_property
    def links(self) -> Ints:
        """Neighbouring leads, both with a place."""
        links = self.account.facts.links
        return links[self.account.placed[links].all(axis=1)]

    @cached_property
    def _axes(self) -> Floats:
        """East, north and up at the middle of the map, (3, 3)."""
        middle = self.account.facts.places[self.known].sum(axis=0)
        up = middle / max(float(np.linalg.norm(middle)), 1e-12)
        east = np.cross([0.0, 0.0, 1.0], up)
        east = east / np.linalg.norm(east) if np.linalg.norm(east) > 1e-9 else np.array([0.0, 1.0, 0.0])
        return np.stack([east, np.cross(up, east), up], axis=1)

    def flat(self, places: Floats) -> Floats:
        """Return unit vectors on the map, (k, 2), north up: Lambert's azimuthal equal-area projection."""
        turned = places @ self._axes
        return turned[:, :2] * np.sqrt(2.0 / np.maximum(1.0 + turned[:, 2:], 1e-9))

    @cached_property
    def spots(self) -> Floats:
        """Where each lead is on the map, (leads, 2)."""
        return self.flat(self.account.facts.places)

    @cached_property
    def centres(self) -> Floats:
        """Where each rep is on the map, (reps, 2); NaN where unknown."""
        places = self.account.places
        return np.where(places.any(axis=1, keepdims=True), self.flat(places), np.nan)

    @cached_property
    def labels(self) -> Floats:
        """Where each rep's name stands, (reps, 2): at the centre, or in the middle of the territory."""
        found = self.centres.copy()
        for j in np.flatnonzero(np.isnan(found[:, 0])):
            mine = self.known[self.account.owner[self.known] == j]
            found[j] = self.spots[mine].mean(axis=0) if len(mine) else np.nan
        return found

    @cached_property
    def before(self) -> Ints:
        """The rep who has each lead today, -1 for none of them."""
        return self.account.facts.owner

    @cached_property
    def moved(self) -> Bools:
        """The leads to ring, (leads,): those that leave their rep of today, unless that is most of them."""
        moved = (self.before >= 0) & (self.before != self.account.owner)
        return moved if 2 * moved.sum() <= len(moved) else np.zeros(len(moved), dtype=bool)

    @cached_property
    def size(self) -> Floats:
        """How large each lead is drawn, from 0 to 1: by the root of what travel is weighted by."""
        weights = self.account.weights
        return np.sqrt(weights / max(float(weights.max(initial=0.0)), 1e-300))

    @cached_property
    def colours(self) -> list[str]:
        """A colour for each rep: territories that touch, today or then, differ wherever the palette allows."""
        m = len(self.account.ids)
        touch = np.zeros((m, m))
        a, b = self.links.T
        for owner, weight in ((self.account.owner, 1.0), (self.before, 0.25)):
            apart = (owner[a] >= 0) & (owner[b] >= 0) & (owner[a] != owner[b])
            np.add.at(touch, (owner[a[apart]], owner[b[apart]]), weight)
        touch += touch.T
        chosen = np.full(m, -1)
        for j in np.argsort(-(touch > 0).sum(axis=1), kind="stable"):  # the one with most neighbours first
            clash = np.array([touch[j, chosen == c].sum() for c in range(len(PALETTE))])
            used = np.bincount(chosen[chosen >= 0], minlength=len(PALETTE))
            chosen[j] = np.lexsort((used, clash))[0]
        return [PALETTE[c] for c in chosen]

    def inside(self, owner: Ints) -> dict[int, Ints]:
        """Return the links within the territories of an ownership, by rep."""
        a, b = self.links.T
        mine = np.where((owner[a] == owner[b]) & (owner[a] >= 0), owner[a], -1)
        return {int(j): self.links[mine == j] for j in np.unique(mine[mine >= 0])}

    def across(self, owner: Ints) -> Ints:
        """Return the links from one territory to another."""
        a, b = self.links.T
        found: Ints = self.links[(owner[a] != owner[b]) | (owner[a] < 0)]
        return found
