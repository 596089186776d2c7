"""Comparisons: what changed from one plan to another, why, and what it cost."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import polars as pl

from scenarios.differences import Differences, differences
from scenarios.model import Scenario
from scenarios.texts import Locale
from solver.compile import names_of
from solver.explain.cause_records import CauseRecords
from solver.explain.causes import CAUSES, Causes, causes_between
from solver.explain.difference_words import difference_record
from solver.explain.explainer import Explainer, explain
from solver.explain.loads import Loads
from solver.explain.others import Record
from solver.explain.scores import Scores, scores_of
from solver.explain.steps import Moved
from solver.explain.today import TODAY, reasons_today
from solver.facts import Facts
from solver.pairs import Ints
from solver.result import OPTIMAL_GAP, Plan, Tier

LISTED = 1000
"""Moves in a record; `moved` counts all."""
SAME = 2.5 * OPTIMAL_GAP
"""Points are the same when they differ by no more than this part of them (at least of 1 point)."""

_CODES = pl.List(pl.String)
MOVES = pl.Schema(
    [(name, pl.String) for name in ("lead", "base", "other")]
    + [("value", pl.Float64), ("cause", pl.String), ("causes", _CODES)]
)


def compare(base: Explainer, other: Explainer) -> Comparison:
    """Compare two plans, of the same scenario or of two.

    Leads and reps are joined by id.

    Parameters
    ----------
    base, other : Explainer
        Of either plan: `explain(scenario, plan, seed)`.

    Returns
    -------
    Comparison
    """
    return Comparison(base, other)


def compare_today(plan: Explainer) -> Comparison:
    """Compare today's owners, read as a plan of the same scenario, with a plan.

    Today's owners may break hard rules: `broken` says which. A lead whose owner is not among the reps has none.
    """
    scenario = plan.scenario
    owner = Facts(scenario).owner
    return Comparison(explain(scenario, Plan(owner, ()), plan.seed), plan, today=True)


class Comparison:
    """What changed from a base to another plan; see `compare`. Nothing is worked out before it is asked for."""

    def __init__(self, base: Explainer, other: Explainer, *, today: bool = False) -> None:
        self.base, self.other, self.today = base, other, today

    def record(self, listed: int = LISTED) -> Record:
        """Return all of it as a JSON-ready record, with the first so many moves in the order of the base."""
        leads = self.differences.leads
        owned = [side.plan.owner >= 0 for side in (self.base, self.other)]
        return {
            "today": self.today,
            "leads": {"both": len(leads.base), "only_base": len(leads.only_base), "only_other": len(leads.only_other)},
            "assigned": {"base": int(owned[0].sum()), "other": int(owned[1].sum())},
            "tiers": self.tiers,
            "terms": self.terms.to_dicts(),
            "expected_value": self.expected_value,
            "broken": [broken.record() for broken in self.scores[0].broken] if self.today else [],
            "kept": self.kept,
            "differences": self.changes(),
            "moved": self.moves.height,
            "value_moved": float(self.moves["value"].sum()),
            "causes": self.causes,
            "moves": self.described(0, listed),
            "loads": self.loads.to_dicts(),
            "fairness": self.fairness,
        }

    def sentences(self, locale: Locale = "en") -> list[str]:
        """Return the outcome in words: what was gained, what is proved, who moves and why."""
        from solver.explain.compare_sentences import sentences

        return sentences(self, locale)

    def markdown(self, locale: Locale = "en") -> str:
        """Return all of it as a page."""
        from solver.explain.compare_markdown import page

        return page(self, locale)

    # -- moves --------------------------------------------------------------------------------------------------------

    @cached_property
    def differences(self) -> Differences:
        """What differs between the two scenarios."""
        return differences(self.base.scenario, self.other.scenario)

    @cached_property
    def moves(self) -> pl.DataFrame:
        """The leads that both have and that changed owner: `lead, base, other, value, cause, causes`.

        `base` and `other` are reps, null for nobody; `cause` is the first of the `causes`: keys of `CAUSES`, or of
        `TODAY` where today's owners are compared.
        """
        moved = self.moved
        ids = [
            pl.Series([*(rep.id for rep in side.scenario.reps), None], dtype=pl.String).gather(
                np.where(owner < 0, len(side.scenario.reps), owner)
            )
            for side, owner in zip((self.base, self.other), moved.owner, strict=True)
        ]
        leads = self.other.scenario.leads[moved.rows[1]]
        first, found = self._codes()
        return pl.DataFrame(
            {
                "lead": leads["id"],
                "base": ids[0],
                "other": ids[1],
                "value": leads["value"].cast(pl.Float64).fill_null(0.0),
                "cause": first,
                "causes": found,
            },
            schema=MOVES,
        )

    @cached_property
    def causes(self) -> dict[str, int]:
        """How many leads have each first cause, the most frequent one first."""
        counts = self.moves.group_by("cause").len().sort("len", "cause", descending=[True, False])
        return dict(counts.iter_rows())

    def described(self, start: int, stop: int) -> list[Record]:
        """Return some of the moves, by their places in `moves`, as JSON-ready records with the figures of each cause.

        Each has `lead`, `base`, `other`, `value`, and `causes`, the first one first; where today's owners are compared,
        `why_not` instead of the figures: what `Explainer.why_not` says of the owner of today, or null.
        """
        rows = self.moves.slice(start, max(stop - start, 0))
        return [
            {**{name: row[name] for name in ("lead", "base", "other", "value")}, **self._why(start + k, row)}
            for k, row in enumerate(rows.iter_rows(named=True))
        ]

    def _why(self, k: int, row: Record) -> Record:
        if not self.today:
            return self._records.of(k)
        asked = None
        if row["base"] is not None:
            asked = {**self.other.why_not(row["lead"], row["base"]), "changes": []}  # what it takes is not asked here
        return {"causes": [{"code": row["cause"]}], "why_not": asked}

    @cached_property
    def moved(self) -> Moved:
        """The moves as arrays."""
        leads = self.differences.leads
        before, after = (s.plan.owner[r] for s, r in ((self.base, leads.base), (self.other, leads.other)))
        place = np.flatnonzero(before != _translated(self.other.scenario, self.base.scenario, after))
        rows = np.array([leads.base[place], leads.other[place]])
        return Moved(place, rows, np.array([before[place], after[place]]))

    @cached_property
    def _causes(self) -> Causes:
        return causes_between(self.base, self.other, self.differences, self.moved, self._equal)

    @cached_property
    def _records(self) -> CauseRecords:
        return CauseRecords(self.base, self.other, self.differences, self._causes)

    def _codes(self) -> tuple[pl.Series, pl.Series]:
        """Return the first cause and all causes of each move."""
        if self.today:
            first = pl.Series(list(TODAY), dtype=pl.String).gather(reasons_today(self.other, self.moved))
            return first, first.reshape((-1, 1)).arr.to_list() if len(first) else first.cast(_CODES)
        places, found = self._causes.codes()
        order = np.vstack([np.arange(len(places)), places])
        ranked = found.astype(np.int64)
        ranked[order[1], order[0]] = 2  # the first cause stands first
        names = np.array(list(CAUSES), dtype=object)
        kinds, which = np.unique(ranked, axis=1, return_inverse=True)
        lists = [names[np.argsort(-kind, kind="stable")][: int((kind > 0).sum())].tolist() for kind in kinds.T]
        causes = pl.Series(lists, dtype=_CODES).gather(which.ravel())
        return pl.Series(names[places].tolist(), dtype=pl.String), causes

    # -- what it is worth ---------------------------------------------------------------------------------------------

    @cached_property
    def scores(self) -> tuple[Scores, Scores]:
        """What the judge says of each plan in its own scenario."""
        base, other = (scores_of(side.scenario, side.plan.owner) for side in (self.base, self.other))
        return base, other

    @cached_property
    def tiers(self) -> list[Record]:
        """Points and bounds of each priority tier in both plans.

        `best_between` holds what the best possible plans of the two scenarios differ by: at least and at most; null
        where it is the same scenario, or nothing is proved of one of them.
        """
        judged = [scores.judgement.tiers for scores in self.scores]
        proved: list[dict[int, Tier]] = [{t.tier: t for t in side.plan.tiers} for side in (self.base, self.other)]
        rows = []
        for tier in sorted({*judged[0], *judged[1]}):
            points = [tiers.get(tier) for tiers in judged]
            bounds = [tiers[tier].bound if tier in tiers else None for tiers in proved]
            change = best = None
            if points[0] is not None and points[1] is not None:
                change = points[1] - points[0]
                if bounds[0] is not None and bounds[1] is not None and not self.differences.none:
                    best = [points[1] - bounds[0], bounds[1] - points[0]]
            rows.append(
                {
                    "tier": tier,
                    "base": points[0],
                    "other": points[1],
                    "change": change,
                    "base_bound": bounds[0],
                    "other_bound": bounds[1],
                    "best_between": best,
                }
            )
        return rows

    @cached_property
    def _equal(self) -> bool:
        return all(self.is_same(row) for row in self.tiers)

    def is_same(self, tier: Record) -> bool:
        """Tell whether both plans have the same points in one of the `tiers`."""
        return tier["change"] is not None and self.close(tier["base"], tier["other"])

    def close(self, a: float, b: float, size: float = 1.0) -> bool:
        """Tell whether two amounts of points are the same, as exactly as plans of a size are."""
        return abs(a - b) <= SAME * max(1.0, abs(a), abs(b), abs(size))

    @cached_property
    def terms(self) -> pl.DataFrame:
        """Points by goal and soft rule: `of` ("goal" or "rule"), `name`, `kind`, `base`, `other`, `change`.

        A term that one of the scenarios does not have is null there and counts as 0. The sums are those of all tiers.
        """
        rows = list(self._terms())
        schema = dict.fromkeys(("of", "name", "kind"), pl.String) | dict.fromkeys(
            ("base", "other", "change"), pl.Float64
        )
        return pl.DataFrame(rows, schema=schema, orient="row")

    def _terms(self) -> Iterator[tuple[str, str, str, float | None, float | None, float]]:
        for what in ("goals", "rules"):
            points = [getattr(scores, what) for scores in self.scores]
            names = [names_of(getattr(side.scenario, what)) for side in (self.base, self.other)]
            for part in getattr(self.differences, what):
                base, other = points[0].get(part.base), points[1].get(part.other)
                if base is not None or other is not None:
                    name = names[1][part.other] if part.other >= 0 else names[0][part.base]
                    yield what[:-1], name, part.kind, base, other, (other or 0.0) - (base or 0.0)

    @cached_property
    def kept(self) -> Record | None:
        """What the owners of the base are worth in the other scenario, and which hard rules they break there.

        Leads of reps who are not there stay unassigned, and so do new ones; null where nothing differs.
        """
        if self.differences.none:
            return None
        leads = self.differences.leads
        owner = np.full(self.other.scenario.leads.height, -1, dtype=np.int64)
        held = _translated(self.base.scenario, self.other.scenario, self.base.plan.owner[leads.base])
        owner[leads.other] = np.where(held >= len(self.other.scenario.reps), -1, held)
        scores = scores_of(self.other.scenario, owner)
        return {
            "tiers": [{"tier": tier, "points": points} for tier, points in scores.judgement.tiers.items()],
            "broken": [broken.record() for broken in scores.broken],
        }

    @cached_property
    def expected_value(self) -> Record:
        """The expected value of both plans in money."""
        values = [loads.expected_value() for loads in self._loads]
        return {
            "base": values[0],
            "other": values[1],
            "change": values[1] - values[0],
            "currency": self.other.scenario.currency,
            "base_currency": self.base.scenario.currency,
        }

    # -- loads and fairness -------------------------------------------------------------------------------------------

    @cached_property
    def loads(self) -> pl.DataFrame:
        """The load of each rep and metric in both plans: `rep, metric, base, other, change`; null: there is none."""
        keys = ["rep", "metric"]
        base, other = (side.loads().select(*keys, load="load") for side in (self.base, self.other))
        both = base.rename({"load": "base"}).join(
            other.rename({"load": "other"}), on=keys, how="full", coalesce=True, maintain_order="left_right"
        )
        return both.with_columns(change=pl.col("other").fill_null(0.0) - pl.col("base").fill_null(0.0))

    @cached_property
    def fairness(self) -> dict[str, Record]:
        """The fairness figures of both plans, by metric; null where a plan has no such metric."""
        base, other = (loads.fairness() for loads in self._loads)
        return {
            metric: {"base": base.get(metric), "other": other.get(metric)} for metric in dict.fromkeys((*other, *base))
        }

    @cached_property
    def _loads(self) -> tuple[Loads, Loads]:
        return Loads(self.base.priced), Loads(self.other.priced)

    def changes(self) -> Record:
        """Return what differs between the scenarios, JSON-ready; of leads, in how many each column changed."""
        return difference_record(self.differences, self.base.scenario, self.other.scenario)


def _translated(source: Scenario, target: Scenario, owner: Ints) -> Ints:
    """Return indices of reps of one scenario as those of another; who is not there has one beyond its last."""
    index = {rep.id: j for j, rep in enumerate(target.reps)}
    beyond = len(target.reps)
    place = [index.get(rep.id, beyond + j) for j, rep in enumerate(source.reps)]
    found: Ints = np.array([*place, -1], dtype=np.int64)[owner]
    return found
