"""Records of causes: the codes and figures of one move at a time, JSON-ready."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scenarios.differences import Differences, Field
from solver.compile import names_of
from solver.explain.causes import (
    CAUSES,
    FAMILY,
    GOALS,
    LEADS,
    NEW_REP,
    OLD_REP,
    PRICES,
    ROUNDED,
    RULES,
    SETTINGS,
    Causes,
)
from solver.explain.explainer import Explainer
from solver.explain.knock_ons import KnockOns
from solver.explain.others import DIGITS, Record
from solver.explain.steps import NEW, OLD
from solver.pairs import Bools
from solver.rules import RULE_MATHS


class CauseRecords:
    """Makes the records of moves."""

    def __init__(self, base: Explainer, other: Explainer, differences: Differences, causes: Causes) -> None:
        self.ends = (base.priced, other.priced)
        self.differences, self.causes = differences, causes
        self.moved, self.steps = causes.moved, causes.steps
        self.ids = [[*(rep.id for rep in end.scenario.reps), None] for end in self.ends]
        self.names = [
            {"rules": names_of(end.scenario.rules), "goals": names_of(end.scenario.goals)} for end in self.ends
        ]
        self.rank = causes.rank
        self.knock_ons = KnockOns(*self.ends, differences, causes)

    def of(self, k: int) -> Record:
        """Return the `causes` of a move, the first one first, and by how much each plan's prices favour its choice.

        `advantage` holds the net of the new pair less that of the old one in the `base` and in the `other` plan; null
        where one of the scenarios lacks a rep.
        """
        steps, rank = self.steps, self.rank[:, k]
        order = [int(s) for s in np.argsort(-rank, kind="stable") if rank[s] > 0]
        advantage = {"base": _rounded(steps.before[k]), "other": _rounded(steps.after[k])}
        return {
            "advantage": advantage if steps.comparable[k] else None,
            "causes": [self._cause(k, strand) for strand in order] or [{"code": "tied"}],
        }

    def _cause(self, k: int, strand: int) -> Record:
        causes = self.causes
        code = list(CAUSES)[int(np.broadcast_to(causes.code_of(strand), len(self.moved))[k])]
        effect = "closed" if causes.closed[strand, k] else "opened" if causes.opened[strand, k] else "worth"
        record: Record = {"code": code, "effect": effect, "points": _rounded(causes.points[strand, k])}
        if effect != "worth":
            record["by"] = self._forbidding(k, OLD if effect == "closed" else NEW)
        elif causes.blamed[k] == strand != PRICES:
            record |= self.knock_ons.full(k)
        if strand == LEADS:
            record |= self._lead(k)
        elif strand == FAMILY:
            record |= self._relative(k)
        elif strand in (OLD_REP, NEW_REP):
            record |= self._rep(k, OLD if strand == OLD_REP else NEW)
        elif strand == SETTINGS:
            record["fields"] = _fields(self.differences.settings)
        elif strand in (RULES, GOALS):
            record |= self._part(k, strand)
        elif strand == PRICES:
            record |= self.knock_ons.of(k)
        return record if strand != ROUNDED else {name: record[name] for name in ("code", "points")}

    # -- what changed -------------------------------------------------------------------------------------------------

    def _lead(self, k: int) -> Record:
        place = int(self.moved.place[k])
        if self.causes.own[k]:
            return {"fields": _fields(self.differences.of_lead(place))}
        return self._relative(k)

    def _relative(self, k: int) -> Record:
        """Name a lead of the family that changed, or is new in it or gone from it."""
        families = []
        for end, rows in zip(self.ends, self.moved.rows, strict=True):
            item = end.problem.item[end.place[rows[k]]]
            leads, _ = end.problem.leads_of(np.array([item]))
            families.append(end.compiled.lead_order[leads])
        found = self.differences.leads
        in_base, in_other = np.isin(found.base, families[0]), np.isin(found.other, families[1])
        changed = np.flatnonzero(in_other & found.changed)
        ids = [end.scenario.leads["id"] for end in self.ends]
        if len(changed):
            place = int(changed[0])
            return {"lead": str(ids[1][int(found.other[place])]), "fields": _fields(self.differences.of_lead(place))}
        came = np.setdiff1d(families[1], found.other[in_base & in_other])
        left = np.setdiff1d(families[0], found.base[in_base & in_other])
        for side, rows, what in ((1, came, "added"), (0, left, "removed")):
            if len(rows):
                return {"lead": str(ids[side][int(rows[0])]), "what": what}
        return {}

    def _rep(self, k: int, pair: int) -> Record:
        """Name the rep whose data changed; of two, where one is nobody, the other one."""
        pair = pair if self.moved.owner[pair, k] >= 0 else 1 - pair
        rep = self.ids[pair][self.moved.owner[pair, k]]
        fields = next((change.fields for change in self.differences.reps if change.id == rep), ())
        return {"rep": rep, "fields": _fields(fields)}

    def _part(self, k: int, strand: int) -> Record:
        what = "rules" if strand == RULES else "goals"
        part = getattr(self.differences, what)[int(self.causes.subject[strand - RULES, k])]
        name = self.names[1][what][part.other] if part.other >= 0 else self.names[0][what][part.base]
        return {"what": part.what, "name": name, "kind": part.kind, "fields": _fields(part.fields)}

    def _forbidding(self, k: int, pair: int) -> list[str]:
        """Return the rules that forbid the old pair in the other scenario, or the new one in the base."""
        end = self.ends[1 - pair]
        lead = end.place[self.moved.rows[1 - pair, k]]
        leads, _ = end.problem.leads_of(end.problem.item[lead : lead + 1])
        rep = self.ids[pair][self.moved.owner[pair, k]]
        if rep is None:
            return [name for name, required in self._required(1 - pair) if required[leads].any()]
        index = end.facts.rep_index.get(rep)
        if index is None:
            return []
        return [r.rule for r in end.problem.removals if r.table[r.code[leads], index].any()]

    def _required(self, side: int) -> Iterator[tuple[str, Bools]]:
        """Yield the hard rules by which leads must have an owner, and which leads those are."""
        end = self.ends[side]
        for name, rule in end.rules.items():
            if rule.rate is None and rule.kind in ("pin", "protection"):
                required = RULE_MATHS[rule.kind].parts(rule, name, end.facts).required
                if required is not None:
                    yield name, required


def _fields(fields: tuple[Field, ...]) -> list[Record]:
    return [field.record() for field in fields]


def _rounded(value: float) -> float:
    return round(float(value), DIGITS) + 0.0
