"""Notes on the place of a unit: its centre and the next, the territories beside it, and what it holds together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from scenarios.amounts import few
from scenarios.model import Scenario
from scenarios.texts import Locale, Text
from solver.compile import compile_scenario
from solver.explain.words import way_words
from solver.facts import Facts
from solver.pairs import Floats, Ints, Kilometres, unit_vectors
from solver.rules.contiguity import piece_of

_WAY = Text("It is {way} km from the centre of {rep}.", "距 {rep} 的中心 {way} 公里。")
_NEXT = Text(
    "It is {way} km from the centre of {rep}; the next one is that of {next}, {next_way} km away.",
    "距 {rep} 的中心 {way} 公里；其次是 {next} 的中心，{next_way} 公里。",
)
_NEARER = Text(
    "It is {way} km from the centre of {rep}, and only {next_way} km from that of {next}.",
    "距 {rep} 的中心 {way} 公里，而距 {next} 的中心只有 {next_way} 公里。",
)
_FAR = Text("It is {way} from {rep}.", "与 {rep} 相距 {way}。")
_FAR_NEXT = Text(
    "It is {way} from {rep}; the next one is {next}, {next_way} away.",
    "与 {rep} 相距 {way}；其次是 {next}，相距 {next_way}。",
)
_FAR_NEARER = Text(
    "It is {way} from {rep}, and only {next_way} from {next}.",
    "与 {rep} 相距 {way}，而与 {next} 只相距 {next_way}。",
)
_INSIDE = Text(
    "No other territory lies beside it: it could not change alone and leave all in one piece.",
    "周围没有其他区域：单独移出就无法保持连成一片。",
)
_BESIDE = Text("Beside it: {reps}.", "与其相邻的区域：{reps}。")
_HOLDS = Text(
    "It holds its territory together: without it {rep} would have {pieces} pieces.",
    "它把区域连在一起：去掉它，{rep} 会分成 {pieces} 片。",
)


@dataclass(frozen=True)
class Note:
    """The place of one unit in a plan of territories.

    Parameters
    ----------
    lead, rep : str
    way : float, optional
        To the centre of its territory, in kilometres or as the scenario's goal of travel is measured; None where it is
        unknown.
    next, next_way : str, float, optional
        The nearest other rep who may take it.
    pieces : int, optional
        Of the territory without it and its family; None where no rule asks for one piece.
    beside : tuple of str
        Reps of other territories that it is a neighbour of.
    unit : str, optional
        What the ways are measured in by the table of travel, such as minutes; None: kilometres.
    """

    lead: str
    rep: str
    way: float | None
    next: str | None
    next_way: float | None
    pieces: int | None
    beside: tuple[str, ...]
    unit: str | None = None

    def record(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        straight = self.unit is None
        ways = {"kilometres": self.way if straight else None, "next_kilometres": self.next_way if straight else None}
        if not straight:
            ways |= {"way": self.way, "next_way": self.next_way}
        return {
            **ways,
            **({} if straight else {"unit": self.unit}),
            "next": self.next,
            "pieces_without": self.pieces,
            "beside": list(self.beside),
        }

    def sentences(self, locale: Locale = "en") -> list[str]:
        """Return it in words."""
        told = []
        if self.way is not None:
            alone, nearer, further = (_WAY, _NEARER, _NEXT) if self.unit is None else (_FAR, _FAR_NEARER, _FAR_NEXT)
            text = alone if self.next_way is None else nearer if self.next_way < self.way else further
            ways = {"way": self._told(self.way, locale), "next_way": self._told(self.next_way or 0.0, locale)}
            told.append(text.format(locale, rep=self.rep, next=self.next or "", **ways))
        if self.pieces is not None:
            reps = ("、" if locale == "zh-CN" else ", ").join(self.beside)
            told.append(_BESIDE.format(locale, reps=reps) if self.beside else _INSIDE.format(locale))
            if self.pieces > 1:
                told.append(_HOLDS.format(locale, rep=self.rep, pieces=self.pieces))
        return told

    def _told(self, way: float, locale: Locale) -> object:
        return few(way) if self.unit is None else way_words(way, self.unit, locale)


def note(scenario: Scenario, owner: Ints, lead: str) -> Note:
    """Return the note on one unit.

    Parameters
    ----------
    scenario : Scenario
        With the reps at their centres.
    owner : (leads,) array of int
        Rep of each lead, in the scenario's order.

    Raises
    ------
    ValueError
        If there is no such lead, or nobody has it.
    """
    facts = Facts(scenario)
    found = np.flatnonzero((scenario.leads["id"] == lead).to_numpy())
    if len(found) != 1 or owner[found[0]] < 0:
        raise ValueError(f"there is no lead {lead!r} in the plan")
    row = int(found[0])
    mine = int(owner[row])
    unit = measure_of(scenario)
    ways = _ways(scenario, facts, row, unit)
    others = np.where(np.arange(facts.m) == mine, np.inf, ways)
    nearest = int(others.argmin()) if facts.m else -1
    pieces, beside = None, np.zeros(0, dtype=np.int64)
    if any(rule.kind == "contiguity" and rule.rate is None for rule in scenario.rules):
        family = facts.item == facts.item[row]
        without = np.where(family, -1, owner)
        kept = np.flatnonzero(without == mine)
        pieces = len(np.unique(piece_of(facts, without)[kept]))
        ends = facts.links[family[facts.links].any(axis=1)].ravel()
        beside = np.unique(owner[ends[~family[ends]]])
        beside = beside[(beside >= 0) & (beside != mine)]
    known = np.isfinite(others[nearest])
    return Note(
        lead,
        facts.reps[mine].id,
        float(ways[mine]) if np.isfinite(ways[mine]) else None,
        facts.reps[nearest].id if known else None,
        float(others[nearest]) if known else None,
        pieces,
        tuple(facts.reps[j].id for j in beside),
        unit,
    )


def measure_of(scenario: Scenario) -> str | None:
    """Return what the first goal of travel that counts is measured by, a column of a table; None: kilometres."""
    return next((goal.measured_by for goal in scenario.goals if goal.kind == "travel" and goal.weight > 0), None)


def _ways(scenario: Scenario, facts: Facts, row: int, unit: str | None) -> Floats:
    """Return how far a lead is from each rep, (reps,); infinite where that is unknown or a rule forbids the pair."""
    way = _kilometres(scenario, facts, row) if unit is None else _given(facts, row, unit)
    alone = scenario.model_copy(update={"leads": scenario.leads.filter(pl.arange(0, pl.len()) == row)})
    compiled = compile_scenario(alone)
    able = np.zeros(facts.m, dtype=bool)
    able[compiled.rep_order] = compiled.problem.eligible(slice(0, 1))[0]
    return np.where(able, way, np.inf)


def _given(facts: Facts, row: int, unit: str) -> Floats:
    key, amount, _ = facts.travel(unit)
    way, mine = np.full(facts.m, np.inf), key // facts.m == row
    way[key[mine] % facts.m] = amount[mine]
    return way


def _kilometres(scenario: Scenario, facts: Facts, row: int) -> Floats:
    lat, lon = (
        np.array([np.nan if (p := getattr(rep, c)) is None else p for rep in scenario.reps], dtype=np.float64)
        for c in ("lat", "lon")
    )
    places = unit_vectors(lat, lon)
    way = Kilometres(facts.places[row : row + 1], places, 1.0).block(slice(0, 1))[0]
    known = np.asarray(places.any(axis=1), dtype=bool) & bool(facts.places[row].any())
    return np.where(known, way, np.inf)
