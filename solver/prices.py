"""Prices: the dual of the assignment, minimised by Newton steps on a smoothed form of it.

The dual L(p) (see `dual`) is convex and made of flat pieces: each lead adds the net score of its best rep. Smoothed at
a temperature t, it adds t log(sum of exp(net / t)) instead (Nesterov 2005), and the lead counts as shared between the
reps who are near its best. The temperature is each lead's own, in proportion to its points: a lead of a million is near
a tie when a lead of a thousand is not. Value, slope and Hessian of the smoothed dual come from the near pairs alone,
a few per lead, which are held as a sparse matrix; a pass over all pairs picks them anew, and gives the true bound,
whenever the prices have moved. Each step solves the quadratic model with every price in its range (soft rows have a
ceiling) and within reach; the temperature falls as the steps shrink.

A problem with many leads is priced on random samples first, each some times larger than the one before: a sample's
prices are nearly those of the whole, and its passes cost a part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from solver.dual import NearPairs, NetBlock, best_two, bound_of, near_pairs, no_prices, over_blocks
from solver.evaluate import block_load
from solver.limits import Watch
from solver.linear import PairList, pair_loads
from solver.pairs import Bools, Floats, Ints
from solver.problem import LoadRows, Problem
from solver.quadratic import box_step

SAMPLE, PER_REP, GROWTH = 10_000, 40, 5
"""Leads of the first sample, at least and per rep, and how many times larger each next one is."""
COLD, WARM, ENOUGH, COLDEST = 0.02, 0.05, 1e-3, 2e-5
"""Temperatures, in parts of a lead's own points: the first without prices to begin with, and with those of a sample
(over the root of its leads per rep, as the error of a sample), the last of a sample, and the last of all."""
COOLING = 0.35
"""Factor by which the temperature falls."""
REACH = 12.0
"""Pairs further than so many temperatures behind the best of their lead are not held."""
SPAN = 4.0
"""So many temperatures a price may move before the pairs are picked anew; it adapts."""
STEPS, REFRESHES = 10, 12
"""Most Newton steps on the same pairs, and most times that they are picked anew at one temperature."""
SETTLED = 0.05
"""A temperature is done with when a step gains less than this part of what the smoothing adds."""
EXACT = 0.05
"""Prices are exact enough when smoothing adds no more than this part of the gap that is asked for."""
CHIEF = 0.05
"""Shares below this part of their lead's largest are left out of the Hessian."""
FIRST_REACH, REACHES, SHORTER = 2.0, (0.1, 8.0), 4
"""How far a price may move in a step, in units of its temperature: at first, and at least and at most; and how often a
step may be shortened."""
CURVED = 100_000
"""Items from which the Hessian is taken, if there are twice as many or more."""
SMALL = 0.05
"""No lead counts as smaller than this part of the mean."""


@dataclass(frozen=True)
class Held:
    """Some pairs, sorted by item, with what each adds to every load: `amounts` is (pairs, loads)."""

    item: Ints
    rep: Ints
    score: Floats
    amounts: sparse.csr_matrix

    def keep(self, mask: Bools) -> Held:
        """Return only some of the pairs."""
        return Held(self.item[mask], self.rep[mask], self.score[mask], self.amounts[np.flatnonzero(mask)])


@dataclass(frozen=True)
class Priced:
    """Prices of all rows, and the bound that they prove."""

    prices: tuple[Floats, ...]
    bound: float


def price(problem: Problem, watch: Watch, known: tuple[Floats, ...] | None = None) -> Priced:
    """Return good prices: first of samples, then of the whole problem; or from known prices that are nearly right."""
    if known is not None:
        return Smoothed(problem).minimise(known, ENOUGH, watch, tell=True)
    least = max(SAMPLE, PER_REP * problem.m)
    sizes = [problem.n_items]
    while sizes[0] > 2 * least:
        sizes.insert(0, max(sizes[0] // GROWTH, least))
    prices, heat = no_prices(problem), COLD
    for size in sizes[:-1]:
        part = sample(problem, size, watch.limits.seed)
        prices = Smoothed(part).minimise(prices, heat, watch, coldest=ENOUGH).prices
        heat = max(WARM / np.sqrt(size / max(problem.m, 1)), ENOUGH)
    return Smoothed(problem).minimise(prices, heat, watch, tell=True)


def sample(problem: Problem, count: int, seed: int) -> Problem:
    """Return the problem of a random sample of items, with bounds scaled down to its size: its prices are the same."""
    rng = np.random.Generator(np.random.PCG64(seed))
    count = min(max(count, 1), problem.n_items)
    part = problem.part(np.sort(rng.choice(problem.n_items, size=count, replace=False)))
    return replace(part, rows=tuple(_scaled(b, count / problem.n_items) for b in part.rows), spreads=())


def _scaled(block: LoadRows, share: float) -> LoadRows:
    """Return the rows with all that is fixed scaled down."""
    worst = None if block.worst is None else block.worst * share
    rate = block.rate if block.worst is None else block.rate * share
    base, lower, upper = block.base * share, block.lower * share, block.upper * share
    return replace(block, base=base, lower=lower, upper=upper, worst=worst, rate=rate)


class Sides:
    """The bounds of all load rows as one list of sides, each with a price of at least 0.

    An upper bound's side is `activity <= upper`, a lower bound's `-activity <= -lower`; `matrix @ loads` are the
    activities with that sign, (sides,), without the base, and `bounds` what they may be; `tops` are the ceilings of
    soft rows' prices, `amount` is what one lead adds on average.
    """

    def __init__(self, problem: Problem) -> None:
        self.rows, self.m = problem.rows, problem.m
        self.offsets = np.cumsum([0] + [block.base.shape[0] * problem.m for block in problem.rows])
        self.places: list[tuple[int, float, Ints]] = []
        matrices, bounds, tops, amounts = [], [], [], []
        for index, block in enumerate(problem.rows):
            amount = block.values.size() / max(1, int((block.group >= 0).sum()))
            for sign, limit in ((1.0, block.upper), (-1.0, block.lower)):
                flat = np.flatnonzero(np.isfinite(limit))
                self.places.append((index, sign, flat))
                matrices.append(sign * self._over_loads(index, block, flat))
                bounds.append(sign * (limit - block.base).ravel()[flat])
                scale = 1.0 if block.worst is None else np.tile(block.worst, block.base.shape[0])[flat]
                tops.append(block.rate / scale * np.ones(len(flat)))
                amounts.append(np.full(len(flat), max(amount, 1e-12)))
        width = int(self.offsets[-1])
        self.matrix = sparse.csr_matrix(sparse.vstack(matrices)) if matrices else sparse.csr_matrix((0, width))
        self.bounds, self.tops, self.amount = (
            np.concatenate(parts) if parts else np.zeros(0) for parts in (bounds, tops, amounts)
        )

    def __len__(self) -> int:
        return len(self.bounds)

    def _over_loads(self, index: int, block: LoadRows, flat: Ints) -> sparse.csr_matrix:
        """Return the chosen rows of a block as sums over the loads of all blocks, (rows, loads)."""
        groups = block.base.shape[0]
        weights = sparse.identity(self.m) if block.weights is None else sparse.csr_matrix(block.weights)
        part = sparse.csr_matrix(sparse.kron(sparse.identity(groups), weights))[flat]
        before, after = int(self.offsets[index]), int(self.offsets[-1] - self.offsets[index + 1])
        none = sparse.csr_matrix((len(flat), before)), sparse.csr_matrix((len(flat), after))
        return sparse.csr_matrix(sparse.hstack([none[0], part, none[1]]))

    def prices(self, sides: Floats) -> tuple[Floats, ...]:
        """Return the price of every row, (groups, rows) per block, from those of the sides."""
        prices = [np.zeros(block.base.size) for block in self.rows]
        first = 0
        for index, sign, flat in self.places:
            prices[index][flat] += sign * sides[first : first + len(flat)]
            first += len(flat)
        return tuple(b.clip(p.reshape(b.base.shape)) for b, p in zip(self.rows, prices, strict=True))

    def of(self, prices: tuple[Floats, ...]) -> Floats:
        """Return the prices of the sides, (sides,), from those of the rows."""
        parts = [np.maximum(sign * prices[index].ravel()[flat], 0.0) for index, sign, flat in self.places]
        return np.concatenate(parts) if parts else np.zeros(0)

    def hold(self, problem: Problem, near: NearPairs, prices: tuple[Floats, ...]) -> Held:
        """Return near pairs with their amounts, and their scores without the prices."""
        amounts = amounts_of(problem, PairList(near.item, near.rep, near.net))
        return Held(near.item, near.rep, near.net + amounts @ self.costs(self.of(prices)), amounts)

    def loads(self, problem: Problem, place: Ints) -> Floats:
        """Return all loads, (loads,), of a plan: the rep of each item, -1 for none."""
        owner = place[problem.item]
        loads = [block_load(block, owner, problem.m).ravel() for block in problem.rows]
        return np.concatenate(loads) if loads else np.zeros(0)

    def costs(self, sides: Floats) -> Floats:
        """Return what one unit of each load costs, (loads,)."""
        return np.asarray(self.matrix.T @ sides)


def amounts_of(problem: Problem, pairs: PairList) -> sparse.csr_matrix:
    """Return what each pair adds to each load, (pairs, loads): all blocks side by side, group by group, rep by rep."""
    if not problem.rows:
        return sparse.csr_matrix((len(pairs), 0))
    return sparse.csr_matrix(sparse.vstack([pair_loads(problem, block, pairs) for block in problem.rows]).T)


@dataclass
class Point:
    """Prices of the sides, and the smoothed dual of the held pairs there: its value without what is constant."""

    sides: Floats
    value: float
    added: float
    share: Floats


class Smoothed:
    """The smoothed dual of a problem: at temperature `heat`, each item's own is `heat` times its `size`, in points."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.sides = Sides(problem)
        points = spreads(problem)
        self.mean = max(float(points.mean()) if len(points) else 0.0, 1e-9)
        self.size = np.maximum(points, SMALL * self.mean)
        self.idle = np.where(problem.required_items, -np.inf, 0.0)

    def minimise(
        self,
        prices: tuple[Floats, ...],
        heat: float,
        watch: Watch,
        *,
        coldest: float = COLDEST,
        tell: bool = False,
    ) -> Priced:
        """Lower the temperature step by step; return the prices with the best true bound.

        It ends at the `coldest` temperature, or once smoothing adds little beside the gap that is asked for.
        """
        here = self.sides.of(prices)
        best = Priced(prices, np.inf)
        while True:
            span, known, came = SPAN, np.inf, here
            held: Held | None = None
            for _ in range(REFRESHES):
                prices = self.sides.prices(here)
                near = near_pairs(self.problem, prices, REACH * heat * self.size)
                bound = bound_of(self.problem, prices, near.best)
                if bound < best.bound:
                    best = Priced(prices, bound)
                if tell:
                    watch.tell("prices", None, best.bound)
                if not len(here) or not np.isfinite(bound) or watch.stop():
                    return best
                fresh = self.sides.hold(self.problem, near, prices)
                now = self.point(fresh, self.sides.bounds, here, heat)
                if held is None or now.value < known:
                    known, held, came = now.value, fresh, here
                    span *= 2
                else:
                    held, here, span = self.both(held, fresh), came, span / 4
                here, settled = self.descend(held, self.sides.bounds, here, heat, STEPS, span)
                if settled:
                    break
            if heat <= coldest or now.added <= EXACT * watch.limits.gap * abs(bound):
                prices = self.sides.prices(here)
                bound = bound_of(self.problem, prices, best_two(self.problem, prices).net)
                return best if best.bound <= bound else Priced(prices, bound)
            heat = max(heat * COOLING, coldest)

    def both(self, old: Held, new: Held) -> Held:
        """Return the pairs of both."""
        key = np.concatenate([h.item * self.problem.m + h.rep for h in (old, new)])
        first = np.unique(key, return_index=True)[1]
        item, rep, score = (
            np.concatenate([getattr(h, name) for h in (old, new)])[first] for name in ("item", "rep", "score")
        )
        amounts = sparse.csr_matrix(sparse.vstack([old.amounts, new.amounts]))[first]
        return Held(item, rep, score, amounts)

    def descend(
        self,
        held: Held,
        bounds: Floats,
        here: Floats,
        heat: float,
        steps: int,
        span: Floats | float = np.inf,
        even: Floats | None = None,
    ) -> tuple[Floats, bool]:
        """Take Newton steps over some pairs; return the prices of the sides, and whether there is no more to gain.

        Each price has a reach of its own, in multiples of what changes a lead's net by its temperature: it grows while
        the slope keeps its sign, and shrinks where a step goes past the end. A step that gains too little of what it
        promises is shortened.
        """
        unit = heat * self.mean / self.sides.amount
        reach = np.full(len(here), FIRST_REACH)
        low, high = np.maximum(here - span * unit, 0.0), np.minimum(here + span * unit, self.sides.tops)
        now = self.point(held, bounds, here, heat)
        slope = self.slope(held, bounds, now)
        for _ in range(steps):
            active = (now.sides > 0) | (slope < 0)
            if even is not None and (np.abs(slope[active]) <= even[active]).all():
                return now.sides, True
            bend = self.hessian(held, now, heat)
            step = box_step(now.sides, slope, bend, unit, reach * unit, low, high)
            for _ in range(SHORTER):
                then = self.point(held, bounds, now.sides + step, heat)
                gain, promise = now.value - then.value, -float(step @ slope + 0.5 * step @ (bend @ step))
                if gain > 0.1 * promise:
                    break
                step = step * 0.35
            ahead, moved = self.slope(held, bounds, then), np.abs(step) / unit
            past = (ahead * slope < 0) & (np.abs(ahead) > 0.6 * np.abs(slope))
            short = (ahead * slope > 0) & (np.abs(ahead) > 0.3 * np.abs(slope)) & (moved > 0.5 * reach)
            reach = np.clip(np.where(past, 0.5 * moved, np.where(short, 1.5 * reach, reach)), *REACHES)
            if gain > 0:
                now, slope = then, ahead
            if even is None and (
                promise <= SETTLED * now.added or (0 <= gain <= SETTLED * now.added and gain > 0.25 * promise)
            ):
                inside = np.abs(now.sides - here) < 0.9 * span * unit
                return now.sides, bool(inside.all())
        return now.sides, False

    def point(self, held: Held, bounds: Floats, sides: Floats, heat: float) -> Point:
        """Return the smoothed dual over some pairs: what it is worth, and the share of each pair."""
        net = held.score - held.amounts @ self.sides.costs(sides)
        top = self.idle.copy()
        np.maximum.at(top, held.item, net)
        warmth = heat * self.size
        share = np.exp((net - top[held.item]) / warmth[held.item])
        known = np.isfinite(top)
        alone = np.zeros(len(top))
        alone[known] = np.exp((self.idle[known] - top[known]) / warmth[known])
        total = alone + np.bincount(held.item, weights=share, minlength=len(top))
        total[total <= 0] = 1.0  # items without a held pair
        share /= total[held.item]
        added = float((warmth * np.log(total))[known].sum())
        return Point(sides, float(top[known].sum()) + added + float(bounds @ sides), added, share)

    def slope(self, held: Held, bounds: Floats, at: Point) -> Floats:
        """Return the slope of the smoothed dual in the prices of the sides."""
        return np.asarray(bounds - self.sides.matrix @ (held.amounts.T @ at.share))

    def hessian(self, held: Held, at: Point, heat: float) -> sparse.csr_matrix:
        """Return the Hessian of the smoothed dual in the prices of the sides, nearly.

        The chief shares of an item stand for all of it, and are raised to its whole: prices that move together would
        meet resistance otherwise.
        """
        item, share, count = held.item, at.share, len(self.size)
        most, total = np.zeros(count), np.bincount(item, weights=share, minlength=count)
        np.maximum.at(most, item, share)
        chief = np.flatnonzero((share > CHIEF * most[item]) & (most[item] > 1e-5) & (most[item] < 1 - 1e-5))
        chief, every = _every_so_many(item, chief)
        mine = item[chief]
        kept = np.bincount(mine, weights=share[chief], minlength=count)
        part = share[chief] * (total[mine] / kept[mine])
        warmth = heat * self.size / every
        items, which = np.unique(mine, return_inverse=True)
        gather = sparse.csr_matrix((part, (which, np.arange(len(chief)))), shape=(len(items), len(chief)))
        mean = sparse.csr_matrix(gather @ held.amounts[chief])
        bend = gram(held.amounts[chief], part / warmth[mine]) - gram(mean, 1.0 / warmth[items])
        return sparse.csr_matrix(self.sides.matrix @ bend @ self.sides.matrix.T)


def _every_so_many(item: Ints, pairs: Ints) -> tuple[Ints, int]:
    """Return the pairs of every so many of their items, if that is enough for the Hessian, and how many each is for.

    (Newton steps with a sub-sampled Hessian and the whole slope: Erdogdu & Montanari 2015.)
    """
    which = np.cumsum(np.diff(item[pairs], prepend=-1) != 0) - 1
    every = int(which[-1] + 1) // CURVED if len(which) else 0
    return (pairs, 1) if every < 2 else (pairs[which % every == 0], every)


def gram(rows: sparse.csr_matrix, weight: Floats) -> sparse.csr_matrix:
    """Return the weighted sum of the outer squares of some rows, (columns, columns)."""
    weighed = sparse.csr_matrix(sparse.diags(np.sqrt(weight)) @ rows)
    return sparse.csr_matrix(weighed.T @ weighed)


def spreads(problem: Problem) -> Floats:
    """Return how far the best pair of each item is above its mean pair, or above staying alone, in points, (items,)."""
    spread = np.zeros(problem.n_items)
    required = problem.required_items

    def work(block: NetBlock) -> None:
        top = block.net.max(axis=1, initial=-np.inf)
        known = np.isfinite(block.net)
        count = known.sum(axis=1)
        mean = np.where(known, block.net, 0.0).sum(axis=1) / np.maximum(count, 1)
        above = np.where(required[block.items], top - mean, np.maximum(top - mean, top))
        spread[block.items] = np.where(count > 0, np.maximum(above, 0.0), 0.0)

    over_blocks(problem, no_prices(problem), work)
    return spread
