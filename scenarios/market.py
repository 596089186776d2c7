"""A synthetic market: a quarter of a sales force, with most of what the language can say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from scenarios import goals as g
from scenarios import rules as r
from scenarios.market_words import Words
from scenarios.model import Rep, Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

PERIOD = (dt.date(2026, 10, 1), dt.date(2026, 12, 31))
SEGMENT_SHARES = (0.55, 0.28, 0.12, 0.05)
SEGMENT_VALUE = (1.0, 4.0, 15.0, 10.0)
SEGMENT_HOURS = (2.0, 6.0, 20.0, 16.0)


@dataclass(frozen=True)
class _Staff:
    """The reps as columns."""

    home: Ints
    """Region of each rep; who is everywhere at home has one too, but is not bound to it."""
    everywhere: Flags
    partner: Flags
    fte: Floats
    ramp: Floats
    start: list[dt.date | None]
    end: list[dt.date | None]
    presence: Floats
    levels: Ints
    """Reps x skills; 0: not held."""
    win: Floats


def market(leads: int, reps: int, rng: Generator, words: Words) -> Scenario:
    """Make the market of `leads` leads and `reps` reps.

    A plan always exists: nothing hard forces a lead upon a rep, except protection, and what is protected
    suits its owner in every hard rule and belongs to no family, competitor group or partner.
    """
    regions = min(len(words.regions), max(1, reps // 5))
    popularity = 1.0 / np.arange(1, regions + 1)
    popularity /= popularity.sum()
    staff = _staff(reps, regions, popularity, len(words.skills), rng)
    table, effort = _leads(leads, popularity, staff, words, rng)
    productive = staff.fte * staff.ramp * staff.presence
    hours = np.ceil(effort.sum() / 0.95 * productive / productive.sum())
    table = _protect(table, hours, staff, words, rng)
    owned = int(table["owner"].count())
    return Scenario(
        description=words.description,
        currency=words.currency,
        period_start=PERIOD[0],
        period_end=PERIOD[1],
        rules=_rules(words, owned, partners=bool(staff.partner.any())),
        goals=(
            g.Value(weight=6.0 / words.unit),
            g.SkillFit(weight=1.0),
            g.Continuity(weight=2.0),
            g.Travel(weight=0.001),
            g.Urgency(weight=1.0),
            g.Balance(metric="hours", weight=0.02, by="channel", tolerance=0.05),
            g.MaxMin(metric="value", weight=10.0, by="channel"),
        ),
        reps=_people(staff, hours, words, rng),
        leads=table,
    )


def _rules(words: Words, owned: int, *, partners: bool) -> tuple[r.Rule, ...]:
    small, _, enterprise, public = words.segments
    everybody: tuple[r.Rule, ...] = (
        r.Capacity(),
        r.Skills(),
        r.Availability(),
        r.Match(lead_column="region", rep_column="region"),
        r.Protection(),
        r.Family(),
        r.Wall(),
        r.Band(metric="value", tolerance=0.25, by="channel", rate=1.0 / words.unit),
        r.Disruption(at_most=owned // 5, rate=1.0),
        r.Minimum(metric="leads", at_least=2.0, rate=1.0),
    )
    if not partners:
        return everybody
    channel: dict[str, tuple[str | float, ...]] = {"channel": ("partner",)}
    return (
        *everybody,
        r.Exclusion(leads={"segment": (public,)}, reps=channel),
        r.Pin(leads={"segment": (enterprise,), "tier": (1.0,)}, reps={"channel": ("direct",)}, rate=5.0),
        r.ShareOf(reps=channel, metric="value", ceiling=0.35),
        r.ShareOf(reps=channel, leads={"segment": (small,)}, metric="leads", floor=0.05, rate=1.0),
    )


def _staff(reps: int, regions: int, popularity: Floats, skills: int, rng: Generator) -> _Staff:
    home = np.concatenate([np.arange(regions), rng.choice(regions, reps - regions, p=popularity)])
    everywhere = np.arange(reps) % 10 == 0  # specialists; the first rep is one: every lead has somebody
    partner = ~everywhere & (np.arange(reps) % 7 == 4)
    fte = rng.choice([1.0, 0.8, 0.5], reps, p=[0.75, 0.1, 0.15])
    ramp = np.where(rng.random(reps) < 0.15, rng.uniform(0.3, 0.8, reps).round(2), 1.0)
    ramp[0] = fte[0] = 1.0
    levels = _levels(reps, skills, everywhere, rng)
    start: list[dt.date | None] = [None] * reps
    end: list[dt.date | None] = [None] * reps
    presence = np.ones(reps)
    days = (PERIOD[1] - PERIOD[0]).days + 1
    for j in np.flatnonzero(rng.random(reps) < 0.08):
        if j == 0:
            continue
        late = int(rng.integers(7, days // 2))
        if rng.random() < 0.5:
            start[j] = PERIOD[0] + dt.timedelta(late)
        else:
            end[j] = PERIOD[1] - dt.timedelta(late)
        presence[j] = (days - late) / days
    talent = rng.normal(0.0, 0.3, (reps, 1)) + rng.normal(0.0, 0.2, (reps, 4))
    win = np.array([0.3, 0.25, 0.18, 0.15]) * np.exp(talent) * (0.6 + 0.4 * ramp[:, None])
    return _Staff(home, everywhere, partner, fte, ramp, start, end, presence, levels, win.clip(max=1.0).round(3))


def _levels(reps: int, skills: int, everywhere: Flags, rng: Generator) -> Ints:
    """Return levels, reps x skills: 0.5 / k of the reps hold the k-th skill, a specialist at level 3."""
    held = rng.random((reps, skills)) < 0.5 / np.arange(1, skills + 1)
    levels = np.where(held, rng.integers(1, 4, (reps, skills)), 0)
    specialists = np.flatnonzero(everywhere)
    levels[specialists[np.arange(skills) % len(specialists)], np.arange(skills)] = 3
    return levels


def _leads(leads: int, popularity: Floats, staff: _Staff, words: Words, rng: Generator) -> tuple[pl.DataFrame, Floats]:
    regions, skills = len(popularity), len(words.skills)
    segment = rng.choice(4, leads, p=SEGMENT_SHARES)
    region = rng.choice(regions, leads, p=popularity)
    scarcity = 1.0 / np.arange(1, skills + 1)
    skill = np.where(rng.random(leads) < 0.4, rng.choice(skills, leads, p=scarcity / scarcity.sum()), -1)
    level = rng.choice([1, 2, 3], leads, p=[0.6, 0.3, 0.1])
    family, chief = _families(region, rng)
    skill, level = (
        skill[chief],
        level[chief],
    )  # a family asks for one set of skills, so that one rep can serve all of it
    worth = words.unit * np.array(SEGMENT_VALUE)[segment] * rng.lognormal(0.0, 0.8, leads)
    worth *= np.where(rng.random(leads) < 0.02, 1.0 + rng.pareto(1.5, leads), 1.0).clip(max=50.0)
    effort = np.ceil(np.array(SEGMENT_HOURS)[segment] * rng.lognormal(-0.1, 0.4, leads) * 2.0) / 2.0
    places = np.array([(lat, lon) for _, lat, lon in words.regions])[region] + rng.normal(0.0, 1.2, (leads, 2))
    quality = (100.0 * rng.beta(3.0, 3.0, leads)).round(0)
    owner = _owners(region, skill, level, staff, rng)
    rival = np.where((family < 0) & (rng.random(leads) < 0.05), rng.integers(0, max(1, leads // 60), leads), -1)
    needs = _words_at(words.skills, skill) + ":" + pl.Series(level).cast(pl.String)
    table = pl.DataFrame(
        {
            "id": numbered("L", np.arange(leads)),
            "value": (worth / 10.0).round(0) * 10.0,
            "effort": effort,
            "tier": np.where((segment == 2) & (rng.random(leads) < 0.4), 1, 2),
            "urgency": rng.beta(1.5, 4.0, leads).round(2),
            "skills": needs,
            "segment": _words_at(words.segments, segment),
            "industry": _words_at(words.industries, rng.integers(0, len(words.industries), leads)),
            "product": _words_at(words.products, rng.integers(0, len(words.products), leads)),
            "region": _words_at(tuple(name for name, _, _ in words.regions), region),
            "lat": places[:, 0].round(4),
            "lon": places[:, 1].round(4),
            "quality": quality,
            "quality_source": _words_at(words.graders, (rng.random(leads) < 0.3).astype(np.int64)),
            "owner": _rep_names(words, owner),
            "family": numbered("F", family),
            "competitor_group": numbered("C", rival),
        }
    )
    return table, effort


def _families(region: Ints, rng: Generator) -> tuple[Ints, Ints]:
    """Put one lead in twelve into families of two to four of one region.

    Returns each lead's family (-1: none), and the lead whose skills its family asks for (else itself).
    """
    leads = len(region)
    chief = np.arange(leads)
    family = np.full(leads, -1)
    members = np.flatnonzero(rng.random(leads) < 1 / 12)
    members = members[np.argsort(region[members], kind="stable")]
    if not len(members):
        return family, chief
    new = rng.random(len(members)) < 0.4
    new |= np.diff(region[members], prepend=-1) != 0
    run = np.cumsum(new) - 1
    first = np.flatnonzero(new)
    place = np.arange(len(members)) - first[run]
    block = run * len(members) + place // 4  # long runs break into fours
    _, name, size = np.unique(block, return_inverse=True, return_counts=True)
    first = np.flatnonzero(np.diff(name, prepend=-1) != 0)
    shared = size[name] > 1
    family[members[shared]] = name[shared]
    chief[members] = members[first[name]]
    return family, chief


def _owners(region: Ints, skill: Ints, level: Ints, staff: _Staff, rng: Generator) -> Ints:
    """Return today's owners (-1: none): two in five leads get one of their region, if able to serve them."""
    by_region = np.argsort(staff.home, kind="stable")
    count = np.bincount(staff.home, minlength=1)
    first = np.cumsum(count) - count
    owner = by_region[first[region] + (rng.random(len(region)) * count[region]).astype(np.int64)]
    able = (skill < 0) | (staff.levels[owner, skill] >= level)
    return np.where(able & (rng.random(len(region)) < 0.4), owner, -1)


def _protect(table: pl.DataFrame, hours: Floats, staff: _Staff, words: Words, rng: Generator) -> pl.DataFrame:
    """Protect some owned leads while they fit into half of their owner's hours.

    None is protected in the segment whose places are counted, nor with a partner.
    """
    limit = pl.DataFrame(
        {
            "owner": _rep_names(words, np.arange(len(hours))),
            "limit": np.where(staff.partner, 0.0, hours / 2.0),
        }
    )
    days = rng.integers(-60, 120, table.height)
    draw = pl.Series("draw", rng.random(table.height))
    free = pl.col("family").is_null() & pl.col("competitor_group").is_null() & pl.col("owner").is_not_null()
    safe = free & (pl.col("segment") != words.segments[2]) & (draw < 0.3)
    return (
        table.join(limit, on="owner", how="left", maintain_order="left")
        .with_columns(safe.alias("safe"), pl.Series("days", days))
        .with_columns((pl.col("effort") * pl.col("safe")).cum_sum().over("owner").alias("hours"))
        .with_columns(
            pl.when(pl.col("safe") & (pl.col("hours") <= pl.col("limit")))
            .then(pl.lit(PERIOD[0]) + pl.duration(days=pl.col("days")))
            .cast(pl.Date)
            .alias("protected_until")
        )
        .drop("limit", "safe", "days", "hours")
    )


def _people(staff: _Staff, hours: Floats, words: Words, rng: Generator) -> tuple[Rep, ...]:
    reps = len(hours)
    busy = np.where(rng.random(reps) < 0.3, np.ceil(0.1 * hours), 0.0)
    spread = rng.normal(0.0, 0.4, (reps, 2))
    served = numbered("C", np.where(rng.random(reps) < 0.1, rng.integers(0, 5, reps), -1)).to_list()
    people = []
    for j in range(reps):
        region, lat, lon = words.regions[staff.home[j]]
        capacity = {"hours": hours[j] + busy[j]}
        if j % 3 == 1:
            capacity[f"leads@{words.segments[2]}"] = max(4.0, float(np.ceil(hours[j] / 60.0)))
        people.append(
            Rep(
                id=words.rep.format(j + 1),
                team=words.partner_team if staff.partner[j] else words.direct_team.format(region),
                channel="partner" if staff.partner[j] else "direct",
                skills={words.skills[k]: float(x) for k, x in enumerate(staff.levels[j]) if x},
                fte=staff.fte[j],
                ramp_up=staff.ramp[j],
                available_from=staff.start[j],
                available_to=staff.end[j],
                capacity=capacity,
                carried={"hours": busy[j]} if busy[j] else {},
                competitor_groups=served[j],
                win_rates={name: float(staff.win[j, k]) for k, name in enumerate(words.segments)},
                region=None if staff.everywhere[j] else region,
                lat=round(lat + spread[j, 0], 4),
                lon=round(lon + spread[j, 1], 4),
            )
        )
    return tuple(people)


def _words_at(words: tuple[str, ...], index: Ints) -> pl.Series:
    """Return the word at each index; nothing where it is negative."""
    table = pl.Series(words, dtype=pl.String)
    return table.gather(pl.Series(index).cast(pl.Int64).set(pl.Series(index < 0), None))


def numbered(prefix: str, numbers: Ints) -> pl.Series:
    """Return names such as L17 for the number 16; nothing where the number is negative."""
    return prefix + pl.Series(numbers + 1).cast(pl.String).set(pl.Series(numbers < 0), None)


def _rep_names(words: Words, index: Ints) -> pl.Series:
    """Return the reps' ids at each index; nothing where it is negative."""
    last = int(index.max(initial=0)) + 1
    return _words_at(tuple(words.rep.format(j + 1) for j in range(last)), index)
