"""Evening out: moves and swaps that bring the loads of a plan closer to their fair targets, at any size.

The rep who is furthest off gives a lead to another one of the group, takes one, or swaps: of the steps that bring both
much closer to their targets the one that loses fewest points, or else the one that brings them closest. All hard rows
hold, and every lead keeps an owner. It ends where no step helps. What is lost on the way is for the solve that begins
with this plan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.evaluate import ROOM, block_load
from solver.frontier.measure import Measure
from solver.limits import Watch
from solver.pairs import Bools, Floats, Ints, PairValues
from solver.problem import LoadRows, Problem

LOOKS = ((6, 20), (12, 40), (24, 80), (24, 80), (24, 80))
"""Reps that the worst-off trades with in one step, and leads of each that are looked at: more where that is stuck."""
CHECKED = 30
"""Steps whose hard rows are looked at before the rep counts as stuck: so many of the best, and as many others."""
MUCH = 0.7
"""A step helps much that leaves at most this part of the worst deviation."""
POWER = 16
"""The worst deviation counts most, and others that are nearly as bad as much: the sum of such high powers falls."""
STEPS_PER_UNIT = 500
"""Steps per unit of a work limit."""


@dataclass(frozen=True)
class _Steps:
    """Steps between the worst-off and one partner: the item that goes each way (-1: none), how far off they end, and
    the points that are lost.
    """

    partner: int
    gives: Ints
    takes: Ints
    off: Floats
    lost: Floats


class Evening:
    """A plan that becomes more even.

    Parameters
    ----------
    problem : Problem
        No hard row that holds is broken.
    measure : Measure
        In the problem's order.
    owner : (n,) array of int
        A plan, -1 for leads without an owner; those stay so.
    enough : float
        Nobody needs to be closer to their target than this.
    """

    def __init__(self, problem: Problem, measure: Measure, owner: Ints, watch: Watch, enough: float = 0.0) -> None:
        self.problem, self.measure, self.watch, self.enough = problem, measure, watch, enough
        self.place = owner[problem.starts]
        self.load = measure.loads(owner)
        self._hard = [(block, block_load(block, owner, problem.m)) for block in problem.rows if block.hard]
        self._everyone = np.ones(problem.n, dtype=bool)
        self._rng = np.random.Generator(np.random.PCG64(watch.limits.seed))
        self._values = measure.facts.metric(measure.metric)

    def run(self) -> Ints:
        """Take steps while any helps; return the rep of each lead."""
        look, steps = 0, 0
        work = self.watch.limits.work
        most = np.inf if work is None else STEPS_PER_UNIT * work
        while look < len(LOOKS) and steps < most and not self.watch.stop():
            look += not self._step(*LOOKS[look], drawn=look > 2)
            steps += 1
        return self.place[self.problem.item]

    def _step(self, partners: int, held: int, drawn: bool) -> bool:
        """Take the best step found for the rep who is furthest off; False if there is none."""
        off = self.measure.deviations(self.load)
        worst = int(off.argmax())
        if off[worst] <= self.enough:
            return False
        options = [self._steps(worst, partner, held) for partner in self._partners(worst, partners, drawn).tolist()]
        places = [(k, i) for k, steps in enumerate(options) for i in np.flatnonzero(steps.off < off[worst]).tolist()]
        much = MUCH * off[worst]
        places.sort(key=lambda at: _rank(options[at[0]], at[1], much))
        others = self._rng.permutation(len(places))[:CHECKED].tolist()
        for k, i in places[:CHECKED] + [places[at] for at in others]:
            steps = options[k]
            ways = ((int(steps.gives[i]), worst, steps.partner), (int(steps.takes[i]), steps.partner, worst))
            if self._take([way for way in ways if way[0] >= 0], float(off[worst])):
                return True
        return False

    def _partners(self, worst: int, count: int, drawn: bool) -> Ints:
        """Return reps of the same group: those who are furthest off on the other side, or any."""
        group = next(group.reps for group in self.measure.groups if worst in group.reps)
        others = group[group != worst]
        if drawn:
            return self._rng.permutation(others)[:count]
        target = self.measure.targets(self.load)
        aimed = target[others] > 0
        ratio = np.where(aimed, self.load[others] / np.where(aimed, target[others], 1.0), np.inf)
        above = self.load[worst] > target[worst]
        opposite: Ints = others[np.argsort(ratio if above else -ratio, kind="stable")][:count]
        return opposite

    def _steps(self, worst: int, partner: int, held: int) -> _Steps:
        """Return every move and swap of some leads between two reps, and how far off the worse of them would be."""
        mine, theirs = self._held(worst, partner, held), self._held(partner, worst, held)
        gives = np.concatenate([mine, np.full(len(theirs), -1), np.repeat(mine, len(theirs))])
        takes = np.concatenate([np.full(len(mine), -1), theirs, np.tile(theirs, len(mine))])
        ends = []
        for rep, going, coming in ((worst, gives, takes), (partner, takes, gives)):
            load = self.load[rep] + self._change_of(self._values, self.measure.counted, rep, going, coming)
            target = self.measure.targets(self.load)[rep]
            off = np.abs(load / target - 1.0) if target > 0 else np.where(load > 0, np.inf, 0.0)
            ends.append(np.where(self._has_room(rep, going, coming), off, np.inf))
        lost = np.zeros(len(gives))
        for term in self.problem.terms:
            for rep, going, coming in ((worst, gives, takes), (partner, takes, gives)):
                lost -= self._change_of(term.values, self._everyone, rep, going, coming)
        return _Steps(partner, gives, takes, np.maximum(*ends), lost)

    def _held(self, rep: int, other: int, count: int) -> Ints:
        """Return some of the items that a rep holds and that the other may take."""
        items = np.flatnonzero(self.place == rep)
        if len(items) > count:
            items = np.sort(self._rng.choice(items, count, replace=False))
        leads, which = self.problem.leads_of(items)
        barred = np.bincount(which, weights=~self.problem.eligible(leads)[:, other], minlength=len(items))
        free: Ints = items[barred == 0]
        return free

    def _has_room(self, rep: int, going: Ints, coming: Ints) -> Bools:
        """Tell which exchanges a rep's own rows admit; those of several lead groups are left to `_take`."""
        fits = np.ones(len(going), dtype=bool)
        for block, load in self._hard:
            if block.weights is None and len(load) == 1:
                counted = block.group >= 0
                after = load[0, rep] + self._change_of(block.values, counted, rep, going, coming) + block.base[0, rep]
                fits &= (after <= block.upper[0, rep] + ROOM) & (after >= block.lower[0, rep] - ROOM)
        return fits

    def _change_of(self, values: PairValues, counted: Bools, rep: int, going: Ints, coming: Ints) -> Floats:
        """Return by how much a rep's load changes with each exchange of items; item -1 is none."""
        change = np.zeros(len(going))
        for items, sign in ((going, -1.0), (coming, 1.0)):
            known, back = np.unique(items, return_inverse=True)
            real = known[known >= 0]
            leads, which = self.problem.leads_of(real)
            amounts = values.at(leads, np.full(len(leads), rep)) * counted[leads]
            amount = np.bincount(which, weights=amounts, minlength=len(real))
            change += sign * np.concatenate([np.zeros(len(known) - len(real)), amount])[back]
        return change

    def _take(self, ways: list[tuple[int, int, int]], worst: float | None = None) -> bool:
        """Move items, each from a rep to another (-1: nobody), if all hard rows hold.

        With the present worst deviation, only if it falls: a step may move all targets a little, and with them another
        rep who is as far off, so that the sum of high powers decides.
        """
        load = self.load.copy()
        for item, source, target in ways:
            for rep, sign in ((source, -1.0), (target, 1.0)):
                if rep >= 0:
                    one = np.array([item])
                    load[rep] += sign * self._change_of(self._values, self.measure.counted, rep, one * 0 - 1, one)[0]
        if worst is not None:
            before, after = (((self.measure.deviations(each) / worst) ** POWER).sum() for each in (self.load, load))
            if after >= before:
                return False
        changes = [self._change(block, ways) for block, _ in self._hard]
        for (block, now), change in zip(self._hard, changes, strict=True):
            if any(_worse(block, group, now[group], now[group] + more) for group, more in change.items()):
                return False
        for (_, now), change in zip(self._hard, changes, strict=True):
            for group, more in change.items():
                now[group] += more
        self.load = load
        for item, _, target in ways:
            self.place[item] = target
        return True

    def _change(self, block: LoadRows, ways: list[tuple[int, int, int]]) -> dict[int, Floats]:
        """Return by how much each rep's load changes, (m,), in the lead groups that are touched."""
        change: dict[int, Floats] = {}
        for item, source, target in ways:
            leads, _ = self.problem.leads_of(np.array([item]))
            for rep, sign in ((source, -1.0), (target, 1.0)):
                if rep < 0:
                    continue
                amounts = block.values.at(leads, np.full(len(leads), rep))
                for group, amount in zip(block.group[leads].tolist(), amounts.tolist(), strict=True):
                    if group >= 0:
                        change.setdefault(group, np.zeros(self.problem.m))[rep] += sign * amount
        return change


def _rank(steps: _Steps, which: int, much: float) -> tuple[bool, float]:
    """Return the order in which steps are tried, the first smallest."""
    enough = bool(steps.off[which] <= much)
    return not enough, float(steps.lost[which] if enough else steps.off[which])


def _worse(block: LoadRows, group: int, before: Floats, after: Floats) -> bool:
    """Tell whether a row of a lead group passes a bound, and more so than before."""
    excess = []
    for load in (before, after):
        activity = block.base[group] + (load if block.weights is None else block.weights @ load)
        excess.append(np.maximum(activity - block.upper[group], block.lower[group] - activity))
    return bool(((excess[1] > ROOM) & (excess[1] > excess[0])).any())
