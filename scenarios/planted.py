"""Planted scenarios: made so that their only best plan is known.

The plan is planted by Lagrangian duality (Fisher 1981; complementary slackness). Draw the scores s, and a
price p_j >= 0 per hour of each rep. The net of a pair is s_ij - hours_i p_j. Each lead goes to its best net
if that is positive, else to nobody; where its best two choices lie closer together than `MARGIN`, it is drawn
again. Only now set the hours capacity u_j: exactly what the plan uses where p_j > 0, more where p_j = 0. Any
plan x that respects the capacities then has

    sum s x = sum (s - hours p) x + sum_j p_j load_j <= sum_i max(0, max_j net_ij) + sum_j p_j u_j,

and the planted plan reaches the right-hand side; a plan that differs in n leads (or families) is at least
n x MARGIN points worse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import fsum
from typing import Any

import numpy as np
import polars as pl
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from scenarios.goals import Continuity, Value
from scenarios.market import numbered
from scenarios.model import Rep, Scenario
from scenarios.rules import Band, Capacity, Family, Rule, Skills

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MARGIN = 0.05
"""Points by which a lead's (or family's) planted choice beats its second best, net of prices."""
CONTINUITY = 5.0
TOLERANCE = 0.25
SLACK = 1e-5
"""Units of value by which a planted load stays inside its band, so that rounding cannot throw it out."""
SEGMENTS = 40
SKILLS = 5
FAMILY_AT_MOST = 4
_CELLS = 2_000_000  # pairs looked at in one go: 16 MB per array


@dataclass(frozen=True)
class Planted:
    """A scenario and its only best plan.

    Parameters
    ----------
    scenario : Scenario
    owner : dict
        Lead id -> rep id, for the leads that the plan assigns; every other lead is better left alone.
    objective : float
        Points of the plan, all tiers together.
    tiers : dict
        Tier -> points of its leads.
    """

    scenario: Scenario
    owner: dict[str, str]
    objective: float
    tiers: dict[int, float]


@dataclass
class _Draw:
    """What is drawn: leads as columns, and the reps' rates and skills."""

    value: Floats
    hours: Floats
    segment: Ints
    owner: Ints
    """Rep who has the lead today, -1: nobody."""
    skill: Ints
    """Skill required, -1: none."""
    tier: Ints
    item: Ints
    """Leads of one item stay together; items are numbered from 0, and their leads stand side by side."""
    rate: Floats
    """Reps x segments."""
    holds: Flags
    """Reps x skills."""

    def redraw(self, leads: Ints, rng: Generator) -> None:
        """Draw the value, the hours and today's owner of the chosen leads anew."""
        count = len(leads)
        self.value[leads] = np.ceil(rng.lognormal(3.3, 0.8, count))
        self.hours[leads] = rng.choice([1.0, 2.0, 4.0], count, p=[0.5, 0.35, 0.15])
        self.owner[leads] = np.where(rng.random(count) < 0.5, rng.integers(0, len(self.rate), count), -1)

    def scores(self, leads: Ints) -> Floats:
        """Return the points of each pair, leads x reps; minus infinity where a skill is missing."""
        scores = self.value[leads, None] * self.rate[:, self.segment[leads]].T
        owned = np.flatnonzero(self.owner[leads] >= 0)
        scores[owned, self.owner[leads][owned]] += CONTINUITY
        needy = np.flatnonzero(self.skill[leads] >= 0)
        scores[needy] += np.where(self.holds[:, self.skill[leads][needy]].T, 0.0, -np.inf)
        return scores


def plant(kind: str, leads: int, reps: int, seed: int) -> Planted:
    """Make a scenario whose only best plan is known.

    Parameters
    ----------
    kind : str
        A key of `KINDS`. ``hours``: capacity in hours. ``skills``: and required skills. ``families``: and
        families, some of whose members alone would be better elsewhere. ``tiers``: and three priority tiers.
        ``mixed``: all of these. ``band``: a fair band on value instead of the hours.
    leads, reps : int
        How many; at least 1 each. Some seconds at 100,000 x 100.
    seed : int
        At least 0. Same arguments: same scenario.

    Raises
    ------
    ValueError
        If the kind is unknown or a number is out of range.

    Notes
    -----
    Tiers: each tier fills some of the reps that are still open to the brim (those with a price) and closes
    them; the next tier chooses among the others. So the best plan of each tier is the only one, given those
    before, and a closed rep tempts later tiers in vain.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; there are: {', '.join(KINDS)}")
    if leads < 1 or reps < 1 or seed < 0:
        raise ValueError("a planted scenario needs at least 1 lead, 1 rep and a seed of at least 0")
    return KINDS[kind](leads, reps, Generator(PCG64(seed)))


def _hours(leads: int, reps: int, rng: Generator, *, skills: bool, families: bool, tiers: bool) -> Planted:
    draw = _draw(leads, reps, rng, skills=skills, families=families, tiers=tiers)
    chosen = np.full(leads, -1)
    capacity = np.zeros(reps)
    still_open = np.ones(reps, dtype=bool)
    levels = np.unique(draw.tier)
    for level in levels:
        part = 0.3 if level < levels[-1] else rng.choice([0.7, 1.0])
        priced = still_open & (rng.random(reps) < part)
        price = np.where(priced, rng.uniform(2.0, 7.0, reps).round(2), 0.0)
        mine = np.flatnonzero(draw.tier == level)
        chosen[mine] = _choose(draw, mine, draw.hours, price, still_open, rng)
        capacity += _loads(chosen[mine], draw.hours[mine], reps)
        still_open &= ~priced
    capacity += np.where(still_open, rng.integers(1, 10, reps), 0)
    rules: list[Rule] = [Capacity(name="hours")]
    rules += [Skills(name="skills")] if skills else []
    rules += [Family(name="families")] if families else []
    people = [{"capacity": {"hours": float(capacity[j])}} for j in range(reps)]
    return _planted(draw, chosen, rules, people, rng.permutation(leads))


def _band(leads: int, reps: int, rng: Generator) -> Planted:
    """Plant a plan between fair bands: prices of either sign, and the reps' shares set to suit the loads.

    The band of rep j is T_j (1 -+ TOLERANCE). Where p_j > 0 its upper end is set to the planted load, where
    p_j < 0 its lower end; the reps without a price share what is left of the total, inside their bands. Loads
    stay inside by SLACK, which gives other plans at most SLACK x sum |p| points, far less than MARGIN.
    """
    draw = _draw(leads, reps, rng, skills=False, families=False, tiers=False)
    everybody = np.ones(reps, dtype=bool)
    sign = rng.choice([1.0, -1.0, 0.0], reps, p=[0.3, 0.2, 0.5])
    price = sign * rng.uniform(0.02, 0.08, reps).round(3)
    while True:
        chosen = _choose(draw, np.arange(leads), draw.value, price, everybody, rng)
        load = _loads(chosen, draw.value, reps)
        target = np.where(price > 0, (load + SLACK) / (1 + TOLERANCE), (load - SLACK) / (1 - TOLERANCE))
        target[load == 0] = 0.0  # who gets nothing is due nothing: a band of 0 to 0
        free = price == 0
        left, taken = draw.value.sum() - target[~free].sum(), load[free].sum()
        if taken > 0 and (1 - TOLERANCE) * left < taken - SLACK < taken + SLACK < (1 + TOLERANCE) * left:
            break
        price[np.argmax(np.abs(price) * load)] = 0.0  # the rep with most to even out goes without a price
    target[free] = left * load[free] / taken
    band = Band(name="fair value", metric="value", tolerance=TOLERANCE, of="leads")
    return _planted(draw, chosen, [band], [{"share": float(t)} for t in target], rng.permutation(leads))


def _draw(leads: int, reps: int, rng: Generator, *, skills: bool, families: bool, tiers: bool) -> _Draw:
    size = rng.choice(FAMILY_AT_MOST, leads, p=[0.7, 0.15, 0.1, 0.05]) + 1
    item = np.repeat(np.arange(leads), size if families else 1)[:leads]
    holds = rng.random((reps, SKILLS)) < 0.4
    holds[np.arange(SKILLS) % reps, np.arange(SKILLS)] = True
    draw = _Draw(
        value=np.empty(leads),
        hours=np.empty(leads),
        owner=np.empty(leads, dtype=np.int64),
        segment=rng.integers(0, SEGMENTS, leads),
        skill=np.where(rng.random(leads) < 0.5, rng.integers(0, SKILLS, leads), -1) if skills else np.full(leads, -1),
        tier=rng.choice([1, 2, 3], leads, p=[0.2, 0.3, 0.5])[item] if tiers else np.ones(leads, dtype=np.int64),
        item=item,
        rate=(0.25 * np.exp(rng.normal(0.0, 0.35, (reps, SEGMENTS)))).clip(max=1.0).round(4),
        holds=holds,
    )
    draw.redraw(np.arange(leads), rng)
    return draw


def _choose(draw: _Draw, leads: Ints, metric: Floats, price: Floats, still_open: Flags, rng: Generator) -> Ints:
    """Return the rep of the best net for each lead (-1: nobody); leads without a margin are drawn again."""
    chosen = np.empty(len(leads), dtype=np.int64)
    ends = np.append(np.flatnonzero(np.diff(draw.item[leads], prepend=-1)), len(leads))
    step = max(1, _CELLS // (FAMILY_AT_MOST * len(price)))
    for first in range(0, len(ends) - 1, step):
        todo = np.arange(ends[first], ends[min(first + step, len(ends) - 1)])
        while len(todo):
            mine = leads[todo]
            net = draw.scores(mine) - metric[mine, None] * price
            net[:, ~still_open] = -np.inf
            new = np.diff(draw.item[mine], prepend=-1) != 0
            net = np.add.reduceat(net, np.flatnonzero(new), axis=0)
            net = np.column_stack([net, np.zeros(len(net))])  # nobody
            best = net.argmax(axis=1)
            second, first_net = np.partition(net, -2, axis=1)[:, -2:].T
            item = np.cumsum(new) - 1
            chosen[todo] = np.where(best == len(price), -1, best)[item]
            todo = todo[(first_net - second < MARGIN)[item]]
            draw.redraw(leads[todo], rng)
    return chosen


def _loads(chosen: Ints, metric: Floats, reps: int) -> Floats:
    load: Floats = np.bincount(chosen[chosen >= 0], metric[chosen >= 0], reps).astype(np.float64)
    return load


def _planted(draw: _Draw, chosen: Ints, rules: Sequence[Rule], people: list[dict[str, Any]], order: Ints) -> Planted:
    """Say it all in the language of scenarios, with the leads in the given order."""
    table = pl.DataFrame(
        {
            "id": numbered("L", np.arange(len(chosen))),
            "value": draw.value,
            "effort": draw.hours,
            "tier": draw.tier,
            "skills": numbered("skill-", draw.skill),
            "segment": numbered("segment-", draw.segment),
            "owner": numbered("R", draw.owner),
            "family": numbered("F", np.where(np.bincount(draw.item)[draw.item] > 1, draw.item, -1)),
        }
    )
    reps = tuple(
        Rep(
            id=f"R{j + 1}",
            win_rates={f"segment-{s + 1}": float(rate) for s, rate in enumerate(draw.rate[j])},
            skills={f"skill-{k + 1}": 1.0 for k in np.flatnonzero(draw.holds[j])},
            **person,
        )
        for j, person in enumerate(people)
    )
    scenario = Scenario(
        description="Planted: the only best plan is known.",
        rules=tuple(rules),
        goals=(Value(), Continuity(weight=CONTINUITY)),
        reps=reps,
        leads=table[order],
    )
    served = np.flatnonzero(chosen >= 0)
    rep = chosen[served]
    points = draw.value[served] * draw.rate[rep, draw.segment[served]] + CONTINUITY * (draw.owner[served] == rep)
    owner = dict(zip(table["id"].gather(served), [f"R{j + 1}" for j in rep], strict=True))
    tiers = {int(t): fsum(points[draw.tier[served] == t]) for t in np.unique(draw.tier)}
    return Planted(scenario, owner, fsum(points), tiers)


KINDS: dict[str, Callable[[int, int, Generator], Planted]] = {
    "hours": partial(_hours, skills=False, families=False, tiers=False),
    "skills": partial(_hours, skills=True, families=False, tiers=False),
    "families": partial(_hours, skills=False, families=True, tiers=False),
    "tiers": partial(_hours, skills=False, families=False, tiers=True),
    "mixed": partial(_hours, skills=True, families=True, tiers=True),
    "band": _band,
}
"""The kinds of `plant`, by name."""
