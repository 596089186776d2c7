"""Causes: why leads have another owner in another plan. Worked out as columns, for all of them at once.

What is decisive comes first: a change that forbids the old pair, then one that allows the new pair for the first time,
then the others by the points that they gave to the new pair (`steps`); a family that stays together is read as one.
What neither a change nor a price explains is *rounded*: leads are indivisible, and the whole plan, or the search,
decided. Where a hard row has no room for the lead with its old rep now, or had none with its new rep in the base, that
part is the doing of whatever changed the row, and a *knock-on* if nothing did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.differences import Differences
from solver.compile import names_of
from solver.explain.explainer import Explainer
from solver.explain.full_rows import facts_with_reps_of, fits, full_rows
from solver.explain.priced import PricedPlan
from solver.explain.rooms import Hits
from solver.explain.steps import NEW, OLD, Effect, Moved, Steps, steps_between
from solver.pairs import Bools, Floats, Ints

CAUSES: dict[str, str] = {
    "lead_changed": "the data of the lead itself changed",
    "family_changed": "the data of another lead of its family changed, or other leads are in it",
    "rep_left": "its old rep is not in the other scenario",
    "rep_joined": "its new rep is not in the base",
    "rep_changed": "the data of its old or new rep changed",
    "settings_changed": "the period changed, or the column that win rates go by",
    "rule_changed": "a rule was added, dropped or changed",
    "goal_changed": "a goal was added, dropped or changed",
    "knock_on": "no change speaks of it: other leads changed the room, or the price, of a row that it uses",
    "tied": "it makes no difference",
    "rounded": "neither changes nor prices explain it: the whole plan, or the search, decided",
}
"""Why a lead has another owner in another plan."""

LOADED = ("capacity", "carried", "fte", "share", "ramp_up", "available_from", "available_to", "competitor_groups")
"""Data of a rep that bound their own load: what the prices of its rows do counts as the doing of these."""

STRANDS = ("leads", "family", "old", "new", "settings", "rules", "goals", "prices", "rounded")
"""Where causes come from, in the order in which they are named where they count the same."""
LEADS, FAMILY, OLD_REP, NEW_REP, SETTINGS, RULES, GOALS, PRICES, ROUNDED = range(len(STRANDS))

INDEX: dict[str, int] = {code: k for k, code in enumerate(CAUSES)}
"""Place of each code in `CAUSES`."""
_CODES = {
    FAMILY: "family_changed",
    SETTINGS: "settings_changed",
    RULES: "rule_changed",
    GOALS: "goal_changed",
    PRICES: "knock_on",
    ROUNDED: "rounded",
}

SLIGHT = 1e-3
"""Points below this part of the nets (at least of 1 point) are no cause."""
CLOSED, OPENED, ROOM = 2e200, 1e200, 1e-200
"""How much it counts that a pair is forbidden, or allowed for the first time, more than any points, and that a row is
full, less than any.
"""


@dataclass
class Causes:
    """The causes of n moves.

    Parameters
    ----------
    moved : Moved
    steps : Steps
        What every change did.
    points : (strands, n) array
        Points that each of `STRANDS` gave to the new pair.
    closed, opened : (strands, n) arrays of bool
        Which of them forbids the old pair, or allows the new one for the first time.
    subject : (2, n) array of int
        The changed rule, and the changed goal, that did most: a place in `Differences`; -1 for none.
    own : (n,) array of bool
        Whether the data of the lead itself changed.
    full, blamed : (n,) arrays of int
        The pair that a hard row has no room for, `OLD` (in the other plan) or `NEW` (in the base), and the strand that
        this was counted for; -1 where that is not so.
    absent, loaded : (2, n) arrays of bool
        Whether the old rep left and the new one joined; whether data of theirs changed that bound their own load.
    """

    moved: Moved
    steps: Steps
    points: Floats
    closed: Bools
    opened: Bools
    subject: Ints
    own: Bools
    full: Ints
    blamed: Ints
    absent: Bools
    loaded: Bools

    @property
    def rank(self) -> Floats:
        """How much each strand counts, (strands, n); 0 for what is no cause."""
        rank = _rank(self.points, self.closed, self.opened, self.steps.size)
        some = np.flatnonzero(self.blamed >= 0)
        rank[self.blamed[some], some] = np.maximum(rank[self.blamed[some], some], ROOM)
        return rank

    def codes(self) -> tuple[Ints, Bools]:
        """Return the first cause of each move, (n,), and which of `CAUSES` it has, (causes, n), by their places."""
        rank = self.rank
        counts, n = rank > 0, rank.shape[1]
        of_strand = np.array([np.broadcast_to(self.code_of(strand), n) for strand in range(len(STRANDS))])
        found = np.zeros((len(CAUSES), n), dtype=bool)
        for codes, here in zip(of_strand, counts, strict=True):
            found[codes[here], np.flatnonzero(here)] = True
        none = ~counts.any(axis=0)
        found[INDEX["tied"], none] = True
        return np.where(none, INDEX["tied"], of_strand[rank.argmax(axis=0), np.arange(n)]), found

    def code_of(self, strand: int) -> Ints | int:
        """Return the code of a strand, or that which it has in each move."""
        if strand == LEADS:
            return np.where(self.own, INDEX["lead_changed"], INDEX["family_changed"])
        if strand in (OLD_REP, NEW_REP):
            old = np.where(self.absent[OLD], INDEX["rep_left"], INDEX["rep_changed"])
            new = np.where(self.absent[NEW], INDEX["rep_joined"], INDEX["rep_changed"])
            mine, others = (old, new) if strand == OLD_REP else (new, old)
            nobody = self.moved.owner[OLD if strand == OLD_REP else NEW] < 0
            return np.where(nobody, others, mine)  # what changed about nobody is about the other of the two
        return INDEX[_CODES[strand]]


def causes_between(base: Explainer, other: Explainer, differences: Differences, moved: Moved, equal: bool) -> Causes:
    """Return the causes of all moves.

    Parameters
    ----------
    base, other : Explainer
    differences : Differences
        Between their scenarios.
    moved : Moved
    equal : bool
        Whether both plans are worth the same; it counts where nothing differs.
    """
    steps = steps_between(base, other, differences, moved)
    weighing = _Weighing(base.priced, other.priced, differences, moved, steps)
    return weighing.same(equal) if differences.none else weighing.causes()


class _Weighing:
    def __init__(
        self, base: PricedPlan, other: PricedPlan, differences: Differences, moved: Moved, steps: Steps
    ) -> None:
        self.ends, self.differences, self.moved, self.steps = (base, other), differences, moved, steps
        n = self.n = len(moved)
        self.leads = [end.place[rows] for end, rows in zip(self.ends, moved.rows, strict=True)]
        self.items = [end.problem.item[leads] for end, leads in zip(self.ends, self.leads, strict=True)]
        self.sizes = [(e.ends - e.problem.starts)[i] for e, i in zip(self.ends, self.items, strict=True)]
        ids = [np.array([*(rep.id for rep in end.scenario.reps), ""], dtype=object) for end in self.ends]
        self.names = [ids[pair][moved.owner[pair]] for pair in (OLD, NEW)]
        """The ids of the old and the new rep of each lead; empty for nobody."""
        absent = [
            np.array([name not in end.facts.rep_index and name != "" for name in names], dtype=bool).reshape(n)
            for end, names in zip(reversed(self.ends), self.names, strict=True)
        ]
        rules = [k for k, c in enumerate(differences.rules) if c.kind == "family" and c.what != "same"]
        self.family_rule = rules[0] if rules else -1
        loaded = {c.id for c in differences.reps if any(f.name.partition(".")[0] in LOADED for f in c.fields)}
        shape = (len(STRANDS), n)
        self.found = Causes(
            moved,
            steps,
            np.zeros(shape),
            np.zeros(shape, dtype=bool),
            np.zeros(shape, dtype=bool),
            np.full((2, n), -1),
            differences.leads.changed[moved.place],
            np.full(n, -1),
            np.full(n, -1),
            np.array(absent).reshape(2, n),
            np.array([[name in loaded for name in names] for names in self.names], dtype=bool).reshape(2, n),
        )

    def same(self, equal: bool) -> Causes:
        """Return the causes where nothing differs: it makes no difference, or the search decided."""
        steps = self.steps
        off = np.maximum(np.abs(steps.before), np.abs(steps.after))
        self.found.points[ROUNDED] = 0.0 if equal else np.where(off > SLIGHT * steps.size, off, 0.0)
        return self.found

    def causes(self) -> Causes:
        steps, found = self.steps, self.found
        self._count(LEADS, steps.leads)
        self._count(SETTINGS, steps.settings)
        self._parts()
        changed = {change.id for change in self.differences.reps}
        for pair, strand, effect in ((OLD, OLD_REP, steps.old), (NEW, NEW_REP, steps.new)):
            mine = np.array([name in changed for name in self.names[pair]], dtype=bool).reshape(self.n)
            own = np.where(found.loaded[pair], steps.prices[pair], 0.0)
            self._count(strand, Effect(np.where(mine, effect.points, 0.0) + own, effect.closed, effect.opened))
            found.points[PRICES] += np.where(mine, 0.0, effect.points) + steps.prices[pair] - own
        before, after = steps.before, steps.after
        if any((sizes > 1).any() for sizes in self.sizes):
            before, after = self._together(before, after)
        self._left(before, after)
        return found

    def _count(self, strand: int, effect: Effect) -> None:
        found = self.found
        found.points[strand] += effect.points
        found.closed[strand] |= effect.closed
        found.opened[strand] |= effect.opened

    def _parts(self) -> None:
        """Count what the changed rules and goals did, each kind together, and keep which of them did most."""
        most = np.zeros((2, self.n))
        for (what, k), effect in self.steps.parts.items():
            row = ("rules", "goals").index(what)
            self._count((RULES, GOALS)[row], effect)
            rank = _rank(effect.points, effect.closed, effect.opened, self.steps.size)
            self.found.subject[row][rank > most[row]] = k
            most[row] = np.maximum(most[row], rank)

    def _together(self, before: Floats, after: Floats) -> tuple[Floats, Floats]:
        """Read families as one: add up what is said of leads that stay together and moved between the same two reps."""
        found = self.found
        _, group = np.unique(np.stack([self.items[1], *self.moved.owner]), axis=1, return_inverse=True)
        group = group.ravel()

        def summed(values: Floats | Bools) -> Floats:
            total: Floats = np.bincount(group, values).astype(np.float64)
            return total[group]

        for strand in range(len(STRANDS)):
            found.points[strand] = summed(found.points[strand])
            found.closed[strand] = summed(found.closed[strand]) > 0
            found.opened[strand] = summed(found.opened[strand]) > 0
        self._relatives()
        return summed(before), summed(after)

    def _relatives(self) -> None:
        """Count leads of the family that are new in it, or left it, and could not be with the rep in question."""
        found = self.found
        strand = FAMILY if self.family_rule < 0 else RULES
        for side, pair, counted in ((1, OLD, found.closed), (0, NEW, found.opened)):
            open_ = np.flatnonzero((self.sizes[side] > 1) & ~counted.any(axis=0))
            problem, facts = self.ends[side].problem, self.ends[side].facts
            reps = np.array([facts.rep_index.get(name, -1) for name in self.names[pair][open_]], dtype=np.int64)
            open_, reps = open_[reps >= 0], reps[reps >= 0]
            leads, which = problem.leads_of(self.items[side][open_])
            barred = np.zeros(len(leads), dtype=bool)
            for removal in problem.removals:
                barred |= removal.table[removal.code[leads], reps[which]]
            counted[strand, open_[which[barred]]] = True
            if strand == RULES:
                found.subject[0, open_[which[barred]]] = self.family_rule

    def _left(self, before: Floats, after: Floats) -> None:
        """Count the points by which the choices go against the prices, in the base and in the other plan."""
        found, steps = self.found, self.steps
        left = np.where(steps.allowed[0], np.maximum(before, 0.0), 0.0)
        left += np.where(steps.allowed[1], np.maximum(-after, 0.0), 0.0)
        left[left <= SLIGHT * steps.size] = 0.0
        strand = np.full(self.n, ROUNDED)
        tested = ((left > 0) | ~(found.rank > 0).any(axis=0)) & ~(found.closed | found.opened).any(axis=0)
        for pair, side in ((OLD, 1), (NEW, 0)):
            some = np.flatnonzero(tested & (found.full < 0))
            which, hits = full_rows(self.ends[side], self.items[side][some], self._target(side, pair, some))
            some = some[which]
            found.full[some] = pair
            self._blame(strand, some, pair, hits)
            found.blamed[some] = strand[some]
        other_size = np.flatnonzero((self.sizes[0] != self.sizes[1]) & (strand == ROUNDED))
        strand[other_size] = FAMILY if self.family_rule < 0 else RULES
        if self.family_rule >= 0:
            found.subject[0, other_size] = self.family_rule
        found.points[strand, np.arange(self.n)] += left

    def _target(self, side: int, pair: int, some: Ints) -> Ints:
        index = self.ends[side].facts.rep_index
        return np.array([index.get(name, -1) for name in self.names[pair][some]], dtype=np.int64)

    def _blame(self, strand: Ints, some: Ints, pair: int, hits: Hits) -> None:
        """Say which strand a full row belongs to: a rule, or the data of a rep, without whose change there were room.

        If there is no such, other leads are to blame.
        """
        side = 1 - pair
        end, items = self.ends[side], self.items[side]
        index = {name: k for k, name in enumerate(names_of(end.scenario.rules))}
        place = {(change.base, change.other)[side]: k for k, change in enumerate(self.differences.rules)}
        strand[some] = PRICES
        for block in np.unique(hits.block):
            rows, here = end.rooms.blocks[block].rows, hits.block == block
            mine, row = some[here], hits.row[here]
            k = place[index[rows.rule]]
            change = self.differences.rules[k]
            if change.what != "same":
                cured = self._cured(side, pair, mine, (change.other, change.base)[side])
                strand[mine[cured]], self.found.subject[0, mine[cured]] = RULES, k
                mine, row = mine[~cured], row[~cured]
            rep = np.array([end.row_rep(rows, each) for each in row.tolist()], dtype=np.int64)
            theirs = [(rep == self._target(side, p, mine)) & self.found.loaded[p][mine] for p in (OLD, NEW)]
            for own, which in zip((OLD_REP, NEW_REP), theirs, strict=True):
                which = np.flatnonzero(which & (rep >= 0))
                if len(which):
                    rule = end.scenario.rules[index[rows.rule]]
                    facts = facts_with_reps_of(end, self.ends[1 - side].scenario)
                    moved = mine[which]
                    strand[moved[fits(end, items[moved], self._target(side, pair, moved), rule, facts)]] = own

    def _cured(self, side: int, pair: int, moves: Ints, index: int) -> Bools:
        """Return for which moves a rule as the other scenario has it (-1: not at all) would have room."""
        if index < 0:
            return np.ones(len(moves), dtype=bool)
        end, rule = self.ends[side], self.ends[1 - side].scenario.rules[index]
        return fits(end, self.items[side][moves], self._target(side, pair, moves), rule, end.facts)


def _rank(points: Floats, closed: Bools, opened: Bools, size: Floats) -> Floats:
    counted = np.where(points > SLIGHT * size, points, 0.0)
    return counted + np.where(closed, CLOSED, np.where(opened, OPENED, 0.0))
