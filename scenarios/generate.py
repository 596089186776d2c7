"""Synthetic scenarios by family, size and seed: the same four give the same scenario on every machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from scenarios.goals import Continuity, Value
from scenarios.market import market, numbered
from scenarios.market_words import CHINESE, ENGLISH
from scenarios.model import Rep, Scenario
from scenarios.rules import Band, Capacity, Skills
from scenarios.texts import Text

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEGMENTS = 6
SKILLS = 12
REPS_PER_REGION = 12
HARD_BAND_FROM = 40
"""Leads per rep from which the fair band of `cycle` is hard."""


@dataclass(frozen=True)
class Family:
    """One family of synthetic scenarios: what it is like, and how leads, reps and randomness make it."""

    about: Text
    make: Callable[[int, int, Generator], Scenario]


def generate(family: str, *, leads: int, reps: int, seed: int) -> Scenario:
    """Make a synthetic scenario.

    Parameters
    ----------
    family : str
        A key of `FAMILIES`.
    leads, reps : int
        How many; at least 0 leads and 1 rep.
    seed : int
        At least 0. Same family, sizes and seed: the same scenario, with the same `sha256()`.

    Raises
    ------
    ValueError
        If the family is unknown, or a number is out of range.
    """
    if family not in FAMILIES:
        raise ValueError(f"unknown family {family!r}; there are: {', '.join(FAMILIES)}")
    if leads < 0 or reps < 1 or seed < 0:
        raise ValueError("a scenario needs at least 0 leads, 1 rep and a seed of at least 0")
    scenario = FAMILIES[family].make(leads, reps, Generator(PCG64(seed)))
    return scenario.model_copy(update={"name": f"{family} {leads} x {reps}, seed {seed}"})


def _cycle(leads: int, reps: int, rng: Generator) -> Scenario:
    """One cycle of a large sales floor: regions, skills, part time, tight hours and a fair band on value."""
    regions = max(1, reps // REPS_PER_REGION)
    hard = leads >= HARD_BAND_FROM * reps
    fte = np.ones(reps)
    fte[rng.permutation(reps)[: reps // 4]] = 0.5
    win = np.clip(0.25 * np.exp(rng.normal(0.0, 0.35, (reps, SEGMENTS))), 0.0, 1.0).round(4)
    value = rng.lognormal(3.0, 1.0, leads).round(2)
    effort = rng.choice([1.0, 2.0, 4.0], leads, p=[0.5, 0.35, 0.15])
    skill = np.where(rng.random(leads) < 0.6, rng.integers(0, SKILLS, leads), -1)  # -1: none
    holders = _holders(reps, rng)
    for _ in range(100 if hard else 0):
        if _every_group_can_fill(0.9 * fte / fte.sum(), holders, skill, value):
            break
        holders = _holders(reps, rng)
    able = holders[skill, rng.integers(0, holders.shape[1], leads)]
    owner = np.where(skill >= 0, able, rng.integers(0, reps, leads))
    table = pl.DataFrame(
        {
            "id": numbered("L", np.arange(leads)),
            "value": value,
            "effort": effort,
            "skills": numbered("skill-", skill),
            "segment": numbered("segment-", rng.integers(0, SEGMENTS, leads)),
            "region": numbered("region-", rng.integers(0, regions, leads)),
            "owner": numbered("R", np.where(rng.random(leads) < 0.15, owner, -1)),
        }
    )
    hours = _divide(effort.sum() / 0.9, fte)
    skills = _skills_of(holders, reps)
    people = tuple(
        Rep(
            id=f"R{j + 1}",
            fte=fte[j],
            region=f"region-{j % regions + 1}",
            skills=dict.fromkeys(skills[j], 1.0),
            win_rates=_rates(win[j]),
            capacity={"hours": hours[j]},
        )
        for j in range(reps)
    )
    band = Band(name="fair value", metric="value", tolerance=0.1, of="leads", rate=None if hard else 1.0)
    return Scenario(
        description=(
            "One cycle of a sales floor: home regions, required skills, part-time reps, hours that are 90 % "
            "needed, and a fair share of the value for everybody within 10 %."
        ),
        rules=(Capacity(name="hours"), Skills(name="skills"), band),
        goals=(Value(away_factor=0.6), Continuity(weight=10.0)),
        reps=people,
        leads=table,
    )


def _counts(leads: int, reps: int, rng: Generator) -> Scenario:
    """Counts as the only capacity, value as the only goal: a minimum-cost flow."""
    win = np.clip(0.25 * np.exp(rng.normal(0.0, 0.35, (reps, SEGMENTS))), 0.0, 1.0).round(4)
    skill = np.where(rng.random(leads) < 0.3, rng.integers(0, SKILLS, leads), -1)
    skills = _skills_of(_holders(reps, rng), reps)
    places = np.ceil(leads / 0.9 * rng.dirichlet(np.full(reps, 8.0)))
    people = tuple(
        Rep(
            id=f"R{j + 1}",
            skills=dict.fromkeys(skills[j], 1.0),
            win_rates=_rates(win[j]),
            capacity={"leads": places[j]},
        )
        for j in range(reps)
    )
    table = pl.DataFrame(
        {
            "id": numbered("L", np.arange(leads)),
            "value": rng.lognormal(3.0, 1.0, leads).round(2),
            "skills": numbered("skill-", skill),
            "segment": numbered("segment-", rng.integers(0, SEGMENTS, leads)),
        }
    )
    return Scenario(
        description="Each rep takes a number of leads, and only the expected value counts.",
        rules=(Capacity(name="places"), Skills(name="skills")),
        goals=(Value(),),
        reps=people,
        leads=table,
    )


def _matching(leads: int, reps: int, rng: Generator) -> Scenario:
    """One lead per rep: a linear sum assignment. Thirty segments, so that pairs differ."""
    segments = 30
    win = np.clip(0.25 * np.exp(rng.normal(0.0, 0.5, (reps, segments))), 0.0, 1.0).round(4)
    table = pl.DataFrame(
        {
            "id": numbered("L", np.arange(leads)),
            "value": rng.lognormal(3.0, 1.0, leads).round(2),
            "segment": numbered("segment-", rng.integers(0, segments, leads)),
        }
    )
    return Scenario(
        description="Each rep takes one lead at most, and only the expected value counts.",
        rules=(Capacity(name="one lead each"),),
        goals=(Value(),),
        reps=tuple(Rep(id=f"R{j + 1}", win_rates=_rates(win[j]), capacity={"leads": 1.0}) for j in range(reps)),
        leads=table,
    )


def _rates(win: Floats) -> dict[str, float]:
    return {f"segment-{s + 1}": float(rate) for s, rate in enumerate(win)}


def _divide(total: float, shares: Floats) -> list[float]:
    """Divide a total by shares, in hundredths, so that the parts add up to the total to the hundredth."""
    ends = np.round(np.cumsum(shares) / shares.sum() * total, 2)
    return [float(part) for part in np.diff(ends, prepend=0.0).round(2)]


def _holders(reps: int, rng: Generator) -> Ints:
    """Return the reps who hold each skill, skills x holders: 35 % of the reps, and one at least."""
    count = max(1, round(0.35 * reps))
    return np.stack([rng.permutation(reps)[:count] for _ in range(SKILLS)])


def _skills_of(holders: Ints, reps: int) -> list[list[str]]:
    held: list[list[str]] = [[] for _ in range(reps)]
    for k, people in enumerate(holders):
        for j in people:
            held[j].append(f"skill-{k + 1}")
    return held


def _every_group_can_fill(floor: Floats, holders: Ints, skill: Ints, value: Floats) -> bool:
    """Tell whether any group of reps may serve enough value for its floors, with 5 % to spare.

    Hall's condition for divisible leads; floors are parts of the total value. It fails where few reps hold
    few of the skills: from nine reps upwards it is taken as given, as each would double the number of groups.
    """
    reps = len(floor)
    if reps > 8:
        return True
    worth = np.bincount(skill + 1, value, SKILLS + 1)
    for size in range(1, reps + 1):
        for group in combinations(range(reps), size):
            served = np.isin(holders, group).any(axis=1)
            if worth[0] + worth[1:][served].sum() < 1.05 * floor[list(group)].sum() * value.sum():
                return False
    return True


FAMILIES: dict[str, Family] = {
    "cycle": Family(
        Text(
            "one cycle with regions, skills, part time, tight hours and a fair band; benchmarks quote it",
            "一个分配周期：区域、技能、兼职、紧张工时与公平区间；基准测试采用此类",
        ),
        _cycle,
    ),
    "realistic": Family(
        Text(
            "a quarter of a European sales force: heavy tails, scarce skills, partners, most rules and goals",
            "欧洲销售团队的一个季度：金额长尾、技能稀缺、含渠道伙伴，覆盖大多数规则与目标",
        ),
        lambda leads, reps, rng: market(leads, reps, rng, ENGLISH),
    ),
    "chinese": Family(
        Text(
            "the same market in China, with Chinese names and amounts in CNY",
            "同样的市场放在中国：中文名称，金额以人民币计",
        ),
        lambda leads, reps, rng: market(leads, reps, rng, CHINESE),
    ),
    "counts": Family(
        Text(
            "each rep takes a number of leads; only the expected value counts",
            "每位销售可接一定数量的线索；只看期望金额",
        ),
        _counts,
    ),
    "matching": Family(
        Text(
            "each rep takes one lead at most; only the expected value counts",
            "每位销售最多接一条线索；只看期望金额",
        ),
        _matching,
    ),
}
"""The families by name, in the order in which they are listed."""
