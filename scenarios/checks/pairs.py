"""Which reps may take which lead under the hard rules, without holding all the pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import polars as pl

from scenarios.checks.facts import EXPECTED_VALUE, Facts, Floats, Part
from scenarios.checks.selections import Bools, Cell, Ints, as_key, codes, words_in
from scenarios.mappings import parse_mapping
from scenarios.rules import Availability, Exclusion, Match, Pin, Protection, Rule, Skills

PAIRS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Removal:
    """The pairs that one hard rule leaves: lead `rows[k]` may go to the reps in `allowed[code[k]]`."""

    part: Part[Rule]
    rows: Ints
    code: Ints
    allowed: Bools

    def allows(self, row: int) -> Bools:
        """Return the reps that this rule leaves to one lead, (m,)."""
        k = int(np.searchsorted(self.rows, row))
        if k == len(self.rows) or self.rows[k] != row:
            return np.ones(self.allowed.shape[1], dtype=bool)
        row_allowed: Bools = self.allowed[self.code[k]]
        return row_allowed


class Eligibility:
    """The pairs that all of some removals leave. Leads that they treat alike share a profile."""

    def __init__(self, n: int, m: int, removals: Sequence[Removal]) -> None:
        self.n, self.m = n, m
        self.removals = removals
        self._tables = [_dense(n, m, removal) for removal in removals if len(removal.allowed) > 1]
        self._tables.append(_merged(n, m, [removal for removal in removals if len(removal.allowed) == 1]))

    @cached_property
    def _profiles(self) -> tuple[Ints, Ints]:
        """Profile of each lead, (n,), and the first lead of each profile."""
        key, count = np.zeros(self.n, dtype=np.int64), 1
        for code, allowed in self._tables:
            if len(allowed) > 1:
                key, count = _renumbered(key * len(allowed) + code, count * len(allowed))
        first = np.zeros(count, dtype=np.int64)
        first[key[::-1]] = np.arange(self.n - 1, -1, -1)
        return key, first

    def _blocks(self) -> Iterator[tuple[slice, Bools]]:
        """Yield the profiles in blocks, with the reps who may take them, (profiles, m)."""
        _, first = self._profiles
        step = max(1, PAIRS_AT_ONCE // self.m)
        for start in range(0, len(first), step):
            block = slice(start, start + step)
            yield block, self.pairs(first[block])

    def pairs(self, rows: Ints) -> Bools:
        """Return who may take the given leads, (rows, m)."""
        allowed = np.ones((len(rows), self.m), dtype=bool)
        for code, table in self._tables:
            allowed &= table[code[rows]]
        return allowed

    def allows(self, rows: Ints, reps: Ints) -> Bools:
        """Return whether `reps[k]` may take the lead `rows[k]`, (k,)."""
        allowed = np.ones(len(rows), dtype=bool)
        for code, table in self._tables:
            allowed &= table[code[rows], reps]
        return allowed

    def options(self) -> Ints:
        """Return how many reps may take each lead, (n,)."""
        profile, first = self._profiles
        count = np.zeros(len(first), dtype=np.int64)
        for block, allowed in self._blocks():
            count[block] = allowed.sum(axis=1)
        return count[profile]

    def takers(self, reps: Bools) -> Bools:
        """Return which leads at least one of the chosen reps may take, (n,)."""
        profile, first = self._profiles
        taken = np.zeros(len(first), dtype=bool)
        for block, allowed in self._blocks():
            taken[block] = allowed[:, reps].any(axis=1)
        return taken[profile]

    def within_reach(self, amounts: Floats) -> Floats:
        """Return what each rep would have with every lead they may take, (m,)."""
        profile, first = self._profiles
        weights = np.bincount(profile, weights=amounts, minlength=len(first))
        reach = np.zeros(self.m)
        for block, allowed in self._blocks():
            reach += weights[block] @ allowed
        return reach


def _renumbered(key: Ints, size: int) -> tuple[Ints, int]:
    """Number the keys that occur, all below `size`, from 0 in their order; return the numbers and how many they are."""
    if size > 4 * len(key) + 1_000:
        few, number = np.unique(key, return_inverse=True)
        return number, len(few)
    number = np.cumsum(np.bincount(key, minlength=size) > 0)  # counting is much faster than sorting
    return number[key] - 1, int(number[-1])


def _dense(n: int, m: int, removal: Removal) -> tuple[Ints, Bools]:
    """Return a code per lead and the reps allowed per code; the last code is for leads not spoken of."""
    code = np.full(n, len(removal.allowed), dtype=np.int64)
    code[removal.rows] = removal.code
    return code, np.concatenate([removal.allowed, np.ones((1, m), dtype=bool)])


def _merged(n: int, m: int, removals: Sequence[Removal]) -> tuple[Ints, Bools]:
    """Merge removals that treat all their leads alike, so that a thousand of them stay cheap."""
    code = np.zeros(n, dtype=np.int64)
    allowed = [np.ones(m, dtype=bool)]
    for removal in removals:
        before, now = np.unique(code[removal.rows], return_inverse=True)
        code[removal.rows] = len(allowed) + now
        allowed += [allowed[k] & removal.allowed[0] for k in before]
    return code, np.array(allowed)


class Pairs:
    """A scenario's leads and reps as pairs; for scenarios that have both."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def offers(self) -> Eligibility:
        """Pairs that skills, match, exclusion and availability leave."""
        return self._eligibility(self._offer_removals)

    @cached_property
    def pinned(self) -> Eligibility:
        """Pairs that the pins leave."""
        return self._eligibility(self._pin_removals)

    @cached_property
    def pinned_offers(self) -> Eligibility:
        """Pairs that both leave."""
        return self._eligibility([*self._offer_removals, *self._pin_removals])

    @cached_property
    def possible(self) -> Eligibility:
        """Pairs that all of these leave, and the protections too."""
        protections = [_protection(self.facts, part) for part in self.facts.hard(Protection)]
        return self._eligibility([*self._offer_removals, *self._pin_removals, *protections])

    def _eligibility(self, removals: Sequence[Removal]) -> Eligibility:
        return Eligibility(self.facts.n, self.facts.m, removals)

    @cached_property
    def _offer_removals(self) -> list[Removal]:
        facts = self.facts
        return [
            *(_skills(facts, part) for part in facts.hard(Skills)),
            *(match_removal(facts, part) for part in facts.hard(Match)),
            *(_alike(facts, part, ~facts.chosen(part.reps)) for part in facts.hard(Exclusion)),
            *(
                _alike(facts, part, ~facts.chosen(part.reps) | (facts.presence > 0))
                for part in facts.hard(Availability)
            ),
        ]

    @cached_property
    def _pin_removals(self) -> list[Removal]:
        return [_alike(self.facts, part, self.facts.chosen(part.reps)) for part in self.facts.hard(Pin)]

    def within_reach(self, metric: str, rows: Ints) -> Floats:
        """Return the most of a metric that each rep can get from some leads, (m,), as if without capacity."""
        amounts = np.zeros(self.facts.n)
        expected = metric == EXPECTED_VALUE
        amounts[rows] = self.facts.amounts("value" if expected else metric)[rows]
        reach = self.possible.within_reach(amounts)
        return reach * self.facts.best_rates if expected else reach


def requirements(facts: Facts, rows: Ints) -> tuple[Ints, dict[tuple[str, float], list[int]]]:
    """Return the distinct skill requirements of some leads.

    Returns
    -------
    array of int, (rows,)
        Index of each lead's list of required skills; -1: it requires none.
    dict
        (skill, level) -> the lists that ask for it.
    """
    column = facts.leads["skills"][rows]
    lists: list[Cell] = column.drop_nulls().unique(maintain_order=True).to_list()
    items: dict[tuple[str, float], list[int]] = {}
    for k, text in enumerate(lists):
        for item in (parse_mapping(str(text)) or {}).items():
            items.setdefault(item, []).append(k)
    return codes(column, lists), items


def _skills(facts: Facts, part: Part[Skills]) -> Removal:
    rows = facts.lead_rows(part)
    code, items = requirements(facts, rows)
    allowed = np.ones((int(code.max(initial=-1)) + 2, facts.m), dtype=bool)  # the last: nothing required
    for (skill, level), lists in items.items():
        allowed[lists] &= np.array([rep.skills.get(skill, -1.0) >= level for rep in facts.reps], dtype=bool)
    allowed[:, ~facts.chosen(part.reps)] = True
    return Removal(part, rows, np.where(code < 0, len(allowed) - 1, code), allowed)


def match_removal(facts: Facts, part: Part[Match]) -> Removal:
    """Return the pairs that a match leaves."""
    rows = facts.lead_rows(part)
    cells = facts.leads[part.spec.lead_column][rows]
    held = facts.rep_words(part.spec.rep_column)
    keys = _match_keys(cells, held)
    blanks_agree = part.spec.blank == "any"
    allowed = np.zeros((len(keys) + 2, facts.m), dtype=bool)  # the last two: a value nobody names, a blank
    for k, holders in enumerate(keys.values()):
        allowed[k, sorted(holders)] = True
    allowed[:, [not words for words in held]] = blanks_agree
    allowed[-1] = blanks_agree
    allowed[:, ~facts.chosen(part.reps)] = True
    code = codes(cells, list(keys))
    code = np.where(code < 0, len(keys), code)
    return Removal(part, rows, np.where(cells.is_null().to_numpy(), len(keys) + 1, code), allowed)


def _match_keys(cells: pl.Series, held: list[frozenset[str]]) -> dict[Cell, set[int]]:
    """Return the cells of leads that agree with some reps, and those reps; a cell may hold several values."""
    holders: dict[Cell, set[int]] = {}
    for j, words in enumerate(held):
        for name in words:
            if (key := as_key(name, cells.dtype)) is not None:
                holders.setdefault(key, set()).add(j)
    if cells.dtype == pl.String:
        for cell in cells.filter(cells.str.contains("[;；]").fill_null(False)).unique().to_list():
            holders[cell] = set().union(*(holders.get(name, set()) for name in words_in(cell)))
    return holders


def _alike(facts: Facts, part: Part[Rule], allowed: Bools) -> Removal:
    rows = facts.lead_rows(part)
    return Removal(part, rows, np.zeros(len(rows), dtype=np.int64), allowed[None, :])


def _protection(facts: Facts, part: Part[Protection]) -> Removal:
    rows = facts.protected_rows(part)
    return Removal(part, rows, facts.owner[rows], np.eye(facts.m, dtype=bool))


def blocking(removals: Sequence[Removal], row: int, reps: Bools) -> list[str]:
    """Return the labels of the rules that take at least one of the chosen reps from a lead."""
    labels = (removal.part.label for removal in chain(removals) if (reps & ~removal.allows(row)).any())
    return list(dict.fromkeys(labels))
