"""What every rule has to give: its part of the problem, its judge, and its sentence."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from scenarios.texts import Text
from solver.facts import Facts
from solver.pairs import Bools, Floats, Ints, Tabled
from solver.problem import LoadRows, Removal, Spread, Term

R = TypeVar("R")

TOLERANCE = 1e-6
"""A load may pass a bound by this part of the bound (at least of 1): the room that floating point needs."""


@dataclass(frozen=True)
class Parts:
    """What a rule or a goal adds to the problem."""

    terms: tuple[Term, ...] = ()
    removals: tuple[Removal, ...] = ()
    rows: tuple[LoadRows, ...] = ()
    spreads: tuple[Spread, ...] = ()
    required: Bools | None = None
    unassigned: Floats | None = None
    constant: float = 0.0


@dataclass(frozen=True)
class Breach:
    """One place where a rule does not hold.

    `lead` and `rep` are indices in the order of the facts, -1 where the breach is of no single one; `amount` is in
    the rule's own unit.
    """

    lead: int
    rep: int
    amount: float
    load: float = 0.0
    limit: float = 0.0
    metric: str = ""


@dataclass(frozen=True)
class Verdict:
    """What the judge found: the total violation in the rule's unit, and its places (the first hundred)."""

    total: float = 0.0
    breaches: tuple[Breach, ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether the rule holds within the tolerance."""
        return not self.breaches


class RuleMaths(ABC, Generic[R]):
    """The mathematics of one kind of rule.

    `parts` says which pairs it removes or which load rows it adds; `judge` checks a plan in plain numpy, from
    the scenario and never from those rows; `blocks` is the sentence for a rep who cannot take a lead
    because of it, `breach` the one for a plan that breaks it.

    For explanations a pair rule also gives `detail`, the words for one of its `details`; a rule with load rows gives
    `full` and `needed`, the sentences for a move that would pass an upper bound, or miss a lower one. Where the words
    depend on the facts, `detail_text` and `full_text` choose them.
    """

    kind: ClassVar[str]
    per_pair: ClassVar[bool] = (
        False  # whether a breach is of one pair alone, so that it belongs to the tier of its lead
    )
    unit: ClassVar[Text]
    blocks: ClassVar[Text]
    breach: ClassVar[Text]
    detail: ClassVar[Text] = Text("", "")
    between: ClassVar[Text] = Text("; ", "；")  # what stands between two details
    full: ClassVar[Text] = Text("{rep} has no room left", "{rep} 已无余量")
    needed: ClassVar[Text] = Text("{rep} would be left with too little", "{rep} 会低于下限")

    def details(self, rule: R, facts: Facts, lead: int, rep: int) -> tuple[Mapping[str, object], ...]:
        """Return the facts, each for one filling of `detail`, that make the rule remove a pair; JSON-ready."""
        return ()

    def detail_text(self, fact: Mapping[str, Any]) -> Text:
        """Return the words for one of the `details`."""
        return self.detail

    def full_text(self, detail: Mapping[str, Any]) -> Text:
        """Return the sentence for a move that would pass an upper bound, from what the record says of the row."""
        return self.full

    @abstractmethod
    def parts(self, rule: R, name: str, facts: Facts) -> Parts:
        """Return what the rule adds to the problem."""

    @abstractmethod
    def judge(self, rule: R, facts: Facts, owner: Ints) -> Verdict:
        """Return where a plan breaks the rule; `owner` is the rep of each lead, -1 for none."""


def removal_or_term(name: str, rate: float | None, code: Ints, units: Floats, required: Bools | None = None) -> Parts:
    """Return a hard removal of the pairs with units > 0, or the soft term that charges `rate` for each unit.

    Parameters
    ----------
    code : (n,) array of int
        Row of each lead in `units`.
    units : (kinds, m) array
        Violation of each pair in the rule's unit.
    required : (n,) array of bool, optional
        Leads for which being unassigned is a violation of one unit too.
    """
    if rate is None:
        return Parts(removals=(Removal(name, code, units > 0),), required=required)
    term = Term(name, Tabled(np.full(len(code), -rate), code, units))
    return Parts(terms=(term,), unassigned=None if required is None else np.where(required, -rate, 0.0))


def judge_pairs(units: Floats, leads: Ints, reps: Ints) -> Verdict:
    """Return the verdict on chosen pairs from their units of violation."""
    bad = np.flatnonzero(units > 0)
    places = tuple(Breach(int(leads[k]), int(reps[k]), float(units[k])) for k in bad[:100])
    return Verdict(float(units[bad].sum()), places)


def judge_loads(load: Floats, lower: Floats, upper: Floats, metric: str, reps: Ints | None = None) -> Verdict:
    """Return the verdict on loads against their bounds, each in units of the metric."""
    excess = np.maximum(np.maximum(load - upper, lower - load), 0.0)
    limit = np.where(load > upper, upper, lower)
    room = TOLERANCE * np.maximum(1.0, np.where(np.isfinite(limit), np.abs(limit), 1.0))
    bad = np.flatnonzero(excess > room)
    where = np.arange(len(load)) if reps is None else reps
    places = tuple(
        Breach(-1, int(where[k]), float(excess[k]), float(load[k]), float(limit[k]), metric) for k in bad[:100]
    )
    return Verdict(float(excess.sum()), places)


def selected_rows(mask: Bools) -> Ints:
    """Return the lead groups of a block with one group: 0 for the chosen leads, -1 for the others."""
    return np.where(mask, 0, -1).astype(np.int64)
